"""The CRF, ours under the constraints of IOBES against pytorch-crf's without any: loss with gradient, and decoding."""

from __future__ import annotations

from functools import partial

from benchmarks.speed.place import Case, Cases, Place

TAGS, STEPS, SENTENCES = (9, 17, 50, 157), (15, 50, 120), (1, 10, 32, 128)  # K, T, B


def cases(place: Place) -> Cases:
    """Every number of tags with every length and every number of sentences."""
    for tags in TAGS:
        for steps in STEPS:
            for sentences in SENTENCES:
                measure = partial(
                    place.cores.inside, "crf", tags=tags, steps=steps, sentences=sentences,
                    device=place.device, repeats=place.repeats,
                )  # fmt: skip
                yield Case(f"K={tags} T={steps} B={sentences}", measure)
