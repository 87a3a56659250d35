"""`--precision` and `--recall`: the threshold that dev has told, what is left out by it, and what cannot be had."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from taggers.checkpoint import load_folder

if TYPE_CHECKING:
    from tests.cli.conftest import Command

ENGLISH = Path(__file__).parents[2] / "corpora" / "english" / "test.conll"
ROWS = [[0.0, 10, 5, 8], [0.3, 8, 5, 8], [0.5, 5, 4, 8], [0.6, 2, 2, 8], [0.9, 0, 0, 8]]  # as Kept has them


def with_table(model: Path, place: Path, layers: dict[str, Any]) -> Path:
    """A copy of a model that keeps other calibrations of its layers."""
    shutil.copytree(model, place)
    content = json.dumps({"sentences": 40, "set_aside": True, "layers": layers}).encode()
    (place / "calibration.json").write_bytes(content)
    manifest = json.loads((place / "manifest.json").read_bytes())
    manifest["sha256"]["calibration.json"] = hashlib.sha256(content).hexdigest()
    (place / "manifest.json").write_bytes((json.dumps(manifest, indent=2) + "\n").encode())
    return place


@pytest.fixture(scope="module")
def told(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model whose thresholds are known."""
    table = {"gold": 8, "rows": [row[:3] for row in ROWS]}
    place = tmp_path_factory.mktemp("told") / "model"
    return with_table(model, place, {"ner": {"fit": None, "thresholds": table}})


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sentences that the model has not learnt by heart."""
    path = tmp_path_factory.mktemp("text") / "some.conll"
    path.write_text("\n\n".join(ENGLISH.read_text(encoding="utf-8").split("\n\n")[:40]) + "\n\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("option", "threshold", "given"),
    [
        (("--precision", 0.62), 0.3, "precision 62.50 and recall 62.50"),
        (("--precision", 0.9), 0.6, "precision 100.00 and recall 25.00"),
        (("--recall", 0.5), 0.5, "precision 80.00 and recall 50.00"),
        (("--recall", 0.51), 0.3, "precision 62.50 and recall 62.50"),
    ],
)
def test_the_cheapest_threshold_is_taken_and_told(
    tagger: Command, told: Path, text: Path, option: tuple[str, float], threshold: float, given: str
) -> None:
    asked = tagger("tag", text, "--model", told, "--input", "columns", *option)
    assert f"threshold {threshold}: {given} on 40 sentences of dev that training has not seen" in asked.err.splitlines()
    same = tagger("tag", text, "--model", told, "--input", "columns", "--min-confidence", threshold)
    every = tagger("tag", text, "--model", told, "--input", "columns")
    assert asked.out == same.out
    assert asked.out.count(b"\tB-") < every.out.count(b"\tB-")


def test_evaluate_scores_what_tag_then_writes(tagger: Command, told: Path, text: Path, tmp_path: Path) -> None:
    predicted = tmp_path / "predicted.conll"
    predicted.write_bytes(tagger("tag", text, "--model", told, "--input", "columns", "--precision", 0.9).out)
    outcome = tagger("evaluate", text, "--model", told, "--precision", 0.9, "--json")
    scores = json.loads(outcome.text)
    assert "threshold 0.6: precision 100.00" in outcome.err
    assert scores["lenient"] == json.loads(tagger("score", text, predicted, "--json").text)["lenient"]
    assert scores["confidence"]["predicted spans"]["number"] == scores["lenient"]["overall"]["predicted"]


@pytest.mark.parametrize("command", ["tag", "evaluate"])
@pytest.mark.parametrize(
    ("option", "message"),
    [
        (("--recall", 0.7), "--recall 0.7: no threshold reaches it on 40 sentences of dev that training has not seen; "
         "at most 0.6250, at threshold 0"),
        (("--recall", 0.5, "--precision", 0.5), "--precision, --recall and --min-confidence each choose a threshold"),
        (("--recall", 0.0), "Invalid value for '--recall': 0.0 is not in the range 0.0<x<=1.0"),
    ],
)  # fmt: skip
def test_what_cannot_be_had_is_said_in_a_line(
    tagger: Command, told: Path, text: Path, command: str, option: tuple[str, float], message: str
) -> None:
    outcome = tagger(command, text, "--model", told, *option)
    assert outcome.fault.startswith(message)
    assert not outcome.out


def test_an_unreachable_precision_names_the_highest(tagger: Command, model: Path, text: Path, tmp_path: Path) -> None:
    table = {"gold": 8, "rows": [row[:3] for row in ROWS[:3]]}
    place = with_table(model, tmp_path / "model", {"ner": {"fit": None, "thresholds": table}})
    fault = tagger("tag", text, "--model", place, "--input", "columns", "--precision", 0.95).fault
    assert fault.endswith("at most 0.8000, at threshold 0.5")


def test_other_ways_to_choose_spans_do_not_go_with_it(tagger: Command, told: Path, text: Path) -> None:
    for other in (("--min-confidence", 0.5), ("--decoding", "risk")):
        assert tagger("tag", text, "--model", told, "--precision", 0.5, *other).code == 2


def test_a_model_without_thresholds_says_what_to_do(tagger: Command, model: Path, text: Path, tmp_path: Path) -> None:
    place = with_table(model, tmp_path / "model", {})
    fault = tagger("tag", text, "--model", place, "--input", "columns", "--precision", 0.5).fault
    assert fault.startswith(f"{place}: keeps no thresholds, which a training with dev writes; train anew")


def test_a_trained_model_keeps_thresholds_of_dev_and_info_tells_of_temperatures(
    tagger: Command, model: Path, corpus: Path
) -> None:
    folder = load_folder(model)
    table = folder.calibration.of("ner").thresholds
    assert table is not None
    assert table.rows[0].predicted == folder.scores["dev"]["lenient"]["overall"]["predicted"]
    outcome = tagger("evaluate", corpus, "--model", model, "--precision", table.rows[0].precision)
    assert outcome.err.startswith("threshold 0: precision ")
    assert "dev that early stopping has seen" in outcome.err
    assert "ner: temperature 1: none was fitted (see training.calibration)" in tagger("info", "--model", model).text


def test_a_diagram_is_drawn(tagger: Command, model: Path, text: Path, tmp_path: Path) -> None:
    place = tmp_path / "reliability.png"
    outcome = tagger("evaluate", text, "--model", model, "--reliability", place, "--report", "conlleval")
    assert outcome.code == 0, outcome.err
    assert f"wrote {place}" in outcome.err.splitlines()
    assert place.read_bytes().startswith(b"\x89PNG")


def test_a_diagram_that_cannot_be_written_loses_nothing(
    tagger: Command, model: Path, text: Path, tmp_path: Path
) -> None:
    outcome = tagger("evaluate", text, "--model", model, "--reliability", tmp_path / "not there" / "a.png")
    assert "cannot be written" in outcome.fault
    assert b"lenient" in outcome.out  # the scores
    copy = shutil.copy(text, tmp_path / "some.conll")
    for arguments in ((copy,), (text, "--detail", "--train", copy)):
        fault = tagger("evaluate", *arguments, "--model", model, "--reliability", copy).fault
        assert fault.startswith(f"--reliability {copy} is data that is read: name another file")
    assert Path(copy).read_bytes() == text.read_bytes()
    fault = tagger("evaluate", text, "--model", model, "--reliability", "-").fault
    assert fault.startswith("--reliability -: expected the name of a file")
