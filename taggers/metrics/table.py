"""Precision, recall and F1 as lines of text."""

from __future__ import annotations

from collections.abc import Iterable

from taggers.metrics.spans import PRF
from taggers.text.wording import escaped

_COLUMNS = ("precision", "recall", "F1", "gold", "predicted")
_WIDTHS = (11, 8, 8, 8, 11)


def prf_table(
    rows: Iterable[tuple[str, tuple[PRF, ...]]], blocks: tuple[str, ...] = ("",), corner: str = ""
) -> list[str]:
    """A heading line for named blocks of columns, a line of column names, a line per row, its name without line breaks.

    `corner` stands above the names of the rows, of which two may be the same: a label may be called as the sum is.

    >>> for line in prf_table([("pos", (PRF.of(gold=4, predicted=2, correct=1),))]):
    ...     print(line)
         precision  recall      F1    gold  predicted
    pos      50.00   25.00   33.33       4          2
    """
    named = [(escaped(name), values) for name, values in rows]
    first = max(map(len, (corner, *(name for name, _ in named))))
    names = "".join(f"{name:>{width}}" for name, width in zip(_COLUMNS, _WIDTHS, strict=True))
    lines = ["".join([" " * first, *(f"{block:>{sum(_WIDTHS)}}" for block in blocks)])] if any(blocks) else []
    lines.append(f"{corner:<{first}}" + names * len(blocks))
    for name, values in named:
        lines.append("".join([f"{name:<{first}}", *(_cells(prf) for prf in values)]))
    return lines


def _cells(prf: PRF) -> str:
    values = (
        f"{100 * prf.precision:.2f}",
        f"{100 * prf.recall:.2f}",
        f"{100 * prf.f1:.2f}",
        str(prf.gold),
        str(prf.predicted),
    )
    return "".join(f"{value:>{width}}" for value, width in zip(values, _WIDTHS, strict=True))
