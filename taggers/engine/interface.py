"""What every engine does, and the decoding that all share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from taggers.chain import Chain, accelerate, viterbi
from taggers.data.batch import by_length
from taggers.data.cutting import cut_sequence
from taggers.data.features import Ints
from taggers.data.indexer import Indexer
from taggers.data.windows import Windows
from taggers.text import Sentence

if TYPE_CHECKING:
    from taggers.chain.search import Search, State, Step
    from taggers.tasks.asked import Judged, Question

Starts = NDArray[np.int64]  # (B,)
# Of each head (n, K) for the n tokens of some rows, one row after another, or (B, K) for the rows as a whole.
HeadScores = tuple[NDArray[np.float32], ...]
# Of each head the best legal tag ids (N,) of all sentences, one after another, or the scores (S, K) of sentences.
# Where it writes sequences, those (S, L) of sentences, zeros after each.
Answers = list[NDArray[Any]]
JudgedAnswers: TypeAlias = "list[Judged]"  # the same with what more is asked
Beginning: TypeAlias = "tuple[Step, State]"

# Loading compiled kernels costs less time than they save after so much work: tokens by allowed transitions, and as many
# more as what numpy does for a token whatever these are.
_WORTH_COMPILED_KERNELS, _BESIDE = 300_000_000, 150
_OF_PROBABILITIES = 16  # times the work of the best tags alone: exponentials, there and back
_HELD = 1 << 20  # scores of tags that wait to be decoded together


@dataclass(frozen=True)
class Reading:
    """Sentences that an engine has read: where each starts in the flat row of their tokens, and its length.

    `score` gives the scores of any rows of tokens, each looked at for itself, by their starts and lengths; where the
    network writes sequences instead, `begin` gives how one goes on, and the state that it starts from.
    """

    starts: Starts
    lengths: Ints
    score: Callable[[Starts, Ints], HeadScores]
    begin: Callable[[Starts, Ints], Beginning] | None = None


class Engine(Protocol):
    """A network ready to run."""

    @property
    def chains(self) -> tuple[Chain | None, ...]:
        """Of each head the scores of starts, transitions and ends of its K tags, -inf where forbidden; None where it
        scores sentences.
        """

    @property
    def search(self) -> Search | None:
        """How it looks for the sequences that it writes; None where it gives scores."""

    @property
    def indexer(self) -> Indexer:
        """What it reads of tokens, and in which windows."""

    @property
    def budget(self) -> int:
        """The tokens, padding included, that it takes best at a time."""

    @property
    def most(self) -> int:
        """The sentences, or windows of long ones, that it takes best at a time, however short they are."""

    def read(self, sentences: Sequence[Sentence]) -> Reading:
        """Make sentences ready; FormatError where one of them lacks a column that the model reads."""


class Decoder:
    """Windows of sentences decoded one after another, each when it is asked for; `Workers` takes several at a time."""

    ahead = 0  # windows that may be under way while another is asked for
    cut = 0  # answers that ended at the longest there may be: only sequences do

    def __init__(self, engine: Engine, question: Question | None = None) -> None:
        self._engine, self._question = engine, question
        chains = [chain for chain in engine.chains if chain is not None]
        transitions = (shape.size for chain in chains for shape in chain.rectangles)
        self._of_token = (sum(transitions) + _BESIDE * len(chains)) * (1 if question is None else _OF_PROBABILITIES)
        self._work = 0

    def submit(self, sentences: Sequence[Sentence]) -> Callable[[], Answers | JudgedAnswers]:
        """What decodes the sentences."""
        self._work += self._of_token * sum(map(len, sentences))
        if self._work > _WORTH_COMPILED_KERNELS:
            accelerate()
        question = self._question
        if question is None:
            return lambda: decode(self._engine, sentences)
        from taggers.engine.judging import judge  # not at the top: taggers start sooner without

        return lambda: judge(self._engine, sentences, question)


@dataclass(frozen=True)
class Part:
    """Some sentences together: which they are, their tokens' places among those of all, and where each begins."""

    index: NDArray[np.int64]  # (B,)
    places: NDArray[np.int64]  # (n,)
    offsets: NDArray[np.int64]  # (B + 1,)


class Collector(Protocol):
    """Takes the scores of one head part by part."""

    def take(self, part: Part, rows: NDArray[np.float32]) -> None:
        """Scores (n, K) of the tokens of some sentences, or (B, K) of the sentences."""


class BestTags:
    """The best legal tags (N,) of all sentences: the `answer` when all are taken."""

    def __init__(self, chain: Chain, tokens: int) -> None:
        self._chain, self.answer = chain, np.empty(tokens, np.int32)

    def take(self, part: Part, rows: NDArray[np.float32]) -> None:
        """As `Collector.take`."""
        self.answer[part.places], _ = viterbi(self._chain, rows, part.offsets)


