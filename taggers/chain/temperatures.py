"""Scores made milder or sharper before probabilities are told from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from taggers.chain.arrays import Floats
from taggers.chain.chain import Chain

_SUREST = -1e-7  # log probability of float32 numbers, which tell no other between it and 0


def log_complement(log_probability: NDArray[np.floating]) -> Floats:
    """The log of what is left to 1, finite for numbers that were rounded to 1, in float64.

    >>> log_complement(np.log([0.75, 1.0])).round(3)
    array([ -1.386, -16.118])
    """
    found: Floats = np.log(-np.expm1(np.minimum(log_probability.astype(np.float64), _SUREST)))
    return found


@dataclass(frozen=True)
class Temperatures:
    """What the scores of a model are divided by before probabilities are told from them: 1 leaves them as they are.

    `emissions` is for those of tokens and texts, `transitions` for the chain's: starts, transitions and ends. What is
    forbidden stays so. Raises ValueError for numbers that are not positive and finite.

    Source: Guo, Pleiss, Sun and Weinberger, ICML 2017.

    >>> Temperatures(emissions=2.0).scale_emissions(np.array([[3.0, -np.inf]]))
    array([[ 1.5, -inf]])
    """

    emissions: float = 1.0
    transitions: float = 1.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not 0.0 < value < np.inf:
                raise ValueError(f"the temperature of {name}: expected a positive number, found {value}")

    def scale_chain(self, chain: Chain) -> Chain:
        """The chain with its scores divided.

        >>> Temperatures(transitions=2.0).scale_chain(Chain([1.0], [[-np.inf]], [2.0])).end
        array([1.])
        """
        if self.transitions == 1.0:  # what a chain has worked out of its transitions is kept
            return chain
        return Chain(*(scores / self.transitions for scores in (chain.start, chain.transitions, chain.end)))

    def scale_emissions(self, emissions: NDArray[np.floating]) -> Floats:
        """The emissions (N, K) divided, in float64."""
        return emissions.astype(np.float64) / self.emissions
