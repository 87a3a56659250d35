"""A table of words that is looked up in place: no word of it is read before somebody asks for that word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import count

import numpy as np
from numpy.typing import NDArray

_HASH = np.dtype("<u8")


@dataclass(frozen=True, eq=False)
class WordIndex:
    """Words by sorted hashes of 64 bits: `rows` says which word a hash belongs to, `text` whether it is that word.

    Word n is `text[offsets[n]:offsets[n + 1]]`, in UTF-8. The salt is one by which no two words share a hash.
    """

    hashes: NDArray[np.uint64]  # (N,), ascending
    rows: NDArray[np.uint32]  # (N,)
    offsets: NDArray[np.uint64]  # (N + 1,)
    text: NDArray[np.uint8]
    salt: int

    @classmethod
    def build(cls, words: Sequence[str]) -> WordIndex:
        """The index of distinct words."""
        encoded = [word.encode("utf-8") for word in words]
        offsets = np.zeros(len(words) + 1, np.uint64)
        np.cumsum([len(word) for word in encoded], out=offsets[1:])
        salt, hashes = next(
            (salt, hashes)
            for salt in count()
            if len(np.unique(hashes := hash_words(encoded, salt))) == len(words)  # the first will do, but for bad luck
        )
        rows = np.argsort(hashes).astype(np.uint32)
        return cls(hashes[rows], rows, offsets, np.frombuffer(b"".join(encoded), np.uint8), salt)

    def check(self, number: int) -> None:
        """Raise ValueError where this is no index of `number` words."""
        fits = number and (len(self.hashes), len(self.rows), len(self.offsets)) == (number, number, number + 1)
        falls = (self.offsets[1:] < self.offsets[:-1]).any()
        inside = fits and not falls and self.offsets[-1] == len(self.text) and self.rows.max() < number
        if not inside or not 0 <= self.salt < 1 << 64:
            raise ValueError("an index that points outside")

    def find(self, forms: Sequence[str]) -> NDArray[np.int64]:
        """The row of each form (V,), -1 where it is no word of the table.

        >>> WordIndex.build(["sea", "gull"]).find(["gull", "Sea", "sea"]).tolist()
        [1, -1, 0]
        """
        encoded = [form.encode("utf-8", "surrogatepass") for form in forms]
        wanted = hash_words(encoded, self.salt)
        places = np.minimum(np.searchsorted(self.hashes, wanted), len(self.hashes) - 1)
        likely = np.flatnonzero(self.hashes[places] == wanted)
        rows = self.rows[places[likely]].astype(np.int64)
        text = self.text.data
        spans = zip(self.offsets[rows].tolist(), self.offsets[rows + 1].tolist(), strict=True)
        same = [text[a:b] == encoded[v] for v, (a, b) in zip(likely.tolist(), spans, strict=True)]
        found = np.full(len(forms), -1, np.int64)
        found[likely] = np.where(np.array(same, bool), rows, -1)
        return found


def hash_words(words: Sequence[bytes], salt: int) -> NDArray[np.uint64]:
    """A hash of 64 bits for each word (V,), the same on every machine."""
    key = salt.to_bytes(8, "little")
    return np.frombuffer(b"".join([blake2b(word, digest_size=8, salt=key).digest() for word in words]), _HASH)
