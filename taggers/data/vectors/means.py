"""Vectors of words as means of rows: of their pieces, or of their n-grams."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]

_TOGETHER = 512  # groups whose rows are in memory at once


def mean_rows(
    groups: Sequence[Sequence[int]], rows: NDArray[Any], place: Callable[[Ids], Ids] = lambda ids: ids
) -> NDArray[np.float32]:
    """The means (V, E) of groups of `rows` (R, E); an empty group has zeros.

    `place` says at which rows some ids are; -1 stands for a row of zeros.

    >>> mean_rows([[0, 1], [], [1, -1]], np.float16([[1, 2], [3, 4]])).tolist()
    [[2.0, 3.0], [0.0, 0.0], [1.5, 2.0]]
    """
    means = np.zeros((len(groups), rows.shape[1]), np.float32)  # (V, E)
    full = [index for index, group in enumerate(groups) if group]
    for first in range(0, len(full), _TOGETHER):
        block = full[first : first + _TOGETHER]
        lengths = np.array([len(groups[index]) for index in block])
        ids = place(np.fromiter(chain.from_iterable(groups[index] for index in block), np.int64, lengths.sum()))
        taken = rows[ids].astype(np.float32)  # (ids, E)
        taken[ids < 0] = 0
        means[block] = np.add.reduceat(taken, np.cumsum(lengths) - lengths) / lengths[:, None]
    return means
