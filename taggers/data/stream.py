"""A text as one stream of symbols, and the steps of truncated back-propagation through it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from taggers.data.batch import Batch, Noise, gather
from taggers.data.indexer import WORDS, Indexed
from taggers.data.sentences import TOKEN, Column, SentenceStore
from taggers.tasks.language_model import BREAK, Direction, Unit

_CHUNK = 1 << 16  # tokens that are spelt together, which bounds the memory


def spell(sentences: SentenceStore, unit: Unit, direction: Direction = "forward") -> SentenceStore:
    r"""The sentences with symbols for tokens: words, or the characters of the tokens with a blank between two of them.

    A line break ends each. Backward the whole text is turned round, the last sentence first, and a break ends each
    again: either way one stands before every sentence but the first, and to the first one belongs.

    >>> from taggers.text import Sentence
    >>> store = SentenceStore.of([Sentence(("a", "bc")), Sentence(("d",))])
    >>> [sentence.tokens for sentence in spell(store, "character")]
    [('a', ' ', 'b', 'c', '\n'), ('d', '\n')]
    >>> [sentence.tokens for sentence in spell(store, "word", "backward")]
    [('d', '\n'), ('bc', 'a', '\n')]
    """
    column, offsets = (_characters if unit == "character" else _words)(sentences)
    places, order = column.places, np.arange(len(sentences))
    if direction == "backward" and len(places):
        places = np.concatenate((places[-2::-1], places[-1:]))  # the last symbol is a break
        offsets, order = offsets[-1] - offsets[::-1], order[::-1]
    return SentenceStore(
        {TOKEN: Column(places, column.values)},
        offsets,
        sentences.labels.take(order),
        sentences.paths.take(order),
        sentences.lines[order],
        sentences.starts[order],
        sentences.on_one_line[order],
    )


def in_one_row(text: SentenceStore) -> SentenceStore:
    r"""The symbols of a text, and before the first of them the break that every sentence comes after.

    >>> from taggers.text import Sentence
    >>> in_one_row(spell(SentenceStore.of([Sentence(("a",)), Sentence(("b",))]), "character"))[0].tokens
    ('\n', 'a', '\n', 'b', '\n')
    """
    column = text.columns[TOKEN]
    places = np.concatenate((column.places[-1:], column.places))
    columns = {TOKEN: Column(places, column.values)}
    return replace(text.select(np.array([0])), columns=columns, offsets=np.array([0, len(places)]))


def _words(sentences: SentenceStore) -> tuple[Column[str], NDArray[np.int64]]:
    """The tokens with a break after each sentence, and where sentences then begin and end (S + 1,)."""
    tokens, number = sentences.columns[TOKEN], len(sentences)
    values = tokens.values if BREAK in tokens.values else (*tokens.values, BREAK)
    places = np.full(len(tokens.places) + number, values.index(BREAK), dtype=_smallest(len(values)))
    places[np.arange(len(tokens.places)) + np.repeat(np.arange(number), sentences.lengths)] = tokens.places
    return Column(places, values), sentences.offsets + np.arange(number + 1)


def _characters(sentences: SentenceStore) -> tuple[Column[str], NDArray[np.int64]]:
    """The same in characters: each distinct token is spelt once."""
    tokens = sentences.columns[TOKEN]
    text = "".join(f"{token} " for token in tokens.values) + BREAK
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    distinct, spelt = np.unique(points, return_inverse=True)
    spelt = spelt.astype(_smallest(len(distinct)))
    lengths = np.fromiter(map(len, tokens.values), np.int64, len(tokens.values)) + 1  # a blank ends each
    first = np.cumsum(lengths) - lengths
    ends = np.concatenate(([0], np.cumsum(lengths[tokens.places])))  # (N + 1,)
    places = np.empty(ends[-1], dtype=spelt.dtype)
    for start in range(0, len(tokens.places), _CHUNK):
        some = tokens.places[start : start + _CHUNK]
        borders = ends[start : start + len(some) + 1]
        index = np.arange(borders[0], borders[-1]) + np.repeat(first[some] - borders[:-1], lengths[some])
        places[borders[0] : borders[-1]] = spelt[index]
    offsets = ends[sentences.offsets]
    places[offsets[1:] - 1] = spelt[-1]  # in place of the last blank
    return Column(places, tuple(map(chr, distinct.tolist()))), offsets


def _smallest(values: int) -> type[np.generic]:
    return next(kind for kind in (np.uint8, np.uint16, np.int32) if values <= np.iinfo(kind).max + 1)


@dataclass(frozen=True)
class StreamSource:
    """Batches of one epoch through a text: cut into B parallel rows, of which each step reads the next T symbols.

    A step's index says which columns of the rows it reads; the state of each row is to be carried from step to step.
    What is left over, less than a symbol a row, is left out at either end of the text as the epoch's draw has it.

    >>> from taggers.data.indexer import Indexer
    >>> from taggers.text import Sentence
    >>> lines = [Sentence(tuple("abcdefg"))]
    >>> source = StreamSource(Indexer.build(lines).index(lines), rows=2, steps=2)
    >>> first, second = source.batches(np.random.default_rng(1))
    >>> source.batch(first, np.random.default_rng(1)).targets[0].tolist()
    [[3, 4], [6, 7]]
    """

    indexed: Indexed
    rows: int  # B
    steps: int  # T
    unknown: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)  # chances as `Noise` has them
    unknown_characters: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    @property
    def columns(self) -> int:
        """The symbols of each row; the first of the text is told, not asked for."""
        return (len(self.indexed.places[TOKEN]) - 1) // self.rows

    def batches(self, rng: np.random.Generator) -> list[NDArray[np.int64]]:
        """The columns of each step of an epoch, in order, counted from where the first row begins."""
        left_over = len(self.indexed.places[TOKEN]) - 1 - self.rows * self.columns
        first = int(rng.integers(left_over + 1))
        columns = np.arange(first, first + self.columns)
        return [columns[start : start + self.steps] for start in range(0, self.columns, self.steps)]

    def batch(self, index: NDArray[np.int64], rng: np.random.Generator) -> Batch:
        """The symbols in some columns (B, T), and as targets those that come next."""
        starts = index[0] + self.columns * np.arange(self.rows)  # (B,)
        lengths = np.full(self.rows, len(index), dtype=np.int32)
        noise = Noise(self.unknown, self.unknown_characters, rng) if self.unknown else None
        batch = gather(replace(self.indexed, starts=starts, lengths=lengths), np.arange(self.rows), noise=noise)
        following = self.indexed.places[TOKEN][starts[:, None] + np.arange(1, len(index) + 1)]  # (B, T)
        return replace(batch, targets=(self.indexed.features[WORDS].numbers[following],))

    def units(self, index: NDArray[np.int64]) -> int:
        """How many symbols some columns ask for."""
        return self.rows * len(index)

    def answers(self, index: NDArray[np.int64]) -> int:
        """As many: each asks for the next."""
        return self.units(index)
