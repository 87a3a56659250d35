"""The log partition of a linear chain, its gradient, marginals, and all that is known of the paths."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from taggers.chain import backend
from taggers.chain.arrays import Emissions, Floats
from taggers.chain.chain import Chain
from taggers.chain.gradient import Gradient
from taggers.chain.lattice import checked, checked_weights

if TYPE_CHECKING:
    from taggers.chain.paths import Posterior


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
    return backend.active().log_partition(chain, checked(chain, emissions, offsets, sets))


def log_partition_gradient(
    chain: Chain,
    emissions: npt.ArrayLike,  # (N, K)
    offsets: npt.ArrayLike,  # (B + 1,)
    sets: npt.ArrayLike | None = None,  # (N, K)
    weights: npt.ArrayLike | None = None,  # (B,)
) -> Gradient:
    """Log partitions, and the gradient of their sum, each sentence times its weight; None weighs every sentence 1.

    A sentence without a legal path contributes zeros. The gradient of float32 emissions is float32, all else float64.

    >>> chain = Chain(start=[0.0, 0.0], transitions=[[0.0, 0.0], [0.0, 0.0]], end=[0.0, 0.0])
    >>> log_partition_gradient(chain, [[0.0, 0.0], [0.0, 0.0]], [0, 2]).transitions
    array([[0.25, 0.25],
           [0.25, 0.25]])
    """
    lattice = checked(chain, emissions, offsets, sets)
    return backend.active().gradient(chain, lattice, checked_weights(lattice, weights))


def marginals(
    chain: Chain,
    emissions: npt.ArrayLike,  # (N, K)
    offsets: npt.ArrayLike,  # (B + 1,)
    sets: npt.ArrayLike | None = None,  # (N, K)
) -> Emissions:
    """The probability of every tag at every step, (N, K); zeros in a sentence without a legal path.

    >>> chain = Chain(start=[0.0, 0.0], transitions=[[0.0, 0.0], [0.0, 0.0]], end=[0.0, 0.0])
    >>> marginals(chain, [[0.0, 0.0]], [0, 1])
    array([[0.5, 0.5]])
    """
    return log_partition_gradient(chain, emissions, offsets, sets).emissions


def posterior(
    chain: Chain,
    emissions: npt.ArrayLike,  # (N, K)
    offsets: npt.ArrayLike,  # (B + 1,)
) -> Posterior:
    """All that is known of the paths of every sentence, in float64: see `Posterior`; `spans` reads it.

    Arguments and errors as in `log_partition`.

    >>> chain = Chain(start=[0.0, 0.0], transitions=[[0.0, 0.0], [0.0, 0.0]], end=[0.0, 0.0])
    >>> posterior(chain, [[0.0, 0.0]], [0, 1]).marginals
    array([[0.5, 0.5]])
    """
    return backend.active().posterior(chain, checked(chain, np.asarray(emissions, dtype=np.float64), offsets, None))
