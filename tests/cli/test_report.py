"""`tagger report`: a page whose counts are those of `tagger evaluate`, and what it says of the training data."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from taggers.metrics.errors import KINDS
from tests.report.test_page import data_of

if TYPE_CHECKING:
    from tests.cli.conftest import Command

ENGLISH = Path(__file__).parents[2] / "corpora" / "english"
LABELLED = "what a fine day\tgood\nthe worst day\tbad\na fine fine meal\tgood\nworst meal of all\tbad\n"


@pytest.fixture(scope="module")
def gold(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sentences that the model has not learnt by heart, and one that it has."""
    path = tmp_path_factory.mktemp("gold") / "gold.conll"
    sentences = (ENGLISH / "test.conll").read_text(encoding="utf-8").split("\n\n")[:60]
    learnt = next(s for s in (ENGLISH / "train.conll").read_text(encoding="utf-8").split("\n\n")[:31] if len(s) > 200)
    path.write_text("\n\n".join([*sentences, learnt]) + "\n\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def facts(tagger: Command, model: Path, gold: Path) -> Any:
    """What the report says of them."""
    return json.loads(tagger("report", model, gold, "--json").text)


def without_folders(scores: Any) -> Any:
    """The scores of `tagger evaluate`, whose documents go by the name of a file without its folder."""
    breakdown = scores["detail"]["breakdown"]
    breakdown["document"] = {Path(name).name: prf for name, prf in breakdown["document"].items()}
    return scores


def train(tagger: Command, small: list[str], *arguments: object) -> None:
    """Train a small model in a moment."""
    outcome = tagger("train", *arguments, *small, "--set", "training.epochs=2")
    assert outcome.code == 0, outcome.err


def test_scores_are_those_of_evaluate(tagger: Command, model: Path, corpus: Path, gold: Path, facts: Any) -> None:
    evaluated = json.loads(tagger("evaluate", gold, "--model", model, "--json", "--train", corpus).text)
    assert facts["scores"] == without_folders(evaluated)


def test_the_errors_add_up_to_the_counts(facts: Any) -> None:
    [layer] = facts["layers"]
    listed = Counter(
        ((case["predicted"][p] if g is None else case["gold"][g])[2], kind)
        for case in layer["cases"]
        for kind, g, p in case["mistakes"]
    )
    by_label = facts["scores"]["detail"]["errors"]["by_label"]
    assert listed == Counter({(name, k): n for name, row in by_label.items() for k in KINDS[1:] if (n := row[k])})
    assert layer["mistakes"] == listed.total() > 20
    overall, strict = facts["scores"]["lenient"]["overall"], facts["scores"]["detail"]["errors"]["schemes"]["strict"]
    pairs = strict["incorrect"]
    assert overall["gold"] - overall["correct"] == pairs + strict["missed"]
    assert overall["predicted"] - overall["correct"] == pairs + strict["spurious"]
    assert layer["mistakes"] == pairs + strict["missed"] + strict["spurious"]
    taken = layer["confusions"]
    assert sum(n for name, row in taken.items() if name != "(spurious)" for n in row.values()) == overall["gold"]


def test_predicted_spans_carry_confidences(facts: Any) -> None:
    [layer] = facts["layers"]
    sure = [span[3] for case in layer["cases"] for span in case["predicted"]]
    assert sure
    assert all(0.0 < number <= 1.0 for number in sure)
    figures = facts["scores"]["confidence"]["predicted spans"]
    assert figures["number"] == facts["scores"]["lenient"]["overall"]["predicted"]
    assert figures["right"] == pytest.approx(facts["scores"]["lenient"]["overall"]["precision"])


def test_what_training_has_is_told_by_the_record(corpus: Path, facts: Any) -> None:
    training = facts["training"]
    assert training["file"]["name"] == corpus.name
    assert training["leakage"]["exact"] == 1
    assert training["leakage"]["sentences"] == facts["corpus"]["sentences"]
    assert [epoch["epoch"] for epoch in facts["history"]] == list(range(1, 16))


def test_places_name_no_folder(facts: Any, gold: Path) -> None:
    assert all(case["place"].startswith("gold.conll:") for case in facts["layers"][0]["cases"])
    assert str(gold.parent) not in json.dumps(facts)


def test_the_page_holds_what_json_says(tagger: Command, model: Path, gold: Path, facts: Any, tmp_path: Path) -> None:
    outcome = tagger("report", model, gold, "--output", tmp_path / "a.html")
    assert outcome.text == ""
    assert outcome.err.splitlines()[-1] == f"wrote {tmp_path / 'a.html'}"
    written = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert data_of(written) == facts
    assert tagger("report", model, gold, "--output", "-").text == written
    assert [file.name for file in tmp_path.iterdir()] == ["a.html"]


def test_a_page_is_written_beside_the_json_where_it_is_named(
    tagger: Command, model: Path, gold: Path, facts: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert json.loads(tagger("report", model, gold, "--json", "--output", "b.html").text) == facts
    assert tagger("report", model, gold, "--json").code == 0
    assert [file.name for file in tmp_path.iterdir()] == ["b.html"]
    assert tagger("report", model, gold).code == 0
    assert sorted(file.name for file in tmp_path.iterdir()) == ["b.html", "report.html"]


def test_without_a_corpus_it_is_on_what_the_run_was_tested_on(tagger: Command, model: Path, corpus: Path) -> None:
    facts = json.loads(tagger("report", model, "--json").text)
    assert facts["corpus"]["file"]["name"] == corpus.name
    fault = tagger("report", model, "--split", "test").fault
    assert fault.startswith(f"{model}: its training was given no test data; name a CORPUS")


def test_the_model_trained_last_is_the_usual_one(
    tagger: Command, model: Path, gold: Path, facts: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(model, tmp_path / "models" / "small")
    (tmp_path / "models" / "latest").write_text("small\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert json.loads(tagger("report", gold, "--json").text) == facts


def test_a_corpus_with_a_card_is_read_as_that_says(tagger: Command, model: Path) -> None:
    facts = json.loads(tagger("report", model, ENGLISH, "--split", "dev", "--json").text)
    evaluated = json.loads(tagger("evaluate", ENGLISH / "dev.conll", "--model", model, "--json").text)
    assert facts["corpus"]["file"]["name"] == "dev.conll"
    assert facts["scores"]["lenient"] == evaluated["lenient"]
    assert tagger("report", model, ENGLISH / "dev.conll", "--split", "dev").fault.startswith("--split dev is for a")


def test_training_data_that_is_not_at_hand_is_said_in_words(
    tagger: Command, model: Path, gold: Path, corpus: Path, tmp_path: Path
) -> None:
    alone = tmp_path / "alone"
    shutil.copytree(model, alone)
    (alone / "run.json").unlink()
    facts = json.loads(tagger("report", alone, gold, "--json").text)
    assert facts["training"]["absent"].startswith("holds no run.json")
    assert facts["scores"]["detail"]["breakdown"]["seen"] is None
    assert "Not known: the training data is not at hand" in tagger("report", alone, gold, "--output", "-").text
    named = json.loads(tagger("report", alone, gold, "--json", "--train", corpus).text)
    assert named["training"]["leakage"]["exact"] == 1
    changed = tmp_path / "changed"
    shutil.copytree(model, changed)
    record = json.loads((changed / "run.json").read_text("utf-8"))
    record["files"]["data.train"]["sha256"] = "0" * 64
    (changed / "run.json").write_text(json.dumps(record), "utf-8")
    facts = json.loads(tagger("report", changed, gold, "--json").text)
    assert facts["training"]["absent"] == f"{corpus.name}: CHANGED since the training read it (SHA-256 differs)"


@pytest.mark.parametrize("said", ["data.partial=true", "data.unlabelled=unknown"])
def test_partly_annotated_training_data_is_said_to_be_so(
    tagger: Command, small: list[str], corpus: Path, gold: Path, tmp_path: Path, said: str
) -> None:
    columns = ("--columns", "token,upos,ner", "--layer", "ner", "--set", said)
    train(tagger, small, "--train", corpus, "--dev", "none", *columns, "--output", tmp_path / "m")
    facts = json.loads(tagger("report", tmp_path / "m", gold, "--json").text)
    assert facts["training"]["absent"] == f"{corpus.name}: partly annotated, so that tags may be sets"


def test_what_was_held_out_for_dev_is_not_training_data(tagger: Command, small: list[str], tmp_path: Path) -> None:
    train(tagger, small, "--train", ENGLISH / "dev.conll", "--columns", "token,upos,ner", "--output", tmp_path / "m")
    data = json.loads((tmp_path / "m" / "config.json").read_text("utf-8"))["provenance"]["data"]
    facts = json.loads(tagger("report", tmp_path / "m", ENGLISH / "dev.conll", "--json").text)
    leakage = facts["training"]["leakage"]
    every = data["train"]["sentences"] + data["dev"]["sentences"]
    assert leakage["sentences"] == every
    assert data["train"]["sentences"] <= leakage["exact"] < every


def test_plain_tags(tagger: Command, small: list[str], corpus: Path, tmp_path: Path) -> None:
    columns = ("--columns", "token,upos,ner", "--layer", "upos")
    train(tagger, small, "--train", corpus, "--dev", corpus, *columns, "--output", tmp_path / "m")
    facts = json.loads(tagger("report", tmp_path / "m", corpus, "--json").text)
    assert facts["scores"] == json.loads(tagger("evaluate", corpus, "--model", tmp_path / "m", "--json").text)
    [layer] = facts["layers"]
    tokens = facts["corpus"]["tokens"]
    assert layer["mistakes"] == round(tokens * (1 - facts["scores"]["accuracy"])) > 0
    assert sum(n for row in layer["confusions"].values() for n in row.values()) == tokens
    assert facts["scores"]["confidence"]["predicted tags"]["number"] == tokens
    assert "Accuracy of tags" in tagger("report", tmp_path / "m", corpus, "--output", "-").text


@pytest.mark.parametrize("many", [False, True])
def test_labels_of_texts(tagger: Command, small: list[str], tmp_path: Path, many: bool) -> None:
    texts = tmp_path / "texts.tsv"
    texts.write_text("text\tlabel\n" + LABELLED.replace("\tgood\nw", "\tgood|new\nw" if many else "\tgood\nw"), "utf-8")
    options = ("--task", "classification", "--dev", "none", "--set", f"task.many={str(many).lower()}")
    train(tagger, small, "--train", texts, *options, "--output", tmp_path / "m")
    facts = json.loads(tagger("report", tmp_path / "m", texts, "--json").text)
    assert facts["scores"] == json.loads(tagger("evaluate", texts, "--model", tmp_path / "m", "--json").text)
    [layer] = facts["layers"]
    if many:
        micro = facts["scores"]["micro"]
        assert layer["mistakes"] == micro["gold"] + micro["predicted"] - 2 * micro["correct"]
    else:
        assert layer["mistakes"] == round(4 * (1 - facts["scores"]["accuracy"]))
    assert facts["training"]["leakage"]["exact"] == 4
    page = tagger("report", tmp_path / "m", texts, "--output", "-").text
    assert ("Micro F1 of labels" if many else "Accuracy of labels") in page


def test_layers_that_are_learnt_together(tagger: Command, small: list[str], corpus: Path, tmp_path: Path) -> None:
    further = ("--set", "task.further.upos.head=softmax")
    columns = ("--columns", "token,upos,ner", "--layer", "ner", *further)
    train(tagger, small, "--train", corpus, "--dev", corpus, *columns, "--output", tmp_path / "m")
    facts = json.loads(tagger("report", tmp_path / "m", corpus, "--json").text)
    evaluated = json.loads(tagger("evaluate", corpus, "--model", tmp_path / "m", "--json", "--train", corpus).text)
    assert facts["scores"] == without_folders(evaluated)
    assert [(layer["name"], layer["form"]) for layer in facts["layers"]] == [("ner", "spans"), ("upos", "tags")]
    page = tagger("report", tmp_path / "m", corpus, "--output", "-").text
    assert '<select name="layer">' in page
    assert 'id="scores-upos"' in page


def test_what_is_neither_tags_nor_labels_is_refused(tagger: Command, small: list[str], tmp_path: Path) -> None:
    words = tmp_path / "words.tsv"
    words.write_text("a\tx\nb\ty\n" * 4, "utf-8")
    (tmp_path / "text.txt").write_text("Ada slept .\n" * 4, "utf-8")
    table = ("--task", "transduction", "--dev", "none", "--columns", "token,lemma", "--layer", "lemma")
    train(tagger, small, "--train", words, "--input", "columns", *table, "--output", tmp_path / "writer")
    fault = tagger("report", tmp_path / "writer", words).fault
    assert fault.startswith(f"{tmp_path / 'writer'}: a model for transduction: a report is of tags and of labels")


def test_refusals(tagger: Command, model: Path, gold: Path, tmp_path: Path) -> None:
    assert tagger("report", model, gold, "--json", "--output", "-").fault.startswith("--json is for standard output")
    assert tagger("report", model, "-", "--train", "-").fault.startswith("standard input (-) is named twice")
    assert "cannot be written" in tagger("report", model, gold, "--output", tmp_path / "no" / "a.html").fault
    assert tagger("report", model, tmp_path / "none.conll").fault.startswith(f"{tmp_path / 'none.conll'}: ")
    assert tagger("report", tmp_path / "nowhere").fault.startswith(f"{tmp_path / 'nowhere'}: does not exist; name a ")
    assert not list(tmp_path.iterdir())


def test_what_is_read_is_not_written_over(
    tagger: Command, model: Path, gold: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = Path(shutil.copy(gold, "report.html"))
    said = "--output {} is data that is read: name another file"
    columns = ("--input", "columns")
    assert tagger("report", model, "report.html", *columns).fault.startswith(said.format("report.html"))
    place = tmp_path / ".." / tmp_path.name / "report.html"
    for train in ((), ("--train", "report.html")):
        fault = tagger("report", model, gold if train else page, *columns, *train, "--output", place).fault
        assert fault.startswith(said.format(place))
    assert page.read_bytes() == gold.read_bytes()


def test_the_training_data_of_the_record_is_not_written_over(
    tagger: Command, small: list[str], corpus: Path, gold: Path, tmp_path: Path
) -> None:
    own = Path(shutil.copy(corpus, tmp_path / "own.conll"))
    columns = ("--columns", "token,upos,ner", "--layer", "ner")
    train(tagger, small, "--train", own, "--dev", "none", *columns, "--output", tmp_path / "m")
    for more in ("", "Ada B-PER\n"):  # a file that has changed since is somebody's all the same
        own.write_bytes(own.read_bytes() + more.encode())
        before = own.read_bytes()
        fault = tagger("report", tmp_path / "m", gold, "--output", own).fault
        assert fault.startswith(f"--output {own} is data that is read: name another file")
        assert own.read_bytes() == before
