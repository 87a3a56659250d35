"""Whether intervals hold what they promise, and tests find differences by chance as rarely as they say: by simulation.

    python -m benchmarks.significance

Each experiment draws test sets of 500 sentences a thousand times. A sentence has some gold spans, many or few, and is
hard or easy for all models, for each model, and for each of its runs; with documents, so is each of these. Two models
are equal where they are drawn by the same law, which their true scores are computed from. Writes
benchmarks/results/significance.json; docs/compare.md has the figures.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import NormalDist

import click
import numpy as np
from numpy.typing import NDArray

from taggers.metrics.comparison import compare_runs, compare_scores
from taggers.metrics.counts import Counts, Floats, Name, count_each
from taggers.metrics.intervals import LEVEL, Figure, Interval, bounds, draws, names_of, prf_figures, values_of

RESULT = Path(__file__).parent / "results" / "significance.json"
SENTENCES = 500
_LARGE = 50_000  # sentences of a test set that true scores are computed from
F1 = "lenient F1"
_PLACE = ("lenient", "overall")
_SIDES = (("gold",), ("predicted",), ("correct",))


@dataclass(frozen=True)
class Law:
    """How sentences and answers are drawn; spreads are those of log odds."""

    spans: float = 1.3  # gold spans of a sentence, the mean of a law with a heavy tail
    recall: float = 1.2  # log odds of a gold span to be found
    spurious: float = 0.3  # wrong spans of a sentence
    common: float = 0.8  # spread of what is hard for all models
    own: float = 0.8  # spread of what is hard for one model
    documents: int = 0  # 0: none
    shared: float = 0.7  # spread between documents
    run: float = 0.0  # spread of a model's runs as wholes
    noise: float = 0.5  # spread of what is hard for one run


@dataclass(frozen=True)
class Drawn:
    """Scores of counts that were drawn."""

    counts: Counts
    headline_name: str = F1

    def figures(self) -> dict[Name, Figure]:
        """Precision, recall and F1."""
        return prf_figures(_PLACE, *_SIDES)

    def right(self) -> NDArray[np.bool_]:
        """Sentences that are wholly right."""
        gold, predicted, correct = map(self.counts.column, _SIDES)
        return (gold == correct) & (predicted == correct)

    @property
    def f1(self) -> float:
        """The score."""
        gold, predicted, correct = map(self.counts.total, _SIDES)
        return 2 * correct / (gold + predicted)


def models(
    law: Law, advantages: Sequence[float], runs: int, sentences: int, rng: np.random.Generator
) -> list[list[Drawn]]:
    """The runs of models on one test set, each with an advantage in log odds."""
    gold = rng.negative_binomial(1.5, 1.5 / (1.5 + law.spans), sentences)
    documents = np.arange(sentences) * law.documents // sentences if law.documents else None

    def effects(spread: float) -> Floats:
        drawn: Floats = rng.normal(0, spread, sentences)
        return drawn if documents is None else drawn + rng.normal(0, law.shared, law.documents)[documents]

    def run(ease: Floats) -> Drawn:
        odds = ease + rng.normal(0, law.run) + rng.normal(0, law.noise, sentences)
        correct = rng.binomial(gold, 1 / (1 + np.exp(-odds - law.recall)))
        predicted = correct + rng.poisson(law.spurious * np.exp(-odds / 2))
        first, *others = (count_each(name, own) for name, own in zip(_SIDES, (gold, predicted, correct), strict=True))
        return Drawn(first.by(None if documents is None else documents.tolist()).beside(*others))

    common = effects(law.common)
    return [[run(ease) for _ in range(runs)] for ease in [common + effects(law.own) + more for more in advantages]]


def true_f1(law: Law, advantage: float, rng: np.random.Generator) -> float:
    """F1 over all sentences that there may be, of all runs: 1,000,000 of them, each of a run of its own."""
    law = replace(law, run=0.0, noise=math.hypot(law.run, law.noise), documents=law.documents * _LARGE // SENTENCES)
    drawn = [models(law, [advantage], 1, _LARGE, rng)[0][0].counts for _ in range(20)]
    gold, predicted, correct = (sum(counts.total(side) for counts in drawn) for side in _SIDES)
    return 2 * correct / (gold + predicted)


def of_methods(drawn: Drawn, seed: int) -> dict[str, Interval]:
    """The intervals of F1 by three ways to make one of the same draws (Efron and Tibshirani 1993, 13 and 14)."""
    figure = [drawn.figures()[*_PLACE, "f1"]]
    counts = drawn.counts.of(names_of(figure))
    values = values_of(figure, counts.names, counts.under(draws(counts.units, 1000, seed)))  # (S, 1)
    [percentile] = bounds(values)
    observed = drawn.f1
    return {
        "percentile": percentile,
        "basic": Interval(2 * observed - percentile.high, 2 * observed - percentile.low),
        "BCa": _bias_corrected(values[:, 0], observed, counts, figure),
    }


def _bias_corrected(values: Floats, observed: float, counts: Counts, figure: Sequence[Figure]) -> Interval:
    normal = NormalDist()
    share = (np.sum(values < observed) + np.sum(values == observed) / 2) / len(values)
    bias = normal.inv_cdf(min(max(float(share), 1e-4), 1 - 1e-4))
    without = counts.sums() - np.stack([counts.column(name) for name in counts.names], axis=1)  # (N, K)
    left = values_of(figure, counts.names, without)[:, 0]
    off = left.mean() - left
    spread = float((off**2).sum())
    skew = float((off**3).sum()) / (6 * spread**1.5) if spread else 0.0
    places = []
    for level in ((1 - LEVEL) / 2, (1 + LEVEL) / 2):
        at = bias + normal.inv_cdf(level)
        places.append(normal.cdf(bias + at / (1 - skew * at)))
    return Interval(*np.quantile(values, places).tolist())


def holds(interval: Interval, truth: float) -> bool:
    """True where the interval has the truth in it."""
    return interval.low <= truth <= interval.high


def of_pairs(law: Law, advantage: float, times: int, seed: int) -> dict[str, float]:
    """Two models on a test set, single runs: how often they are told apart, and what the intervals cover."""
    truth = [true_f1(law, more, np.random.default_rng((seed, 2))) for more in (0.0, advantage)]
    rng, found = np.random.default_rng(seed), []
    for turn in range(times):
        [[first], [second]] = models(law, (0.0, advantage), 1, SENTENCES, rng)
        between = compare_scores(first, second, shuffles=1000, seed=turn).differences[F1]
        found.append(
            {
                "randomisation": between.p <= 0.05,
                "bootstrap": not holds(between.interval, 0.0),
                "F1 covered": holds(between.first_interval, truth[0]),
                "difference covered": holds(between.interval, truth[1] - truth[0]),
            }
        )
    return _shares(found) | {"true difference": round(truth[1] - truth[0], 4), "true F1": round(truth[0], 4)}


def of_runs(law: Law, advantage: float, runs: int, times: int, seed: int) -> dict[str, float]:
    """Two models of several runs each."""
    truth = [true_f1(law, more, np.random.default_rng((seed, 2))) for more in (0.0, advantage)]
    rng, found = np.random.default_rng(seed), []
    for turn in range(times):
        first, second = models(law, (0.0, advantage), runs, SENTENCES, rng)
        between = compare_runs(first, second, seed=turn).differences[F1]
        found.append(
            {
                "runs and sentences": between.p <= 0.05,
                "runs alone": between.p_runs <= 0.05,
                "F1 covered": holds(between.first_interval, truth[0]),
                "difference covered": holds(between.interval, truth[1] - truth[0]),
            }
        )
    return _shares(found) | {"true difference": round(truth[1] - truth[0], 4), "true F1": round(truth[0], 4)}


def of_intervals(law: Law, times: int, seed: int) -> dict[str, float]:
    """What intervals of F1 cover, by how they are made."""
    truth = true_f1(law, 0.0, np.random.default_rng((seed, 2)))
    rng, found = np.random.default_rng(seed), []
    for turn in range(times):
        [[drawn]] = models(law, (0.0,), 1, SENTENCES, rng)
        found.append({name: holds(one, truth) for name, one in of_methods(drawn, turn).items()})
    return _shares(found) | {"true F1": round(truth, 4)}


def by_sentence(law: Law, times: int, seed: int) -> dict[str, float]:
    """Sentences of documents, drawn and swapped as if each stood alone."""
    truth = true_f1(law, 0.0, np.random.default_rng((seed, 2)))
    rng, found = np.random.default_rng(seed), []
    for turn in range(times):
        pair = [Drawn(replace(runs[0].counts, groups=None)) for runs in models(law, (0.0, 0.0), 1, SENTENCES, rng)]
        between = compare_scores(*pair, shuffles=1000, seed=turn).differences[F1]
        found.append({"randomisation": between.p <= 0.05, "F1 covered": holds(between.first_interval, truth)})
    return _shares(found)


def _shares(found: Sequence[Mapping[str, bool]]) -> dict[str, float]:
    return {name: round(sum(one[name] for one in found) / len(found), 4) for name in found[0]}


@click.command()
@click.option("--times", default=1000, show_default=True, help="Test sets of each experiment.")
def main(times: int) -> None:
    """Run all experiments and write what they give."""
    rare, documents, runs = Law(spans=0.03, spurious=0.005), Law(documents=50), Law(run=0.15)
    experiments: dict[str, Callable[[], dict[str, float]]] = {
        "equal": lambda: of_pairs(Law(), 0.0, times, 1),
        "better": lambda: of_pairs(Law(), 0.3, times, 2),
        "much better": lambda: of_pairs(Law(), 0.6, times, 3),
        "equal, 50 documents": lambda: of_pairs(documents, 0.0, times, 4),
        "equal, 20 documents": lambda: of_pairs(Law(documents=20), 0.0, times, 5),
        "equal, 50 documents, by sentence": lambda: by_sentence(documents, times, 4),
        "equal, 1 run of those that differ": lambda: of_pairs(runs, 0.0, times, 6),
        "equal, 3 runs": lambda: of_runs(runs, 0.0, 3, times, 7),
        "equal, 5 runs": lambda: of_runs(runs, 0.0, 5, times, 8),
        "equal, 5 runs that differ much": lambda: of_runs(Law(run=0.3), 0.0, 5, times, 9),
        "better, 5 runs": lambda: of_runs(runs, 0.3, 5, times, 10),
        "intervals": lambda: of_intervals(Law(), times, 11),
        "intervals, 15 spans": lambda: of_intervals(rare, times, 12),
    }
    started, found = time.process_time(), {}
    for name, experiment in experiments.items():
        found[name] = experiment()
        click.echo(f"{name}: {json.dumps(found[name])} ({time.process_time() - started:.0f} s)")
    RESULT.write_text(json.dumps({"times": times, "sentences": SENTENCES, **found}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
