"""fastText's binary models: words, and the buckets of n-grams that unknown words are made of.

Read here and not by gensim, which takes all of it into memory several times over and does not end on a file cut short
in its dictionary. The layout follows fastText's own source: header, dictionary, input matrix.
"""

from __future__ import annotations

import gzip
import mmap
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taggers.data.vectors.kinds import open_file
from taggers.data.vectors.means import mean_rows
from taggers.data.vectors.subwords import ngram_buckets
from taggers.data.vectors.table import Note, Table, check_finite
from taggers.errors import FormatError

_START = struct.Struct("<4s13id3i2q")  # magic, version, the options, then the sizes of the dictionary
_MATRIX = struct.Struct("<?2q")  # whether it is quantised, rows, columns
_VERSIONS = (11, 12)
_BLOCK = 4096
_COUNT = 9  # bytes behind a word: how often it was seen, and its type
_END_OF_SENTENCE = "</s>"  # the one word without n-grams


@dataclass(frozen=True, eq=False)
class NGrams:
    """The vectors of all buckets (U, E) as trained, and the lengths of the n-grams that fall into them."""

    vectors: NDArray[np.float32]
    shortest: int
    longest: int


class FastText(NamedTuple):
    """Words with their final vectors, and the n-grams where the model has them."""

    table: Table
    ngrams: NGrams | None


@dataclass(frozen=True)
class _Layout:
    """Where things are in a file, as its header and its dictionary say."""

    dimensions: int
    words: list[bytes]
    buckets: int
    shortest: int
    longest: int
    matrix: int  # the byte at which the numbers begin


def read_fasttext(path: Path, most: int | None, note: Note) -> FastText:
    """The words of a model, or its `most` most frequent, and all its buckets; raises FormatError.

    A word's vector is the mean of its own row and of its n-grams, as fastText writes it to its .vec file. The file is
    mapped, not read, unless it is packed.
    """
    with open_file(path) as file:
        packed = isinstance(file, gzip.GzipFile)
        if not packed and not file.read(1):  # nothing can be mapped
            raise FormatError(path, None, "expected a fastText model, found an empty file")
        content = file.read() if packed else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    layout = _lay_out(path, content)
    rows = len(layout.words) + layout.buckets
    matrix = np.frombuffer(content, "<f4", rows * layout.dimensions, layout.matrix).reshape(rows, -1)  # (R, E)
    kept = dict(_decode(path, layout.words[:most], note))
    words = list(kept)
    check_finite(path, matrix, lambda row: (None, f"row {row + 1} of {rows}"))
    table = Table(words, _compose(words, list(kept.values()), matrix, layout))
    ngrams = NGrams(matrix[len(layout.words) :], layout.shortest, layout.longest) if layout.buckets else None
    return FastText(table, ngrams)


def _lay_out(path: Path, content: bytes | mmap.mmap) -> _Layout:
    damaged = FormatError(path, None, "a fastText model that is cut short or damaged; fetch it again")
    if len(content) < _START.size:
        raise damaged
    _, version, dimensions, *options, _, size, words, labels, _, pruned = _START.unpack(content[: _START.size])
    buckets, shortest, longest = options[7:10]
    if version not in _VERSIONS:
        message = f"expected a fastText model of version 11 or 12, found {version}; save it by a newer fastText"
        raise FormatError(path, None, message)
    if labels:
        raise FormatError(path, None, "a supervised fastText model (it has labels); train it as skipgram or cbow")
    if dimensions < 1 or words < 1 or size != words or buckets < 0:
        raise damaged
    found, at = [], _START.size
    for _ in range(words):
        end = content.find(b"\0", at)
        if end < 0:
            raise damaged
        found.append(content[at:end])
        at = end + 1 + _COUNT
    head = content[at : at + _MATRIX.size]
    if len(head) < _MATRIX.size:
        raise damaged
    quantised, rows, columns = _MATRIX.unpack(head)
    if quantised or pruned > 0:
        raise FormatError(path, None, "a quantised fastText model (.ftz); name the .bin file that it was made from")
    at += _MATRIX.size
    if (rows, columns) != (words + buckets, dimensions) or len(content) < at + 4 * rows * columns:
        raise damaged
    if len(set(found)) < words:
        raise damaged
    return _Layout(dimensions, found, buckets if longest > 0 else 0, max(shortest, 1), longest, at)


def _decode(path: Path, words: list[bytes], note: Note) -> Iterator[tuple[str, int]]:
    """The words and their rows, without those that are not UTF-8: fastText cuts long words within a character."""
    broken = 0
    for row, word in enumerate(words):
        try:
            yield word.decode("utf-8"), row
        except UnicodeDecodeError:
            broken += 1
    if broken:
        note(f"{path}: {broken} words that are not UTF-8 are left out")


def _compose(
    words: Sequence[str], own: Sequence[int], matrix: NDArray[np.float32], layout: _Layout
) -> NDArray[np.float32]:
    """The means (V, E) of the words' own rows and those of their n-grams."""

    def rows(word: str, row: int) -> list[int]:
        if not layout.buckets or word == _END_OF_SENTENCE:
            return [row]
        ngrams = ngram_buckets(word, layout.shortest, layout.longest, layout.buckets)
        return [row, *(len(layout.words) + bucket for bucket in ngrams)]

    # In blocks, so that the rows of a few words are listed at a time.
    blocks = range(0, len(words), _BLOCK)
    return np.concatenate(
        [
            mean_rows([rows(*pair) for pair in zip(words[b : b + _BLOCK], own[b : b + _BLOCK], strict=True)], matrix)
            for b in blocks
        ]
    )
