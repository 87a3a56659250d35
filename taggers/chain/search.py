"""The most probable sequence of symbols under a network that gives one symbol after another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

END = 0  # the id that ends a sequence, stands before its first symbol, and pads what is shorter than others
LIMIT = "twice the symbols that are read and 10 more, 256 at most"  # what `Search.limits` gives, in words

Ints = NDArray[np.int32]
Rows = NDArray[np.int64]  # (b,) which examples
State = tuple[NDArray[np.floating], ...]  # (b, W, ...) each: what is carried from symbol to symbol
Step = Callable[[Rows, Ints, State, int], tuple[NDArray[np.floating], State]]
"""Of some examples (b,), the last symbols (b, W) of W beginnings each, their state and how many symbols they hold: the
log probabilities (b, W, V) of the next symbol, and the state after the last."""


@dataclass(frozen=True)
class Search:
    """How the best sequence is looked for: `width` beginnings are kept (1: greedy), and how their lengths count.

    An answer holds at most twice the symbols of its source, context included, and 10 more, and never more than
    `longest`.

    >>> Search().limits(np.array([1, 50, 200])).tolist()
    [12, 110, 256]
    """

    width: int = 1
    length_power: float = 0.0
    longest: int = 256

    def limits(self, lengths: NDArray[np.integer]) -> NDArray[np.integer]:
        """How many symbols the answers to sources of some lengths (B,) may hold."""
        limits: NDArray[np.integer] = np.minimum(2 * lengths + 10, self.longest)
        return limits

    def find(self, step: Step, start: State, lengths: Ints) -> Ints:
        """The answers (B, L) to sources of some lengths (B,), END after the last symbol of each."""
        limits = self.limits(lengths)
        if self.width == 1:
            return greedy(step, start, limits)
        return beam(step, start, limits, self.width, self.length_power)


def greedy(step: Step, start: State, limits: NDArray[np.integer]) -> Ints:
    """The most probable symbol again and again (B, L), until that is the end, or `limits` (B,) symbols are there.

    `start` is the state (B, 1, ...) before the first symbol.

    >>> def step(rows, symbols, state, place):
    ...     return np.log(np.where(symbols[..., None] == 0, [0.1, 0.9], [0.8, 0.2])), state
    >>> greedy(step, (), np.array([5])).tolist()
    [[1]]
    """
    number = len(limits)
    symbols = np.full((number, int(limits.max(initial=0)) + 1), END, dtype=np.int32)  # (B, L + 1)
    rows = np.arange(number)
    last, state = np.full((number, 1), END, dtype=np.int32), start
    place = 0
    while len(rows):
        found, state = step(rows, last, state, place)
        best = found[:, 0].argmax(axis=1).astype(np.int32)  # (b,)
        best[limits[rows] <= place] = END
        symbols[rows, place] = best
        going = best != END
        rows, last = rows[going], best[going, None]
        state = tuple(part[going] for part in state)
        place += 1
    return _trimmed(symbols)


def beam(step: Step, start: State, limits: NDArray[np.integer], width: int, length_power: float = 0.0) -> Ints:
    """The best sequence (B, L) that is found with the `width` best beginnings of each length kept.

    The best has the greatest log probability, divided by its length (the end counted) to the `length_power` (Wu and
    others 2016 and before). An example is done when no beginning that is left can lead to a better one. Where `width`
    is the number of all beginnings, this is the best of all sequences of at most `limits` (B,) symbols.

    >>> def step(rows, symbols, state, place):  # greedy takes 1, which no end follows as likely as it follows 2
    ...     after = np.log([[0.1, 0.5, 0.4], [0.3, 0.4, 0.3], [0.9, 0.05, 0.05]])
    ...     return after[symbols], state
    >>> beam(step, (), np.array([5]), width=2).tolist()
    [[2]]
    """
    number, longest = len(limits), int(limits.max(initial=0))
    best = np.full((number, longest + 1), END, dtype=np.int32)  # (B, L + 1)
    worth = np.full(number, -np.inf)  # what the best is judged by
    rows = np.arange(number)
    symbols = np.full((number, 1, 1), END, dtype=np.int32)  # (b, W, 1 + place): beginnings, an END before each
    scores: NDArray[np.floating] = np.zeros((number, 1))  # (b, W)
    state = start
    place = 0
    while len(rows):
        found, state = step(rows, symbols[:, :, -1], state, place)
        total = scores[:, :, None] + found  # (b, W, V)
        _keep_ended(best, worth, rows, symbols, total[:, :, END], float(place + 1) ** length_power)
        total[:, :, END] = -np.inf
        scores, beginnings, new = _widest(total, width)
        symbols = np.concatenate((np.take_along_axis(symbols, beginnings[:, :, None], axis=1), new[:, :, None]), axis=2)
        highest = scores[:, 0] / (limits[rows] + 1.0) ** length_power  # what may come of them, since scores only fall
        going = (place < limits[rows]) & (highest > worth[rows])
        rows, symbols, scores = rows[going], symbols[going], scores[going]
        state = tuple(_rearranged(part[going], beginnings[going]) for part in state)
        place += 1
    return _trimmed(best)


def _keep_ended(
    best: Ints,  # (B, L + 1) out
    worth: NDArray[np.float64],  # (B,) out
    rows: Rows,
    symbols: Ints,  # (b, W, 1 + place)
    ended: NDArray[np.floating],  # (b, W) log probabilities of beginnings that end here
    divisor: float,
) -> None:
    """Take down where a beginning that ends is better than all before."""
    which = ended.argmax(axis=1)  # (b,)
    scores = ended[np.arange(len(rows)), which]
    better = scores / divisor > worth[rows]
    improved = rows[better]
    worth[improved] = scores[better] / divisor
    best[improved] = END
    best[improved, : symbols.shape[2] - 1] = symbols[better, which[better], 1:]


def _widest(total: NDArray[np.floating], width: int) -> tuple[NDArray[np.floating], NDArray[np.int64], Ints]:
    """The best ways (b, w) on of all (b, W, V), the very best first: scores, which beginnings, which symbols."""
    flat = total.reshape(len(total), -1)  # (b, W V)
    width = min(width, flat.shape[1])
    some = np.argpartition(-flat, width - 1, axis=1)[:, :width]
    some = np.take_along_axis(some, np.argsort(-np.take_along_axis(flat, some, axis=1), axis=1, kind="stable"), axis=1)
    beginnings, symbols = np.divmod(some, total.shape[2])
    return np.take_along_axis(flat, some, axis=1), beginnings, symbols.astype(np.int32)


def _rearranged(part: NDArray[np.floating], beginnings: NDArray[np.int64]) -> NDArray[np.floating]:
    """The state (b, w, ...) of the beginnings (b, w) that are gone on with."""
    return part[np.arange(len(part))[:, None], beginnings]


def _trimmed(symbols: Ints) -> Ints:
    """Without columns in which nothing stands."""
    return symbols[:, : int((symbols != END).sum(axis=1).max(initial=0))]
