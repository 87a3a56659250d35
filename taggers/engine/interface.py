"""What every engine does, and the decoding that all share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from taggers.chain import Chain, viterbi
from taggers.data.batch import Batch, by_length, gather
from taggers.data.cutting import cut_sequence
from taggers.data.features import Ints
from taggers.data.indexer import Indexed
from taggers.data.windows import Windows

Scores = tuple[NDArray[np.float32], ...]  # one array for each layer


class Engine(Protocol):
    """A network ready to run."""

    @property
    def chains(self) -> tuple[Chain, ...]:
        """Of each layer the scores of starts, transitions and ends of its K tags; -inf where forbidden."""

    def emissions(self, batch: Batch) -> Scores:
        """Of each layer the scores (B, T, K) of every tag at every token; padding holds anything."""


def decode(engine: Engine, indexed: Indexed, budget: int = 4096) -> list[list[Ints]]:
    """Of each layer the best legal tag ids of every sentence, in the order given, whatever their batches.

    Sentences longer than a window are scored window by window, and decoded as a whole.
    """
    chains = engine.chains
    nothing = np.empty(0, dtype=np.int32)
    answers: list[list[Ints]] = [[nothing] * len(indexed.lengths) for _ in chains]
    for index, lengths, scores in _scored(engine, indexed, budget):
        offsets = np.concatenate(([0], np.cumsum(lengths)))  # (B + 1,)
        for chain, rows, answer in zip(chains, scores, answers, strict=True):
            tags, _ = viterbi(chain, rows, offsets)
            for sentence, start, end in zip(index, offsets, offsets[1:], strict=False):
                answer[sentence] = tags[start:end]
    return answers


def _scored(engine: Engine, indexed: Indexed, budget: int) -> Iterator[tuple[NDArray[np.int64], Ints, Scores]]:
    """Sentences together: which they are, their lengths, and of each layer the scores (n, K) of their tokens."""
    windows = indexed.windows
    long = indexed.lengths > (np.iinfo(np.int32).max if windows is None else windows.length)
    short = np.flatnonzero((indexed.lengths > 0) & ~long)
    for index in by_length(indexed.lengths[short], budget):
        batch = gather(indexed, short[index])
        yield short[index], batch.lengths, tuple(scores[batch.mask] for scores in engine.emissions(batch))
    for sentence in np.flatnonzero(long):
        assert windows is not None
        scores = _score_long(engine, indexed, int(sentence), windows, budget)
        yield np.array([sentence]), indexed.lengths[[sentence]], scores


def _score_long(engine: Engine, indexed: Indexed, sentence: int, windows: Windows, budget: int) -> Scores:
    """Of each layer the scores (T, K) of one sentence, put together from its windows."""
    cut = cut_sequence(indexed, sentence, windows)
    pieces: list[Scores] = [()] * len(cut.kept)
    for index in by_length(cut.rows.lengths, budget):
        found = engine.emissions(gather(cut.rows, index))
        for row, window in enumerate(index):
            start, end = cut.kept[window]
            pieces[window] = tuple(scores[row, start:end] for scores in found)
    return tuple(np.concatenate(layer) for layer in zip(*pieces, strict=True))
