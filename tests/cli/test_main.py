"""The command as a whole: help and refusals, with only what the bare package needs installed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from taggers.cli import VERBS
from taggers.cli.ending import end_when_asked

if TYPE_CHECKING:
    from tests.cli.conftest import Command

# Runs `tagger` with each line of arguments, in a process where what trains cannot be imported.
WITHOUT_TRAINING = """
import sys
for name in ("torch", "torchcrf", "numba", "seqeval", "gensim", "matplotlib", "onnx"):
    sys.modules[name] = None
from taggers.cli import main
for line in sys.stdin:
    sys.argv = ["tagger", *line.split()]
    try:
        main()
    except SystemExit as end:
        print("exit", end.code or 0, file=sys.stderr)
        print("----", file=sys.stderr, flush=True)
"""


def test_the_bare_package_helps_and_names_the_extra_that_a_command_needs(
    tagger: Command, model: Path, corpus: Path
) -> None:
    helps = [[verb, "--help"] for verb in VERBS]
    needy = [
        ["train", "--train", str(corpus), "--dev", "none"],
        ["tag", "--model", str(model), "--device", "cuda", str(corpus)],
        ["score", str(corpus), str(corpus), "--report", "seqeval"],
    ]
    content = [
        ["info", "--model", str(model)],
        ["tag", "--model", str(model), "--input", "columns", str(corpus)],
        ["evaluate", "--model", str(model), str(corpus)],
        ["score", str(corpus), str(corpus)],
    ]
    commands = [["--help"], *helps, *needy, *content]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TRAINING],
        input="".join(" ".join(command) + "\n" for command in commands),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    *outcomes, rest = done.stderr.split("----\n")
    assert rest == ""
    assert outcomes[: 1 + len(helps)] == ["exit 0\n"] * (1 + len(helps))
    train, tag, score, info, *ran = outcomes[1 + len(helps) :]
    assert train == "error: training needs torch: pip install 'taggers[train]'\nexit 2\n"
    assert tag == "error: --device cuda needs torch: pip install 'taggers[train]'\nexit 2\n"
    assert score.endswith("error: --report seqeval needs seqeval: pip install 'taggers[train]'\nexit 2\n")
    assert info == "exit 0\n"
    assert [outcome.splitlines()[-1] for outcome in ran] == ["exit 0"] * 3
    assert done.stdout.count("Usage: tagger ") == 1 + len(helps)


def test_help_lists_every_verb_with_its_line(tagger: Command) -> None:
    shown = tagger("--help").text
    assert all(f"{verb} " in shown and line in shown for verb, line in VERBS.items())
    assert tagger("-h").text == shown


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_explains_itself(tagger: Command, verb: str) -> None:
    assert tagger(verb, "--help").text.startswith(f"Usage: tagger {verb} ")


def test_the_version_is_that_of_the_package(tagger: Command) -> None:
    assert tagger("--version").text == f"tagger, version {version('taggers')}\n"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("tga",), "No such command 'tga'"),
        (("tag", "--modle", "x"), "No such option '--modle'. Did you mean '--model'?"),
        (("tag", "--input", "words"), "Invalid value for '--input': 'words' is not one of 'columns', 'conllu', "),
        (("train", "--folds", "many"), "Invalid value for '--folds': 'many' is not a valid integer"),
        (("train", "--seed", "-1"), "Invalid value for '--seed': -1 is not in the range 0<=x<=2147483647"),
        (("evaluate",), "Missing argument 'FILE'"),
    ],
)
def test_a_command_that_is_none_is_refused_in_one_line_with_the_way_to_help(
    tagger: Command, arguments: tuple[str, ...], line: str
) -> None:
    outcome = tagger(*arguments)
    assert outcome.out == b""
    assert outcome.err.count("\n") == 1
    assert outcome.fault.startswith(line.partition(" Did")[0].rstrip("."))
    verb = "" if arguments == ("tga",) else f" {arguments[0]}"
    assert outcome.fault.endswith(f" (see tagger{verb} --help)")


def test_a_shell_completes_the_verbs(tagger: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"_TAGGER_COMPLETE": "bash_complete", "COMP_WORDS": "tagger t", "COMP_CWORD": "1"}.items():
        monkeypatch.setenv(name, value)
    assert tagger().text.split() == ["plain,train", "plain,tag"]


@pytest.mark.parametrize(
    ("module", "arguments", "line"),
    [
        ("taggers.runs", ("train", "--train", "x"), "training needs taggers.runs: pip install 'taggers[train]'"),
        ("taggers.engine.torch_engine", ("tag", "--device", "cuda"), "--device cuda needs taggers.engine.torch_"),
    ],
)
def test_what_is_missing_is_named(
    tagger: Command, model: Path, monkeypatch: pytest.MonkeyPatch, module: str, arguments: tuple[str, ...], line: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    given = ("--model", model) if arguments[0] == "tag" else ()
    assert tagger(*arguments, *given).fault.startswith(line)


def test_no_verb_shows_the_help(tagger: Command) -> None:
    outcome = tagger()
    assert outcome.code == 2
    assert outcome.err.startswith("Usage: tagger ")


def test_a_full_disk_behind_standard_output_is_one_line(model: Path) -> None:
    arguments = [sys.executable, "-c", "from taggers.cli import main; main()", "tag", "--model", str(model)]
    with open("/dev/full", "wb") as full:
        ended = subprocess.run(arguments, input=b"Ada slept.\n", stdout=full, stderr=subprocess.PIPE, check=False)
    assert ended.returncode == 2
    assert ended.stderr.decode().splitlines() == ["error: standard output: No space left on device"]


def test_letters_that_the_terminal_has_not_are_shown_by_their_numbers(tmp_path: Path) -> None:
    (tmp_path / "g").write_text("a B-Θεός\nb O\n", encoding="utf-8")
    arguments = [sys.executable, "-c", "from taggers.cli import main; main()", "score", "g", "g", "--json"]
    narrow = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    ended = subprocess.run(arguments, capture_output=True, check=False, cwd=tmp_path, env=narrow)
    assert (ended.returncode, b"\\u0398" in ended.stdout) == (0, True)


def test_a_full_standard_error_leaves_the_exit_code() -> None:
    arguments = [sys.executable, "-c", "from taggers.cli import main; main()", "info", "--model", "nowhere"]
    with open("/dev/full", "wb") as full:
        assert subprocess.run(arguments, stderr=full, check=False).returncode == 2


def test_signals_are_the_main_threads() -> None:
    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=end_when_asked)
    thread.start()
    thread.join()
    assert signal.getsignal(signal.SIGTERM) is before


def test_memory_that_ran_out_is_one_line(tagger: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object) -> None:
        raise MemoryError

    monkeypatch.setattr("taggers.cli.info.load_folder", full)
    assert tagger("info", "--model", "any").fault.startswith("there is not enough memory for this")


@pytest.mark.parametrize(("closed", "status"), [("<&-", 0), (">&-", 0)])
def test_a_closed_standard_stream_is_no_traceback(model: Path, closed: str, status: int) -> None:
    command = f"'{sys.executable}' -c 'from taggers.cli import main; main()' tag --model '{model}' {closed}"
    ended = subprocess.run(["sh", "-c", command], input=b"Ada slept.\n", capture_output=True, check=False)
    assert ended.returncode == status
    assert b"Traceback" not in ended.stderr


def test_all_sentences_before_a_bad_byte_are_answered(model: Path, tmp_path: Path) -> None:
    text = tmp_path / "bad.txt"
    text.write_bytes(b"Ada flew.\n" * 1500 + b"bad \xff\n")
    arguments = [sys.executable, "-c", "from taggers.cli import main; main()", "tag", "--model", str(model), str(text)]
    ended = subprocess.run(arguments, capture_output=True, check=False)
    assert ended.returncode == 2
    assert ended.stdout.count(b"\n") == 1500
    assert b"bad.txt:1501: expected utf-8" in ended.stderr


def test_numbers_of_thousands_of_digits_are_refused_in_one_line(tagger: Command, tmp_path: Path) -> None:
    digits = 5000 * "9"
    (tmp_path / "in").write_text("a O\n", "utf-8")
    brat = tmp_path / "brat"
    brat.mkdir()
    (brat / "a.txt").write_text("Ada\n", "utf-8")
    (brat / "a.ann").write_text(f"T1\tP 0 {digits}\tAda\n", "utf-8")
    (tmp_path / "card.toml").write_text(f"a = {digits}\n", "utf-8")
    for command in (
        ("convert", tmp_path / "in", "-", "--layer", digits),
        ("convert", tmp_path / "in", "-", "--columns", f"token=0,ner={digits}"),
        ("convert", brat, "-", "--from", "brat", "--to", "columns"),
        ("verify", tmp_path),
    ):
        outcome = tagger(*command)
        assert outcome.code == 2
        assert outcome.err.startswith("error: ") or "\nerror: " in outcome.err
        assert "Traceback" not in outcome.err
