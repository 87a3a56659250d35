"""`tagger info`: what a model is, for people and as JSON."""

from __future__ import annotations

import json
import math
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from safetensors.numpy import load_file

from taggers.checkpoint import set_latest

if TYPE_CHECKING:
    from tests.cli.conftest import Command


@pytest.fixture(scope="module")
def facts(tagger: Command, model: Path) -> dict[str, Any]:
    """What info says as JSON."""
    values: dict[str, Any] = json.loads(tagger("info", "--model", model, "--json").text)
    return values


def test_sizes_add_up(facts: dict[str, Any], model: Path) -> None:
    weights = dict(facts["weights"])
    assert weights.pop("together") == sum(weights.values())
    assert sum(weights.values()) == sum(math.prod(t.shape) for t in load_file(model / "weights.safetensors").values())
    assert set(weights) == {"words", "characters", "casing", "encoder", "tags ner"}
    sizes = dict(facts["bytes"])
    assert sizes.pop("together") == sum(sizes.values())
    assert sizes == {path.name: path.stat().st_size for path in model.iterdir()}


def test_it_says_what_the_model_does(facts: dict[str, Any], corpus: Path) -> None:
    assert facts["layer"] == "ner"
    assert {"PER", "LOC"} <= set(facts["labels"])
    assert facts["scheme"] == "IOB2 (inside the model IOBES)"
    assert facts["characters read of a word"] == "the first 24 and the last 8"
    assert facts["settings"]["model"]["encoder"]["hidden_size"] == 16
    assert facts["scores"]["dev"]["lenient F1"] > 0.5
    assert facts["data"]["train"]["tokens"] == len(re.findall(r"^\S+\t[^X]", corpus.read_text("utf-8"), re.MULTILINE))
    assert facts["seed"] == 1


def test_the_text_says_the_same(tagger: Command, model: Path, facts: dict[str, Any]) -> None:
    lines = tagger("info", "--model", model).text.splitlines()
    assert [line.split(":")[0] for line in lines if not line.startswith(" ")] == list(facts)
    assert f"labels: {', '.join(facts['labels'])}" in lines
    assert f"  together: {facts['weights']['together']:,}" in lines
    assert f"  together: {facts['bytes']['together']:,}" in lines


def test_the_model_trained_last_is_the_default(
    tagger: Command, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(model, "models/some")
    set_latest(Path("models"), "some")
    assert tagger("info").text.startswith("model: models/some\ntask: labelling\nlayer: ner\n")


def test_a_changed_file_is_named(tagger: Command, model: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(model, tmp_path / "copy"))
    (copy / "vocabulary.json").write_text("{}", encoding="utf-8")
    assert tagger("info", "--model", copy).fault.startswith(f"{copy}/vocabulary.json: changed or damaged ")


def test_a_model_of_words_and_plain_tags(tagger: Command, small: list[str], corpus: Path, tmp_path: Path) -> None:
    kept = [value for value in small if not value.startswith("model.characters")]
    settings = [argument for value in kept if value != "--set" for argument in ("--set", value)]
    command = ("train", "--train", corpus, "--dev", corpus, "--columns", "token,upos,ner", "--layer", "upos", *settings)
    words = ("--set", "model.characters.kind=none", "--set", "training.epochs=1")
    assert tagger(*command, *words, "--output", tmp_path / "model").code == 0
    facts = json.loads(tagger("info", "--model", tmp_path / "model", "--json").text)
    assert facts["characters read of a word"] == "none"
    assert facts["scheme"].startswith("plain")
    assert facts["scores"]["dev"]["lenient F1"] is None
    assert "characters" not in facts["weights"]
