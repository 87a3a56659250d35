"""The store: one safetensors file in float16, mapped when it is opened, and looked up in place."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from taggers.data.tensors import Tensors, map_tensors, view_tensors
from taggers.data.vectors.coverage import Coverage
from taggers.data.vectors.pieces import Pieces
from taggers.data.vectors.subwords import Subwords
from taggers.data.vectors.words import WordIndex
from taggers.errors import CheckpointError

FORMAT_VERSION = 1
METADATA = "taggers.vectors"


class _Found(NamedTuple):
    """Where forms are in the word table: (V,) each."""

    rows: NDArray[np.int64]  # -1 where they are not
    exact: NDArray[np.bool_]  # as they are


@dataclass(frozen=True, eq=False)
class VectorStore:
    """Vectors of E dimensions for words: a table of them, and parts that words beside it are made of; one may be none.

    The root mean square of the table's values (of the pieces' where there is no table) is 1, so that whoever uses them
    gives them the scale it wants; `scale` is the factor that made them so.

    >>> from taggers.data.vectors.table import Table
    >>> store = VectorStore(WordIndex.build(["sea"]), np.ones((1, 2), np.float16), None, 1.0)
    >>> store.look_up(["Sea", "gull"]).tolist()
    [[1.0, 1.0], [0.0, 0.0]]
    """

    index: WordIndex | None
    vectors: NDArray[np.float16]  # (N, E)
    parts: Subwords | Pieces | None
    scale: float

    @classmethod
    def open(cls, path: Path) -> VectorStore:
        """Map a store; raises CheckpointError where it is missing or damaged."""
        return _assemble(map_tensors(path), str(path))

    @classmethod
    def parse(cls, content: bytes, name: str = "vectors") -> VectorStore:
        """The store in the bytes of its file, not copied; raises CheckpointError, with `name` for the file."""
        return _assemble(view_tensors(np.frombuffer(content, np.uint8), name), name)

    @property
    def dimensions(self) -> int:
        """E."""
        return int(self.vectors.shape[1])

    @property
    def words(self) -> int:
        """How many words the table has, N."""
        return len(self.vectors)

    def look_up(self, forms: Sequence[str]) -> NDArray[np.float16]:
        """The vectors (V, E) of forms: each as it is, else lower-cased, else made of its parts, else zeros.

        Raises MissingExtraError where words are made of pieces and tokenizers is not installed.
        """
        rows = self._find(forms).rows
        vectors = np.zeros((len(forms), self.dimensions), np.float16)  # (V, E)
        vectors[rows >= 0] = self.vectors[rows[rows >= 0]]
        if self.parts is not None:
            missing = np.flatnonzero(rows < 0)
            vectors[missing] = self.parts.compose([forms[v] for v in missing.tolist()])
        return vectors

    def knows(self, forms: Sequence[str]) -> NDArray[np.bool_]:
        """True (V,) for the forms that the table has, as they are or lower-cased."""
        return self._find(forms).rows >= 0

    def coverage(self, forms: Sequence[str], counts: Sequence[int] | NDArray[np.integer[Any]]) -> Coverage:
        """How many of some words have vectors, each form as often as `counts` (V,) says."""
        rows, exact = self._find(forms)
        weights = np.asarray(counts, np.int64)
        missing = np.flatnonzero(rows < 0)
        composed = np.zeros(len(forms), bool)
        if self.parts is not None:
            composed[missing] = self.parts.compose([forms[v] for v in missing.tolist()]).any(axis=1)
        return Coverage(
            exact=int(weights[exact].sum()),
            lowered=int(weights[(rows >= 0) & ~exact].sum()),
            composed=int(weights[composed].sum()),
            unknown=int(weights[(rows < 0) & ~composed].sum()),
        )

    def _find(self, forms: Sequence[str]) -> _Found:
        if self.index is None:
            return _Found(np.full(len(forms), -1), np.zeros(len(forms), bool))
        rows = self.index.find(forms)
        exact = rows >= 0
        folded = [v for v in np.flatnonzero(~exact).tolist() if forms[v] != forms[v].lower()]
        rows[folded] = self.index.find([forms[v].lower() for v in folded])
        return _Found(rows, exact)

    def encode(self) -> bytes:
        """The bytes of the store's file: the same store gives the same ones."""
        from safetensors.numpy import save

        tensors: dict[str, NDArray[Any]] = {}
        about: dict[str, Any] = {"format_version": FORMAT_VERSION, "scale": self.scale}
        if self.index is not None:
            index = self.index
            tensors |= {"words.vectors": self.vectors, "words.hashes": index.hashes, "words.rows": index.rows}
            tensors |= {"words.offsets": index.offsets, "words.text": index.text}
            about["salt"] = index.salt
        match self.parts:
            case Subwords() as parts:
                tensors |= {"subwords.vectors": parts.vectors, "subwords.numbers": parts.numbers}
                about |= {"shortest": parts.shortest, "longest": parts.longest, "buckets": parts.buckets}
            case Pieces() as parts:
                tensors |= {"pieces.vectors": parts.vectors}
                tensors |= {"pieces.tokenizer": np.frombuffer(parts.tokenizer, np.uint8)}
        whole = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
        return save(whole, metadata={METADATA: json.dumps(about, sort_keys=True)})  # one key: their order is not kept


