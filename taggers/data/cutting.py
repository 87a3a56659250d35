"""Cutting long sequences into windows.

In tagging the scores of a token come from the window in which it stands farthest from an edge, and decoding sees the
whole sequence; in training each window is a sequence of its own, cut where no span is cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from taggers.data.batch import Gold, Targets
from taggers.data.indexer import Indexed
from taggers.data.windows import Windows

if TYPE_CHECKING:
    from taggers.tasks import Task


@dataclass(frozen=True)
class Cut:
    """One long sequence as windows: where each starts, its length, and the tokens [start, end) of it that count."""

    starts: NDArray[np.int64]
    lengths: NDArray[np.int32]
    kept: tuple[tuple[int, int], ...]


def cut_sequence(start: int, length: int, windows: Windows) -> Cut:
    """The windows over a sequence; those that count of their tokens make the sequence again, end to end."""
    spans = windows.over(length)
    # Two neighbours meet in the middle of what they share.
    borders = [(before[1] + after[0]) // 2 for before, after in pairwise(spans)]
    edges = [0, *borders, spans[-1][1]]
    return Cut(
        start + np.array([first for first, _ in spans], dtype=np.int64),
        np.array([end - first for first, end in spans], dtype=np.int32),
        tuple((edges[i] - first, edges[i + 1] - first) for i, (first, _) in enumerate(spans)),
    )


def for_training(indexed: Indexed, windows: Windows, may_cut: NDArray[np.bool_]) -> Indexed:
    """The sentences with those longer than a window as several, each of them whole spans.

    `may_cut` (N,) is True for a token before which a sequence may end and with which one may begin. A window grows to
    the next such token, and shares a little more with the next where it has to.
    """
    starts: list[int] = []
    lengths: list[int] = []
    cuts = np.flatnonzero(may_cut)
    for start, length in zip(indexed.starts.tolist(), indexed.lengths.tolist(), strict=True):
        end = start + length
        while end - start > windows.length:
            stop = _first(cuts, start + windows.length, end)
            starts.append(start)
            lengths.append(stop - start)
            if stop == end:
                break
            back = _last(cuts, stop - windows.shared, start + 1)
            start = stop if back is None else back
        else:
            starts.append(start)
            lengths.append(end - start)
    return replace(indexed, starts=np.array(starts, dtype=np.int64), lengths=np.array(lengths, dtype=np.int32))


def _first(cuts: NDArray[np.int64], place: int, end: int) -> int:
    """The first cut at `place` or later, `end` at the latest."""
    i = int(np.searchsorted(cuts, place))
    return min(int(cuts[i]), end) if i < len(cuts) else end


def _last(cuts: NDArray[np.int64], place: int, first: int) -> int | None:
    """The last cut at `place` or earlier that is not before `first`."""
    i = int(np.searchsorted(cuts, place, side="right")) - 1
    return int(cuts[i]) if i >= 0 and cuts[i] >= first else None


def places_to_cut(tasks: Sequence[Task], targets: Sequence[Gold]) -> NDArray[np.bool_]:
    """True (N,) for a token before which a sequence may end and with which one may begin, in the gold of every layer.

    Nothing is cut beside a token whose tag is not known.
    """
    pairs = [(task, gold) for task, gold in zip(tasks, targets, strict=True) if isinstance(gold, Targets)]
    allowed = np.ones(len(pairs[0][1].tags), dtype=np.bool_)
    for task, gold in pairs:
        assert task.constraints is not None
        starts, ends = task.constraints.start > -np.inf, task.constraints.end > -np.inf  # (K,)
        known = np.ones(len(gold.tags), dtype=np.bool_) if gold.sets is None else gold.sets.sum(axis=1) == 1
        allowed &= known & starts[gold.tags]
        allowed[1:] &= (known & ends[gold.tags])[:-1]
    return allowed
