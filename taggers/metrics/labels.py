"""How good predicted labels of texts are: one label each, or a set of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from math import fsum
from typing import Any

from taggers.metrics.confusions import confusion_table
from taggers.metrics.spans import PRF
from taggers.metrics.table import prf_table


@dataclass(frozen=True, slots=True)
class LabelScores:
    """Scores of labels of texts: overall (micro), and for each label that is gold or predicted, in sorted order.

    `accuracy` is the share of texts whose label, or whole set of labels, is right. `confusions` counts the texts by
    their gold label and then by the predicted one; None where a text has a set of labels.
    """

    accuracy: float
    micro: PRF
    by_label: Mapping[str, PRF]
    confusions: Mapping[str, Mapping[str, int]] | None

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

    def to_json(self) -> dict[str, Any]:
        """The scores as plain dicts.

        >>> score_labels(["a", "b"], ["b", "b"]).to_json()["confusions"]
        {'a': {'b': 1}, 'b': {'b': 1}}
        """
        return {
            "accuracy": self.accuracy,
            "micro": asdict(self.micro),
            "macro_f1": self.macro_f1,
            "by_label": {label: asdict(prf) for label, prf in self.by_label.items()},
            "confusions": None if self.confusions is None else {g: dict(row) for g, row in self.confusions.items()},
        }

    def to_table(self) -> str:
        """The scores as lines of text, in percent, with the counts, and what was taken for what.

        >>> print(score_labels(["pos", "pos", "neg"], ["pos", "neg", "neg"]).to_table())
             precision  recall      F1    gold  predicted
        neg      50.00  100.00   66.67       1          2
        pos     100.00   50.00   66.67       2          1
        all      66.67   66.67   66.67       3          3
        accuracy 66.67, macro F1 66.67
        <BLANKLINE>
        gold \\ predicted  neg  pos
        neg                 1    0
        pos                 1    1
        """
        rows = [(label, (prf,)) for label, prf in [*self.by_label.items(), ("all", self.micro)]]
        what = "sets of labels" if self.confusions is None else "accuracy"
        lines = [*prf_table(rows), f"{what} {100 * self.accuracy:.2f}, macro F1 {100 * self.macro_f1:.2f}"]
        if self.confusions is not None:
            beside = confusion_table(self.confusions, self.by_label, self.by_label)
            lines += ["", *beside] if beside else []
        return "\n".join(lines)


def score_labels(gold: Iterable[str], predicted: Iterable[str]) -> LabelScores:
    """Compare the labels of texts, one each; ValueError where one side has more.

    >>> scores = score_labels(["pos", "pos", "neg"], ["pos", "neg", "neg"])
    >>> round(scores.accuracy, 3), scores.by_label["pos"].recall
    (0.667, 0.5)
    """
    pairs = Counter(zip(gold, predicted, strict=True))
    confusions: dict[str, dict[str, int]] = {}
    for (wanted, found), count in sorted(pairs.items()):
        confusions.setdefault(wanted, {})[found] = count
    right = Counter({g: count for (g, p), count in pairs.items() if g == p})
    golds: Counter[str] = Counter()
    founds: Counter[str] = Counter()
    for (wanted, found), count in pairs.items():
        golds[wanted] += count
        founds[found] += count
    accuracy = right.total() / pairs.total() if pairs else 0.0
    return LabelScores(accuracy, *_scores(golds, founds, right), confusions)


def score_label_sets(gold: Iterable[Collection[str]], predicted: Iterable[Collection[str]]) -> LabelScores:
    """Compare the sets of labels of texts; ValueError where one side has more.

    >>> scores = score_label_sets([["a", "b"], ["a"]], [["b"], ["a"]])
    >>> scores.accuracy, scores.micro.recall, scores.by_label["a"].recall
    (0.5, 0.6666666666666666, 0.5)
    """
    golds: Counter[str] = Counter()
    founds: Counter[str] = Counter()
    right: Counter[str] = Counter()
    whole = texts = 0
    for wanted, found in zip(map(frozenset, gold), map(frozenset, predicted), strict=True):
        golds.update(wanted)
        founds.update(found)
        right.update(wanted & found)
        whole += wanted == found
        texts += 1
    return LabelScores(whole / texts if texts else 0.0, *_scores(golds, founds, right), None)


def _scores(gold: Counter[str], predicted: Counter[str], right: Counter[str]) -> tuple[PRF, dict[str, PRF]]:
    labels = sorted(gold.keys() | predicted.keys())
    by_label = {label: PRF.of(gold[label], predicted[label], right[label]) for label in labels}
    return PRF.of(gold.total(), predicted.total(), right.total()), by_label
