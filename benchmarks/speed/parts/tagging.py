"""Tagging speed: the command line from file to file, and the model on sentences that are read already."""

from __future__ import annotations

import statistics
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.speed.operations import PRESETS
from benchmarks.speed.place import TAGGER, Case, Cases, Place, tokens_in


def cases(place: Place) -> Cases:
    """Each model on each text in each number type that this version has: whole processes, then the model alone."""
    workers = ("--workers", str(place.threads)) if place.threads > 1 and place.device == "cpu" else ()
    for preset in PRESETS:
        for corpus in place.corpora:
            for precision, options in precisions(place).items():
                name = f"{preset}, {corpus}, {precision}"
                yield Case(f"command, {name}", partial(_command, place, preset, corpus, (*options, *workers)))
            yield Case(f"model, {preset}, {corpus}, float32", partial(_model, place, preset, corpus))


def precisions(place: Place) -> dict[str, tuple[str, ...]]:
    """The options of `tagger tag` for each number type that the device has."""
    return {"float32": (), "int8": ("--numbers", "int8")} if place.device == "cpu" else {"float32": ()}


def tag_command(place: Place, model: Path, text: Path, options: tuple[str, ...] = ()) -> list[str]:
    """The command that tags a file of tokens and writes columns to standard output."""
    said = ["--model", str(model), "--device", place.device, "--input", "tokens", "--output", "columns"]
    return [*TAGGER, "tag", *said, *options, str(text)]


def _command(place: Place, preset: str, corpus: str, options: tuple[str, ...]) -> dict[str, Any]:
    """Tokens a second from the start of the process to its end, after one run that is not counted."""
    model, text = place.model(preset), place.corpus(corpus) / "tokens.txt"
    command, out = tag_command(place, model, text, options), place.folder / "tagged"
    tokens = tokens_in(text)
    runs = [place.cores.run(command, stdout=out) for _ in range(place.repeats + 1)][1:]
    return {
        "tokens": tokens,
        "tokens_per_second": round(tokens / statistics.median(run.seconds for run in runs)),
        "all": [round(tokens / run.seconds) for run in runs],
        "peak_bytes": round(statistics.median(run.peak for run in runs)),
        "model_bytes": sum(file.stat().st_size for file in model.iterdir()),
    }


def _model(place: Place, preset: str, corpus: str) -> dict[str, Any]:
    return place.cores.inside(
        "tagging",
        model=str(place.model(preset)),
        text=str(place.corpus(corpus) / "tokens.txt"),
        device=place.device,
        repeats=place.repeats,
    )
