"""Processes that decode beside one another: windows of sentences go out to them, tag ids come back in order.

A worker is this interpreter anew, which loads the model folder and answers on its standard output what comes on its
standard input. Where that ends, because all is done or because whoever asked is gone, however it went, the worker ends.
"""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, NoReturn, Self, cast

from taggers.checkpoint import ModelFolder, Precision
from taggers.data.sentences import SentenceStore
from taggers.engine.interface import Answers, Decoder, JudgedAnswers
from taggers.errors import CheckpointError, TaggerError
from taggers.text import Sentence

if TYPE_CHECKING:
    from taggers.chain.search import Search
    from taggers.tasks.asked import Question

# `ModelFolder.digest`, how sequences are searched, and what is asked beside the best tags.
_Model = tuple[Path, Precision, str, "Search | None", "Question | None"]
# What it prints while modules are imported goes to standard error: nothing else may come between the answers.
_SERVE = (
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); "  # who ends it closes its pipes or kills it
    "answers = os.dup(1); os.dup2(2, 1); sys.path[:] = {path!r}; "
    "from taggers.engine.workers import serve; serve(sys.stdin.buffer, os.fdopen(answers, 'wb'))"
)
_READY = b"\0the answers of a worker of taggers\n"  # what the interpreter's own start printed ends here
_LENGTH = 8  # bytes that say how many follow


class Workers:
    """Up to `number` processes that decode with the model of a folder, each begun when there is work for it.

    To be entered and left: what then still runs is ended, whatever the reason.
    """

    def __init__(
        self, folder: ModelFolder, number: int, precision: Precision, question: Question | None = None
    ) -> None:
        self.cut = 0  # as of any decoder
        self.ahead = 2 * number  # windows under way: one in each process, and one that waits for it
        self._model = folder.path.resolve(), precision, folder.digest, folder.tasks[0].search, question
        self._columns = folder.indexer.columns[1:]
        self._pool = ThreadPoolExecutor(number, "worker")  # a thread for each process waits for its answers
        self._own = threading.local()
        self._processes: list[_Process] = []
        self._lock = threading.Lock()
        self._ended = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            self._ended = True
        for process in self._processes:
            process.kill()
        self._pool.shutdown()
        for process in self._processes:  # no thread reads or writes any more
            process.close()

    def submit(self, sentences: Sequence[Sentence]) -> Callable[[], Answers | JudgedAnswers]:
        """Give sentences to the next process that is free; what comes back waits for the answers of `decode`.

        It raises FormatError where one of them lacks a column that the model reads: those before are answered first.
        """
        try:
            # Numbers and distinct values are fewer bytes than sentences, and made faster.
            store = SentenceStore.of(sentences, self._columns)
        except TaggerError as fault:
            return partial(_raise, fault)
        answer = self._pool.submit(self._ask, store)
        return answer.result

    def _ask(self, store: SentenceStore) -> Answers | JudgedAnswers:
        process: _Process | None = getattr(self._own, "process", None)
        if process is None:
            with self._lock:
                if self._ended:
                    return []
                process = self._own.process = _Process(self._model)
                self._processes.append(process)
        answer = process.ask(store)
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, list)
        return answer


def _raise(fault: TaggerError) -> NoReturn:
    raise fault


class _Process:
    """One worker."""

    def __init__(self, model: _Model) -> None:
        command = [sys.executable, "-c", _SERVE.format(path=sys.path)]
        # In a session of its own it hears no Ctrl-C, which is for the process that began it.
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
        self._begin: _Model | None = model

    def ask(self, question: object) -> object:
        """The answer to a question; TaggerError where the process is gone, or is not understood."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            if self._begin is not None:
                _skip_to_ready(self._process.stdout)
                _send(self._begin, self._process.stdin)
                self._begin = None
            _send(question, self._process.stdin)
            return _receive(self._process.stdout)
        except (OSError, EOFError):
            how = _ending(self._process.wait())
            raise TaggerError(f"a worker process {how}; where memory ran out, take fewer workers") from None
        except Exception as fault:  # it is there still, and would wait for its next question
            self.kill()
            problem = f"a worker process was not understood ({type(fault).__name__}: {fault})"
            raise TaggerError(f"{problem}; leave --workers out") from fault

    def kill(self) -> None:
        """End the process, which has nothing to lose."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Give back the streams to the process, which has ended."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):  # what was still to be written to it
                    stream.close()


def _ending(code: int) -> str:
    """How a process ended, by its exit code.

    >>> _ending(1), _ending(-9)
    ('ended with exit code 1', 'was ended by SIGKILL')
    """
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:  # those of real time have numbers alone
        return f"was ended by signal {-code}"


def _send(value: object, stream: IO[bytes]) -> None:
    content = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    stream.write(len(content).to_bytes(_LENGTH, "little"))
    stream.write(content)
    stream.flush()


def _receive(stream: IO[bytes]) -> object:
    """What `_send` sent; EOFError where that ends too soon."""
    head = stream.read(_LENGTH)
    content = stream.read(int.from_bytes(head, "little"))
    if len(head) < _LENGTH or len(content) < int.from_bytes(head, "little"):
        raise EOFError
    value: object = pickle.loads(content)
    return value


def _skip_to_ready(stream: IO[bytes]) -> None:
    for line in stream:
        if line.endswith(_READY):
            return
    raise EOFError


def serve(questions: IO[bytes], answers: IO[bytes]) -> None:
    """Be a worker: a model folder, a precision and a digest come first, then stores of sentences.

    Of each store the tag ids (N,) of every layer go back, or the exception that came of it. It returns where either
    stream ends, wherever that is.
    """
    with suppress(EOFError, OSError), answers:  # closing writes what is left, which may fail once more
        answers.write(_READY)
        answers.flush()
        model = _receive(questions)
        decoder: Decoder | None = None
        while True:
            store = _receive(questions)
            try:
                assert isinstance(store, SentenceStore)
                decoder = decoder or _load(*cast(_Model, model))
                answer: object = decoder.submit(store)()
            except Exception as fault:  # whatever it is, the process that asked raises it
                answer = _sendable(fault)
            _send(answer, answers)


def _load(path: Path, precision: Precision, digest: str, search: Search | None, question: Question | None) -> Decoder:
    """What decodes with a model folder; CheckpointError where it is not the one of the digest."""
    from taggers.checkpoint import load_folder
    from taggers.engine import load_engine

    folder = load_folder(path)
    if folder.digest != digest:
        problem = f"{path}: trained or exported anew since it was loaded, so workers would answer with another model"
        raise CheckpointError(f"{problem}; load it again")
    if search is not None:
        folder = folder.searching(search.width, search.length_power)
    return Decoder(load_engine(folder, "cpu", precision), question)


def _sendable(fault: Exception) -> Exception:
    """The fault, or what it says where it cannot be pickled and come back."""
    try:
        pickle.loads(pickle.dumps(fault))
    except (pickle.PickleError, TypeError, AttributeError):
        return TaggerError(str(fault))
    return fault
