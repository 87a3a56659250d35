"""The kernels put to work on a chain and a lattice: arrays made, exponential or log space chosen for each sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from taggers.chain.arrays import Floats, Integers, Tags
from taggers.chain.blocks import layout_of
from taggers.chain.chain import Chain
from taggers.chain.gradient import Forward, Gradient, Path
from taggers.chain.lattice import Lattice

_Kernel = Callable[..., None]


@dataclass(frozen=True)
class Loops:
    """The functions of `log_kernels`, `scaled_kernels` and `path_kernels`, compiled or as they are."""

    log_forward: _Kernel
    log_backward: _Kernel
    weigh: Callable[..., bool]
    scaled_forward: _Kernel
    scaled_backward: _Kernel
    score_paths: _Kernel
    count_paths: _Kernel
    best_paths: _Kernel
    k_best_paths: Callable[..., int]

    def forward(self, chain: Chain, lattice: Lattice) -> Forward:
        """Sum all paths: in plain numbers where that is known to be exact, else in log space."""
        layout = layout_of(chain.transitions)
        start, weights, end = np.empty_like(chain.start), np.empty_like(chain.transitions), np.empty_like(chain.end)
        levels = np.empty(3)
        if not self.weigh(chain.start, chain.transitions, chain.end, layout.order, start, weights, end, levels):
            return self.log_sums(chain, lattice)
        into = np.ascontiguousarray(weights.T)
        reach, alpha = np.empty_like(lattice.emissions), np.empty_like(lattice.emissions)
        values, certain = np.empty(lattice.num_sentences), np.empty(lattice.num_sentences, dtype=np.bool_)
        self.scaled_forward(
            start, into, end, levels, layout.order, *layout.preceding, lattice.emissions, lattice.offsets,
            reach, alpha, values, certain,
        )  # fmt: skip

        def gradient(factors: Floats) -> Gradient:
            result = Gradient.zeros(len(alpha), chain.num_tags, values)
            self.scaled_backward(
                weights, end, layout.order, *layout.following, lattice.offsets, reach, alpha, values, certain, factors,
                result.emissions, result.start, result.transitions, result.end,
            )  # fmt: skip
            return result

        if certain.all():
            return Forward(values, gradient)
        uncertain = np.flatnonzero(~certain)
        beside = lattice.only(uncertain)
        others = self.log_sums(chain, beside)
        values[uncertain] = others.values

        def whole_gradient(factors: Floats) -> Gradient:
            ours, theirs = gradient(factors), others.gradient(factors[uncertain])
            ours.emissions[lattice.steps(uncertain)] = theirs.emissions
            for part, added in (
                (ours.start, theirs.start),
                (ours.transitions, theirs.transitions),
                (ours.end, theirs.end),
            ):
                part += added
            return ours

        return Forward(values, whole_gradient)

    def log_sums(self, chain: Chain, lattice: Lattice) -> Forward:
        """Sum all paths in log space, whatever the scores."""
        arcs = chain.arcs
        reach, alpha = np.empty_like(lattice.emissions), np.empty_like(lattice.emissions)
        values = np.empty(lattice.num_sentences)
        self.log_forward(
            chain.start, chain.end, arcs.first, arcs.source, arcs.score, lattice.emissions, lattice.offsets,
            reach, alpha, values,
        )  # fmt: skip

        def gradient(factors: Floats) -> Gradient:
            result, of_arcs = Gradient.zeros(len(alpha), chain.num_tags, values), np.zeros_like(arcs.score)
            self.log_backward(
                chain.end, arcs.first, arcs.source, arcs.score, lattice.offsets, reach, alpha, values, factors,
                result.emissions, result.start, of_arcs, result.end,
            )  # fmt: skip
            result.transitions[arcs.source, arcs.target] = of_arcs
            return result

        return Forward(values, gradient)

    def path(self, chain: Chain, lattice: Lattice, tags: Integers) -> Path:
        """The score of one path per sentence, tags (N,)."""
        values = np.empty(lattice.num_sentences)
        self.score_paths(
            chain.start, chain.transitions, chain.end, lattice.emissions, lattice.offsets, tags, values
        )

        def add(factors: Floats, gradient: Gradient) -> None:
            self.count_paths(
                lattice.offsets, tags, factors,
                gradient.emissions, gradient.start, gradient.transitions, gradient.end,
            )  # fmt: skip

        return Path(values, len(lattice.emissions), chain.num_tags, add)

    def viterbi(self, chain: Chain, lattice: Lattice) -> tuple[Tags, Floats]:
        """The best path of every sentence, (N,), and its score, (B,)."""
        blocks = chain.blocks
        into = np.ascontiguousarray(blocks.transitions.T)
        tags, scores = np.empty(len(lattice.emissions), dtype=np.int32), np.empty(lattice.num_sentences)
        so_far = np.empty_like(lattice.emissions)
        self.best_paths(
            blocks.start, blocks.transitions, into, blocks.end, blocks.layout.order, *blocks.layout.following,
            lattice.emissions, lattice.offsets, so_far, tags, scores,
        )  # fmt: skip
        return tags, scores

    def k_best(self, chain: Chain, emissions: Floats, k: int) -> tuple[Tags, Floats]:
        """The k best paths of one sentence (T, K), T >= 1: (n, T), and their scores, (n,)."""
        arcs = chain.arcs
        from_tag = np.empty((*emissions.shape, k), dtype=np.int32)
        from_rank = np.empty_like(from_tag)
        paths, scores = np.empty((k, len(emissions)), dtype=np.int32), np.empty(k)
        found = self.k_best_paths(
            chain.start, chain.end, arcs.first, arcs.source, arcs.score, emissions, from_tag, from_rank, paths, scores
        )
        return paths[:found], scores[:found]
