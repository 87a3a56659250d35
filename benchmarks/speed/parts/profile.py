"""The time of a training step by part, for the standard model in batches of 32 sentences."""

from __future__ import annotations

from functools import partial

from benchmarks.speed.parts.training import PRECISIONS
from benchmarks.speed.place import PRESETS, SYNTHETIC, Case, Cases, Place

_STEPS = 300


def cases(place: Place) -> Cases:
    """Each number type."""
    for precision in PRECISIONS:
        overrides = [
            f"training.precision={precision}",
            f"training.threads={place.threads}",
            f"data.train={place.corpus(SYNTHETIC) / 'train.conll'}",
        ]
        measure = partial(
            place.cores.inside, "profile", recipe=str(PRESETS / "standard.toml"), overrides=overrides,
            device=place.device, sentences=32, steps=_STEPS,
        )  # fmt: skip
        yield Case(f"standard, 32 sentences, {precision}", measure)
