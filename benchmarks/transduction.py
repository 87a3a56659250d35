"""Scores of a recipe for lemmas or sounds over seeds, beside a dictionary: the figures of docs/transduction.md.

    python -m benchmarks.transduction configs/armenian_lemmas.toml --tagger configs/armenian.toml
    python -m benchmarks.transduction configs/g2p.toml

Dev decides while a recipe is being made; this is run once it is made, since it reads test. Each run writes
benchmarks/results/transduction/NAME.json after every seed, and goes on with what is there of the same settings. With
--tagger a tagger is trained by that recipe, once, and lemmas are scored with the tags that it gives, too.
"""

from __future__ import annotations

import json
import shlex
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from benchmarks.accuracy import RESULTS, mean_and_spread, read_corpus, read_settings, seeded
from benchmarks.machine import machine
from taggers import Config, Corpus, Tagger
from taggers.metrics.strings import StringScores
from taggers.runs import train_model
from taggers.tasks.transduction import Key, Transduction
from taggers.text import Prediction, Sentence
from taggers.text.types import LABEL

Splits = Mapping[str, Sequence[Sentence]]


@click.command()
@click.argument("config", type=click.Path(exists=True, path_type=Path))
@click.option("--tagger", type=click.Path(exists=True, path_type=Path), help="A recipe for the tags read beside.")
@click.option("--seeds", default=3, show_default=True)
@click.option("--set", "overrides", multiple=True)
def main(config: Path, tagger: Path | None, seeds: int, overrides: tuple[str, ...]) -> None:
    """Measure CONFIG and write the result beside this script."""
    settings = read_settings(config, overrides)
    corpus = read_corpus(settings)
    place = RESULTS / "transduction" / f"{config.stem}.json"
    result: dict[str, Any] = {
        "command": shlex.join(["python", "-m", "benchmarks.transduction", *sys.argv[1:]]),
        "machine": machine(),
        "settings": seeded(settings, 0).model_dump(mode="json", exclude={"data"}),
        "tagger": None if tagger is None else tagger.name,
    }
    before = json.loads(place.read_text(encoding="utf-8")) if place.exists() else {}
    same = all(before.get(key) == result[key] for key in ("settings", "tagger"))
    splits = {"dev": corpus.dev, "test": corpus.test}
    task = build_task(settings, corpus)
    result["dictionary"] = {name: dictionary_scores(task, corpus, split).to_json() for name, split in splits.items()}
    tagged = None if tagger is None else with_predicted(splits, tagger, settings)
    if tagged is not None:
        told = {name: dictionary_scores(task, corpus, split).to_json() for name, split in tagged.items()}
        result["dictionary, predicted tags"] = told
    result["runs"] = before["runs"] if same else []
    for seed in range(len(result["runs"]) + 1, seeds + 1):
        result["runs"].append(run(seeded(settings, seed), corpus, splits, tagged) | {"seed": seed})
        place.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        click.echo(f"{config.stem}: {json.dumps(summary(result), indent=1)}", err=True)


def build_task(settings: Config, corpus: Corpus) -> Transduction:
    """The task as training builds it."""
    t = settings.task
    assert t.kind == "transduction"
    return Transduction.build(corpus.train, t.layer, t.beside, t.around, t.without)


def run(settings: Config, corpus: Corpus, splits: Splits, tagged: Splits | None) -> dict[str, Any]:
    """One training and its scores."""
    with tempfile.TemporaryDirectory() as place:
        started, worked = time.perf_counter(), time.process_time()
        folder = train_model(settings, corpus, Path(place) / "model", device="cpu")
        seconds, busy = time.perf_counter() - started, time.process_time() - worked
        model = Tagger.load(folder.path, device="cpu")
        size = sum(file.stat().st_size for file in folder.path.iterdir())
        found: dict[str, Any] = {"seconds": round(seconds, 1), "processor_seconds": round(busy, 1), "bytes": size}
        found |= {name: model.evaluate(split).to_json() for name, split in splits.items()}
        for name, split in (tagged or {}).items():
            found[f"{name}, predicted tags"] = model.evaluate(split).to_json()
        started, tokens = time.perf_counter(), sum(map(len, splits["test"]))
        list(model.stream(splits["test"]))
        return found | {"test_tokens_per_second": round(tokens / (time.perf_counter() - started))}


def with_predicted(splits: Splits, recipe: Path, lemmas: Config) -> dict[str, list[Sentence]]:
    """The splits with the tags that a tagger of our own gives, trained by a recipe."""
    settings = read_settings(recipe, ())
    corpus = read_corpus(settings)
    assert lemmas.task.kind == "transduction"
    with tempfile.TemporaryDirectory() as place:
        tagger = Tagger.load(train_model(settings, corpus, Path(place) / "model", device="cpu").path, device="cpu")
        return {
            name: [p.sentence.with_layers({**p.sentence.layers, **p.layers}) for p in tagger.stream(split)]
            for name, split in splits.items()
        }


def dictionary_scores(task: Transduction, corpus: Corpus, sentences: Sequence[Sentence]) -> StringScores:
    """Scores of the most frequent answer of training to the same example, else to the same word.

    An unknown word is its own lemma, as it stands or in small letters, whichever is right more often in training.
    """
    answer = _dictionary(task, corpus.train)
    if task.layer == LABEL:
        return task.score(sentences, [Prediction(s, LABEL, label=answer(s.tokens)) for s in sentences], [])
    answers = [Prediction(s, task.layer, tuple(map(answer, task.keys([s])))) for s in sentences]
    return task.score(sentences, answers, [])


def _dictionary(task: Transduction, train: Sequence[Sentence]) -> Callable[[Key], str]:
    between = " " if task.layer == LABEL else ""
    whole: dict[Key, Counter[str]] = defaultdict(Counter)
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    lower: Counter[bool] = Counter()
    for (key, target), number in task.pairs(train).items():
        value = between.join(target)
        form = between.join(key) if task.layer == LABEL else key[0]
        whole[key][value] += number
        forms[form][value] += number
        if form != form.lower():
            lower[value == form.lower()] += number
            lower[False] += number * (value not in (form, form.lower()))

    def answer(key: Key) -> str:
        form = between.join(key) if task.layer == LABEL else key[0]
        for known in (whole.get(key), forms.get(form)):
            if known:
                return known.most_common(1)[0][0]
        return form.lower() if lower[True] > lower[False] else form

    return answer


def summary(result: Mapping[str, Any]) -> dict[str, Any]:
    """What was measured so far, in percent: mean and standard deviation over the seeds, and the dictionary's."""
    runs = result["runs"]
    splits = [name for name in runs[0] if isinstance(runs[0][name], dict)]
    told: dict[str, Any] = {}
    for split in splits:
        for figure in ("accuracy", "unknown_accuracy", "error_rate"):
            if runs[0][split][figure] is not None:
                told[f"{split}: {figure}"] = mean_and_spread([one[split][figure] for one in runs])
    for name in ("dictionary", "dictionary, predicted tags"):
        for split, scores in result.get(name, {}).items():
            told[f"{name}, {split}"] = {k: v for k, v in scores.items() if k in ("accuracy", "unknown_accuracy")}
    return told | {"minutes": round(statistics.mean(one["seconds"] for one in runs) / 60, 1)}


if __name__ == "__main__":
    main()
