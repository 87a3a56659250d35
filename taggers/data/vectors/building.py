"""From files of vectors to a store: read, brought to one scale, rounded to float16."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from taggers.data.vectors.fasttext_file import NGrams, read_fasttext
from taggers.data.vectors.kinds import Kind, find_kind
from taggers.data.vectors.piece_files import is_pieces, pieces_of, read_model2vec
from taggers.data.vectors.pieces import Pieces
from taggers.data.vectors.store import VectorStore
from taggers.data.vectors.subwords import Subwords
from taggers.data.vectors.table import Note, Table
from taggers.data.vectors.text_file import read_text
from taggers.data.vectors.word2vec import read_word2vec
from taggers.data.vectors.words import WordIndex
from taggers.errors import FormatError

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class _Read:
    """What a file gives, in its own scale: words, parts of words, or both."""

    table: Table | None
    parts: NGrams | Pieces | None


def build_store(
    path: Path,
    *,
    pieces: Path | None = None,
    kind: Kind = "auto",
    most: int | None = None,
    note: Note = lambda _: None,
) -> VectorStore:
    """Read the vectors of a file, or of a folder in Model2Vec's format, and those of `pieces` for words not in it.

    `most` keeps that many of the first words. All values are multiplied by one factor, so that the root mean square of
    the words' values is 1 (of the pieces', where there are no words); the factor is the store's `scale`. What is left
    out is told to `note`. `VectorStore.encode` gives the bytes of the store's file.

    Raises FormatError for what is not as its format says, MissingExtraError where a library is missing: tokenizers for
    pieces, gensim for word2vec's binary format.
    """
    if most is not None and most < 1:
        raise ValueError(f"most {most}: expected at least one word")
    read = _read(path, kind, most, note)
    parts = read.parts
    if pieces is not None:
        if read.table is None or parts is not None:
            has = "has no words, but pieces itself" if read.table is None else "has subwords for unknown words itself"
            raise FormatError(pieces, None, f"word pieces stand behind a table of words; {path} {has}: leave these out")
        parts = _read_pieces(pieces, note)
        expected, found = read.table.vectors.shape[1], parts.vectors.shape[1]
        if found != expected:
            message = f"expected pieces of {expected} dimensions as in {path}, found {found}; name those of one model"
            raise FormatError(pieces, None, message)
    return _assemble(path, read.table, pieces or path, parts)


def _read(path: Path, kind: Kind, most: int | None, note: Note) -> _Read:
    found = find_kind(path) if kind == "auto" else kind
    match found:
        case "text":
            table = read_text(path, most, note)
            if kind == "text" or not is_pieces(table):
                return _Read(table, None)
            if most is not None and len(table.words) >= most:
                raise FormatError(path, None, "a table of word pieces, which is kept whole: leave `most` out")
            return _Read(None, pieces_of(table))
        case "word2vec":
            return _Read(read_word2vec(path, most, note), None)
        case "fasttext":
            table, ngrams = read_fasttext(path, most, note)
            if ngrams is None and kind == "fasttext":
                message = "a fastText model without subwords; leave its kind out to take its words alone"
                raise FormatError(path, None, message)
            if ngrams is None:
                note(f"{path}: holds no subwords; words that are not in it have zeros")
            return _Read(table, ngrams)
        case "pieces":
            return _Read(None, pieces_of(read_text(path, None, note)))
        case "model2vec":
            return _Read(None, read_model2vec(path))
        case never:
            assert_never(never)


def _read_pieces(path: Path, note: Note) -> Pieces:
    match find_kind(path):
        case "model2vec":
            return read_model2vec(path)
        case "text":
            return pieces_of(read_text(path, None, note))
        case kind:
            raise FormatError(path, None, f"expected word pieces, as text or a Model2Vec folder, found {kind} vectors")


def _assemble(path: Path, table: Table | None, place: Path, parts: NGrams | Pieces | None) -> VectorStore:
    """Bring the words of `path` and the parts of `place` to one scale, and to float16."""
    leading = table if table is not None else parts
    assert leading is not None, "a file holds words or parts of words"
    size = _root_mean_square(leading.vectors)
    if not size:
        raise FormatError(path, None, "expected vectors, found nothing but zeros")
    scale = 1 / size
    return VectorStore(
        index=None if table is None else WordIndex.build(table.words),
        vectors=_round(path, leading.vectors if table is not None else leading.vectors[:0], scale),
        parts=_scale(place, parts, scale),
        scale=scale,
    )


def _scale(path: Path, parts: NGrams | Pieces | None, scale: float) -> Subwords | Pieces | None:
    match parts:
        case NGrams():
            vectors = _round(path, parts.vectors, scale)
            numbers = np.flatnonzero(vectors.any(axis=1))
            if not numbers.size:
                return None
            kept = vectors if len(numbers) == len(vectors) else vectors[numbers]
            return Subwords(kept, numbers.astype(np.uint32), parts.shortest, parts.longest, len(vectors))
        case Pieces():
            return Pieces(parts.tokenizer, _round(path, parts.vectors, scale))
        case None:
            return None
        case never:
            assert_never(never)


_BLOCK = 1 << 14  # rows that are copied in a wider type at once


def _root_mean_square(vectors: NDArray[Any]) -> float:
    blocks = (vectors[first : first + _BLOCK].astype(np.float64) for first in range(0, len(vectors), _BLOCK))
    total = sum(float(np.vdot(block, block)) for block in blocks)
    return float(np.sqrt(total / vectors.size)) if vectors.size else 0.0


def _round(path: Path, vectors: Floats, scale: float) -> NDArray[np.float16]:
    rounded = np.empty(vectors.shape, np.float16)
    with np.errstate(over="ignore"):
        for first in range(0, len(vectors), _BLOCK):
            rounded[first : first + _BLOCK] = vectors[first : first + _BLOCK] * np.float64(scale)
    if not np.isfinite(rounded).all():
        raise FormatError(path, None, "values more than 65,504 times as large as those of words; mend their rows")
    return rounded
