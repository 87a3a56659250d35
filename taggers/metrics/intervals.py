"""How far a score would vary with other sentences of the same kind: the bootstrap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from taggers.metrics.spans import check_lengths, compare_spans, keep_well_spelt, read_spans
from taggers.text import Span
from taggers.text.schemes import Scheme

_Counts = npt.NDArray[np.int64]
_BLOCK = 1_000_000  # numbers drawn at a time


class Interval(NamedTuple):
    """The bounds of a confidence interval, both between 0 and 1."""

    low: float
    high: float


def f1_interval(
    gold: Iterable[Sequence[str]],
    predicted: Iterable[Sequence[str]],
    scheme: Scheme | None = None,
    strict: bool = False,
    samples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """The percentile bootstrap interval of micro F1 over spans, sentences being drawn with replacement (Efron 1979).

    Tags are read by their scheme (default: as the CoNLL scorer reads them); with `strict` only spans that it spells
    exactly so are spans. Raises ValueError where `strict` has no scheme, or a sentence more tags on one side.

    >>> f1_interval([["B-PER", "O"]] * 20, [["B-PER", "O"]] * 20)
    Interval(low=1.0, high=1.0)
    """
    if strict and scheme is None:
        raise ValueError("a strict reading needs a scheme")

    def spans(tags: Sequence[str]) -> Sequence[Sequence[Span]]:
        found = [read_spans(tags, scheme)]
        return keep_well_spelt(found, [tags], scheme) if strict and scheme is not None else found

    counts = []
    for gold_tags, predicted_tags in zip(gold, predicted, strict=True):
        check_lengths([gold_tags], [predicted_tags])
        overall = compare_spans(spans(gold_tags), spans(predicted_tags)).overall
        counts.append((2 * overall.correct, overall.gold + overall.predicted))
    return _interval(counts, samples, level, seed)


def accuracy_interval(
    gold: Iterable[Sequence[str]],
    predicted: Iterable[Sequence[str]],
    samples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """The percentile bootstrap interval of token accuracy, sentences being drawn with replacement.

    >>> accuracy_interval([["DET", "NOUN"]] * 20, [["DET", "VERB"]] * 20)
    Interval(low=0.5, high=0.5)
    """
    counts = []
    for gold_tags, predicted_tags in zip(gold, predicted, strict=True):
        right = sum(g == p for g, p in zip(gold_tags, predicted_tags, strict=True))
        counts.append((right, len(gold_tags)))
    return _interval(counts, samples, level, seed)


def _interval(counts: list[tuple[int, int]], samples: int, level: float, seed: int) -> Interval:
    """Of the ratio of two sums over sentences (0 where the second is 0)."""
    if not counts:
        return Interval(0.0, 0.0)
    values: _Counts = np.array(counts, dtype=np.int64)  # (sentences, 2)
    generator = np.random.default_rng(seed)
    sentences = len(counts)
    block = max(1, _BLOCK // sentences)
    sums = np.concatenate(  # (samples, 2)
        [
            values[generator.integers(sentences, size=(min(block, samples - done), sentences))].sum(axis=1)
            for done in range(0, samples, block)
        ]
    )
    ratios = np.divide(sums[:, 0], sums[:, 1], out=np.zeros(samples), where=sums[:, 1] > 0)  # (samples,)
    low, high = np.quantile(ratios, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))
