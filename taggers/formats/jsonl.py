"""JSON lines of one sentence each, as `tagger tag` writes them; read, they may also be those of another tool."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from taggers.errors import FormatError
from taggers.formats.doccano import DOCCANO
from taggers.formats.huggingface import HUGGINGFACE
from taggers.formats.kind import Format, Kind
from taggers.formats.labels import LABELS, label_confidence, label_of, spelt_label
from taggers.formats.layers import layer_of
from taggers.formats.lines import Lines, PathOrStream, open_lines
from taggers.formats.marks import Mark, OnCut, Place, check_mark, check_surface, is_nested, place_marks, with_record
from taggers.formats.predictions import rounded, suggestion_of
from taggers.formats.prodigy import PRODIGY
from taggers.formats.records import dump, list_of, load_lines, other_keys, record_of, shown, text_of
from taggers.formats.spaces import is_blank
from taggers.formats.spacy import SPACY
from taggers.formats.spans import is_plain, own_text
from taggers.text import Sentence, Source, Span
from taggers.text.schemes import decode
from taggers.text.types import Alternative

_OTHERS: tuple[Kind[Any], ...] = (HUGGINGFACE, SPACY, PRODIGY, LABELS, DOCCANO)
_SUGGESTION = "suggestion"
_JUDGED = ("tag_confidences", "layer_confidences", "label_confidence", "alternatives", _SUGGESTION)
_SAID = frozenset({"spans", "tags", "layers", "label", *_JUDGED})
_KEYS = frozenset({"text", "tokens", "line", "offset"}) | _SAID
_CONFIDENCE = "confidence"  # of a span
_LAYER = "tag"
_LOOKED_AT = 1000  # blank lines before the first record


@dataclass(frozen=True)
class JsonlFormat:
    """One JSON object a sentence, for the tags of a `layer`; `plain` where they are no spans (None: as they look).

    The tags of `further` layers (None: of all others) are written under `layers`, from where those of any name are
    read; if `layer` is one of them, that of `spans` or `tags` is called `tag`. The rest is for reading, where the first
    record of a file tells whose it is: `on_cut` for character spans, `tag_names` and `unspaced` for tokens (see
    `HuggingFaceFormat`). Labels of sentences are read and written as `LabelsFormat` has them where a text has `many`.
    """

    layer: str = _LAYER
    plain: bool | None = None
    encoding: str = "utf-8"
    on_cut: OnCut = "snap"
    tag_names: tuple[str, ...] = ()
    unspaced: bool = False
    further: tuple[str, ...] | None = None
    many: bool | None = None


def _is_own(value: Any) -> bool:
    return isinstance(value, dict) and {"text", "tokens", "line", "offset"} <= value.keys()


def resolve_jsonl(lines: Lines, format: JsonlFormat) -> Format:
    """The format whose records the lines hold, told by the first: this one, or that of another tool.

    >>> import io
    >>> found = resolve_jsonl(Lines(io.BytesIO(b'["Ada", {"entities": []}]')), JsonlFormat("ner"))
    >>> type(found).__name__, found.layer
    ('SpacyFormat', 'ner')
    """
    for count in range(1, _LOOKED_AT + 1):  # one by one: whoever writes the lines may wait for an answer
        ahead = lines.peek(count)
        if len(ahead) < count:
            break
        if ahead[-1].strip():
            value = record_of(ahead[-1])
            kind = None if _is_own(value) else next((k for k in _OTHERS if k.shape and k.shape(value)), None)
            if kind is None:
                return format
            said = [name for name in ("tag_names", "unspaced") if vars(format)[name]]
            if unused := [name for name in said if name not in kind.options]:
                option = unused[0].replace("_", "-")
                raise FormatError(lines.name, count, f"--{option} says nothing to records of {kind.name}; leave it out")
            other: Format = kind.make(vars(format))
            return other if kind.resolve is None else kind.resolve(lines, other)
    return format


def read_jsonl(source: PathOrStream | Lines, format: JsonlFormat) -> Iterator[Sentence]:
    r"""The sentences of JSON lines as they are written here, or of whatever tool the first record is (`resolve_jsonl`).

    >>> import io
    >>> line = b'{"text": "Ada", "tokens": ["Ada"], "spans": [], "line": 1, "offset": 0}\n'
    >>> [s.layers for s in read_jsonl(io.BytesIO(line), JsonlFormat())]
    [{'tag': ('O',)}]
    """
    lines = open_lines(source, format.encoding)
    resolved = resolve_jsonl(lines, format)
    if not isinstance(resolved, JsonlFormat):
        kind = next(kind for kind in _OTHERS if kind.format is type(resolved))
        assert kind.read is not None
        yield from kind.read(lines, resolved)
        return
    for place, line, value in load_lines(lines):
        yield from with_record([_sentence(value, place, format)], [line], document=False)


def _sentence(value: Any, place: Source, format: JsonlFormat) -> Sentence:
    if not isinstance(value, dict) or "text" not in value or "tokens" not in value:
        problem = f"expected a record with 'text', 'tokens' and 'spans' or 'tags', found {shown(value)}"
        hint = "write one record a line" if isinstance(value, list) else "name its tool as the format, such as doccano"
        raise FormatError(*place, f"{problem}; {hint}")
    text = text_of(value, place)
    words = _words(list_of(value, "tokens", place), text, place)
    items = list_of(value, "spans", place) if "spans" in value else []
    marks = [_mark(item, text, place) for item in items]
    others = value.get("layers", {})
    if not isinstance(others, dict):
        raise FormatError(*place, f"expected an object of layers as 'layers', found {shown(others)}; mend it")
    layer = _own_layer(others, format, place)
    [sentence] = place_marks(text, marks, place, layer, format.on_cut, words)
    further = {name: _tags(tags, name, len(words), place) for name, tags in others.items()}
    own = dict(sentence.layers)
    if "tags" in value:
        own[layer] = _tags(value["tags"], "tags", len(words), place)
    before = {name: tags for name, tags in further.items() if not is_nested(name, layer)}
    layers = {**before, **own, **further}  # as columns are, those of the tags last
    return replace(sentence, layers=layers, label=label_of(value.get("label"), place, format.many))


def _own_layer(others: Mapping[str, Any], format: JsonlFormat, place: Source) -> str:
    """The name of the layer of `spans` or `tags`: that which is meant, unless it is another."""
    layer = _LAYER if format.layer in others else format.layer
    if layer in others:
        problem = f"expected another name than {layer!r} under 'layers', for it is that of 'spans' or 'tags'; rename it"
        raise FormatError(*place, problem)
    return layer


def _tags(tags: Any, name: str, number: int, place: Source) -> tuple[str, ...]:
    if not isinstance(tags, list) or len(tags) != number or not all(isinstance(tag, str) and tag for tag in tags):
        raise FormatError(*place, f"expected {number} strings as {name!r}, one a token, found {shown(tags)}; mend it")
    return tuple(tags)


def _words(tokens: Sequence[Any], text: str, place: Source) -> list[Place]:
    """The places of tokens that stand in a text from its beginning; what lies between two of them was no token."""
    words: list[Place] = []
    end = 0
    for token in tokens:
        start = text.find(token, end) if isinstance(token, str) and token else -1
        if start < 0 or (not words and not is_blank(text[:start])):
            problem = f"expected the token {shown(token)} in the text after {text[:end][-30:]!r}"
            raise FormatError(*place, f"{problem}; mend it")
        end = start + len(token)
        words.append((start, end))
    return words


def _mark(item: Any, text: str, place: Source) -> Mark:
    if not isinstance(item, dict):
        raise FormatError(*place, f"expected a span as an object, found {shown(item)}; mend it")
    mark = check_mark(item.get("start"), item.get("end"), item.get("label"), text, place, item)
    if "text" in item:
        check_surface(mark, item["text"], text, place)
    return mark


def write_jsonl(sentences: Iterable[Sentence], format: JsonlFormat) -> Iterator[str]:
    r"""One line a sentence: `text` is its own part of the line it stood in, beginning `offset` characters into it.

    `start` and `end` of a span count characters of `text`; plain tags come as `tags` in place of `spans`. A record that
    was read is as it was, but for what changed.

    >>> ada = Sentence(("Ada", "slept"), {"tag": ("B-PER", "O")}, text="Now Ada slept", offsets=((4, 7), (8, 13)))
    >>> print(*write_jsonl([ada], JsonlFormat()), end="")  # doctest: +NORMALIZE_WHITESPACE
    {"text": "Ada slept", "tokens": ["Ada", "slept"],
     "spans": [{"start": 0, "end": 3, "label": "PER", "text": "Ada"}], "line": 1, "offset": 4}
    """
    for sentence in sentences:
        raw = next((extra.line for extra in sentence.extras if _keeps_record(extra.line, format)), None)
        old = {} if raw is None else json.loads(raw)
        value = _value(sentence, format, old.get("label"))
        if raw is None:
            yield dump(value) + "\n"
            continue
        known = {_key(item): item for item in old.get("spans", ())}
        if "spans" in value:
            value["spans"] = [_renewed(known.get(_key(span), {}), span, sentence) for span in value["spans"]]
        new = {**old, **{key: item for key, item in value.items() if key in _SAID}}
        unsaid = ("spans", "tags") if sentence.judgement is None else ("spans", "tags", *_JUDGED)
        new = {key: item for key, item in new.items() if key in value or key not in unsaid}
        yield (raw if new == old else dump(new, raw)) + "\n"


def _key(span: Mapping[str, Any]) -> tuple[Any, ...]:
    """What makes a span the same as another, whatever else its record says of it."""
    return span.get("start"), span.get("end"), span.get("label")


def _renewed(old: Mapping[str, Any], span: dict[str, Any], sentence: Sentence) -> dict[str, Any]:
    """A span as it was, but for what another model's confidence in it was."""
    if not old:
        return span
    kept = dict(old) if sentence.judgement is None else {key: old[key] for key in old if key != _CONFIDENCE}
    return kept | ({_CONFIDENCE: span[_CONFIDENCE]} if _CONFIDENCE in span else {})


