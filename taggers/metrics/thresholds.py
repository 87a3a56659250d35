"""Precision and recall of spans by how sure a span must be to be given, and the threshold that reaches one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # who reads a table needs no numpy
    from taggers.metrics.reliability import Outcomes

GRID = (*(step / 100 for step in range(100)), 0.995, 0.999)  # of the thresholds that are looked at


@dataclass(frozen=True)
class Kept:
    """The predicted spans that are at least so sure, how many of them are right, and of how many gold spans."""

    threshold: float
    predicted: int
    correct: int
    gold: int

    @property
    def precision(self) -> float:
        """The share of those kept that is right, 0 of none."""
        return self.correct / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """The share of gold spans that is kept, 0 of none."""
        return self.correct / self.gold if self.gold else 0.0


@dataclass(frozen=True)
class Thresholds:
    """What is kept of some annotated sentences at each threshold, lowest first."""

    rows: tuple[Kept, ...]

    @classmethod
    def of(cls, outcomes: Outcomes, gold: int) -> Thresholds:
        """The table of predicted spans, beside so many gold ones.

        >>> from taggers.metrics.reliability import Outcomes
        >>> table = Thresholds.of(Outcomes([0.4, 0.6, 0.9], [False, True, True]), gold=4)
        >>> table.rows[50]
        Kept(threshold=0.5, predicted=2, correct=2, gold=4)
        """
        sure = outcomes.confidences
        first = sure.searchsorted(GRID).tolist()  # of the answers, lowest first, that are kept
        right = [int(outcomes.right[start:].sum()) for start in first]
        rows = zip(GRID, first, right, strict=True)
        return cls(tuple(Kept(threshold, len(sure) - start, hits, gold) for threshold, start, hits in rows))

    def for_precision(self, least: float) -> Kept | None:
        """What is kept at the lowest threshold with such a precision; None where no threshold has it.

        >>> table = Thresholds((Kept(0.0, 4, 2, 4), Kept(0.5, 2, 2, 4)))
        >>> table.for_precision(0.9).threshold, table.for_precision(0.5).threshold
        (0.5, 0.0)
        """
        return next((row for row in self.rows if row.predicted and row.precision >= least), None)

    def for_recall(self, least: float) -> Kept | None:
        """What is kept at the highest threshold with such a recall; None where no threshold has it.

        >>> Thresholds((Kept(0.0, 4, 2, 4), Kept(0.5, 2, 2, 4))).for_recall(0.5).threshold
        0.5
        """
        return next((row for row in reversed(self.rows) if row.recall >= least), None)

    def to_json(self) -> dict[str, Any]:
        """What a model folder keeps."""
        return {"gold": self.rows[0].gold, "rows": [[row.threshold, row.predicted, row.correct] for row in self.rows]}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Thresholds:
        """What a model folder has kept.

        >>> table = Thresholds((Kept(0.0, 4, 2, 4), Kept(0.5, 2, 2, 4)))
        >>> Thresholds.from_json(table.to_json()) == table
        True
        """
        gold = values["gold"]
        return cls(tuple(Kept(threshold, predicted, correct, gold) for threshold, predicted, correct in values["rows"]))
