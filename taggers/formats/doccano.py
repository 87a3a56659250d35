"""Records of the annotation tool doccano: a text, and spans as triples or as objects with offsets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from taggers.errors import FormatError
from taggers.formats.joined import Joined
from taggers.formats.kind import Kind
from taggers.formats.lines import Lines, PathOrStream
from taggers.formats.marks import Mark, check_mark
from taggers.formats.records import Record, Shape, SpanFormat, list_of, read_records, shown, text_of, write_records
from taggers.text import Sentence, Source

_SPAN_KEYS = ("entities", "label", "labels")


@dataclass(frozen=True)
class DoccanoFormat(SpanFormat):
    """One record a line: `{"text": ..., "label": [[0, 3, "PER"]]}`, or `entities` with `start_offset` and so on."""


def _fits(value: Any) -> bool:
    return isinstance(value, dict) and "text" in value and "spans" not in value and "tokens" not in value


def _span_key(value: Mapping[str, Any]) -> str | None:
    return next((key for key in _SPAN_KEYS if key in value), None)


def _parse(value: Any, place: Source) -> Record:
    if not isinstance(value, dict):
        raise FormatError(*place, f"expected a record with 'text' and 'label', found {shown(value)}")
    text, key = text_of(value, place), _span_key(value)
    if len(keys := [key for key in _SPAN_KEYS if key in value]) > 1:
        raise FormatError(*place, f"expected spans under one key, found {' and '.join(keys)}; leave one of them")
    items = [] if key is None else list_of(value, key, place)
    return Record(text, tuple(_mark(item, text, place) for item in items))


def _mark(item: Any, text: str, place: Source) -> Mark:
    if isinstance(item, dict):
        return check_mark(item.get("start_offset"), item.get("end_offset"), item.get("label"), text, place, item)
    if isinstance(item, list) and len(item) == 3:
        return check_mark(item[0], item[1], item[2], text, place, item)
    raise FormatError(*place, f'expected a span such as [0, 3, "PER"], found {shown(item)}; mend it')


def _build(old: Any, marks: list[Mark], joined: Joined) -> Any:
    """The record with other spans, and without the relations of spans that are gone."""
    value = {"text": joined.text} if old is None else dict(old)
    key = _span_key(value)
    if key is None and not marks and old is not None:
        return value
    as_objects = key == "entities"
    items = [mark.item for mark in marks if mark.item is not None]
    used = [item["id"] for item in items if isinstance(item, dict) and type(item.get("id")) is int]
    free = max(used, default=0) + 1
    spans: list[Any] = []
    for mark in marks:
        if mark.item is not None:
            spans.append(mark.item)
        elif as_objects:
            spans.append({"id": free, "label": mark.label, "start_offset": mark.start, "end_offset": mark.end})
            free += 1
        else:
            spans.append([mark.start, mark.end, mark.label])
    if key is None or value[key] is not None or spans:
        value[key or "label"] = spans
    if as_objects and isinstance(value.get("relations"), list):
        gone = {item.get("id") for item in old["entities"] or [] if isinstance(item, dict)} - set(used)
        value["relations"] = [r for r in value["relations"] if not (isinstance(r, dict) and _ends(r) & gone)]
    return value


def _ends(relation: Mapping[str, Any]) -> set[Any]:
    return {relation.get("from_id"), relation.get("to_id")} - {None}


SHAPE = Shape(_fits, _parse, _build, frozenset({"text", *_SPAN_KEYS}))


def read_doccano(source: PathOrStream | Lines, format: DoccanoFormat) -> Iterator[Sentence]:
    r"""The sentences of doccano's records, whose texts are split; see `place_marks` for spans that do not fit tokens.

    >>> import io
    >>> [s] = read_doccano(io.BytesIO(b'{"id": 7, "text": "Ada slept", "label": [[0, 3, "PER"]]}\n'), DoccanoFormat())
    >>> s.tokens, s.layers
    (('Ada', 'slept'), {'tag': ('B-PER', 'O')})
    """
    return read_records(source, format, SHAPE)


def write_doccano(sentences: Iterable[Sentence], format: DoccanoFormat) -> Iterator[str]:
    r"""One record for each text, for each document of sentences without one, and for each sentence outside of those.

    >>> list(write_doccano([Sentence(("Ada", "slept"), {"tag": ("B-PER", "O")})], DoccanoFormat()))
    ['{"text": "Ada slept", "label": [[0, 3, "PER"]]}\n']
    """
    return write_records(sentences, format, SHAPE)


DOCCANO = Kind(
    name="doccano",
    format=DoccanoFormat,
    read=read_doccano,
    write=write_doccano,
    layers="nested",
    layer="tag",
    spans=True,
    text=True,
    unit="record",
    documents=True,
    keeps_line=SHAPE.is_record,
    beyond=SHAPE.beyond,
    shape=SHAPE.fits,
)
