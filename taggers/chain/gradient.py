"""What a gradient consists of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from taggers.chain.arrays import Emissions, Floats


@dataclass(frozen=True, eq=False)
class Gradient:
    """Values, and the derivatives of their weighted sum: probabilities of tags and expected counts."""

    values: Floats  # (B,)
    emissions: Emissions  # (N, K)
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


def likelihoods(
    inside: Floats,  # (B,)
    everything: Floats,  # (B,)
) -> Floats:
    """Log of the share that the paths inside have of all, (B,); minus infinity where there are none."""
    result = np.full(len(inside), -np.inf)
    np.subtract(inside, everything, out=result, where=inside > -np.inf)
    return result
