"""Best paths through a linear chain: the best one of many sentences, or the k best of one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from taggers.chain import backend
from taggers.chain.arrays import Floats, Tags
from taggers.chain.chain import Chain
from taggers.chain.lattice import checked


def viterbi(
    chain: Chain,
    emissions: npt.ArrayLike,  # (N, K)
    offsets: npt.ArrayLike,  # (B + 1,)
    sets: npt.ArrayLike | None = None,  # (N, K)
) -> tuple[Tags, Floats]:
    """The best legal path of every sentence: tags (N,) int32, and scores (B,) float64.

    Arguments and errors as in `log_partition`. Of paths with exactly equal scores, the one with the lowest last tag
    wins, then the lowest tag before it, and so on backwards, as in pytorch-crf. A sentence without a legal path has
    score minus infinity and tags -1; an empty one has score 0.

    >>> chain = Chain(start=[0.0, 0.0], transitions=[[0.0, 2.0], [0.0, 0.0]], end=[0.0, 0.0])
    >>> viterbi(chain, [[0.0, 1.0], [0.0, 0.0]], [0, 2])
    (array([0, 1], dtype=int32), array([2.]))
    """
    return backend.active().viterbi(chain, checked(chain, emissions, offsets, sets))


def k_best(
    chain: Chain,
    emissions: npt.ArrayLike,  # (T, K)
    k: int,
    sets: npt.ArrayLike | None = None,  # (T, K)
) -> tuple[Tags, Floats]:
    """The k best legal paths of one sentence, best first: paths (n, T) int32, and scores (n,) float64.

    n is less than k where fewer legal paths exist; the first is that of `viterbi`. An empty sentence has one path.
    Raises ValueError for k below 1, and as `log_partition` does.

    >>> chain = Chain(start=[0.0, 0.0], transitions=[[0.0, 2.0], [0.0, 0.0]], end=[0.0, 0.0])
    >>> paths, scores = k_best(chain, [[0.0, 1.0]], k=3)  # one step and two tags: two paths
    >>> paths.tolist(), scores.tolist()
    ([[1], [0]], [1.0, 0.0])
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    length = len(np.asarray(emissions))
    lattice = checked(chain, emissions, [0, length], sets)
    if length == 0:
        return np.empty((1, 0), dtype=np.int32), np.zeros(1)
    return backend.active().k_best(chain, lattice.emissions, k)
