"""`tagger export`: the int8 variant is written where it changes little, and tags alike; else nothing is written."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

from taggers import Tagger
from taggers.export.quantisation import quantised

if TYPE_CHECKING:
    from tests.cli.conftest import Command


@pytest.fixture
def copy(model: Path, tmp_path: Path) -> Path:
    """The small model, to be changed."""
    return Path(shutil.copytree(model, tmp_path / "copy"))


@pytest.fixture(scope="module")
def exported(tagger: Command, model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small model with its variant."""
    folder = Path(shutil.copytree(model, tmp_path_factory.mktemp("exported") / "small"))
    outcome = tagger("export", "--model", folder)
    assert (outcome.code, outcome.out) == (0, b"")
    assert outcome.err == f"written: use it with --numbers int8 --model {folder}\n"
    return folder


def test_what_changes_is_shown(tagger: Command, copy: Path, corpus: Path) -> None:
    lines = tagger("export", "--model", copy, "--check", corpus).text.splitlines()
    tokens = json.loads(tagger("info", "--model", copy, "--json").text)["data"]["train"]["tokens"]
    assert re.fullmatch(rf"changed tags   0 of {tokens} \(0\.000 %\)", lines[0])
    assert re.fullmatch(r"changed spans  0 of [1-9][0-9]* \(0\.000 %\)", lines[1])
    assert re.fullmatch(r"lenient F1  ([0-9.]+) float32, \1 int8 \(\+0\.00\)", lines[2])
    assert Tagger.load(copy, "cpu", "int8").tag(["Ada", "slept"])


def test_it_tags_and_is_scored_alike(tagger: Command, exported: Path, corpus: Path) -> None:
    tag = ("tag", corpus, "--model", exported, "--input", "columns")
    float32 = tagger(*tag)
    assert float32.text
    assert tagger(*tag, "--numbers", "int8") == float32
    assert tagger(*tag, "--numbers", "int8", "--workers", 2) == float32
    evaluate = ("evaluate", corpus, "--model", exported, "--json")
    one, *others = (
        json.loads(tagger(*evaluate, *how).text)
        for how in ((), ("--numbers", "int8"), ("--numbers", "int8", "--workers", 2))
    )
    confidence = one.pop("confidence")["predicted spans"]
    for other in others:  # tags are the same, probabilities nearly so
        assert other.pop("confidence")["predicted spans"]["mean_confidence"] == pytest.approx(
            confidence["mean_confidence"], abs=0.01
        )
        assert other == one


def test_the_same_bytes_are_written_each_time(tagger: Command, exported: Path) -> None:
    before = {file.name: file.read_bytes() for file in exported.iterdir()}
    assert {"emissions-int8.onnx", "int8.safetensors"} < before.keys()
    assert tagger("export", "--model", exported).code == 0
    assert {file.name: file.read_bytes() for file in exported.iterdir()} == before


def test_nothing_is_written_where_too_much_changes(
    tagger: Command, copy: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {file.name: file.read_bytes() for file in copy.iterdir()}

    def wrong(name: str, weight: NDArray[np.float32]) -> Mapping[str, NDArray[np.generic]]:
        return quantised(name, -1000.0 * weight)

    monkeypatch.setattr("taggers.export.network.quantised", wrong)
    refused = tagger("export", "--model", copy, "--check", corpus)
    assert refused.fault == "int8 changes more than it may: nothing was written; keep to float32, or train longer"
    assert re.match(rb"changed tags   [1-9]", refused.out)
    assert {file.name: file.read_bytes() for file in copy.iterdir()} == before


def test_a_model_without_the_variant_says_how_to_write_it(tagger: Command, model: Path) -> None:
    fault = tagger("tag", "--model", model, "--numbers", "int8").fault
    assert fault == f"{model}: holds no variant in int8; write it with tagger export --model {model}"


def test_files_that_the_manifest_does_not_name_are_not_read(tagger: Command, exported: Path, copy: Path) -> None:
    for name in ("emissions-int8.onnx", "int8.safetensors"):  # as a killed export may leave them
        shutil.copy(exported / name, copy / name)
    assert "holds no variant in int8" in tagger("tag", "--model", copy, "--numbers", "int8").fault
    assert tagger("tag", "--model", copy, stdin=b"Ada slept.\n").code == 0


def test_a_damaged_variant_is_named(tagger: Command, exported: Path, tmp_path: Path) -> None:
    damaged = Path(shutil.copytree(exported, tmp_path / "damaged"))
    file = damaged / "int8.safetensors"
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    for arguments in ((), ("--numbers", "int8")):
        assert tagger("tag", "--model", damaged, *arguments).fault.startswith(f"{file}: changed or damaged (SHA-256")


def test_what_has_no_use_is_refused(tagger: Command, exported: Path) -> None:
    fault = tagger("tag", "--model", exported, "--numbers", "int8", "--device", "cuda").fault
    assert fault == "--numbers int8 is for the CPU: leave it out, or leave out --device cuda"
    fault = tagger("export", "--model", exported, "--columns", "token,ner").fault
    assert fault.startswith("what is said of FILE has no use without --check FILE")
