"""`tagger score`: two files in, one table or JSON out; files of different text are never compared."""

from __future__ import annotations

import builtins
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from taggers.cli import main

GOLD = "Ada\tB-PER\nObi\tI-PER\nslept\tO\n\nOslo\tB-LOC\n\n"
PREDICTED = "Ada\tB-PER\nObi\tI-PER\nslept\tO\n\nOslo\tO\n\n"


@pytest.fixture
def score(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., int]:
    """Run the command in an empty folder and give its exit code."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["tagger", "score", *arguments])
        with pytest.raises(SystemExit) as stop:
            main()
        return int(stop.value.code or 0)

    return run


def put(name: str, content: str) -> str:
    Path(name).write_text(content, "utf-8")
    return name


def test_two_column_files_need_no_flag(score: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert score(put("g", GOLD), put("p", PREDICTED)) == 0
    out, err = capsys.readouterr()
    table, intervals = out.split("\n\n")
    assert table.splitlines()[-2].split() == "all 100.00 50.00 66.67 2 1 100.00 50.00 66.67 2 1".split()  # noqa: SIM905
    assert table.splitlines()[-1] == "accuracy 75.00"
    assert intervals.splitlines()[0] == "95 % intervals over 2 sentences"
    assert intervals.splitlines()[-1] == "accuracy 0.0 to 100.0"
    assert err.splitlines() == ["g: IOB2, 0 violations", "p: IOB2, 0 violations"]


def test_two_reports_at_once_are_refused(score: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert score(put("g", GOLD), put("p", PREDICTED), "--json", "--report", "seqeval") == 2
    assert capsys.readouterr().err.startswith("error: --json prints the project's own scores, --report seqeval ")


@pytest.mark.parametrize("option", ["--report seqeval", "--report conlleval", "--detail"])
def test_what_is_of_spans_needs_spans(
    score: Callable[..., int], capsys: pytest.CaptureFixture[str], option: str
) -> None:
    plain = put("g", "a N\nb V\n")
    assert score(plain, plain, *option.split()) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith(f"error: {option} is of spans, and here are none")


def test_a_training_file_without_words_is_refused(
    score: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    for options in ([], ["--detail"], ["--json"]):
        assert score(put("g", GOLD), put("p", PREDICTED), "--train", put("t", "\n"), *options) == 2
        assert capsys.readouterr().err.splitlines()[-1].startswith("error: t: expected training sentences, found none")


def test_of_long_tokens_that_differ_both_ends_are_shown(
    score: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    long = "x" * 300_000
    assert score(put("g", f"{long}a O\n"), put("p", f"{long}b O\n")) == 2
    fault = capsys.readouterr().err.splitlines()[-1]
    assert "xa', predicted 'xxx" in fault
    assert "xb' at p:1; " in fault
    assert len(fault) < 300


def test_strange_tags_cannot_steer_the_terminal(score: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert score(put("g", GOLD), put("p", GOLD.replace("B-LOC", "\x1b[2JB"))) == 0
    assert "(of no or another scheme: \\x1b[2JB)" in capsys.readouterr().err


def test_the_detail_is_one_form_of_output(score: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    for others, said in ((["--json"], "--json holds the detail"), (["--report", "seqeval"], "--detail adds to")):
        assert score(put("g", GOLD), put("p", PREDICTED), "--detail", *others) == 2
        assert capsys.readouterr().err.startswith(f"error: {said}")


def test_the_detail_stands_below_the_table(score: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert score(put("g", GOLD), put("p", PREDICTED)) == 0
    table = capsys.readouterr().out
    assert score("g", "p", "--detail") == 0
    out = capsys.readouterr().out
    assert out.startswith(table)
    assert "LOC                 0    0         1" in out.splitlines()  # missed
    left_out = "left out without training data: times in training, surface in training, words of the span"
    assert out.splitlines()[-1] == left_out


def test_spans_that_training_has_are_told_apart(score: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    train = put("t", "x O\nAda I-PER\nObi I-PER\n\nOslo I-PER\n")  # IOB1, by its own tags
    assert score(put("g", GOLD), put("p", PREDICTED), "--train", train, "--json") == 0
    groups = json.loads(capsys.readouterr().out)["detail"]["breakdown"]
    assert {name: (prf["gold"], prf["correct"]) for name, prf in groups["seen"].items()} == {
        "seen": (1, 1),
        "seen with other labels": (1, 0),
    }
    assert list(groups["frequency"]) == ["1"]
    assert list(groups["words"]) == ["known words alone"]


def test_a_training_file_without_the_layer_is_one_line(
    score: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    put("g", "token\tner\n" + GOLD)
    put("t", "token\tother\n" + GOLD)
    assert score("g", "g", "--header", "--layer", "ner", "--train", "t", "--detail") == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("error: t:")


def test_the_report_of_conlleval_is_its_own(score: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert score(put("g", GOLD), put("p", PREDICTED), "--report", "conlleval") == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "processed 4 tokens with 2 phrases; found: 1 phrases; correct: 1.",
        "accuracy:  75.00%; precision: 100.00%; recall:  50.00%; FB1:  66.67",
        "              LOC: precision:   0.00%; recall:   0.00%; FB1:   0.00  0",
        "              PER: precision: 100.00%; recall: 100.00%; FB1: 100.00  1",
    ]
    assert err.splitlines() == ["g: IOB2, 0 violations", "p: IOB2, 0 violations"]


def test_where_conlleval_reads_other_spans_it_is_said(
    score: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    file = put("s", "Ada S-PER\nObi S-PER\n")
    assert score(file, file, "--report", "conlleval") == 0
    out, err = capsys.readouterr()
    assert out.startswith("processed 2 tokens with 1 phrases")
    counts = "it counts 1 and 1, the lenient scores 2 and 2 gold and predicted spans"
    assert f"conlleval knows the prefixes B, I and E alone: {counts}" in err.splitlines()[-1]


def test_standard_input_is_there_once(score: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    for files in (("-", "-"), (put("g", GOLD), "-", "--train", "-")):
        assert score(*files) == 2
        assert capsys.readouterr().err.startswith("error: standard input (-) is named twice")


def test_columns_are_not_spoken_of_where_there_are_none(
    score: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert score("g.conllu", "p.conllu", "--columns", "token,tag") == 2
    assert capsys.readouterr().err.startswith("error: --columns says how columns are read, but the files are conllu")


def test_headers_name_the_columns_of_both_files(score: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    put("g", "form\tner\n" + GOLD)
    put("p", "word\tguess\n" + PREDICTED)
    for layers in ((), ("--layer", "ner", "--predicted-column", "guess"), ("--layer", "1")):
        assert score("g", "p", "--header", *layers, "--json") == 0
        assert json.loads(capsys.readouterr().out)["accuracy"] == 0.75


def test_json_is_all_of_the_output(score: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert score(put("g", GOLD), put("p", PREDICTED), "--json") == 0
    values = json.loads(capsys.readouterr().out)
    assert values["lenient"]["by_label"]["PER"]["f1"] == 1.0
    assert values["unknown_accuracy"] is None


def test_words_that_training_has_not_are_told_apart(
    score: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    train = put("t", "Ada\tB-PER\nObi\tI-PER\nslept\tO\n")
    assert score(put("g", GOLD), put("p", PREDICTED), "--train", train, "--json") == 0
    assert json.loads(capsys.readouterr().out)["unknown_accuracy"] == 0.0


def test_predictions_may_stand_in_another_column(score: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    put("both", "1 Ada B-PER B-PER\n2 Obi I-PER O\n")
    shared = ["both", "both", "--columns", "index,token,ner", "--json"]
    for more in (["--layer", "ner", "--predicted-column", "-1"], ["--layer", "2", "--predicted-column", "column3"]):
        assert score(*shared, *more) == 0
        assert json.loads(capsys.readouterr().out)["accuracy"] == 0.5


def test_conllu_is_told_by_its_name(score: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    rows = "1\tAda\t_\t{}\tNNP\t_\t_\t_\t_\t_\n\n"
    put("g.conllu", rows.format("PROPN"))
    put("p.conllu", rows.format("NOUN"))
    assert score("g.conllu", "p.conllu", "--json") == 0
    assert json.loads(capsys.readouterr().out)["by_tag"]["PROPN"]["recall"] == 0.0
    assert score("g.conllu", "p.conllu", "--layer", "xpos") == 0
    out, err = capsys.readouterr()
    assert "accuracy 100.00" in out.splitlines()
    assert err == "plain tags: accuracy only\n"


def test_standard_input_is_a_hyphen(
    score: Callable[..., int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(PREDICTED.encode())))
    assert score(put("g", GOLD), "-", "--json") == 0
    assert json.loads(capsys.readouterr().out)["accuracy"] == 0.75


@pytest.mark.parametrize(
    ("predicted", "expected"),
    [
        (
            PREDICTED.replace("slept", "Slept"),
            "g:3: gold has the token 'slept', predicted 'Slept' at p:3; score files of the same text",
        ),
        (
            PREDICTED.replace("slept\tO\n", ""),
            "g:1: gold has a sentence of 3 tokens, predicted one of 2 at p:1; score files with the same sentences",
        ),
        (
            GOLD.split("\n\n")[0] + "\n",
            "g:5: expected no more sentences, since p ends after the sentence at g:1, found one of 1 tokens; "
            "score files of the same text",
        ),
        (
            GOLD + "more\tO\n",
            "p:7: expected no more sentences, since g ends after the sentence at g:5, found one of 1 tokens; "
            "score files of the same text",
        ),
        (
            "",
            "g:1: expected no more sentences, since p ends, found one of 3 tokens; "
            "score files of the same text",
        ),
    ],
)
def test_files_of_other_text_are_never_compared(
    score: Callable[..., int], capsys: pytest.CaptureFixture[str], predicted: str, expected: str
) -> None:
    assert score(put("g", GOLD), put("p", predicted)) == 2
    assert capsys.readouterr() == ("", f"error: {expected}\n")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["g", "g", "--layer", "nre"], "g:1: no layer 'nre'; there are tag"),
        (["g", "none"], "none: cannot be read: No such file or directory"),
        (["g", "g", "--columns", "token="], "--columns token=: expected names such as token,upos,ner"),
        (["g", "g", "--columns", "token,"], "--columns token,: expected names such as token,upos,ner"),
        (["g", "g", "--columns", "token"], "g: the columns are tokens only: name one of tags with --columns"),
        (["a.csv", "a.csv"], "a.csv: expected tags, found the format csv, which has none; name another, or "),
        (["a.jsonl", "a.jsonl"], "a.jsonl: expected tags, found the format labels, which has none; name another"),
        (["g", "a.csv"], "a.csv:1: expected 2 columns or more for token=0,tag=-1, found 1"),
        (["empty", "empty"], "empty: expected sentences, found none"),
        (["g", "g", "--encoding", "klingon"], "unknown encoding 'klingon'"),
    ],
)
def test_a_fault_of_the_users_is_one_line_and_exit_code_2(
    score: Callable[..., int], capsys: pytest.CaptureFixture[str], arguments: list[str], expected: str
) -> None:
    put("g", GOLD)
    put("empty", "\n")
    put("a.csv", "text,label\nno,bad\n")
    put("a.jsonl", '{"text": "no", "label": "bad"}\n')
    assert score(*arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"error: {expected}")
    assert err.count("\n") == 1


def test_another_scheme_on_the_other_side_is_said(
    score: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert score(put("g", GOLD), put("p", "Ada LOC\nObi E-PER\nslept O\n\nOslo S-LOC\n")) == 0
    out, err = capsys.readouterr()
    assert err.splitlines()[1:] == [
        "p: IOBES, 2 violations (of no or another scheme: LOC)",
        "strict scores and accuracy take both files as IOB2",
    ]
    assert out.split("\n\n")[0].splitlines()[-2].split()[:4] == ["all", "50.00", "50.00", "50.00"]


def test_the_report_of_seqeval_is_its_own(score: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    from seqeval.metrics import classification_report

    tags = ["B-PER", "I-PER", "O"], ["B-LOC"]
    assert score(put("g", GOLD), put("p", GOLD), "--report", "seqeval") == 0
    assert capsys.readouterr().out == classification_report([*tags], [*tags], digits=4) + "\n"


def test_a_missing_extra_is_one_line(
    score: Callable[..., int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = builtins.__import__

    def without_seqeval(name: str, *others: Any) -> Any:
        if name.startswith("seqeval"):
            raise ImportError(name)
        return real(name, *others)

    monkeypatch.setattr(builtins, "__import__", without_seqeval)
    assert score(put("g", GOLD), put("p", GOLD), "--report", "seqeval") == 2
    assert "error: --report seqeval needs seqeval: pip install 'taggers[train]'\n" in capsys.readouterr().err


def test_a_real_file_scores_full_marks_against_itself(
    score: Callable[..., int], data: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(data("wikigold") / "test.conll")
    assert score(path, path, "--json") == 0
    overall = json.loads(capsys.readouterr().out)["strict"]["overall"]
    assert overall == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "gold": 294, "predicted": 294, "correct": 294}
