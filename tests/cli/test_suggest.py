"""`tagger suggest` as a user runs it: formats, what is left out, and faults."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from taggers import Corpus, Sentence, Tagger, make_config, read

if TYPE_CHECKING:
    from tests.cli.conftest import Command

ENGLISH = Path(__file__).parents[2] / "corpora" / "english" / "test.conll"
TEXT = "Adaeze Obi flew to Lima. Ignacy met Rosa Lund in Oslo. Rain.\n\nNobody came.\nNobody came.\n"
TINY = ["training.epochs=1", "model.encoder.hidden_size=4", "data.dev=none"]


@pytest.fixture(scope="module")
def unlabelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sentences that the model has not seen, two of them twice."""
    path = tmp_path_factory.mktemp("unlabelled") / "some.conll"
    sentences = ENGLISH.read_text("utf-8").split("\n\n")[:30]
    path.write_text("\n\n".join([*sentences, *sentences[3:5]]) + "\n\n", "utf-8")
    return path


def records(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_json_lines_hold_scores_confidences_and_places(tagger: Command, model: Path, unlabelled: Path) -> None:
    command = ("suggest", unlabelled, "--model", model, "--input", "columns", "--k", 5, "--output", "jsonl")
    outcome = tagger(*command)
    found = records(outcome.text)
    assert len(found) == 5
    scores = [record["suggestion"]["score"] for record in found]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 0
    rows = unlabelled.read_text("utf-8").split("\n")
    for record in found:
        path, _, line = record["suggestion"]["place"].rpartition(":")
        assert path == str(unlabelled)
        assert rows[int(line) - 1].split("\t")[0] == record["tokens"][0]
        assert all(0 <= span["confidence"] <= 1 for span in record["spans"])
    tokens = sum(len(record["tokens"]) for record in found)
    assert "suggested 5 sentences of 3" in outcome.err
    assert f", {tokens} tokens of " in outcome.err
    assert "mistakes expected in 100 tokens: " in outcome.err
    assert tagger(*command).out == outcome.out
    beside = records(tagger(*command, "--workers", 2).text)
    assert [record["text"] for record in beside] == [record["text"] for record in found]


def test_columns_come_back_with_predictions_and_without_copies(
    tagger: Command, model: Path, unlabelled: Path, tmp_path: Path
) -> None:
    command = ("suggest", unlabelled, "--model", model, "--input", "columns", "--columns", "token,upos,ner")
    outcome = tagger(*command, "--k", 1000)
    rows = [line.split("\t") for line in outcome.text.splitlines() if line]
    assert {len(row) for row in rows} == {5}  # and predicted, and confidence
    assert not any(row[0] == "-DOCSTART-" for row in rows)
    blocks = outcome.text.strip().split("\n\n")
    assert len(set(blocks)) == len(blocks)
    assert "fewer than --k 1000: no others are left, or fit" in outcome.err
    assert "scores and places of sentences; add --output jsonl" in outcome.err
    few = tagger(*command, "--tokens", 40)
    assert 0 < sum(map(bool, few.text.splitlines())) <= 40
    done = tmp_path / "done.conll"
    done.write_bytes(few.out)
    others = tagger(*command, "--tokens", 40, "--exclude", done)
    assert not set(others.text.strip().split("\n\n")) & set(few.text.strip().split("\n\n"))
    number = few.text.strip().count("\n\n") + 1
    assert f"left out: {number} sentence" in others.err
    everything = tagger(*command, "--exclude", unlabelled)
    assert everything.text == ""
    assert "suggested 0 sentences of 3" in everything.err
    commented = tagger(*command, "--comments", "# ", "--k", 1).text.splitlines()
    assert commented[0].startswith("# score = 0.")
    assert commented[1].startswith(f"# place = {unlabelled}:")


def test_texts_are_cut_to_the_sentence_that_was_chosen(tagger: Command, model: Path, tmp_path: Path) -> None:
    def suggested(output: str) -> str:
        return tagger("suggest", "--model", model, "--k", 9, "--output", output, stdin=TEXT.encode()).text

    own = {"Adaeze Obi flew to Lima.", "Ignacy met Rosa Lund in Oslo.", "Rain.", "Nobody came."}
    found = records(tagger("suggest", "--model", model, stdin=TEXT.encode()).text)
    assert {record["text"] for record in found} == own
    lines = TEXT.split("\n")
    for record in found:
        assert record["suggestion"]["place"] == f"-:{record['line']}" or record["suggestion"]["place"].endswith(
            f":{record['line']}"
        )
        assert lines[record["line"] - 1].startswith(record["text"], record["offset"])
    prodigy = records(suggested("prodigy"))
    assert [(one["text"], one["meta"]["score"]) for one in prodigy] == [
        (one["text"], one["suggestion"]["score"]) for one in found
    ]
    assert [one["text"] for one in records(suggested("doccano"))] == [one["text"] for one in found]
    assert suggested("inline").count("\n") == 4
    conllu = suggested("conllu")
    assert conllu.count("# score = ") == conllu.count("# place = ") == 4
    again = tmp_path / "batch.jsonl"
    again.write_text(suggested("jsonl"), "utf-8")
    nothing = tagger("suggest", "--model", model, "--exclude", again, stdin=TEXT.encode())
    assert nothing.text == ""
    assert "left out: 5 sentences annotated already" in nothing.err
    assert [s.tokens for s in read(again)] == [tuple(one["tokens"]) for one in found]
    tagged = records(tagger("tag", "--model", model, "--confidence", again).text)
    assert not any("suggestion" in record for record in tagged)  # of another model, perhaps


def test_records_keep_what_else_they_say(tagger: Command, model: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": 7, "text": "Adaeze flew to Lima", "label": []}\n', "utf-8")
    [record] = records(tagger("suggest", path, "--model", model).text)
    assert (record["id"], record["text"]) == (7, "Adaeze flew to Lima")
    path.write_text('{"id": 7, "text": "Adaeze flew to Lima", "spans": [], "meta": {"by": "me"}}\n', "utf-8")
    [record] = records(tagger("suggest", path, "--model", model).text)
    assert record["id"] == 7
    assert record["meta"].keys() == {"by", "score", "place"}


def test_documents(tagger: Command, model: Path) -> None:
    text = "-DOCSTART-\n\nAda\nslept\n\nNobody\n\n-DOCSTART-\n\nIgnacy\nmet\nRosa\n\n"
    command = ("suggest", "--model", model, "--input", "columns", "--columns", "token", "--documents")
    outcome = tagger(*command, "--k", 2, stdin=text.encode())
    assert outcome.text.count("-DOCSTART-") == 2
    assert "suggested 2 documents of 2, 6 tokens of 6" in outcome.err
    assert "no documents are marked" in tagger(*command, stdin=b"Ada\nslept\n\nNobody\n\n").fault


def test_odd_characters_come_back(tagger: Command, model: Path) -> None:
    text = "e\u0301 \u200fשלום 👩\u200d🚀 İ\n\u00ad\n\ufeffa\n"
    found = records(
        tagger("suggest", "--model", model, "--input", "tokens", "--output", "jsonl", stdin=text.encode()).text
    )
    assert sorted(token for one in found for token in one["tokens"]) == sorted(text.split())


def test_labels_and_plain_tags(tagger: Command, tmp_path: Path) -> None:
    texts = [Sentence(("hello", "you"), label="greeting"), Sentence(("bye",), label="parting")]
    settings = make_config({}, ["task.kind=classification", *TINY])
    Tagger.train(settings, Corpus.of(texts, layer=(), label=True), tmp_path / "labels", device="cpu")
    command = ("suggest", "--model", tmp_path / "labels", "--k", 2)
    found = records(tagger(*command, stdin=b"hello\nbye you\nbye\nbye\n").text)
    assert len(found) == 2
    assert all(0 < one["label_confidence"] < 1 and one["suggestion"]["score"] > 0 for one in found)
    assert "--output inline holds tags" in tagger(*command, "--output", "inline", stdin=b"bye\n").fault
    tags = [Sentence(("hello", "you"), {"upos": ("INTJ", "PRON")})]
    settings = make_config({}, ["task.layer=upos", *TINY])
    Tagger.train(settings, Corpus.of(tags, layer="upos"), tmp_path / "tags", device="cpu")
    [one, other] = records(tagger("suggest", "--model", tmp_path / "tags", "--k", 2, stdin=b"you\nhello you\n").text)
    assert len(one["tag_confidences"]) == len(one["tags"])
    assert one["suggestion"]["score"] >= other["suggestion"]["score"] > 0


def test_models_that_are_never_unsure_are_refused(tagger: Command, tmp_path: Path) -> None:
    lemmas = [Sentence(("went", "goes"), {"lemma": ("go", "go")})]
    settings = make_config({}, ["task.kind=transduction", "task.layer=lemma", *TINY])
    Tagger.train(settings, Corpus.of(lemmas, layer="lemma"), tmp_path / "lemmas", device="cpu")
    assert tagger("suggest", "--model", tmp_path / "lemmas", stdin=b"went\n").fault == (
        f"{tmp_path / 'lemmas'}: a model for transduction does not say how sure it is, which suggestions go by; "
        "name a tagger or a classifier"
    )
    small = [
        a for s in ("task.kind=language_model", "task.steps=4", "training.batch_tokens=32", *TINY) for a in ("--set", s)
    ]
    (tmp_path / "a.txt").write_text("a b c d e f g h\n" * 9, "utf-8")
    assert tagger("train", "--train", tmp_path / "a.txt", "--output", tmp_path / "language", *small).code == 0
    assert "a language model" in tagger("suggest", "--model", tmp_path / "language", stdin=b"went\n").fault


@pytest.mark.parametrize(
    ("options", "text", "fault"),
    [
        ((), "", "expected sentences to choose from, found none; name another file"),
        ((), "\n \n", "expected sentences to choose from, found none; name another file"),
        (("--k", 0), "a\n", "Invalid value for '--k': 0 is not in the range x>=1."),
        (("--tokens", -3), "a\n", "Invalid value for '--tokens': -3 is not in the range x>=1."),
        (("--exclude", "gone.conll"), "a\n", "Path 'gone.conll' does not exist"),
        (("--output", "brat"), "a\n", "'brat' is not one of"),
        (("--columns", "token"), "a\n", "--columns says how columns are read, but the input is text: leave it out"),
        ((), "Ada B-PER\nslept O\n\n", "looks like a column file: say --input columns, or --input text if it is not"),
    ],
)
def test_faults_are_one_line(tagger: Command, model: Path, options: tuple[object, ...], text: str, fault: str) -> None:
    outcome = tagger("suggest", "--model", model, *options, stdin=text.encode())
    assert fault.rstrip(".") in outcome.fault
    assert outcome.out == b""


def test_a_budget_too_small_for_any_gives_nothing(tagger: Command, model: Path) -> None:
    outcome = tagger("suggest", "--model", model, "--tokens", 1, stdin=b"Ada slept here\n")
    assert outcome.text == ""
    assert "suggested 0 sentences of 1, 0 tokens of 3" in outcome.err
