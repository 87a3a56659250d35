"""`tagger convert`: what is found and what is lost is said; a failure leaves nothing."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from taggers.cli import main
from taggers.formats import ColumnFormat, read
from taggers.text.schemes import SCHEMES, decode, violations

IOB1 = "Ada I-PER\nObi I-PER\nBo B-PER\nslept O\n\n-DOCSTART- O\n\nOslo I-LOC\n\n"
CONLLU = """\
# newdoc
# text = Ada va au lit.
1\tAda\tAda\tPROPN\t_\t_\t2\tnsubj\t_\t_
2\tva\taller\tVERB\t_\t_\t0\troot\t_\t_
3-4\tau\t_\t_\t_\t_\t_\t_\t_\t_
3\tà\tà\tADP\t_\t_\t5\tcase\t_\t_
4\tle\tle\tDET\t_\t_\t5\tdet\t_\t_
5\tlit\tlit\tNOUN\t_\t_\t2\tobl\t_\tSpaceAfter=No
6\t.\t.\tPUNCT\t_\t_\t2\tpunct\t_\t_

"""


@pytest.fixture
def convert(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., int]:
    """Run the command in an empty folder and give its exit code."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["tagger", "convert", *arguments])
        with pytest.raises(SystemExit) as stop:
            main()
        return int(stop.value.code or 0)

    return run


def put(name: str, content: str) -> str:
    Path(name).write_text(content, "utf-8")
    return name


def got(name: str) -> str:
    return Path(name).read_text("utf-8")


