"""The dynamic programs in numpy, all sentences of a batch side by side: the twins of `kernels`, of the same signatures.

They serve where numba is missing or its import would cost more than the work. Rows never mix, and every sum runs over
the same K numbers in the same order, so that a sentence's result does not depend on the batch it comes in.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from taggers.chain.chain import Floats, Integers, Tags, Unsigned


def forward(
    start: Floats,  # (K,)
    end: Floats,  # (K,)
    arc_first: Integers,  # (K + 1,)
    arc_source: Unsigned,  # (A,)
    arc_score: Floats,  # (A,)
    emissions: Floats,  # (N, K)
    offsets: Integers,  # (B + 1,)
    reach: Floats,  # (N, K) out
    alpha: Floats,  # (N, K) out
    values: Floats,  # (B,) out
) -> None:
    """As `kernels.forward`."""
    into = _transitions_into(arc_first, arc_source, arc_score)  # (K, K), [to, from]
    values[:] = 0.0
    for step, sentences, rows in _steps(offsets):
        if step == 0:
            reach[rows] = start
        else:
            reach[rows] = _log_sum_exp(alpha[rows - 1, None, :] + into)
        relative, peak = _relative(reach[rows], emissions[rows])
        scores = reach[rows] + relative  # (n, K)
        level = _finite(scores.max(axis=1))  # (n,)
        alpha[rows] = scores - level[:, None]
        values[sentences] += peak
        values[sentences] += level
    ended = np.flatnonzero(np.diff(offsets))
    values[ended] += _log_sum_exp(alpha[offsets[ended + 1] - 1] + end)


def backward(
    end: Floats,  # (K,)
    arc_first: Integers,  # (K + 1,)
    arc_source: Unsigned,  # (A,)
    arc_score: Floats,  # (A,)
    offsets: Integers,  # (B + 1,)
    reach: Floats,  # (N, K) of `forward`
    alpha: Floats,  # (N, K) of `forward`
    values: Floats,  # (B,) of `forward`
    weights: Floats,  # (B,)
    unary: Floats,  # (N, K) out, zeros at first
    start_counts: Floats,  # (K,) out, zeros at first
    arc_counts: Floats,  # (A,) out, zeros at first
    end_counts: Floats,  # (K,) out, zeros at first
) -> None:
    """As `kernels.backward`."""
    into = _transitions_into(arc_first, arc_source, arc_score)  # (K, K), [to, from]
    pair_counts = np.zeros_like(into)
    for step, sentences, rows in reversed(list(_steps(offsets))):
        living = values[sentences] > -np.inf
        sentences, rows = sentences[living], rows[living]
        ending = offsets[sentences + 1] - 1 == rows
        final = alpha[rows[ending]] + end  # (n, K)
        shares = np.exp(final - final.max(axis=1, keepdims=True))
        shares *= (weights[sentences[ending]] / shares.sum(axis=1))[:, None]
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
    arc_counts[:] = pair_counts[_targets(arc_first), arc_source]


def viterbi(
    start: Floats,  # (K,)
    end: Floats,  # (K,)
    arc_first: Integers,  # (K + 1,)
    arc_source: Unsigned,  # (A,)
    arc_score: Floats,  # (A,)
    emissions: Floats,  # (N, K)
    offsets: Integers,  # (B + 1,)
    came_from: Tags,  # (N, K) out
    tags: Tags,  # (N,) out
    scores: Floats,  # (B,) out
) -> None:
    """As `kernels.viterbi`."""
    into = _transitions_into(arc_first, arc_source, arc_score)  # (K, K), [to, from]
    score = np.empty((len(scores), len(start)))  # (B, K)
    scores[:] = 0.0
    steps = list(_steps(offsets))
    for step, sentences, rows in steps:
        if step == 0:
            reach = np.broadcast_to(start, (len(rows), len(start)))
        else:
            candidates = score[sentences, None, :] + into  # (n, K, K), [to, from]
            came_from[rows] = candidates.argmax(axis=2)  # the first of equals
            reach = candidates.max(axis=2)
        relative, peak = _relative(reach, emissions[rows])
        score[sentences] = reach + relative
        scores[sentences] += peak
    ended = np.flatnonzero(np.diff(offsets))
    final = score[ended] + end  # (n, K)
    scores[ended] += final.max(axis=1)
    best = np.full(len(scores), -1, dtype=np.int32)  # (B,)
    best[ended] = final.argmax(axis=1)
    best[scores == -np.inf] = -1
    for step, sentences, rows in reversed(steps):
        tags[rows] = best[sentences]
        if step > 0:
            best[sentences] = np.where(best[sentences] < 0, -1, came_from[rows, best[sentences]])


def k_best(
    start: Floats,  # (K,)
    end: Floats,  # (K,)
    arc_first: Integers,  # (K + 1,)
    arc_source: Unsigned,  # (A,)
    arc_score: Floats,  # (A,)
    emissions: Floats,  # (T, K)
    from_tag: Tags,  # (T, K, k) out
    from_rank: Tags,  # (T, K, k) out
    paths: Tags,  # (k, T) out
    scores: Floats,  # (k,) out
) -> int:
    """As `kernels.k_best`; minus infinity fills the list of a tag that has fewer than k paths."""
    length, num_tags = emissions.shape
    k = len(scores)
    into = _transitions_into(arc_first, arc_source, arc_score)  # (K, K), [to, from]
    listed = np.full((num_tags, k), -np.inf)  # scores of the best paths into each tag, best first
    listed[:, 0] = start
    total = 0.0
    for step in range(length):
        relative, peak = _relative(listed[None, :, 0], emissions[step, None])  # (1, K), (1,)
        listed = listed + relative[0, :, None]
        total += peak[0]
        added = into if step < length - 1 else end[None, :]  # (tags entered, K); the end is a single one
        candidates = (added[:, :, None] + listed).reshape(len(added), num_tags * k)
        order = np.argsort(-candidates, axis=1, kind="stable")[:, :k]
        from_tag[step, : len(added)], from_rank[step, : len(added)] = np.divmod(order, k)
        listed = np.take_along_axis(candidates, order, axis=1)
    found = int((listed[0] > -np.inf).sum())
    scores[:found] = total + listed[0, :found]
    tag, rank = np.zeros(found, dtype=np.int64), np.arange(found)
    for step in reversed(range(length)):
        tag, rank = from_tag[step, tag, rank], from_rank[step, tag, rank]
        paths[:found, step] = tag
    return found


def _steps(offsets: Integers) -> Iterator[tuple[int, Integers, Integers]]:
    """Step by step, the sentences that are that long, (n,), and the rows they stand on, (n,)."""
    lengths = np.diff(offsets)
    order = np.argsort(-lengths, kind="stable")
    alive = np.searchsorted(-lengths[order], -np.arange(lengths.max(initial=0)), side="left")
    for step, count in enumerate(alive):
        sentences = order[:count]
        yield step, sentences, offsets[sentences] + step


def _transitions_into(arc_first: Integers, arc_source: Unsigned, arc_score: Floats) -> Floats:
    """The transitions as a dense table (K, K), [to, from]: rows that are reduced lie together in memory."""
    num_tags = len(arc_first) - 1
    into = np.full((num_tags, num_tags), -np.inf)
    into[_targets(arc_first), arc_source] = arc_score
    return into


def _targets(arc_first: Integers) -> Integers:
    return np.repeat(np.arange(len(arc_first) - 1), np.diff(arc_first))  # (A,)


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
