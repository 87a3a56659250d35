"""GROBID's tags through the whole chain: found, kept, turned into other schemes and back, learnt and answered."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from taggers.formats import read
from taggers.text.detection import detect
from taggers.text.schemes import GROBID, IOBES, decode, scheme_tags

if TYPE_CHECKING:
    from tests.cli.conftest import Command

SPLITS = [
    (corpus, f"{split}.crf")
    for corpus in ("grobid_date", "grobid_affiliation_address")
    for split in ("train", "dev", "test")
]
DATE = "12 a I-<day>\nMay b I-<month>\n, c I-<other>\n2010 d I-<year>\n\n"
SPAN = "on a I-<other>\n: b <other>\n1 c I-<day>\n2 d <day>\n\n"


def test_two_outsides_in_a_row_are_no_violation_and_both_stay(tagger: Command, tmp_path: Path) -> None:
    content = DATE + SPAN + "a a I-<other>\nb b I-<other>\n\n"
    (tmp_path / "in").write_text(content)
    done = tagger("convert", tmp_path / "in", tmp_path / "out")
    assert (done.code, (tmp_path / "out").read_text()) == (0, content)
    assert "tag: GROBID\n" in done.err


@pytest.mark.parametrize(("corpus", "file"), SPLITS)
def test_a_real_file_is_grobid_and_keeps_its_spans_through_iobes(
    tagger: Command, data: Callable[[str], Path], tmp_path: Path, corpus: str, file: str
) -> None:
    path = data(corpus) / file
    gold = [s.layers["tag"] for s in read(path)]
    found = detect(gold)
    assert (found.scheme, found.violations) == (GROBID, 0)
    for name, scheme in (("iobes", "IOBES"), ("back", "GROBID")):
        source = path if name == "iobes" else tmp_path / "iobes"
        assert tagger("convert", source, tmp_path / name, "--scheme", scheme).code == 0
    iobes, back = ([s.layers["tag"] for s in read(tmp_path / name)] for name in ("iobes", "back"))
    spans = [decode(tags, GROBID) for tags in gold]
    assert [decode(tags) for tags in iobes] == [decode(tags, GROBID) for tags in back] == spans
    assert detect(iobes).scheme is IOBES
    # What differs is a second I-<other> in a row, which GROBID's own files hold now and then.
    changed = {(a, b) for g, t in zip(gold, back, strict=True) for a, b in zip(g, t, strict=True) if a != b}
    assert changed <= {("I-<other>", "<other>")}


def test_labels_are_read_without_brackets(tagger: Command, tmp_path: Path) -> None:
    (tmp_path / "in").write_text(SPAN + DATE)
    [first, _] = tagger("convert", tmp_path / "in", "-", "--to", "jsonl").text.splitlines()
    assert [(s["text"], s["label"]) for s in json.loads(first)["spans"]] == [("1 2", "day")]
    assert tagger("convert", tmp_path / "in", "-", "--to", "inline").text.startswith("on : [1 2](day)\n")
    assert "day" in tagger("score", tmp_path / "in", tmp_path / "in").text
    assert "       day     1.0000" in tagger("score", tmp_path / "in", tmp_path / "in", "--report", "seqeval").text


def test_gold_and_predicted_may_be_in_different_letters(tagger: Command, tmp_path: Path) -> None:
    (tmp_path / "grobid").write_text(SPAN + DATE)
    assert tagger("convert", tmp_path / "grobid", tmp_path / "iob2", "--scheme", "IOB2").code == 0
    for gold, predicted in (("grobid", "iob2"), ("iob2", "grobid"), ("grobid", "grobid")):
        scores = json.loads(tagger("score", tmp_path / gold, tmp_path / predicted, "--json").text)
        assert (scores["accuracy"], scores["strict"]["overall"]["correct"]) == (1.0, 4)


def test_a_label_without_room_is_named_with_its_place(tagger: Command, tmp_path: Path) -> None:
    (tmp_path / "in").write_text("a O\n\nb B-other\n")
    (tmp_path / "sets").write_text("a O\n\nb B-other|O\n")
    assert tagger("convert", tmp_path / "in", "-", "--scheme", "GROBID").fault == (
        f"{tmp_path}/in:3: GROBID writes <other> for tokens outside of spans, so that no label can be 'other'; "
        "rename that label, or keep IOB2"
    )
    fault = tagger("convert", tmp_path / "sets", "-", "--scheme", "GROBID", "--partial").fault
    assert fault.startswith(f"{tmp_path}/sets:3: GROBID writes <other>")


def test_sets_of_tags_are_turned_too(tagger: Command, tmp_path: Path) -> None:
    (tmp_path / "in").write_text("a B-x|O\nb ?\nc O\n")
    text = tagger("convert", tmp_path / "in", "-", "--scheme", "GROBID", "--partial").text
    assert text == "a I-<other>|I-<x>\nb ?\nc <other>|I-<other>\n\n"


def test_a_model_of_grobid_answers_in_it_and_is_scored_on_few_of_its_tags(tagger: Command, tmp_path: Path) -> None:
    (tmp_path / "train").write_text((DATE + SPAN) * 8)
    small = ("model.encoder.hidden_size=8", "model.words.size=8", "model.characters.kind=none", "training.epochs=2")
    sets = [part for setting in small for part in ("--set", setting)]
    model = tmp_path / "model"
    trained = tagger(
        "train", "--train", tmp_path / "train", "--dev", tmp_path / "train", "--output", model, "--seed", 1, *sets
    )
    assert trained.code == 0, trained.err
    answer = tagger("tag", "--input", "columns", "--model", model, stdin=DATE.encode()).text
    answers = {line.rpartition(" ")[2] for line in answer.splitlines() if line}
    assert answers <= set(scheme_tags(["day", "month", "year"], GROBID))
    shown = tagger("tag", "--input", "columns", "--output", "jsonl", "--model", model, stdin=(DATE * 3).encode()).text
    labels = {span["label"] for line in shown.splitlines() for span in json.loads(line)["spans"]}
    assert labels <= {"day", "month", "year"}
    assert "looks like a column file" in tagger("tag", "--model", model, stdin=(DATE + SPAN).encode()).fault
    # Without a bare tag the file might as well be IOB1; the model knows better.
    (tmp_path / "few").write_text(DATE)
    done = tagger("evaluate", tmp_path / "few", "--model", model, "--json")
    assert "tag: GROBID\n" in done.err
    assert "<other>" not in done.text
    (tmp_path / "iob").write_text("a b B-other\n")
    assert "GROBID writes <other>" in tagger("evaluate", tmp_path / "iob", "--model", model).fault
