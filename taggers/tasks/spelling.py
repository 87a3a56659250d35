"""Tag ids of many sentences read as spans and spelt as tags of another scheme, all at once.

It is `decode` and `encode` of `taggers.text.schemes` over arrays: the spans are those, and so are the tags.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taggers.text import Span
from taggers.text.schemes import OUTSIDE, Scheme, facts_of, join_tag, parse_tag, spell

Ids = NDArray[np.int32]


class Spelt(NamedTuple):
    """Of each sentence its spans and its tags."""

    spans: list[tuple[Span, ...]]
    tags: list[tuple[str, ...]]


class Spelling:
    """What the K tags of a model say, and how the spans that they make are written in the scheme of a file.

    >>> from taggers.text.schemes import IOB2
    >>> spelt = Spelling(["O", "B-PER", "E-PER", "S-PER"], IOB2).spell(np.array([1, 2, 0, 3], dtype=np.int32), [3, 1])
    >>> spelt.tags, spelt.spans[1]
    ([('B-PER', 'I-PER', 'O'), ('B-PER',)], (Span(start=0, end=1, label='PER'),))
    """

    def __init__(self, tags: Sequence[str], scheme: Scheme) -> None:
        facts = [facts_of(tag) for tag in tags]
        self._scheme = scheme
        self._labels = sorted({parse_tag(tag).label for tag, said in zip(tags, facts, strict=True) if said})
        numbers = {label: number for number, label in enumerate(self._labels)}
        self._label = np.array(
            [numbers[parse_tag(tag).label] if said else -1 for tag, said in zip(tags, facts, strict=True)]
        )  # (K,): -1 outside
        self._starts = np.array([bool(said and said.starts) for said in facts])  # (K,)
        self._ends = np.array([bool(said and said.ends) for said in facts])  # (K,)
        # By label and place in the span: in the middle, first, last, both, and first next to another of its label.
        places = (scheme.inside, scheme.begin, scheme.end, scheme.single)
        self._written = [OUTSIDE, *(join_tag(place, label) for label in self._labels for place in (*places, "B"))]

    def spell(self, ids: Ids, lengths: Sequence[int]) -> Spelt:
        """The tag ids (N,) of sentences of some lengths."""
        stops = np.cumsum(lengths, dtype=np.int64)  # (B,)
        edge = np.zeros(len(ids) + 1, dtype=np.bool_)  # True where one sentence ends and another begins
        edge[0] = True
        edge[stops] = True
        label, closed = self._label[ids], self._ends[ids]  # (N,), (N,)
        same = np.zeros(len(ids) + 1, dtype=np.bool_)  # True between two tokens in spans of one label
        same[1:-1] = (label[1:] == label[:-1]) & (label[1:] >= 0) & ~edge[1:-1]
        goes_on = same.copy()
        goes_on[1:-1] &= ~closed[:-1] & ~self._starts[ids[1:]]
        first, last = (label >= 0) & ~goes_on[:-1], (label >= 0) & ~goes_on[1:]  # (N,), (N,)
        place = first + 2 * last
        if self._scheme.between:
            place[first & same[:-1]] = 4
        written = list(map(self._written.__getitem__, np.where(label < 0, 0, 1 + 5 * label + place).tolist()))
        bounds = [0, *stops.tolist()]
        tags = [tuple(written[start:stop]) for start, stop in pairwise(bounds)]
        if self._scheme.dialect is not None:
            tags = [tuple(spell(own, self._scheme)) for own in tags]
        return Spelt(self._spans(np.flatnonzero(first), np.flatnonzero(last) + 1, label, stops), tags)

    def _spans(
        self,
        begins: NDArray[np.int64],  # (M,)
        ends: NDArray[np.int64],  # (M,)
        label: NDArray[np.int64],  # (N,)
        stops: NDArray[np.int64],  # (B,)
    ) -> list[tuple[Span, ...]]:
        """The spans of each sentence."""
        sentence = np.searchsorted(stops, begins, side="right")  # (M,)
        offset = np.concatenate(([0], stops))[sentence]  # (M,)
        labels = map(self._labels.__getitem__, label[begins].tolist())
        spans = list(map(Span, (begins - offset).tolist(), (ends - offset).tolist(), labels))
        until = np.searchsorted(sentence, np.arange(len(stops)), side="right").tolist()
        return [tuple(spans[start:stop]) for start, stop in pairwise([0, *until])]
