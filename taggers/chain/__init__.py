"""Dynamic programs of a linear chain over plain arrays: log partition with its gradient, marginals, Viterbi, k-best.

All take a `Chain` and the emissions (N, K) of any number of sentences, one after another, with offsets (B + 1,); they
work in float64. They run in numpy, or compiled by numba after `accelerate()`.
"""

from __future__ import annotations

from taggers.chain.backend import accelerate
from taggers.chain.chain import Arcs, Chain, NotFiniteError
from taggers.chain.decoding import k_best, viterbi
from taggers.chain.gradient import Forward, Gradient, Path
from taggers.chain.partition import backward, forward, log_partition, log_partition_gradient, marginals
from taggers.chain.path import path, path_gradient

__all__ = [
    "Arcs",
    "Chain",
    "Forward",
    "Gradient",
    "NotFiniteError",
    "Path",
    "accelerate",
    "backward",
    "forward",
    "k_best",
    "log_partition",
    "log_partition_gradient",
    "marginals",
    "path",
    "path_gradient",
    "viterbi",
]
