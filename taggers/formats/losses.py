"""What a format cannot hold of some sentences: found out before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from taggers.errors import TaggerError
from taggers.formats.kind import Format, Kind
from taggers.formats.table import KINDS, kind_of
from taggers.text import Sentence, join_tokens
from taggers.text.schemes import is_span_tag
from taggers.text.wording import counted


@dataclass(frozen=True)
class Fitted:
    """Sentences with the layers that a format takes, and in words what it will not keep of them."""

    sentences: Sequence[Sentence]
    lost: tuple[str, ...]


def fit(
    sentences: Sequence[Sentence], format: Format, source: str, layer: str | None = None, plain: bool = False
) -> Fitted:
    """The sentences of a file of format `source`, as another format can hold them, with `layer` the one that is meant.

    Raises TaggerError where that layer would not be left: the format is one of tags and there are none, or these are
    `plain` and the format holds spans alone.

    >>> from taggers.formats.plain import TokensFormat
    >>> fit([Sentence(("Ada",), {"tag": ("O",)})], TokensFormat(), "columns", "tag").lost
    ('layers tag',)
    """
    target = kind_of(format)
    if layer is None and target.layers == "one":
        raise TaggerError(f"{source} has no tags to write; name a format with tags by --from")
    if plain and target.layers != "none" and not target.plain:
        raise TaggerError(f"layer {layer!r} is plain, and {target.name} holds spans; name another --layer or --to")
    there = list(sentences[0].layers) if sentences else []
    kept = [name for name in there if _keeps(target, sentences, name, source, layer)]
    lost = tuple(_lost(sentences, target, format, [name for name in there if name not in kept]))
    if kept != there:
        sentences = [replace(s, layers={name: s.layers[name] for name in kept}) for s in sentences]
    return Fitted(sentences, lost)


def _keeps(target: Kind[Format], sentences: Sequence[Sentence], name: str, source: str, layer: str | None) -> bool:
    """True where the target takes a layer: that which is meant, and others of the user's own if it takes several."""
    if name == layer or target.layers != "many":
        return name == layer and target.layers != "none"
    if target.name == source:
        return True
    if not target.unnamed and name.removeprefix("column").isdecimal():
        return False
    if not target.own_layers and name in KINDS[source].own_layers:
        return False
    return target.plain or all(is_span_tag(tag) for s in sentences for tag in s.layers[name])


def _lost(sentences: Sequence[Sentence], target: Kind[Format], format: Format, layers: list[str]) -> Iterator[str]:
    if layers:
        yield f"layers {', '.join(layers)}"
    if lines := sum(not target.keeps_line(e.line, format) for s in sentences for e in s.extras):
        yield f"{counted(lines, 'line')} between tokens (comments, ranges, empty nodes, boundaries)"
    if not target.label and (labels := sum(s.label is not None for s in sentences)):
        yield f"labels of {counted(labels, 'sentence')}"
    if not target.documents and (starts := sum(s.starts_document for s in sentences[1:])):
        yield f"{starts} of the places where a document begins"
    if not target.text and (texts := sum(map(_has_text, sentences))):
        yield f"the text of {counted(texts, 'sentence')} beyond tokens (white space, offsets)"


def _has_text(sentence: Sentence) -> bool:
    """True where the text says more than the tokens joined by blanks."""
    if sentence.text is None or sentence.offsets is None:
        return False
    return bool(sentence.offsets) and sentence.text[sentence.offsets[0][0] : sentence.offsets[-1][1]] != (
        join_tokens(sentence.tokens)[0]
    )
