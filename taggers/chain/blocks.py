"""The allowed transitions as runs of neighbouring tags, so that compiled loops can work on several at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from taggers.chain.arrays import Bounds, Floats, Integers, Unsigned

_GAP = 4  # as many forbidden tags between two runs are walked over, which is faster than round


class Runs(NamedTuple):
    """An order of the tags, and in it the runs of tags that may follow each: `first[i]` to `first[i + 1]`, exclusive.

    Run `r` is `begin[r]` to `stop[r]`, exclusive. All that may follow lies in a run; a run may hold some that may not.
    """

    order: Unsigned  # (K,)
    first: Bounds  # (K + 1,)
    begin: Bounds  # (R,)
    stop: Bounds  # (R,)


@dataclass(frozen=True, eq=False)
class Blocks:
    """A chain with its tags in the order of its runs."""

    runs: Runs
    start: Floats  # (K,)
    transitions: Floats  # (K, K), [from, to]
    end: Floats  # (K,)

    @staticmethod
    def of(
        start: Floats,  # (K,)
        transitions: Floats,  # (K, K), [from, to]
        end: Floats,  # (K,)
    ) -> Blocks:
        """The scores of a chain in the order of its runs.

        >>> Blocks.of(np.zeros(2), np.array([[0.0, -np.inf], [1.0, 2.0]]), np.zeros(2)).transitions
        array([[ 2.,  1.],
               [-inf,  0.]])
        """
        runs = runs_of(transitions)
        order = runs.order
        return Blocks(runs, start[order], transitions[np.ix_(order, order)], end[order])


def runs_of(transitions: Floats) -> Runs:
    """The runs of transitions (K, K), [from, to], of which minus infinity is none."""
    return _runs(len(transitions), np.isneginf(transitions).tobytes())


@lru_cache(maxsize=64)  # training makes a new chain at every step, always with the same transitions allowed
def _runs(num_tags: int, pattern: bytes) -> Runs:
    """The runs of a table of forbidden transitions (K, K), [from, to].

    The order goes by how many tags may follow a tag, and among as many by how many may stand before it, up and down in
    turn: of a scheme such as IOBES first those that end a span, then those that are one, then those that begin one.
    """
    allowed = ~np.frombuffer(pattern, dtype=np.bool_).reshape(num_tags, num_tags)
    order = _snake(allowed.sum(axis=1), allowed.sum(axis=0))
    first = [0]
    spans: list[list[int]] = []  # begin and stop of each run
    for row in allowed[np.ix_(order, order)]:
        for tag in np.flatnonzero(row).tolist():
            if len(spans) > first[-1] and tag - spans[-1][1] <= _GAP:
                spans[-1][1] = tag + 1
            else:
                spans.append([tag, tag + 1])
        first.append(len(spans))
    begin, stop = np.array(spans, dtype=np.uint64).reshape(-1, 2).T
    return Runs(
        order.astype(np.uint32),
        np.array(first, dtype=np.uint64),
        np.ascontiguousarray(begin),
        np.ascontiguousarray(stop),
    )


def _snake(following: Integers, before: Integers) -> Integers:
    """Tags by how many may follow, many first; groups of as many in turn up and down by how many may stand before."""
    group = np.unique(-following, return_inverse=True)[1]
    return np.lexsort((np.where(group % 2 == 0, before, -before), group))
