"""`tagger evaluate`: the scores of a model, as `tagger score` gives them for what `tagger tag` writes."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Command

ENGLISH = Path(__file__).parents[2] / "corpora" / "english" / "test.conll"


@pytest.fixture(scope="module")
def gold(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sentences that the model has not learnt by heart."""
    path = tmp_path_factory.mktemp("gold") / "gold.conll"
    sentences = ENGLISH.read_text(encoding="utf-8").split("\n\n")
    path.write_text("\n\n".join(sentences[:60]) + "\n\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def scores(tagger: Command, model: Path, gold: Path) -> dict[str, Any]:
    """What evaluate says of them."""
    outcome = tagger("evaluate", gold, "--model", model, "--json")
    assert outcome.err == "ner: IOB2\n"
    values: dict[str, Any] = json.loads(outcome.text)
    return values


def without_documents(scores: dict[str, Any]) -> dict[str, Any]:
    """The scores but for those by document, which go by the name of the file."""
    values = copy.deepcopy(scores)
    del values["detail"]["breakdown"]["document"]
    for figures in values["confidence"].values():
        del figures["interval"]  # documents are drawn
    return values


def test_json_has_its_shape(scores: dict[str, Any]) -> None:
    shape = ["lenient", "strict", "accuracy", "unknown_accuracy", "intervals", "detail", "confidence"]
    assert list(scores) == shape
    low, high = scores["intervals"]["lenient"]["overall"]["f1"]
    assert low <= scores["lenient"]["overall"]["f1"] <= high
    assert list(scores["detail"]) == ["conlleval", "errors", "breakdown"]
    assert scores["detail"]["errors"]["schemes"]["strict"]["f1"] == pytest.approx(scores["lenient"]["overall"]["f1"])
    for reading in ("lenient", "strict"):
        assert list(scores[reading]) == ["overall", "by_label"]
        counted = [scores[reading]["overall"], *scores[reading]["by_label"].values()]
        for values in counted:
            assert list(values) == ["precision", "recall", "f1", "gold", "predicted", "correct"]
            assert all(0.0 <= values[name] <= 1.0 for name in ("precision", "recall", "f1"))
        assert scores[reading]["overall"]["gold"] == sum(v["gold"] for v in scores[reading]["by_label"].values())
    assert 0.0 < scores["lenient"]["overall"]["f1"] < 1.0
    assert 0.0 <= scores["unknown_accuracy"] <= scores["accuracy"] <= 1.0


def test_it_equals_the_score_of_what_tag_writes(
    tagger: Command, model: Path, corpus: Path, gold: Path, scores: dict[str, Any], tmp_path: Path
) -> None:
    predicted = tmp_path / "predicted.conll"
    predicted.write_bytes(tagger("tag", "--model", model, "--input", "columns", gold).out)
    scored = json.loads(tagger("score", gold, predicted, "--json").text)
    scores = copy.deepcopy(scores)
    del scores["confidence"]  # which files of tags have not
    for values in (scored, scores):  # what is known, a vocabulary says and a file does not
        values["unknown_accuracy"] = values["detail"]["breakdown"]["words"] = None
        values["intervals"].pop("unknown_accuracy", None)
        documents = values["detail"]["breakdown"]["document"]
        assert len(documents) > 1
    assert scored == scores


def test_the_detail_stands_below_the_table(tagger: Command, model: Path, gold: Path) -> None:
    table = tagger("evaluate", gold, "--model", model).text
    detailed = tagger("evaluate", gold, "--model", model, "--detail").text
    assert detailed.startswith(table)
    assert detailed.endswith("left out without training data: times in training, surface in training\n")
    trained = tagger("evaluate", gold, "--model", model, "--detail", "--train", gold).text
    assert "\nsurface in training" in trained
    assert "left out" not in trained


def test_the_report_of_conlleval_is_that_of_what_tag_writes(
    tagger: Command, model: Path, gold: Path, tmp_path: Path
) -> None:
    predicted = tmp_path / "predicted.conll"
    predicted.write_bytes(tagger("tag", "--model", model, "--input", "columns", gold).out)
    report = tagger("evaluate", gold, "--model", model, "--report", "conlleval").text
    assert report.startswith("processed ")
    assert report == tagger("score", gold, predicted, "--report", "conlleval").text


def test_a_training_file_is_for_the_detail(tagger: Command, model: Path, gold: Path) -> None:
    fault = tagger("evaluate", gold, "--model", model, "--train", gold).fault
    assert fault.startswith("--train is for the detail: add --detail or --json")
    fault = tagger("evaluate", "-", "--model", model, "--detail", "--train", "-").fault
    assert fault.startswith("standard input (-) is named twice: name a file for one of them")


def test_a_device_that_is_not_there_is_said_before_the_file_is_read(
    tagger: Command, model: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.conll").write_text("one\n", "utf-8")  # which reading would refuse
    fault = tagger("evaluate", "--model", model, "--device", "cuda:99", tmp_path / "a.conll").fault
    assert fault.startswith("--device cuda:99: torch sees ")


def test_without_json_it_is_a_table(tagger: Command, model: Path, gold: Path, scores: dict[str, Any]) -> None:
    table = tagger("evaluate", gold, "--model", model).text.splitlines()
    assert table[0].split() == ["lenient", "strict"]
    overall = scores["lenient"]["overall"]
    assert f"{100 * overall['f1']:.2f}" in next(line for line in table if line.startswith("all"))
    blank = table.index("")
    assert table[blank - 1].startswith(f"accuracy {100 * scores['accuracy']:.2f}, on unknown words ")
    assert " to " in table[blank + 4]
    below = table[table.index("", blank + 1) + 1 :]
    assert [line.split("  ")[0] for line in below] == ["confidence", "predicted spans", "candidate spans"]


@pytest.mark.parametrize("scheme", ["IOB1", "IOE", "IOBES", "BMES"])
def test_gold_in_another_scheme_scores_the_same(
    tagger: Command, model: Path, gold: Path, scores: dict[str, Any], tmp_path: Path, scheme: str
) -> None:
    other = tmp_path / "other.conll"
    assert tagger("convert", gold, other, "--scheme", scheme).code == 0
    said = json.loads(tagger("evaluate", other, "--model", model, "--json").text)
    assert without_documents(said) == without_documents(scores)


def test_gold_in_other_columns_scores_the_same(
    tagger: Command, model: Path, gold: Path, scores: dict[str, Any], tmp_path: Path
) -> None:
    rows = [line.split("\t") for line in gold.read_text(encoding="utf-8").splitlines()]
    other = tmp_path / "other.conll"
    lines = "".join(" ".join(row[::-1]) + "\n" for row in rows if row[0] != "-DOCSTART-")
    other.write_text(f"kind what word\n{lines}", encoding="utf-8")
    columns = ("--columns", "kind,what,token", "--layer", "kind")
    fault = tagger("evaluate", other, "--model", model, *columns).fault
    assert fault.startswith(f"{other}:1: expected O or B- I- with a label (IOB2), found 'kind'")
    outcome = tagger("evaluate", other, "--model", model, *columns, "--header", "--json")
    assert without_documents(json.loads(outcome.text)) == without_documents(scores)


def test_conllu_is_read_where_it_is_said(tagger: Command, model: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.conllu"
    file.write_text("1\tAda\t_\tPROPN" + "\t_" * 6 + "\n\n", encoding="utf-8")
    fault = tagger("evaluate", file, "--model", model, "--input", "conllu", "--layer", "upos").fault
    assert fault == f"{file}:1: layer 'upos' holds plain tags, the model gives IOB2 ones; name another layer"
    assert tagger("evaluate", file, "--model", model, "--layer", "upos").fault == fault  # the name says it too
    file.write_text("Ada X B-PER\n\n", encoding="utf-8")  # what is in it says otherwise
    for options in ((), ("--columns", "token,upos,ner")):
        assert tagger("evaluate", file, "--model", model, *options).code == 0
    fault = tagger("evaluate", file, "--model", model, "--input", "conllu", "--columns", "token").fault
    assert fault.startswith("--columns says how columns are read, but the file is read as conllu")


def test_a_model_of_parts_of_speech_is_scored_by_accuracy_from_both_formats(
    tagger: Command, small: list[str], tmp_path: Path
) -> None:
    file, columns = tmp_path / "a.conllu", tmp_path / "a.conll"
    words = [("Ada", "PROPN"), ("slept", "VERB")]
    rows = "".join(f"{n}\t{word}\t_\t{tag}" + "\t_" * 6 + "\n" for n, (word, tag) in enumerate(words, start=1))
    file.write_text(f"{rows}\n" * 4, encoding="latin-1")
    columns.write_text("Ada PROPN\nslept NOUN\n", encoding="utf-8")
    model = tmp_path / "model"
    settings = ("--set", "training.epochs=30", "--set", "training.unknown=0", "--encoding", "latin-1")
    assert tagger("train", "--train", file, "--dev", file, "--output", model, *settings, *small).code == 0
    scores = json.loads(tagger("evaluate", file, "--model", model, "--json").text)
    assert (scores["lenient"], scores["strict"], scores["accuracy"]) == (None, None, 1.0)
    scores = json.loads(tagger("evaluate", columns, "--model", model, "--input", "columns", "--json").text)
    assert scores["accuracy"] == 0.5
    assert scores["by_tag"]["NOUN"]["correct"] == 0
    tagged = tagger("tag", "--model", model, "--input", "conllu", file).text
    assert tagged == file.read_text(encoding="utf-8")


class TestFaults:
    """What cannot be scored is refused in one line."""

    def test_a_file_without_sentences(self, tagger: Command, model: Path) -> None:
        fault = tagger("evaluate", "-", "--model", model).fault
        assert fault == "<stream>: expected annotated sentences, found none; name another file"

    def test_a_layer_that_is_not_there(self, tagger: Command, model: Path, gold: Path) -> None:
        fault = tagger("evaluate", gold, "--model", model, "--layer", "nerr").fault
        assert fault == f"{gold}:3: no layer 'nerr'; there are ner, upos"

    def test_tags_that_break_their_scheme_are_refused_when_asked(self, tagger: Command, model: Path) -> None:
        broken = b"Ada X B-PER\nand X O\nObi X I-PER\nin X O\nOslo X B-LOC\n"
        command = ("evaluate", "-", "--model", model)
        assert tagger(*command, "--on-invalid", "refuse", stdin=broken).fault.startswith("<stream>:3: I-PER after O ")
        repaired = tagger(*command, stdin=broken)
        assert repaired.code == 0
        assert "<stream>:3: I-PER after O\n" in repaired.err
