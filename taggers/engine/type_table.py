"""Word types and what the network makes of each by itself, kept for as long as there is room."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]
Compute = Callable[[Sequence[str]], tuple[Rows, ...]]


class Words:
    """The V distinct forms of a text, and what is known of their numbers in a table.

    They are looked up by form once for a text, and again only where the table forgot some since.
    """

    def __init__(self, forms: Sequence[str]) -> None:
        self.forms = forms
        self.numbers = np.full(len(forms), -1, dtype=np.int32)  # (V,): -1 where it is not known
        self.as_of = 0  # how often the table had forgotten forms by then


class TypeTable:
    """Rows of numbers for forms, each computed when it is first met; no more than `room` are held.

    When there is no room for those that a batch needs, those that were not met for longest make room, a quarter of all
    at least. A batch of more forms than there is room for makes the table larger. New forms are computed `at_once`,
    those of like length together, since a short one beside a long one costs as much. Threads may share a table.

    >>> table = TypeTable(lambda forms: (np.array([[len(form)] for form in forms], dtype=np.float32),), room=2)
    >>> with table.find(Words(["sea", "gull"]), np.array([1, 0, 1])) as (numbers, (rows,)):
    ...     rows[numbers].ravel().tolist()
    [4.0, 3.0, 4.0]
    """

    def __init__(self, compute: Compute, room: int, at_once: int = 256) -> None:
        self._compute, self._room, self._at_once = compute, room, at_once
        self._numbers: dict[str, int] = {}
        self._forms: list[str | None] = []  # by their numbers; None where no form is
        self._free: list[int] = []
        self._rows: tuple[Rows, ...] = ()
        self._met = np.zeros(0, dtype=np.int64)  # the call of `find` in which each row was last asked for
        self._calls = 0
        self._forgotten = 0  # how often forms were
        self._readers = 0  # of the rows as they are
        self._lock = Lock()

    def prepare(self, words: Words) -> None:
        """Compute the rows of forms that will be asked for, where there is room for all.

        Computed together they cost less than part by part.
        """
        if len(words.forms) <= self._room:
            with self._lock:
                self._found(words, np.arange(len(words.forms)))

    @contextmanager
    def find(self, words: Words, places: NDArray[np.integer]) -> Iterator[tuple[NDArray[np.int32], tuple[Rows, ...]]]:
        """The numbers (...) of the forms at some places (...), and the rows in which they stand, which stay so while
        the block lasts.
        """
        with self._lock:
            numbers = self._found(words, places)
            rows = self._rows
            self._readers += 1
        try:
            yield numbers, rows
        finally:
            with self._lock:
                if rows is self._rows:
                    self._readers -= 1

    def _found(self, words: Words, places: NDArray[np.integer]) -> NDArray[np.int32]:
        self._calls += 1
        numbers: NDArray[np.int32] = self._known(words)[places]
        while numbers.min(initial=0) < 0:  # once more where room was made for some, and all had to be looked up anew
            self._met[numbers[numbers >= 0]] = self._calls
            self._look_up(words, np.flatnonzero(np.bincount(places[numbers < 0])))  # sorted, each once
            numbers = self._known(words)[places]
        self._met[numbers] = self._calls
        return numbers

    def _known(self, words: Words) -> NDArray[np.int32]:
        """The numbers (V,) that still hold, -1 for the others."""
        if words.as_of != self._forgotten:
            words.numbers[:] = -1
            words.as_of = self._forgotten
        return words.numbers

    def _look_up(self, words: Words, unknown: NDArray[np.integer]) -> None:
        """Find the numbers of some forms, of which rows are computed where there are none."""
        forms = [words.forms[i] for i in unknown.tolist()]
        numbers = self._numbers_of(forms)
        self._met[numbers[numbers >= 0]] = self._calls
        missing = [form for form, number in zip(forms, numbers.tolist(), strict=True) if number < 0]
        if missing:
            self._add(sorted(missing, key=len))
            numbers = self._numbers_of(forms)
        self._known(words)[unknown] = numbers

    def _numbers_of(self, forms: Sequence[str]) -> NDArray[np.int32]:
        """The numbers of forms, -1 where there is none yet."""
        get = self._numbers.get
        return np.array([get(form, -1) for form in forms], dtype=np.int32)

    def _add(self, forms: Sequence[str]) -> None:
        """Compute rows for new forms."""
        for start in range(0, len(forms), self._at_once):
            new = forms[start : start + self._at_once]
            computed = self._compute(new)
            if len(self._free) < len(new):
                self._make_room(len(forms) - start, [part.shape[1] for part in computed])
            places, self._free = self._free[: len(new)], self._free[len(new) :]
            for rows, part in zip(self._rows, computed, strict=True):
                rows[places] = part
            self._met[places] = self._calls
            self._numbers.update(zip(new, places, strict=True))
            for form, place in zip(new, places, strict=True):
                self._forms[place] = form

    def _make_room(self, number: int, sizes: Sequence[int]) -> None:
        """Free places for `number` rows and more."""
        needed = int((self._met == self._calls).sum()) + number  # by the batch that asks
        if needed > len(self._met):
            self._lengthen(max(self._room, needed), sizes)
        if len(self._free) >= number:
            return
        if self._readers:  # what they read stays as it is
            self._rows, self._readers = tuple(rows.copy() for rows in self._rows), 0
        longest_ago = np.argsort(self._met, kind="stable")[: max(number, len(self._met) // 4)]
        self._free = [place for place in longest_ago.tolist() if self._met[place] < self._calls]
        for place in self._free:
            if (form := self._forms[place]) is not None:
                del self._numbers[form]
                self._forms[place] = None
        self._met[self._free] = 0
        self._forgotten += 1

    def _lengthen(self, length: int, sizes: Sequence[int]) -> None:
        """Make all arrays longer; pages that nothing was written to cost no memory yet."""
        before = len(self._met)
        longer = tuple(np.empty((length, size), dtype=np.float32) for size in sizes)
        for rows, old in zip(longer, self._rows or longer, strict=True):
            rows[:before] = old[:before]
        self._rows, self._readers = longer, 0
        self._met = np.concatenate((self._met, np.zeros(length - before, dtype=np.int64)))
        self._forms += [None] * (length - before)
        self._free += range(before, length)
