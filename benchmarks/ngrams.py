"""An interpolated n-gram model of symbols, beside which a language model is measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Smoothing = Literal["witten-bell", "kneser-ney"]
Ids = NDArray[np.integer]
_Keys = NDArray[np.int64]  # n-grams as numbers, their symbols the digits


@dataclass(frozen=True)
class Order:
    """What training has seen of one order: n-grams with their shares, contexts with what is left to the one below."""

    ngrams: _Keys  # sorted
    shares: NDArray[np.float64]  # of each, in its context, after discounting
    contexts: _Keys  # sorted
    left: NDArray[np.float64]  # to the order below


class NGrams:
    """P(symbol | the `order` - 1 before it) over `size` symbols.

    Each order is mixed with the one below, the last with 1 / size.

    Source: Witten and Bell 1991 (a context leaves as much as it has seen kinds of symbols); Chen and Goodman 1999
    (modified Kneser-Ney: three discounts, lower orders count the kinds of symbols before).

    >>> model = NGrams(np.array([0, 1, 0, 1, 0]), size=2, order=2, smoothing="witten-bell")
    >>> model.probabilities(np.array([0, 1]), start=1).tolist()  # of 1 after 0: (2 + P(1)) / 3, with P(1) = 3 / 7
    [0.8095238095238095]
    """

    def __init__(self, text: Ids, size: int, order: int, smoothing: Smoothing) -> None:
        if size**order >= 2**63:
            raise ValueError(f"{size} symbols in n-grams of {order}: more than 63 bits")
        self.size, self.order = size, order
        self.orders = [_seen(*counted, size, smoothing) for counted in _counted(text, size, order, smoothing)]

    def probabilities(self, text: Ids, start: int) -> NDArray[np.float64]:
        """Of the symbols from `start` on, each given those before it (N - start,)."""
        mixed = np.full(len(text) - start, 1.0 / self.size)
        for length, seen in enumerate(self.orders, start=1):
            keys = _keys(text, self.size, length)[start:]
            left = _found(seen.contexts, seen.left, keys // self.size, missing=1.0)
            mixed = _found(seen.ngrams, seen.shares, keys, missing=0.0) + left * mixed
        return mixed


def _keys(text: Ids, size: int, length: int) -> _Keys:
    """The n-gram that ends with each symbol (N,); before the text stand zeros."""
    keys = np.zeros(len(text), dtype=np.int64)
    for back in range(length - 1, -1, -1):
        keys *= size
        keys[back:] += text[: len(text) - back]
    return keys


def _counted(text: Ids, size: int, order: int, smoothing: Smoothing) -> Iterator[tuple[_Keys, NDArray[np.int64]]]:
    """The n-grams of each order, the first one first, and their counts; lower orders of Kneser-Ney count kinds."""
    for length in range(1, order + 1):
        if smoothing == "kneser-ney" and length < order:
            longer = np.unique(_keys(text, size, length + 1)[length:])
            yield np.unique(longer % size**length, return_counts=True)
        else:
            yield np.unique(_keys(text, size, length)[length - 1 :], return_counts=True)


def _seen(ngrams: _Keys, counts: NDArray[np.int64], size: int, smoothing: Smoothing) -> Order:
    contexts, first, kinds = np.unique(ngrams // size, return_index=True, return_counts=True)
    totals = np.add.reduceat(counts, first)
    if smoothing == "witten-bell":
        kept, taken, whole = counts.astype(np.float64), kinds, totals + kinds
    else:
        discounts = _discounts(counts)[np.minimum(counts, 3)]
        kept, taken, whole = counts - discounts, np.add.reduceat(discounts, first), totals
    return Order(ngrams, kept / np.repeat(whole, kinds), contexts, taken / whole)


def _discounts(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """What is taken from n-grams seen 0, 1, 2, 3 times or more often, (4,)."""
    n = np.bincount(np.minimum(counts, 5), minlength=6)[1:5].astype(np.float64)  # how many are seen 1, 2, 3, 4 times
    if not n.all():  # too few to estimate
        return np.array([0.0, 0.5, 0.5, 0.5])
    base = n[0] / (n[0] + 2 * n[1])
    return np.array([0.0, *(k - (k + 1) * base * n[k] / n[k - 1] for k in (1, 2, 3))]).clip(0.0)


def _found(keys: _Keys, values: NDArray[np.float64], wanted: _Keys, missing: float) -> NDArray[np.float64]:
    """The values of the wanted keys."""
    places = np.searchsorted(keys, wanted).clip(max=len(keys) - 1)
    return np.where(keys[places] == wanted, values[places], missing)
