"""Answers to the examples of a transduction, each distinct one decoded once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from taggers.chain.search import END
from taggers.engine.interface import Answers, Decoder
from taggers.text import Sentence

if TYPE_CHECKING:
    from taggers.engine.workers import Workers
    from taggers.tasks.transduction import Transduction

_REMEMBERED = 1 << 18  # answers


class Remembering:
    """Decodes the examples of a transduction, each distinct one once, and remembers the answers of up to `room`.

    `cut` counts the answers given, alike ones too, that hold as many symbols as they may.
    """

    def __init__(self, decoder: Decoder | Workers, task: Transduction, room: int = _REMEMBERED) -> None:
        self.ahead, self.cut = decoder.ahead, 0
        self._decoder, self._task, self._room = decoder, task, room
        self._search = task.search
        self._known: dict[tuple[str, ...], tuple[str, bool]] = {}  # answers, and whether they were cut

    def submit(self, sentences: Sequence[Sentence]) -> Callable[[], Answers]:
        """What gives the answers to all examples of some sentences; FormatError where one lacks a column."""
        keys = list(self._task.keys(sentences))
        distinct = dict.fromkeys(keys)
        here = {key: self._known[key] for key in distinct if key in self._known}
        new = [key for key in distinct if key not in here]
        sources = [self._task.source(key) for key in new]
        decoded = self._decoder.submit(sources) if new else None

        def answers() -> Answers:
            if decoded is not None:
                [rows] = decoded()
                assert isinstance(rows, np.ndarray)  # nothing more is asked of what writes
                read = map(self._task.read, new, rows.tolist())
                found = dict(zip(new, zip(read, self._are_cut(sources, rows), strict=True), strict=True))
                if len(self._known) + len(found) > self._room:
                    self._known.clear()
                if len(found) <= self._room:
                    self._known |= found
                here.update(found)
            given = [here[key] for key in keys]
            self.cut += sum(cut for _, cut in given)
            return [np.array([answer for answer, _ in given], dtype=np.object_)]

        return answers

    def _are_cut(self, sources: Sequence[Sentence], rows: NDArray[np.integer]) -> list[bool]:
        """Which answers (S, L) hold as many symbols as they may."""
        lengths = np.fromiter(map(len, sources), np.int64, len(sources))
        cut: list[bool] = ((rows != END).sum(axis=1) >= self._search.limits(lengths)).tolist()
        return cut