class LabelRows:
    """The scores (S, K) of all sentences, of one without tokens not a number: the `answer` when all are taken."""

    def __init__(self, sentences: int) -> None:
        self.answer = np.empty((sentences, 0), np.float32)

    def take(self, part: Part, rows: NDArray[np.float32]) -> None:
        """As `Collector.take`."""
        if not self.answer.size:
            self.answer = np.full((len(self.answer), rows.shape[1]), np.nan, np.float32)
        self.answer[part.index] = rows


def decode(engine: Engine, sentences: Sequence[Sentence], budget: int | None = None) -> Answers:
    """Of each head the best legal tag ids (N,) of all sentences, or their scores (S, K), in the order given.

    That is so whatever the batches. Sentences longer than a window are scored window by window, and decoded as a whole;
    one without tokens has nan for scores.
    """
    reading = engine.read(sentences)
    if engine.search is not None:
        together = by_length(reading.lengths, budget or engine.budget, engine.most)
        return [_written(reading, engine.search, together)]
    total, number = int(reading.lengths.sum()), len(reading.lengths)
    heads = [LabelRows(number) if chain is None else BestTags(chain, total) for chain in engine.chains]
    collect(engine, reading, heads, budget)
    return [head.answer for head in heads]


def collect(engine: Engine, reading: Reading, heads: Sequence[Collector], budget: int | None = None) -> None:
    """Hand the scores of all sentences read to what takes those of each head, some sentences together."""
    first = np.cumsum(reading.lengths) - reading.lengths  # (S,): where the answer to each begins
    batches = partial(by_length, budget=budget or engine.budget, most=engine.most)
    for index, lengths, scores in _together(_scored(reading, engine.indexer.windows, batches)):
        offsets = np.concatenate(([0], np.cumsum(lengths)))  # (B + 1,)
        places = np.arange(offsets[-1]) + np.repeat(first[index] - offsets[:-1], lengths)  # (n,)
        for head, rows in zip(heads, scores, strict=True):
            head.take(Part(index, places, offsets), rows)


def _written(reading: Reading, search: Search, batches: Iterable[NDArray[np.int64]]) -> Ints:
    """Of all sources the sequences (S, L) that are found, zeros after each; those without symbols have none."""
    assert reading.begin is not None
    found: list[tuple[NDArray[np.int64], Ints]] = []
    for batch in batches:
        index = batch[reading.lengths[batch] > 0]
        if len(index):
            lengths = reading.lengths[index]
            found.append((index, search.find(*reading.begin(reading.starts[index], lengths), lengths)))
    answers = np.zeros((len(reading.lengths), max((rows.shape[1] for _, rows in found), default=0)), dtype=np.int32)
    for index, rows in found:
        answers[index, : rows.shape[1]] = rows
    return answers


_Batches = Callable[[Ints], Iterator[NDArray[np.int64]]]  # lengths to indices of those that go together
_Scored = tuple[NDArray[np.int64], Ints, HeadScores]  # which sentences, their lengths, the scores of their tokens


def _together(scored: Iterable[_Scored]) -> Iterator[_Scored]:
    """The same in fewer parts, since many sentences are decoded in little more time than some."""
    held: list[_Scored] = []
    for part in scored:
        held.append(part)
        if sum(layer.size for _, _, scores in held for layer in scores) >= _HELD:
            yield _joined(held)
            held = []
    if held:
        yield _joined(held)


def _joined(parts: Sequence[_Scored]) -> _Scored:
    index, lengths, scores = zip(*parts, strict=True)
    layers = tuple(np.concatenate(layer) for layer in zip(*scores, strict=True))
    return np.concatenate(index), np.concatenate(lengths), layers


def _scored(reading: Reading, windows: Windows | None, batches: _Batches) -> Iterator[_Scored]:
    """Sentences together: which they are, their lengths, and of each layer the scores (n, K) of their tokens."""
    long = reading.lengths > (np.iinfo(np.int32).max if windows is None else windows.length)
    short = np.flatnonzero((reading.lengths > 0) & ~long)
    for rows in batches(reading.lengths[short]):
        index = short[rows]
        yield index, reading.lengths[index], reading.score(reading.starts[index], reading.lengths[index])
    for sentence in np.flatnonzero(long):
        assert windows is not None
        scores = _score_long(reading, int(sentence), windows, batches)
        yield np.array([sentence]), reading.lengths[[sentence]], scores


def _score_long(reading: Reading, sentence: int, windows: Windows, batches: _Batches) -> HeadScores:
    """Of each layer the scores (T, K) of one sentence, put together from its windows."""
    cut = cut_sequence(int(reading.starts[sentence]), int(reading.lengths[sentence]), windows)
    pieces: list[HeadScores] = [()] * len(cut.kept)
    for index in batches(cut.lengths):
        found = reading.score(cut.starts[index], cut.lengths[index])
        offsets = np.concatenate(([0], np.cumsum(cut.lengths[index])))
        for window, row in zip(index, offsets, strict=False):
            start, end = cut.kept[window]
            pieces[window] = tuple(scores[row + start : row + end] for scores in found)
    return tuple(np.concatenate(layer) for layer in zip(*pieces, strict=True))
