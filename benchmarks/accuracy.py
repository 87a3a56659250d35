"""Scores of a shipped config over seeds, beside a linear CRF on the same splits: the figures of docs/results.md.

    python -m benchmarks.accuracy configs/wnut17.toml --seeds 5
    python -m benchmarks.accuracy configs/wikigold.toml --seeds 5 --folds 5

Dev decides while a recipe is being made; this is run once it is made, since it reads test. Each run writes
benchmarks/results/NAME.json (with --folds NAME-folds.json) after every seed, and goes on with what is there of the same
settings; benchmarks/table.py makes the tables of them.
"""

from __future__ import annotations

import hashlib
import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from benchmarks.crfsuite_baseline import Baseline
from benchmarks.machine import machine
from taggers import Config, Corpus, Tagger, load_config, score_tags
from taggers.data.corpus import folds
from taggers.metrics import Scores, documents_of
from taggers.metrics.intervals import intervals
from taggers.reading import feature_columns, load_corpus, located, with_vectors_at
from taggers.runs import FOLDS_SEED, cross_validate, train_model
from taggers.text import Sentence

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
    place = RESULTS / f"{config.stem}{'' if number is None else '-folds'}.json"
    digest = settings_digest(settings)
    about = {"config": config.name, "overrides": list(overrides), "machine": machine(), "settings": digest}
    before = _read(place, digest)
    results = (
        _splits(settings, corpus, seeds, before) if number is None else _folds(settings, corpus, seeds, number, before)
    )
    for result in results:
        place.write_text(json.dumps(result | about, indent=1) + "\n", encoding="utf-8")
        click.echo(f"{config.stem}: {json.dumps(summary(result))}", err=True)


def settings_digest(settings: Config) -> str:
    """What must be the same for seeds to stand in one row: all settings but the seed and the paths."""
    said = with_vectors_at(seeded(settings, 0), lambda _, path: Path(path).name).model_dump_json(exclude={"data"})
    without_dev = " without dev" if settings.data.dev == "none" else ""
    return hashlib.sha256((said + without_dev).encode()).hexdigest()


def _read(place: Path, digest: str) -> dict[str, Any]:
    """What was measured before with the same settings."""
    result: dict[str, Any] = json.loads(place.read_text(encoding="utf-8")) if place.exists() else {}
    return result if result.get("settings") == digest else {}


def read_settings(config: Path, overrides: Sequence[str]) -> Config:
    """The settings of a config, its paths as they are to be opened from anywhere."""
    return located(load_config(config, overrides), config.parent)


def read_corpus(settings: Config) -> Corpus:
    """The corpus of some settings; what was found in it is said."""
    return load_corpus(settings, lambda message: click.echo(message, err=True))


