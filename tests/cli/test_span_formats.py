"""Records of other tools through every command: converted, learnt from, scored and answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from taggers.formats import KINDS, DoccanoFormat, encode, names, split_text
from tests.cli.conftest import Command

NER = ("--columns", "token,upos,ner", "--layer", "ner")
LABEL = [[0, 7, "PER"], [16, 20, "LOC"], [22, 24, "PER"]]
RECORD = {"id": 1, "text": "Ada Obi went to Oslo. Bo slept.", "label": LABEL}


def put(path: Path, *records: Any) -> Path:
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), "utf-8")
    return path


def got(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_the_shape_is_seen_and_a_copy_is_the_same(tagger: Command, tmp_path: Path) -> None:
    source = put(tmp_path / "in.jsonl", RECORD, {**RECORD, "id": 2})
    outcome = tagger("convert", source, tmp_path / "out.jsonl")
    assert outcome.code == 0
    assert (tmp_path / "out.jsonl").read_bytes() == source.read_bytes()
    assert outcome.err.splitlines() == [
        f"{source}: 4 sentences, 18 tokens", "tag: IOB2", f"wrote {tmp_path / 'out.jsonl'}",
    ]  # fmt: skip


def test_what_another_shape_cannot_hold_is_said(tagger: Command, tmp_path: Path) -> None:
    source = put(tmp_path / "in.jsonl", {**RECORD, "meta": {}}, RECORD)
    outcome = tagger("convert", source, tmp_path / "out", "--to", "spacy")
    assert outcome.err.splitlines()[2] == "not kept: id (2), meta (1)"
    assert got(tmp_path / "out") == 2 * [[RECORD["text"], {"entities": RECORD["label"]}]]
    outcome = tagger("convert", source, tmp_path / "out.conll", "--layer", "ner")
    assert outcome.code == 0
    assert outcome.err.splitlines()[1:4] == [
        "ner: IOB2", "not kept: id (2), meta (1)",
        "not kept: the text of 4 sentences beyond tokens (white space, offsets)",
    ]  # fmt: skip
    assert (tmp_path / "out.conll").read_text().splitlines()[:4] == ["-DOCSTART-\tO", "", "Ada\tB-PER", "Obi\tI-PER"]


def test_what_does_not_fit_tokens_is_listed(tagger: Command, tmp_path: Path) -> None:
    source = put(tmp_path / "in.jsonl", *(12 * [{"text": "Ada slept", "label": [[1, 3, "PER"]]}]))
    outcome = tagger("convert", source, tmp_path / "out")
    lines = outcome.err.splitlines()
    assert lines[2] == ("spans do not begin and end with a token, and are set to the whole tokens that they touch: 12")
    assert lines[3] == f"  {source}:1: PER 1 to 3 'da', now 0 to 3 'Ada'"
    assert lines[13] == "  and 2 more"
    fault = tagger("convert", source, tmp_path / "none", "--on-cut", "refuse").fault
    assert fault.startswith(f"{source}:1: span 1 to 3 cuts a token of 'Ada'")
    assert not (tmp_path / "none").exists()


def test_nested_spans_are_layers_or_refused(tagger: Command, tmp_path: Path) -> None:
    source = put(tmp_path / "in.jsonl", {"text": "New York", "label": [[0, 8, "LOC"], [0, 3, "ADJ"]]}, {"text": "No"})
    assert tagger("convert", source, tmp_path / "out").code == 0
    assert (tmp_path / "out").read_text().splitlines()[2:4] == ["New\tB-LOC\tB-ADJ", "York\tI-LOC\tO"]
    assert (tmp_path / "out").read_text().endswith("No\tO\tO\n\n")
    fault = tagger("convert", source, tmp_path / "inline", "--to", "inline").fault
    assert fault == (
        "some spans lie inside or across others (layers tag2), and inline holds one layer; "
        "name the layer to keep with --layer tag"
    )
    outcome = tagger("convert", source, tmp_path / "inline", "--to", "inline", "--layer", "tag")
    assert "not kept: layers tag2" in outcome.err
    assert (tmp_path / "inline").read_text() == "[New York](LOC)\nNo\n"


def test_nested_spans_go_through_conllu(tagger: Command, tmp_path: Path) -> None:
    records = [{"text": "New York", "label": [[0, 8, "LOC"], [0, 3, "ADJ"]]}, {"text": "No way", "label": []}]
    source = put(tmp_path / "in.jsonl", *records)
    assert tagger("convert", source, tmp_path / "a.conllu").code == 0
    assert tagger("convert", tmp_path / "a.conllu", tmp_path / "b.jsonl", "--to", "doccano", "--layer", "tag").code == 0
    assert got(tmp_path / "b.jsonl") == records


def test_json_lines_hold_all_layers(tagger: Command, tmp_path: Path) -> None:
    records = [{"text": "New York", "label": [[0, 8, "LOC"], [0, 3, "ADJ"]]}, {"text": "No way", "label": []}]
    source, own, copy, back = put(tmp_path / "in.jsonl", *records), *(tmp_path / f"{n}.jsonl" for n in ("a", "b", "c"))
    assert tagger("convert", source, own, "--to", "jsonl").err.count("layers") == 0
    assert [record.get("layers") for record in got(own)] == [{"tag2": ["B-ADJ", "O"]}, None]
    assert "not kept" not in tagger("convert", own, copy).err
    assert copy.read_bytes() == own.read_bytes()
    assert tagger("convert", own, back, "--to", "doccano").code == 0
    assert got(back) == records
    columns = tmp_path / "in.conll"
    columns.write_text("Ada\tN\tB-PER\nslept\tV\tO\n\n")
    assert "not kept" not in tagger("convert", columns, own, "--columns", "token,pos,ner", "--to", "jsonl").err
    assert got(own)[0]["layers"] == {"pos": ["N", "V"]}
    assert tagger("convert", own, tmp_path / "out.conll", "--layer", "ner").code == 0
    assert (tmp_path / "out.conll").read_bytes() == columns.read_bytes()


def test_layers_with_gaps_are_for_tables_alone(tagger: Command, tmp_path: Path) -> None:
    row = "1\ta" + "\t_" * 7
    (tmp_path / "in.conllu").write_text(f"{row}\tner=O|x=1\n\n{row}\tner=O\n\n")
    convert = ("convert", tmp_path / "in.conllu", tmp_path / "out", "--layer", "ner", "--to")
    assert ", misc, x\n" in tagger(*convert, "huggingface").err
    assert got(tmp_path / "out") == 2 * [{"tokens": ["a"], "ner_tags": ["O"]}]
    assert tagger(*convert, "columns").code == 0
    assert (tmp_path / "out").read_text() == "a\tO\t1\n\na\tO\t\n\n"


def test_options_that_say_nothing_to_a_format_are_refused(tagger: Command, tmp_path: Path) -> None:
    source = put(tmp_path / "in.jsonl", RECORD)
    for name, option, fault in (
        ("columns", ("--on-cut", "snap"), "--on-cut says how spans of characters are read"),
        ("doccano", ("--tag-names", "O"), "--tag-names says what the numbers of tags mean"),
        ("conllu", ("--unspaced",), "--unspaced says how tokens are a text"),
    ):
        outcome = tagger("convert", source, tmp_path / "out", "--from", name, *option)
        assert outcome.fault.startswith(f"{fault}, but INPUT is {name}: leave it out")


def test_numbers_need_names(tagger: Command, tmp_path: Path) -> None:
    source = put(tmp_path / "in.jsonl", {"tokens": ["Ada", "slept"], "ner_tags": [1, 0]})
    assert "--tag-names O,B-PER,... in order" in tagger("convert", source, tmp_path / "out").fault
    assert tagger("convert", source, tmp_path / "out", "--tag-names", "O, B-PER").code == 0
    assert (tmp_path / "out").read_text() == "Ada\tB-PER\nslept\tO\n\n"


def test_a_folder_of_brat_goes_both_ways(tagger: Command, tmp_path: Path) -> None:
    folder = tmp_path / "brat"
    assert tagger("convert", put(tmp_path / "in.jsonl", RECORD, RECORD), folder, "--to", "brat").code == 0
    assert (folder / "000002.ann").read_text() == ("T1\tPER 0 7\tAda Obi\nT2\tLOC 16 20\tOslo\nT3\tPER 22 24\tBo\n")
    (folder / "000001.ann").write_text("T1\tPER 0 7\tAda Obi\nR1\tIn Arg1:T1 Arg2:T1\nT2\tX 0 3;22 24\tAda Bo\n")
    outcome = tagger("convert", folder, tmp_path / "back.jsonl", "--from", "brat", "--to", "doccano")
    assert "not kept: relations (1), discontinuous spans (1)" in outcome.err
    assert "spans are discontinuous, and are left out of the layers: 1" in outcome.err
    assert [record["label"] for record in got(tmp_path / "back.jsonl")] == [[[0, 7, "PER"]], RECORD["label"]]
    fault = tagger("convert", folder, "-", "--from", "brat", "--to", "brat").fault
    assert fault == "brat is a folder of files, and goes to no stream: name a folder, or another format"


def test_characters_have_no_blanks_between_them_where_that_is_said(tagger: Command, tmp_path: Path) -> None:
    (tmp_path / "in").write_text("北 B-LOC\n京 E-LOC\n好 O\n\n", "utf-8")
    convert = ("convert", tmp_path / "in", tmp_path / "out", "--to")
    assert tagger(*convert, "text", "--unspaced").code == 0
    assert (tmp_path / "out").read_text("utf-8") == "北京好\n"
    assert tagger(*convert, "inline", "--unspaced").code == 0
    assert (tmp_path / "out").read_text("utf-8") == "[北京](LOC)好\n"
    assert tagger(*convert, "doccano", "--unspaced").code == 0
    assert got(tmp_path / "out") == [{"text": "北京好", "label": [[0, 2, "LOC"]]}]
    assert tagger(*convert, "columns", "--unspaced").err.count("not kept") == 0
    assert tagger(*convert, "text").code == 0
    assert (tmp_path / "out").read_text("utf-8") == "北 京 好\n"


UNLABELLED = [name for name in names(write=True, tags=True) if name != "snips"]  # that wants an intent


@pytest.mark.parametrize("target", UNLABELLED)
@pytest.mark.parametrize("source", [name for name in UNLABELLED if name != "inline"])
def test_every_format_of_spans_becomes_every_other(
    tagger: Command, tmp_path: Path, corpus: Path, source: str, target: str
) -> None:
    """The spans are those of the corpus, whatever they went through."""
    one, two, three = tmp_path / "one", tmp_path / "two", tmp_path / "three"
    outcome = tagger("convert", corpus, one, *NER, "--to", source)
    assert outcome.code == 0, outcome.err
    outcome = tagger("convert", one, two, "--from", source, "--to", target, "--layer", "ner")
    if source == "columns":
        outcome = tagger("convert", one, two, "--from", source, "--to", target, *NER)
    assert outcome.code == 0, outcome.err
    if target == "inline":
        found = two.read_text("utf-8").count("](")
    else:
        columns = NER if source == "columns" else ("--columns", "token=0,ner=-1", "--layer", "ner")
        options = columns if target == "columns" else ("--layer", "ner")
        outcome = tagger("convert", two, three, "--from", target, *options, "--to", "inline")
        assert outcome.code == 0, outcome.err
        found = three.read_text("utf-8").count("](")
    assert found == corpus.read_text("utf-8").count(" B-") + corpus.read_text("utf-8").count("\tB-")
    assert found > 0
    assert KINDS[target].spans


@pytest.fixture(scope="module")
def records(tagger: Command, corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small corpus as records of Prodigy, which hold its tokens."""
    path = tmp_path_factory.mktemp("records") / "small.jsonl"
    assert tagger("convert", corpus, path, *NER, "--to", "prodigy").code == 0
    return path


