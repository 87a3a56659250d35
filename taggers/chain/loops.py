"""The kernels put to work on a chain and a lattice: arrays made, exponential or log space chosen for each sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from taggers.chain.arrays import Emissions, Floats, Integers, Tags
from taggers.chain.blocks import Layout, layout_of
from taggers.chain.chain import Chain
from taggers.chain.gradient import Gradient, likelihoods
from taggers.chain.lattice import Lattice
from taggers.chain.paths import Posterior

_Kernel = Callable[..., None]
_NO_TAGS = np.empty(0, dtype=np.int64)


class _Weights(NamedTuple):
    """exp of a chain's scores, tags in the order of the runs."""

    start: Floats  # (K,)
    transitions: Floats  # (K, K), [from, to]
    into: Floats  # (K, K) the same, [to, from]
    end: Floats  # (K,)
    levels: Floats  # (3,) what starts, transitions and ends are relative to
    layout: Layout


@dataclass(frozen=True)
class Loops:
    """The functions of `log_kernels`, `scaled_kernels` and `path_kernels`, compiled or as they are."""

    log_forward: _Kernel
    log_backward: _Kernel
    weigh: Callable[..., bool]
    scaled_sums: _Kernel
    scaled_gradients: _Kernel
    score_paths: _Kernel
    count_paths: _Kernel
    best_paths: _Kernel
    k_best_paths: Callable[..., int]

    def log_partition(self, chain: Chain, lattice: Lattice) -> Floats:
        """The summed paths of every sentence: in plain numbers where that is known to be exact, else in log space."""
        values = np.empty(lattice.num_sentences)
        certain = np.zeros(lattice.num_sentences, dtype=np.bool_)
        if weights := self._weigh(chain):
            self.scaled_sums(
                weights.start, weights.into, weights.end, weights.levels, weights.layout.order,
                *weights.layout.preceding, lattice.emissions, lattice.offsets, values, certain,
            )  # fmt: skip
        if not certain.all():
            values[~certain] = self._log_sums(chain, lattice.only(np.flatnonzero(~certain)))[0]
        return values

    def score(self, chain: Chain, lattice: Lattice, tags: Integers) -> Floats:
        """The score of one path per sentence, tags (N,): (B,)."""
        values = np.empty(lattice.num_sentences)
        self.score_paths(chain.start, chain.transitions, chain.end, lattice.emissions, lattice.offsets, tags, values)
        return values

    def gradient(self, chain: Chain, lattice: Lattice, weights: Floats, tags: Integers | None = None) -> Gradient:
        """Of log partitions, each times its weight; with tags (N,) of the score of their path less the partition."""
        if tags is None:
            return self._gradient(chain, lattice, weights, _NO_TAGS)
        scores = self.score(chain, lattice, tags)
        illegal, factors = scores == -np.inf, -weights
        if illegal.any():
            factors[illegal] = 0.0
        result = self._gradient(chain, lattice, factors, tags)
        self.count_paths(lattice.offsets, tags, factors, result.start, result.transitions, result.end)
        result.values[:] = likelihoods(scores, result.values)
        return result

    def _gradient(self, chain: Chain, lattice: Lattice, factors: Floats, gold: Integers) -> Gradient:
        """Of partitions; in the emissions also of the paths of gold tags, (N,) or (0,), times the opposite factor."""
        values = np.empty(lattice.num_sentences)
        certain = np.zeros(lattice.num_sentences, dtype=np.bool_)
        start, pairs, end = np.zeros(chain.num_tags), np.zeros(chain.transitions.shape), np.zeros(chain.num_tags)
        unary = np.empty(lattice.emissions.shape, lattice.emissions.dtype)
        if weights := self._weigh(chain):
            self.scaled_gradients(
                weights.start, weights.into, weights.end, weights.levels, weights.layout.order,
                *weights.layout.preceding, weights.transitions, *weights.layout.following,
                lattice.emissions, lattice.offsets, gold, factors, values, certain, unary, start, pairs, end,
            )  # fmt: skip
        if not certain.all():
            uncertain = np.flatnonzero(~certain)
            rows, part, weighted = lattice.steps(uncertain), lattice.only(uncertain), factors[uncertain]
            beside = self.log_gradient(chain, part, weighted)
            if len(gold):
                beside.emissions[np.arange(len(rows)), gold[rows]] -= np.repeat(weighted, np.diff(part.offsets))
            values[uncertain], unary[rows] = beside.values, beside.emissions
            start += beside.start
            pairs += beside.transitions
            end += beside.end
        return Gradient(values, unary, start, pairs, end)

    def _weigh(self, chain: Chain) -> _Weights | None:
        """None where scores lie too far apart for plain numbers."""
        layout = layout_of(chain.transitions)
        start, end, levels = np.empty(chain.num_tags), np.empty(chain.num_tags), np.empty(3)
        weights, into = np.empty(chain.transitions.shape), np.empty(chain.transitions.shape)
        near = self.weigh(
            chain.start, chain.transitions, chain.end, layout.order, start, weights, into, end, levels
        )  # fmt: skip
        return _Weights(start, weights, into, end, levels, layout) if near else None

    def log_gradient(self, chain: Chain, lattice: Lattice, factors: Floats) -> Gradient:
        """The gradient of the log partitions, each times its factor, by way of log space whatever the scores."""
        return self._shared(chain, lattice, self._log_sums(chain, lattice), factors)

    def posterior(self, chain: Chain, lattice: Lattice) -> Posterior:
        """What is known of the tags of every sentence, by way of log space."""
        values, reach, alpha = sums = self._log_sums(chain, lattice)
        marginals = self._shared(chain, lattice, sums, np.ones(lattice.num_sentences)).emissions.astype(
            np.float64, copy=False
        )
        impossible = lattice.steps(np.flatnonzero(values == -np.inf))  # whose rows the loops leave as they were
        reach[impossible] = alpha[impossible] = -np.inf
        return Posterior(chain, lattice.offsets, values, reach, alpha, marginals)

    def _shared(self, chain: Chain, lattice: Lattice, sums: tuple[Floats, Floats, Floats], factors: Floats) -> Gradient:
        """The gradient from what `_log_sums` gives."""
        arcs, of_arcs = chain.arcs, np.zeros_like(chain.arcs.score)
        values, reach, alpha = sums
        result = Gradient.zeros(len(alpha), chain.num_tags, values)
        self.log_backward(
            chain.end, arcs.first, arcs.source, arcs.score, lattice.offsets, reach, alpha, values, factors,
            result.emissions, result.start, of_arcs, result.end,
        )  # fmt: skip
        result.transitions[arcs.source, arcs.target] = of_arcs
        return result

    def _log_sums(self, chain: Chain, lattice: Lattice) -> tuple[Floats, Floats, Floats]:
        """Log partitions (B,), and what leads back from them: reach (N, K) and alpha (N, K) of `log_kernels`."""
        arcs = chain.arcs
        reach, alpha = np.empty(lattice.emissions.shape), np.empty(lattice.emissions.shape)
        values = np.empty(lattice.num_sentences)
        self.log_forward(
            chain.start, chain.end, arcs.first, arcs.source, arcs.score, lattice.emissions, lattice.offsets,
            reach, alpha, values,
        )  # fmt: skip
        return values, reach, alpha

    def viterbi(self, chain: Chain, lattice: Lattice) -> tuple[Tags, Floats]:
        """The best path of every sentence, (N,), and its score, (B,)."""
        blocks = chain.blocks
        tags, scores = np.empty(len(lattice.emissions), dtype=np.int32), np.empty(lattice.num_sentences)
        self.best_paths(
            blocks.start, blocks.transitions, blocks.into, blocks.end, blocks.layout.order, *blocks.layout.following,
            lattice.emissions, lattice.offsets, tags, scores,
        )  # fmt: skip
        return tags, scores

    def k_best(self, chain: Chain, emissions: Emissions, k: int) -> tuple[Tags, Floats]:
        """The k best paths of one sentence (T, K), T >= 1: (n, T), and their scores, (n,)."""
        arcs = chain.arcs
        from_tag = np.empty((*emissions.shape, k), dtype=np.int32)
        from_rank = np.empty_like(from_tag)
        paths, scores = np.empty((k, len(emissions)), dtype=np.int32), np.empty(k)
        found = self.k_best_paths(
            chain.start, chain.end, arcs.first, arcs.source, arcs.score, emissions, from_tag, from_rank, paths, scores
        )
        return paths[:found], scores[:found]
