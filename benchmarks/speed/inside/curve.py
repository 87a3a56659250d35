"""The dev score after every epoch of a recipe, and the seconds of training until then."""

from __future__ import annotations

import tempfile
from pathlib import Path

from taggers.reading import load_corpus, located
from taggers.runs import Silent, train_model
from taggers.settings import load_config
from taggers.training import Epoch


class Curve(Silent):
    """Points of seconds of training, scoring left out, and the dev score (F1 as the CoNLL scorer counts)."""

    def __init__(self) -> None:
        self.points: list[tuple[float, float]] = []
        self._seconds = 0.0

    def on_epoch(self, epoch: Epoch) -> None:
        """Take down a point."""
        self._seconds += epoch.seconds
        self.points.append((round(self._seconds, 2), round(epoch.score or 0.0, 4)))


def measure(recipe: str, overrides: list[str], device: str) -> dict[str, object]:
    """Train a recipe to its end."""
    place = Path(recipe)
    settings = located(load_config(place, overrides), place.parent)
    settings = settings.model_copy(update={"data": settings.data.model_copy(update={"test": None})})
    curve = Curve()
    with tempfile.TemporaryDirectory() as folder:
        train_model(settings, load_corpus(settings, lambda _: None), Path(folder) / "model", device, listener=curve)
    return {"curve": curve.points}
