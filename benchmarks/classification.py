"""Scores of a classifier's recipe over seeds, beside TF-IDF with logistic regression on the same splits.

    python -m benchmarks.classification configs/banking77.toml --seeds 3
    python -m benchmarks.classification configs/snips_joint.toml --seeds 3

Of a recipe that learns tags too the labels are compared. Where one reads pretrained vectors, so does the linear model:
their mean stands beside its counts of words. Dev decides while a recipe is being made; this is run once it is made,
since it reads test. Each run writes benchmarks/results/classification/NAME.json after every seed, and goes on with what
is there of the same settings; benchmarks/table.py makes the table of them.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from benchmarks.accuracy import RESULTS, mean_and_spread, read_corpus, read_settings, seeded, settings_digest
from benchmarks.machine import machine
from benchmarks.tfidf_baseline import Baseline, Texts
from taggers import Config, read
from taggers.metrics import score_labels
from taggers.reading import format_of, load_vectors
from taggers.runs import train_model
from taggers.text.types import LABEL

SPLITS = ("train", "dev", "test")


@click.command()
@click.argument("config", type=click.Path(exists=True, path_type=Path))
@click.option("--seeds", default=3, show_default=True)
@click.option("--set", "overrides", multiple=True)
def main(config: Path, seeds: int, overrides: tuple[str, ...]) -> None:
    """Measure CONFIG and write the result beside this script."""
    settings = read_settings(config, overrides)
    place = RESULTS / "classification" / f"{config.stem}.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    digest = settings_digest(settings)
    before: dict[str, Any] = json.loads(place.read_text(encoding="utf-8")) if place.exists() else {}
    about = {"config": config.name, "overrides": list(overrides), "machine": machine(), "settings": digest}
    for result in measured(settings, seeds, before if before.get("settings") == digest else {}):
        place.write_text(json.dumps(result | about, indent=1) + "\n", encoding="utf-8")
        click.echo(f"{config.stem}: {json.dumps(summary(result))}", err=True)


def measured(settings: Config, seeds: int, before: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The linear model once, ours for every seed."""
    linear = before.get("linear") or linear_scores(settings)
    runs = list(before.get("runs", []))
    yield {"linear": linear, "runs": runs}
    corpus = read_corpus(settings)
    for seed in range(len(runs) + 1, seeds + 1):
        with tempfile.TemporaryDirectory() as place:
            started = time.process_time()
            folder = train_model(seeded(settings, seed), corpus, Path(place) / "model", device="cpu")
            seconds = time.process_time() - started
            size = sum(file.stat().st_size for file in folder.path.iterdir())
            scores = {split: folder.scores[split] for split in ("dev", "test")}
        kept = {split: _kept(found) for split, found in scores.items()}
        runs.append({"seed": seed, "processor_seconds": round(seconds, 1), "bytes": size, **kept})
        yield {"linear": linear, "runs": runs}


def _kept(scores: Mapping[str, Any]) -> dict[str, float]:
    """The main scores of labels, and F1 of the spans that are learnt beside them."""
    labels = scores.get("further", {}).get(LABEL, scores)
    kept = {name: labels[name] for name in ("accuracy", "macro_f1")}
    return kept if labels is scores else {**kept, "lenient_f1": scores["lenient"]["overall"]["f1"]}


def linear_scores(settings: Config) -> dict[str, Any]:
    """What is best on dev, and its scores on dev and test; with vectors and without where the recipe reads some."""
    splits = {name: texts_of(settings, name) for name in SPLITS}
    found: dict[str, Any] = {}
    stores: dict[str, Any] = {"counts": None, **load_vectors(settings.model, lambda _: None)}
    for name, store in stores.items():
        started = time.process_time()
        baseline = Baseline(splits["train"], splits["dev"], store)
        seconds = time.process_time() - started  # of all that was tried
        own: dict[str, Any] = {"chosen": baseline.chosen, "processor_seconds": round(seconds, 1)}
        for split in ("dev", "test"):
            scores = score_labels(splits[split].labels, baseline.labels(splits[split].texts))
            own[split] = {"accuracy": scores.accuracy, "macro_f1": scores.macro_f1}
        found["counts" if store is None else f"counts and {name} vectors"] = own
    return found


def texts_of(settings: Config, split: str) -> Texts:
    """The texts of a split as they stand, with their labels."""
    sentences = [s for s in read(getattr(settings.data, split), format_of(settings)) if s.tokens]
    return Texts([s.text or " ".join(s.tokens) for s in sentences], [s.label or "" for s in sentences])


def summary(result: Mapping[str, Any]) -> dict[str, Any]:
    """Accuracies so far, in percent: ours as mean and standard deviation over the seeds."""
    return {
        split: {
            "ours": mean_and_spread([run[split]["accuracy"] for run in result["runs"]]) if result["runs"] else None,
            **{name: round(100 * found[split]["accuracy"], 2) for name, found in result["linear"].items()},
        }
        for split in ("dev", "test")
    }


if __name__ == "__main__":
    main()
