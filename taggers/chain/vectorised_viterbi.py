"""Best paths in numpy, many sentences side by side: the twin of `path_kernels.viterbi`.

Arrays are (K, n): one tag of all sentences lies together. The sentences are sorted, long ones first, so that those that
have a step at all are the first of them. Rows never mix: what a sentence gives does not depend on those beside it.
"""

from __future__ import annotations

import numpy as np

from taggers.chain.arrays import Emissions, Floats, Integers, Tags
from taggers.chain.chain import Chain
from taggers.chain.lattice import Lattice

_AT_ONCE = 1 << 17  # sums over a transition that are looked at together; as many fit a processor's cache


def viterbi(chain: Chain, lattice: Lattice) -> tuple[Tags, Floats]:
    """As `Loops.viterbi`."""
    lengths = np.diff(lattice.offsets)
    tags, scores = np.empty(len(lattice.emissions), dtype=np.int32), np.zeros(lattice.num_sentences)
    order = np.argsort(-lengths, kind="stable")[: np.count_nonzero(lengths)]
    together = max(1, _AT_ONCE // max((shape.size for shape in chain.rectangles), default=1))
    for first in range(0, len(order), together):
        sentences = order[first : first + together]
        starts = lattice.offsets[sentences]
        scores[sentences] = _decode(chain, lattice.emissions, starts, lengths[sentences], tags)
    return tags, scores


def _decode(
    chain: Chain,
    emissions: Emissions,  # (N, K)
    starts: Integers,  # (n,)
    lengths: Integers,  # (n,) the longest first, none of them zero
    tags: Tags,  # (N,) out
) -> Floats:
    """The best paths of some sentences: their scores (n,).

    The way forward keeps scores alone; where the best path came from is asked on the way back, for its own tags only.
    """
    alive = np.searchsorted(-lengths, -np.arange(lengths[0]), side="left")  # (T,): how many have a step
    first = np.repeat(np.cumsum(alive) - alive, alive)  # (M,): as many places as tokens, step after step
    rows = starts[np.arange(len(first)) - first] + np.repeat(np.arange(len(alive)), alive)  # (M,)
    steps = np.split(emissions[rows].astype(np.float64), np.cumsum(alive)[:-1])  # (n, K) each
    so_far: list[Floats] = []  # (K, n): the best path to each tag at each step, less the best emissions until there
    scores = np.zeros(len(starts))
    reach = np.broadcast_to(chain.start[:, None], (chain.num_tags, len(starts)))
    for given in steps:
        count = len(given)
        if so_far:
            reach = _reach(chain, so_far[-1][:, :count])
        reached = np.where(reach > -np.inf, given.T, -np.inf)
        peak = reached.max(axis=0)  # (n,)
        scores[:count] += peak
        peak[peak == -np.inf] = 0.0
        reached -= peak
        so_far.append(np.add(reach, reached, out=reached))

    found: list[Integers] = []
    best, going_on = np.empty(0, dtype=np.int64), 0
    for until in reversed(so_far):
        came = (until[:, :going_on] + chain.transitions.take(best, axis=1)).argmax(axis=0)  # the first of equals
        if going_on < until.shape[1]:
            final = until[:, going_on:] + chain.end[:, None]  # of those that end here
            scores[going_on : until.shape[1]] += final.max(axis=0)
            came = np.concatenate((came, final.argmax(axis=0)))
        best, going_on = came, until.shape[1]
        found.append(best)
    tags[rows] = np.concatenate(found[::-1])
    for none in np.flatnonzero(scores == -np.inf):
        tags[starts[none] : starts[none] + lengths[none]] = -1
    return scores


def _reach(chain: Chain, before: Floats) -> Floats:
    """The score (K, n) with which the best paths (K, n) to a step reach each tag of the next."""
    reach = np.full(before.shape, -np.inf)
    for shape in chain.rectangles:
        candidates = before.take(shape.sources, axis=0)[:, :, None] + shape.scores[:, :, :, None]  # (G, S, T, n)
        reach[shape.targets] = candidates.max(axis=1)
    return reach
