"""Lemmas and sounds by the commands, on the beginnings of real files."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from taggers.chain.search import Search

if TYPE_CHECKING:
    from tests.cli.conftest import Command

SETTINGS = {
    "task.kind": "transduction", "model.characters.kind": "none", "model.words.size": 16, "model.casing.size": 4,
    "model.encoder.hidden_size": 16, "model.head.kind": "decoder", "model.head.hidden_size": 16, "training.epochs": 2,
    "training.batch_tokens": 256, "training.word_dropout": 0.0,
}  # fmt: skip


def said(**further: object) -> list[str]:
    """Settings as arguments; `__` stands for a dot."""
    values = SETTINGS | {key.replace("__", "."): value for key, value in further.items()}
    spelt = {k: v if isinstance(v, str) else json.dumps(v) for k, v in values.items()}
    return [argument for key, value in spelt.items() for argument in ("--set", f"{key}={value}")]


@pytest.fixture(scope="module")
def treebank(data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first sentences of the Armenian dev data."""
    path = tmp_path_factory.mktemp("treebank") / "small.conllu"
    text = (data("ud_armenian_bsut") / "dev.conllu").read_text(encoding="utf-8")
    path.write_text("\n\n".join(text.split("\n\n")[:40]) + "\n\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def lemmas(tagger: Command, treebank: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of lemmas, hardly trained."""
    folder = tmp_path_factory.mktemp("models") / "lemmas"
    options = said(task__layer="lemma", task__beside=["upos"])
    outcome = tagger("train", "--train", treebank, "--dev", treebank, *options, "--output", folder)
    assert outcome.code == 0, outcome.err
    assert "training examples" in outcome.err + outcome.text
    assert "symbol error rate" in outcome.text
    return folder


@pytest.mark.parametrize("workers", [1, 2])
def test_conllu_comes_back_with_other_lemmas_alone(tagger: Command, lemmas: Path, treebank: Path, workers: int) -> None:
    outcome = tagger("tag", "--model", lemmas, "--device", "cpu", "--workers", workers, treebank)
    assert outcome.code == 0, outcome.err
    before, after = treebank.read_text(encoding="utf-8").splitlines(), outcome.text.splitlines()
    assert len(before) == len(after)
    for old, new in zip(before, after, strict=True):
        if old[:1].isdigit() and old.split("\t")[0].isdigit():
            fields, changed = old.split("\t"), new.split("\t")
            assert changed[2]
            assert [*fields[:2], *fields[3:]] == [*changed[:2], *changed[3:]]
        else:
            assert old == new


def test_a_model_says_what_it_is_and_how_good(tagger: Command, lemmas: Path, treebank: Path) -> None:
    found = json.loads(tagger("evaluate", "--model", lemmas, "--device", "cpu", "--json", treebank).text)
    told = json.loads(tagger("info", "--model", lemmas, "--json").text)
    assert found["accuracy"] == pytest.approx(told["scores"]["dev"]["accuracy"])
    assert (told["task"], told["layer"], told["read beside"]) == ("transduction", "lemma", ["upos"])
    assert "exact match accuracy" in tagger("evaluate", "--model", lemmas, "--device", "cpu", treebank).text


def test_the_variant_in_whole_numbers_runs(tagger: Command, lemmas: Path, treebank: Path) -> None:
    outcome = tagger("export", "--model", lemmas)
    assert outcome.code == 0, outcome.err
    tagged = tagger("tag", "--model", lemmas, "--numbers", "int8", treebank)
    assert tagged.code == 0, tagged.err
    assert len(tagged.text.splitlines()) == len(treebank.read_text(encoding="utf-8").splitlines())


def test_what_is_read_beside_must_be_there(tagger: Command, lemmas: Path) -> None:
    outcome = tagger("tag", "--model", lemmas, "--device", "cpu", stdin="Բարեւ\n".encode())
    assert outcome.code == 2
    assert "no column 'upos'" in outcome.fault


def test_a_layer_without_values_is_refused(tagger: Command, treebank: Path, tmp_path: Path) -> None:
    outcome = tagger(
        "train", "--train", treebank, "--dev", "none", *said(task__layer="xpos"), "--output", tmp_path / "none"
    )
    assert outcome.code == 2
    assert "the training data has no value in the layer 'xpos'" in outcome.fault


@pytest.mark.parametrize("beam", [1, 3])
def test_sounds_of_letters(tagger: Command, data: Callable[[str], Path], tmp_path: Path, beam: int) -> None:
    small = tmp_path / "small.tsv"
    with (data("cmudict_g2p") / "dev.tsv").open(encoding="utf-8") as file:
        small.write_text("".join(islice(file, 200)), encoding="utf-8")
    options = said(task__without="012", task__beam=beam, data__tokeniser__kind="blanks", data__separator="tab")
    table = ["--input", "csv", "--columns", "text,label"]
    outcome = tagger(
        "train", "--train", small, "--dev", small, *table, *options, "--output", tmp_path / "sounds", "--device", "cpu"
    )
    assert outcome.code == 0, outcome.err
    answer = tagger("tag", "--model", tmp_path / "sounds", "--device", "cpu", small)
    assert answer.code == 0, answer.err
    before, after = small.read_text(encoding="utf-8").splitlines(), answer.text.splitlines()
    assert [row.split("\t")[0] for row in before] == [row.split("\t")[0] for row in after]
    assert not any(digit in row.split("\t")[1] for row in after for digit in "012")
    spelt = tagger("tag", "--model", tmp_path / "sounds", "--device", "cpu", stdin=b"h e l l o\n")
    assert spelt.code == 0, spelt.err
    asked = ("--model", tmp_path / "sounds", "--device", "cpu")
    scores = tagger("evaluate", *asked, small).text
    commas = small.read_text(encoding="utf-8").replace("\t", ",")
    for content in (commas, "text,label\n" + commas):
        (tmp_path / "small.csv").write_text(content, encoding="utf-8")
        assert tagger("evaluate", *asked, tmp_path / "small.csv").text == scores
        tagged = tagger("tag", *asked, tmp_path / "small.csv").text
        assert tagged.replace(",", "\t").removeprefix("text\tlabel\n") == answer.text


def test_answers_are_searched_as_asked_and_the_longest_are_counted(
    tagger: Command, lemmas: Path, treebank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["--model", lemmas, "--device", "cpu", "--beam", 3, "--length-power", 0.5, treebank]
    assert "cut" not in tagger("evaluate", *asked).err
    number = sum(line.partition("\t")[0].isdigit() for line in treebank.read_text(encoding="utf-8").splitlines())
    monkeypatch.setattr(Search, "limits", lambda self, lengths: np.zeros_like(lengths))
    for command in ("tag", "evaluate"):
        outcome = tagger(command, *asked)
        assert outcome.code == 0, outcome.err
        [told] = [line for line in outcome.err.splitlines() if "cut" in line]
        assert told.startswith(f"lemma: {number:,} answers cut")
        assert told.endswith("twice the symbols that are read and 10 more, 256 at most")


def test_a_model_that_searches_for_nothing_is_not_told_how(tagger: Command, model: Path) -> None:
    for command, option in (("tag", ["--beam", 3]), ("evaluate", ["--length-power", 1])):
        outcome = tagger(command, "--model", model, *option, __file__)
        assert "for labelling, which searches for no sequences; leave --beam and --length-power out" in outcome.fault
