"""What a sum over all paths gives: its values, and the way back to their gradient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from taggers.chain.arrays import Floats


@dataclass(frozen=True, eq=False)
class Gradient:
    """Values and their derivatives: of a log partition, probabilities of tags, and expected counts, summed."""

    values: Floats  # (B,)
    emissions: Floats  # (N, K)
    start: Floats  # (K,)
    transitions: Floats  # (K, K), [from, to]
    end: Floats  # (K,)

    @staticmethod
    def zeros(steps: int, num_tags: int, values: Floats) -> Gradient:
        """No derivative yet; loops add to it."""
        return Gradient(
            values,
            emissions=np.zeros((steps, num_tags)),
            start=np.zeros(num_tags),
            transitions=np.zeros((num_tags, num_tags)),
            end=np.zeros(num_tags),
        )

    def add(self, other: Gradient) -> None:
        """Add the derivatives of another function; the values stay as they are."""
        for part, added in (
            (self.emissions, other.emissions),
            (self.start, other.start),
            (self.transitions, other.transitions),
            (self.end, other.end),
        ):
            part += added


@dataclass(frozen=True, eq=False)
class Forward:
    """A finished sum over all paths: log partitions, and the way to the gradient of their sum, each times a factor."""

    values: Floats  # (B,)
    gradient: Callable[[Floats], Gradient]  # of factors (B,)


@dataclass(frozen=True, eq=False)
class Path:
    """One path per sentence: scores, and what adds the gradient of their sum, each times a factor, to another."""

    values: Floats  # (B,)
    steps: int  # N
    num_tags: int  # K
    add: Callable[[Floats, Gradient], None]  # factors (B,); values stay as they are
