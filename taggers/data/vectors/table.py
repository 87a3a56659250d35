"""Words with their vectors, as a file of vectors gives them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taggers.errors import FormatError

Note = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Table:
    """Distinct words, most frequent first where the file has them so, and a row of `vectors` (N, E) for each."""

    words: list[str]
    vectors: NDArray[np.float32]


def check_finite(path: Path, vectors: NDArray[Any], name: Callable[[int], tuple[int | None, str]]) -> None:
    """Raise FormatError for the first row of (N, E) that holds NaN or infinity; `name` gives its line and its words."""
    # The sum of a row is finite where all of it is; only for the rest (sums may overflow too) each value is looked at.
    with np.errstate(over="ignore", invalid="ignore"):
        doubtful = np.flatnonzero(~np.isfinite(vectors.sum(axis=1)))
    for row in doubtful:
        faults = vectors[row][~np.isfinite(vectors[row])]
        if faults.size:
            line, what = name(int(row))
            raise FormatError(path, line, f"expected finite numbers, found {faults[0]} for {what}; take the row out")


def say_repeats(path: Path, repeats: Iterable[str], note: Note) -> None:
    """Report the words that stand in a file more than once."""
    if words := list(repeats):
        more = f" and {len(words) - 1} more" if len(words) > 1 else ""
        note(f"{path}: words that stand there more than once: {words[0]!r}{more}; the first row of each is kept")
