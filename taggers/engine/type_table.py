"""Word types and what the network makes of each by itself, kept for as long as there is room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]
Compute = Callable[[Sequence[str]], tuple[Rows, ...]]


class TypeTable:
    """Rows of numbers for forms, each computed when it is first met; no more than `room` are held.

    When there is no room for those that a batch needs, all are forgotten and the batch begins anew: what is frequent is
    back at once. A batch of more forms than there is room for has a table of its own. Threads may share a table: rows
    that one was given stay as they are, whatever another asks for.

    >>> table = TypeTable(lambda forms: (np.array([[len(form)] for form in forms], dtype=np.float32),), room=2)
    >>> numbers, (rows,) = table.find(["sea", "gull"])
    >>> rows[numbers].ravel().tolist()
    [3.0, 4.0]
    """

    def __init__(self, compute: Compute, room: int, at_once: int = 1024) -> None:
        self._compute, self._room, self._at_once = compute, room, at_once
        self._numbers: dict[str, int] = {}
        self._rows: tuple[Rows, ...] = ()
        self._lock = Lock()

    def find(self, forms: Sequence[str]) -> tuple[NDArray[np.int32], tuple[Rows, ...]]:
        """The numbers (V,) of distinct forms, and the rows (at least V, E) in which they stand."""
        with self._lock:
            missing = [form for form in forms if form not in self._numbers]
            if self._rows and len(self._numbers) + len(missing) > len(self._rows[0]):
                self._numbers, self._rows = {}, ()  # new rows: the old ones may still be read
                missing = list(forms)
            self._add(missing)
            numbers = self._numbers
            return np.array([numbers[form] for form in forms], dtype=np.int32), self._rows

    def _add(self, forms: Sequence[str]) -> None:
        """Compute rows for new forms, for which there is room."""
        for start in range(0, len(forms), self._at_once):
            new = forms[start : start + self._at_once]
            computed = self._compute(new)
            if not self._rows:  # pages that nothing was written to cost no memory yet
                length = max(self._room, len(forms))
                self._rows = tuple(np.empty((length, part.shape[1]), dtype=np.float32) for part in computed)
            first = len(self._numbers)
            for rows, part in zip(self._rows, computed, strict=True):
                rows[first : first + len(new)] = part
            self._numbers.update(zip(new, range(first, first + len(new)), strict=True))
