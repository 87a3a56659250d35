"""fastText's subwords: an unknown word is the mean of the vectors of its character n-grams, which lie in buckets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from taggers.data.vectors.means import mean_rows

_BASIS, _PRIME, _MASK = 2166136261, 16777619, 0xFFFFFFFF  # FNV-1a of 32 bits
# fastText takes a byte as a signed number: those above 127 set the 24 bits above them too. Its files are made so.
_SIGNED = [byte if byte < 128 else byte | 0xFFFFFF00 for byte in range(256)]


def ngram_buckets(word: str, shortest: int, longest: int, buckets: int) -> list[int]:
    """The buckets of a word's n-grams of `shortest` to `longest` characters, between the marks < and >.

    A mark alone is no n-gram. Source: Bojanowski et al. (2017); the hash is FNV-1a over UTF-8, modulo `buckets`.

    >>> ngram_buckets("a", 2, 3, 1000)  # <a, <a> and a>
    [750, 600, 806]
    """
    characters = [character.encode("utf-8", "surrogatepass") for character in f"<{word}>"]
    found = []
    for start in range(len(characters)):
        hashed = _BASIS
        for length, character in enumerate(characters[start : start + longest], 1):
            for byte in character:
                hashed = (hashed ^ _SIGNED[byte]) * _PRIME & _MASK
            mark = length == 1 and start in (0, len(characters) - 1)
            if length >= shortest and not mark:
                found.append(hashed % buckets)
    return found


@dataclass(frozen=True, eq=False)
class Subwords:
    """The buckets of a fastText model: those that are not zero, by number, and the lengths of its n-grams."""

    vectors: NDArray[np.float16]  # (U, E)
    numbers: NDArray[np.uint32]  # (U,), ascending
    shortest: int
    longest: int
    buckets: int

    def check(self) -> None:
        """Raise ValueError where the fields do not fit each other."""
        if not len(self.numbers) or len(self.numbers) != len(self.vectors):
            raise ValueError(f"{len(self.numbers)} numbers of buckets for {len(self.vectors)} vectors")
        if not 1 <= self.shortest <= self.longest or not self.numbers.max() < self.buckets < 1 << 32:
            raise ValueError("lengths or buckets of n-grams that cannot be")

    def compose(self, forms: Sequence[str]) -> NDArray[np.float16]:
        """The means of the words' n-grams (V, E), as fastText has them; zeros for a word without n-grams."""
        groups = [ngram_buckets(form, self.shortest, self.longest, self.buckets) for form in forms]
        return mean_rows(groups, self.vectors, self._place).astype(np.float16)

    def _place(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        rows = np.minimum(np.searchsorted(self.numbers, numbers), len(self.numbers) - 1)
        return np.where(self.numbers[rows] == numbers, rows, -1)
