"""Vectors as text: word2vec's with its header, GloVe's without, fastText's .vec; row by row, with line numbers."""

from __future__ import annotations

from array import array
from itertools import islice
from pathlib import Path

import numpy as np

from taggers.data.vectors.kinds import header, is_number, open_file
from taggers.data.vectors.table import Note, Table, check_finite, say_repeats
from taggers.errors import FormatError


def read_text(path: Path, most: int | None, note: Note) -> Table:
    """The words of a text file, or its first `most` rows; nothing behind them is read.

    A row is a word and E numbers, the last E fields of its line: what is before them is the word, blanks inside it too
    (GloVe's largest files have such). A header, two whole numbers, says how many rows there are and E; without one the
    first row does. A word that stands twice keeps its first row, which is reported. Raises FormatError.
    """
    words: dict[str, int] = {}  # the line of each
    repeats: list[str] = []
    values = array("f")
    with open_file(path) as file:
        first = file.readline().removeprefix(b"\xef\xbb\xbf")
        if not first.strip():
            raise FormatError(path, 1, "expected a header or a word and its numbers, found an empty line")
        head = header(first)
        dimensions = head[1] if head else len(first.split()) - 1
        if not dimensions:
            found = "0 dimensions in the header" if head else repr(_shown(first))
            raise FormatError(path, 1, f"expected a word and its numbers with blanks between, found {found}")
        if not head:
            _read_row(path, 1, first, dimensions, words, values)
        left = None if most is None else most - len(words)
        for line, text in enumerate(islice(file, left), 2):
            if head and line - 1 > head[0]:
                raise FormatError(path, line, f"expected {head[0]} rows as the header says, found more; correct it")
            if word := _read_row(path, line, text, dimensions, words, values):
                repeats.append(word)
    rows = len(words) + len(repeats)
    if head and rows < min(head[0], head[0] if most is None else most):
        message = f"expected {head[0]} rows as the header says, found {rows}; the file is cut short: fetch it again"
        raise FormatError(path, rows + 1, message)
    if not words:
        raise FormatError(path, 1, "expected word vectors, found a header alone")
    say_repeats(path, repeats, note)
    vectors = np.frombuffer(values, np.float32).reshape(len(words), dimensions)  # (N, E)
    names = list(words)
    check_finite(path, vectors, lambda row: (words[names[row]], repr(names[row])))
    return Table(names, vectors)


def _read_row(
    path: Path, line: int, text: bytes, dimensions: int, words: dict[str, int], values: array[float]
) -> str | None:
    """Take one row in; gives its word where that is there already."""
    start, *numbers = text.rsplit(None, dimensions) or [b""]
    if len(numbers) < dimensions:
        found = len(text.split())
        raise FormatError(
            path, line, f"expected a word and {dimensions} numbers, found {found} fields; correct the row"
        )
    *_, last = start.rsplit(None, 1)
    if len(last) < len(start) and is_number(last):
        message = f"expected {dimensions} numbers, found more: {_shown(last)!r} before them; correct the row"
        raise FormatError(path, line, message)
    try:
        word = start.decode("utf-8")
    except UnicodeDecodeError as fault:
        message = f"expected UTF-8, found the byte {start[fault.start]:#04x}; save the file as UTF-8"
        raise FormatError(path, line, message) from None
    if word in words:
        return word
    try:
        values.fromlist(list(map(float, numbers)))
    except ValueError:
        wrong = next(number for number in numbers if not is_number(number))
        raise FormatError(path, line, f"expected a number, found {_shown(wrong)!r}; correct the row") from None
    words[word] = line
    return None


def _shown(text: bytes) -> str:
    shown = text.strip().decode("utf-8", "replace")
    return shown if len(shown) <= 30 else f"{shown[:30]}..."
