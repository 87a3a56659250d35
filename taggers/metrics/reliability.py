"""Whether confidences can be believed: how often what is called so sure is right, and what leaving the unsure out buys.

Every figure is one of the confidences and outcomes as a set: equal confidences are looked at together, so that nothing
hangs on their order.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from taggers.metrics.intervals import LEVEL, SAMPLES, SEED, Interval, bounds, draws

_Floats = npt.NDArray[np.float64]
_Integers = npt.NDArray[np.int64]
BINS = 10


@dataclass(frozen=True, eq=False, init=False)
class Outcomes:
    """Confidences (n,) between 0 and 1, lowest first, which of them are right (n,), and the cluster of each (n,).

    A cluster is what is drawn as a whole where it is asked how a figure would vary: a sentence, or a document.

    >>> Outcomes([0.9, 0.2], [True, False]).confidences
    array([0.2, 0.9])
    """

    confidences: _Floats  # (n,)
    right: _Floats  # (n,), 0 or 1
    clusters: _Integers  # (n,), from 0

    def __init__(
        self,
        confidences: npt.ArrayLike,  # (n,)
        right: npt.ArrayLike,  # (n,)
        clusters: npt.ArrayLike | None = None,  # (n,)
    ) -> None:
        """Any numbers as clusters; None where each answer is its own. Raises ValueError where the sizes differ, or a
        confidence is not between 0 and 1.
        """
        given = np.asarray(confidences, dtype=np.float64)
        hits = np.asarray(right, dtype=np.float64)
        groups = np.arange(len(given)) if clusters is None else np.asarray(clusters)
        if not given.shape == hits.shape == groups.shape:
            raise ValueError(f"expected as many outcomes and clusters as confidences: {given.shape}, {hits.shape}")
        if not ((given >= 0.0) & (given <= 1.0)).all():
            raise ValueError("expected confidences between 0 and 1")
        order = np.argsort(given, kind="stable")
        object.__setattr__(self, "confidences", given[order])
        object.__setattr__(self, "right", hits[order])
        object.__setattr__(self, "clusters", np.unique(groups, return_inverse=True)[1].reshape(-1)[order])

    def __len__(self) -> int:
        return len(self.confidences)

    @cached_property
    def ties(self) -> _Integers:
        """Where answers of the same confidence begin, and the end: (distinct confidences + 1,)."""
        begins = np.flatnonzero(np.diff(self.confidences, prepend=-1.0))
        return np.append(begins, len(self))

    @property
    def base_rate(self) -> float:
        """The share that is right, 0 of none."""
        return float(self.right.mean()) if len(self) else 0.0


@dataclass(frozen=True)
class Bin:
    """Answers of like confidence: how many, their mean confidence, and the share of them that is right."""

    number: int
    confidence: float
    right: float


def reliability_bins(outcomes: Outcomes, bins: int = BINS) -> list[Bin]:
    """The answers in bins of as many each, lowest first; equal confidences share a bin, so that some may be larger.

    >>> reliability_bins(Outcomes([0.5, 0.5, 0.5, 1.0], [1, 0, 0, 1]), bins=2)
    [Bin(number=3, confidence=0.5, right=0.3333333333333333), Bin(number=1, confidence=1.0, right=1.0)]
    """
    sums = _binned(outcomes, outcomes.right, np.ones(len(outcomes)), bins)
    return [Bin(int(n), float(sure / n), float(hits / n)) for n, sure, hits in sums.T if n]


def calibration_error(outcomes: Outcomes, bins: int = BINS) -> float:
    """The expected calibration error: how far confidence and share of right answers are apart, over bins of as many.

    Naeini and others, AAAI 2015, with the bins of Nguyen and O'Connor, EMNLP 2015. It is never below 0, and of few
    answers well above that however good the confidences are: see `perfect_error`.

    >>> round(calibration_error(Outcomes([0.8] * 10, [1] * 7 + [0] * 3)), 3)
    0.1
    """
    return _error(outcomes, outcomes.right, np.ones(len(outcomes)), bins)


def calibration_error_interval(
    outcomes: Outcomes, bins: int = BINS, samples: int = SAMPLES, level: float = LEVEL, seed: int = SEED
) -> Interval:
    """The percentile bootstrap interval of `calibration_error`, clusters being drawn with replacement (Efron 1979).

    Drawing adds noise, which this error never takes for less: the interval lies rather too high.

    >>> calibration_error_interval(Outcomes([0.8] * 10, [1] * 10)).low.__round__(3)
    0.2
    """
    if not len(outcomes):
        return Interval(0.0, 0.0)
    errors = [
        _error(outcomes, outcomes.right, drawn[outcomes.clusters].astype(np.float64), bins)
        for block in draws(int(outcomes.clusters.max()) + 1, samples, seed)
        for drawn in block  # (clusters,)
    ]
    [interval] = bounds(np.array(errors)[:, None], level)
    return interval


@dataclass(frozen=True)
class Perfect:
    """What a perfectly calibrated model of the same confidences shows: the mean, and what one of 20 exceeds."""

    mean: float
    high: float


def perfect_error(outcomes: Outcomes, bins: int = BINS, samples: int = SAMPLES, seed: int = SEED) -> Perfect:
    """The calibration error where each answer is right as often as its confidence says, drawn for each by itself.

    >>> perfect_error(Outcomes([1.0] * 10, [1] * 10)).mean
    0.0
    """
    if not len(outcomes):
        return Perfect(0.0, 0.0)
    generator, ones = np.random.default_rng(seed), np.ones(len(outcomes))
    errors = [
        _error(outcomes, (generator.random(len(outcomes)) < outcomes.confidences).astype(np.float64), ones, bins)
        for _ in range(samples)
    ]
    return Perfect(float(np.mean(errors)), float(np.quantile(errors, 0.95)))


def _error(outcomes: Outcomes, right: _Floats, weights: _Floats, bins: int) -> float:
    """The calibration error of outcomes (n,), each answer counting as often as its weight (n,) says."""
    total = weights.sum()
    if not total:
        return 0.0
    _, sure, hits = _binned(outcomes, right, weights, bins)
    return float(np.abs(sure - hits).sum() / total)


def _binned(outcomes: Outcomes, right: _Floats, weights: _Floats, bins: int) -> _Floats:
    """Of each bin the summed weights, confidences and right answers: (3, bins).

    All of one confidence go where the first of them does: into the bin that its place among all falls in.
    """
    begins, number = outcomes.ties[:-1], np.diff(outcomes.ties)
    before = np.concatenate(([0.0], np.cumsum(weights)))[begins]  # (distinct,)
    total = weights.sum()
    place = np.minimum(before * bins // max(total, 1.0), bins - 1).astype(np.int64)
    of_answer = np.repeat(place, number)  # (n,)
    columns = (weights, weights * outcomes.confidences, weights * right)
    return np.array([np.bincount(of_answer, column, minlength=bins) for column in columns])


def brier_score(outcomes: Outcomes) -> float:
    """The mean squared distance of confidences and outcomes, 0 of none; of a constant it is least at the base rate.

    Brier 1950.

    >>> brier_score(Outcomes([1.0, 0.5], [1, 0]))
    0.125
    """
    return float(np.square(outcomes.confidences - outcomes.right).mean()) if len(outcomes) else 0.0


def brier_score_of_constant(outcomes: Outcomes) -> float:
    """The Brier score of the best constant, the base rate.

    >>> brier_score_of_constant(Outcomes([1.0, 0.5], [1, 0]))
    0.25
    """
    return outcomes.base_rate * (1.0 - outcomes.base_rate)


@dataclass(frozen=True, eq=False)
class RiskCoverage:
    """The share of wrong answers among the surest, by the share of all that these are: (n,) each.

    Of equal confidences, which come in no order, the mean over all orders is taken.
    """

    coverage: _Floats
    risk: _Floats

    @property
    def area(self) -> float:
        """The mean of the risk over all coverages, 0 of none; where nothing tells right from wrong, the share wrong."""
        return float(self.risk.mean()) if len(self.risk) else 0.0


def risk_coverage(outcomes: Outcomes) -> RiskCoverage:
    """What leaving the unsure out buys (El-Yaniv and Wiener, JMLR 2010).

    >>> curve = risk_coverage(Outcomes([0.9, 0.8, 0.8, 0.1], [1, 1, 0, 0]))
    >>> curve.coverage.tolist(), curve.risk.round(3).tolist()
    ([0.25, 0.5, 0.75, 1.0], [0.0, 0.25, 0.333, 0.5])
    """
    number = np.diff(outcomes.ties)
    hits = np.add.reduceat(outcomes.right, outcomes.ties[:-1]) if len(outcomes) else outcomes.right  # (distinct,)
    wrong = 1.0 - np.repeat(hits / number, number)[::-1]  # (n,), surest first
    kept = np.arange(1, len(outcomes) + 1)
    return RiskCoverage(kept / max(1, len(outcomes)), np.cumsum(wrong) / kept)


@dataclass(frozen=True)
class Reliability:
    """All figures of some answers; `brier_constant` is what their base rate scores, told of every answer.

    `histogram` counts them by their confidence, in twenty equal parts of 0 to 1.
    """

    number: int
    right: float
    mean_confidence: float
    error: float
    interval: Interval
    perfect: Perfect
    brier: float
    brier_constant: float
    area: float
    bins: tuple[Bin, ...]
    histogram: tuple[int, ...]

    @classmethod
    def of(cls, outcomes: Outcomes) -> Reliability:
        """The figures.

        >>> Reliability.of(Outcomes([0.75] * 4, [1, 1, 1, 0])).error
        0.0
        """
        return cls(
            number=len(outcomes),
            right=outcomes.base_rate,
            mean_confidence=float(outcomes.confidences.mean()) if len(outcomes) else 0.0,
            error=calibration_error(outcomes),
            interval=calibration_error_interval(outcomes),
            perfect=perfect_error(outcomes),
            brier=brier_score(outcomes),
            brier_constant=brier_score_of_constant(outcomes),
            area=risk_coverage(outcomes).area,
            bins=tuple(reliability_bins(outcomes)),
            histogram=tuple(np.histogram(outcomes.confidences, bins=20, range=(0.0, 1.0))[0].tolist()),
        )

    def to_json(self) -> dict[str, Any]:
        """The figures as plain dicts."""
        return {**asdict(self), "interval": list(self.interval), "bins": [asdict(each) for each in self.bins]}
