"""Dynamic programs of a linear chain over plain arrays: log likelihood and its gradient, marginals, Viterbi, k-best.

All take a `Chain` and the emissions (N, K) of any number of sentences, one after another, with offsets (B + 1,); they
work in float64. They run in numpy, or compiled by numba after `accelerate()`. `search` looks for sequences that no
chain scores, but a network that gives one symbol after another.
"""

from __future__ import annotations

from taggers.chain.backend import accelerate
from taggers.chain.chain import Arcs, Chain, NotFiniteError
from taggers.chain.decoding import k_best, viterbi
from taggers.chain.gradient import Gradient
from taggers.chain.likelihood import log_likelihood, log_likelihood_gradient
from taggers.chain.partition import log_partition, log_partition_gradient, marginals, posterior

__all__ = [
    "Arcs",
    "Chain",
    "Gradient",
    "NotFiniteError",
    "accelerate",
    "k_best",
    "log_likelihood",
    "log_likelihood_gradient",
    "log_partition",
    "log_partition_gradient",
    "marginals",
    "posterior",
    "viterbi",
]
