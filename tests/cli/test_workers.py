"""`--workers`: what several processes tag side by side is what one tags, and none of them is left, however it ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pytest

from taggers import Sentence, Tagger
from taggers.checkpoint import load_folder
from taggers.engine import torch_engine, workers
from taggers.errors import TaggerError
from taggers.saving import add_int8
from tests.cli.test_tag import feed, pipe

if TYPE_CHECKING:
    from tests.cli.conftest import Command, Process, Processes

needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are read from /proc")


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make windows of three sentences, so that few of them are many windows."""
    monkeypatch.setattr("taggers.cli.tag.WINDOW", 3)


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("workers", [2, 3])
def test_what_comes_out_is_the_same(tagger: Command, model: Path, corpus: Path, workers: int) -> None:
    text = b"Ms. Adaeze Obi flew from Lagos to Lima. She slept.\n\nAda saw the sea.\n" * 7
    for arguments, stdin in ((("--input", "columns", corpus), b""), ((), text), (("--output", "jsonl"), text)):
        command = ("tag", "--model", model, "--device", "cpu", *arguments)
        alone = tagger(*command, stdin=stdin)
        assert alone.out
        assert tagger(*command, "--workers", workers, stdin=stdin) == alone


def test_scores_are_the_same(tagger: Command, model: Path, corpus: Path) -> None:
    command = ("evaluate", corpus, "--model", model, "--device", "cpu", "--json")
    beside, alone = (json.loads(tagger(*command, *how).text) for how in (("--workers", 2), ()))
    for kind, figures in beside.pop("confidence").items():  # probabilities hang on batches in their last digits
        expected = alone["confidence"][kind]
        for name in ("number", "right", "mean_confidence", "brier", "area"):
            assert figures[name] == pytest.approx(expected[name], abs=1e-5)
    del alone["confidence"]
    assert beside == alone


@pytest.mark.usefixtures("narrow")
def test_what_comes_before_a_fault_is_answered(tagger: Command, model: Path) -> None:
    content = b"Ada X\nslept X\n\n" * 20 + b"Ada\n\n"
    command = ("tag", "--model", model, "--device", "cpu", "--input", "columns")
    beside = tagger(*command, "--workers", 2, stdin=content)
    assert beside == tagger(*command, stdin=content)
    assert beside.fault.startswith("<stream>:61: expected 2 columns as in line 1, found 1 in 'Ada'")
    assert beside.out.count(b"slept") == 20


def test_no_more_is_read_ahead_than_is_under_way(model: Path) -> None:
    taken = 0

    def sentences() -> Iterator[Sentence]:
        nonlocal taken
        while taken < 100:
            taken += 1
            yield Sentence(("Ada", "slept"))

    predictions = Tagger.load(model, "cpu").stream(sentences(), window=2, workers=2)
    for done, _ in enumerate(predictions, start=1):
        assert taken <= done + 2 * (2 * 2 + 1)
    assert taken == done == 100


def test_a_fault_of_a_worker_is_raised(model: Path, tmp_path: Path) -> None:
    loaded = Tagger.load(shutil.copytree(model, tmp_path / "gone"), "cpu")
    shutil.rmtree(tmp_path / "gone")
    with pytest.raises(TaggerError, match=r"gone/manifest\.json: missing"):
        list(loaded.stream([Sentence(("Ada",))], workers=2))


def test_another_model_in_the_folder_is_refused(model: Path, tmp_path: Path) -> None:
    loaded = Tagger.load(shutil.copytree(model, tmp_path / "copy"), "cpu")
    assert len(list(loaded.stream([Sentence(("Ada",))], workers=2))) == 1
    add_int8(tmp_path / "copy", b"graph", b"weights")
    with pytest.raises(TaggerError, match=r"copy: trained or exported anew since it was loaded, .*; load it again$"):
        list(loaded.stream([Sentence(("Ada",))], workers=2))


