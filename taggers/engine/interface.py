"""What every engine does, and the decoding that all share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from taggers.chain import Chain, accelerate, viterbi
from taggers.data.batch import by_length
from taggers.data.cutting import cut_sequence
from taggers.data.features import Ints
from taggers.data.indexer import Indexer
from taggers.data.windows import Windows
from taggers.text import Sentence

Starts = NDArray[np.int64]  # (B,)
Scores = tuple[NDArray[np.float32], ...]  # of each layer (n, K) for the n tokens of some rows, one row after another
Answers = list[list[Ints]]  # of each layer the best legal tag ids of every sentence

_WORTH_COMPILED_KERNELS = 60_000  # tokens after which loading them has cost less time than they save


@dataclass(frozen=True)
class Reading:
    """Sentences that an engine has read: where each starts in the flat row of their tokens, and its length.

    `score` gives the emissions of any rows of tokens, each looked at for itself, by their starts and lengths.
    """

    starts: Starts
    lengths: Ints
    score: Callable[[Starts, Ints], Scores]


class Engine(Protocol):
    """A network ready to run."""

    @property
    def chains(self) -> tuple[Chain, ...]:
        """Of each layer the scores of starts, transitions and ends of its K tags; -inf where forbidden."""

    @property
    def indexer(self) -> Indexer:
        """What it reads of tokens, and in which windows."""

    @property
    def budget(self) -> int:
        """The tokens, padding included, that it takes best at a time."""

    def read(self, sentences: Sequence[Sentence]) -> Reading:
        """Make sentences ready; FormatError where one of them lacks a column that the model reads."""


class Decoder:
    """Windows of sentences decoded one after another, each when it is asked for; `Workers` takes several at a time."""

    ahead = 0  # windows that may be under way while another is asked for

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._tokens = 0

    def submit(self, sentences: Sequence[Sentence]) -> Callable[[], Answers]:
        """What decodes the sentences."""
        self._tokens += sum(map(len, sentences))
        if self._tokens > _WORTH_COMPILED_KERNELS:
            accelerate()
        return lambda: decode(self._engine, sentences)


def decode(engine: Engine, sentences: Sequence[Sentence], budget: int | None = None) -> Answers:
    """Of each layer the best legal tag ids of every sentence, in the order given, whatever their batches.

    Sentences longer than a window are scored window by window, and decoded as a whole.
    """
    chains = engine.chains
    nothing = np.empty(0, dtype=np.int32)
    answers: Answers = [[nothing] * len(sentences) for _ in chains]
    reading = engine.read(sentences)
    for index, lengths, scores in _scored(reading, engine.indexer.windows, budget or engine.budget):
        offsets = np.concatenate(([0], np.cumsum(lengths)))  # (B + 1,)
        for chain, rows, answer in zip(chains, scores, answers, strict=True):
            tags, _ = viterbi(chain, rows, offsets)
            for sentence, start, end in zip(index, offsets, offsets[1:], strict=False):
                answer[sentence] = tags[start:end]
    return answers


def _scored(reading: Reading, windows: Windows | None, budget: int) -> Iterator[tuple[NDArray[np.int64], Ints, Scores]]:
    """Sentences together: which they are, their lengths, and of each layer the scores (n, K) of their tokens."""
    long = reading.lengths > (np.iinfo(np.int32).max if windows is None else windows.length)
    short = np.flatnonzero((reading.lengths > 0) & ~long)
    for rows in by_length(reading.lengths[short], budget):
        index = short[rows]
        yield index, reading.lengths[index], reading.score(reading.starts[index], reading.lengths[index])
    for sentence in np.flatnonzero(long):
        assert windows is not None
        scores = _score_long(reading, int(sentence), windows, budget)
        yield np.array([sentence]), reading.lengths[[sentence]], scores


def _score_long(reading: Reading, sentence: int, windows: Windows, budget: int) -> Scores:
    """Of each layer the scores (T, K) of one sentence, put together from its windows."""
    cut = cut_sequence(int(reading.starts[sentence]), int(reading.lengths[sentence]), windows)
    pieces: list[Scores] = [()] * len(cut.kept)
    for index in by_length(cut.lengths, budget):
        found = reading.score(cut.starts[index], cut.lengths[index])
        offsets = np.concatenate(([0], np.cumsum(cut.lengths[index])))
        for window, row in zip(index, offsets, strict=False):
            start, end = cut.kept[window]
            pieces[window] = tuple(scores[row + start : row + end] for scores in found)
    return tuple(np.concatenate(layer) for layer in zip(*pieces, strict=True))
