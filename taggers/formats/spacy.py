"""Training records of spaCy: a pair of a text and what is annotated, with entities as triples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from taggers.errors import FormatError
from taggers.formats.joined import Joined
from taggers.formats.kind import Kind
from taggers.formats.lines import Lines, PathOrStream
from taggers.formats.marks import Mark, check_mark
from taggers.formats.records import Record, Shape, SpanFormat, list_of, read_records, record_of, shown, write_records
from taggers.text import Sentence, Source


@dataclass(frozen=True)
class SpacyFormat(SpanFormat):
    """One record a line: `["Ada slept", {"entities": [[0, 3, "PER"]]}]`."""


def _fits(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], dict)


def _parse(value: Any, place: Source) -> Record:
    if not _fits(value):
        problem = f'expected a record such as ["text", {{"entities": []}}], found {shown(value)}; mend it'
        raise FormatError(*place, problem)
    text, annotated = value
    items = list_of(annotated, "entities", place) if "entities" in annotated else []
    marks: list[Mark] = []
    for item in items:
        if not isinstance(item, list) or len(item) != 3:
            raise FormatError(*place, f'expected a span such as [0, 3, "PER"], found {shown(item)}; mend it')
        marks.append(check_mark(item[0], item[1], item[2], text, place, item))
    return Record(text, tuple(marks))


def _build(old: Any, marks: list[Mark], joined: Joined) -> Any:
    spans = [[m.start, m.end, m.label] if m.item is None else m.item for m in marks]
    text, annotated = (joined.text, {}) if old is None else old
    if not spans and old is not None and not annotated.get("entities"):
        return old
    return [text, {**annotated, "entities": spans}]


def _beyond(line: str) -> tuple[str, ...]:
    value = record_of(line)
    return tuple(key for key in value[1] if key != "entities") if _fits(value) else ()


SHAPE = Shape(_fits, _parse, _build, frozenset())


def read_spacy(source: PathOrStream | Lines, format: SpacyFormat) -> Iterator[Sentence]:
    r"""The sentences of spaCy's records, whose texts are split; see `place_marks` for spans that do not fit tokens.

    >>> import io
    >>> [s] = read_spacy(io.BytesIO(b'["Ada slept", {"entities": [[0, 3, "PER"]]}]\n'), SpacyFormat())
    >>> s.layers
    {'tag': ('B-PER', 'O')}
    """
    return read_records(source, format, SHAPE)


def write_spacy(sentences: Iterable[Sentence], format: SpacyFormat) -> Iterator[str]:
    r"""One record for each text, for each document of sentences without one, and for each sentence outside of those.

    >>> list(write_spacy([Sentence(("Ada", "slept"), {"tag": ("B-PER", "O")})], SpacyFormat()))
    ['["Ada slept", {"entities": [[0, 3, "PER"]]}]\n']
    """
    return write_records(sentences, format, SHAPE)


SPACY = Kind(
    name="spacy",
    format=SpacyFormat,
    read=read_spacy,
    write=write_spacy,
    layers="nested",
    layer="tag",
    spans=True,
    text=True,
    unit="record",
    documents=True,
    keeps_line=SHAPE.is_record,
    beyond=_beyond,
    shape=_fits,
)
