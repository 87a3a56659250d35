"""The command line in this process and in others, and one small model for all tests of it."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol, TextIO

import pytest

from taggers.cli import main

if TYPE_CHECKING:
    from tests.cli.process_server import Death

ENGLISH = Path(__file__).parents[2] / "corpora" / "english" / "train.conll"


@dataclass(frozen=True)
class Outcome:
    """How a command ended, and what it wrote."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """Standard output of a command that went well."""
        assert self.code == 0, self.err
        return self.out.decode()

    @property
    def fault(self) -> str:
        """The one line of a refusal: exit code 2, and nothing beside it but notes."""
        assert self.code == 2, self.err
        *notes, last = self.err.splitlines()
        assert last.startswith("error: ")
        assert not [note for note in notes if "rror" in note or "Traceback" in note]
        return last.removeprefix("error: ")


class Command(Protocol):
    """`tagger` in this process."""

    def __call__(self, *arguments: object, stdin: bytes = b"") -> Outcome:
        """Run it with arguments and standard input."""


@pytest.fixture(scope="session")
def tagger() -> Command:
    """Run `tagger` with arguments and standard input; it ends as it would at a shell."""

    def run(*arguments: object, stdin: bytes = b"") -> Outcome:
        out, err = io.BytesIO(), io.BytesIO()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", ["tagger", *map(str, arguments)])
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
            patch.setattr(sys, "stdout", io.TextIOWrapper(out, "utf-8", write_through=True))
            patch.setattr(sys, "stderr", io.TextIOWrapper(err, "utf-8", "backslashreplace", write_through=True))
            with pytest.raises(SystemExit) as ended:
                main()
            code = ended.value.code or 0
            assert isinstance(code, int)
            return Outcome(code, out.getvalue(), err.getvalue().decode())

    return run


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """A command in this process takes its signals, which are pytest's again after the test."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


class Process:
    """`tagger` in a process of its own."""

    def __init__(self, line: socket.socket, answers: TextIO) -> None:
        self._line, self._answers = line, answers
        self.id = int(answers.readline())

    def send(self, number: signal.Signals) -> None:
        """Send it a signal; nothing happens where it has ended."""
        os.kill(self.id, number)

    def wait(self) -> int:
        """The exit code, negative where a signal ended it."""
        self._line.sendall(b".")
        return os.waitstatus_to_exitcode(int(self._answers.readline()))


class Processes:
    """Starts `tagger` in processes of their own; each is waited for before the next one starts."""

    def __init__(self, line: socket.socket, answers: TextIO) -> None:
        self._line, self._answers = line, answers
        answers.readline()

    def start(
        self,
        *arguments: object,
        folder: Path,
        death: Death | None = None,
        stdin: IO[bytes] | None = None,
        stdout: IO[bytes] | None = None,
        stderr: IO[bytes] | None = None,
    ) -> Process:
        """Start it in a folder, on streams that are open, or on nothing."""
        request = json.dumps({"arguments": [*map(str, arguments)], "folder": str(folder), "death": death})
        with open(os.devnull, "r+b") as nothing:
            streams = [(stream or nothing).fileno() for stream in (stdin, stdout, stderr)]
            socket.send_fds(self._line, [request.encode()], streams)
        return Process(self._line, self._answers)


@pytest.fixture(scope="session")
def processes() -> Iterator[Processes]:
    """A server of processes that have loaded torch already."""
    ours, theirs = socket.socketpair()
    server = Path(__file__).with_name("process_server.py")
    here = {**os.environ, "PYTHONPATH": str(server.parents[2])}  # the package beside these tests, like theirs
    process = subprocess.Popen([sys.executable, server, str(theirs.fileno())], pass_fds=[theirs.fileno()], env=here)
    with process, ours, ours.makefile() as answers:
        theirs.close()
        yield Processes(ours, answers)
        ours.shutdown(socket.SHUT_RDWR)


@pytest.fixture(scope="session")
def small() -> list[str]:
    """Arguments that make a network small and quick to train."""
    values = {
        "model.words.size": 16,
        "model.characters.size": 8,
        "model.characters.filters": 8,
        "model.casing.size": 4,
        "model.encoder.hidden_size": 16,
        "training.optimiser.learning_rate": 0.02,
    }
    return [argument for key, value in values.items() for argument in ("--set", f"{key}={value}")]


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first sentences of the English corpus: token, upos and ner."""
    path = tmp_path_factory.mktemp("corpus") / "small.conll"
    sentences = ENGLISH.read_text(encoding="utf-8").split("\n\n")
    path.write_text("\n\n".join(sentences[:31]) + "\n\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def model(tagger: Command, small: list[str], corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that has learnt the small corpus by heart."""
    folder = tmp_path_factory.mktemp("models") / "small"
    values = [
        "training.epochs=15", "training.batch_tokens=64", "training.word_dropout=0", "training.unknown=0",
        "model.encoder.input_dropout=0", "model.encoder.output_dropout=0",
    ]  # fmt: skip
    outcome = tagger(
        "train", "--train", corpus, "--dev", corpus, "--columns", "token,upos,ner", "--output", folder,
        *small, *(argument for value in values for argument in ("--set", value)),
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    return folder
