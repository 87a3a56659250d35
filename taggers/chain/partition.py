"""The log partition of a linear chain, its gradient, and marginals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taggers.chain import backend
from taggers.chain.chain import Chain, Floats, Integers
from taggers.chain.lattice import checked


@dataclass(frozen=True, eq=False)
class Forward:
    """A finished sum over all paths: its values (B,), and what `backward` needs to go the way back."""

    values: Floats  # (B,) log partition
    chain: Chain
    offsets: Integers  # (B + 1,)
    reach: Floats  # (N, K)
    alpha: Floats  # (N, K)


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


def forward(
    chain: Chain,
    emissions: npt.ArrayLike,  # (N, K)
    offsets: npt.ArrayLike,  # (B + 1,)
    sets: npt.ArrayLike | None = None,  # (N, K)
) -> Forward:
    """Sum all paths, keeping what `backward` needs; arguments and errors as in `log_partition`."""
    lattice = checked(chain, emissions, offsets, sets)
    result = Forward(
        values=np.empty(lattice.num_sentences),
        chain=chain,
        offsets=lattice.offsets,
        reach=np.empty_like(lattice.emissions),
        alpha=np.empty_like(lattice.emissions),
    )
    arcs = chain.arcs
    backend.active().forward(
        chain.start,
        chain.end,
        arcs.first,
        arcs.source,
        arcs.score,
        lattice.emissions,
        lattice.offsets,
        result.reach,
        result.alpha,
        result.values,
    )
    return result


def backward(
    forward: Forward,
    weights: npt.ArrayLike | None = None,  # (B,)
) -> Gradient:
    """The gradient of the weighted sum of log partitions; None weighs every sentence 1.

    A sentence without a legal path contributes zeros.
    """
    chain, arcs = forward.chain, forward.chain.arcs
    weight = np.ones(len(forward.values)) if weights is None else np.ascontiguousarray(weights, dtype=np.float64)
    unary = np.zeros_like(forward.alpha)
    start, end, arc_counts = np.zeros_like(chain.start), np.zeros_like(chain.end), np.zeros_like(arcs.score)
    backend.active().backward(
        chain.end,
        arcs.first,
        arcs.source,
        arcs.score,
        forward.offsets,
        forward.reach,
        forward.alpha,
        forward.values,
        weight,
        unary,
        start,
        arc_counts,
        end,
    )
    transitions = np.zeros_like(chain.transitions)
    transitions[arcs.source, arcs.target] = arc_counts
    return Gradient(forward.values, unary, start, transitions, end)


def log_partition(
    chain: Chain,
    emissions: npt.ArrayLike,  # (N, K)
    offsets: npt.ArrayLike,  # (B + 1,)
    sets: npt.ArrayLike | None = None,  # (N, K)
) -> Floats:
    """Log of the sum of exp(score) over all legal paths of every sentence, (B,) float64.

    `emissions` (N, K) hold the sentences one after another, sentence `b` being rows `offsets[b]` to `offsets[b + 1]`;
    minus infinity forbids a tag at a step. `sets` (N, K), booleans, are the tags that each step may take: the value
    is then that of the paths inside the sets (partial annotation; its difference to the full value is the log
    probability of the sets). A sentence without a legal path has minus infinity; an empty one has one path, the empty
    one, of score 0, so 0. Raises ValueError for shapes that do not fit and for emissions that are NaN or plus infinity.

    The forward algorithm: Lafferty, McCallum and Pereira, ICML 2001.

    >>> chain = Chain(start=[0.0, 0.0], transitions=[[0.0, 0.0], [0.0, 0.0]], end=[0.0, 0.0])
    >>> log_partition(chain, [[0.0, 0.0], [0.0, 0.0]], [0, 2]).round(4)  # four paths of score 0
    array([1.3863])
    """
    return forward(chain, emissions, offsets, sets).values


def log_partition_gradient(
    chain: Chain,
    emissions: npt.ArrayLike,  # (N, K)
    offsets: npt.ArrayLike,  # (B + 1,)
    sets: npt.ArrayLike | None = None,  # (N, K)
    weights: npt.ArrayLike | None = None,  # (B,)
) -> Gradient:
    """Log partitions, and the gradient of their sum, each sentence times its weight.

    >>> chain = Chain(start=[0.0, 0.0], transitions=[[0.0, 0.0], [0.0, 0.0]], end=[0.0, 0.0])
    >>> log_partition_gradient(chain, [[0.0, 0.0], [0.0, 0.0]], [0, 2]).transitions
    array([[0.25, 0.25],
           [0.25, 0.25]])
    """
    return backward(forward(chain, emissions, offsets, sets), weights)


def marginals(
    chain: Chain,
    emissions: npt.ArrayLike,  # (N, K)
    offsets: npt.ArrayLike,  # (B + 1,)
    sets: npt.ArrayLike | None = None,  # (N, K)
) -> Floats:
    """The probability of every tag at every step, (N, K); zeros in a sentence without a legal path.

    >>> chain = Chain(start=[0.0, 0.0], transitions=[[0.0, 0.0], [0.0, 0.0]], end=[0.0, 0.0])
    >>> marginals(chain, [[0.0, 0.0]], [0, 1])
    array([[0.5, 0.5]])
    """
    return backward(forward(chain, emissions, offsets, sets)).emissions
