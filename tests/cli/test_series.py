"""Series of numbers from the shell: a classifier of sensor data."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from taggers import Tagger

if TYPE_CHECKING:
    from tests.cli.conftest import Command


def write(path: Path, samples: int, seed: int) -> None:
    """Waves of two frequencies beside a second column of noise, on a scale of hundreds."""
    rng = np.random.default_rng(seed)
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["sample", "label", "wave", "noise"])
        for sample in range(samples):
            label, steps = ("slow", "fast")[sample % 2], int(rng.integers(20, 30))
            times = np.arange(steps) * (0.3 if label == "slow" else 1.2) + rng.uniform(0, 6)
            rows = zip(300 + 100 * np.sin(times), rng.normal(size=steps), strict=True)
            table.writerows([sample, label, round(wave, 3), round(noise, 3)] for wave, noise in rows)


def test_series_are_learnt_scored_and_answered(tagger: Command, tmp_path: Path) -> None:
    write(tmp_path / "train.csv", 60, seed=1)
    write(tmp_path / "test.csv", 20, seed=2)
    values = (
        "task.kind=classification", "data.format=series", "model.numbers.size=8", "model.encoder.hidden_size=12",
        "training.epochs=12", "training.batch_tokens=256", "training.optimiser.learning_rate=0.02",
        "model.encoder.input_dropout=0", "model.encoder.output_dropout=0", "model.encoder.recurrent_dropout=0",
    )  # fmt: skip
    said = [argument for value in values for argument in ("--set", value)]
    model = tmp_path / "model"
    outcome = tagger(
        "train", "--train", tmp_path / "train.csv", "--dev", tmp_path / "test.csv", "--output", model, *said
    )
    assert outcome.code == 0, outcome.err
    assert f"next:  tagger tag FILE --input series --model {model}\n" in outcome.text
    scored = tagger("evaluate", "--model", model, tmp_path / "test.csv").text  # read as in training
    assert "accuracy 100.00" in scored
    content = (tmp_path / "test.csv").read_text("utf-8").replace("\r", "")
    wrong = content.replace(",slow,", ",fast,")
    assert tagger("tag", "--model", model, "--input", "series", stdin=wrong.encode()).text == content
    assert tagger("tag", "--model", model, tmp_path / "test.csv").text == content
    assert "changed labels 0 of 20" in tagger("export", "--model", model, "--check", tmp_path / "test.csv").text
    lines = tagger("pipeline", "--model", model, "--output", "jsonl", tmp_path / "test.csv").text.splitlines()
    assert [json.loads(line)["label"] for line in lines] == ["slow", "fast"] * 10
    rows = [row.split(",") for row in content.splitlines()]
    swapped = "".join(f"{sample},{noise},{wave}\n" for sample, _, wave, noise in rows)
    labelled = "".join(f"{sample},{noise},{wave},{label}\n" for sample, label, wave, noise in rows)
    assert tagger("tag", "--model", model, "--input", "series", stdin=swapped.encode()).text == labelled
    facts = tagger("info", "--model", model).text
    assert "head kind pooling" in facts
    assert "characters read of a word: none\n" in facts
    vocabulary = (model / "vocabulary.json").read_text()
    assert "300" not in vocabulary.split('"features"')[1].split('"numbers"')[0]  # no step is kept as a word
    [answer] = Tagger.load(model, device="cpu").tag([[f"{300 + 100 * np.sin(0.3 * t)} 0" for t in range(25)]])
    assert answer.label == "slow"
    fault = tagger("tag", "--model", model, stdin=b"1\nAda slept\n").fault
    assert fault.startswith("<stream>:1: expected 2 numbers with single blanks between as each token, found '1'; ")
    assert "--input series" in fault
    beside = tagger("tag", "--model", model, "--workers", "2", stdin=b"Ada slept\n").fault
    assert beside.startswith("<stream>:1: expected 2 numbers with single blanks between as each token, found 'Ada'")


def test_series_without_numbers_are_not_learnt_as_words(tagger: Command, tmp_path: Path) -> None:
    write(tmp_path / "a.csv", 4, seed=1)
    train = ("train", "--train", tmp_path / "a.csv", "--dev", "none", "--output", tmp_path / "m", "--input", "series")
    assert "model.numbers: the tokens of a series are numbers" in tagger(*train, "--task", "classification").fault


def test_texts_are_not_learnt_as_numbers(tagger: Command, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,label\n1,a\n2 two,b\n", "utf-8")
    train = ("train", "--train", tmp_path / "a.csv", "--dev", "none", "--output", tmp_path / "m")
    fault = tagger(*train, "--task", "classification", "--set", "model.numbers.size=4").fault
    assert fault.startswith(f"{tmp_path}/a.csv:3: expected 1 numbers with single blanks between")
    assert "found 'two'" in fault
