"""Classifiers from the shell: trained on a table, asked in every format, and labels learnt beside tags."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from taggers import Tagger

if TYPE_CHECKING:
    from tests.cli.conftest import Command

WORDS = {"greeting": ("hello", "hi"), "parting": ("bye", "farewell"), "question": ("where", "who")}
NAMES = ("ada", "obi", "mei")
SMALL = [
    argument
    for value in (
        "model.encoder.hidden_size=16", "model.characters.kind=none", "training.epochs=60", "training.patience=60",
        "training.batch_tokens=16", "training.optimiser.learning_rate=0.01", "training.word_dropout=0",
        "training.unknown=0", "model.encoder.input_dropout=0", "model.encoder.output_dropout=0",
        "model.encoder.recurrent_dropout=0", "training.schedule.kind=constant",
        "model.casing.size=0",
    )
    for argument in ("--set", value)
]  # fmt: skip
ROWS = [(f"{word}, {name}!", label) for label, words in WORDS.items() for word in words for name in NAMES]
ALONE = ("--set", "task.kind=classification")


def table(rows: list[tuple[str, str]], header: str = "text,label") -> str:
    content = io.StringIO()
    csv.writer(content).writerows([header.split(","), *rows])
    return content.getvalue()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table, JSON lines with sets of labels, and columns with intents."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "train.csv").write_text(table(ROWS), "utf-8", newline="")
    records = [{"text": t, "label": [label, "named"] if "ada" in t else []} for t, label in ROWS]
    (folder / "train.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records), "utf-8")
    sentences = []
    for text, label in ROWS:
        word, name = text.removesuffix("!").split(", ")
        sentences.append(f"# intent = {label}\n{word}\tO\n{name}\tB-NAME\n\n")
    (folder / "train.conll").write_text("".join(sentences), "utf-8")
    return folder


def trained(tagger: Command, data: Path, file: str, *arguments: str) -> Path:
    model = data / f"model-{file}"
    outcome = tagger("train", "--train", data / file, "--dev", data / file, "--output", model, *arguments, *SMALL)
    assert outcome.code == 0, outcome.err
    return model


@pytest.fixture(scope="module")
def one(tagger: Command, data: Path) -> Path:
    """A classifier of one label a text."""
    return trained(tagger, data, "train.csv", *ALONE)


@pytest.fixture(scope="module")
def many(tagger: Command, data: Path) -> Path:
    """A classifier of sets of labels."""
    return trained(tagger, data, "train.jsonl", *ALONE, "--set", "task.many=true")


@pytest.fixture(scope="module")
def joint(tagger: Command, data: Path) -> Path:
    """A tagger that gives each sentence a label too."""
    said = ("--columns", "token,name", "--set", "data.label=intent", "--set", "task.label={weight = 2.0}")
    return trained(tagger, data, "train.conll", *said)


def test_text_comes_back_as_a_table_one_text_a_line(tagger: Command, one: Path) -> None:
    outcome = tagger("tag", "--model", one, stdin=b'Where, "ada"! Who?\n\nbye, obi\n')
    assert outcome.text == 'text,label\n"Where, ""ada""! Who?",question\n"bye, obi",parting\n'
    assert outcome.err == "not kept: 1 text without tokens\n"


def test_sequences_are_not_asked_of_labels(tagger: Command, one: Path) -> None:
    for output in ("csv", "jsonl"):
        fault = tagger("tag", "--model", one, "--output", output, "--k-best", 2, stdin=b"a fine day\n").fault
        assert fault.startswith("--k-best is of sequences of tags, and this model gives labels of texts: leave it out")
    fault = tagger("tag", "--model", one, "--decoding", "risk", stdin=b"a fine day\n").fault
    assert fault == "decoding by risk is for tags, and the model gives none: leave it out"


def test_tables_come_back_with_their_labels_and_other_columns(tagger: Command, one: Path, tmp_path: Path) -> None:
    for content, expected in (
        ('text,label\nhi there,"x"\n', "text,label\nhi there,greeting\n"),
        ("id,text\n7,hi there\n", "id,text,label\n7,hi there,greeting\n"),
        ("text,kind\nhi there,x\n", "text,kind,label\nhi there,x,greeting\n"),
        ("text\nhi there\n", "text,label\nhi there,greeting\n"),
    ):
        (tmp_path / "a.csv").write_text(content, "utf-8")
        assert tagger("tag", "--model", one, tmp_path / "a.csv").text == expected
    (tmp_path / "a.tsv").write_text("x\thi there\n", "utf-8")
    assert tagger("tag", "--model", one, "--columns", "label,text", tmp_path / "a.tsv").text == "greeting\thi there\n"
    assert tagger("tag", "--model", one, "--columns", "id,text", tmp_path / "a.tsv").text == "x\thi there\tgreeting\n"


def test_json_lines_come_back_as_they_were_but_for_the_label(tagger: Command, one: Path, many: Path) -> None:
    lines = b'{"id": 7, "text": "hi there"}\n{"text": "who", "label": "x"}\n'
    assert tagger("tag", "--model", one, "--input", "jsonl", stdin=lines).text.splitlines() == [
        '{"id": 7, "text": "hi there", "label": "greeting"}', '{"text": "who", "label": "question"}',
    ]  # fmt: skip
    lines = b'{"text": "hi, ada!"}\n{"text": "hi, obi!", "label": ["x"]}\n'
    assert tagger("tag", "--model", many, "--input", "jsonl", stdin=lines).text.splitlines() == [
        '{"text": "hi, ada!", "label": ["greeting", "named"]}', '{"text": "hi, obi!", "label": []}',
    ]  # fmt: skip
    assert tagger("tag", "--model", many, stdin=b"hi, ada!\nhi, obi!\n").text == (
        'text,label\n"hi, ada!",greeting|named\n"hi, obi!",\n'
    )
    answer = tagger("tag", "--model", many, "--output", "jsonl", stdin=b"hi, ada!\n").text
    assert json.loads(answer) == {"text": "hi, ada!", "label": ["greeting", "named"]}


def test_answers_go_to_comments_where_there_are_comments(tagger: Command, one: Path, tmp_path: Path) -> None:
    for output in ("conllu", "columns"):
        answer = tagger("tag", "--model", one, "--output", output, stdin=b"hi there\n").text
        assert answer.count("# label = greeting\n") == 1
    (tmp_path / "a.conllu").write_text("1\thi" + 8 * "\t_" + "\n\n", "utf-8")
    assert tagger("tag", "--model", one, tmp_path / "a.conllu").text == (
        "# label = greeting\n1\thi" + 8 * "\t_" + "\n\n"
    )
    for output in ("inline", "snips", "doccano"):
        fault = tagger("tag", "--model", one, "--output", output, stdin=b"hi there\n").fault
        assert fault.startswith(f"--output {output} holds tags, and {one} gives labels: name one of columns, conllu, ")
    layer = ("evaluate", "--model", one, "--layer", "upos", tmp_path / "a.conllu")
    assert tagger(*layer).fault.startswith(f"--layer upos names tags, and {one} gives labels of texts")


def test_the_answer_stands_in_the_column_that_training_read(tagger: Command, data: Path, tmp_path: Path) -> None:
    (data / "kinds.csv").write_text(table(ROWS, "text,kind"), "utf-8", newline="")
    model = trained(tagger, data, "kinds.csv", *ALONE)
    for content, expected in (
        ("text,kind\nhi there,x\n", "text,kind\nhi there,greeting\n"),
        ("kind,text\n,hi there\n", "kind,text\ngreeting,hi there\n"),
        ("text\nhi there\n", "text,kind\nhi there,greeting\n"),
    ):
        (tmp_path / "a.csv").write_text(content, "utf-8")
        assert tagger("tag", "--model", model, tmp_path / "a.csv").text == expected
    assert "accuracy 100.00" in tagger("evaluate", "--model", model, data / "kinds.csv").text


def test_only_a_separator_of_the_training_gives_way(tagger: Command, data: Path, tmp_path: Path) -> None:
    (data / "tabs.csv").write_text("".join(f"{t}\t{label}\n" for t, label in [("text", "label"), *ROWS]), "utf-8")
    model = trained(tagger, data, "tabs.csv", *ALONE, "--set", "data.separator=tab")
    for name, content in (("a.csv", "text,label\nhi ada,x\n"), ("b.csv", "text\tlabel\nhi ada\tx\n")):
        (tmp_path / name).write_text(content, "utf-8")
        assert tagger("tag", "--model", model, tmp_path / name).text == content.replace("x\n", "greeting\n")
    commas = (tmp_path / "a.csv").rename(tmp_path / "commas.csv")
    commas.write_text(table(ROWS), "utf-8", newline="")
    assert "accuracy 100.00" in tagger("evaluate", "--model", model, commas).text
    problem = f"{commas}:1: expected columns separated by a tab, found none in 'text,label'; say another separator"
    train = ("train", "--dev", "none", "--output", tmp_path / "m", *ALONE, *SMALL, "--set", "data.separator=tab")
    for said in (
        ("tag", "--model", model, commas, "--separator", "tab"),
        ("evaluate", "--model", model, commas, "--input", "csv", "--separator", "tab"),
        ("convert", commas, tmp_path / "out.jsonl", "--separator", "tab"),
        (*train, "--train", commas),
        (*train, "--train", data / "tabs.csv", "--test", commas),
    ):
        assert tagger(*said).fault == f"{problem}, or leave it out"
    assert not (tmp_path / "m").exists()
    assert not (tmp_path / "out.jsonl").exists()


def test_an_empty_cell_is_no_fault_where_labels_are_asked_for(tagger: Command, one: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,label\nhi,\nbye,\n", "utf-8")
    assert tagger("tag", "--model", one, tmp_path / "a.csv").text == "text,label\nhi,greeting\nbye,parting\n"
    assert "a.csv:2: expected a label, found none" in tagger("evaluate", "--model", one, tmp_path / "a.csv").fault


def test_texts_without_a_label_have_the_empty_set(tagger: Command, many: Path, tmp_path: Path) -> None:
    lines = ['{"text": "hi, ada!", "label": ["greeting", "named"]}', '{"text": "hi, obi!"}',
             '{"text": "bye, mei!", "label": null}']  # fmt: skip
    (tmp_path / "a.jsonl").write_text("\n".join(lines), "utf-8")
    found = json.loads(tagger("evaluate", "--model", many, "--json", tmp_path / "a.jsonl").text)
    assert (found["accuracy"], found["micro"]["gold"]) == (1.0, 2)
    train = ("train", "--train", tmp_path / "a.jsonl", "--dev", "none", "--output", tmp_path / "m", *ALONE, *SMALL)
    assert tagger(*train, "--set", "task.many=true", "--set", "training.epochs=1").code == 0


def test_a_file_in_which_no_text_has_a_label_is_no_gold_for_sets(tagger: Command, many: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "hi, ada!"}\n{"text": "hi, obi!", "label": null}\n', "utf-8")
    fault = tagger("evaluate", "--model", many, tmp_path / "a.jsonl").fault
    assert fault == f"{tmp_path}/a.jsonl: expected texts with labels, found none; name another file"
    said = ("--dev", tmp_path / "a.jsonl", "--output", tmp_path / "m", *ALONE, *SMALL, "--set", "task.many=true")
    train = ("train", "--train", many.parent / "train.jsonl", *said, "--set", "training.epochs=1")
    assert "dev has no labels: there is nothing to find in it" in tagger(*train).err
    (tmp_path / "a.jsonl").write_text('{"text": "hello, obi!", "label": []}\n{"text": "hi, mei!"}\n', "utf-8")
    found = json.loads(tagger("evaluate", "--model", many, "--json", tmp_path / "a.jsonl").text)
    assert found["accuracy"] == 1.0


def test_a_list_of_labels_is_not_learnt_as_one(tagger: Command, one: Path, tmp_path: Path) -> None:
    lines = b'{"text": "hi", "label": ["a"]}\n{"text": "bye", "label": ["a", "b"]}\n'
    (tmp_path / "a.jsonl").write_bytes(lines)
    fault = tagger("train", "--train", tmp_path / "a.jsonl", "--dev", "none", "--output", tmp_path / "m", *ALONE).fault
    assert fault.startswith(f'{tmp_path}/a.jsonl:2: expected one label, found the list ["a", "b"]; say task.many')
    assert tagger("tag", "--model", one, tmp_path / "a.jsonl").text.splitlines()[1] == (
        '{"text": "bye", "label": ["parting"]}'
    )


def test_tags_that_a_table_cannot_keep_are_not_lost_in_silence(tagger: Command, joint: Path, model: Path) -> None:
    outcome = tagger("tag", "--model", joint, "--output", "csv", stdin=b"hi ada\n")
    assert outcome.text == "text,label\nhi ada,greeting\n"
    assert outcome.err == "not kept: layers name\n"
    assert tagger("tag", "--model", model, "--output", "csv", stdin=b"hi ada\n").fault.startswith(
        "--output csv has no place for tags"
    )


def test_hints_name_file_and_setting(tagger: Command, data: Path, tmp_path: Path) -> None:
    fault = tagger("train", "--train", data / "train.csv", "--dev", "none", "--output", tmp_path / "m").fault
    assert fault.startswith(f"{data}/train.csv: expected tags to learn, found csv, which has none")
    assert "--task classification" in fault
    train = ("train", "--train", data / "train.conll", "--dev", "none", "--output", tmp_path / "m", *ALONE)
    assert "data.label" in tagger(*train, "--comments", "#", "--input", "columns").fault


def test_one_label_is_said_and_line_breaks_are_escaped(tagger: Command, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('text,label\nhi,"a\tb\nc"\nbye,"a\tb\nc"\n', "utf-8")
    few = ("--dev", tmp_path / "a.csv", "--output", tmp_path / "m", *ALONE, *SMALL, "--set", "training.epochs=1")
    outcome = tagger("train", "--train", tmp_path / "a.csv", *few)
    assert "every text of train has the label 'a\\tb\\nc': the model can give no other\n" in outcome.err
    scored = tagger("evaluate", "--model", tmp_path / "m", tmp_path / "a.csv").text
    assert "a\\tb\\nc     100.00" in scored
    assert "\t" not in scored
    assert "labels: a\\tb\\nc\n" in tagger("info", "--model", tmp_path / "m").text


def test_changed_labels_are_counted_apart_from_tags(tagger: Command, data: Path, joint: Path) -> None:
    outcome = tagger("export", "--model", joint, "--check", data / "train.conll").text
    assert outcome.startswith("changed tags   0 of 36 (0.000 %)\n")
    assert "changed labels 0 of 18 (0.000 %)\n" in outcome


def test_folders_are_read_and_answered_as_a_table(tagger: Command, one: Path, tmp_path: Path) -> None:
    for label, text in (("greeting", "hi there"), ("parting", "bye\nmei")):
        (tmp_path / "in" / label).mkdir(parents=True)
        (tmp_path / "in" / label / "1.txt").write_text(text, "utf-8")
    outcome = tagger("tag", "--model", one, tmp_path / "in")
    assert outcome.text == 'text,label\nhi there,greeting\n"bye\nmei",parting\n'
    assert tagger("evaluate", "--model", one, tmp_path / "in").text.count("100.00") >= 9


def test_scores_are_those_of_labels(tagger: Command, data: Path, one: Path, many: Path) -> None:
    found = json.loads(tagger("evaluate", "--model", one, "--json", data / "train.csv").text)
    assert found["accuracy"] == 1.0
    assert found["confusions"] == {label: {label: 6} for label in WORDS}
    assert "gold \\ predicted" in tagger("evaluate", "--model", one, data / "train.csv").text
    found = json.loads(tagger("evaluate", "--model", many, "--json", data / "train.jsonl").text)
    assert (found["micro"]["f1"], found["micro"]["gold"], found["confusions"]) == (1.0, 12, None)


def test_texts_without_labels_cannot_be_scored(tagger: Command, one: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text\nhi\n", "utf-8")
    assert "a.csv:2: expected a label, found none" in tagger("evaluate", "--model", one, tmp_path / "a.csv").fault
    (tmp_path / "a.csv").write_text("text,label\n", "utf-8")
    assert "expected texts with labels, found none" in tagger("evaluate", "--model", one, tmp_path / "a.csv").fault


def test_what_cannot_be_trained_on_is_refused(tagger: Command, data: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,label\nhi,a\nbye,\n", "utf-8")
    train = ("train", "--train", tmp_path / "a.csv", "--dev", "none", "--output", tmp_path / "m", *ALONE)
    assert "a.csv:3: expected a label, found none" in tagger(*train).fault
    (tmp_path / "a.csv").write_text("text\nhi\n", "utf-8")
    assert "a.csv:2: expected a label, found none" in tagger(*train).fault
    (tmp_path / "a.csv").write_text("text,label\nhi,a\n", "utf-8")
    assert (
        "model.windows: a label is read off the whole of a text"
        in tagger(*train, "--set", "model.windows.length=8").fault
    )
    assert "model.head" in tagger(*train, "--set", "model.head.kind=crf").fault
    joint = ("train", "--train", data / "train.conll", "--dev", "none", "--output", tmp_path / "m")
    assert "expected a label, found none" in tagger(*joint, "--comments", "#", "--set", "task.label={}").fault
    clash = tagger(*joint, "--columns", "token,label", "--set", "task.label={}", "--set", "data.label=intent")
    assert "a layer is called 'label' too" in clash.fault


def test_the_facts_of_a_model(tagger: Command, one: Path, many: Path) -> None:
    facts = json.loads(tagger("info", "--model", one, "--json").text)
    assert (facts["task"], facts["labels"], facts["labels of a text"]) == ("classification", sorted(WORDS), "one")
    assert facts["scores"]["dev"]["accuracy"] == 1.0
    assert json.loads(tagger("info", "--model", many, "--json").text)["labels of a text"] == "any number"
    assert "classifier" in (one / "README.md").read_text()
    assert (one / "confusions.png").read_bytes().startswith(b"\x89PNG")
    assert not (many / "confusions.png").exists()


def test_int8_and_workers_answer_alike(tagger: Command, data: Path, one: Path) -> None:
    expected = tagger("tag", "--model", one, data / "train.csv").text
    outcome = tagger("export", "--model", one, "--check", data / "train.csv")
    assert "changed labels 0 of 18" in outcome.text
    assert tagger("tag", "--model", one, "--numbers", "int8", data / "train.csv").text == expected
    assert tagger("tag", "--model", one, "--workers", "2", data / "train.csv").text == expected


def test_the_api_gives_labels_with_their_probabilities(one: Path, joint: Path) -> None:
    tagger = Tagger.load(one, device="cpu")
    [answer] = tagger.tag("Hi. Where is ada?\nWho?")
    assert answer.label in WORDS
    assert len(answer.sentence) == 8
    assert sum(answer.scores.values()) == pytest.approx(1.0, abs=1e-5)
    assert answer.scores[answer.label] == max(answer.scores.values())
    assert tagger.tag(" \n") == []
    assert tagger.tag(["hi", "there"]).label == "greeting"
    first, second = Tagger.load(joint, device="cpu").tag("Hi ada. Where mei!")
    assert (first.sentence_label, second.sentence_label) == ("greeting", "question")


def test_a_label_beside_tags_comes_back_in_its_comment(tagger: Command, data: Path, joint: Path) -> None:
    wrong = (data / "train.conll").read_text("utf-8").replace("greeting", "?")
    outcome = tagger("tag", "--model", joint, "--input", "columns", stdin=wrong.encode())
    for old, new in zip(data.joinpath("train.conll").read_text().splitlines(), outcome.text.splitlines(), strict=True):
        assert new == (f"{old}\t{old.split()[1]}" if "\t" in old else old)
    assert tagger("tag", "--model", joint, stdin=b"hi ada\n").text == "(greeting) hi [ada](NAME)\n"
    answer = json.loads(tagger("tag", "--model", joint, "--output", "jsonl", stdin=b"bye mei\n").text)
    assert (answer["label"], answer["spans"][0]["label"]) == ("parting", "NAME")
    assert "# intent = parting\n" in tagger("tag", "--model", joint, "--output", "conllu", stdin=b"bye mei\n").text


def test_tags_and_labels_are_scored_together(tagger: Command, data: Path, joint: Path) -> None:
    found = json.loads(tagger("evaluate", "--model", joint, "--json", data / "train.conll").text)
    assert found["lenient"]["overall"]["f1"] == found["further"]["label"]["accuracy"] == 1.0
    shown = tagger("evaluate", "--model", joint, data / "train.conll").text
    assert "\nlabel:\n" in shown
    facts = json.loads(tagger("info", "--model", joint, "--json").text)
    assert facts["further layers"] == {"label": sorted(WORDS)}
    assert facts["scores"]["dev, label"]["accuracy"] == 1.0
