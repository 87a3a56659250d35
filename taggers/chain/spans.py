"""The posterior probability of labelled spans: of all legal sequences of tags, the share that has exactly that span.

A span is followed from its last token to its first, with the probability that a path is inside it so far, tag by tag:
that only falls, and bounds the probability of every longer span that ends there. All spans, of all sentences, take a
step at the same time; there are few of them, since only those go on that may still be probable enough.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from taggers.chain.arrays import Booleans, Floats, Integers
from taggers.chain.paths import Posterior
from taggers.chain.span_tags import Marked, SpanTags


@dataclass(frozen=True, eq=False)
class Candidates:
    """Spans, in order of their ends, beginnings and labels, and the probability of each."""

    spans: Marked
    probability: Floats  # (M,)

    def chosen(self, rows: Integers) -> Candidates:
        """Some of them."""
        spans = Marked(self.spans.begin[rows], self.spans.end[rows], self.spans.label[rows])
        return Candidates(spans, self.probability[rows])


def span_probabilities(posterior: Posterior, tags: SpanTags, spans: Marked) -> Floats:
    """The posterior probability (M,) of each of some spans, none of which goes beyond its sentence.

    >>> from taggers.chain import Chain, posterior
    >>> chain = Chain(start=[0, 0, -np.inf], transitions=[[0, 0, -np.inf], [0, 0, 0], [0, 0, 0]], end=[0, 0, 0])
    >>> tags = SpanTags(np.array([[1, 2]]), np.array([[[False, True]] * 2]), np.array([[2, 2, 1, 1, 1, 1]]), 0)
    >>> known = posterior(chain, np.zeros((2, 3)), [0, 2])  # O O, O B, B O, B B, B I
    >>> span_probabilities(known, tags, Marked(np.array([0, 0]), np.array([1, 2]), np.array([0, 0]))).round(3)
    array([0.4, 0.2])
    """
    walk = _Walk(posterior, tags, spans.end - 1, spans.label)
    found = np.zeros(len(spans.end))
    alive = np.arange(len(spans.end))  # (m,) which spans are still followed
    while len(alive):
        probability = walk.step()
        arrived = walk.rows == spans.begin[alive]
        found[alive[arrived]] = probability[arrived]
        alive = alive[~arrived]
        walk.move(~arrived)
    return found


def candidates(posterior: Posterior, tags: SpanTags, threshold: float) -> Candidates:
    """All spans whose posterior probability is at least a threshold above 0.

    >>> from taggers.chain import Chain, posterior
    >>> chain = Chain(start=[0, 0, -np.inf], transitions=[[0, 0, -np.inf], [0, 0, 0], [0, 0, 0]], end=[0, 0, 0])
    >>> tags = SpanTags(np.array([[1, 2]]), np.array([[[False, True]] * 2]), np.array([[2, 2, 1, 1, 1, 1]]), 0)
    >>> found = candidates(posterior(chain, np.zeros((2, 3)), [0, 2]), tags, 0.3)
    >>> found.spans.begin.tolist(), found.spans.end.tolist(), found.probability.round(3).tolist()
    ([0, 1], [1, 2], [0.4, 0.4])
    """
    if not 0.0 < threshold <= 1.0:
        raise ValueError(f"the least probability of a candidate: expected more than 0 and at most 1, found {threshold}")
    rows, labels = np.nonzero(posterior.marginals[:, tags.members].sum(axis=2) >= threshold)  # (N, L, P) summed
    walk = _Walk(posterior, tags, rows, labels)
    ends = rows + 1
    found: list[tuple[Integers, Integers, Integers, Floats]] = []
    while len(ends):
        likely = walk.inside.sum(axis=1) >= threshold
        walk.keep(likely)
        ends = ends[likely]
        probability = walk.step()
        good = probability >= threshold
        found.append((walk.rows[good], ends[good], walk.labels[good], probability[good]))
        inner = ~posterior.is_first[walk.rows]
        ends = ends[inner]
        walk.move(inner)
    nothing = np.empty(0, dtype=np.int64)
    begin, end, label, every = map(np.concatenate, zip(*found, (nothing, nothing, nothing, np.empty(0)), strict=True))
    return Candidates(Marked(begin, end, label), every).chosen(np.lexsort((label, begin, end)))


class _Walk:
    """Spans of which the ends are known, each at the row that its beginning might be.

    `inside` (M, P) is the probability that a path has a span that ends there, reaches back to this row, and has each of
    its label's tags here.
    """

    def __init__(self, posterior: Posterior, tags: SpanTags, rows: Integers, labels: Integers) -> None:
        self._posterior, self._tags = posterior, tags
        self.rows, self.labels = rows, labels  # (M,) each
        self.inside = self._ending()
        self._onward = np.empty(0)  # (M, P, P)

    def step(self) -> Floats:
        """The probability (M,) that the span begins at its row."""
        self._onward = self._went_on(self.rows, self.labels, ~self._posterior.is_first[self.rows])
        begins = np.maximum(1.0 - self._onward.sum(axis=1), 0.0)  # (M, P)
        probability: Floats = np.minimum((self.inside * begins).sum(axis=1), 1.0)
        return probability

    def move(self, chosen: Booleans) -> None:
        """Take the step back to the row before with some of the spans, none of them at the beginning of a sentence."""
        self.inside = (self._onward * self.inside[:, None, :]).sum(axis=2)
        self.keep(chosen)
        self.rows = self.rows - 1

    def keep(self, chosen: Booleans) -> None:
        """Go on with some of the spans only."""
        self.rows, self.labels, self.inside = self.rows[chosen], self.labels[chosen], self.inside[chosen]

    def _ending(self) -> Floats:
        """The probability (M, P) of each tag of the label at the row, as the last of its span."""
        marginals, members = self._posterior.marginals, self._tags.members[self.labels]
        onward = self._went_on(self.rows + 1, self.labels, ~self._posterior.is_last[self.rows])
        after = np.minimum(self.rows + 1, len(marginals) - 1)
        going_on = (onward * marginals[after[:, None], members][:, None, :]).sum(axis=2)
        ending: Floats = np.maximum(marginals[self.rows[:, None], members] - going_on, 0.0)
        return ending

    def _went_on(self, rows: Integers, labels: Integers, inner: Booleans) -> Floats:
        """The probability (M, P, P) that a span went on from a tag to this one, given this one; 0 where not `inner`."""
        members = self._tags.members[labels]  # (M, P)
        onward = np.zeros((*members.shape, members.shape[1]))
        onward[inner] = self._posterior.came_from(rows[inner], members[inner], members[inner])
        onward *= self._tags.goes_on[labels]
        return onward