def test_a_model_is_scored_on_records_as_on_columns(
    tagger: Command, model: Path, corpus: Path, records: Path, tmp_path: Path
) -> None:
    columns, lines = (json.loads(tagger("evaluate", f, "--model", model, "--json").text) for f in (corpus, records))
    for values in (columns, lines):  # documents go by the file, and are what intervals are drawn from
        del values["detail"]["breakdown"]["document"]
        for figures in values["confidence"].values():
            del figures["interval"]
    assert lines == columns
    assert tagger("convert", corpus, tmp_path / "brat", *NER, "--to", "brat").code == 0
    assert tagger("evaluate", tmp_path / "brat", "--input", "brat", "--model", model).code == 0


def test_records_come_back_with_predicted_spans(tagger: Command, model: Path, records: Path, tmp_path: Path) -> None:
    bare = put(tmp_path / "bare.jsonl", *({**r, "spans": [], "id": n} for n, r in enumerate(got(records))))
    answered = [json.loads(line) for line in tagger("tag", bare, "--model", model).text.splitlines()]
    gold = got(records)
    assert [r["id"] for r in answered] == list(range(len(gold)))
    assert [r["spans"] for r in answered] == [r["spans"] for r in gold]  # it has learnt them by heart
    wrong = put(tmp_path / "wrong.jsonl", {"text": "Ada slept", "label": [[4, 9, "PER"], [0, 9, "LOC"]], "id": 1})
    [one] = [json.loads(line) for line in tagger("tag", wrong, "--model", model).text.splitlines()]
    assert one.keys() == {"text", "label", "id"}
    assert [0, 9, "LOC"] not in one["label"]
    for target in ("spacy", "jsonl", "huggingface", "inline", "conllu", "columns"):
        assert tagger("tag", wrong, "--model", model, "--output", target).code == 0
    assert "'brat' is not one of" in tagger("tag", wrong, "--model", model, "--output", "brat").fault


