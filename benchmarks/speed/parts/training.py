"""Training speed: the standard model by batch size and number type, and the shipped recipes on their own corpora."""

from __future__ import annotations

from functools import partial

from benchmarks.speed.place import PRESETS, SYNTHETIC, Case, Cases, Place, config

BATCHES = (32, 10, 64, 128)  # sentences, on average
PRECISIONS = ("float32", "bfloat16")
RECIPES = ("english", "wnut17", "wikigold")


def cases(place: Place) -> Cases:
    """Every batch size in every number type, then the recipes."""
    said = {"device": place.device, "repeats": place.repeats}
    for sentences in BATCHES:
        for precision in PRECISIONS:
            overrides = [
                f"training.precision={precision}",
                f"training.threads={place.threads}",
                f"data.train={place.corpus(SYNTHETIC) / 'train.conll'}",
            ]
            arguments = {"recipe": str(PRESETS / "standard.toml"), "overrides": overrides, "sentences": sentences}
            name = f"standard, {sentences} sentences, {precision}"
            yield Case(name, partial(place.cores.inside, "training", **arguments, **said))
    for recipe in RECIPES:
        if recipe == "english" or recipe in place.corpora:
            arguments = {"recipe": str(config(recipe)), "overrides": [f"training.threads={place.threads}"]}
            yield Case(f"recipe {recipe}", partial(place.cores.inside, "training", **arguments, **said))
