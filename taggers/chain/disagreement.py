"""Where the tags that sentences have and the most probable ones part, and how probable both are there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from taggers.chain.arrays import Booleans, Floats, Integers, Tags
from taggers.chain.paths import Posterior
from taggers.chain.span_tags import Marked, SpanTags


@dataclass(frozen=True, eq=False)
class Disagreements:
    """M stretches of rows, in order, first row and last row exclusive: of each the log probability of the given tags,
    and of the best ones.

    Spans that differ and overlap are in one stretch, and each stretch holds whole spans; of plain tags it is one row.
    """

    begin: Integers  # (M,)
    end: Integers  # (M,)
    given: Floats  # (M,)
    best: Floats  # (M,)


def disagreements(
    posterior: Posterior,
    given: Tags,  # (N,)
    best: Tags,  # (N,)
    spans: SpanTags | None,  # None: the tags are plain
) -> Disagreements:
    """Where given tags part from the best ones, both of them legal.

    >>> from taggers.chain import Chain, posterior
    >>> chain = Chain(start=[0.0, 0.0], transitions=[[0.0, 0.0], [0.0, 0.0]], end=[0.0, 0.0])
    >>> known = posterior(chain, np.log([[0.75, 0.25], [0.5, 0.5]]), [0, 2])
    >>> found = disagreements(known, np.array([1, 0]), np.array([0, 0]), None)
    >>> found.begin, found.end, np.exp(found.given), np.exp(found.best)
    (array([0]), array([1]), array([0.25]), array([0.75]))
    """
    if spans is None:
        begin = np.flatnonzero(given != best)
        end = begin + 1
    else:
        begin, end = _regions(_differing(*(spans.read(tags, posterior.is_first) for tags in (given, best))))
    chances = (posterior.log_of_stretches(begin, end, tags) for tags in (given, best))
    return Disagreements(begin, end, *chances)


def _differing(one: Marked, other: Marked) -> Marked:
    """The spans of one of two sets that the other has not."""
    rows = np.concatenate([np.stack([s.begin, s.end, s.label], axis=1) for s in (one, other)])  # (n, 3)
    every, times = np.unique(rows, axis=0, return_counts=True)
    return Marked(*every[times == 1].T)


def _regions(spans: Marked) -> tuple[Integers, Integers]:
    """The stretches (M,), (M,) that spans cover, in order of their beginnings; those that only touch are apart."""
    if not len(spans.begin):
        return spans.begin, spans.end
    reached = np.maximum.accumulate(spans.end)
    is_new: Booleans = np.concatenate(([True], spans.begin[1:] >= reached[:-1]))
    first = np.flatnonzero(is_new)
    return spans.begin[first], np.maximum.reduceat(spans.end, first)