def test_a_scheme_becomes_another_and_all_else_stays(
    convert: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert convert(put("in", IOB1), "out", "--scheme", "IOBES") == 0
    assert got("out") == IOB1.replace("Ada I-", "Ada B-").replace("Obi I-", "Obi E-").replace("Bo B-", "Bo S-").replace(
        "Oslo I-", "Oslo S-"
    )
    assert capsys.readouterr().err.splitlines() == ["in: 2 sentences, 5 tokens", "tag: IOB1", "wrote out"]
    assert convert("out", "back", "--scheme", "IOB1") == 0
    assert got("back") == IOB1


def test_violations_are_listed_and_repaired_or_refused(
    convert: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    put("in", "a B-X\nb O\nc I-X\n\nd B-X\ne O\nf B-X\n\n")
    assert convert("in", "out") == 0
    assert "  in:3: I-X after O" in capsys.readouterr().err.splitlines()
    assert got("out").splitlines()[2] == "c B-X"
    assert convert("in", "refused", "--on-invalid", "refuse") == 2
    assert capsys.readouterr().err == (
        "error: in:3: I-X after O breaks IOB2; mend it, or repair with --on-invalid repair\n"
    )
    assert not Path("refused").exists()


def test_sets_of_tags_widen_with_the_scheme(convert: Callable[..., int]) -> None:
    put("in", "a B-X\nb ?\nc O|B-X\n\nd B-X\ne I-X\nf O\n\n")
    assert convert("in", "out", "--scheme", "IOBES", "--partial") == 0
    assert got("out") == "a B-X|S-X\nb ?\nc O|S-X\n\nd B-X\ne E-X\nf O\n\n"


def test_a_layer_that_is_not_there_is_one_line(convert: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    put("in", "1 Ada PROPN B-PER\n")
    assert convert("in", "out", "--columns", "index,token,upos,ner", "--layer", "pos") == 2
    assert capsys.readouterr().err == "error: in:1: no layer 'pos'; there are upos, index, ner\n"


def test_plain_tags_have_no_scheme_to_go_to(convert: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert convert(put("in", "a DET\nb NOUN\n"), "out", "--scheme", "IOB2") == 2
    expected = "error: in:1: layer 'tag' is plain: there is no way to IOB2; name another --layer or --scheme\n"
    assert capsys.readouterr().err == expected


def test_columns_become_spans_with_offsets(convert: Callable[..., int]) -> None:
    assert convert(put("in", IOB1), "out.jsonl") == 0
    first, second = map(json.loads, got("out.jsonl").splitlines())
    assert [(s["text"], s["label"]) for s in first["spans"]] == [("Ada Obi", "PER"), ("Bo", "PER")]
    assert (second["text"], second["line"]) == ("Oslo", 8)


def test_columns_become_inline_text_and_tokens(convert: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert convert(put("in", IOB1), "out", "--to", "inline") == 0
    assert got("out") == "[Ada Obi](PER) [Bo](PER) slept\n[Oslo](LOC)\n"
    assert "not kept: 1 line between tokens" in capsys.readouterr().err
    assert convert("in", "tokens", "--to", "tokens") == 0
    assert got("tokens") == "Ada Obi Bo slept\nOslo\n"
    assert "not kept: layers tag" in capsys.readouterr().err


def test_conllu_comes_back_and_what_columns_cannot_hold_is_said(
    convert: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert convert(put("in.conllu", CONLLU), "same.conllu") == 0
    assert got("same.conllu") == CONLLU
    capsys.readouterr()
    assert convert("in.conllu", "out.conll") == 0
    expected = "Ada\tPROPN\nva\tVERB\nà\tADP\nle\tDET\nlit\tNOUN\n.\tPUNCT\n\n"
    assert got("out.conll") == f"-DOCSTART-\tO\n\n{expected}"
    assert capsys.readouterr().err.splitlines()[2:4] == [
        "not kept: layers lemma, xpos, feats, head, deprel, deps, misc",
        "not kept: 3 lines between tokens (comments, ranges, empty nodes, boundaries)",
    ]
    assert convert("in.conllu", "out2.conll", "--comments", "#") == 0
    assert got("out2.conll").startswith("# newdoc\n# text = Ada va au lit.\n")
    assert convert("out.conll", "back.conllu", "--columns", "token,upos") == 0
    assert got("back.conllu").splitlines()[:2] == ["# newdoc", "1\tAda\t_\tPROPN" + "\t_" * 6]


def test_a_layer_that_is_no_column_of_conllu_goes_to_misc(
    convert: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    put("in", "1 Ada B-PER\n")
    assert convert("in", "out.conllu", "--columns", "token=1,ner=2") == 0
    assert got("out.conllu") == "1\tAda" + "\t_" * 7 + "\tner=B-PER\n\n"
    assert "not kept: layers column0" in capsys.readouterr().err


def test_text_and_tokens_become_columns(convert: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert convert(put("in.text", "Ada slept. Obi too.\n"), "out") == 0
    assert got("out") == "Ada\nslept\n.\n\nObi\ntoo\n.\n\n"
    assert convert(put("in.tokens", "Ada slept .\n"), "out.conllu") == 0
    assert got("out.conllu").count("\n") == 4
    capsys.readouterr()
    assert convert("in.text", "out.jsonl") == 2
    assert capsys.readouterr().err == "error: text has no tags to write; name a format with tags by --from\n"
    assert convert("in.tokens", "out", "--scheme", "IOB2") == 2


def test_a_failed_conversion_leaves_nothing(convert: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    put("in", "xin chào\tO\n\n")
    assert convert("in", "out", "--output-separator", "space") == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        "error: in:1: 'xin chào', 'O' would not come back as 2 columns separated by a blank; write with tabs"
    )
    assert [path.name for path in Path.cwd().iterdir()] == ["in"]


def test_what_is_lost_is_said_before_anything_is_written(
    convert: Callable[..., int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from taggers.cli import convert as module

    def no_writing(*_: object) -> None:
        assert "not kept" in capsys.readouterr().err

    monkeypatch.setattr(module, "write", no_writing)
    assert convert(put("in.conllu", CONLLU), "out") == 0


def test_a_pipe_goes_through(
    convert: Callable[..., int], monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("Zoë\tB-PER\n".encode("latin-1"))))
    assert convert("-", "-", "--encoding", "latin-1", "--output-separator", "space") == 0
    out, err = capsysbinary.readouterr()
    assert out == "Zoë B-PER\n\n".encode()
    assert b"wrote" not in err


def test_a_header_is_read_and_written(convert: Callable[..., int]) -> None:
    content = "token\tupos\tner\nAda\tPROPN\tI-PER\nslept\tVERB\tO\n\n"
    assert convert(put("in", content), "out", "--header", "--layer", "ner", "--scheme", "IOB2") == 0
    assert got("out") == content.replace("I-PER", "B-PER")


@pytest.mark.parametrize("layer", [(), ("--layer", "ner"), ("--layer", "2"), ("--layer", "-1")])
def test_the_header_comes_back_as_it_was_whatever_it_calls_the_tokens(
    convert: Callable[..., int], layer: tuple[str, ...]
) -> None:
    content = "form\tpos\tner\nAda\t\tI-PER\nslept\tV\tO\n\n"
    assert convert(put("in", content), "out", "--header", "--scheme", "IOB2", *layer) == 0
    assert got("out") == content.replace("I-PER", "B-PER")
    assert convert(put("in", "form\tner\n"), "out", "--header") == 0
    assert got("out") == "form\tner\n"


def test_a_column_named_beside_a_header_is_the_one_meant(convert: Callable[..., int]) -> None:
    content = "w\tner\tpos\nAda\tI-PER\tNN\nslept\tO\tVB\n\n"
    assert convert(put("in", content), "out", "--header", "--columns", "token=0,ner=1", "--scheme", "IOB2") == 0
    assert got("out") == content.replace("I-PER", "B-PER")
    assert convert(put("in", "ner\tw\nI-PER\tAda\n\n"), "out", "--header", "--columns", "token=-1") == 0
    assert got("out") == "ner\tw\nI-PER\tAda\n\n"


def test_the_column_of_the_tokens_is_no_layer(convert: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert convert(put("in", "w\tner\nAda\tO\n"), "out", "--header", "--layer", "0") == 2
    assert "--layer 0: that is the column of the tokens; name one of tags" in capsys.readouterr().err


def test_a_header_does_not_excuse_a_missing_tag(
    convert: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert convert(put("in", "form\tner\nAda\t\n"), "out", "--header") == 2
    assert "in:2: expected a tag in layer 'ner', found none" in capsys.readouterr().err
    assert convert(put("in", "form\nAda\n"), "out.jsonl", "--header") == 2
    assert "columns has no tags to write; name a layer that has some" in capsys.readouterr().err
    assert convert(put("in", "form\tner\nAda\tO\n"), "out", "--header", "--layer", "pos") == 2
    assert "in:2: no layer 'pos'; there are ner" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["", "\n\n"])
@pytest.mark.parametrize("options", [(), ("--scheme", "IOBES"), ("--scheme", "IOB2", "--partial")])
def test_a_file_without_a_sentence_comes_back(
    convert: Callable[..., int], content: str, options: tuple[str, ...]
) -> None:
    assert convert(put("in", content), "out", *options) == 0
    assert got("out") == content


def test_what_says_nothing_to_the_input_is_refused(
    convert: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    put("in", "Ada slept.\n")
    for arguments in (("--columns", "token"), ("--header",), ("--separator", "tab"), ("--comments", "#")):
        assert convert("in", "out", "--from", "tokens", "--to", "tokens", *arguments) == 2
        assert f"error: {arguments[0]} says how columns are read, but INPUT is tokens" in capsys.readouterr().err
    for option in ("--header", "--separator", "--columns"):
        values = {"--header": (), "--separator": ("space",), "--columns": ("token,x",)}[option]
        assert convert(put("in.conllu", CONLLU), "out", option, *values) == 2
        assert f"error: {option} says how columns are read, but INPUT is conllu" in capsys.readouterr().err
    for options in (("--partial",), ("--layer", "ner")):
        assert convert("in", "out", "--from", "text", "--to", "tokens", *options) == 2
        assert "text has no tags to write" in capsys.readouterr().err
    assert convert("in", "") == 2
    assert "the file to write has no name" in capsys.readouterr().err


def test_the_empty_prefix_begins_no_comment(convert: Callable[..., int]) -> None:
    assert convert(put("in", IOB1), "out", "--comments", "") == 0
    assert got("out") == IOB1


def test_a_bar_of_a_tag_is_escaped_in_misc(convert: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert convert(put("in", "Ada O\nb A|B\n"), "out.conllu") == 0
    assert r"tag=A\pB" in got("out.conllu")
    assert convert("out.conllu", "back", "--layer", "tag") == 0
    assert [line.split("\t")[-1] for line in got("back").splitlines() if line] == ["O", "A|B"]
    assert convert(put("in", "Ada O\nb A\\pB\n"), "not.conllu") == 2
    assert r"in:2: tag=A\pB would not come back as an item of MISC" in capsys.readouterr().err
    assert not Path("not.conllu").exists()


def test_a_full_device_is_named(convert: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert convert(put("in", IOB1), "/dev/full") == 2
    assert "error: /dev/full: cannot be written: No space left on device" in capsys.readouterr().err


@pytest.mark.parametrize("scheme", ["IOB1", "IOE", "BMES", "BILOU"])
def test_a_real_file_keeps_its_spans_through_any_scheme(
    convert: Callable[..., int], data: Callable[[str], Path], scheme: str
) -> None:
    path = data("wnut17") / "dev.conll"
    assert convert(str(path), "out", "--scheme", scheme) == 0
    ours = [s.layers["tag"] for s in read("out", ColumnFormat())]
    assert [decode(t) for t in ours] == [decode(s.layers["tag"]) for s in read(path, ColumnFormat())]
    assert not any(violations(t, SCHEMES[scheme]) for t in ours)
    assert convert("out", "back", "--scheme", "IOB2") == 0
    assert Path("back").read_bytes() == path.read_bytes()


def test_a_folder_is_converted_and_what_is_left_out_is_said(
    convert: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("old").mkdir()
    put("old/b.conll", "b O\n\n")
    put("old/a.conll", "a O\n\n")
    put("old/.c.conll", "c O\n\n")
    assert convert("old", "out") == 0
    assert got("out") == "a\tO\n\n-DOCSTART-\tO\n\nb\tO\n\n"
    assert "old/.c.conll: not read (hidden)" in capsys.readouterr().err
    put("old/c.md", "")
    assert convert("old", "none") == 2
    assert "expected files of one ending, found 2 of .conll, 1 of .md" in capsys.readouterr().err
    assert not Path("none").exists()


def test_texts_and_labels_are_converted(convert: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    table = 'id,text,intent\r\n1,"Hi, Ada",greeting\r\n'
    Path("in.csv").write_bytes(table.encode())
    assert convert("in.csv", "out.csv", "--columns", "id,text,label", "--header") == 0
    assert Path("out.csv").read_bytes() == table.encode()
    Path("pos").mkdir()
    put("pos/1.txt", "Good.")
    Path("texts").mkdir()
    Path("pos").rename("texts/pos")
    assert convert("--from", "folders", "texts", "out.csv") == 0
    assert got("out.csv") == "text,label\nGood.,pos\n"
    assert convert("--from", "csv", "--to", "tokens", "out.csv", "-") == 0
    assert "not kept: labels of 1 sentence" in capsys.readouterr().err
    assert convert("--from", "csv", put("bad", 'text,label\n"a,b\n'), "none") == 2
    assert "bad:2: expected the end of a quoted field" in capsys.readouterr().err
    assert not Path("none").exists()


def test_parquet_and_snips_are_converted(convert: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    query = '{"A": [{"data": [{"text": "to "}, {"text": "Oslo", "entity": "city"}]}]}'
    assert convert("--from", "snips", put("in", query), "out.parquet") == 0
    assert convert("--layer", "tag", "out.parquet", "--to", "snips", "out") == 0
    assert json.loads(got("out")) == json.loads(query)
    assert convert("out.parquet", "none", "--layer", "pos") == 2
    assert "out.parquet:1: no layer 'pos'; there are tag" in capsys.readouterr().err


def test_parquet_comes_back_without_a_layer_being_named(convert: Callable[..., int]) -> None:
    records = '{"tokens": ["Ada"], "pos_tags": ["NNP"], "ner_tags": ["B-PER"]}\n'
    records += '{"tokens": [], "pos_tags": [], "ner_tags": []}\n'
    put("in.jsonl", records)
    assert convert("in.jsonl", "out.parquet") == 0
    assert convert("out.parquet", "back.jsonl", "--to", "huggingface") == 0
    assert got("back.jsonl") == records
    put("in.csv", "text,label\nHi,g\n")
    assert convert("in.csv", "texts.parquet") == 0
    for name, expected in (("csv", got("in.csv")), ("text", "Hi\n"), ("tokens", "Hi\n")):
        assert convert("texts.parquet", "out", "--to", name) == 0
        assert got("out") == expected
    assert convert("texts.parquet", "folders", "--to", "folders") == 0
    assert got("folders/g/000001.txt") == "Hi"


def test_tokens_need_no_tags(convert: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert convert(put("in.tokens", "Ada slept\n"), "columns") == 0
    assert convert("columns", "out", "--to", "tokens", "--columns", "token") == 0
    assert got("out") == "Ada slept\n"
    assert convert(put("in.jsonl", '{"tokens": ["Ada"]}\n'), "out", "--from", "huggingface", "--to", "columns") == 0
    assert got("out") == "Ada\n\n"
    assert convert("columns", "none", "--to", "doccano", "--columns", "token", "--scheme", "IOB2") == 2
    assert "columns has no tags to write; name a layer that has some" in capsys.readouterr().err
