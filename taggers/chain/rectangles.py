"""The allowed transitions as rectangles: tags that the same tags may precede, so that one operation serves them all."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import numpy as np

from taggers.chain.arrays import Floats, Integers


class Rectangles(NamedTuple):
    """G rectangles of one shape: in each, any of S tags may stand before any of T tags, and no other may.

    Every tag that any may precede is in one rectangle of some shape. IOBES has two shapes: all that end a span or are
    outside before all that begin one or are outside, and of each label what goes on before what goes on.
    """

    sources: Integers  # (G, S)
    targets: Integers  # (G, T)
    scores: Floats  # (G, S, T)

    @property
    def size(self) -> int:
        """How many transitions they hold."""
        return self.scores.size


def rectangles_of(transitions: Floats) -> tuple[Rectangles, ...]:
    """The rectangles of transitions (K, K), [from, to], of which minus infinity is none, one of each shape.

    >>> free = rectangles_of(np.zeros((3, 3)))
    >>> [shape.scores.shape for shape in free]
    [(1, 3, 3)]
    >>> [one] = rectangles_of(np.array([[0.0, -np.inf], [-np.inf, 1.0]]))
    >>> one.sources.tolist(), one.targets.tolist(), one.scores.ravel().tolist()
    ([[0], [1]], [[0], [1]], [0.0, 1.0])
    """
    allowed = ~np.isneginf(transitions)
    entered: dict[bytes, list[int]] = defaultdict(list)  # the tags that the same ones may precede
    for tag in np.flatnonzero(allowed.any(axis=0)).tolist():
        entered[allowed[:, tag].tobytes()].append(tag)
    shapes: dict[tuple[int, int], list[list[int]]] = defaultdict(list)
    for targets in entered.values():
        shapes[int(allowed[:, targets[0]].sum()), len(targets)].append(targets)
    found = []
    for entered_alike in shapes.values():
        into = np.array(entered_alike)  # (G, T)
        out_of = np.array([np.flatnonzero(allowed[:, tags[0]]) for tags in entered_alike])  # (G, S)
        found.append(Rectangles(out_of, into, transitions[out_of[:, :, None], into[:, None, :]]))
    return tuple(found)
