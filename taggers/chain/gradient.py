"""What a sum over all paths gives: its values, and the way back to their gradient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from taggers.chain.arrays import Floats


@dataclass(frozen=True, eq=False)
class Gradient:
    """Values and their derivatives: of a log partition, probabilities of tags, and expected counts, summed."""

    values: Floats  # (B,)
    emissions: Floats  # (N, K)
    start: Floats  # (K,)
    transitions: Floats  # (K, K), [from, to]
    end: Floats  # (K,)

    def __add__(self, other: Gradient) -> Gradient:
        """The gradient of the sum of two functions."""
        return Gradient(
            self.values + other.values,
            self.emissions + other.emissions,
            self.start + other.start,
            self.transitions + other.transitions,
            self.end + other.end,
        )


@dataclass(frozen=True, eq=False)
class Forward:
    """A finished sum over all paths: log partitions, and the way to the gradient of their sum, each times a factor."""

    values: Floats  # (B,)
    gradient: Callable[[Floats], Gradient]  # of factors (B,)
