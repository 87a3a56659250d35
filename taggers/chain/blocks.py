"""The allowed transitions as runs of neighbouring tags, so that compiled loops can work on several at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from taggers.chain.arrays import Bounds, Floats, Integers, Unsigned

# Where scores of transitions lie no farther apart than this, `scaled_kernels` may leave log space.
WIDEST = 50.0
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
    narrow: bool  # whether all scores of a kind, those that forbid apart, lie within `WIDEST`

    @staticmethod
    def of(
        start: Floats,  # (K,)
        transitions: Floats,  # (K, K), [from, to]
        end: Floats,  # (K,)
    ) -> Blocks:
        """The scores of a chain in the order of its runs.

        >>> Blocks.of(np.zeros(2), np.array([[0.0, -np.inf], [1.0, 2.0]]), np.zeros(2)).narrow
        True
        """
        runs = _runs(len(start), np.isneginf(transitions).tobytes())
        order = runs.order
        parts = (start[order], transitions[np.ix_(order, order)], end[order])
        return Blocks(runs, *parts, narrow=all(_spread(part) <= WIDEST for part in parts))

    def weights(self) -> tuple[Floats, Floats, Floats, tuple[float, float, float]]:
        """exp of start, transitions and end, each less its best score, 0 where they forbid; and those best scores."""
        best = (_best(self.start), _best(self.transitions), _best(self.end))
        start, transitions, end = (
            np.exp(part - level) for part, level in zip((self.start, self.transitions, self.end), best, strict=True)
        )
        return start, transitions, end, best


def _best(scores: Floats) -> float:
    """The highest score; 0 where all forbid, so that it can be subtracted."""
    best = float(scores.max())
    return best if best > -np.inf else 0.0


def _spread(scores: Floats) -> float:
    allowed = scores[scores > -np.inf]
    return float(np.ptp(allowed)) if len(allowed) else 0.0


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
