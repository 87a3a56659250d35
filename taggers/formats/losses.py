"""What a format cannot hold of some sentences: found out before anything is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from taggers.errors import TaggerError
from taggers.formats.borders import read_unlike
from taggers.formats.columns import ends_sentence
from taggers.formats.kind import Format, Kind
from taggers.formats.marks import is_nested
from taggers.formats.table import KINDS, keeps_label, kind_of
from taggers.formats.text_losses import lost_texts
from taggers.text import Sentence
from taggers.text.schemes import is_span_tag
from taggers.text.wording import counted


@dataclass(frozen=True)
class Fitted:
    """Sentences with the layers that a format takes, and in words what it will not keep of them."""

    sentences: Sequence[Sentence]
    lost: tuple[str, ...]


def fit(
    sentences: Sequence[Sentence],
    format: Format,
    source: str,
    layer: str | None = None,
    plain: bool = False,
    chosen: bool = False,
) -> Fitted:
    """The sentences of a file of format `source`, as another format can hold them, with `layer` the one that is meant.

    Layers of nested spans are filled with O where a sentence has none. Raises TaggerError where nothing sensible would
    be left: the format is one of tags and there are none, these are `plain` and the format holds spans alone, or spans
    are nested and the format has one layer (unless the user has `chosen` it).

    >>> from taggers.formats.plain import TokensFormat
    >>> fit([Sentence(("Ada",), {"tag": ("O",)})], TokensFormat(), "columns", "tag").lost
    ('layers tag',)
    """
    target = kind_of(format)
    if layer is None and target.layers in ("one", "further") and any(s.tokens or is_empty(s) for s in sentences):
        raise no_tags(source)
    there = list(dict.fromkeys(name for sentence in sentences for name in sentence.layers))
    nested = [n for n in there if layer is not None and is_nested(n, layer) and _spells_spans(sentences, n)]
    if nested and target.layers == "one" and not chosen:
        problem = f"some spans lie inside or across others (layers {', '.join(nested)})"
        raise TaggerError(f"{problem}, and {target.name} holds one layer; name the layer to keep with --layer {layer}")
    if nested and target.layers != "further":  # there each sentence has its own
        sentences = [replace(s, layers={n: s.layers.get(n, ("O",) * len(s)) for n in there}) for s in sentences]
    if plain and target.layers != "none" and not target.plain:
        raise TaggerError(f"layer {layer!r} is plain, and {target.name} holds spans; name another --layer or --to")
    kept = [name for name in there if _keeps(target, sentences, name, source, layer)]
    lost = tuple(_lost(sentences, target, format, source, [name for name in there if name not in kept]))
    if target.layers == "nested" and any(s.starts_document for s in sentences[1:]):
        sentences = [replace(sentences[0], starts_document=True), *sentences[1:]]  # what is before the first boundary
    if kept != there:
        sentences = [replace(s, layers={name: s.layers[name] for name in kept if name in s.layers}) for s in sentences]
    if target.empty:
        sentences = [s for s in sentences if not _is_between(s, target, format)]
    return Fitted(sentences, (*lost, *_lost_sentences(sentences, target, format, source, layer)))


def no_tags(source: str) -> TaggerError:
    """What to raise where there are no tags in a file of format `source`, and some are asked for."""
    others = "a layer that has some, or " if KINDS[source].layers == "many" else ""
    return TaggerError(f"{source} has no tags to write; name {others}a format with tags by --from")


def _is_between(sentence: Sentence, target: Kind[Format], format: Format) -> bool:
    """True where it is but lines between sentences, or after the last, none of which the target holds."""
    if sentence.tokens or is_empty(sentence):
        return False
    return not any(line.strip() and target.keeps_line(line, format) for _, line in sentence.extras)


def _lost_sentences(
    sentences: Sequence[Sentence], target: Kind[Format], format: Format, source: str, layer: str | None
) -> Iterator[str]:
    empty = 0 if target.empty else sum(map(is_empty, sentences))
    if not target.tokens:
        unlike = read_unlike(sentences, format, layer)
        empty += unlike.empty
        if unlike.split and KINDS[source].tokens:  # others were split so, and are again
            yield f"the tokens and borders of {counted(unlike.split, 'sentence')}: {target.name} holds text alone"
    if empty:
        yield f"{counted(empty, 'sentence')} without tokens"


def is_empty(sentence: Sentence) -> bool:
    """True for a sentence without tokens that is one all the same: a record, or a line, and no comments between two.

    >>> from taggers.text import Extra
    >>> is_empty(Sentence((), on_one_line=True)), is_empty(Sentence((), extras=(Extra(0, "# the end"),)))
    (True, False)
    """
    return not sentence.tokens and (sentence.on_one_line or not sentence.extras)


def _keeps(target: Kind[Format], sentences: Sequence[Sentence], name: str, source: str, layer: str | None) -> bool:
    """True where the target takes a layer: that which is meant, and others of the user's own if it takes several."""
    if name == layer or target.layers not in ("many", "further"):
        inner = layer is not None and is_nested(name, layer) and _spells_spans(sentences, name)
        return (inner and target.layers == "nested") or (name == layer and target.layers != "none")
    if target.name == source:
        return True
    if not target.is_table and any("" in s.layers.get(name, ()) for s in sentences):
        return False
    if not target.unnamed and name.removeprefix("column").isdecimal():
        return False
    if not target.own_layers and name in KINDS[source].own_layers:
        return False
    return target.plain or _spells_spans(sentences, name)


def _spells_spans(sentences: Sequence[Sentence], name: str) -> bool:
    return all(is_span_tag(tag) for s in sentences for tag in s.layers.get(name, ()))


def _lost(
    sentences: Sequence[Sentence], target: Kind[Format], format: Format, source: str, layers: list[str]
) -> Iterator[str]:
    if layers:
        yield f"layers {', '.join(layers)}"
    lines = [e.line for s in sentences for e in s.extras if not target.keeps_line(e.line, format)]
    if target.layers == "nested":  # records, which need no lines for what parts sentences and documents
        lines = [line for line in lines if not ends_sentence(line)]
    if (beyond := KINDS[source].beyond) is not None:
        if said := Counter(name for line in lines for name in dict.fromkeys(beyond(line))):
            yield ", ".join(f"{name} ({number:,})" for name, number in said.items())
    elif lines:
        yield f"{counted(len(lines), 'line')} between tokens (comments, ranges, empty nodes, boundaries)"
    if not keeps_label(format) and (labels := sum(s.label is not None for s in sentences)):
        yield f"labels of {counted(labels, 'sentence')}"
    if target.name != source and not target.documents and (starts := sum(s.starts_document for s in sentences[1:])):
        yield f"{starts} of the places where a document begins"
    if target.name != source:
        yield from lost_texts(sentences, target, vars(format).get("unspaced", False))
