"""Word pieces: the vector of any word is the mean of the vectors of its pieces, as a tokenizer cuts it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from taggers.data.vectors.means import mean_rows
from taggers.errors import CheckpointError, MissingExtraError


class _Cutter(NamedTuple):
    tokenizer: Any
    unknown: int | None  # the id that stands for what no piece fits


@dataclass(frozen=True, eq=False)
class Pieces:
    """A tokenizer, as the JSON text of the library `tokenizers`, and a vector for each of its ids (P, E)."""

    tokenizer: bytes
    vectors: NDArray[Any]

    def compose(self, forms: Sequence[str]) -> NDArray[np.float16]:
        """The means of the words' pieces (V, E), unknown pieces left out; zeros for a word of which none is known.

        Raises MissingExtraError without tokenizers, CheckpointError where the tokenizer is not one that fits.
        """
        return mean_rows([self.cut(form) for form in forms], self.vectors).astype(np.float16)

    def cut(self, form: str) -> list[int]:
        """The ids of a word's pieces."""
        tokenizer, unknown = self._cutter
        readable = form.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair is no text to a tokenizer
        return [id for id in tokenizer.encode(readable, add_special_tokens=False).ids if id != unknown]

    @cached_property
    def _cutter(self) -> _Cutter:
        library = import_tokenizers()
        try:
            tokenizer = library.Tokenizer.from_str(self.tokenizer.decode("utf-8"))
            model = json.loads(self.tokenizer)["model"]
        except Exception as fault:  # the library raises nothing more special
            raise CheckpointError(f"the tokenizer of the word pieces cannot be read ({fault})") from None
        if (size := max(tokenizer.get_vocab().values(), default=-1) + 1) > len(self.vectors):
            raise CheckpointError(f"the tokenizer has {size} pieces, of which {len(self.vectors)} have vectors")
        tokenizer.no_padding()  # sentence encoders have both set
        tokenizer.no_truncation()
        name = model.get("unk_token")
        return _Cutter(tokenizer, model.get("unk_id") if name is None else tokenizer.token_to_id(name))


def import_tokenizers() -> Any:
    """The library `tokenizers`; raises MissingExtraError without it."""
    try:
        import tokenizers
    except ImportError:
        raise MissingExtraError("vectors of word pieces need tokenizers: pip install 'taggers[vectors]'") from None
    return tokenizers
