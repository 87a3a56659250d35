"""The dynamic programs in numpy, all sentences of a batch side by side: the twin of `loops`.

They serve where numba is missing or its import would cost more than the work. Rows never mix, and every sum runs over
the same K numbers in the same order, so that a sentence's result does not depend on the batch it comes in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from taggers.chain.arrays import Emissions, Floats, Integers, Tags
from taggers.chain.chain import Chain
from taggers.chain.gradient import Gradient, likelihoods
from taggers.chain.lattice import Lattice
from taggers.chain.vectorised_viterbi import viterbi as viterbi

if TYPE_CHECKING:
    from taggers.chain.paths import Posterior


def log_partition(chain: Chain, lattice: Lattice) -> Floats:
    """As `Loops.log_partition`."""
    return _sums(chain, lattice)[0]


def score(chain: Chain, lattice: Lattice, tags: Integers) -> Floats:
    """As `Loops.score`."""
    places = _Places.of(lattice)
    scores = lattice.emissions[np.arange(len(tags)), tags].astype(np.float64)  # (N,)
    scores[places.first] += chain.start[tags[places.first]]
    scores[places.later] += chain.transitions[tags[places.later - 1], tags[places.later]]
    scores[places.last] += chain.end[tags[places.last]]
    # of nothing, numpy counts in integers
    return np.bincount(places.sentence, scores, lattice.num_sentences).astype(np.float64)


def gradient(chain: Chain, lattice: Lattice, weights: Floats, tags: Integers | None = None) -> Gradient:
    """As `Loops.gradient`."""
    if tags is None:
        result = _gradient(chain, lattice, weights)
    else:
        scores = score(chain, lattice, tags)
        factors = np.where(scores > -np.inf, weights, 0.0)  # (B,)
        result = _gradient(chain, lattice, -factors)
        places, factor = _Places.of(lattice), np.repeat(factors, np.diff(lattice.offsets))  # (N,)
        result.emissions[np.arange(len(tags)), tags] += factor
        np.add.at(result.start, tags[places.first], factor[places.first])
        np.add.at(result.transitions, (tags[places.later - 1], tags[places.later]), factor[places.later])
        np.add.at(result.end, tags[places.last], factor[places.last])
        result.values[:] = likelihoods(scores, result.values)
    return replace(result, emissions=result.emissions.astype(lattice.emissions.dtype, copy=False))


class _Places(NamedTuple):
    """Which rows of N begin a sentence, which go on, which are its last; and the sentence of each row."""

    first: Integers
    later: Integers
    last: Integers
    sentence: Integers  # (N,)

    @staticmethod
    def of(lattice: Lattice) -> _Places:
        """Of the sentences that hold anything."""
        lengths = np.diff(lattice.offsets)
        begins, stops = lattice.offsets[:-1][lengths > 0], lattice.offsets[1:][lengths > 0]
        later = np.delete(np.arange(len(lattice.emissions)), begins)
        return _Places(begins, later, stops - 1, np.repeat(np.arange(len(lengths)), lengths))


def _sums(chain: Chain, lattice: Lattice) -> tuple[Floats, Floats, Floats]:
    """Log partitions (B,), and reach (N, K) and alpha (N, K) as `log_kernels.forward` has them."""
    emissions, offsets = lattice.emissions, lattice.offsets
    into = _transitions_into(chain)
    reach, alpha = np.empty(emissions.shape), np.empty(emissions.shape)  # (N, K)
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
    return values, reach, alpha


def posterior(chain: Chain, lattice: Lattice) -> Posterior:
    """As `Loops.posterior`."""
    from taggers.chain.paths import Posterior  # not at the top: tagging starts sooner without

    values, reach, alpha = sums = _sums(chain, lattice)
    marginals = _shared(chain, lattice, sums, np.ones_like(values)).emissions.astype(np.float64, copy=False)
    return Posterior(chain, lattice.offsets, values, reach, alpha, marginals)


def _gradient(
    chain: Chain,
    lattice: Lattice,
    factors: Floats,  # (B,)
) -> Gradient:
    """Of the log partitions, each times its factor."""
    return _shared(chain, lattice, _sums(chain, lattice), factors)


def _shared(
    chain: Chain,
    lattice: Lattice,
    sums: tuple[Floats, Floats, Floats],  # of `_sums`
    factors: Floats,  # (B,)
) -> Gradient:
    """The same from what leads there: as `log_kernels.backward`."""
    values, reach, alpha = sums
    offsets, into = lattice.offsets, _transitions_into(chain)
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


def k_best(chain: Chain, emissions: Emissions, k: int) -> tuple[Tags, Floats]:
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
    emissions: Emissions,  # (n, K)
) -> tuple[Floats, Floats]:
    """Emissions less the best one that a path reaches (n, K), minus infinity where none reaches; and that best (n,)."""
    reached = np.where(reach > -np.inf, emissions, -np.inf).astype(np.float64)
    peak = reached.max(axis=1)
    return reached - _finite(peak)[:, None], peak
