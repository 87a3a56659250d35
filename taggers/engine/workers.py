"""Processes that decode beside one another: windows of sentences go out to them, tag ids come back in order.

A worker is this interpreter anew, which loads the model folder and answers on its standard output what comes on its
standard input. Where that ends, because all is done or because whoever asked is gone, however it went, the worker ends.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import numpy as np

from taggers.checkpoint import ModelFolder, Precision
from taggers.data.features import Ints
from taggers.data.sentences import SentenceStore
from taggers.engine.interface import Answers, Decoder
from taggers.errors import TaggerError
from taggers.text import Sentence

_Model = tuple[Path, Precision]
_SERVE = "import sys; sys.path[:] = {path!r}; from taggers.engine.workers import serve; serve()"


class Workers:
    """Up to `number` processes that decode with the model of a folder, each begun when there is work for it.

    To be entered and left: what then still runs is ended, whatever the reason.
    """

    def __init__(self, folder: ModelFolder, number: int, precision: Precision) -> None:
        self.ahead = 2 * number  # windows under way: one in each process, and one that waits for it
        self._model = folder.path.resolve(), precision
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
            process.end()
        self._pool.shutdown()

    def submit(self, sentences: Sequence[Sentence]) -> Callable[[], Answers]:
        """Give sentences to the next process that is free; what comes back waits for the answers of `decode`.

        Raises FormatError where one of them lacks a column that the model reads.
        """
        # Numbers and distinct values are fewer bytes than sentences, and made faster.
        store = SentenceStore.of(sentences, self._columns)
        answer = self._pool.submit(self._ask, store)
        return lambda: [np.split(ids, store.offsets[1:-1]) for ids in answer.result()]

    def _ask(self, store: SentenceStore) -> list[Ints]:
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


class _Process:
    """One worker."""

    def __init__(self, model: _Model) -> None:
        command = [sys.executable, "-c", _SERVE.format(path=sys.path)]
        # In a session of its own it hears no Ctrl-C, which is for the process that began it.
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        self._begin: _Model | None = model

    def ask(self, question: object) -> object:
        """The answer to a question; TaggerError where the process is gone."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            if self._begin is not None:
                _send(self._begin, self._process.stdin)
                self._begin = None
            _send(question, self._process.stdin)
            answer: object = pickle.load(self._process.stdout)
        except (OSError, EOFError, pickle.UnpicklingError, ValueError):
            code = self._process.wait()
            how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
            raise TaggerError(f"a worker process {how}; where memory ran out, take fewer workers") from None
        return answer

    def end(self) -> None:
        """End the process, which has nothing to lose."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):  # what was still to be written to it
                    stream.close()


def _send(value: object, stream: IO[bytes]) -> None:
    pickle.dump(value, stream, pickle.HIGHEST_PROTOCOL)
    stream.flush()


def serve() -> None:
    """Be a worker: a model folder and a precision come first, then stores of sentences.

    Of each store the tag ids (N,) of every layer go back, or the exception that came of it.
    """
    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing else may come between the answers
    with suppress(BrokenPipeError):
        _serve(questions, answers)


def _serve(questions: IO[bytes], answers: IO[bytes]) -> None:
    from taggers.checkpoint import load_folder
    from taggers.engine import load_engine

    decoder: Decoder | None = None
    model: _Model = pickle.load(questions)
    folder, precision = model
    with suppress(EOFError):
        while True:
            store: SentenceStore = pickle.load(questions)
            try:
                decoder = decoder or Decoder(load_engine(load_folder(folder), "cpu", precision))
                answer: object = [np.concatenate(layer) for layer in decoder.submit(store)()]
            except Exception as fault:
                answer = fault
            _send(answer, answers)
