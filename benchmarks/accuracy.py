"""Scores of a shipped config over seeds, beside a linear CRF on the same splits: the figures of docs/results.md.

    python -m benchmarks.accuracy configs/wnut17.toml --seeds 5
    python -m benchmarks.accuracy configs/wikigold.toml --seeds 5 --folds 5

Dev decides while a recipe is being made; this is run once it is made, since it reads test. Each run writes
benchmarks/results/NAME.json (with --folds NAME-folds.json) after every seed; benchmarks/table.py makes the tables of
them.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import torch

from benchmarks.crfsuite_baseline import Baseline
from taggers import Config, Corpus, Tagger, load_config, score_tags
from taggers.data.corpus import folds
from taggers.metrics import Scores, accuracy_interval, f1_interval
from taggers.reading import load_corpus, with_vectors_at
from taggers.runs import FOLDS_SEED, cross_validate, train_model
from taggers.text import Sentence
from taggers.text.schemes import PLAIN

RESULTS = Path(__file__).parent / "results"


@click.command()
@click.argument("config", type=click.Path(exists=True, path_type=Path))
@click.option("--seeds", default=5, show_default=True)
@click.option("--folds", "number", type=int, help="Cross-validate train by document instead of reading test.")
@click.option("--set", "overrides", multiple=True)
def main(config: Path, seeds: int, number: int | None, overrides: tuple[str, ...]) -> None:
    """Measure CONFIG and write the result beside this script."""
    settings = read_settings(config, overrides)
    corpus = read_corpus(settings)
    RESULTS.mkdir(exist_ok=True)
    name = config.stem if number is None else f"{config.stem}-folds"
    about = {"config": config.name, "overrides": list(overrides), "machine": machine()}
    for result in _splits(settings, corpus, seeds) if number is None else _folds(settings, corpus, seeds, number):
        (RESULTS / f"{name}.json").write_text(json.dumps(result | about, indent=1) + "\n", encoding="utf-8")
        click.echo(json.dumps(result["summary"], indent=1), err=True)


def read_settings(config: Path, overrides: Sequence[str]) -> Config:
    """The settings of a config, its paths as they are to be opened from anywhere."""
    settings = load_config(config, overrides)
    paths = {
        split: str(config.parent / os.path.expandvars(path))
        for split in ("train", "dev", "test")
        if (path := getattr(settings.data, split)) is not None
    }
    settings = with_vectors_at(settings, lambda path: str(config.parent / os.path.expandvars(path)))
    return settings.model_copy(update={"data": settings.data.model_copy(update=paths)})


def read_corpus(settings: Config) -> Corpus:
    """The corpus of some settings; what was found in it is said."""
    return load_corpus(settings, lambda message: click.echo(message, err=True))


def _splits(settings: Config, corpus: Corpus, seeds: int) -> Iterator[dict[str, Any]]:
    """Train on train, choose on dev, read test: ours for every seed, the linear CRF once (it is deterministic)."""
    layer = settings.task.layer
    linear = _linear(corpus, layer)
    runs = []
    for seed in range(1, seeds + 1):
        with tempfile.TemporaryDirectory() as place:
            started, worked = time.perf_counter(), time.process_time()
            folder = train_model(seeded(settings, seed), corpus, Path(place) / "model", device="cpu")
            seconds, busy = time.perf_counter() - started, time.process_time() - worked
            size = sum(file.stat().st_size for file in folder.path.iterdir())
            tagger = Tagger.load(folder.path, device="cpu")
            predicted = [p.tags for p in tagger.stream(corpus.test)]
        runs.append(
            {
                "seed": seed,
                "seconds": round(seconds, 1),
                "processor_seconds": round(busy, 1),
                "bytes": size,
                "dev": folder.scores["dev"],
                "test": folder.scores["test"],
                "interval": _interval(corpus.test, predicted, layer, corpus),
            }
        )
        yield {"runs": runs, "linear": linear, "summary": _summary(runs, linear)}


def _linear(corpus: Corpus, layer: str) -> dict[str, Any]:
    """Scores of the linear CRF on dev and test."""
    started = time.perf_counter()
    baseline = Baseline(corpus.train, layer)
    seconds = time.perf_counter() - started
    linear: dict[str, Any] = {"seconds": round(seconds, 1)}
    for split, sentences in (("dev", corpus.dev), ("test", corpus.test)):
        tags = baseline.tag(sentences)
        linear[split] = _score(sentences, tags, layer, corpus).to_json()
        linear[f"{split}_interval"] = _interval(sentences, tags, layer, corpus)
    return linear


def _folds(settings: Config, corpus: Corpus, seeds: int, number: int) -> Iterator[dict[str, Any]]:
    """Cross-validation over the documents of train, the same parts for both models."""
    layer = settings.task.layer
    parts = list(folds(corpus.train, number, FOLDS_SEED))
    linear = [_score(p.held, Baseline(p.kept, layer).tag(p.held), layer, corpus).headline for p in parts]
    ours = []
    for seed in range(1, seeds + 1):
        with tempfile.TemporaryDirectory() as place:
            scores = [s.headline for s in cross_validate(seeded(settings, seed), corpus, number, Path(place), "cpu")]
        ours.append(scores)
        means = [statistics.mean(scores) for scores in ours]
        summary = {
            "ours": statistics.mean(means),
            "spread over seeds": statistics.stdev(means) if len(means) > 1 else None,
            "linear": statistics.mean(linear),
        }
        yield {"folds": number, "ours": ours, "linear": linear, "summary": summary}


def seeded(settings: Config, seed: int) -> Config:
    """The settings with another seed."""
    return settings.model_copy(update={"training": settings.training.model_copy(update={"seed": seed})})


def _score(sentences: Sequence[Sentence], tags: Sequence[Sequence[str]], layer: str, corpus: Corpus) -> Scores:
    return score_tags([s.layers[layer] for s in sentences], tags, corpus.scheme)


def _interval(
    sentences: Sequence[Sentence], tags: Sequence[Sequence[str]], layer: str, corpus: Corpus
) -> tuple[float, float]:
    measure = accuracy_interval if corpus.scheme is PLAIN else f1_interval
    low, high = measure([s.layers[layer] for s in sentences], tags)
    return low, high


def headline(values: Mapping[str, Any]) -> float:
    """The score that stands for all: lenient F1, or accuracy where tags are plain."""
    score: float = values["accuracy"] if values["lenient"] is None else values["lenient"]["overall"]["f1"]
    return score


def _summary(runs: Sequence[dict[str, Any]], linear: dict[str, Any]) -> dict[str, Any]:
    summary: dict[str, Any] = {}
    for split in ("dev", "test"):
        scores = [headline(run[split]) for run in runs]
        summary[split] = {
            "mean": statistics.mean(scores),
            "spread": statistics.stdev(scores) if len(scores) > 1 else None,
            "linear": headline(linear[split]),
        }
    summary["seconds"] = statistics.mean(run["seconds"] for run in runs)
    summary["megabytes"] = statistics.mean(run["bytes"] for run in runs) / 1e6
    return summary


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        cores = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = f"{cores[0].split(':', 1)[1].strip()}, {len(cores)} cores" if cores else model
    versions = {"torch": torch.__version__, "python": platform.python_version()}
    return {"cpu": model, "threads": torch.get_num_threads(), **versions}


if __name__ == "__main__":
    main()
