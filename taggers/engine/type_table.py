"""Word types and what the network makes of each by itself, kept for as long as there is room."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]
Compute = Callable[[Sequence[str]], tuple[Rows, ...]]


class TypeTable:
    """Rows of numbers for forms, each computed when it is first met; no more than `room` are held.

    When there is no room for those that a batch needs, all are forgotten and the batch begins anew: what is frequent is
    back at once. A batch of more forms than there is room for has a table of its own.

    >>> table = TypeTable(lambda forms: (np.array([[len(form)] for form in forms], dtype=np.float32),), room=2)
    >>> numbers, (rows,) = table.find(["sea", "gull"])
    >>> rows[numbers].ravel().tolist()
    [3.0, 4.0]
    """

    def __init__(self, compute: Compute, room: int, at_once: int = 1024) -> None:
        self._compute, self._room, self._at_once = compute, room, at_once
        self._numbers: dict[str, int] = {}
        self._rows: tuple[Rows, ...] = ()

    def find(self, forms: Sequence[str]) -> tuple[NDArray[np.int32], tuple[Rows, ...]]:
        """The numbers (V,) of distinct forms, and the rows (at least V, E) in which they stand."""
        missing = [form for form in forms if form not in self._numbers]
        if len(self._numbers) + len(missing) > self._room:
            self._numbers = {}
            missing = list(forms)
        self._add(missing)
        numbers = self._numbers
        return np.array([numbers[form] for form in forms], dtype=np.int32), self._rows

    def _add(self, forms: Sequence[str]) -> None:
        """Compute rows for new forms; there is room for them, or they are all."""
        for start in range(0, len(forms), self._at_once):
            new = forms[start : start + self._at_once]
            computed = self._compute(new)
            first = len(self._numbers)
            self._grow(first + len(new), computed)
            for rows, part in zip(self._rows, computed, strict=True):
                rows[first : first + len(new)] = part
            self._numbers.update(zip(new, range(first, first + len(new)), strict=True))

    def _grow(self, needed: int, like: tuple[Rows, ...]) -> None:
        """Make the rows long enough, twice as long as before where they were not."""
        held = len(self._rows[0]) if self._rows else 0
        if needed <= held:
            return
        length = max(needed, min(self._room, 2 * held))
        grown = tuple(np.empty((length, rows.shape[1]), dtype=np.float32) for rows in like)
        for old, new in zip(self._rows, grown, strict=False):
            new[:held] = old
        self._rows = grown
