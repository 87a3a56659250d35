"""`tagger train --corpus`: the card says how the files are read, and gives way to what the user says."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from taggers.checkpoint import load_folder
from taggers.config import Config

if TYPE_CHECKING:
    from tests.cli.conftest import Command, Outcome

GREEK = Path(__file__).parents[2] / "corpora" / "greek"
CORPORA = Path(__file__).parents[2] / "configs" / "corpora"
SMALL = [
    *("--set", "training.epochs=1", "--set", "model.encoder.hidden_size=8"),
    *("--set", "model.words.size=8", "--set", "model.characters.kind=none"),
]


@pytest.fixture(autouse=True)
def greek(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a corpus in it."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(GREEK, "greek"))


def trained(outcome: Outcome) -> Config:
    """The settings that the model was trained with."""
    lines = outcome.text.splitlines()
    [model] = [line.removeprefix("model: ") for line in lines if line.startswith("model: ")]
    return load_folder(Path(model)).config


def files(outcome: Outcome) -> dict[str, str]:
    """The file that each split was read from, by what the command said."""
    return dict(re.findall(r"^(train|dev|test): .* in (\S+)$", outcome.err, re.MULTILINE))


@pytest.mark.parametrize("place", ["greek", "greek/card.toml", "greek/"])
def test_a_folder_or_card_is_all_that_is_needed(tagger: Command, place: str) -> None:
    outcome = tagger("train", "--corpus", place, *SMALL)
    config = trained(outcome)
    assert (config.task.layer, config.data.columns, config.data.scheme) == ("ner", ["token", "upos", "ner"], "IOB2")  # type: ignore[union-attr]
    assert files(outcome) == {split: f"greek/{split}.conll" for split in ("train", "dev", "test")}
    assert config.data.corpus is None  # as all paths of one machine
    assert "model: models/greek\n" in outcome.text
    assert "\ntest: lenient F1" in outcome.text


def test_layer_chooses_among_those_of_the_card(tagger: Command) -> None:
    config = trained(tagger("train", "--corpus", "greek", "--layer", "upos", *SMALL))
    assert (config.task.layer, config.data.scheme) == ("upos", "plain")  # type: ignore[union-attr]
    assert tagger("train", "--corpus", "greek", "--layer", "upo", *SMALL).fault == (
        "greek/card.toml: no layer 'upo'; did you mean 'upos'?"
    )


def test_the_command_line_goes_before_the_card(tagger: Command) -> None:
    command = ("train", "--corpus", "greek", "--train", "greek/dev.conll", *SMALL)
    outcome = tagger(
        *command, "--dev", "none", "--test", "greek/train.conll", "--columns", "token,pos,ner", "--layer", "pos"
    )
    config = trained(outcome)
    assert files(outcome) == {"train": "greek/dev.conll", "test": "greek/train.conll"}
    assert (config.task.layer, config.data.columns, config.data.scheme) == ("pos", ["token", "pos", "ner"], "auto")  # type: ignore[union-attr]
    half = tagger(*command, "--set", "data.scheme=IOB1")
    assert trained(half).data.scheme == "IOB1"
    assert files(half) == {"train": "greek/dev.conll", "dev": "greek/dev.conll", "test": "greek/test.conll"}


def test_a_config_may_name_a_corpus_beside_it_and_goes_before_its_card(tagger: Command) -> None:
    Path("runs").mkdir()
    Path("runs/a.toml").write_text('[data]\ncorpus = "../greek"\ndev = "none"\n[task]\nlayer = "upos"\n')
    outcome = tagger("train", "runs/a.toml", *SMALL)
    config = trained(outcome)
    assert (config.task.layer, config.data.scheme) == ("upos", "plain")  # type: ignore[union-attr]
    assert files(outcome) == {split: f"runs/../greek/{split}.conll" for split in ("train", "test")}
    assert "model: models/a\n" in outcome.text
    # Files of the command line are read as the card says, but dev and test are another corpus's then.
    other = tagger("train", "runs/a.toml", "--train", "greek/dev.conll", "--dev", "none", *SMALL)
    assert files(other) == {"train": "greek/dev.conll"}
    assert trained(other).data.columns == ["token", "upos", "ner"]


def test_another_corpus_on_the_command_line_leaves_of_a_config_what_is_not_about_data(tagger: Command) -> None:
    Path("a.toml").write_text(
        '[data]\ntrain = "nowhere"\ncolumns = ["token", "pos"]\n[task]\nlayer = "pos"\n[training]\nseed = 7\n'
    )
    config = trained(tagger("train", "a.toml", "--corpus", "greek", *SMALL))
    assert (config.task.layer, config.data.columns, config.training.seed) == ("ner", ["token", "upos", "ner"], 7)  # type: ignore[union-attr]


def test_paths_hold_variables_of_the_environment(
    tagger: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    Path("a.toml").write_text('[data]\ncorpus = "$CORPORA/greek"\n')
    monkeypatch.delenv("CORPORA", raising=False)
    assert tagger("train", "a.toml", *SMALL).fault == "$CORPORA/greek: this variable of the environment is not set"
    monkeypatch.setenv("CORPORA", str(tmp_path))
    assert files(tagger("train", "a.toml", *SMALL))["train"] == f"{tmp_path}/greek/train.conll"


def test_a_folder_without_a_card_and_a_card_without_train_are_refused(tagger: Command, greek: Path) -> None:
    Path("bare").mkdir()
    assert tagger("train", "--corpus", "bare").fault.startswith("bare: expected a card.toml, which names the files")
    card = (greek / "card.toml").read_text("utf-8")
    (greek / "card.toml").write_text(card.replace("[splits.train]", "[others.train]"), "utf-8")
    assert tagger("train", "--corpus", "greek").fault == (
        "greek: the card names no training data, and no --train FILE is given"
    )
    assert tagger("train", "--corpus", "greek", "--set", "data.corpus=x").fault.startswith(
        "--corpus and --set data.corpus say the same"
    )
    assert tagger("train", "--corpus", "-").fault.startswith("--corpus -: expected")


def test_a_card_in_place_of_a_config_is_told_apart(tagger: Command) -> None:
    assert tagger("train", "greek/card.toml").fault == (
        "greek/card.toml: looks like the card of a corpus, which is named with --corpus"
    )


def test_missing_dev_is_held_out_and_missing_test_not_scored(tagger: Command, greek: Path) -> None:
    card = (greek / "card.toml").read_text("utf-8")
    for split in ("dev", "test"):
        card = card.replace(f"[splits.{split}]", f"[others.{split}]")
    (greek / "card.toml").write_text(card, "utf-8")
    outcome = tagger("train", "--corpus", "greek", *SMALL)
    assert "dev: none named; " in outcome.err
    assert files(outcome) == {"train": "greek/train.conll"}
    assert "test: " not in outcome.text


def test_the_working_folder_is_a_corpus_too(tagger: Command, monkeypatch: pytest.MonkeyPatch, greek: Path) -> None:
    monkeypatch.chdir(greek)
    assert "model: models/greek\n" in tagger("train", "--corpus", ".", *SMALL).text


@pytest.mark.parametrize(("name", "layer", "scheme"), [("grobid_date", "field", "GROBID"), ("wikigold", "ner", "IOB1")])
def test_a_real_corpus_trains_by_its_card(
    tagger: Command, data: Callable[[str], Path], name: str, layer: str, scheme: str
) -> None:
    data(name)
    place = CORPORA / f"{name}.toml"
    train = data(name) / ("test.crf" if name == "grobid_date" else "test.conll")
    config = trained(tagger("train", "--corpus", place, "--train", train, *SMALL))
    assert (config.task.layer, config.data.scheme) == (layer, scheme)  # type: ignore[union-attr]
