"""Sentences as brat standoff: a folder with two files for each document."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from taggers.errors import FormatError
from taggers.files import make_folder
from taggers.formats.brat import BratFormat, beyond_spans, keeps_annotation, parts_of, read_brat
from taggers.formats.joined import Joined, join
from taggers.formats.kind import Kind
from taggers.formats.marks import Mark
from taggers.text import Sentence

_NAME = re.compile(r"[TREAMN][0-9]+\b")


def save_brat(sentences: Iterable[Sentence], target: str | Path, format: BratFormat) -> None:
    r"""Write a folder, which appears when it is whole, with a text and its annotation for each document.

    Documents keep the names that brat gave them, others are numbered; sentences outside of any document are one. Lines
    of annotation that were read are kept as they were, but for spans that are gone and what refers to them. Raises
    FormatError where the folder holds files, or cannot be written.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp()) / "out"
    >>> save_brat([Sentence(("Ada", "slept"), {"tag": ("B-PER", "O")})], folder, BratFormat())
    >>> (folder / "000001.txt").read_text(), (folder / "000001.ann").read_text()
    ('Ada slept', 'T1\tPER 0 3\tAda\n')
    """
    place = Path(target)
    if place.is_file() or (place.is_dir() and any(place.iterdir())):
        raise FormatError(place, None, "expected a folder that is new or empty to write to; name another")
    beside = place.with_name(f".{place.name}.{os.getpid()}.new")
    try:
        make_folder(beside)
        names: set[str] = set()
        for number, joined in enumerate(join(sentences, format.layer, documents=True, whole=True), start=1):
            name = _name(joined, number, names)
            names.add(name)
            (beside / f"{name}.txt").write_bytes(_encoded(joined.text, format, joined))
            annotation = "".join(f"{line}\n" for line in _lines(joined, format))
            (beside / f"{name}.ann").write_bytes(_encoded(annotation, format, joined))
        if place.is_dir():
            place.rmdir()
        beside.replace(place)
    except OSError as fault:
        raise FormatError(place, None, f"cannot be written: {fault.strerror or fault}") from fault
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _encoded(text: str, format: BratFormat, joined: Joined) -> bytes:
    try:
        return text.encode(format.encoding)
    except UnicodeEncodeError as fault:
        problem = f"{text[fault.start]!r} has no place in {format.encoding}"
        raise FormatError(*joined.sentences[0].source, f"{problem}; mend the text") from fault


def _name(joined: Joined, number: int, taken: set[str]) -> str:
    first = joined.sentences[0]
    path = Path(first.source.path)
    own = path.stem if first.starts_document and first.on_one_line and path.suffix == ".txt" else ""
    name = own or f"{number:06d}"
    while name in taken:
        name = f"{own}{number:06d}"
        number += 1
    return name


def _lines(joined: Joined, format: BratFormat) -> Iterator[str]:
    old = [line for line in joined.lines if keeps_annotation(line, format)]
    spans = {line: parts for line in old if (parts := parts_of(line)) is not None}
    single = [line for line in old if line in spans and len(spans[line].stretches) == 1]
    read = [Mark(*spans[line].stretches[0], spans[line].label, line) for line in single]
    marks = joined.marks(read)
    kept = {mark.item for mark in marks} | {line for line, p in spans.items() if len(p.stretches) > 1}
    gone = {parts.name for line, parts in spans.items() if line not in kept}
    others = _without(gone, [line for line in old if line in kept or line not in spans])
    yield from others
    number = max((int(found[1]) for p in spans.values() if (found := re.match("T([0-9]+)", p.name))), default=0)
    for mark in marks:
        if mark.item is None:
            number += 1
            surface = joined.text[mark.start : mark.end].replace("\n", " ")
            if any(blank.isspace() for blank in mark.label):
                problem = f"label {mark.label!r} holds a blank, which brat has no place for; rename it"
                raise FormatError(*joined.sentences[0].source, problem)
            if surface.endswith("\r"):
                problem = f"span {mark.label} ends in a carriage return, for which the end of a line has no place"
                raise FormatError(*joined.sentences[0].source, f"{problem}; end the span before it")
            yield f"T{number}\t{mark.label} {mark.start} {mark.end}\t{surface}"


def _without(gone: set[str], lines: list[str]) -> list[str]:
    """The lines that refer to nothing that is gone, nor to a line that goes with it."""
    while True:
        stay = [line for line in lines if not gone.intersection(_NAME.findall(_said(line)))]
        if len(stay) == len(lines):
            return stay
        gone = gone | {line.partition("\t")[0] for line in lines if line not in stay}
        lines = stay


def _said(line: str) -> str:
    """The part of a line that may refer to others: its second field, but for spans."""
    return "" if parts_of(line) is not None else [*line.split("\t"), ""][1]


BRAT = Kind(
    name="brat",
    format=BratFormat,
    read=read_brat,
    save=save_brat,
    layers="nested",
    layer="tag",
    spans=True,
    text=True,
    unit="record",
    documents=True,
    keeps_line=keeps_annotation,
    beyond=beyond_spans,
)
