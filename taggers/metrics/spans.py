"""Precision, recall and F1 over spans, as the CoNLL scorer counts and strictly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from taggers.metrics.counts import Counts, Name, count_labels, spread
from taggers.metrics.intervals import Figure, prf_figures
from taggers.text import Span
from taggers.text.schemes import OUTSIDE, Scheme, decode, well_spelt

SIDES = ("gold", "predicted", "correct")
_MOST = 100  # labels that have intervals of their own: drawing costs time for each


@dataclass(frozen=True, slots=True)
class PRF:
    """Precision, recall and F1 between 0 and 1, with the counts they come from; 0 where there is nothing to divide by.

    >>> PRF.of(gold=4, predicted=2, correct=1)
    PRF(precision=0.5, recall=0.25, f1=0.3333333333333333, gold=4, predicted=2, correct=1)
    """

    precision: float
    recall: float
    f1: float
    gold: int
    predicted: int
    correct: int

    @classmethod
    def of(cls, gold: int, predicted: int, correct: int) -> PRF:
        """The scores that the counts give."""
        return cls(
            precision=correct / predicted if predicted else 0.0,
            recall=correct / gold if gold else 0.0,
            f1=2 * correct / (gold + predicted) if gold + predicted else 0.0,
            gold=gold,
            predicted=predicted,
            correct=correct,
        )


@dataclass(frozen=True, slots=True)
class SpanScores:
    """Scores over all spans (micro) and for each label that gold or predicted spans have, in sorted order."""

    overall: PRF
    by_label: dict[str, PRF]

    @classmethod
    def of(cls, counts: Counts, name: Name = ()) -> SpanScores:
        """The scores of what `count_spans` counted under a name."""
        return cls(*prf_of(counts, name))


def prf_of(counts: Counts, name: Name = ()) -> tuple[PRF, dict[str, PRF]]:
    """The scores of the counts gold, predicted and correct below a name: overall, and of each label in sorted order."""
    totals = dict(zip(counts.names, counts.sums().tolist(), strict=True))

    def prf(*label: str) -> PRF:
        return PRF.of(*(int(totals.get((*name, side, *label), 0)) for side in SIDES))

    return prf(), {label: prf(label) for label in labels_of(counts, name)}


def labels_of(counts: Counts, name: Name = ()) -> list[str]:
    """The labels that are counted below a name, in sorted order."""
    depth = len(name)
    return sorted({key[-1] for key in counts.names if len(key) == depth + 2 and key[:depth] == name})


def overall_figures(name: Name, at: Name) -> dict[Name, Figure]:
    """Precision, recall and F1 over all labels of what is counted below a name, by their places below `at` in JSON."""
    return prf_figures(at, *((*name, side) for side in SIDES))


def label_figures(counts: Counts, name: Name, at: Name) -> dict[Name, Figure]:
    """The same of each label, and where there are very many of the most frequent ones alone."""
    labels = labels_of(counts, name)
    if len(labels) > _MOST:
        totals = dict(zip(counts.names, counts.sums().tolist(), strict=True))
        often = {label: sum(totals.get((*name, side, label), 0.0) for side in SIDES) for label in labels}
        labels = sorted(sorted(labels, key=lambda label: -often[label])[:_MOST])
    figures: dict[Name, Figure] = {}
    for label in labels:
        figures |= prf_figures((*at, label), *((*name, side, label) for side in SIDES))
    return figures


def score_spans(
    gold: Iterable[Sequence[str]], predicted: Iterable[Sequence[str]], strict: Scheme | None = None
) -> SpanScores:
    """Compare the spans of tags, sentence by sentence; a span counts where start, end and label are equal.

    Without `strict`, tags are read as the CoNLL scorer reads them (Tjong Kim Sang 2000); with a scheme, only spans that
    it spells exactly so are spans. Raises ValueError where a sentence has not as many tags on both sides.

    >>> scores = score_spans([["B-PER", "I-PER", "O", "B-LOC"]], [["I-PER", "I-PER", "O", "O"]])
    >>> scores.overall.precision, scores.overall.recall, sorted(scores.by_label)
    (1.0, 0.5, ['LOC', 'PER'])
    >>> from taggers.text.schemes import IOB2
    >>> score_spans([["B-PER", "I-PER"]], [["I-PER", "I-PER"]], strict=IOB2).overall.predicted
    0
    """
    gold, predicted = list(gold), list(predicted)
    check_lengths(gold, predicted)
    gold_spans, predicted_spans = read_both(gold, predicted, strict)
    if strict is not None:
        gold_spans = keep_well_spelt(gold_spans, gold, strict)
        predicted_spans = keep_well_spelt(predicted_spans, predicted, strict)
    return SpanScores.of(count_spans(gold_spans, predicted_spans))


def count_spans(gold: Sequence[Sequence[Span]], predicted: Sequence[Sequence[Span]], name: Name = ()) -> Counts:
    """Count the spans of sentences, in all and by label: those of gold, the predicted ones, and those that are right.

    >>> SpanScores.of(count_spans([[Span(0, 2, "PER")]], [[Span(0, 1, "PER")]])).overall.f1
    0.0
    """
    right = [
        (number, span.label)
        for number, (ours, theirs) in enumerate(zip(gold, predicted, strict=True))
        if ours and theirs
        for span in set(ours).intersection(theirs)
    ]
    wanted, found = (
        count_labels((*name, side), len(spans), spread(map(len, spans)), [span.label for own in spans for span in own])
        for side, spans in zip(SIDES, (gold, predicted), strict=False)
    )
    numbers = np.fromiter((number for number, _ in right), np.int64, len(right))
    return wanted.beside(found, count_labels((*name, SIDES[2]), len(gold), numbers, [label for _, label in right]))


def read_spans(tags: Sequence[str], scheme: Scheme | None = None) -> list[Span]:
    """The spans of one sentence, leniently (see `decode`); most sentences have none, which counting sees fast.

    >>> read_spans(["O", "I-PER"])
    [Span(start=1, end=2, label='PER')]
    """
    return [] if tags.count(OUTSIDE) == len(tags) else decode(tags, scheme)


def read_both(
    gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]], scheme: Scheme | None = None
) -> tuple[list[list[Span]], list[list[Span]]]:
    """The spans of the gold and of the predicted sentences, leniently; tags that are equal are read once.

    >>> read_both([["B-X"]], [["O"]])
    ([[Span(start=0, end=1, label='X')]], [[]])
    """
    own = [read_spans(tags, scheme) for tags in gold]
    beside = zip(predicted, gold, own, strict=True)
    return own, [spans if tags == theirs else read_spans(tags, scheme) for tags, theirs, spans in beside]


def keep_well_spelt(spans: Sequence[list[Span]], tags: Sequence[Sequence[str]], scheme: Scheme) -> list[list[Span]]:
    """Of the spans of each sentence those that the scheme spells exactly so.

    >>> from taggers.text.schemes import IOB2
    >>> keep_well_spelt([[Span(1, 2, "PER")]], [["O", "I-PER"]], IOB2)
    [[]]
    """
    return [well_spelt(s, t, scheme) if s else s for s, t in zip(spans, tags, strict=True)]


def check_lengths(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> None:
    """Raise ValueError where some sentence has not as many tags on both sides.

    >>> check_lengths([["O"]], [["O", "O"]])
    Traceback (most recent call last):
    ...
    ValueError: sentence 0 has 1 gold tags and 2 predicted ones
    """
    for number, (left, right) in enumerate(zip(gold, predicted, strict=True)):
        if len(left) != len(right):
            raise ValueError(f"sentence {number} has {len(left)} gold tags and {len(right)} predicted ones")