def test_a_model_is_trained_on_records(tagger: Command, records: Path, small: list[str], tmp_path: Path) -> None:
    outcome = tagger(
        "train", "--train", records, "--dev", records, "--layer", "ner", "--output", tmp_path / "model", *small,
        "--set", "training.epochs=1",
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    settings = json.loads((tmp_path / "model" / "config.json").read_text())
    assert settings["config"]["data"]["format"] == "jsonl"
    assert tagger("evaluate", records, "--model", tmp_path / "model").code == 0


def test_records_of_other_layers_are_no_columns(tagger: Command, tmp_path: Path) -> None:
    whole = {"tokens": ["a"], "ner_tags": ["O"], "pos_tags": ["X"]}
    source = put(tmp_path / "in.jsonl", whole, {"tokens": ["b"], "ner_tags": ["O"]})
    fault = tagger("convert", source, tmp_path / "out").fault
    assert fault.startswith(f"{source}:2: expected the layers ner, pos as in those before, found ner; give all")


def test_sets_of_tags_are_no_spans(tagger: Command, tmp_path: Path) -> None:
    (tmp_path / "in").write_text("a B-X\n\nb ?\n\n")
    for target in ("doccano", "jsonl", "brat", "inline"):
        fault = tagger("convert", tmp_path / "in", tmp_path / "out", "--partial", "--to", target).fault
        assert fault.startswith(f"{tmp_path / 'in'}:3: {target} holds spans and no sets of tags such as ?")
    assert tagger("convert", tmp_path / "in", tmp_path / "out", "--partial", "--to", "huggingface").code == 0


def test_an_answer_comes_before_the_next_record() -> None:
    """Each record is put together as soon as its last sentence is there."""
    asked: list[int] = []

    def sentences() -> Any:
        for number in range(3):
            asked.append(number)
            yield from split_text("Ada slept. Obi left.")

    for number, _ in enumerate(encode(sentences(), DoccanoFormat()), start=1):
        assert len(asked) == number


def test_spans_under_two_keys_are_refused(tagger: Command, tmp_path: Path) -> None:
    source = put(tmp_path / "in.jsonl", {"text": "a", "label": [], "entities": []})
    fault = tagger("convert", source, tmp_path / "out").fault
    assert fault == f"{source}:1: expected spans under one key, found entities and label; leave one of them"


def test_nested_spans_are_no_hindrance_to_tag(tagger: Command, model: Path, tmp_path: Path) -> None:
    nested = {"text": "New York", "label": [[0, 8, "L"], [0, 3, "A"]]}
    source = put(tmp_path / "in.jsonl", {"text": "Ada", "label": []}, nested)
    written = tagger("tag", source, "--model", model, "--output", "columns").text
    rows = [line.split("\t") for line in written.splitlines() if line and not line.startswith("-DOCSTART-")]
    assert [(row[0], len(row)) for row in rows] == [("Ada", 2), ("New", 2), ("York", 2)]


def test_what_is_not_learnt_is_told(tagger: Command, tmp_path: Path, small: list[str]) -> None:
    source = put(tmp_path / "in.jsonl", *(4 * [{"text": "New York", "label": [[0, 8, "L"], [0, 3, "A"]]}]))
    outcome = tagger("train", "--train", source, "--dev", "none", "--output", tmp_path / "m", *small,
                     "--set", "training.epochs=1")  # fmt: skip
    assert outcome.code == 0, outcome.err
    assert "spans lie inside or across longer ones, and go to a layer of their own: 4" in outcome.err
    assert f"{source}:1: A 0 to 3 'New', in layer tag2" in outcome.err


def test_records_without_tokens_are_counted_where_they_have_no_place(
    tagger: Command, model: Path, tmp_path: Path
) -> None:
    source = put(tmp_path / "in.jsonl", {"text": "Ada", "label": []}, {"text": "", "label": []}, {"text": "Obi"})
    for name in ("columns", "conllu"):
        outcome = tagger("convert", source, tmp_path / name, "--to", name)
        assert outcome.err.count("not kept: 1 sentence without tokens\n") == 1
        assert (tmp_path / name).read_text().count("# newdoc\n") == 2 * (name == "conllu")
        outcome = tagger("tag", "--model", model, "--input", "doccano", "--output", name, source)
        assert outcome.text.count("Ada\t") == outcome.text.count("Obi\t") == 1
        assert outcome.err == "not kept: 1 sentence without tokens\n"
    assert tagger("convert", source, tmp_path / "brat", "--to", "brat").err.count("not kept") == 0
    assert (tmp_path / "brat" / "000002.txt").read_text() == ""
    assert tagger("tag", "--model", model, "--output", "columns", stdin=b"Ada.\n\nObi.\n").err == ""


def test_tokens_that_text_alone_does_not_tell_are_counted(tagger: Command, tmp_path: Path) -> None:
    source = put(tmp_path / "in.jsonl", {"tokens": ["can't", "."], "ner_tags": ["B-X", "O"]})
    for name in ("doccano", "spacy", "brat", "inline"):
        err = tagger("convert", source, tmp_path / name, "--to", name).err.splitlines()
        assert f"not kept: the tokens and borders of 1 sentence: {name} holds text alone" in err
    assert "not kept" not in tagger("convert", source, tmp_path / "out", "--to", "prodigy").err


@pytest.mark.parametrize("source", ["columns", "doccano", "jsonl", "conllu", "huggingface", "tokens"])
@pytest.mark.parametrize("target", ["columns", "conllu", "brat", "doccano", "jsonl", "huggingface", "inline"])
def test_an_empty_file_becomes_an_empty_one(tagger: Command, tmp_path: Path, source: str, target: str) -> None:
    (tmp_path / "in").write_bytes(b"")
    outcome = tagger("convert", tmp_path / "in", tmp_path / "out", "--from", source, "--to", target)
    assert outcome.code == 0, outcome.err
    if target == "brat":
        assert not list((tmp_path / "out").iterdir())
    else:
        assert (tmp_path / "out").read_bytes() == b""
