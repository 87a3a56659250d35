"""What was taken for what, as lines of text."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from taggers.text.wording import escaped

_MATRIX = 8  # labels whose confusions are shown as a matrix
_LISTED = 20  # confusions that are listed where there are more labels
_CORNER = "gold \\ predicted"


def confusion_table(
    confusions: Mapping[str, Mapping[str, int]], gold: Collection[str], predicted: Collection[str]
) -> list[str]:
    """A line for each gold label and a column for each predicted one; of many labels the most frequent confusions.

    >>> for line in confusion_table({"pos": {"pos": 3, "neg": 1}}, ["neg", "pos"], ["neg", "pos"]):
    ...     print(line)
    gold \\ predicted  neg  pos
    neg                 0    0
    pos                 1    3
    """
    if max(len(gold), len(predicted)) > _MATRIX:
        return _most_frequent(confusions)
    rows = {name: [str(confusions.get(name, {}).get(label, 0)) for label in predicted] for name in gold}
    return count_table(_CORNER, predicted, rows)


def count_table(corner: str, columns: Collection[str], rows: Mapping[str, Collection[str]]) -> list[str]:
    """A heading line and a line for each row: its name to the left, its cells to the right of their columns.

    >>> for line in count_table("", ["n"], {"a": ["12"]}):
    ...     print(line)
         n
    a   12
    """
    names = [escaped(name) for name in (corner, *rows)]
    heading = [escaped(name) for name in columns]
    first = max(map(len, names))
    cells = [heading, *rows.values()]
    widths = [max(3, *(len(cell) for cell in column)) for column in zip(*cells, strict=True)]
    return [
        f"{name:<{first}}" + "".join(f"  {cell:>{width}}" for cell, width in zip(row, widths, strict=True))
        for name, row in zip(names, cells, strict=True)
    ]


def _most_frequent(confusions: Mapping[str, Mapping[str, int]]) -> list[str]:
    """The confusions that occur most often, of which many labels have few."""
    wrong = sorted((-n, g, p) for g, row in confusions.items() for p, n in row.items() if n and g != p)
    if not wrong:
        return []
    shown = [(n, escaped(gold), escaped(label)) for n, gold, label in wrong[:_LISTED]]
    width, first = max(5, len(str(-shown[0][0]))), max(4, *(len(gold) for _, gold, _ in shown))
    lines = [f"{'count':>{width}}  {'gold':<{first}}  predicted"]
    lines += [f"{-count:>{width}}  {gold:<{first}}  {label}" for count, gold, label in shown]
    left = -sum(count for count, _, _ in wrong[_LISTED:])
    return [*lines, f"{left:>{width}}  in {len(wrong) - len(shown)} other pairs"] if left else lines