_AXES = {  # what a store may hold: the type of each tensor, and how many axes it has
    "words.vectors": (np.float16, 2),
    "words.hashes": (np.uint64, 1),
    "words.rows": (np.uint32, 1),
    "words.offsets": (np.uint64, 1),
    "words.text": (np.uint8, 1),
    "subwords.vectors": (np.float16, 2),
    "subwords.numbers": (np.uint32, 1),
    "pieces.vectors": (np.float16, 2),
    "pieces.tokenizer": (np.uint8, 1),
}


def _assemble(tensors: Tensors, name: str) -> VectorStore:
    arrays = tensors.arrays
    try:
        about = json.loads(tensors.metadata[METADATA])
        version = about["format_version"]
    except (KeyError, TypeError, ValueError):
        raise CheckpointError(f"{name}: not a store of vectors; build one from word vectors") from None
    if version != FORMAT_VERSION:
        message = f"{name}: vectors of format {version}, this version reads {FORMAT_VERSION}; build the store anew"
        raise CheckpointError(message)
    try:
        for key, array in arrays.items():
            if (array.dtype.type, array.ndim) != _AXES[key]:
                raise ValueError(f"{key} has the type {array.dtype} and {array.ndim} axes")
        return _fit(arrays, about)
    except (KeyError, OverflowError, TypeError, ValueError) as fault:
        reason = f"no {fault}" if isinstance(fault, KeyError) else fault
        raise CheckpointError(f"{name}: a damaged store of vectors ({reason}); build it anew") from None


def _fit(arrays: Mapping[str, NDArray[Any]], about: Mapping[str, Any]) -> VectorStore:
    """The store of some tensors; raises ValueError where they do not fit each other, KeyError where one is missing."""
    index: WordIndex | None = None
    parts: Subwords | Pieces | None = None
    if "words.vectors" in arrays:
        hashes, rows, offsets, text = (arrays[f"words.{name}"] for name in ("hashes", "rows", "offsets", "text"))
        index = WordIndex(hashes, rows, offsets, text, int(about["salt"]))
        index.check(len(arrays["words.vectors"]))
    if "subwords.vectors" in arrays:
        shortest, longest, buckets = (int(about[name]) for name in ("shortest", "longest", "buckets"))
        parts = Subwords(arrays["subwords.vectors"], arrays["subwords.numbers"], shortest, longest, buckets)
        parts.check()
    elif "pieces.vectors" in arrays:
        parts = Pieces(arrays["pieces.tokenizer"].tobytes(), arrays["pieces.vectors"])
    if index is not None:
        vectors = arrays["words.vectors"]
    elif parts is not None:
        vectors = parts.vectors[:0]
    else:
        raise ValueError("it has neither words nor parts of words")
    if parts is not None and parts.vectors.shape[1] != vectors.shape[1]:
        raise ValueError(f"words of {vectors.shape[1]} dimensions, parts of {parts.vectors.shape[1]}")
    return VectorStore(index, vectors, parts, float(about["scale"]))
