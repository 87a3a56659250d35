"""The binary format of word2vec: gensim reads it, and its size is checked before and after."""

from __future__ import annotations

from pathlib import Path

from taggers.data.vectors.kinds import header, open_file
from taggers.data.vectors.table import Note, Table, check_finite
from taggers.errors import FormatError, MissingExtraError

_NUMBER = 4  # bytes of a float32


def read_word2vec(path: Path, most: int | None, note: Note) -> Table:
    """The words of a binary file, or its first `most`; raises FormatError, and MissingExtraError without gensim.

    The format has no escape: a word with a blank in it shifts all that follows, which is then refused.
    """
    with open_file(path) as file:
        line = file.readline(100)
        size = len(line) + sum(map(len, iter(lambda: file.read(1 << 20), b"")))  # unpacked
    head = header(line)
    if head is None or not all(head):
        raise FormatError(path, 1, "expected a header of word2vec's binary format, two numbers above 0; name its kind")
    promised, dimensions = head
    rows = promised if most is None else min(most, promised)
    damaged = FormatError(
        path, None, f"not {promised} words of {dimensions} float32 as its header says; fetch it again, or write it anew"
    )
    if size < len(line) + rows * (2 + dimensions * _NUMBER):
        raise damaged
    table = _read(path, rows, damaged)
    if repeats := rows - len(table.words):
        note(f"{path}: {repeats} words stand there more than once; the first row of each is kept")
    elif rows == promised:
        used = len(line) + sum(len(word.encode("utf-8")) + 1 + dimensions * _NUMBER for word in table.words)
        if size - used not in (0, rows):  # word2vec itself ends each row with a line feed, gensim does not
            raise damaged
    check_finite(path, table.vectors, lambda row: (None, f"word {row + 1}, {table.words[row]!r}"))
    return table


def _read(path: Path, rows: int, damaged: FormatError) -> Table:
    try:
        from gensim.models import KeyedVectors
    except ImportError:
        raise MissingExtraError(f"{path}: binary vectors need gensim: pip install 'taggers[train]'") from None
    try:
        vectors = KeyedVectors.load_word2vec_format(str(path), binary=True, limit=rows)
    except (EOFError, UnicodeDecodeError, ValueError):
        raise damaged from None
    words = [word for word in vectors.index_to_key if word is not None]  # gensim leaves None where it left one out
    return Table(words, vectors.vectors[: len(words)])
