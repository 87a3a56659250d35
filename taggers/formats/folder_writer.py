"""Folders written as they are read: whole or not there, each file as it was."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from taggers.errors import FormatError
from taggers.formats.columns import BOUNDARY
from taggers.formats.conllu import NEW_DOCUMENT
from taggers.formats.folders import FoldersFormat, read_folders
from taggers.formats.kind import Kind
from taggers.formats.lines import marked
from taggers.formats.units import own_text
from taggers.text import Sentence

Encode = Callable[[Iterable[Sentence]], Iterator[bytes]]


@contextmanager
def new_folder(target: str | Path) -> Iterator[Path]:
    """A folder to write into, which takes its place when all went well; FormatError where something is there already.

    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "new"
    >>> with new_folder(target) as folder:
    ...     written, there = (folder / "a").write_text("sea"), target.exists()
    >>> there, (target / "a").read_text()
    (False, 'sea')
    """
    place = Path(target)
    beside = place.with_name(f".{place.name}.{os.getpid()}.new")
    try:
        if place.exists() and not (place.is_dir() and not any(place.iterdir())):
            raise FormatError(place, None, "cannot be written: something is there already; name another folder")
        beside.mkdir(parents=True)
        try:
            yield beside
            beside.replace(place)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as fault:
        raise FormatError(place, None, f"cannot be written: {fault.strerror or fault}") from fault


def write_folder(sentences: Iterable[Sentence], target: str | Path, encode: Encode) -> None:
    """Sentences of several files as files of the same names in a folder, each as `encode` makes bytes of it.

    A boundary that only the beginning of a file made is not written. Raises FormatError at sentences of no file, and at
    files of one name.

    >>> import tempfile
    >>> from taggers.formats import TokensFormat, encode
    >>> from taggers.text import Source
    >>> target = Path(tempfile.mkdtemp()) / "new"
    >>> write_folder([Sentence(("Ada",), source=Source("old/a.txt", 1))], target, lambda s: encode(s, TokensFormat()))
    >>> (target / "a.txt").read_bytes()
    b'Ada\\n'
    """
    with new_folder(target) as folder:
        for path, group in groupby(sentences, key=lambda sentence: sentence.source.path):
            if path.startswith("<"):
                raise FormatError(path, None, "expected sentences of a file, which names the new one; write one file")
            with _new_file(folder / Path(path).name, path) as write:
                for content in encode(_without_boundary(group)):
                    write(content)


def _without_boundary(sentences: Iterable[Sentence]) -> Iterator[Sentence]:
    first = True
    for sentence in sentences:
        if first and sentence.tokens:
            first = False
            marked = any(extra.line.startswith((BOUNDARY, NEW_DOCUMENT)) for extra in sentence.extras)
            sentence = replace(sentence, starts_document=sentence.starts_document and marked)
        yield sentence


def write_folders(sentences: Iterable[Sentence], target: str | Path, format: FoldersFormat) -> None:
    """Each sentence as a file in the folder of its label; one read from such a folder keeps its file's name.

    Raises FormatError at a sentence without tokens, or with a label that is no name of a folder, and at a second file
    of one name.

    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "new"
    >>> write_folders([Sentence(("Good", "!"), label="pos")], target, FoldersFormat())
    >>> (target / "pos" / "000001.txt").read_text()
    'Good !'
    """
    with new_folder(target) as folder:
        for number, sentence in enumerate(sentences, start=1):
            label, path = _label(sentence), Path(sentence.source.path)
            own = path.parent.name == label and path.name.endswith(f".{format.ending}")
            place = folder / label / (path.name if own else f"{number:06}.{format.ending}")
            place.parent.mkdir(exist_ok=True)
            text = marked(own_text(sentence)[0])
            try:
                content = text.encode(format.encoding)
            except UnicodeEncodeError as fault:
                problem = f"{text[fault.start]!r} has no place in {format.encoding}; write utf-8"
                raise FormatError(*sentence.source, problem) from fault
            with _new_file(place, str(sentence.source.path)) as write:
                write(content)


def _label(sentence: Sentence) -> str:
    label = sentence.label
    if not sentence.tokens:
        raise FormatError(*sentence.source, "a sentence without tokens would not come back as a text; leave it out")
    if not label or label.startswith(".") or any(sign in label for sign in "/\\\0"):
        raise FormatError(*sentence.source, f"expected a label that can name a folder, found {label!r}; write CSV")
    return label


@contextmanager
def _new_file(place: Path, path: str) -> Iterator[Callable[[bytes], object]]:
    try:
        with open(place, "xb") as file:
            yield file.write
    except FileExistsError as fault:
        problem = f"a second file called {place.name} would take the place of the first; rename one"
        raise FormatError(path, None, problem) from fault


FOLDERS = Kind(
    name="folders", format=FoldersFormat, read=read_folders, save=write_folders, label=True, text=True, unit="text"
)
