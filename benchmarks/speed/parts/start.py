"""One sentence from a cold process: seconds on the clock and peak memory, beside what its libraries alone take."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.speed.operations import PRESETS
from benchmarks.speed.parts.tagging import precisions, tag_command
from benchmarks.speed.place import TAGGER, Case, Cases, Place

SENTENCE = "Ms. Adaeze Obi flew from Lagos to Lima .\n"
FLOORS = {
    "python": "pass",
    "numpy": "import numpy",
    "numpy, onnxruntime": "import numpy, onnxruntime",
    "torch": "import torch",
}


def cases(place: Place) -> Cases:
    """Each model in each number type, the help of the command line, and the libraries."""
    for preset in PRESETS:
        for precision, options in precisions(place).items():
            yield Case(f"{preset}, {precision}", partial(_tag, place, preset, options))
    yield Case("tagger --help", partial(cold, place, [*TAGGER, "--help"]))
    for name, code in FLOORS.items():
        yield Case(name, partial(cold, place, [sys.executable, "-c", code]))


def sentence_file(place: Place) -> Path:
    """A file with the one sentence, its tokens on a line."""
    path = place.folder / "sentence.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SENTENCE, encoding="utf-8")
    return path


def cold(place: Place, command: Sequence[str]) -> dict[str, Any]:
    """Seconds and peak memory of a process, its files in the system's cache: one run before is not counted."""
    runs = [place.cores.run(command) for _ in range(place.repeats + 1)][1:]
    return {
        "seconds": round(statistics.median(run.seconds for run in runs), 4),
        "all": [round(run.seconds, 4) for run in runs],
        "peak_bytes": round(statistics.median(run.peak for run in runs)),
    }


def _tag(place: Place, preset: str, options: tuple[str, ...]) -> dict[str, Any]:
    return cold(place, tag_command(place, place.model(preset), sentence_file(place), options))
