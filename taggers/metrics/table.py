"""Precision, recall and F1 as lines of text, and their intervals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from taggers.metrics.counts import Counts, Name
from taggers.metrics.intervals import LEVEL, Interval, told, unit_of
from taggers.metrics.spans import PRF
from taggers.text.wording import counted, escaped

_COLUMNS = ("precision", "recall", "F1", "gold", "predicted")
_WIDTHS = (11, 8, 8, 8, 11)
_FIGURES = {"precision": "precision", "recall": "recall", "f1": "F1"}
_INTERVAL = 16  # as wide as "100.0 to 100.0", and two blanks


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


def interval_table(
    found: Mapping[Name, Interval],
    rows: Iterable[tuple[str, tuple[Name, ...]]],
    single: Mapping[str, Name],
    counts: Counts,
    blocks: tuple[str, ...] = ("",),
) -> list[str]:
    """What the intervals are over, a line per row with those of precision, recall and F1, and one with `single` scores.

    `rows` say where in JSON the three stand, in each block of columns, and may be called alike.
    """
    shown = [(escaped(name), places) for name, places in rows]
    first = max((len(name) for name, _ in shown), default=0)
    lines = ["", heading(counts)]
    if shown and any(blocks):
        lines.append("".join([" " * first, *(f"{block:>{_INTERVAL * len(_FIGURES)}}" for block in blocks)]))
    if shown:
        lines.append(" " * first + "".join(f"{name:>{_INTERVAL}}" for name in _FIGURES.values()) * len(blocks))
    for row, places in shown:
        cells = [found.get((*place, figure)) for place in places for figure in _FIGURES]
        lines.append(f"{row:<{first}}" + "".join(f"{'-' if one is None else told(one):>{_INTERVAL}}" for one in cells))
    lines.append(", ".join(f"{name} {told(found[place])}" for name, place in single.items() if place in found))
    return lines


def heading(counts: Counts) -> str:
    """What intervals are over.

    >>> from taggers.metrics.counts import count_each
    >>> heading(count_each(("right",), [1, 0]))
    '95 % intervals over 2 sentences'
    """
    return f"{100 * LEVEL:.0f} % intervals over {counted(counts.units, unit_of(counts))}"


def _cells(prf: PRF) -> str:
    values = (
        f"{100 * prf.precision:.2f}",
        f"{100 * prf.recall:.2f}",
        f"{100 * prf.f1:.2f}",
        str(prf.gold),
        str(prf.predicted),
    )
    return "".join(f"{value:>{width}}" for value, width in zip(values, _WIDTHS, strict=True))
