"""Several layers and columns that are read, from one training file to the tags, the scores and the facts of a model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from taggers import Sentence, Tagger
from taggers.errors import FormatError
from taggers.text import Source

if TYPE_CHECKING:
    from tests.cli.conftest import Command

WORDS = {
    "the": ("DET", "Definite=Def"),
    "dog": ("NOUN", "Number=Sing"),
    "dogs": ("NOUN", "Number=Plur"),
    "runs": ("VERB", "Number=Sing"),
    "run": ("VERB", "Number=Plur"),
    ".": ("PUNCT", "_"),
}
TEXTS = ["the dog runs .", "the dogs run .", "dogs run", "the dog runs", "run , the dogs run .".replace(" ,", "")]
FURTHER = ("--set", "task.further.feats={head = 'softmax', weight = 2.0}")
LONG = [
    "training.epochs=25", "training.patience=25", "training.word_dropout=0", "training.unknown=0",
    "model.encoder.input_dropout=0", "model.encoder.output_dropout=0", "model.encoder.recurrent_dropout=0",
]  # fmt: skip


def conllu(tagged: bool) -> str:
    """The texts in CoNLL-U, with comments and a range, with or without tags."""
    lines = []
    for text in TEXTS:
        lines.append(f"# text = {text}")
        for number, word in enumerate(text.split(), start=1):
            upos, feats = WORDS[word] if tagged else ("_", "_")
            if number == 1:
                lines.append("1-2\trange" + "\t_" * 8)
            lines.append("\t".join([str(number), word, "_", upos, "_", feats, "_", "_", "_", "SpaceAfter=No"]))
        lines.append("")
    return "\n".join(lines) + "\n"


def settings(*values: str) -> list[str]:
    """Arguments that set some values."""
    return [argument for value in values for argument in ("--set", value)]


@pytest.fixture(scope="module")
def train(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CoNLL-U file."""
    path = tmp_path_factory.mktemp("layers") / "train.conllu"
    path.write_text(conllu(tagged=True), "utf-8")
    return path


@pytest.fixture(scope="module")
def layered(tagger: Command, small: list[str], train: Path) -> Path:
    """A model of upos and feats that knows the file by heart."""
    folder = train.with_name("model")
    outcome = tagger("train", "--train", train, "--dev", train, *FURTHER, *small, *settings(*LONG), "--output", folder)
    assert outcome.code == 0, outcome.err
    assert "tags upos " in outcome.err
    assert "tags feats " in outcome.err
    assert "  upos: plain\n  feats: plain\n" in outcome.err.replace("note: ", "")
    return folder


def test_both_columns_of_conllu_are_filled_and_nothing_else_changes(tagger: Command, layered: Path) -> None:
    outcome = tagger("tag", "--model", layered, "--input", "conllu", stdin=conllu(tagged=False).encode())
    assert outcome.text == conllu(tagged=True)


def test_columns_get_a_predicted_column_for_each_layer(tagger: Command, layered: Path) -> None:
    source = "".join(f"{word}\tx\n" for word in TEXTS[0].split()) + "\n"
    columns = ("tag", "--model", layered, "--input", "columns", "--columns", "token,other")
    expected = "".join(f"{word}\tx\t{WORDS[word][0]}\t{WORDS[word][1]}\n" for word in TEXTS[0].split()) + "\n"
    assert tagger(*columns, stdin=source.encode()).text == expected
    headed = "token\tpredicted\n" + source
    text = tagger("tag", "--model", layered, "--input", "columns", "--header", stdin=headed.encode()).text
    assert text.splitlines()[0] == "token\tpredicted\tpredicted2\tpredicted-feats"
    assert text.splitlines()[1:] == expected.splitlines()


def test_text_comes_back_with_the_first_layer(tagger: Command, layered: Path) -> None:
    inline = tagger("tag", "--model", layered, stdin=b"the dog runs .\n").text
    assert inline == "[the](DET) [dog](NOUN) [runs](VERB) [.](PUNCT)\n"
    as_json = tagger("tag", "--model", layered, "--output", "jsonl", stdin=b"the dog runs .\n").text
    record = json.loads(as_json)
    assert record["tags"][0] == "DET"
    assert record["layers"]["feats"][0] == "Definite=Def"
    again = tagger("tag", "--model", layered, "--input", "jsonl", stdin=as_json.encode()).text
    assert again == as_json
    as_conllu = tagger("tag", "--model", layered, "--output", "conllu", stdin=b"the dog runs .\n").text
    assert "\tDET\t_\tDefinite=Def\t" in as_conllu
    as_columns = tagger("tag", "--model", layered, "--output", "columns", stdin=b"the dog\n").text
    assert as_columns.splitlines()[0].split() == ["the", "DET", "Definite=Def"]


def test_evaluate_prints_both_layers(tagger: Command, layered: Path, train: Path) -> None:
    text = tagger("evaluate", train, "--model", layered).text
    first, _, second = text.partition("\nfeats:\n")
    assert "DET" in first
    assert "Number=Plur" in second
    assert "Number=Plur" not in first
    assert text.count("accuracy 100.00") == 2
    values = json.loads(tagger("evaluate", train, "--model", layered, "--json").text)
    assert values["accuracy"] == values["further"]["feats"]["accuracy"] == 1.0
    assert set(values["by_tag"]) == {"DET", "NOUN", "VERB", "PUNCT"}
    assert "Number=Sing" in values["further"]["feats"]["by_tag"]


def test_a_missing_further_layer_is_one_line(tagger: Command, layered: Path, tmp_path: Path) -> None:
    (tmp_path / "gold.conll").write_text("the\tDET\n\n", "utf-8")
    fault = tagger("evaluate", tmp_path / "gold.conll", "--model", layered, "--input", "columns").fault
    assert "feats" in fault


