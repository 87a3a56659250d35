"""Whether the confidences of a recipe's models can be believed on test: before and after calibration.

    python -m benchmarks.calibration configs/snips.toml --seeds 3
    python -m benchmarks.calibration configs/bc5cdr.toml --model models/bc5cdr

The aim: over predicted spans the calibration error is at most 3 points above what a perfectly calibrated model would
show, and the Brier score is better than without calibration and than that of a constant. Each run writes
benchmarks/results/calibration/NAME.json after every seed, and goes on with what is there of the same settings; with
--model it looks at that model alone, whose seed it takes.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from benchmarks.accuracy import RESULTS, mean_and_spread, read_corpus, read_settings, seeded, settings_digest
from benchmarks.machine import machine
from taggers import Config, Tagger
from taggers.metrics import Scores
from taggers.runs import train_model
from taggers.text import Sentence

AIM = 0.03  # of the calibration error above that of a perfect model
PRECISIONS = (0.9, 0.95, 0.98)  # that thresholds are asked for, and held against test


@click.command()
@click.argument("config", type=click.Path(exists=True, path_type=Path))
@click.option("--seeds", default=1, show_default=True)
@click.option("--model", type=click.Path(exists=True, path_type=Path), help="Look at this model; train none.")
@click.option("--set", "overrides", multiple=True)
def main(config: Path, seeds: int, model: Path | None, overrides: tuple[str, ...]) -> None:
    """Measure CONFIG and write the result beside this script."""
    settings = read_settings(config, overrides)
    place = RESULTS / "calibration" / f"{config.stem}.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    about = {"config": config.name, "overrides": list(overrides), "machine": machine()}
    about |= {"settings": settings_digest(settings)}
    before: dict[str, Any] = json.loads(place.read_text(encoding="utf-8")) if place.exists() else {}
    runs = before.get("runs", []) if before.get("settings") == about["settings"] else []
    test = read_corpus(settings).test
    for done in [look_at(Tagger.load(model, "cpu"), test)] if model else measured(settings, seeds, len(runs)):
        runs = [run for run in runs if run["seed"] != done["seed"]] + [done]
        place.write_text(json.dumps({"runs": runs, "aim": reached(runs)} | about, indent=1) + "\n", encoding="utf-8")
        click.echo(f"{config.stem}: {json.dumps(summary(runs))}", err=True)


def measured(settings: Config, seeds: int, done: int) -> Iterator[dict[str, Any]]:
    """What a model of each further seed shows."""
    corpus = read_corpus(settings)
    for seed in range(done + 1, seeds + 1):
        with tempfile.TemporaryDirectory() as place:
            train_model(seeded(settings, seed), corpus, Path(place) / "model", device="cpu")
            yield look_at(Tagger.load(Path(place) / "model", "cpu"), corpus.test)


def look_at(tagger: Tagger, test: Sequence[Sentence]) -> dict[str, Any]:
    """A model's confidences on test, and what became there of the precision that thresholds had on dev."""
    folder = tagger.folder
    layer = folder.tasks[0].layer
    calibration = folder.calibration.of(layer)
    scores = tagger.evaluate(test, confidence=True)
    assert isinstance(scores, Scores)
    assert scores.confidence is not None
    thresholds = []
    for target in PRECISIONS:
        kept = None if calibration.thresholds is None else calibration.thresholds.for_precision(target)
        if kept is not None:
            found = tagger.evaluate(test, min_confidence=kept.threshold)
            assert isinstance(found, Scores)
            assert found.lenient is not None
            overall = found.lenient.overall
            thresholds.append(
                {
                    "target": target,
                    "threshold": kept.threshold,
                    "dev": {"precision": kept.precision, "recall": kept.recall},
                    "test": {"precision": overall.precision, "recall": overall.recall},
                }
            )
    return {
        "seed": folder.provenance["seed"],
        "fit": calibration.to_json()["fit"],
        "f1": scores.headline,
        "confidence": scores.confidence.to_json(),
        "thresholds": thresholds,
    }


def reached(runs: Sequence[Mapping[str, Any]]) -> dict[str, bool]:
    """What of the aim holds for every run, over predicted spans."""
    every = [run["confidence"]["predicted spans"] for run in runs]
    calibrated = [own for own in every if own["before"] is not None]
    return {
        "error within 3 % of perfect": all(own["error"] - own["perfect"]["mean"] <= AIM for own in every),
        "Brier better than before": all(own["brier"] < own["before"]["brier"] for own in calibrated),
        "Brier better than a constant": all(own["brier"] < own["brier_constant"] for own in every),
    }


def summary(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The main figures of predicted spans in percent, mean and standard deviation over the seeds."""
    every = [run["confidence"]["predicted spans"] for run in runs]
    before = [own["before"] or own for own in every]
    figures = {
        "error": [own["error"] for own in every],
        "error before": [own["error"] for own in before],
        "error if perfect": [own["perfect"]["mean"] for own in every],
        "Brier": [own["brier"] for own in every],
        "Brier before": [own["brier"] for own in before],
        "Brier of a constant": [own["brier_constant"] for own in every],
    }
    return {name: mean_and_spread(values) for name, values in figures.items()} | reached(runs)


if __name__ == "__main__":
    main()
