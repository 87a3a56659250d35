"""Pictures of a training, and of what a model takes for what."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping, Sequence

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

_CELL, _LETTER = 0.24, 0.075  # inches of a cell at least, and of a letter of a label
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


def _png(figure: Figure) -> bytes:
    picture = io.BytesIO()
    with warnings.catch_warnings():
        # Labels may be in any script; what the font lacks is drawn as a box.
        warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)
        figure.savefig(picture, format="png", bbox_inches="tight", metadata={"Software": None})
    return picture.getvalue()
