"""How good predicted labels of texts are: one label each, or a set of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import fsum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from taggers.metrics.confusions import confusion_table
from taggers.metrics.counts import Counts, Name, count_each, count_labels, spread
from taggers.metrics.intervals import Figure, f1_ratio, intervals, nested, share
from taggers.metrics.spans import PRF, SIDES, label_figures, labels_of, overall_figures, prf_of
from taggers.metrics.table import interval_table, prf_table

_TEXTS, _RIGHT = ("texts",), ("right texts",)

if TYPE_CHECKING:  # which needs numpy, and scoring labels does not
    from taggers.metrics.confidence import ConfidenceScores


@dataclass(frozen=True, slots=True)
class LabelScores:
    """Scores of labels of texts: overall (micro), and for each label that is gold or predicted, in sorted order.

    `accuracy` is the share of texts whose label, or whole set of labels, is right. `confusions` counts the texts by
    their gold label and then by the predicted one; None where a text has a set of labels. All but these follows from
    `counts`, which say what each text adds. `confidence` says how far confidences can be believed, where that was asked
    for.
    """

    accuracy: float
    micro: PRF
    by_label: Mapping[str, PRF]
    confusions: Mapping[str, Mapping[str, int]] | None
    counts: Counts = field(repr=False, compare=False)
    confidence: ConfidenceScores | None = None

    @property
    def macro_f1(self) -> float:
        """The mean of the labels' F1, 0 where there is none.

        >>> score_labels(["a", "a", "b"], ["a", "a", "a"]).macro_f1
        0.4
        """
        return fsum(prf.f1 for prf in self.by_label.values()) / len(self.by_label) if self.by_label else 0.0

    @property
    def headline(self) -> float:
        """The score that models are chosen by: accuracy, or of sets of labels micro F1."""
        return self.micro.f1 if self.confusions is None else self.accuracy

    @property
    def headline_name(self) -> str:
        """What the headline is.

        >>> score_labels(["a"], ["a"]).headline_name, score_label_sets([["a"]], [[]]).headline_name
        ('accuracy', 'micro F1')
        """
        return "micro F1" if self.confusions is None else "accuracy"

    def figures(self) -> dict[Name, Figure]:
        """How each score follows from the counts, by its place in JSON."""
        every = [tuple((side, label) for side in SIDES) for label in labels_of(self.counts)]
        return {
            ("accuracy",): share(_RIGHT, _TEXTS),
            ("macro_f1",): tuple(f1_ratio(*sides) for sides in every),
            **overall_figures((), ("micro",)),
            **label_figures(self.counts, (), ("by_label",)),
        }

    def right(self) -> NDArray[np.bool_]:
        """Of each text whether its label, or whole set of labels, is right (N,)."""
        return self.counts.column(_RIGHT) > 0

    def to_json(self) -> dict[str, Any]:
        """The scores as plain dicts, and the intervals of each.

        >>> score_labels(["a", "b"], ["b", "b"]).to_json()["confusions"]
        {'a': {'b': 1}, 'b': {'b': 1}}
        """
        return {
            "accuracy": self.accuracy,
            "micro": asdict(self.micro),
            "macro_f1": self.macro_f1,
            "by_label": {label: asdict(prf) for label, prf in self.by_label.items()},
            "confusions": None if self.confusions is None else {g: dict(row) for g, row in self.confusions.items()},
            "intervals": nested(intervals(self.counts, self.figures()), self.counts),
            **({} if self.confidence is None else {"confidence": self.confidence.to_json()}),
        }

    def to_table(self) -> str:
        """The scores as lines of text, in percent, with the counts, their intervals, and what was taken for what.

        >>> print(score_labels(["pos", "pos", "neg"], ["pos", "neg", "neg"]).to_table())
             precision  recall      F1    gold  predicted
        neg      50.00  100.00   66.67       1          2
        pos     100.00   50.00   66.67       2          1
        all      66.67   66.67   66.67       3          3
        accuracy 66.67, macro F1 66.67
        <BLANKLINE>
        95 % intervals over 3 sentences
                  precision          recall              F1
        neg    0.0 to 100.0    0.0 to 100.0    0.0 to 100.0
        pos    0.0 to 100.0    0.0 to 100.0    0.0 to 100.0
        all    0.0 to 100.0    0.0 to 100.0    0.0 to 100.0
        accuracy 0.0 to 100.0, macro F1 0.0 to 100.0
        <BLANKLINE>
        gold \\ predicted  neg  pos
        neg                 1    0
        pos                 1    1
        """
        rows = [(label, (prf,)) for label, prf in [*self.by_label.items(), ("all", self.micro)]]
        what = "sets of labels" if self.confusions is None else "accuracy"
        lines = [*prf_table(rows), f"{what} {100 * self.accuracy:.2f}, macro F1 {100 * self.macro_f1:.2f}"]
        found = intervals(self.counts, self.figures())
        places: list[tuple[str, tuple[Name, ...]]] = [(label, (("by_label", label),)) for label in self.by_label]
        places.append(("all", (("micro",),)))
        lines += interval_table(found, places, {what: ("accuracy",), "macro F1": ("macro_f1",)}, self.counts)
        if self.confusions is not None:
            beside = confusion_table(self.confusions, self.by_label, self.by_label)
            lines += ["", *beside] if beside else []
        return "\n".join(lines)


def score_labels(
    gold: Iterable[str], predicted: Iterable[str], documents: Sequence[Hashable] | None = None
) -> LabelScores:
    """Compare the labels of texts, one each; ValueError where one side has more.

    `documents` say of each text which one it stands in (see `documents_of`).

    >>> scores = score_labels(["pos", "pos", "neg"], ["pos", "neg", "neg"])
    >>> round(scores.accuracy, 3), scores.by_label["pos"].recall
    (0.667, 0.5)
    """
    pairs = list(zip(gold, predicted, strict=True))
    confusions: dict[str, dict[str, int]] = {}
    for (wanted, found), count in sorted(Counter(pairs).items()):
        confusions.setdefault(wanted, {})[found] = count
    return _scores([(g,) for g, _ in pairs], [(p,) for _, p in pairs], confusions, documents)


def score_label_sets(
    gold: Iterable[Collection[str]],
    predicted: Iterable[Collection[str]],
    documents: Sequence[Hashable] | None = None,
) -> LabelScores:
    """Compare the sets of labels of texts; ValueError where one side has more.

    >>> scores = score_label_sets([["a", "b"], ["a"]], [["b"], ["a"]])
    >>> scores.accuracy, scores.micro.recall, scores.by_label["a"].recall
    (0.5, 0.6666666666666666, 0.5)
    """
    return _scores(list(map(frozenset, gold)), list(map(frozenset, predicted)), None, documents)


def _scores(
    gold: Sequence[Collection[str]],
    predicted: Sequence[Collection[str]],
    confusions: Mapping[str, Mapping[str, int]] | None,
    documents: Sequence[Hashable] | None,
) -> LabelScores:
    whole = [wanted == found for wanted, found in zip(gold, predicted, strict=True)]
    right = [set(wanted).intersection(found) for wanted, found in zip(gold, predicted, strict=True)]
    number = len(whole)
    counts = (
        count_each(_TEXTS, np.ones(number))
        .by(documents)
        .beside(
            count_each(_RIGHT, whole),
            *(
                count_labels((side,), number, spread(map(len, labels)), [label for own in labels for label in own])
                for side, labels in zip(SIDES, (gold, predicted, right), strict=True)
            ),
        )
    )
    accuracy = counts.total(_RIGHT) / number if number else 0.0
    return LabelScores(accuracy, *prf_of(counts), confusions, counts)
