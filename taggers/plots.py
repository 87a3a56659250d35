"""Pictures of a training."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator


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
    axes.plot(epochs, losses, color="tab:blue", marker=".", label="train loss per token")
    axes.set(xlabel="epoch", ylabel="train loss per token")
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
    picture = io.BytesIO()
    figure.savefig(picture, format="png", metadata={"Software": None})
    return picture.getvalue()
