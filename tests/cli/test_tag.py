"""`tagger tag`: whatever comes in, as many sentences go out, in order, with the same tags."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taggers import ColumnFormat, ConlluFormat, Prediction, Sentence, Tagger, read, write
from taggers.checkpoint import set_latest
from taggers.cli import main

if TYPE_CHECKING:
    from tests.cli.conftest import Command, Processes

COLUMNS = ColumnFormat(("token", "upos", "ner"))


@pytest.fixture(scope="module")
def sentences(corpus: Path) -> list[Sentence]:
    """The small corpus, without what stands between its sentences."""
    return [s for s in read(corpus, COLUMNS) if s.tokens]


@pytest.fixture(scope="module")
def predictions(model: Path, sentences: list[Sentence]) -> list[Prediction]:
    """What the model says of it, sentence by sentence."""
    tagger = Tagger.load(model)
    found = [next(tagger.stream([Sentence(s.tokens)])) for s in sentences]
    assert len({span.label for p in found for span in p.spans}) > 2
    return found


@pytest.fixture(scope="module")
def inputs(corpus: Path, sentences: list[Sentence]) -> dict[str, bytes]:
    """The small corpus in the formats that hold tokens."""
    conllu = io.BytesIO()
    write([Sentence(s.tokens, {"upos": s.layers["upos"]}) for s in sentences], conllu, ConlluFormat())
    tokens = "".join(" ".join(s.tokens) + "\n" for s in sentences).encode()
    columns = "".join("".join(f"{token}\tX\n" for token in s.tokens) + "\n" for s in sentences).encode()
    return {"tokens": tokens, "columns": columns, "conllu": conllu.getvalue()}


def tags_of(sentences: Iterator[Sentence], layer: str) -> list[tuple[str, ...]]:
    """The tags of a layer."""
    return [s.layers[layer] for s in sentences if s.tokens]


@pytest.mark.parametrize("kind", ["tokens", "columns", "conllu"])
class TestFormats:
    """Every format in and out says the same."""

    @pytest.fixture
    def run(self, tagger: Command, model: Path, inputs: dict[str, bytes], kind: str) -> Command:
        """`tagger tag` on the small corpus in a format."""
        return lambda *arguments, stdin=inputs[kind]: tagger(
            "tag", "--model", model, "--input", kind, *arguments, stdin=stdin
        )

    def test_columns_out(self, run: Command, predictions: list[Prediction], kind: str) -> None:
        out = run("--output", "columns").out
        assert tags_of(read(io.BytesIO(out), ColumnFormat()), "tag") == [p.tags for p in predictions]

    def test_conllu_out(self, run: Command, predictions: list[Prediction], kind: str) -> None:
        out = run("--output", "conllu").out
        found = list(read(io.BytesIO(out), ConlluFormat()))
        assert [s.tokens for s in found] == [p.sentence.tokens for p in predictions]
        tags = [tuple(re.findall(r"(?:^|\|)ner=([^|]+)", misc)[0] for misc in s.layers["misc"]) for s in found]
        assert tags == [p.tags for p in predictions]

    def test_jsonl_out(self, run: Command, predictions: list[Prediction], kind: str) -> None:
        values = [json.loads(line) for line in run("--output", "jsonl").text.splitlines()]
        assert [tuple(value["tokens"]) for value in values] == [p.sentence.tokens for p in predictions]
        for value, prediction in zip(values, predictions, strict=True):
            assert [(s["text"], s["label"]) for s in value["spans"]] == [(e.text, e.label) for e in prediction.entities]
            assert all(value["text"][s["start"] : s["end"]] == s["text"] for s in value["spans"])

    def test_inline_out(self, run: Command, predictions: list[Prediction], kind: str) -> None:
        lines = run("--output", "inline").text.splitlines()
        found = [re.findall(r"(?<!\\)\[((?:[^][\\]|\\.)*)\]\(([^)]*)\)", line) for line in lines]
        assert found == [[(e.text, e.label) for e in p.entities] for p in predictions]

    def test_what_goes_out_has_the_shape_of_what_came_in(
        self, run: Command, inputs: dict[str, bytes], kind: str
    ) -> None:
        shape = {"tokens": "inline"}.get(kind, kind)
        assert run().out == run("--output", shape).out
        if kind != "tokens":
            assert run().out.count(b"\n") == inputs[kind].count(b"\n")

    @pytest.mark.parametrize("window", [1, 2, 7])
    def test_tags_do_not_depend_on_the_window(
        self, run: Command, monkeypatch: pytest.MonkeyPatch, kind: str, window: int
    ) -> None:
        whole = run().out
        assert run("--line-buffered").out == whole
        monkeypatch.setattr("taggers.cli.tag.WINDOW", window)
        assert run().out == whole


def test_columns_come_back_as_they_were_with_one_more(
    tagger: Command, model: Path, corpus: Path, predictions: list[Prediction]
) -> None:
    lines = tagger("tag", "--model", model, "--input", "columns", corpus).text.splitlines()
    tags = iter([tag for p in predictions for tag in p.tags])
    for line, original in zip(lines, corpus.read_text(encoding="utf-8").splitlines(), strict=True):
        boundary = not original or original.startswith("-DOCSTART-")
        assert line == original if boundary else line == f"{original}\t{next(tags)}"


def test_text_comes_back_line_by_line_with_entities_where_they_stand(
    tagger: Command, model: Path, predictions: list[Prediction]
) -> None:
    known = max(predictions, key=lambda p: len(p.spans))
    text = " ".join(known.sentence.tokens)
    found = tagger("tag", "--model", model, "--output", "jsonl", stdin=f"\U0001f40c  {text}\n".encode()).text
    values = [json.loads(line) for line in found.splitlines()]
    assert [s for value in values for s in value["spans"]]
    for value in values:
        assert all(value["text"][s["start"] : s["end"]] == s["text"] for s in value["spans"])
        assert value["text"] in f"\U0001f40c  {text}"[value["offset"] :]
    inline = tagger("tag", "--model", model, stdin=f"{text}\n".encode()).text
    plain = re.sub(r"(?<!\\)\[((?:[^][\\]|\\.)*)\]\([^)]*\)", r"\1", inline)
    assert re.sub(r"\\(.)", r"\1", plain) == f"{text}\n"


ODD = "Ada Obi. [x]\\ \t\r\x00\x0b\x0c\x1c\x85\u00a0\u00ad\u200b\u2028\u2029\ufeff\U0001f40c\u0301\u202e-#_?!…"


@settings(max_examples=60)
@given(
    lines=st.lists(st.text(st.sampled_from(ODD), max_size=12), max_size=8),
    end=st.sampled_from(["\n", "\r\n"]),
    closed=st.booleans(),
    kind=st.sampled_from(["text", "tokens"]),
)
def test_as_many_lines_go_out_as_came_in(
    tagger: Command, model: Path, lines: list[str], end: str, closed: bool, kind: str
) -> None:
    content = (end.join(lines) + (end if closed else "")).encode()
    outcome = tagger("tag", "--model", model, "--input", kind, stdin=content)
    assert outcome.code == 0
    came = content.count(b"\n") + (not content.endswith(b"\n") and content != b"")
    if content == "\ufeff".encode():  # a byte order mark alone is an empty file
        came = 0
    assert outcome.out.count(b"\n") == came


def test_an_empty_stream_gives_an_empty_stream(tagger: Command, model: Path) -> None:
    for kind in ("text", "tokens", "columns", "conllu"):
        outcome = tagger("tag", "--model", model, "--input", kind)
        assert (outcome.code, outcome.out, outcome.err) == (0, b"", "")


def test_a_token_of_a_hundred_thousand_characters_and_a_sentence_of_twenty_thousand_tokens(
    tagger: Command, model: Path
) -> None:
    wide, long = b"x" * 100_000, b"Ada " * 20_000
    out = tagger("tag", "--model", model, "--input", "tokens", stdin=wide + b"\n" + long + b"\n").out
    assert out.count(b"\n") == 2
    out = tagger("tag", "--model", model, "--input", "columns", stdin=wide + b"\tX\n\n" + b"Ada\tX\n" * 20_000).out
    assert out.count(b"\n") == 20_003
    text = tagger("tag", "--model", model, stdin=wide + b"\n").out
    assert text.count(b"\n") == 1
    assert text.count(b"x") == 100_000


class TestFaults:
    """What cannot be tagged is refused in one line."""

    def test_a_column_file_is_not_taken_for_text(self, tagger: Command, model: Path, corpus: Path) -> None:
        expected = f"{corpus}:1: looks like a column file: say --input columns, or --input text if it is not"
        assert tagger("tag", "--model", model, corpus).fault == expected
        assert tagger("tag", "--model", model, "--input", "text", corpus).code == 0

    def test_a_bad_byte_is_named_with_its_line(self, tagger: Command, model: Path) -> None:
        for kind in ("text", "tokens", "columns", "conllu"):
            fault = tagger("tag", "--model", model, "--input", kind, stdin=b"\n\nAda\xff\n").fault
            assert fault.startswith("<stream>:3: expected utf-8, found byte 0xff at byte offset 5; name the encoding")
        assert tagger("tag", "--model", model, "--encoding", "latin-1", stdin=b"Ada\xff\n").text == "Ada\u00ff\n"

    def test_rows_that_do_not_fit_are_named_with_their_line(self, tagger: Command, model: Path) -> None:
        ragged = tagger("tag", "--model", model, "--input", "columns", stdin=b"Ada X\nslept\n")
        assert ragged.fault.startswith("<stream>:2: expected 2 columns as in line 1, found 1 in 'slept'; ")
        assert tagger("tag", "--model", model, "--input", "conllu", stdin=b"Ada X\n").fault.startswith("<stream>:1: ")

    def test_a_token_that_the_output_cannot_hold_is_named(self, tagger: Command, model: Path) -> None:
        arguments = ("tag", "--model", model, "--input", "tokens", "--output", "columns")
        fault = tagger(*arguments, stdin=b"Ada\n\n-DOCSTART- slept\n").fault
        assert fault.startswith("<stream>:3: '-DOCSTART-', 'O' would not come back as 2 columns")

    def test_no_model_says_how_to_train_one(
        self, tagger: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        for verb in (("tag",), ("evaluate", __file__), ("info",)):
            assert tagger(*verb).fault == (
                "no model: models/latest does not exist; train one with `tagger train`, or name one with --model DIR"
            )

    def test_a_model_that_is_none_is_named(
        self, tagger: Command, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        missing = "missing; {0} is not a model folder, or not a whole one"
        assert tagger("tag", "--model", "nope").fault == "nope/manifest.json: " + missing.format("nope")
        set_latest(Path("models"), "gone")
        assert tagger("tag").fault == "models/gone/manifest.json: " + missing.format("models/gone")
        copy = shutil.copytree(model, "copy")
        weights = Path(copy) / "weights.safetensors"
        weights.write_bytes(weights.read_bytes()[:-1])
        assert tagger("tag", "--model", "copy").fault.startswith("copy/weights.safetensors: changed or damaged ")

    def test_what_is_said_of_columns_is_refused_where_there_are_none(self, tagger: Command, model: Path) -> None:
        for option in (("--columns", "token"), ("--header",), ("--separator", "tab"), ("--comments", "#")):
            for kind in ("text", "tokens", "conllu"):
                fault = tagger("tag", "--model", model, "--input", kind, *option).fault
                assert fault.startswith(f"{option[0]} says how columns are read, but the input is {kind}: leave it out")

    def test_conllu_is_known_by_its_name_and_named_where_it_has_none(
        self, tagger: Command, model: Path, tmp_path: Path
    ) -> None:
        content = b"# text = Ada\n1\tAda" + b"\t_" * 8 + b"\n\n"
        (tmp_path / "a.conllu").write_bytes(content)
        named = tagger("tag", "--model", model, tmp_path / "a.conllu").out
        assert named == tagger("tag", "--model", model, "--input", "conllu", stdin=content).out
        assert tagger("tag", "--model", model, stdin=content).fault.startswith(
            "<stream>:1: looks like CoNLL-U: say --input conllu"
        )

    def test_a_file_that_is_not_there_is_named(self, tagger: Command, model: Path) -> None:
        said = "Invalid value for '[FILE]': 'nope.txt': No such file or directory (see tagger tag --help)"
        assert tagger("tag", "--model", model, "nope.txt").fault == said


def test_a_column_called_predicted_is_not_overwritten(tagger: Command, model: Path) -> None:
    command = ("tag", "--model", model, "--input", "columns")
    once = tagger(*command, "--header", stdin=b"form\tpredicted\nAda\tB-MINE\n\n").text
    assert once.splitlines()[0] == "form\tpredicted\tpredicted2"
    assert once.splitlines()[1].startswith("Ada\tB-MINE\t")
    twice = tagger(*command, "--header", stdin=once.encode()).text
    assert twice.splitlines()[0] == "form\tpredicted\tpredicted2\tpredicted3"
    named = tagger(*command, "--columns", "token,predicted", stdin=b"Ada\tB-MINE\n\n").text
    assert named.startswith("Ada\tB-MINE\t")


def test_text_is_utf_8_whatever_the_training_file_was_and_headers_can_be_denied(
    tagger: Command, small: list[str], tmp_path: Path
) -> None:
    train, model = tmp_path / "latin.conll", tmp_path / "model"
    train.write_text("form ner\nZoë B-PER\nslept O\n\n" * 1 + "Zoë B-PER\n\n" * 9, encoding="latin-1")
    arguments = ("--encoding", "latin-1", "--header", "--layer", "ner", "--dev", "none", "--set", "training.epochs=1")
    assert tagger("train", "--train", train, "--output", model, *arguments, *small).code == 0
    assert "Zoë" in tagger("tag", "--model", model, stdin="Zoë slept.\n".encode()).text
    columns = ("tag", "--model", model, "--input", "columns")
    assert tagger(*columns, "--no-header", stdin=b"Ada\nslept\n\n").out.count(b"\n") == 3
    tagged = tagger(*columns, stdin="word\nZoë\n\n".encode("latin-1")).out.decode("latin-1")
    assert tagged.startswith("word predicted\nZoë ")
    marked = tagger(*columns, "--encoding", "utf-8-sig", stdin=b"\xef\xbb\xbfword\nAda\n\n")
    assert marked.out.startswith(b"word predicted\nAda ")


def test_the_model_trained_last_is_the_default(
    tagger: Command, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(model, "models/some")
    set_latest(Path("models"), "some")
    assert tagger("tag", stdin=b"Ada slept.\n").text == tagger("tag", "--model", model, stdin=b"Ada slept.\n").text


class Dialogue(io.RawIOBase):
    """A stream that gives the next piece only when all before it were answered."""

    def __init__(self, pieces: list[bytes], answers: io.BytesIO, expected: list[int]) -> None:
        self._pieces, self._answers, self._expected = iter(pieces), answers, iter([0, *expected])

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        assert self._answers.getvalue().count(b"\n") >= next(self._expected)
        piece = next(self._pieces, b"")
        buffer[: len(piece)] = piece
        return len(piece)


@pytest.mark.parametrize(
    ("arguments", "piece", "answer"),
    [
        ((), b"Ada slept. Obi left.\n", 1),
        (("--input", "text"), b"Ada slept.\n", 1),
        (("--input", "tokens"), b"Ada slept .\n", 1),
        (("--input", "tokens", "--output", "columns"), b"Ada slept .\n", 4),
        (("--input", "columns"), b"Ada X\nslept X\n\n", 3),
        (("--input", "conllu"), b"1\tAda" + b"\t_" * 8 + b"\n\n", 2),
    ],
)
def test_a_line_buffered_answer_does_not_wait_for_what_comes_next(
    model: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], piece: bytes, answer: int
) -> None:
    answers = io.BytesIO()
    out = io.BufferedWriter(_Raw(answers))  # what is not flushed is not seen
    dialogue = Dialogue([piece] * 3, answers, [answer, 2 * answer, 3 * answer])
    monkeypatch.setattr(sys, "argv", ["tagger", "tag", "--model", str(model), "--line-buffered", *arguments])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(dialogue)))
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out))
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    assert answers.getvalue().count(b"\n") == 3 * answer


class Interrupted(io.RawIOBase):
    """A stream at which somebody presses Ctrl-C."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        raise KeyboardInterrupt


