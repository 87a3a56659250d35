"""A text followed symbol by symbol: what every engine of a language model does, and the surprise at a whole text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from taggers.data.features import Ints
from taggers.data.indexer import Indexer
from taggers.data.sentences import SentenceStore

Carried = NDArray[np.float32]  # (L, C, B, H): what L layers hand on from step to step, for B rows
Starts = NDArray[np.int64]  # (B,)
Onward = Callable[[Starts, int, Carried], tuple[NDArray[np.float32], Carried]]

PIECE, CONTEXT = 1024, 256  # symbols of a text that are looked at together, and those before them that are read first
_ROWS, _STEPS = 64, 64  # pieces that are read side by side, and symbols of each at once
_HELD = 1 << 22  # scores of symbols that are held at once


@dataclass(frozen=True)
class Following:
    """Symbols that an engine has numbered, N in all, by the `ids` of its vocabulary, 1 for one that it does not know.

    It knows V symbols, padding and the unknown one among them.

    `onward` reads T steps from each of B places on, after what `start` gives or what it has itself given for the places
    before; it gives the log probabilities (B, T, V) of what comes after each, and what is carried on. `states` gives
    the states (B, T, H) in place of those. A step past the last place may read anything.
    """

    ids: Ints  # (N,)
    symbols: int  # V
    start: Callable[[int], Carried]  # by the number of rows, B
    onward: Onward
    states: Onward

    def most_steps(self, rows: int) -> int:
        """How many steps of some rows are read at once, which bounds the scores that are held."""
        return max(1, min(_STEPS, _HELD // (rows * self.symbols)))

    def skip(self, starts: Starts, steps: int, carried: Carried) -> Carried:
        """What is carried on when so many steps have been read from each of B places on; nothing is predicted."""
        most = self.most_steps(len(starts))  # here too: older graphs compute scores that nobody asks for
        for step in range(0, steps, most):
            _, carried = self.states(starts + step, min(most, steps - step), carried)
        return carried


class StreamEngine(Protocol):
    """A language model ready to run."""

    @property
    def indexer(self) -> Indexer:
        """The symbols that it knows."""

    def follow(self, symbols: SentenceStore) -> Following:
        """Make symbols ready."""


def surprise(text: Following) -> NDArray[np.float64]:
    """How surprising each symbol but the first is, in nats (N - 1,), after those before it.

    A long text is read in pieces of PIECE symbols, each after the CONTEXT symbols before it, so that a symbol is
    predicted from that many at least, and its surprise depends on nothing but the text.
    """
    nats = np.empty(len(text.ids) - 1)
    starts = np.arange(0, len(nats), PIECE)  # the first piece has nothing before it, the last one may be short
    whole = starts[(starts > 0) & (starts + PIECE <= len(nats))]
    most = max(1, min(_ROWS, _HELD // text.symbols))
    groups = [whole[first : first + most] for first in range(0, len(whole), most)]
    for rows in [starts[:1], *groups, starts[1:][starts[1:] + PIECE > len(nats)]]:
        if len(rows):
            _read(text, rows, min(PIECE, len(nats) - int(rows[0])), nats)
    return nats


def _read(text: Following, rows: Starts, length: int, nats: NDArray[np.float64]) -> None:
    """Fill in the surprise at the symbols after `length` places from some rows (B,) on, all of which are as long."""
    context = min(CONTEXT, int(rows[0]))
    carried = text.skip(rows - context, context, text.start(len(rows)))
    most = text.most_steps(len(rows))
    for step in range(0, length, most):
        steps = min(most, length - step)
        scores, carried = text.onward(rows + step, steps, carried)  # (B, T, V)
        places = rows[:, None] + np.arange(step, step + steps)  # (B, T)
        chances = np.take_along_axis(scores, text.ids[places + 1][:, :, None].astype(np.int64), axis=2)
        nats[places] = -chances[:, :, 0]
