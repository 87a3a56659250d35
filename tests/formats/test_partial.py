"""Partial annotation from files of every format: unknown tags, sets, and text that nobody has labelled."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from taggers.data.corpus import Corpus
from taggers.errors import ConfigError, TaggerError, TagSchemeError
from taggers.reading import load_corpus
from taggers.settings import make_config

TEXT = "Ada saw Rio"  # Ada is a person, Rio a place or an organisation, and of `saw` nobody says anything
ITEMS = [{"start": 0, "end": 3, "label": "PER"}, {"start": 8, "end": 11, "label": "LOC|ORG"}]
PAIRS = [[item["start"], item["end"], item["label"]] for item in ITEMS]
CHUNKS = [{"text": "Ada", "entity": "PER"}, {"text": " saw "}, {"text": "Rio", "entity": "LOC|ORG"}]
SETS = ("B-PER", "O", "B-LOC|B-ORG")


def lines_of(*records: Any) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def conllu(ner: tuple[str, ...]) -> str:
    rows = (f"{i}\t{w}" + "\t_" * 7 + f"\tner={t}" for i, (w, t) in enumerate(zip(TEXT.split(), ner, strict=True), 1))
    return "\n".join(rows) + "\n\n"


SPANS: dict[str, Callable[[Path], object]] = {
    "jsonl": lambda file: file.write_text(lines_of({"text": TEXT, "tokens": TEXT.split(), "spans": ITEMS})),
    "doccano": lambda file: file.write_text(lines_of({"text": TEXT, "label": PAIRS})),
    "prodigy": lambda file: file.write_text(lines_of({"text": TEXT, "spans": ITEMS, "answer": "accept"})),
    "spacy": lambda file: file.write_text(lines_of([TEXT, {"entities": PAIRS}])),
    "snips": lambda file: file.write_text(json.dumps({"Look": [{"data": CHUNKS}]})),
    "brat": lambda file: (
        file.write_text(TEXT),
        file.with_suffix(".ann").write_text("T1\tPER 0 3\tAda\nT2\tLOC|ORG 8 11\tRio\n"),
    ),
    "columns": lambda file: file.write_text("Ada B-PER\nsaw O\nRio B-LOC|ORG\n"),
    "conllu": lambda file: file.write_text(conllu(("B-PER", "O", r"B-LOC\pORG"))),
    "huggingface": lambda file: file.write_text(
        lines_of({"tokens": TEXT.split(), "ner_tags": ["B-PER", "O", "B-LOC|ORG"]})
    ),
    "parquet": lambda file: pyarrow.parquet.write_table(
        pyarrow.table({"tokens": [TEXT.split()], "ner": [["B-PER", "O", "B-LOC|ORG"]]}), file
    ),
}
TAGS: dict[str, Callable[[Path], object]] = {
    "columns": lambda file: file.write_text("Ada B-PER\nsaw ?\nRio B-LOC|B-ORG\n"),
    "conllu": lambda file: file.write_text(conllu(("B-PER", "?", r"B-LOC\pB-ORG"))),
    "jsonl": lambda file: file.write_text(
        lines_of({"text": TEXT, "tokens": TEXT.split(), "tags": ["B-PER", "?", "B-LOC|B-ORG"], "line": 1, "offset": 0})
    ),
    "huggingface": lambda file: file.write_text(
        lines_of({"tokens": TEXT.split(), "ner_tags": ["B-PER", "?", "B-LOC|B-ORG"]})
    ),
    "parquet": lambda file: pyarrow.parquet.write_table(
        pyarrow.table({"tokens": [TEXT.split()], "ner": [["B-PER", "?", "B-LOC|B-ORG"]]}), file
    ),
}


def corpus_in(file: Path, name: str, *overrides: str) -> Corpus:
    """The corpus that settings read from a file of a format."""
    columns = {"columns": {"token": 0, "ner": 1}} if name == "columns" else {}
    data = {"train": str(file), "dev": "none", "format": name, **columns}
    return load_corpus(make_config({"task": {"layer": "ner"}, "data": data}, overrides), lambda _: None)


def tags_in(corpus: Corpus) -> list[str]:
    return [tag for sentence in corpus.train for tag in sentence.layers["ner"]]


@pytest.mark.parametrize("name", SPANS)
def test_the_label_of_a_span_may_be_a_set(name: str, tmp_path: Path) -> None:
    SPANS[name](tmp_path / "in.txt")
    assert tuple(tags_in(corpus_in(tmp_path / "in.txt", name, "data.partial=true"))) == SETS


@pytest.mark.parametrize("name", SPANS)
def test_text_that_nobody_labelled_may_be_unknown(name: str, tmp_path: Path) -> None:
    SPANS[name](tmp_path / "in.txt")
    person, between, place = tags_in(corpus_in(tmp_path / "in.txt", name, "data.unlabelled=unknown"))
    assert (person, place) == ("B-PER", "B-LOC|B-ORG")
    assert set(between.split("|")) == {"O", "B-PER", "B-LOC", "I-LOC", "B-ORG", "I-ORG"} - {"I-PER"}


def label_unknown(folder: Path) -> None:
    """Make the set that is the label of a span unknown, in all files of a folder."""
    for file in folder.iterdir():
        file.write_text(file.read_text().replace("LOC|ORG", "?").replace(r"LOC\pORG", "?"))


@pytest.mark.parametrize("name", [name for name in SPANS if name != "parquet"])
def test_a_span_may_be_labelled_as_unknown(name: str, tmp_path: Path) -> None:
    SPANS[name](tmp_path / "in.txt")
    label_unknown(tmp_path)
    assert tags_in(corpus_in(tmp_path / "in.txt", name, "data.partial=true")) == ["B-PER", "O", "?"]


@pytest.mark.parametrize("name", TAGS)
def test_tags_may_be_unknown_or_sets(name: str, tmp_path: Path) -> None:
    TAGS[name](tmp_path / "in.txt")
    assert tags_in(corpus_in(tmp_path / "in.txt", name, "data.partial=true")) == ["B-PER", "?", "B-LOC|B-ORG"]


def test_numbers_may_stand_for_the_unknown_tag(tmp_path: Path) -> None:
    (tmp_path / "in").write_text(lines_of({"tokens": TEXT.split(), "ner_tags": [1, 2, 0]}))
    names = 'data.tag_names=["O", "B-PER", "?"]'
    assert tags_in(corpus_in(tmp_path / "in", "huggingface", "data.partial=true", names)) == ["B-PER", "?", "O"]


def test_only_train_is_unknown_where_nobody_labelled_it(tmp_path: Path) -> None:
    SPANS["doccano"](tmp_path / "train")
    (tmp_path / "dev").write_text(lines_of({"text": TEXT, "label": PAIRS[:1]}))
    dev = f"data.dev={tmp_path / 'dev'}"
    corpus = corpus_in(tmp_path / "train", "doccano", "data.unlabelled=unknown", dev)
    assert corpus.dev[0].layers["ner"] == ("B-PER", "O", "O")


def test_dev_has_to_be_annotated_in_full(tmp_path: Path) -> None:
    SPANS["doccano"](tmp_path / "train")
    data = {"train": str(tmp_path / "train"), "format": "doccano", "unlabelled": "unknown"}
    with pytest.raises(ConfigError, match="name fully annotated --dev data"):
        load_corpus(make_config({"data": data}), lambda _: None)


def test_plain_tags_have_none_that_says_outside(tmp_path: Path) -> None:
    (tmp_path / "in").write_text("Ada NOUN\nsaw VERB\n")
    with pytest.raises(TaggerError, match="no layer that is learnt holds spans; leave it out"):
        corpus_in(tmp_path / "in", "columns", "data.unlabelled=unknown")


def test_a_set_that_names_no_legal_tags_is_refused_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "in").write_text("Ada B-PER\nsaw O\n\nRio O\nis I-LOC|ORG\n")
    with pytest.raises(TagSchemeError, match="in:4: no legal IOB2 tags go through the sets of this sentence"):
        corpus_in(tmp_path / "in", "columns", "data.partial=true")
