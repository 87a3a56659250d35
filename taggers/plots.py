"""Pictures of a training, of what a model takes for what, and of whether its confidences come true."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

_CELL, _LETTER = 0.24, 0.075  # inches of a cell at least, and of a letter of a label
_Floats = npt.NDArray[np.float64]
_LONGEST = 40  # letters of a label that are shown


def learning_curves(history: Sequence[Mapping[str, object]]) -> bytes:
    """Loss and dev score by epoch, as a PNG.

    >>> learning_curves([{"epoch": 1, "loss": 0.5, "score": 0.3}])[:4]
    b'\\x89PNG'
    """
    epochs = [float(str(e["epoch"])) for e in history]
    figure = Figure(figsize=(7.0, 4.0), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    losses = [float(str(e["loss"])) for e in history]
    axes.plot(epochs, losses, color="tab:blue", marker=".", label="train loss of an answer")
    axes.set(xlabel="epoch", ylabel="train loss of an answer")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    lines = list(axes.get_lines())
    scored = [(float(str(e["epoch"])), float(str(e["score"]))) for e in history if e["score"] is not None]
    if scored:
        right = axes.twinx()
        right.plot(*zip(*scored, strict=True), color="tab:orange", marker=".", label="dev score")
        right.set(ylabel="dev score", ylim=(0.0, 1.0))
        best_epoch, best = max(scored, key=lambda point: point[1])
        right.annotate(f"{best:.3f}", (best_epoch, best), textcoords="offset points", xytext=(0, 6), ha="center")
        lines += right.get_lines()
    figure.legend(handles=lines, loc="outside upper center", ncols=2, frameon=False)
    return _png(figure)


def confusion_matrix(confusions: Mapping[str, Mapping[str, int]]) -> bytes:
    """How many texts of a gold label (a row) were given each label (a column), as a PNG that grows with the labels.

    A cell is as dark as its share of the row; what is right, on the diagonal, is blue, what is wrong is red.

    >>> confusion_matrix({"pos": {"pos": 8, "neg": 1}, "neg": {"neg": 3}})[:4]
    b'\\x89PNG'
    """
    labels = sorted(confusions.keys() | {label for row in confusions.values() for label in row})
    count = max(1, len(labels))
    cell = max(_CELL, min(0.8, 4.0 / count))
    beside = 0.9 + _LETTER * min(_LONGEST, max(map(len, labels), default=0))
    side = cell * count + beside
    figure = Figure(figsize=(side, side), dpi=100)
    FigureCanvasAgg(figure)
    share = beside / side
    axes = figure.add_axes((share, 0.01, 0.99 - share, 0.99 - share))
    size = 72 * cell * 0.38  # points of the numbers and labels
    for y, gold in enumerate(labels):
        row = confusions.get(gold, {})
        total = sum(row.values())
        for x, label in enumerate(labels):
            if number := row.get(label, 0):
                depth = number / total
                color = (1 - 0.9 * depth, 1 - 0.6 * depth, 1.0) if x == y else (1.0, 1 - 0.8 * depth, 1 - 0.9 * depth)
                axes.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=color, linewidth=0))
                ink = "white" if depth > 0.6 else "black"
                axes.text(x, y, str(number), ha="center", va="center", fontsize=min(size, 12), color=ink)
    short = (label if len(label) <= _LONGEST else label[: _LONGEST - 1] + "…" for label in labels)
    shown = [label.encode(errors="replace").decode() for label in short]  # half a surrogate pair cannot be drawn
    axes.set(xlim=(-0.5, count - 0.5), ylim=(count - 0.5, -0.5), xlabel="predicted", ylabel="gold")
    axes.set_xticks(range(len(labels)), shown, rotation=90, parse_math=False)
    axes.set_yticks(range(len(labels)), shown, parse_math=False)
    axes.set_xticks([place - 0.5 for place in range(1, count)], minor=True)
    axes.set_yticks([place - 0.5 for place in range(1, count)], minor=True)
    axes.grid(which="minor", color="0.9", linewidth=0.5)
    axes.xaxis.set_label_position("top")
    axes.xaxis.tick_top()
    axes.tick_params(which="both", length=0, labelsize=min(1.3 * size, 11))
    return _png(figure)


def reliability_diagram(panels: Mapping[str, Mapping[str, Any]]) -> bytes:
    """How often what is so sure is right, and below how many are so sure, as a PNG with a panel for each kind of spans.

    A panel is the JSON of a `Reliability`. Bars are the 95 % that so many answers leave open (Wilson 1927).

    >>> one = {"number": 4, "confidence": 0.5, "right": 0.75}
    >>> figures = {"number": 4, "error": 0.25, "perfect": {"mean": 0.2}, "bins": [one], "histogram": [0] * 10 + [4]}
    >>> reliability_diagram({"predicted spans": figures})[:4]
    b'\\x89PNG'
    """
    figure = Figure(figsize=(4.0 * len(panels) + 0.4, 5.2), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(2, len(panels), sharex=True, squeeze=False, height_ratios=(3, 1))
    for (upper, lower), (title, figures) in zip(grid.T, panels.items(), strict=True):
        sure, right, number = (
            np.array([each[name] for each in figures["bins"]], dtype=np.float64)
            for name in ("confidence", "right", "number")
        )
        upper.plot([0, 1], [0, 1], color="0.6", linestyle="--", linewidth=1, label="as sure as right")
        low, high = _wilson(right, number)
        upper.errorbar(
            sure, right, yerr=(right - low, high - right), color="tab:blue", marker="o", markersize=4, linewidth=1,
            ecolor="0.5", elinewidth=1, label="right of those so sure",
        )  # fmt: skip
        upper.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), ylabel="share right")
        error, perfect = 100 * figures["error"], 100 * figures["perfect"]["mean"]
        upper.set_title(
            f"{title}: {figures['number']:,}\ncalibration error {error:.2f}, if perfect {perfect:.2f}", fontsize=10
        )
        counts = figures["histogram"]
        lower.bar(
            [(place + 0.5) / len(counts) for place in range(len(counts))], counts, 0.9 / len(counts), color="tab:blue"
        )
        lower.set(xlabel="confidence", ylabel="number")
        lower.yaxis.set_major_locator(MaxNLocator(nbins=3, integer=True))
    figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=2, frameon=False)
    return _png(figure)


def _wilson(share: _Floats, number: _Floats) -> tuple[_Floats, _Floats]:
    """The bounds of the 95 % intervals of shares, each of so many: (bins,) each."""
    z = 1.96
    middle = (share + z**2 / (2 * number)) / (1 + z**2 / number)
    half = z / (1 + z**2 / number) * np.sqrt(share * (1 - share) / number + z**2 / (4 * number**2))
    return np.minimum(middle - half, share), np.maximum(middle + half, share)


def _png(figure: Figure) -> bytes:
    picture = io.BytesIO()
    with warnings.catch_warnings():
        # Labels may be in any script; what the font lacks is drawn as a box.
        warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)
        figure.savefig(picture, format="png", bbox_inches="tight", metadata={"Software": None})
    return picture.getvalue()
