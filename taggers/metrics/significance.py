"""Tests and effect sizes: whether a difference may be chance, and how large it is however large the test data are."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from taggers.metrics.counts import Floats, Weights
from taggers.metrics.intervals import SEED, blocks

SHUFFLES = 10_000
_SAME = 1e-12  # what rounding may make of equal differences


def swaps(units: int, shuffles: int = SHUFFLES, seed: int = SEED) -> Iterator[Weights]:
    """Which units change sides in each shuffle, blocks (S, units) of ones and zeros.

    Where no more than `shuffles` differ, each comes once.

    >>> [block.tolist() for block in swaps(2)]
    [[[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]]
    """
    if every(units, shuffles):
        yield ((np.arange(2**units)[:, None] >> np.arange(units)) & 1).astype(np.float32)
        return
    generator = np.random.default_rng(seed)
    for size in blocks(units, shuffles):
        yield generator.integers(2, size=(size, units), dtype=np.uint8).astype(np.float32)


def every(units: int, shuffles: int) -> bool:
    """True where all ways to swap are gone through."""
    return units <= math.log2(shuffles)


def share_as_far(differences: Floats, observed: float, exact: bool) -> float:
    """The p of a difference: the share of the shuffles' differences (S,) that are as far from 0.

    Of drawn shuffles the data as it stands is one more. Source: Noreen 1989; Phipson and Smyth 2010.

    >>> share_as_far(np.array([0.5, -0.5, 0.1, 0.0]), 0.5, exact=True)
    0.5
    """
    far = int((np.abs(differences) >= abs(observed) - _SAME).sum())
    return far / len(differences) if exact else (far + 1) / (len(differences) + 1)


def permutation_p(first: Sequence[float], second: Sequence[float], shuffles: int = SHUFFLES, seed: int = SEED) -> float:
    """The p of the difference of two means among those of all ways to part the values anew, or of drawn ones of many.

    Source: Fisher 1935.
    With three values a side it cannot be below 0.1, with four not below 0.03.

    >>> permutation_p([1.0, 2.0, 3.0], [4.0, 5.0, 6.0])
    0.1
    """
    pooled, size = np.array([*first, *second]), len(first)
    exact = math.comb(len(pooled), size) <= shuffles
    if exact:
        chosen = np.array(list(combinations(range(len(pooled)), size)))  # (S, m)
    else:
        chosen = np.random.default_rng(seed).random((shuffles, len(pooled))).argsort(axis=1)[:, :size]
    sums = pooled[chosen].sum(axis=1)
    differences = (pooled.sum() - sums) / len(second) - sums / size
    return share_as_far(differences, float(np.mean(second) - np.mean(first)), exact)


def two_sided(differences: Floats) -> float:
    """The p that the bootstrapped differences (S,) of two scores give: the level at which their interval reaches 0.

    >>> two_sided(np.array([0.1, 0.2, -0.1, 0.3]))
    0.8
    """
    below, above = int((differences <= _SAME).sum()), int((differences >= -_SAME).sum())
    return min(1.0, 2 * (min(below, above) + 1) / (len(differences) + 1))


def holm(ps: Sequence[float]) -> list[float]:
    """Several p made larger so that any of them below a level is wrong with no more than that chance (Holm 1979).

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(ps)), key=lambda place: ps[place])
    adjusted, least = [0.0] * len(ps), 0.0
    for rank, place in enumerate(order):
        least = max(least, min(1.0, (len(ps) - rank) * ps[place]))
        adjusted[place] = least
    return adjusted


def cohens_h(first: float, second: float) -> float | None:
    """How far two shares are apart on a scale where equal steps are as hard to tell apart; None of what is no share.

    About 0.2 is small, 0.5 medium, 0.8 large (Cohen 1988, chapter 6).

    >>> round(cohens_h(0.5, 0.6), 3), round(cohens_h(0.9, 0.97), 3)
    (0.201, 0.295)
    """
    if not (0 <= first <= 1 and 0 <= second <= 1):
        return None
    return 2 * math.asin(math.sqrt(second)) - 2 * math.asin(math.sqrt(first))


def superiority(first: Sequence[float], second: Sequence[float]) -> float:
    """The chance that a value of the second is above one of the first, ties counting half.

    Source: Vargha and Delaney 2000, who call it A.

    >>> superiority([1.0, 2.0], [2.0, 3.0])
    0.875
    """
    pairs = [(b > a) + (b == a) / 2 for a in first for b in second]
    return sum(pairs) / len(pairs)
