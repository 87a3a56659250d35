"""The dynamic programs in numpy, all sentences of a batch side by side: the twin of `loops`.

They serve where numba is missing or its import would cost more than the work. Rows never mix, and every sum runs over
the same K numbers in the same order, so that a sentence's result does not depend on the batch it comes in.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from taggers.chain.arrays import Floats, Integers, Tags
from taggers.chain.chain import Chain
from taggers.chain.gradient import Forward, Gradient, Path
from taggers.chain.lattice import Lattice
from taggers.chain.vectorised_viterbi import viterbi as viterbi


def forward(chain: Chain, lattice: Lattice) -> Forward:
    """As `Loops.log_sums`."""
    emissions, offsets = lattice.emissions, lattice.offsets
    into = _transitions_into(chain)
    reach, alpha = np.empty_like(emissions), np.empty_like(emissions)  # (N, K)
    values = np.zeros(lattice.num_sentences)  # (B,)
    for step, sentences, rows in _steps(offsets):
        reach[rows] = chain.start if step == 0 else _log_sum_exp(alpha[rows - 1, None, :] + into)
        relative, peak = _relative(reach[rows], emissions[rows])
        scores = reach[rows] + relative  # (n, K)
        level = _finite(scores.max(axis=1))  # (n,)
        alpha[rows] = scores - level[:, None]
        values[sentences] += peak
        values[sentences] += level
    ended = np.flatnonzero(np.diff(offsets))
    values[ended] += _log_sum_exp(alpha[offsets[ended + 1] - 1] + chain.end)
    return Forward(values, partial(_gradient, chain, into, offsets, reach, alpha, values))


def _gradient(
    chain: Chain,
    into: Floats,  # (K, K), [to, from]
    offsets: Integers,  # (B + 1,)
    reach: Floats,  # (N, K)
    alpha: Floats,  # (N, K)
    values: Floats,  # (B,)
    factors: Floats,  # (B,)
) -> Gradient:
    """As `log_kernels.backward`."""
    unary, pair_counts = np.zeros_like(alpha), np.zeros_like(into)
    start_counts, end_counts = np.zeros_like(chain.start), np.zeros_like(chain.end)
    for step, sentences, rows in reversed(list(_steps(offsets))):
        living = values[sentences] > -np.inf
        sentences, rows = sentences[living], rows[living]
        ending = offsets[sentences + 1] - 1 == rows
        final = alpha[rows[ending]] + chain.end  # (n, K)
        shares = np.exp(final - final.max(axis=1, keepdims=True))
        shares *= (factors[sentences[ending]] / shares.sum(axis=1))[:, None]
        unary[rows[ending]] = shares
        end_counts += shares.sum(axis=0)
        if step == 0:
            start_counts += unary[rows].sum(axis=0)
        else:
            # A tag that no path reaches has no mass to share; zero instead of -inf keeps NaN out.
            reached = _finite(reach[rows])[:, :, None]
            pairs = np.exp(alpha[rows - 1, None, :] + into - reached) * unary[rows][:, :, None]  # (n, K, K), [to, from]
            unary[rows - 1] = pairs.sum(axis=1)
            pair_counts += pairs.sum(axis=0)
    return Gradient(values, unary, start_counts, pair_counts.T.copy(), end_counts)


def path(chain: Chain, lattice: Lattice, tags: Integers) -> Path:
    """As `Loops.path`."""
    length, num_tags = lattice.emissions.shape
    lengths = np.diff(lattice.offsets)
    sentence = np.repeat(np.arange(len(lengths)), lengths)  # (N,) the one that a step belongs to
    first, last = np.zeros(length, dtype=np.bool_), np.zeros(length, dtype=np.bool_)
    first[lattice.offsets[:-1][lengths > 0]] = True
    last[lattice.offsets[1:][lengths > 0] - 1] = True
    inner = ~first[1:]
    scores = lattice.emissions[np.arange(length), tags]  # (N,)
    scores[first] += chain.start[tags[first]]
    scores[~first] += chain.transitions[tags[:-1], tags[1:]][inner]
    scores[last] += chain.end[tags[last]]

    def add(factors: Floats, gradient: Gradient) -> None:
        factor = factors[sentence]  # (N,)
        gradient.emissions[np.arange(length), tags] += factor
        np.add.at(gradient.start, tags[first], factor[first])
        np.add.at(gradient.transitions, (tags[:-1][inner], tags[1:][inner]), factor[1:][inner])
        np.add.at(gradient.end, tags[last], factor[last])

    values = np.bincount(sentence, scores, len(lengths)).astype(np.float64)  # of nothing, numpy counts in integers
    return Path(values, length, num_tags, add)


def k_best(chain: Chain, emissions: Floats, k: int) -> tuple[Tags, Floats]:
    """As `path_kernels.k_best`; minus infinity fills the list of a tag that has fewer than k paths."""
    length, num_tags = emissions.shape
    into = _transitions_into(chain)
    from_tag = np.empty((length, num_tags, k), dtype=np.int32)
    from_rank = np.empty_like(from_tag)
    listed = np.full((num_tags, k), -np.inf)  # scores of the best paths into each tag, best first
    listed[:, 0] = chain.start
    total = 0.0
    for step in range(length):
        relative, peak = _relative(listed[None, :, 0], emissions[step, None])  # (1, K), (1,)
        listed = listed + relative[0, :, None]
        total += peak[0]
        added = into if step < length - 1 else chain.end[None, :]  # (tags entered, K); the end is a single one
        candidates = (added[:, :, None] + listed).reshape(len(added), num_tags * k)
        order = np.argsort(-candidates, axis=1, kind="stable")[:, :k]
        from_tag[step, : len(added)], from_rank[step, : len(added)] = np.divmod(order, k)
        listed = np.take_along_axis(candidates, order, axis=1)
    found = int((listed[0] > -np.inf).sum())
    paths = np.empty((found, length), dtype=np.int32)
    tag, rank = np.zeros(found, dtype=np.int64), np.arange(found)
    for step in reversed(range(length)):
        tag, rank = from_tag[step, tag, rank], from_rank[step, tag, rank]
        paths[:, step] = tag
    return paths, total + listed[0, :found]


def _steps(offsets: Integers) -> Iterator[tuple[int, Integers, Integers]]:
    """Step by step, the sentences that are that long, (n,), and the rows they stand on, (n,)."""
    lengths = np.diff(offsets)
    order = np.argsort(-lengths, kind="stable")
    alive = np.searchsorted(-lengths[order], -np.arange(lengths.max(initial=0)), side="left")
    for step, count in enumerate(alive):
        sentences = order[:count]
        yield step, sentences, offsets[sentences] + step


def _transitions_into(chain: Chain) -> Floats:
    """The transitions as (K, K), [to, from]: rows that are reduced lie together in memory."""
    return np.ascontiguousarray(chain.transitions.T)


def _finite(scores: Floats) -> Floats:
    return np.where(scores == -np.inf, 0.0, scores)


def _log_sum_exp(scores: Floats) -> Floats:
    """Over the last axis; minus infinity where every score is."""
    best = _finite(scores.max(axis=-1))
    mass = np.exp(scores - best[..., None]).sum(axis=-1)
    with np.errstate(divide="ignore"):
        total: Floats = best + np.log(mass)
    return total


def _relative(
    reach: Floats,  # (n, K)
    emissions: Floats,  # (n, K)
) -> tuple[Floats, Floats]:
    """Emissions less the best one that a path reaches (n, K), minus infinity where none reaches; and that best (n,)."""
    reached = np.where(reach > -np.inf, emissions, -np.inf)
    peak = reached.max(axis=1)
    return reached - _finite(peak)[:, None], peak
