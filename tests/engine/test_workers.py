"""What goes between a process and its workers, without a model: streams that end anywhere, faults, exit codes."""

from __future__ import annotations

import io
import signal
from pathlib import Path

import pytest

from taggers.data.sentences import SentenceStore
from taggers.engine import workers
from taggers.errors import CheckpointError, TaggerError
from taggers.text import Sentence


def sent(*values: object) -> bytes:
    """The bytes of values as they go to a worker and come from it."""
    stream = io.BytesIO()
    for value in values:
        workers._send(value, stream)
    return stream.getvalue()


class Kept(io.BytesIO):
    """A stream whose content outlives its closing."""

    content = b""

    def close(self) -> None:
        """Keep what was written."""
        self.content = self.content or self.getvalue()
        super().close()


def answers_to(questions: bytes) -> list[object]:
    """What a worker answers to a stream of bytes, which may end anywhere."""
    written = Kept()
    workers.serve(io.BytesIO(questions), written)
    stream = io.BytesIO(written.content)
    workers._skip_to_ready(stream)
    found = []
    while stream.tell() < len(written.content):
        found.append(workers._receive(stream))
    return found


QUESTIONS = sent((Path("nowhere"), "float32", "", None, None), SentenceStore.of([Sentence(("Ada",))]))


def test_a_worker_ends_in_silence_wherever_its_questions_end() -> None:
    for end in range(0, len(QUESTIONS), 7):
        assert answers_to(QUESTIONS[:end]) == []


def test_a_worker_ends_in_silence_where_nobody_hears_it(capfd: pytest.CaptureFixture[str]) -> None:
    class Broken(io.BytesIO):
        def flush(self) -> None:
            raise BrokenPipeError

    questions, answers = io.BytesIO(QUESTIONS), Broken()
    workers.serve(questions, answers)
    assert answers.closed
    assert questions.tell() == 0  # nothing is worked on for nobody
    assert capfd.readouterr() == ("", "")


def test_a_fault_is_an_answer() -> None:
    [fault] = answers_to(QUESTIONS)
    assert type(fault) is CheckpointError
    assert str(fault).startswith("nowhere/manifest.json: missing")


class _TwoArgumentsError(Exception):
    """Pickled, but not made anew from its one argument."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what}: {why}")


class _LockedError(Exception):
    """Cannot be pickled."""

    def __reduce__(self) -> str:
        raise TypeError("locked")


@pytest.mark.parametrize("fault", [_TwoArgumentsError("engine", "broken"), _LockedError("engine: broken")])
def test_a_fault_that_cannot_be_pickled_is_sent_as_its_text(monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    def load(*_: object) -> None:
        raise fault

    monkeypatch.setattr(workers, "_load", load)
    [answer] = answers_to(QUESTIONS)
    assert type(answer) is TaggerError
    assert str(answer) == "engine: broken"


@pytest.mark.parametrize("cut", [0, 1, 8, 9, -1])
def test_an_answer_cut_short_is_an_end(cut: int) -> None:
    with pytest.raises(EOFError):
        workers._receive(io.BytesIO(sent("answer")[:cut]))


def test_what_does_not_begin_as_a_worker_is_an_end() -> None:
    with pytest.raises(EOFError):
        workers._skip_to_ready(io.BytesIO(b"Traceback\n"))


def test_a_signal_without_a_name_is_a_number() -> None:
    unnamed = max(set(range(1, signal.NSIG)) - set(map(int, signal.Signals)))
    assert workers._ending(-unnamed) == f"was ended by signal {unnamed}"
    assert workers._ending(-signal.SIGKILL) == "was ended by SIGKILL"
    assert workers._ending(3) == "ended with exit code 3"