def _value(sentence: Sentence, format: JsonlFormat, label: object) -> dict[str, Any]:
    """The record of a sentence, whose `label` was so before."""
    tags = layer_of(sentence, format.layer)
    text, offsets = own_text(sentence)
    first = offsets[0][0] if offsets else 0
    own = text[first : offsets[-1][1]] if offsets else text
    if _words(sentence.tokens, own, sentence.source) != [(start - first, end - first) for start, end in offsets]:
        problem = f"the tokens of {own[:60]!r} would be found in other places of it when they are read"
        raise FormatError(*sentence.source, f"{problem}; write prodigy, which says where they are")
    value: dict[str, Any] = {"text": own, "tokens": list(sentence.tokens)}
    judged = sentence.judgement.confidences if sentence.judgement is not None else {}
    plain = is_plain(tags, format.plain)
    if plain:
        value["tags"] = list(tags)
    else:
        value["spans"] = [_span(span, own, offsets, first, judged.get(format.layer)) for span in decode(tags)]
    others = [name for name in sentence.layers if name != format.layer] if format.further is None else format.further
    if others:
        value["layers"] = {name: list(layer_of(sentence, name)) for name in others}
    if sentence.label is not None:
        value["label"] = spelt_label(sentence, label, format.many)
    if sentence.judgement is not None:
        if judged:
            value |= _judged(judged, format.layer, plain, others)
            value |= label_confidence(sentence, value.get("label"))
        if every := sentence.judgement.alternatives:
            value["alternatives"] = [_alternative(one, plain, own, offsets, first) for one in every]
        if suggestion := suggestion_of(sentence):
            value[_SUGGESTION] = suggestion
    return value | {"line": sentence.source.line, "offset": first}


