"""JSON lines of records: read into sentences, and written so that a record of which nothing changed is as it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from taggers.errors import FormatError
from taggers.formats.joined import Joined, join
from taggers.formats.lines import Lines, PathOrStream, open_lines
from taggers.formats.marks import Mark, OnCut, Place, place_marks, with_record
from taggers.formats.tokenisers import SYNTOK, Tokeniser
from taggers.text import Note, Sentence, Source


@dataclass(frozen=True)
class SpanFormat:
    """Records with character spans, which become the tags of a `layer`; `on_cut` is for spans that cut tokens.

    The tokeniser splits texts that come without tokens.
    """

    layer: str = "tag"
    on_cut: OnCut = "snap"
    encoding: str = "utf-8"
    tokeniser: Tokeniser = SYNTOK


@dataclass(frozen=True)
class Record:
    """A text with its marks, the places of its tokens where the record has them, and what its reader has to say."""

    text: str
    marks: tuple[Mark, ...]
    words: tuple[Place, ...] | None = None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Shape:
    """How the records of a tool hold a text and its spans.

    `fits` tells its records, `parse` reads one (FormatError where it is wrong), `build` makes one of an old record (or
    of None) with other marks. `keys` are those that a record is made of; others are kept. `documents` is True where
    sentences without a text of their own are put together.
    """

    fits: Callable[[Any], bool]
    parse: Callable[[Any, Source], Record]
    build: Callable[[Any, list[Mark], Joined], Any]
    keys: frozenset[str]
    documents: bool = True

    def is_record(self, line: str, format: SpanFormat) -> bool:
        """True for a raw line that is a record of this shape."""
        del format
        value = record_of(line)
        return value is not None and self.fits(value)

    def beyond(self, line: str) -> tuple[str, ...]:
        """The keys of a raw record that say more than text and spans."""
        return other_keys(line, self.keys)


def read_records(source: PathOrStream | Lines, format: SpanFormat, shape: Shape) -> Iterator[Sentence]:
    """The sentences of a file with one record a line; blank lines are passed over.

    The first sentence of each holds the raw line as an extra. A record begins a document, unless it holds the tokens of
    one sentence.
    """
    for place, line, value in load_lines(open_lines(source, format.encoding)):
        record = shape.parse(value, place)
        sentences = place_marks(
            record.text, record.marks, place, format.layer, format.on_cut, record.words, format.tokeniser
        )
        first, *others = with_record(sentences, [line], document=record.words is None)
        yield first.with_notes(record.notes)
        yield from others


def load_lines(lines: Lines) -> Iterator[tuple[Source, str, Any]]:
    """Each line that is not blank, with its place and the value that it writes as JSON."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            place = Source(lines.name, number)
            yield place, line, _load(line, place)


def _load(line: str, place: Source) -> Any:
    try:
        return json.loads(line)
    except RecursionError as fault:
        raise FormatError(*place, "expected a record, found one that is nested too deep") from fault
    except ValueError as fault:
        hint = "write each record on one line" if line.strip() in ("{", "[", "[{") else "mend it"
        problem = f"expected one JSON record on the line, found {line[:60]!r} ({fault})"
        raise FormatError(*place, f"{problem}; {hint}, or name the format of the file") from fault


def write_records(sentences: Iterable[Sentence], format: SpanFormat, shape: Shape) -> Iterator[str]:
    """One line a record, as it was where its spans are those it had, else spelt as it was spelt."""
    for joined in join(sentences, format.layer, documents=shape.documents):
        raw = next((line for line in joined.lines if shape.is_record(line, format)), None)
        if raw is None:
            yield dump(shape.build(None, list(joined.spans), joined)) + "\n"
            continue
        old = json.loads(raw)
        record = shape.parse(old, joined.sentences[0].source)
        new = shape.build(old, joined.marks(record.marks), joined)
        yield (raw if new == old else dump(new, raw)) + "\n"


def dump(value: Any, like: str | None = None) -> str:
    """JSON on one line, with blanks and escapes as in another line, if these are all of one kind.

    >>> dump({"a": [1, "é"]}), dump({"a": [1, "é"]}, '{"b":2,"c":3}')
    ('{"a": [1, "é"]}', '{"a":[1,"é"]}')
    """
    old = None if like is None else json.loads(like)
    for separators in ((", ", ": "), (",", ":")):
        for ascii_only in (False, True):
            if like is not None and json.dumps(old, separators=separators, ensure_ascii=ascii_only) == like:
                return json.dumps(value, separators=separators, ensure_ascii=ascii_only)
    return json.dumps(value, ensure_ascii=False)


def record_of(line: str) -> Any:
    """The record that a raw line holds, None where it is none.

    >>> record_of('{"id": 1}'), record_of("# text = {}"), record_of("[")
    ({'id': 1}, None, None)
    """
    if not line.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def other_keys(line: str, keys: frozenset[str]) -> tuple[str, ...]:
    """The keys of a raw record beside some."""
    value = record_of(line)
    return tuple(key for key in value if key not in keys) if isinstance(value, dict) else ()


def text_of(value: Mapping[str, Any], place: Source, what: str = "text") -> str:
    """The text of a record; FormatError where it has none."""
    text = value.get(what)
    if not isinstance(text, str):
        raise FormatError(*place, f"expected a record with a string {what!r}, found {shown(text)}; mend it")
    return text


def list_of(value: Mapping[str, Any], key: str, place: Source) -> list[Any]:
    """A list in a record, empty where it is null; FormatError where it is anything else."""
    found = value[key]
    if found is None:
        return []
    if not isinstance(found, list):
        raise FormatError(*place, f"expected a list as {key!r}, found {shown(found)}; mend it")
    return found


def shown(value: object) -> str:
    """A value of a record in a message.

    >>> shown(None), shown({"a": 1})
    ('none', '{"a": 1}')
    """
    return "none" if value is None else json.dumps(value, ensure_ascii=False)[:60]