def _splits(settings: Config, corpus: Corpus, seeds: int, before: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Train on train, choose on dev, read test: ours for every seed, the linear CRF once (it is deterministic)."""
    layers = list(corpus.schemes)
    columns = feature_columns(settings.model)
    linear = before.get("linear") or {layer: _linear(corpus, layer, columns) for layer in layers}
    runs = list(before.get("runs", []))
    if runs:
        yield {"layers": layers, "runs": runs, "linear": linear}
    for seed in range(len(runs) + 1, seeds + 1):
        with tempfile.TemporaryDirectory() as place:
            started, worked = time.perf_counter(), time.process_time()
            folder = train_model(seeded(settings, seed), corpus, Path(place) / "model", device="cpu")
            seconds, busy = time.perf_counter() - started, time.process_time() - worked
            size = sum(file.stat().st_size for file in folder.path.rglob("*"))
            tagger = Tagger.load(folder.path, device="cpu")
            predicted = [p.layers for p in tagger.stream(corpus.test)]
        runs.append(
            {
                "seed": seed,
                "seconds": round(seconds, 1),
                "processor_seconds": round(busy, 1),
                "bytes": size,
                "dev": by_layer(folder.scores["dev"], layers),
                "test": by_layer(folder.scores["test"], layers),
                "interval": {
                    layer: _interval(corpus.test, [tags[layer] for tags in predicted], layer, corpus)
                    for layer in layers
                },
            }
        )
        yield {"layers": layers, "runs": runs, "linear": linear}


def by_layer(scores: Mapping[str, Any], layers: Sequence[str]) -> dict[str, Any]:
    """The scores of each layer, those of single plain tags left out."""
    first, *others = layers
    every = {first: scores, **{layer: scores["further"][layer] for layer in others}}
    return {layer: {k: v for k, v in found.items() if k not in ("further", "by_tag")} for layer, found in every.items()}


def _linear(corpus: Corpus, layer: str, columns: Sequence[str]) -> dict[str, Any]:
    """Scores of the linear CRF on dev and test."""
    started = time.process_time()
    baseline = Baseline(corpus.train, layer, columns)
    linear: dict[str, Any] = {
        "processor_seconds": round(time.process_time() - started, 1),
        "bytes": baseline.size,
    }
    for split, sentences in (("dev", corpus.dev), ("test", corpus.test)):
        tags = baseline.tag(sentences)
        linear[split] = by_layer(_score(sentences, tags, layer, corpus).to_json(), [layer])[layer]
        linear[f"{split}_interval"] = _interval(sentences, tags, layer, corpus)
    return linear


def _folds(
    settings: Config, corpus: Corpus, seeds: int, number: int, before: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Cross-validation over the documents of train, the same parts for both models."""
    layer, *_ = settings.task.layers
    columns = feature_columns(settings.model)
    parts = list(folds(corpus.train, number, FOLDS_SEED))
    linear = before.get("linear") or [
        _score(p.held, Baseline(p.kept, layer, columns).tag(p.held), layer, corpus).headline for p in parts
    ]
    ours = list(before.get("ours", []))
    for seed in range(len(ours) + 1, seeds + 1):
        with tempfile.TemporaryDirectory() as place:
            scores = [s.headline for s in cross_validate(seeded(settings, seed), corpus, number, Path(place), "cpu")]
        ours.append(scores)
        yield {"folds": number, "ours": ours, "linear": linear}


def seeded(settings: Config, seed: int) -> Config:
    """The settings with another seed."""
    return settings.model_copy(update={"training": settings.training.model_copy(update={"seed": seed})})


def _score(sentences: Sequence[Sentence], tags: Sequence[Sequence[str]], layer: str, corpus: Corpus) -> Scores:
    gold = [s.layers[layer] for s in sentences]
    return score_tags(gold, tags, corpus.schemes[layer], documents=documents_of(sentences))


def _interval(
    sentences: Sequence[Sentence], tags: Sequence[Sequence[str]], layer: str, corpus: Corpus
) -> tuple[float, float]:
    scores = _score(sentences, tags, layer, corpus)
    place = ("accuracy",) if scores.lenient is None else ("lenient", "overall", "f1")
    low, high = intervals(scores.counts, {place: scores.figures()[place]})[place]
    return low, high


def headline(values: Mapping[str, Any]) -> float:
    """The score that stands for all: lenient F1, or accuracy where tags are plain."""
    score: float = values["accuracy"] if values["lenient"] is None else values["lenient"]["overall"]["f1"]
    return score


def summary(result: Mapping[str, Any]) -> dict[str, Any]:
    """What was measured so far, in percent: ours (mean and standard deviation over the seeds) and the linear CRF's."""
    if "folds" in result:
        means = [statistics.mean(scores) for scores in result["ours"]]
        return {"ours": mean_and_spread(means), "linear": round(100 * statistics.mean(result["linear"]), 2)}
    return {
        f"{layer}, {split}": {
            "ours": mean_and_spread([headline(run[split][layer]) for run in result["runs"]]),
            "linear": round(100 * headline(result["linear"][layer][split]), 2),
        }
        for layer in result["layers"]
        for split in ("dev", "test")
    }


def mean_and_spread(scores: Sequence[float]) -> str:
    """Mean and standard deviation in percent.

    >>> mean_and_spread([0.5, 0.52])
    '51.00 ± 1.41'
    """
    spread = f" ± {100 * statistics.stdev(scores):.2f}" if len(scores) > 1 else ""
    return f"{100 * statistics.mean(scores):.2f}{spread}"


if __name__ == "__main__":
    main()
