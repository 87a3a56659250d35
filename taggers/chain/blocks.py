"""The allowed transitions as runs of neighbouring tags, so that compiled loops can work on several at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from taggers.chain.arrays import Booleans, Bounds, Floats, Integers, Unsigned

_GAP = 4  # as many forbidden tags between two runs are walked over, which is faster than round


class Runs(NamedTuple):
    """Runs of tags that stand side by side: those of row `i` are `first[i]` to `first[i + 1]`, exclusive.

    Run `r` is `begin[r]` to `stop[r]`, exclusive. All that is allowed lies in a run; a run may hold some that is not.
    """

    first: Bounds  # (K + 1,)
    begin: Bounds  # (R,)
    stop: Bounds  # (R,)


class Layout(NamedTuple):
    """An order of the tags, and in it the runs of those that may follow each tag, and of those that may precede it."""

    order: Unsigned  # (K,)
    following: Runs
    preceding: Runs


@dataclass(frozen=True, eq=False)
class Blocks:
    """A chain with its tags in the order of its runs."""

    layout: Layout
    start: Floats  # (K,)
    transitions: Floats  # (K, K), [from, to]
    into: Floats  # (K, K) the same, [to, from]
    end: Floats  # (K,)

    @staticmethod
    def of(
        start: Floats,  # (K,)
        transitions: Floats,  # (K, K), [from, to]
        end: Floats,  # (K,)
    ) -> Blocks:
        """The scores of a chain in the order of its runs.

        >>> Blocks.of(np.zeros(2), np.array([[0.0, -np.inf], [1.0, 2.0]]), np.zeros(2)).transitions
        array([[  2.,   1.],
               [-inf,   0.]])
        """
        layout = layout_of(transitions)
        order = layout.order
        arranged = transitions[np.ix_(order, order)]
        return Blocks(layout, start[order], arranged, np.ascontiguousarray(arranged.T), end[order])


def layout_of(transitions: Floats) -> Layout:
    """The layout for transitions (K, K), [from, to], of which minus infinity is none."""
    return _layout(len(transitions), np.isneginf(transitions).tobytes())


@lru_cache(maxsize=64)  # training makes a new chain at every step, always with the same transitions allowed
def _layout(num_tags: int, pattern: bytes) -> Layout:
    """The layout for a table of forbidden transitions (K, K), [from, to].

    The order goes by how many tags may follow a tag, and among as many by how many may precede it, up and down in
    turn: of a scheme such as IOBES first those that end a span, then those that are one, then those that begin one.
    """
    allowed = ~np.frombuffer(pattern, dtype=np.bool_).reshape(num_tags, num_tags)
    order = _snake(allowed.sum(axis=1), allowed.sum(axis=0))
    arranged = allowed[np.ix_(order, order)]
    return Layout(order.astype(np.uint32), _runs(arranged), _runs(arranged.T))


def _runs(allowed: Booleans) -> Runs:
    """The runs of each row of a table (K, K)."""
    first = [0]
    spans: list[list[int]] = []  # begin and stop of each run
    for row in allowed:
        for tag in np.flatnonzero(row).tolist():
            if len(spans) > first[-1] and tag - spans[-1][1] <= _GAP:
                spans[-1][1] = tag + 1
            else:
                spans.append([tag, tag + 1])
        first.append(len(spans))
    begin, stop = np.array(spans, dtype=np.uint64).reshape(-1, 2).T
    return Runs(np.array(first, dtype=np.uint64), np.ascontiguousarray(begin), np.ascontiguousarray(stop))


def _snake(following: Integers, before: Integers) -> Integers:
    """Tags by how many may follow, many first; groups of as many in turn up and down by how many may stand before."""
    group = np.unique(-following, return_inverse=True)[1]
    return np.lexsort((np.where(group % 2 == 0, before, -before), group))
