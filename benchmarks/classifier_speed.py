"""An epoch of ours beside that of a classifier as tutorials write it, of the same sizes, on one core.

    TAGGERS_DATA=... python -m benchmarks.classifier_speed

15,000 texts of pros_cons; each is a process of its own, they take turns, and medians are reported. The other is timed
twice: padded to the longest text of the corpus, as `pad_sequences` does, and to that of the batch. Writes
benchmarks/results/classifier_speed.json.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import click

from benchmarks.plain_classifier import BATCH, EMBEDDING, LEARNING_RATE, STATES, Result, run
from benchmarks.speed.process import Cores

TEXTS, EPOCHS = 15_000, 5
RECIPE = Path(__file__).parents[1] / "configs" / "pros_cons.toml"
PLACE = Path(__file__).parent / "results" / "classifier_speed.json"
KINDS = ("ours", "to the longest of the corpus", "to the longest of the batch")
# The same network as the other's: words alone, one direction, its last state.
SAME = [
    f"model.words.size={EMBEDDING}", "model.characters.kind=none", "model.casing.size=0",
    f"model.encoder.hidden_size={STATES}", "model.encoder.directions=forward", "model.head.kind=pooling",
    "model.head.pooling=last",
    "model.encoder.input_dropout=0.0", "model.encoder.output_dropout=0.0", "model.encoder.recurrent_dropout=0.0",
    f"training.epochs={EPOCHS}", f"training.patience={EPOCHS}", f"training.optimiser.learning_rate={LEARNING_RATE}",
    "training.schedule.kind=constant", "training.average=0.0", "training.threads=1", "data.dev=none",
]  # fmt: skip


@click.command()
@click.option("--rounds", default=3, show_default=True)
@click.option("--inside", type=click.Choice(KINDS), hidden=True)
def main(rounds: int, inside: str | None) -> None:
    """Measure, and write the result beside this script."""
    if inside is not None:
        click.echo(json.dumps(measured(inside)._asdict()))
        return
    from benchmarks.machine import machine

    cores = Cores.last(1)
    runs: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    for number in range(rounds):
        for kind in KINDS:
            out = cores.run([sys.executable, "-m", "benchmarks.classifier_speed", "--inside", kind]).out
            runs[kind].append(json.loads(out.splitlines()[-1]))
            click.echo(f"round {number + 1}, {kind}: {runs[kind][-1]}", err=True)
        kinds = {kind: _medians(found) for kind, found in runs.items()}
        result = {"texts": TEXTS, "rounds": number + 1, "machine": machine(), "kinds": kinds}
        PLACE.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def _medians(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Of the rounds; the first epoch, in which memory is taken and kernels are made, is left out."""
    epochs = [statistics.median(run["epochs"][1:]) for run in runs]
    return {
        "seconds_per_epoch": round(statistics.median(epochs), 3),
        "of_rounds": [round(seconds, 3) for seconds in epochs],
        "texts_per_second": round(statistics.median(run["texts_per_second"] for run in runs)),
        "dev_accuracy": statistics.median(run["accuracy"] for run in runs),
    }


def measured(kind: str) -> Result:
    """In this process: train on the first texts of the corpus, answer dev."""
    from benchmarks.accuracy import read_corpus, read_settings

    corpus = read_corpus(read_settings(RECIPE, []))
    train, dev = list(corpus.train)[:TEXTS], list(corpus.dev)
    if kind != "ours":
        texts, others = ([(s.tokens, str(s.label)) for s in split] for split in (train, dev))
        return run(texts, others, EPOCHS, kind.endswith("corpus"))
    from taggers import Tagger
    from taggers.data.corpus import Corpus
    from taggers.runs import Silent, train_model
    from taggers.training import Epoch

    class Clock(Silent):
        def on_epoch(self, epoch: Epoch) -> None:
            seconds.append(sum(map(len, train)) / epoch.tokens_per_second)

    seconds: list[float] = []
    mean = sum(map(len, train)) / len(train)
    settings = read_settings(RECIPE, [*SAME, f"training.batch_tokens={round(BATCH * mean)}"])
    own = Corpus.of(train, layer=(), label=True)
    with tempfile.TemporaryDirectory() as folder:
        model = train_model(settings, own, Path(folder) / "model", "cpu", listener=Clock())
        tagger = Tagger.load(model.path, device="cpu")
        started = time.perf_counter()
        labels = [prediction.label for prediction in tagger.stream(dev)]
        passed = time.perf_counter() - started
    right = sum(label == sentence.label for label, sentence in zip(labels, dev, strict=True))
    return Result(seconds, right / len(dev), len(dev) / passed)


if __name__ == "__main__":
    main()
