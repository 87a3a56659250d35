"""The scores of a linear chain, and its allowed transitions as arrays that a loop walks over."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from taggers.chain.arrays import Floats, Integers, Unsigned
from taggers.chain.blocks import Blocks
from taggers.chain.rectangles import Rectangles, rectangles_of


class NotFiniteError(ValueError):
    """Scores that are NaN or plus infinity."""


@dataclass(frozen=True)
class Arcs:
    """The allowed transitions, A in all, ordered by the tag they enter and then by the tag they leave.

    The arcs into tag `j` are `first[j]` to `first[j + 1]`, exclusive.
    """

    first: Integers  # (K + 1,)
    source: Unsigned  # (A,) the tag left; unsigned, so that compiled loops need not ask for negative indices
    target: Integers  # (A,) the tag entered
    score: Floats  # (A,)


@dataclass(frozen=True, eq=False, init=False)
class Chain:
    """Start, transition and end scores of K tags; minus infinity forbids.

    `start` (K,), `transitions` (K, K) as [from, to], `end` (K,): anything numpy reads as numbers, kept as float64.
    Raises ValueError for other shapes, and for scores that are NaN or plus infinity.

    >>> chain = Chain(start=[0.0, 0.0], transitions=[[1.0, 0.5], [0.0, 1.0]], end=[0.0, 0.0])
    >>> chain.num_tags
    2
    """

    start: Floats  # (K,)
    transitions: Floats  # (K, K), [from, to]
    end: Floats  # (K,)

    def __init__(
        self,
        start: npt.ArrayLike,  # (K,)
        transitions: npt.ArrayLike,  # (K, K), [from, to]
        end: npt.ArrayLike,  # (K,)
    ) -> None:
        num_tags = np.size(start)
        for name, given, shape in (
            ("start", start, (num_tags,)),
            ("transitions", transitions, (num_tags, num_tags)),
            ("end", end, (num_tags,)),
        ):
            scores = np.ascontiguousarray(given, dtype=np.float64)
            if scores.shape != shape or num_tags == 0:
                raise ValueError(f"{name} scores: expected shape {shape} with at least one tag, got {scores.shape}")
            if not scores.max() < np.inf:  # nor is NaN
                raise NotFiniteError(f"{name} scores hold NaN or plus infinity; -inf forbids, all else must be finite")
            object.__setattr__(self, name, scores)

    @classmethod
    def joined(cls, scores: Floats) -> Chain:
        """The chain whose starts, transitions and ends follow each other in one array, (2 K + K K,), which is kept.

        >>> Chain.joined(np.array([1.0, 2.0, 3.0])).end  # one tag
        array([3.])
        """
        num_tags = math.isqrt(len(scores) + 1) - 1
        parts = scores[:num_tags], scores[num_tags:-num_tags].reshape(num_tags, num_tags), scores[-num_tags:]
        if not scores.max() < np.inf:
            return cls(*parts)  # which says where
        chain = object.__new__(cls)  # training makes one at every step: there is nothing left to look at
        for name, part in zip(("start", "transitions", "end"), parts, strict=True):
            object.__setattr__(chain, name, part)
        return chain

    @property
    def num_tags(self) -> int:
        """K, the number of tags."""
        return len(self.start)

    def restricted(
        self,
        start_allowed: npt.ArrayLike | None = None,
        transitions_allowed: npt.ArrayLike | None = None,
        end_allowed: npt.ArrayLike | None = None,
    ) -> Chain:
        """The same chain with minus infinity wherever a table says False; None allows all.

        `start_allowed` (K,), `transitions_allowed` (K, K) as [from, to], `end_allowed` (K,), booleans.

        >>> chain = Chain(start=[1.0, 2.0], transitions=[[0.0, 0.0], [0.0, 0.0]], end=[0.0, 0.0])
        >>> chain.restricted(start_allowed=[True, False]).start
        array([  1., -inf])
        """
        return Chain(
            _restricted("start", self.start, start_allowed),
            _restricted("transitions", self.transitions, transitions_allowed),
            _restricted("end", self.end, end_allowed),
        )

    @cached_property
    def arcs(self) -> Arcs:
        """The transitions above minus infinity."""
        target, source = np.nonzero(~np.isneginf(self.transitions.T))
        first = np.searchsorted(target, np.arange(self.num_tags + 1))
        return Arcs(first, source.astype(np.uint32), target, self.transitions[source, target])

    @cached_property
    def blocks(self) -> Blocks:
        """The transitions as runs of neighbouring tags."""
        return Blocks.of(self.start, self.transitions, self.end)

    @cached_property
    def rectangles(self) -> tuple[Rectangles, ...]:
        """The transitions by the tags that may precede the same ones."""
        return rectangles_of(self.transitions)


def _restricted(name: str, scores: Floats, allowed: npt.ArrayLike | None) -> Floats:
    if allowed is None:
        return scores
    table = np.asarray(allowed, dtype=np.bool_)
    if table.shape != scores.shape:
        raise ValueError(f"{name}_allowed: expected shape {scores.shape}, got {table.shape}")
    return np.where(table, scores, -np.inf)
