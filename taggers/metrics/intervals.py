"""How far a score would vary with other sentences of the same kind: the bootstrap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import isfinite
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from taggers.metrics.counts import Counts, Floats, Name, Weights

LEVEL = 0.95  # of confidence
SAMPLES = 1000
SEED = 0
_BLOCK = 1 << 22  # weights drawn at a time


class Interval(NamedTuple):
    """The bounds of a confidence interval."""

    low: float
    high: float


class Ratio(NamedTuple):
    """The sum of some counts over that of others, each times a factor.

    Its value is 0 where there is nothing to divide by.
    """

    above: tuple[tuple[Name, float], ...]
    below: tuple[tuple[Name, float], ...]


# A score of counts: a ratio, or the mean of several, of those alone that have something to divide by.
Figure = tuple[Ratio, ...]
Figures = Mapping[Name, Figure]


def share(above: Name, below: Name) -> Figure:
    """The score that is one count over another."""
    return (Ratio(((above, 1.0),), ((below, 1.0),)),)


def prf_figures(at: Name, gold: Name, predicted: Name, correct: Name) -> dict[Name, Figure]:
    """Precision, recall and F1 of three counts, by their places below `at`."""
    return {
        (*at, "precision"): share(correct, predicted),
        (*at, "recall"): share(correct, gold),
        (*at, "f1"): (f1_ratio(gold, predicted, correct),),
    }


def f1_ratio(gold: Name, predicted: Name, correct: Name) -> Ratio:
    """F1 as a ratio of counts."""
    return Ratio(((correct, 2.0),), ((gold, 1.0), (predicted, 1.0)))


def names_of(figures: Iterable[Figure]) -> tuple[Name, ...]:
    """The counts that scores are made of, each once."""
    return tuple(dict.fromkeys(name for f in figures for ratio in f for side in ratio for name, _ in side))


def values_of(figures: Iterable[Figure], names: Iterable[Name], sums: Floats) -> Floats:
    """The scores (S, F) that the counts (S, K) of S samples give.

    >>> values_of([share(("right",), ("all",))], [("right",), ("all",)], np.array([[1.0, 2.0], [3.0, 4.0]])).tolist()
    [[0.5], [0.75]]
    """
    columns = dict(zip(names, sums.T, strict=True))
    nothing = np.zeros(len(sums))

    def value(figure: Figure) -> Floats:
        total, number = nothing, nothing
        for ratio in figure:
            above, below = (sum((factor * columns[name] for name, factor in side), nothing) for side in ratio)
            there = below > 0
            total = total + np.divide(above, below, out=np.zeros(len(sums)), where=there)
            number = number + there
        return np.divide(total, number, out=np.zeros(len(sums)), where=number > 0)

    return np.stack([value(figure) for figure in figures], axis=1)


def intervals(
    counts: Counts, figures: Figures, samples: int = SAMPLES, level: float = LEVEL, seed: int = SEED
) -> dict[Name, Interval]:
    """The percentile bootstrap interval of each score: sentences, or groups of them, are drawn with replacement.

    Source: Efron 1979; Efron and Tibshirani 1993, chapter 13.

    >>> from taggers.metrics.counts import count_each
    >>> counts = count_each(("right",), [1, 0] * 50).beside(count_each(("all",), [1] * 100))
    >>> intervals(counts, {("accuracy",): share(("right",), ("all",))})
    {('accuracy',): Interval(low=0.4, high=0.6)}
    """
    if not counts.number or not figures:
        return {name: Interval(0.0, 0.0) for name in figures}
    needed = counts.of(names_of(figures.values()))
    sums = needed.under(draws(counts.units, samples, seed))
    return dict(zip(figures, bounds(values_of(figures.values(), needed.names, sums), level), strict=True))


def bounds(values: Floats, level: float = LEVEL) -> list[Interval]:
    """The middle `level` of the values (S, F) of each score."""
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return [Interval(*pair) for pair in zip(low.tolist(), high.tolist(), strict=True)]


def draws(units: int, samples: int, seed: int) -> Iterator[Weights]:
    """How often each sample has each unit, blocks (S, units) of all: as many are drawn as there are.

    >>> [block] = draws(3, 2, seed=1)
    >>> block.shape, block.sum(axis=1).tolist()
    ((2, 3), [3.0, 3.0])
    """
    generator = np.random.default_rng(seed)
    for size in blocks(units, samples):
        drawn: NDArray[np.int64] = generator.integers(units, size=(size, units))
        drawn += np.arange(size)[:, None] * units
        counted = np.bincount(drawn.reshape(size * units), minlength=size * units)
        yield counted.reshape(size, units).astype(np.float32)


def blocks(units: int, samples: int) -> Iterator[int]:
    """The sizes of blocks of samples, so that a block has no more than _BLOCK weights."""
    block = max(1, _BLOCK // units)
    for done in range(0, samples, block):
        yield min(block, samples - done)


def nested(values: Mapping[Name, Interval], counts: Counts) -> dict[str, Any]:
    """Intervals as JSON has them, at the places of their scores, with what they are over.

    >>> from taggers.metrics.counts import count_each
    >>> nested({("lenient", "f1"): Interval(0.25, 0.5)}, count_each(("right",), [1, 0]))
    {'level': 0.95, 'over': 'sentences', 'number': 2, 'lenient': {'f1': [0.25, 0.5]}}
    """
    root: dict[str, Any] = {"level": LEVEL, "over": f"{unit_of(counts)}s", "number": counts.units}
    for name, interval in values.items():
        place = root
        for key in name[:-1]:
            place = place.setdefault(key, {})
        place[name[-1]] = [bound if isfinite(bound) else None for bound in interval]  # JSON has no other numbers
    return root


def unit_of(counts: Counts) -> str:
    """What is drawn."""
    return "sentence" if counts.groups is None else "document"


def told(interval: Interval) -> str:
    """The bounds in percent.

    >>> told(Interval(0.25, 0.5))
    '25.0 to 50.0'
    """
    return f"{100 * interval.low:.1f} to {100 * interval.high:.1f}"
