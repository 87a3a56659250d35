"""The score of given paths and its gradient: the numerator of the likelihood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taggers.chain.arrays import Booleans, Floats, Integers
from taggers.chain.chain import Chain
from taggers.chain.gradient import Gradient
from taggers.chain.lattice import checked


@dataclass(frozen=True, eq=False)
class Path:
    """One path per sentence, with its score (B,) and what `path_gradient` needs."""

    values: Floats  # (B,)
    num_tags: int
    tags: Integers  # (N,)
    sentence: Integers  # (N,) the sentence that a step belongs to
    first: Booleans  # (N,) whether a step begins its sentence
    last: Booleans  # (N,) whether it ends it


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
    steps = np.asarray(tags, dtype=np.int64)
    if steps.shape != lattice.emissions.shape[:1]:
        raise ValueError(f"tags: expected shape {lattice.emissions.shape[:1]}, got {steps.shape}")
    lengths = np.diff(lattice.offsets)
    sentence = np.repeat(np.arange(len(lengths)), lengths)
    for step in np.flatnonzero((steps < 0) | (steps >= chain.num_tags))[:1]:
        place = f"row {sentence[step]}, step {step - lattice.offsets[sentence[step]]}"
        raise IndexError(f"{place}: tag {steps[step]} is not one of 0 to {chain.num_tags - 1}")
    first, last = np.zeros(len(steps), dtype=np.bool_), np.zeros(len(steps), dtype=np.bool_)
    first[lattice.offsets[:-1][lengths > 0]] = True
    last[lattice.offsets[1:][lengths > 0] - 1] = True
    scores = lattice.emissions[np.arange(len(steps)), steps]  # (N,)
    scores[first] += chain.start[steps[first]]
    scores[~first] += chain.transitions[steps[:-1], steps[1:]][~first[1:]]
    scores[last] += chain.end[steps[last]]
    return Path(_counts(sentence, scores, len(lengths)), chain.num_tags, steps, sentence, first, last)


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
    num_tags, tags, inner = path.num_tags, path.tags, ~path.first[1:]
    weight = np.asarray(weights, dtype=np.float64)[path.sentence]  # (N,)
    emissions = np.zeros((len(tags), num_tags))
    emissions[np.arange(len(tags)), tags] = weight
    arcs = (tags[:-1] * num_tags + tags[1:])[inner]  # (N - B,)
    return Gradient(
        values=path.values,
        emissions=emissions,
        start=_counts(tags[path.first], weight[path.first], num_tags),
        transitions=_counts(arcs, weight[1:][inner], num_tags**2).reshape(num_tags, num_tags),
        end=_counts(tags[path.last], weight[path.last], num_tags),
    )


def _counts(of: Integers, weights: Floats, size: int) -> Floats:
    return np.bincount(of, weights, size).astype(np.float64)  # of nothing, numpy counts in integers
