"""Dev F1 against training seconds: the shipped recipes as they are, in each number type."""

from __future__ import annotations

from functools import partial

from benchmarks.speed.parts.training import PRECISIONS, RECIPES
from benchmarks.speed.place import Case, Cases, Place, config


def cases(place: Place) -> Cases:
    """Each recipe of which the corpus is at hand, one seed."""
    for recipe in RECIPES:
        if recipe == "english" or recipe in place.corpora:
            for precision in PRECISIONS:
                overrides = [f"training.precision={precision}", f"training.threads={place.threads}"]
                arguments = {"recipe": str(config(recipe)), "overrides": overrides, "device": place.device}
                yield Case(f"{recipe}, {precision}", partial(place.cores.inside, "curve", **arguments))
