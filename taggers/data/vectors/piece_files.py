"""Vectors of word pieces from a table of them, or from a folder in Model2Vec's format."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np

from taggers.data.tensors import map_tensors
from taggers.data.vectors.pieces import Pieces, import_tokenizers
from taggers.data.vectors.table import Table, check_finite
from taggers.errors import CheckpointError, FormatError

_CONTINUES = "##"  # before a piece that continues a word
_UNKNOWN = "[UNK]"
_EMBEDDINGS = ("embeddings", "embedding.weight")  # as Model2Vec and sentence-transformers name them


def is_pieces(table: Table) -> bool:
    """True where a hundredth of a table's words or more continue others: plain words with such a mark are rarer.

    >>> is_pieces(Table(["sea", "##gull"], np.zeros((2, 1), np.float32)))
    True
    """
    continuing = sum(word.startswith(_CONTINUES) and len(word) > len(_CONTINUES) for word in table.words)
    return continuing * 100 >= len(table.words)


def pieces_of(table: Table) -> Pieces:
    """The pieces of a table, cut by the rule of WordPiece: longest match first, `##` continues a word.

    A mark of punctuation is a word of its own, as in BERT, and a stretch between such marks is unknown as a whole where
    a part of it is. Words are lower-cased, and their accents taken off, where no piece but a marker ([UNK]) has those.
    """
    library = import_tokenizers()
    ids = {word: id for id, word in enumerate(table.words)}
    ids.setdefault(_UNKNOWN, len(ids))
    plain = [word for word in table.words if not (word.startswith("[") and word.endswith("]"))]
    accents = any(unicodedata.combining(c) for word in plain for c in unicodedata.normalize("NFD", word))
    tokenizer = library.Tokenizer(library.models.WordPiece(ids, unk_token=_UNKNOWN))
    tokenizer.normalizer = library.normalizers.BertNormalizer(
        lowercase=all(word == word.lower() for word in plain), strip_accents=not accents
    )
    tokenizer.pre_tokenizer = library.pre_tokenizers.BertPreTokenizer()
    unknown = np.zeros((len(ids) - len(table.words), table.vectors.shape[1]), np.float32)
    return Pieces(tokenizer.to_str().encode("utf-8"), np.concatenate([table.vectors, unknown]))


def read_model2vec(folder: Path) -> Pieces:
    """The pieces of a folder with `model.safetensors` and `tokenizer.json`; raises FormatError.

    An id's vector is its row of `embeddings`, through `mapping` and times `weights` where the file has those. The rest
    of the folder is not needed: config.json tells how sentences are treated.
    """
    tensors, tokenizer = folder / "model.safetensors", folder / "tokenizer.json"
    for path in (tensors, tokenizer):
        if not path.is_file():
            raise FormatError(path, None, "missing; a folder of vectors holds model.safetensors and tokenizer.json")
    try:
        arrays = map_tensors(tensors).arrays
        vectors = next(np.asarray(arrays[name], np.float32) for name in _EMBEDDINGS if name in arrays)  # (R, E)
        if "mapping" in arrays:
            vectors = vectors[arrays["mapping"]]  # (P, E)
        if "weights" in arrays:
            vectors = vectors * arrays["weights"].astype(np.float32)[:, None]
    except StopIteration:
        message = f"expected a tensor named embeddings, found {', '.join(sorted(arrays)) or 'none'}; is it a Model2Vec?"
        raise FormatError(tensors, None, message) from None
    except (CheckpointError, IndexError, ValueError) as fault:
        raise FormatError(tensors, None, f"not as Model2Vec writes it ({fault}); fetch it again") from None
    if vectors.ndim != 2:
        raise FormatError(tensors, None, f"expected embeddings of two axes, found {vectors.ndim}; is it a Model2Vec?")
    check_finite(tensors, vectors, lambda row: (None, f"piece {row}"))
    pieces = Pieces(tokenizer.read_bytes(), vectors)
    try:
        pieces.cut("")
    except CheckpointError as fault:
        raise FormatError(tokenizer, None, f"{fault}; fetch the folder again") from None
    return pieces
