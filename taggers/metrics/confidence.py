"""How far the confidences of a layer can be believed, beside what they would be without calibration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from taggers.metrics.reliability import Outcomes, Reliability

_HEADING = ("number", "sure", "right", "error", "95 %", "perfect", "Brier", "before", "constant", "risk")
_WIDTHS = (9, 8, 8, 8, 16, 9, 8, 8, 10, 8)


@dataclass(frozen=True)
class Group:
    """Figures of answers of one kind, and those that they had before calibration, None where there was none."""

    figures: Reliability
    before: Reliability | None = None


@dataclass(frozen=True)
class ConfidenceScores:
    """The figures by what the answers are: "predicted spans", "candidate spans" and the like."""

    groups: Mapping[str, Group]

    @classmethod
    def of(cls, outcomes: Mapping[str, Outcomes], before: Mapping[str, Outcomes] | None = None) -> ConfidenceScores:
        """The figures of answers, and of the same `before` calibration.

        >>> scores = ConfidenceScores.of({"predicted spans": Outcomes([0.8] * 5, [1, 1, 1, 1, 0])})
        >>> scores.groups["predicted spans"].figures.error
        0.0
        """
        earlier = {name: Reliability.of(own) for name, own in (before or {}).items()}
        return cls({name: Group(Reliability.of(own), earlier.get(name)) for name, own in outcomes.items()})

    def to_json(self) -> dict[str, Any]:
        """The figures as plain dicts."""
        return {
            name: {**group.figures.to_json(), "before": None if group.before is None else group.before.to_json()}
            for name, group in self.groups.items()
        }

    def to_table(self) -> str:
        """The figures as lines of text, in percent.

        >>> print(ConfidenceScores.of({"predicted tags": Outcomes([1.0] * 4, [1, 1, 1, 1])}).to_table())
        confidence       number    sure   right   error            95 %  perfect   Brier  before  constant    risk
        predicted tags        4  100.00  100.00    0.00    0.00 to 0.00     0.00    0.00       -      0.00    0.00
        """
        first = max(map(len, ("confidence", *self.groups)))
        head = "".join(f"{name:>{width}}" for name, width in zip(_HEADING, _WIDTHS, strict=True))
        rows = (f"{name:<{first}}{_cells(group)}" for name, group in self.groups.items())
        return "\n".join([f"{'confidence':<{first}}{head}", *rows])


def _cells(group: Group) -> str:
    own, before = group.figures, group.before
    low, high = own.interval
    shares = [own.mean_confidence, own.right, own.error]
    rest = [own.perfect.mean, own.brier, None if before is None else before.brier, own.brier_constant, own.area]
    cells = [f"{own.number:,}", *map(_percent, shares), f"{_percent(low)} to {_percent(high)}", *map(_percent, rest)]
    return "".join(f"{cell:>{width}}" for cell, width in zip(cells, _WIDTHS, strict=True))


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.2f}"
