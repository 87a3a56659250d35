"""The score of given paths and its gradient: the numerator of the likelihood."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from taggers.chain import backend
from taggers.chain.arrays import Integers
from taggers.chain.chain import Chain
from taggers.chain.gradient import Gradient, Path
from taggers.chain.lattice import Lattice, checked


def path(
    chain: Chain,
    emissions: npt.ArrayLike,  # (N, K)
    offsets: npt.ArrayLike,  # (B + 1,)
    tags: npt.ArrayLike,  # (N,)
) -> Path:
    """The score of one path per sentence: minus infinity where it is not legal, 0 for an empty sentence.

    `tags` (N,) are integers from 0 to K - 1, else IndexError; other arguments and errors as in `log_partition`.

    >>> chain = Chain(start=[0.0, 0.5], transitions=[[0.0, 0.0], [2.0, 0.0]], end=[0.0, 0.0])
    >>> path(chain, [[0.0, 1.0], [3.0, 0.0]], [0, 2], [1, 0]).values
    array([6.5])
    """
    lattice = checked(chain, emissions, offsets, None)
    return backend.active().path(chain, lattice, checked_tags(lattice, tags))


def path_gradient(
    path: Path,
    weights: npt.ArrayLike,  # (B,)
) -> Gradient:
    """The gradient of the weighted sum of path scores: the counts of what the paths use.

    >>> chain = Chain(start=[0.0, 0.5], transitions=[[0.0, 0.0], [2.0, 0.0]], end=[0.0, 0.0])
    >>> path_gradient(path(chain, [[0.0, 1.0], [3.0, 0.0]], [0, 2], [1, 0]), weights=[1.0]).transitions
    array([[0., 0.],
           [1., 0.]])
    """
    gradient = Gradient.zeros(path.steps, path.num_tags, path.values)
    path.add(np.ascontiguousarray(weights, dtype=np.float64), gradient)
    return gradient


def checked_tags(
    lattice: Lattice,
    tags: npt.ArrayLike,  # (N,)
) -> Integers:
    """The tags of one path per sentence as integers that the lattice has; else ValueError or IndexError."""
    steps = np.ascontiguousarray(tags, dtype=np.int64)
    length, num_tags = lattice.emissions.shape
    if steps.shape != (length,):
        raise ValueError(f"tags: expected shape {(length,)}, got {steps.shape}")
    if length and not 0 <= steps.min() <= steps.max() < num_tags:
        step = np.flatnonzero((steps < 0) | (steps >= num_tags))[0]
        sentence = np.searchsorted(lattice.offsets, step, side="right") - 1
        place = f"row {sentence}, step {step - lattice.offsets[sentence]}"
        raise IndexError(f"{place}: tag {steps[step]} is not one of 0 to {num_tags - 1}")
    return steps
