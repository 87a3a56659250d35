"""The log likelihood of what is known of the tags, and its gradient: what training climbs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from taggers.chain import backend
from taggers.chain.arrays import Booleans, Floats
from taggers.chain.chain import Chain
from taggers.chain.gradient import Gradient, likelihoods
from taggers.chain.lattice import checked, checked_tags, checked_weights
from taggers.chain.partition import log_partition, log_partition_gradient


def log_likelihood(
    chain: Chain,
    emissions: npt.ArrayLike,  # (N, K)
    offsets: npt.ArrayLike,  # (B + 1,)
    gold: npt.ArrayLike,  # (N,) or (N, K)
) -> Floats:
    """Log of the probability of gold tags, (B,) float64; minus infinity where their path is not legal.

    `gold` is tags (N,) from 0 to K - 1, else IndexError, or booleans (N, K): every tag that is True may be the gold one
    at its step, and the probability is that of all paths inside the sets. An empty sentence has 0; where no path at all
    is legal, nothing is likely. Other arguments and errors as in `log_partition`.

    >>> chain = Chain(start=[0.0, 0.0], transitions=[[0.0, 0.0], [0.0, 0.0]], end=[0.0, 0.0])
    >>> log_likelihood(chain, [[0.0, 0.0], [0.0, 0.0]], [0, 2], [1, 0]).round(4)  # one path of four
    array([-1.3863])
    """
    given = np.asarray(gold)
    if given.dtype == np.bool_:
        return likelihoods(log_partition(chain, emissions, offsets, given), log_partition(chain, emissions, offsets))
    lattice = checked(chain, emissions, offsets, None)
    inside = backend.active().score(chain, lattice, checked_tags(lattice, given))
    return likelihoods(inside, backend.active().log_partition(chain, lattice))


def log_likelihood_gradient(
    chain: Chain,
    emissions: npt.ArrayLike,  # (N, K)
    offsets: npt.ArrayLike,  # (B + 1,)
    gold: npt.ArrayLike,  # (N,) or (N, K)
    weights: npt.ArrayLike | None = None,  # (B,)
) -> Gradient:
    """Log likelihoods as `log_likelihood` has them, and the gradient of their sum, each sentence times its weight.

    A sentence whose gold has no legal path contributes zeros. The gradient of float32 emissions is float32, all else
    float64.

    >>> chain = Chain(start=[0.0, 0.0], transitions=[[0.0, 0.0], [0.0, 0.0]], end=[0.0, 0.0])
    >>> log_likelihood_gradient(chain, [[0.0, 0.0]], [0, 1], [1]).emissions  # what is given less what is expected
    array([[-0.5,  0.5]])
    """
    given = np.asarray(gold)
    if given.dtype == np.bool_:
        return _of_sets(chain, emissions, offsets, given, weights)
    lattice = checked(chain, emissions, offsets, None)
    return backend.active().gradient(chain, lattice, checked_weights(lattice, weights), checked_tags(lattice, given))


def _of_sets(
    chain: Chain,
    emissions: npt.ArrayLike,  # (N, K)
    offsets: npt.ArrayLike,  # (B + 1,)
    sets: Booleans,  # (N, K)
    weights: npt.ArrayLike | None,  # (B,)
) -> Gradient:
    """Of the paths inside the sets less that of all."""
    dtype = np.float32 if np.asarray(emissions).dtype == np.float32 else np.float64
    exact = np.asarray(emissions, dtype=np.float64)  # small differences are those of exact numbers
    inside = log_partition_gradient(chain, exact, offsets, sets, weights)
    factors = np.where(inside.values > -np.inf, 1.0 if weights is None else weights, 0.0)
    everything = log_partition_gradient(chain, exact, offsets, None, factors)
    return Gradient(
        likelihoods(inside.values, everything.values),
        (inside.emissions - everything.emissions).astype(dtype),
        inside.start - everything.start,
        inside.transitions - everything.transitions,
        inside.end - everything.end,
    )