def test_an_interrupt_is_an_exit_code(
    model: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["tagger", "tag", "--model", str(model)])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(Interrupted())))
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 128 + signal.SIGINT
    assert capfd.readouterr().err.strip() == ""


class _Raw(io.RawIOBase):
    def __init__(self, target: io.BytesIO) -> None:
        self._target = target

    def writable(self) -> bool:
        return True

    def write(self, content: Any, /) -> int:
        return self._target.write(content)


def peak_memory(process: int) -> int:
    """The most memory that a process had so far, in kB."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0])


def feed(stream: IO[bytes], lines: int) -> None:
    """Write lines of text, of varying length."""
    with stream:
        for number in range(lines):
            stream.write(b"Ada Obi of Lisbon " * (number % 7) + b"met %d people .\n" % number)


@contextmanager
def pipe() -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """The ends of a pipe, to read and to write; the end given to a process is to be closed here."""
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as source, os.fdopen(writer, "wb") as target:
        yield source, target


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_memory_stays_flat_while_a_stream_goes_through(processes: Processes, model: Path, tmp_path: Path) -> None:
    arguments = ("tag", "--model", model, "--input", "tokens")
    with pipe() as (source, ours), pipe() as (answers, target):
        process = processes.start(*arguments, folder=tmp_path, stdin=source, stdout=target)
        source.close()
        target.close()
        writer = threading.Thread(target=feed, args=(ours, 34_000))
        writer.start()
        peaks: dict[int, int] = {}
        count = 0
        for count, _ in enumerate(answers, start=1):
            if count in (20_000, 32_000):  # what is kept of words, each line has a new one, is full by then
                peaks[count] = peak_memory(process.id)
        writer.join()
    assert process.wait() == 0
    assert count == 34_000
    assert peaks[32_000] - peaks[20_000] < 8_000


def test_ctrl_c_ends_it_without_a_traceback(processes: Processes, model: Path, tmp_path: Path) -> None:
    arguments = ("tag", "--model", model, "--line-buffered")
    with pipe() as (source, ours), pipe() as (answers, target), (tmp_path / "err").open("wb") as errors:
        process = processes.start(*arguments, folder=tmp_path, stdin=source, stdout=target, stderr=errors)
        source.close()
        target.close()
        ours.write(b"Ada slept.\n")
        ours.flush()
        assert answers.readline()
        process.send(signal.SIGINT)
        assert process.wait() == 128 + signal.SIGINT
    assert (tmp_path / "err").read_text(encoding="utf-8").strip() == ""


def test_a_closed_pipe_ends_it_without_a_word(model: Path, tmp_path: Path) -> None:
    with (tmp_path / "in").open("wb") as stream:
        feed(stream, 5000)
    command = [sys.executable, "-c", "from taggers.cli import main; main()", "tag", "--model", str(model)]
    with (tmp_path / "in").open("rb") as source:
        process = subprocess.Popen(command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stderr as errors:
        with process.stdout as answers:
            assert answers.readline().endswith(b"people .\n")
        assert errors.read() == b""
    assert process.wait() == 1
