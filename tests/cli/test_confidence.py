"""`tagger tag --confidence`, `--min-confidence`, `--k-best` and `--decoding risk`, as a user runs them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from taggers import Asked, Sentence, Tagger
from taggers.text.schemes import decode

if TYPE_CHECKING:
    from tests.cli.conftest import Command

TEXT = "Reported by: Ignacy Lis in Larder\nNobody else went to Ignacy Lis\n"


@pytest.fixture(scope="module")
def unsure(tagger: Command, small: list[str], corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that has not learnt enough to be sure, and its variant in whole numbers."""
    folder = tmp_path_factory.mktemp("unsure") / "model"
    values = [
        "training.epochs=6", "training.batch_tokens=64", "training.word_dropout=0", "training.unknown=0",
        "model.encoder.input_dropout=0", "model.encoder.output_dropout=0",
    ]  # fmt: skip
    outcome = tagger(
        "train", "--train", corpus, "--dev", corpus, "--columns", "token,upos,ner", "--output", folder, *small,
        *(argument for value in values for argument in ("--set", value)),
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    assert tagger("export", "--model", folder).code == 0
    return folder


@pytest.fixture(scope="module")
def tokens(corpus: Path) -> bytes:
    """The tokens of the corpus, a sentence a line."""
    sentences = corpus.read_text("utf-8").strip().split("\n\n")
    lines = [
        " ".join(row.split("\t")[0] for row in s.split("\n") if not row.startswith(("#", "-D"))) for s in sentences
    ]
    return ("\n".join(filter(None, lines)) + "\n").encode()


def records(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


def test_json_lines_hold_the_confidence_of_each_span(tagger: Command, unsure: Path, tokens: bytes) -> None:
    command = ("tag", "--model", unsure, "--input", "tokens", "--output", "jsonl")
    plain = records(tagger(*command, stdin=tokens).text)
    found = records(tagger(*command, "--confidence", stdin=tokens).text)
    sentences = [Sentence(tuple(line.split())) for line in tokens.decode().splitlines()]
    said = [
        round(one, 4) for p in Tagger.load(unsure).stream(sentences, confidence=True) for one in p.confidences or ()
    ]
    numbers = [span.pop("confidence") for record in found for span in record["spans"]]
    assert found == plain
    assert numbers == pytest.approx(said, abs=2e-4)
    assert len(numbers) > 20
    assert min(numbers) < 0.7 < max(numbers) <= 1.0


def test_columns_get_one_more(tagger: Command, unsure: Path, corpus: Path) -> None:
    command = ("tag", "--model", unsure, "--input", "columns", corpus)
    plain, found = (tagger(*command, *more).text.splitlines() for more in ((), ("--confidence",)))
    assert len(plain) == len(found)
    inside = 0
    for before, after in zip(plain, found, strict=True):
        if "\t" not in before or before.startswith("-DOCSTART-"):
            assert after.startswith(before.rstrip("\tO"))
            continue
        head, _, last = after.rpartition("\t")
        assert head == before
        assert (last == "_") == head.endswith("\tO")
        inside += last != "_" and 0.0 < float(last) <= 1.0
    assert inside > 20
    headed = b"token\tpredicted\tconfidence\nAda\tx\ty\n\n"
    text = tagger("tag", "--model", unsure, "--input", "columns", "--header", "--confidence", stdin=headed).text
    assert text.splitlines()[0] == "token\tpredicted\tconfidence\tpredicted2\tconfidence2"


def test_other_formats_have_it_in_their_places(tagger: Command, unsure: Path) -> None:
    def tagged(*options: str) -> str:
        return tagger("tag", "--model", unsure, "--confidence", *options, stdin=TEXT.encode()).text

    [first, second] = records(tagged("--output", "jsonl"))
    spans = [*first["spans"], *second["spans"]]
    assert spans
    inline = tagged()
    for span in spans:
        assert f"[{span['text']}]({span['label']} {span['confidence']:.4f})" in inline
    scores = [span["score"] for record in records(tagged("--output", "prodigy")) for span in record["spans"]]
    assert scores == [span["confidence"] for span in spans]
    rows = [line.split("\t") for line in tagged("--output", "conllu").splitlines() if "\t" in line]
    misc = [dict(item.split("=") for item in row[9].split("|")) for row in rows]
    assert [(one["ner"] == "O") for one in misc] == [one["confidence"] == "_" for one in misc]
    assert {float(one["confidence"]) for one in misc if one["ner"] != "O"} == {span["confidence"] for span in spans}
    [record, _] = records(tagged("--output", "huggingface"))
    assert [tag == "O" for tag in record["ner_tags"]] == [one == "_" for one in record["confidence_tags"]]


@pytest.mark.parametrize("output", ["doccano", "spacy", "snips", "csv"])
def test_formats_without_a_place_are_refused(tagger: Command, unsure: Path, output: str) -> None:
    outcome = tagger("tag", "--model", unsure, "--confidence", "--output", output, stdin=TEXT.encode())
    assert outcome.fault == (
        f"--confidence has no place in the output {output}: add --output jsonl (see tagger tag --help)"
        if output != "csv"
        else "--output csv has no place for tags, which is all that this model gives (see tagger tag --help)"
    )
    assert outcome.out == b""


def test_another_models_confidence_is_not_kept(tagger: Command, unsure: Path, model: Path) -> None:
    command = ("tag", "--input", "jsonl")
    text = TEXT.encode()
    plain = tagger("tag", "--model", unsure, "--output", "jsonl", stdin=text).text
    judged = tagger("tag", "--model", unsure, "--output", "jsonl", "--confidence", "--k-best", 2, stdin=text).text
    assert tagger(*command, "--model", unsure, stdin=judged.encode()).text == plain
    again = tagger(*command, "--model", unsure, "--confidence", "--k-best", 2, stdin=judged.encode())
    assert again.text == judged
    other = tagger(*command, "--model", model, "--confidence", stdin=judged.encode()).text
    assert other == tagger(*command, "--model", model, "--confidence", stdin=plain.encode()).text != judged
    assert tagger("convert", "-", "-", "--from", "jsonl", "--to", "jsonl", stdin=judged.encode()).text == judged


def test_spans_below_the_least_confidence_are_left_out(tagger: Command, unsure: Path, tokens: bytes) -> None:
    command = ("tag", "--model", unsure, "--input", "tokens", "--output", "jsonl", "--confidence")
    every, sure = (records(tagger(*command, *more, stdin=tokens).text) for more in ((), ("--min-confidence", 0.8)))
    kept = [[span for span in record["spans"] if span["confidence"] >= 0.8] for record in every]
    assert [record["spans"] for record in sure] == kept
    assert 0 < sum(map(len, kept)) < sum(len(record["spans"]) for record in every)
    columns = tagger("tag", "--model", unsure, "--input", "tokens", "--output", "columns", "--min-confidence", 0.8,
                     stdin=tokens).text  # fmt: skip
    tags = [[row.split("\t")[1] for row in s.split("\n")] for s in columns.strip().split("\n\n")]
    assert [len(decode(own)) for own in tags] == list(map(len, kept))


def test_the_best_sequences_come_with_their_probabilities(tagger: Command, unsure: Path, tokens: bytes) -> None:
    command = ("tag", "--model", unsure, "--input", "tokens", "--output", "jsonl", "--k-best", 3)
    lines = records(tagger(*command, stdin=tokens).text)
    for line in lines:
        first, *others = line["alternatives"]
        assert first["spans"] == line["spans"]
        numbers = [first["probability"], *(one["probability"] for one in others)]
        assert numbers == sorted(numbers, reverse=True)
        assert len(numbers) == 3
        assert 0.0 < sum(numbers) <= 1.001
    assert tagger(*command[:-4], "--k-best", 3, stdin=tokens).fault == (
        "--k-best has no place in the output inline: add --output jsonl (see tagger tag --help)"
    )


def test_decisions_of_least_risk_are_those_of_the_api(tagger: Command, unsure: Path, tokens: bytes) -> None:
    command = ("tag", "--model", unsure, "--input", "tokens", "--output", "jsonl", "--confidence", "--decoding", "risk")
    sentences = [Sentence(tuple(line.split())) for line in tokens.decode().splitlines()]
    for options, threshold in (((), 0.5), (("--threshold", 0.2), 0.2)):
        found = records(tagger(*command, *options, stdin=tokens).text)
        asked = Asked(confidence=True, decoding="risk", threshold=threshold)
        expected = [[s.label for s in p.spans] for p in Tagger.load(unsure).stream(sentences, asked=asked)]
        assert [[span["label"] for span in record["spans"]] for record in found] == expected
        assert all(span["confidence"] >= threshold for record in found for span in record["spans"])


def test_workers_and_whole_numbers_are_asked_alike(tagger: Command, unsure: Path, tokens: bytes) -> None:
    command = ("tag", "--model", unsure, "--input", "tokens", "--output", "columns", "--confidence")

    def rows(*options: object) -> list[list[str]]:
        return [line.split("\t") for line in tagger(*command, *options, stdin=tokens).text.splitlines() if line]

    alone, beside = rows(), rows("--workers", 2)
    assert [row[:2] for row in alone] == [row[:2] for row in beside]
    numbers = [[float(row[2]) for row in some if row[2] != "_"] for some in (alone, beside)]
    assert numbers[0] == pytest.approx(numbers[1], abs=2e-4)
    int8, both = rows("--numbers", "int8"), rows("--numbers", "int8", "--workers", 2)
    assert [row[:2] for row in int8] == [row[:2] for row in both]
    near = [float(row[2]) for row in int8 if row[2] != "_"]
    assert near != numbers[0]
    assert sum(near) / len(near) == pytest.approx(sum(numbers[0]) / len(numbers[0]), abs=0.1)


def test_each_sentence_is_answered_at_once(tagger: Command, unsure: Path) -> None:
    command = ("tag", "--model", unsure, "--confidence", "--output", "jsonl")
    slow = records(tagger(*command, "--line-buffered", stdin=TEXT.encode()).text)
    fast = records(tagger(*command, stdin=TEXT.encode()).text)
    assert [len(r["spans"]) for r in slow] == [len(r["spans"]) for r in fast]


def test_wrong_requests_are_one_line(tagger: Command, unsure: Path, tmp_path: Path) -> None:
    command = ("tag", "--model", unsure)
    for options, fault in (
        (("--threshold", 0.3), "--threshold says which spans --decoding risk gives: add that, or leave it out"),
        (("--min-confidence", 1.5), "Invalid value for '--min-confidence': 1.5 is not in the range 0.0<=x<=1.0"),
        (("--k-best", 0), "Invalid value for '--k-best': 0 is not in the range 1<=x<=1000"),
        (("--decoding", "luck"), "Invalid value for '--decoding': 'luck' is not one of 'viterbi', 'risk'"),
        (
            ("--decoding", "risk", "--threshold", 1),
            "Invalid value for '--threshold': 1.0 is not in the range 0.0<x<1.0",
        ),
    ):
        assert tagger(*command, *options, stdin=TEXT.encode()).fault == f"{fault} (see tagger tag --help)"
    broken = Path(shutil.copytree(unsure, tmp_path / "broken"))
    (broken / "weights.safetensors").unlink()
    assert "missing" in tagger("tag", "--model", broken, "--confidence", stdin=TEXT.encode()).fault


def test_parts_of_speech_have_one_each(tagger: Command, small: list[str], corpus: Path, tmp_path: Path) -> None:
    folder = tmp_path / "upos"
    outcome = tagger(
        "train", "--train", corpus, "--dev", corpus, "--columns", "token,upos,ner", "--layer", "upos",
        "--output", folder, *small, "--set", "training.epochs=2",
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    command = ("tag", "--model", folder)
    [record, _] = records(tagger(*command, "--confidence", "--output", "jsonl", stdin=TEXT.encode()).text)
    assert len(record["tag_confidences"]) == len(record["tags"]) == len(record["tokens"])
    rows = tagger(*command, "--confidence", "--output", "columns", stdin=TEXT.encode()).text.splitlines()
    assert [float(row.split("\t")[2]) for row in rows[: len(record["tags"])]] == record["tag_confidences"]
    inline = tagger(*command, "--confidence", stdin=TEXT.encode()).text
    assert inline.startswith(f"[Reported]({record['tags'][0]} {record['tag_confidences'][0]:.4f})")
    likely = tagger(*command, "--decoding", "risk", "--output", "jsonl", "--k-best", 2, stdin=TEXT.encode()).text
    assert all(len(one["tags"]) == len(records(likely)[0]["tags"]) for one in records(likely)[0]["alternatives"])
    fault = tagger(*command, "--min-confidence", 0.5, stdin=TEXT.encode()).fault
    assert fault == "min_confidence is for spans, and the model gives none: leave it out"