def test_info_and_card_tell_of_both(tagger: Command, layered: Path) -> None:
    facts = json.loads(tagger("info", "--model", layered, "--json").text)
    assert facts["layer"] == "upos"
    assert facts["further layers"] == {"feats": ["Definite=Def", "Number=Plur", "Number=Sing", "_"]}
    assert {"tags upos", "tags feats"} <= facts["weights"].keys()
    assert list(facts["scores"]) == ["dev", "dev, feats"]
    text = tagger("info", "--model", layered).text
    assert "  feats: Definite=Def, Number=Plur, Number=Sing, _\n" in text
    card = (layered / "README.md").read_text("utf-8")
    assert "A tagger of `upos` and `feats`" in card
    assert "| dev, feats | - |" in card


def test_a_layer_named_twice_is_one_line(tagger: Command, train: Path, tmp_path: Path) -> None:
    command = ("train", "--train", train, "--dev", train, "--set", "task.further.upos={}", "--output", tmp_path / "m")
    assert tagger(*command).fault.startswith("task.further.upos: that layer is task.layer already")


# Columns that are read.

ROWS = ["w\t1\tA\t-\n", "w\t2\tB\t-\n"]  # token, place, tag, and a column that nobody reads
FEATURE = ("--set", "model.features.place.kind=number", "--set", "model.features.place.size=3")


@pytest.fixture(scope="module")
def placed(tagger: Command, small: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that tells tags by a column of numbers."""
    folder = tmp_path_factory.mktemp("placed")
    orders = ((0, 1), (1, 0), (0, 0), (1, 1), (1, 0, 1))
    rows = "\n".join("".join(ROWS[i] for i in order) for order in orders)
    (folder / "train.conll").write_text(f"{rows}\n", "utf-8")
    outcome = tagger(
        "train", "--train", folder / "train.conll", "--dev", folder / "train.conll", "--columns", "token,place,tag,x",
        *FEATURE, *small, *settings(*LONG, "training.optimiser.learning_rate=0.05"), "--output", folder / "model",
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    return folder / "model"


def test_columns_are_read_from_where_training_had_them(tagger: Command, placed: Path) -> None:
    tagged = tagger("tag", "--model", placed, "--input", "columns", stdin=b"w\t2\nw\t1\nw\t2\n\n")
    assert tagged.text == "w\t2\tB\nw\t1\tA\nw\t2\tB\n\n"
    named = tagger("tag", "--model", placed, "--input", "columns", "--columns", "place,token", stdin=b"2\tw\n1\tw\n\n")
    assert named.text == "2\tw\tB\n1\tw\tA\n\n"
    assert "accuracy 100.00" in tagger("evaluate", placed.with_name("train.conll"), "--model", placed).text


def test_a_missing_column_is_a_fault_when_its_turn_comes(placed: Path) -> None:
    sentences = [Sentence(("w",), {"place": (place,)}, source=Source("in", n)) for n, place in enumerate("12121212", 1)]
    sentences[5] = replace(sentences[5], layers={})  # in the third window
    loaded = Tagger.load(placed, "cpu")

    def outcome(workers: int) -> tuple[list[tuple[str, ...]], str]:
        answered: list[tuple[str, ...]] = []
        with pytest.raises(FormatError) as fault:
            answered.extend(p.tags for p in loaded.stream(sentences, window=2, workers=workers))
        return answered, str(fault.value)

    alone = outcome(1)
    assert alone == ([("A",), ("B",), ("A",), ("B",)], "in:6: no column 'place'; there are tokens only")
    assert outcome(2) == alone


def test_columns_of_conllu_stand_in_misc(tagger: Command, placed: Path, tmp_path: Path) -> None:
    source, copy = tmp_path / "in.conllu", tmp_path / "out.conll"
    columns = ("--columns", "token,place,tag,x", "--layer", "tag")
    assert tagger("convert", placed.with_name("train.conll"), source, *columns).code == 0
    assert "accuracy 100.00" in tagger("evaluate", source, "--model", placed).text
    assert tagger("tag", source, "--model", placed).text == source.read_text("utf-8")
    assert tagger("convert", source, copy, "--layer", "tag").code == 0
    assert copy.read_bytes() == placed.with_name("train.conll").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "stdin"),
    [
        (["--input", "columns", "--columns", "token"], b"w\n\n"),
        (["--input", "tokens"], b"w w\n"),
        (["--input", "text"], b"w w\n"),
        (["--input", "conllu"], b"1\tw" + b"\t_" * 8 + b"\n\n"),
    ],
)
def test_a_column_that_the_model_reads_and_the_input_lacks_is_one_line(
    tagger: Command, placed: Path, arguments: list[str], stdin: bytes
) -> None:
    fault = tagger("tag", "--model", placed, *arguments, stdin=stdin).fault
    assert "no column 'place'; there are " in fault


def test_too_few_columns_are_one_line(tagger: Command, placed: Path) -> None:
    assert "-" in tagger("tag", "--model", placed, "--input", "columns", stdin=b"w\n\n").fault


def test_a_feature_without_its_column_does_not_train(tagger: Command, placed: Path, tmp_path: Path) -> None:
    train = placed.with_name("train.conll")
    command = ("train", "--train", train, "--dev", "none", "--columns", "token,n,tag,x", "--output", tmp_path / "model")
    assert tagger(*command, *FEATURE).fault.endswith("train.conll:1: no column 'place'; there are n, tag, x")
    assert not list(tmp_path.iterdir())