def _judged(
    confidences: Mapping[str, Sequence[float | None]], layer: str, plain: bool, others: Sequence[str]
) -> dict[str, Any]:
    """The confidences of tags, as their lists are."""
    lists = {name: list(map(rounded, numbers)) for name, numbers in confidences.items()}
    value: dict[str, Any] = {}
    if plain and layer in lists:
        value["tag_confidences"] = lists[layer]
    if further := {name: lists[name] for name in others if name in lists}:
        value["layer_confidences"] = further
    return value


def _alternative(one: Alternative, plain: bool, text: str, offsets: tuple[Place, ...], first: int) -> dict[str, Any]:
    said: dict[str, Any] = {"probability": float(f"{one.probability:.4g}")}
    if plain:
        return said | {"tags": list(one.tags)}
    return said | {"spans": [_span(span, text, offsets, first) for span in one.spans]}


def _span(
    span: Span, text: str, offsets: tuple[Place, ...], first: int, judged: Sequence[float | None] | None = None
) -> dict[str, Any]:
    start, end = offsets[span.start][0] - first, offsets[span.end - 1][1] - first
    said: dict[str, Any] = {"start": start, "end": end, "label": span.label, "text": text[start:end]}
    return said if judged is None else said | {_CONFIDENCE: rounded(judged[span.start])}


def _keeps_record(line: str, format: JsonlFormat) -> bool:
    del format
    return _is_own(record_of(line))


def _beyond(line: str) -> tuple[str, ...]:
    return other_keys(line, _KEYS)


JSONL = Kind(
    name="jsonl",
    format=JsonlFormat,
    read=read_jsonl,
    write=write_jsonl,
    resolve=resolve_jsonl,
    layers="further",
    layer=_LAYER,
    spans=True,
    plain=True,
    label=True,
    text=True,
    tokens=True,
    confidence=True,
    alternatives=True,
    keeps_line=_keeps_record,
    beyond=_beyond,
    shape=_is_own,
)
