"""The tags of a chain as parts of labelled spans: all that its dynamic programs need to know of a tag scheme."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from taggers.chain.arrays import Booleans, Integers, Tags


@dataclass(frozen=True, eq=False)
class Marked:
    """M labelled stretches of rows, in order of their ends: first row, last row exclusive, number of the label."""

    begin: Integers  # (M,)
    end: Integers  # (M,)
    label: Integers  # (M,)


@dataclass(frozen=True, eq=False)
class SpanTags:
    """Of L labels the P tags that each has, which of these go on in one span, and how a span is spelt.

    A span is a longest run of tags of one label, each of which goes on from the one before. `spelt` holds, as tags of
    each label, those in the middle and last; first, and alone; and these two next to a span of the same label before.
    `outside` is the tag of no span.
    """

    members: Integers  # (L, P)
    goes_on: Booleans  # (L, P, P), [label, from, to]
    spelt: Integers  # (L, 6)
    outside: int

    def read(
        self,
        tags: Tags,  # (N,)
        is_first: Booleans,  # (N,) rows that begin a sentence
    ) -> Marked:
        """The spans that tags spell: as `spell` has them."""
        label = self._label[tags]  # (N,)
        inside = label >= 0
        onward = np.zeros(len(tags) + 1, dtype=np.bool_)  # between the rows, and at both ends
        onward[1:-1] = self._goes_on[tags[:-1], tags[1:]] & ~is_first[1:]
        begin = np.flatnonzero(inside & ~onward[:-1])
        return Marked(begin, np.flatnonzero(inside & ~onward[1:]) + 1, label[begin])

    @cached_property
    def _label(self) -> Integers:
        """Of each tag (K,) the number of its label, -1 outside."""
        label = np.full(self.members.max(initial=self.outside) + 1, -1)
        label[self.members] = np.arange(len(self.members))[:, None]
        return label

    @cached_property
    def _goes_on(self) -> Booleans:
        """Whether the span of one tag goes on with another, (K, K)."""
        table = np.zeros((len(self._label), len(self._label)), dtype=np.bool_)
        table[self.members[:, :, None], self.members[:, None, :]] = self.goes_on
        return table

    def spell(
        self,
        spans: Marked,  # none overlapping
        is_first: Booleans,  # (N,) rows that begin a sentence
    ) -> Tags:
        """The tags (N,) of rows that have these spans and no other.

        >>> tags = SpanTags(np.array([[1, 2]]), np.array([[[False, True]] * 2]), np.array([[2, 2, 1, 1, 1, 1]]), 0)
        >>> spans = Marked(np.array([0]), np.array([2]), np.array([0]))
        >>> tags.spell(spans, np.array([True, False, False]))
        array([1, 2, 0], dtype=int32)
        """
        tags = np.full(len(is_first), self.outside, dtype=np.int32)
        before = -1, -1  # where the span before ends, and its label
        for begin, end, label in zip(spans.begin.tolist(), spans.end.tolist(), spans.label.tolist(), strict=True):
            spelt = self.spelt[label]
            touches = before == (begin, label) and not is_first[begin]
            tags[begin:end] = spelt[0]
            tags[end - 1] = spelt[1]
            tags[begin] = spelt[2 + 2 * touches + (end - begin == 1)]
            before = end, label
        return tags
