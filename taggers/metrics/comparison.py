"""Which of two models is better on the same sentences, and whether that may be chance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from taggers.metrics.confusions import count_table
from taggers.metrics.counts import Counts, Floats, Name, Weights
from taggers.metrics.intervals import (
    LEVEL,
    SAMPLES,
    SEED,
    Figure,
    Interval,
    bounds,
    draws,
    names_of,
    told,
    unit_of,
    values_of,
)
from taggers.metrics.significance import (
    SHUFFLES,
    cohens_h,
    every,
    permutation_p,
    share_as_far,
    superiority,
    swaps,
    two_sided,
)
from taggers.metrics.summary import main_places
from taggers.text.wording import counted

INTERVAL = f"{100 * LEVEL:.0f} %"


class Counted(Protocol):
    """Scores that follow from counts of each sentence."""

    @property
    def counts(self) -> Counts:
        """What each sentence adds."""

    @property
    def headline_name(self) -> str:
        """The score that models are chosen by."""

    def figures(self) -> dict[Name, Figure]:
        """How each score follows from the counts, by its place in JSON."""

    def right(self) -> NDArray[np.bool_]:
        """Of each sentence whether all of it is right (N,)."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A score of both models with its intervals, and `difference`, second less first, with its own.

    `p` is that of paired approximate randomisation: how often a difference as large comes out where each sentence's
    two answers are dealt to the models anew. `effect` is Cohen's h; None where the score is no share.
    """

    first: float
    second: float
    first_interval: Interval
    second_interval: Interval
    difference: float
    interval: Interval
    p: float
    effect: float | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many sentences both have wholly right, each alone, and neither."""

    both: int
    first_alone: int
    second_alone: int
    neither: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on the same sentences: the main scores by name, `headline` the name of the one that counts."""

    headline: str
    differences: Mapping[str, Difference]
    sentences: Agreement
    unit: str  # what was drawn and swapped: sentence or document
    units: int

    @property
    def p(self) -> float:
        """The p of the headline."""
        return self.differences[self.headline].p

    def to_json(self) -> dict[str, Any]:
        """The comparison as plain dicts."""
        return asdict(self)

    def to_table(self) -> str:
        """The comparison as lines of text: scores in percent, differences in points, with what they are over."""
        columns = ("A", INTERVAL, "B", INTERVAL, "B - A", INTERVAL, "p", "effect h")
        rows = {
            name: [
                percent(each.first),
                told(each.first_interval),
                percent(each.second),
                told(each.second_interval),
                *points(each.difference, each.interval),
                f"{each.p:.4f}",
                "-" if each.effect is None else f"{each.effect:+.3f}",
            ]
            for name, each in self.differences.items()
        }
        both, first, second, neither = astuple(self.sentences)
        alone = f"{first:,} of A alone, {second:,} of B alone"
        right = f"sentences wholly right: {both:,} of both, {alone}, {neither:,} of none"
        return "\n".join([*count_table("", columns, rows), right, f"over {counted(self.units, self.unit)}"])


@dataclass(frozen=True, slots=True)
class RunsDifference:
    """A score of several runs of two models: `difference` is that of the means, its `interval` over runs and sentences.

    `p` looks at both as well, `p_runs` at the runs alone, on these very sentences. `effect` is the chance that a run of
    the second model is better than one of the first (A of Vargha and Delaney).
    """

    first: tuple[float, ...]
    second: tuple[float, ...]
    first_interval: Interval
    second_interval: Interval
    difference: float
    interval: Interval
    p: float
    p_runs: float
    effect: float


@dataclass(frozen=True, slots=True)
class RunsComparison:
    """Several runs of two models on the same sentences: the main scores by name, `headline` the one that counts."""

    headline: str
    differences: Mapping[str, RunsDifference]
    unit: str
    units: int

    @property
    def p(self) -> float:
        """The p of the headline."""
        return self.differences[self.headline].p

    def to_json(self) -> dict[str, Any]:
        """The comparison as plain dicts."""
        return asdict(self)

    def to_table(self) -> str:
        """The comparison as lines of text: means of the runs in percent, with their standard deviations."""
        columns = ("A", INTERVAL, "B", INTERVAL, "B - A", INTERVAL, "p", "p of runs", "B above A")
        rows = {
            name: [
                _mean(each.first),
                told(each.first_interval),
                _mean(each.second),
                told(each.second_interval),
                *points(each.difference, each.interval),
                f"{each.p:.4f}",
                f"{each.p_runs:.4f}",
                percent(each.effect),
            ]
            for name, each in self.differences.items()
        }
        one = next(iter(self.differences.values()))
        runs = f"{counted(len(one.first), 'run')} of A, {len(one.second)} of B"
        return "\n".join([*count_table("", columns, rows), f"over {runs}, and {counted(self.units, self.unit)}"])


def percent(score: float) -> str:
    """A share in percent.

    >>> percent(0.5)
    '50.00'
    """
    return f"{100 * score:.2f}"


def points(difference: float, interval: Interval) -> tuple[str, str]:
    """A difference and its interval, in points of percent.

    >>> points(0.05, Interval(-0.01, 0.1))
    ('+5.00', '-1.0 to +10.0')
    """
    return f"{100 * difference:+.2f}", f"{100 * interval.low:+.1f} to {100 * interval.high:+.1f}"


def _mean(scores: Sequence[float]) -> str:
    spread = f" ± {100 * np.std(scores, ddof=1):.2f}" if len(scores) > 1 else ""
    return f"{100 * np.mean(scores):.2f}{spread}"


def compare_scores(
    first: Counted, second: Counted, samples: int = SAMPLES, shuffles: int = SHUFFLES, seed: int = SEED
) -> Comparison:
    """Compare the scores of two models on the same sentences, or documents where there are enough.

    Intervals are those of the percentile bootstrap, the same sentences being drawn for both; p is of paired approximate
    randomisation. Raises ValueError where the scores are of different sentences or kinds.
    Source: Noreen 1989; Yeh 2000; Efron and Tibshirani 1993; Cohen 1988.

    >>> from taggers.metrics import score_labels
    >>> gold = ["a", "b"] * 20
    >>> first, second = (score_labels(gold, answers) for answers in (["a", "b"] * 10 + ["b"] * 20, ["a", "b"] * 20))
    >>> found = compare_scores(first, second).differences["accuracy"]
    >>> found.first, found.second, found.difference, found.p < 0.01
    (0.75, 1.0, 0.25, True)
    """
    places = _places([first, second])
    figures = [first.figures()[place] for place in places.values()]
    counts = [scores.counts.of(names_of(figures)) for scores in (first, second)]
    one = counts[0]
    before, after = (own.sums()[None] for own in counts)  # (1, K)
    scores = [values_of(figures, one.names, sums)[0] for sums in (before, after)]  # (F,)
    drawn = [values_of(figures, one.names, own) for own in _under(counts, draws(one.units, samples, seed))]
    moved = _under(counts, swaps(one.units, shuffles, seed))  # (2, S, K)
    swapped = [
        values_of(figures, one.names, sums) for sums in (before - moved[0] + moved[1], after - moved[1] + moved[0])
    ]
    observed, shuffled = scores[1] - scores[0], swapped[1] - swapped[0]
    each = zip(bounds(drawn[0]), bounds(drawn[1]), bounds(drawn[1] - drawn[0]), strict=True)
    exact = every(one.units, shuffles)
    differences = {
        name: Difference(
            first=float(scores[0][place]),
            second=float(scores[1][place]),
            first_interval=own,
            second_interval=others,
            difference=float(observed[place]),
            interval=between,
            p=share_as_far(shuffled[:, place], float(observed[place]), exact),
            effect=cohens_h(float(scores[0][place]), float(scores[1][place])),
        )
        for place, (name, (own, others, between)) in enumerate(zip(places, each, strict=True))
    }
    return Comparison(_headline(first, places), differences, _agreement(first, second), unit_of(one), one.units)


def compare_runs(
    first: Sequence[Counted], second: Sequence[Counted], samples: int = SAMPLES, seed: int = SEED
) -> RunsComparison:
    """Compare several runs of two models, of other seeds, say, on the same sentences.

    Of each sample both the sentences are drawn, the same for all, and the runs of each model: of m runs m - 1, since a
    variance over few is too small by that much (Rao and Wu 1988). A model with a single run is taken as it stands.
    Raises ValueError where scores are of different sentences or kinds.

    >>> from taggers.metrics import score_labels
    >>> gold = ["a", "b"] * 20
    >>> first = [score_labels(gold, ["a", "b"] * n + ["b"] * (40 - 2 * n)) for n in (9, 10, 11)]
    >>> second = [score_labels(gold, ["a", "b"] * n + ["b"] * (40 - 2 * n)) for n in (18, 19, 20)]
    >>> found = compare_runs(first, second).differences["accuracy"]
    >>> round(found.difference, 3), found.p < 0.01, found.p_runs, found.effect
    (0.225, True, 0.1, 1.0)
    """
    runs = [*first, *second]
    places = _places(runs)
    figures = [runs[0].figures()[place] for place in places.values()]
    counts = [scores.counts.of(names_of(figures)) for scores in runs]
    scores = np.stack([values_of(figures, c.names, c.sums()[None])[0] for c in counts])  # (R, F)
    redrawn = _under(counts, draws(counts[0].units, samples, seed))  # (R, S, K)
    drawn = np.stack([values_of(figures, counts[0].names, sums) for sums in redrawn])  # (R, S, F)
    generator = np.random.default_rng((seed, 1))  # apart from the draws of sentences
    parts = (slice(len(first)), slice(len(first), None))
    means = [_mean_of_some(drawn[part], generator) for part in parts]  # (S, F)
    each = zip(bounds(means[0]), bounds(means[1]), bounds(means[1] - means[0]), strict=True)
    differences = {}
    for place, (name, (own, others, between)) in enumerate(zip(places, each, strict=True)):
        one, other = (tuple(scores[part, place].tolist()) for part in parts)
        differences[name] = RunsDifference(
            first=one,
            second=other,
            first_interval=own,
            second_interval=others,
            difference=float(np.mean(other) - np.mean(one)),
            interval=between,
            p=two_sided(means[1][:, place] - means[0][:, place]),
            p_runs=permutation_p(one, other, seed=seed),
            effect=superiority(one, other),
        )
    return RunsComparison(_headline(runs[0], places), differences, unit_of(counts[0]), counts[0].units)


def _under(counts: Sequence[Counts], weights: Iterable[Weights]) -> Floats:
    """The counts (R, S, K) of all runs in samples of the same sentences, which are drawn once for all."""
    first, *others = counts
    sums = first.beside(*others).under(weights)  # (S, R * K)
    together: Floats = sums.reshape(len(sums), len(counts), len(first.names)).swapaxes(0, 1)
    return together


def _mean_of_some(drawn: Floats, generator: np.random.Generator) -> Floats:
    """Of the scores (R, S, F) of all runs in each sample the mean over those that are drawn in it (S, F)."""
    runs, samples, _ = drawn.shape
    chosen = generator.integers(runs, size=(max(1, runs - 1), samples))
    mean: Floats = drawn[chosen, np.arange(samples)].mean(axis=0)
    return mean


def _places(runs: Sequence[Counted]) -> dict[str, Name]:
    """The main scores that all have, by name."""
    sizes = {scores.counts.number for scores in runs}
    if len(sizes) > 1:
        raise ValueError(
            f"scores of the same sentences are compared, these are of {', '.join(map(str, sorted(sizes)))}"
        )
    first, *others = [main_places(scores.figures()) for scores in runs]
    if any(other.keys() != first.keys() for other in others):
        raise ValueError("scores of one kind are compared, these are of several")
    return first


def _headline(scores: Counted, places: Mapping[str, Name]) -> str:
    return scores.headline_name if scores.headline_name in places else next(iter(places))


def _agreement(first: Counted, second: Counted) -> Agreement:
    ours, theirs = first.right(), second.right()
    return Agreement(
        both=int((ours & theirs).sum()),
        first_alone=int((ours & ~theirs).sum()),
        second_alone=int((theirs & ~ours).sum()),
        neither=int((~ours & ~theirs).sum()),
    )
