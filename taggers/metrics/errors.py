"""Errors of spans told apart, in the four schemes of MUC and SemEval-2013.

A predicted span is held against the gold span that it equals, else against the first that it overlaps and that no other
has taken; where labels alone are looked at, against the nearest of its own label, else the first. What finds no
partner is missed or spurious. Source: Chinchor and Sundheim 1993 (MUC-5); Segura-Bedmar et al. 2013 (SemEval-2013,
task 9.1), as the package nervaluate counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from taggers.metrics.confusions import confusion_table, count_table
from taggers.text import Span

KINDS = ("correct", "label", "boundary", "both", "missed", "spurious")
SCHEMES = ("strict", "exact", "partial", "type")
MISSED, SPURIOUS = "(missed)", "(spurious)"  # among confusions, in place of a partner


@dataclass(frozen=True, slots=True)
class Matches:
    """How many spans of a scheme are correct, incorrect, partial, missed and spurious; a partial one is half right."""

    correct: int
    incorrect: int
    partial: int
    missed: int
    spurious: int

    @property
    def precision(self) -> float:
        """The share of predicted spans that are right, between 0 and 1; 0 where there is none."""
        return self._share(self.correct + self.incorrect + self.partial + self.spurious)

    @property
    def recall(self) -> float:
        """The share of gold spans that are found, between 0 and 1; 0 where there is none."""
        return self._share(self.correct + self.incorrect + self.partial + self.missed)

    @property
    def f1(self) -> float:
        """The harmonic mean of both.

        >>> Matches(correct=1, incorrect=0, partial=1, missed=1, spurious=0).f1
        0.6
        """
        paired = self.correct + self.incorrect + self.partial
        return self._share(paired + (self.missed + self.spurious) / 2)

    def _share(self, of: float) -> float:
        return (self.correct + self.partial / 2) / of if of else 0.0

    def to_json(self) -> dict[str, Any]:
        """The scores and the counts."""
        return {"precision": self.precision, "recall": self.recall, "f1": self.f1, **asdict(self)}


@dataclass(frozen=True, slots=True)
class SpanErrors:
    """The errors of spans: by scheme, by label, and what was taken for what.

    `schemes` are strict (boundaries and label), exact (boundaries alone), partial (an overlap is half right) and type
    (the label alone, boundaries overlap). `by_label` counts the KINDS: gold spans by their label, spurious ones by
    theirs; `label`, `boundary` and `both` say what is wrong of a span that has a partner. `confusions` counts the pairs
    of the scheme type by gold label and then by the predicted one, beside them what has no partner there.
    """

    schemes: Mapping[str, Matches]
    by_label: Mapping[str, Mapping[str, int]]
    confusions: Mapping[str, Mapping[str, int]]
    missed: Mapping[str, int]
    spurious: Mapping[str, int]

    def to_json(self) -> dict[str, Any]:
        """The errors as plain dicts.

        >>> span_errors([[Span(0, 2, "PER")]], [[Span(0, 2, "ORG")]]).to_json()["confusions"]["pairs"]
        {'PER': {'ORG': 1}}
        """
        pairs = {label: dict(row) for label, row in self.confusions.items()}
        return {
            "schemes": {name: matches.to_json() for name, matches in self.schemes.items()},
            "by_label": {label: dict(kinds) for label, kinds in self.by_label.items()},
            "confusions": {"pairs": pairs, "missed": dict(self.missed), "spurious": dict(self.spurious)},
        }

    def to_table(self) -> str:
        """The errors as lines of text: scores in percent by scheme, kinds by label, and the confusions.

        >>> print(span_errors([[Span(0, 2, "PER"), Span(3, 4, "LOC")]], [[Span(1, 2, "PER")]]).to_table())
        scheme   precision  recall     F1  correct  incorrect  partial  missed  spurious
        strict        0.00    0.00   0.00        0          1        0       1         0
        exact         0.00    0.00   0.00        0          1        0       1         0
        partial      50.00   25.00  33.33        0          0        1       1         0
        type        100.00   50.00  66.67        1          0        0       1         0
        <BLANKLINE>
        errors  correct  label  boundary  both  missed  spurious
        LOC           0      0         0     0       1         0
        PER           0      0         1     0       0         0
        <BLANKLINE>
        gold \\ predicted  LOC  PER  (missed)
        LOC                 0    0         1
        PER                 0    1         0
        (spurious)          0    0         0
        """
        figures = ("precision", "recall", "F1", "correct", "incorrect", "partial", "missed", "spurious")
        rows = {name: _cells(matches) for name, matches in self.schemes.items()}
        labels = list(self.by_label)
        kinds = {label: [str(counts[kind]) for kind in KINDS] for label, counts in self.by_label.items()}
        marked = {label: {**self.confusions.get(label, {}), MISSED: self.missed.get(label, 0)} for label in labels}
        taken = confusion_table({**marked, SPURIOUS: self.spurious}, [*labels, SPURIOUS], [*labels, MISSED])
        blocks = [count_table("scheme", figures, rows), count_table("errors", KINDS, kinds), taken]
        return "\n\n".join("\n".join(block) for block in blocks if block)


def _cells(matches: Matches) -> list[str]:
    shares = [f"{100 * share:.2f}" for share in (matches.precision, matches.recall, matches.f1)]
    return [*shares, *map(str, asdict(matches).values())]


class Pair(NamedTuple):
    """A gold span and the predicted one that is held against it; None where there is none."""

    gold: Span | None
    predicted: Span | None


def span_errors(gold: Iterable[Sequence[Span]], predicted: Iterable[Sequence[Span]]) -> SpanErrors:
    """Tell the errors apart, sentence by sentence, of spans in order, of which none of one side overlap.

    >>> errors = span_errors([[Span(0, 2, "PER")]], [[Span(0, 1, "PER"), Span(1, 2, "LOC")]])
    >>> errors.schemes["partial"].f1, errors.by_label["LOC"]["spurious"]
    (0.3333333333333333, 1)
    """
    kinds: Counter[tuple[str, str]] = Counter()  # label and kind
    taken: Counter[tuple[str | None, str | None]] = Counter()  # gold label and predicted one
    for wanted, found in zip(gold, predicted, strict=True):
        if wanted == found:  # most sentences
            labels = [span.label for span in wanted]
            kinds.update([(label, "correct") for label in labels])
            taken.update(zip(labels, labels, strict=True))
            continue
        kinds.update([counted_as(pair) for pair in pair_up(wanted, found)])
        taken.update([_labels(pair) for pair in pair_up(wanted, found, by_label=True)])
    names = sorted({label for label, _ in kinds} | {label for pair in taken for label in pair if label is not None})
    pairs: dict[str, dict[str, int]] = {}
    missed: dict[str, int] = {}
    spurious: dict[str, int] = {}
    for (wanted_label, found_label), count in sorted(
        taken.items(), key=lambda item: [label or "" for label in item[0]]
    ):
        if wanted_label is None:
            assert found_label is not None
            spurious[found_label] = count
        elif found_label is None:
            missed[wanted_label] = count
        else:
            pairs.setdefault(wanted_label, {})[found_label] = count
    by_label = {name: {kind: kinds[name, kind] for kind in KINDS} for name in names}
    return SpanErrors(_schemes(by_label, pairs, missed, spurious), by_label, pairs, missed, spurious)


def pair_up(gold: Sequence[Span], predicted: Sequence[Span], by_label: bool = False) -> Iterator[Pair]:
    """Each span of one sentence once, with its partner; `by_label` prefers one of the same label.

    >>> list(pair_up([Span(0, 2, "PER")], [Span(1, 2, "PER")]))
    [Pair(gold=Span(start=0, end=2, label='PER'), predicted=Span(start=1, end=2, label='PER'))]
    """
    taken: set[int] = set()
    first = 0  # the first gold span that does not end before the predicted one
    for span in predicted:
        while first < len(gold) and gold[first].end <= span.start:
            first += 1
        place, best = first, -1
        while place < len(gold) and gold[place].start < span.end:
            if place not in taken and (best < 0 or (by_label and _nearer(gold[place], gold[best], span))):
                best = place
            place += 1
        if best >= 0:
            taken.add(best)
        yield Pair(gold[best] if best >= 0 else None, span)
    for place, span in enumerate(gold):
        if place not in taken:
            yield Pair(span, None)


def _nearer(one: Span, other: Span, to: Span) -> bool:
    """True where `one` has the label and `other`, which stands before it, has not, or lies farther off."""
    return one.label == to.label and (other.label != to.label or _distance(one, to) < _distance(other, to))


def _distance(one: Span, other: Span) -> int:
    return abs(one.start - other.start) + abs(one.end - other.end)


def counted_as(pair: Pair) -> tuple[str, str]:
    """The label under which a pair is counted, and as which of the KINDS.

    >>> counted_as(Pair(None, Span(0, 1, "PER")))
    ('PER', 'spurious')
    """
    gold, predicted = pair
    if gold is None:
        assert predicted is not None
        return predicted.label, "spurious"
    if predicted is None:
        return gold.label, "missed"
    if gold == predicted:
        return gold.label, "correct"
    if gold[:2] == predicted[:2]:
        return gold.label, "label"
    return gold.label, "boundary" if gold.label == predicted.label else "both"


def _labels(pair: Pair) -> tuple[str | None, str | None]:
    return pair.gold and pair.gold.label, pair.predicted and pair.predicted.label


def _schemes(
    by_label: Mapping[str, Mapping[str, int]],
    pairs: Mapping[str, Mapping[str, int]],
    missed: Mapping[str, int],
    spurious: Mapping[str, int],
) -> dict[str, Matches]:
    """The counts of each scheme, which follow from those of the kinds and of the pairs by label."""
    correct, label, boundary, both, lost, extra = (sum(row[kind] for row in by_label.values()) for kind in KINDS)
    same = sum(row.get(name, 0) for name, row in pairs.items())
    every = sum(sum(row.values()) for row in pairs.values())
    counts = (
        Matches(correct, label + boundary + both, 0, lost, extra),
        Matches(correct + label, boundary + both, 0, lost, extra),
        Matches(correct + label, 0, boundary + both, lost, extra),
        Matches(same, every - same, 0, sum(missed.values()), sum(spurious.values())),
    )
    return dict(zip(SCHEMES, counts, strict=True))
