"""brat standoff (brat.nlplab.org/standoff.html): texts in a folder, each with a file of what is annotated in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from taggers.errors import FormatError
from taggers.formats.lines import Lines, PathOrStream, source_name
from taggers.formats.marks import Mark, check_mark, check_surface, place_marks, with_record
from taggers.formats.records import SpanFormat
from taggers.text import Note, Sentence, Source

DISCONTINUOUS = "spans are discontinuous, and are left out of the layers"

_LINE = re.compile(r"(?:[TREAMN#][^\t ]*|\*)\t.*", re.DOTALL)
_SPAN = re.compile(r"(T[^\t ]+)\t(\S+) ([0-9]+ [0-9]+(?:;[0-9]+ [0-9]+)*)\t(.*)", re.DOTALL)


@dataclass(frozen=True)
class BratFormat(SpanFormat):
    """`doc.txt` with `doc.ann` beside it, one or a folder of them, each a document."""


class Parts(NamedTuple):
    """What a line `T1<tab>PER 0 3<tab>Ada` says: its name, label, stretches of characters, and their text."""

    name: str
    label: str
    stretches: list[tuple[int, int]]
    surface: str


def parts_of(line: str) -> Parts | None:
    r"""The parts of a line that is a span; None for other lines.

    >>> parts_of("T1\tPER 0 3;7 9\tAda Ob")
    Parts(name='T1', label='PER', stretches=[(0, 3), (7, 9)], surface='Ada Ob')
    """
    found = _SPAN.fullmatch(line)
    if found is None:
        return None
    stretches = [(int(start), int(end)) for start, end in (pair.split(" ") for pair in found[3].split(";"))]
    return Parts(found[1], found[2], stretches, found[4])


def read_brat(source: PathOrStream | Lines, format: BratFormat) -> Iterator[Sentence]:
    r"""The sentences of a document (the path of its text) or of all documents of a folder, by name.

    The first sentence of each holds the lines of its annotation as extras; spans of one stretch are in the layer. See
    `place_marks` for those that do not fit tokens. Raises FormatError at a line that does not fit the text.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "a.txt").write_text("Ada slept"), (folder / "a.ann").write_text("T1\tPER 0 3\tAda\n")
    >>> [s.layers for s in read_brat(folder, BratFormat())]
    [{'tag': ('B-PER', 'O')}]
    """
    place = Path(source.name if isinstance(source, Lines) else source_name(source))
    for path in _texts(place):
        yield from _document(path, format)


def _texts(place: Path) -> list[Path]:
    if not place.exists() and not place.name.startswith("<"):  # a stream has no such name
        problem = "expected a folder of .txt and .ann files, or one such .txt, found nothing: it does not exist"
        raise FormatError(place, None, f"{problem}; name another")
    if not place.is_dir():
        if place.suffix != ".txt" or not place.is_file():
            raise FormatError(place, None, "expected a folder of .txt and .ann files, or one such .txt; name it")
        return [place]
    texts = sorted(place.glob("*.txt"))
    alone = [path for path in sorted(place.glob("*.ann")) if not path.with_suffix(".txt").exists()]
    if alone:
        raise FormatError(alone[0], None, f"expected {alone[0].stem}.txt beside it, found none; add it")
    if not texts:
        raise FormatError(place, None, "expected .txt files with .ann files beside them, found none; name their folder")
    return texts


def _document(path: Path, format: BratFormat) -> Iterator[Sentence]:
    beside = path.with_suffix(".ann")
    if not beside.exists():
        raise FormatError(path, None, f"expected {beside.name} beside it, found none; add it, empty where nothing is")
    text = _content(path, format.encoding)
    kept: list[str] = []
    marks: list[Mark] = []
    notes: list[Note] = []
    for number, line in enumerate(_content(beside, format.encoding).split("\n"), start=1):
        if not line.strip():
            continue
        place = Source(str(beside), number)
        line = line.removesuffix("\r")
        kept.append(line)
        mark = _mark(line, text, place)
        if mark is not None and mark.label:
            marks.append(mark)
        elif mark is not None:
            notes.append(Note(DISCONTINUOUS, f"{place}: {line.replace(chr(9), ' ')[:60]}"))
    sentences = place_marks(text, marks, Source(str(path), 1), format.layer, format.on_cut, tokeniser=format.tokeniser)
    first, *others = with_record(sentences, kept, document=True)
    reached, end = 1, 0  # line and character
    for sentence in (first.with_notes(tuple(notes)), *others):
        start = sentence.offsets[0][0] if sentence.offsets else 0
        reached += text.count("\n", end, start)
        end = start
        yield replace(sentence, source=Source(str(path), reached))


def _content(path: Path, encoding: str) -> str:
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise FormatError(path, None, f"cannot be read: {fault.strerror or fault}") from fault
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        problem = f"expected {encoding}, found byte 0x{content[fault.start]:02x} at byte offset {fault.start}"
        raise FormatError(path, line, f"{problem}; name the encoding with --encoding") from fault


def _mark(line: str, text: str, place: Source) -> Mark | None:
    """The span of a line, without a label where it is discontinuous; None for lines of other kinds."""
    parts = parts_of(line)
    if parts is None:
        if line.startswith("T") or _LINE.fullmatch(line) is None:
            problem = f"expected a line such as 'T1<tab>PER 0 3<tab>Ada', found {line[:60]!r}; mend it"
            raise FormatError(*place, problem)
        return None
    marks = [check_mark(start, end, parts.label, text, place, line) for start, end in parts.stretches]
    if len(marks) > 1:
        return Mark(marks[0].start, marks[-1].end, "", line)
    [mark] = marks
    if text[mark.start : mark.end].replace("\n", " ") != parts.surface.replace("\n", " "):
        check_surface(mark, parts.surface, text, place)
    return mark._replace(place=place)


def keeps_annotation(line: str, format: BratFormat) -> bool:
    """True for a line that a file of annotations may hold."""
    del format
    return _LINE.fullmatch(line) is not None


def beyond_spans(line: str) -> tuple[str, ...]:
    r"""What a line of annotation says that is no span of one stretch.

    >>> beyond_spans("R1\tLeads Arg1:T1 Arg2:T2"), beyond_spans("T1\tPER 0 3\tAda")
    (('relations',), ())
    """
    parts = parts_of(line)
    if parts is not None:
        return ("discontinuous spans",) if len(parts.stretches) > 1 else ()
    return (_KINDS.get(line[:1], "other lines"),)


_KINDS = {
    "R": "relations",
    "E": "events",
    "A": "attributes",
    "M": "attributes",
    "N": "normalisations",
    "#": "notes",
    "*": "equivalences",
}