def test_what_start_up_code_prints_is_no_answer(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    hook = "lambda event, _: event == 'import' and os.write(1, b'imported')"
    (tmp_path / "sitecustomize.py").write_text(f"import os, sys\nsys.addaudithook({hook})\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    loaded = Tagger.load(model, "cpu")
    sentences = [Sentence(("Ada", "slept"))] * 5
    assert list(loaded.stream(sentences, 2, workers=2)) == list(loaded.stream(sentences))
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("imported")


def test_a_worker_that_is_not_understood_is_ended(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nonsense = "out.write(READY + (4).to_bytes(8, 'little') + b'what'); out.flush(); sys.stdin.read()"  # waits for ever
    program = f"import sys; READY, out = {workers._READY!r}, sys.stdout.buffer; {nonsense}"
    monkeypatch.setattr(workers, "_SERVE", program)
    with pytest.raises(TaggerError, match=r"^a worker process was not understood \(.+\); leave --workers out$"):
        list(Tagger.load(model, "cpu").stream([Sentence(("Ada",))], workers=2))


@pytest.mark.parametrize("number", [0, -1])
def test_no_workers_at_all_are_refused_when_asked_for(model: Path, number: int) -> None:
    loaded = Tagger.load(model, "cpu")
    fault = rf"^workers: expected 1 or more, found {number}; 1 tags in this process alone$"
    with pytest.raises(TaggerError, match=fault):
        loaded.stream([], workers=number)
    with pytest.raises(TaggerError, match=fault):
        loaded.evaluate([Sentence(("no", "gold"))], workers=number)


def test_workers_beside_torch_are_refused_when_asked_for(model: Path) -> None:
    folder = load_folder(model)
    loaded = Tagger(folder, torch_engine.load(folder, "cpu"))  # as on CUDA
    fault = "^workers are for the CPU: say --device cpu, or leave --workers out$"
    with pytest.raises(TaggerError, match=fault):
        loaded.stream([], workers=2)
    with pytest.raises(TaggerError, match=fault):
        loaded.evaluate([Sentence(("no", "gold"))], workers=2)


def test_what_cannot_be_is_refused(tagger: Command, model: Path) -> None:
    command = ("tag", "--model", model)
    assert tagger(*command, "--workers", 0).fault.startswith("Invalid value for '--workers': 0 is not in the range")
    fault = tagger(*command, "--workers", 2, "--line-buffered").fault
    assert fault.startswith("--line-buffered answers each sentence before it reads the next: leave --workers out")


def children(parent: int) -> set[int]:
    """The processes that a process began and that are not over."""
    found = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                _, _, facts = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")
            except OSError:  # it has just ended
                continue
            state, ppid, *_ = facts.split()
            if int(ppid) == parent and state != "Z":
                found.add(int(folder.name))
    return found


def runs(process: int) -> bool:
    """True while a process is there, zombies aside."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2][1] != "Z"
    except OSError:
        return False


def wait_until_gone(processes: set[int]) -> None:
    """Return when none of them runs; the test ends by the patience of who runs it, else."""
    while any(map(runs, processes)):
        time.sleep(0.01)


@contextmanager
def at_work(processes: Processes, model: Path, tmp_path: Path) -> Iterator[tuple[Process, set[int], IO[bytes]]]:
    """`tagger tag` in the midst of a long stream, its workers, and what it writes."""
    arguments = ("tag", "--model", model, "--device", "cpu", "--input", "tokens", "--workers", 2)
    with pipe() as (source, ours), pipe() as (answers, target), (tmp_path / "err").open("wb") as errors:
        process = processes.start(*arguments, folder=tmp_path, stdin=source, stdout=target, stderr=errors)
        source.close()
        target.close()

        def write() -> None:
            with suppress(BrokenPipeError):  # who read it is gone
                feed(ours, 1_000_000)

        writer = threading.Thread(target=write)
        writer.start()
        assert answers.readline()
        yield process, children(process.id), answers
        writer.join()


@needs_proc
class TestEnds:
    """However it ends, it says why in a line, and no worker is left."""

    def test_a_killed_worker_is_one_line(self, processes: Processes, model: Path, tmp_path: Path) -> None:
        with at_work(processes, model, tmp_path) as (process, workers, answers):
            assert len(workers) == 2
            os.kill(min(workers), signal.SIGKILL)
            while answers.read(1 << 16):
                pass
            assert process.wait() == 2
        said = (tmp_path / "err").read_text(encoding="utf-8")
        assert said == "error: a worker process was ended by SIGKILL; where memory ran out, take fewer workers\n"
        wait_until_gone(workers)

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_being_asked_to_end_is_an_exit_code(
        self, processes: Processes, model: Path, tmp_path: Path, number: signal.Signals
    ) -> None:
        with at_work(processes, model, tmp_path) as (process, workers, answers):
            process.send(number)
            while answers.read(1 << 16):
                pass
            assert process.wait() == 128 + number
        assert (tmp_path / "err").read_text(encoding="utf-8").strip() == ""
        wait_until_gone(workers)

    def test_an_interrupt_meant_for_a_worker_alone_is_not_heard(
        self, processes: Processes, model: Path, tmp_path: Path
    ) -> None:
        with at_work(processes, model, tmp_path) as (process, workers, answers):
            os.kill(min(workers), signal.SIGINT)
            assert all(answers.readline() for _ in range(50_000))
            process.send(signal.SIGTERM)
            while answers.read(1 << 16):
                pass
            assert process.wait() == 128 + signal.SIGTERM
        assert (tmp_path / "err").read_text(encoding="utf-8").strip() == ""
        wait_until_gone(workers)

    def test_workers_end_where_whoever_began_them_was_killed(
        self, processes: Processes, model: Path, tmp_path: Path
    ) -> None:
        with at_work(processes, model, tmp_path) as (process, workers, _):
            process.send(signal.SIGKILL)
            assert process.wait() == -signal.SIGKILL
        wait_until_gone(workers)
        assert (tmp_path / "err").read_text(encoding="utf-8") == ""
