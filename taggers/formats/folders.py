"""Folders: files of one split, and texts whose label is the folder that they lie in; in the order of their names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from taggers.errors import FormatError
from taggers.formats.lines import Lines, PathOrStream, source_name
from taggers.formats.tokenisers import SYNTOK, Tokeniser
from taggers.formats.units import as_unit
from taggers.text import Sentence, Source

Note = Callable[[str], None]


@dataclass(frozen=True)
class FoldersFormat:
    """A folder of folders, each the label of the texts in it, one a file: `pos/1.txt`, `neg/2.txt`."""

    ending: str = "txt"
    tokenised: bool = False
    encoding: str = "utf-8"
    tokeniser: Tokeniser = SYNTOK


def folder_of(source: PathOrStream | Lines) -> Path | None:
    """The folder that a source is; None for a file, a stream, and what is not there.

    >>> folder_of("."), folder_of("no such file")
    (PosixPath('.'), None)
    """
    place = source.source if isinstance(source, Lines) else source
    if not isinstance(place, str | Path) or "\0" in str(place) or not Path(place).is_dir():
        return None
    return Path(place)


def read_folder(
    folder: Path,
    read_file: Callable[[Path], Iterator[Sentence]],
    endings: Sequence[str] = (),
    note: Note | None = None,
) -> Iterator[Sentence]:
    """The sentences of all files of a folder, a document boundary between two files.

    The files are those with one of some endings; where there are none of these, all must have the same. `note` hears of
    each that is left out: another ending, a hidden file, a folder; without it that is a FormatError, and so is a folder
    without files.

    >>> import tempfile
    >>> from taggers.formats.plain import TokensFormat, read_tokens
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name in ("b.txt", "a.txt"):
    ...     written = (folder / name).write_text(name)
    >>> [(s.tokens, s.starts_document) for s in read_folder(folder, lambda file: read_tokens(file, TokensFormat()))]
    [(('a.txt',), False), (('b.txt',), True)]
    """
    there = {_ending(entry) for entry in _entries(folder)}
    for number, file in enumerate(_files(folder, [ending for ending in endings if ending in there], note)):
        starts = number > 0
        for sentence in read_file(file):
            if starts and sentence.tokens:
                sentence, starts = replace(sentence, starts_document=True), False
            yield sentence


def read_folders(source: PathOrStream | Lines, format: FoldersFormat, note: Note | None = None) -> Iterator[Sentence]:
    """The texts in the folders of a folder, each a sentence whose label is the folder's name.

    `note` as for `read_folder`. Raises FormatError where there is no folder, or no text in one, and at an empty text.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp()) / "pos"
    >>> folder.mkdir()
    >>> written = (folder / "1.txt").write_text("Good.")
    >>> [(s.label, s.tokens) for s in read_folders(folder.parent, FoldersFormat())]
    [('pos', ('Good', '.'))]
    """
    folder = folder_of(source)
    if folder is None:
        name = source.name if isinstance(source, Lines) else source_name(source)
        gone = not name.startswith("<") and not Path(name).exists()  # no stream
        problem = f"expected a folder with a folder for each label, found none{': it does not exist' if gone else ''}"
        raise FormatError(name, None, f"{problem}; name one")
    labels = []
    for entry in _entries(folder):
        if entry.name.startswith(".") or not entry.is_dir():
            _leave(entry, "hidden" if entry.name.startswith(".") else "no folder of a label", note)
        else:
            labels.append(entry)
    if not labels:
        raise FormatError(folder, None, "expected a folder for each label, found none; name another folder")
    for label in labels:
        for file in _files(label, [format.ending], note):
            text = "".join(Lines(file, format.encoding).whole())
            place = Source(str(file), 1)
            yield as_unit(text, label.name, place, tokenised=format.tokenised, tokeniser=format.tokeniser)


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir(), key=lambda entry: entry.name)
    except OSError as fault:
        raise FormatError(folder, None, f"cannot be read: {fault.strerror or fault}") from fault


def _files(folder: Path, endings: Sequence[str], note: Note | None) -> list[Path]:
    files: list[Path] = []
    for entry in _entries(folder):
        if entry.name.startswith("."):
            _leave(entry, "hidden", note)
        elif not entry.is_file():
            _leave(entry, "no file", note)
        elif endings and _ending(entry) not in endings:
            _leave(entry, f"it does not end in .{' or .'.join(endings)}", note)
        else:
            files.append(entry)
    kinds = Counter(map(_ending, files))
    if not endings and len(kinds) > 1:
        found = ", ".join(f"{number} of .{ending}" for ending, number in sorted(kinds.items()))
        raise FormatError(folder, None, f"expected files of one ending, found {found}; move the others elsewhere")
    if not files:
        meant = f" ending in .{' or .'.join(endings)}" if endings else ""
        raise FormatError(folder, None, f"expected files{meant}, found none; name another folder")
    return files


def _ending(file: Path) -> str:
    return file.name.removesuffix(".gz").rpartition(".")[2]


def _leave(entry: Path, reason: str, note: Note | None) -> None:
    if note is None:
        raise FormatError(entry, None, f"would not be read ({reason}); move it elsewhere")
    note(f"{entry}: not read ({reason})")
