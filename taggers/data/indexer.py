"""Sentences to numbers. Each distinct value of a column is looked at once, whatever its tokens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from taggers.data.features import Casings, Feature, Ints, Values, cut
from taggers.data.sentences import TOKEN, Column, SentenceStore, as_store
from taggers.data.vocabulary import Vocabulary
from taggers.data.windows import Windows
from taggers.text import Sentence

WORDS, CASING = "words", "casing"  # the features that every model has, or has unless told otherwise


def feature_key(name: str) -> str:
    """What a feature of the settings is called inside, apart from those that every model has."""
    return f"feature {name}"


@dataclass(frozen=True)
class IndexedFeature:
    """A feature of some sentences: the numbers of the V distinct values of a column, and how often each occurs."""

    column: str
    numbers: Ints  # (V,)
    counts: NDArray[np.int64]  # (V,)


@dataclass(frozen=True)
class Spelt:
    """The characters of V forms, flat: those of form v are `characters[offsets[v]:offsets[v + 1]]`."""

    characters: Ints  # (sum of lengths,)
    offsets: Ints  # (V + 1,)


@dataclass(frozen=True)
class Placed:
    """Sentences laid out flat: token t of sentence s stands at `starts[s] + t` of each column."""

    starts: NDArray[np.int64]  # (S,)
    lengths: Ints  # (S,)
    columns: Mapping[str, Column[str]]  # of N tokens each


@dataclass(frozen=True)
class Described:
    """What is read of V forms themselves, whatever stands beside them."""

    numbers: Mapping[str, Ints]  # (V,), of the features that look at the form
    spelt: Spelt
    vectors: Mapping[str, NDArray[np.float16]]  # (V, E)


@dataclass(frozen=True)
class Indexed:
    """Sentences as flat arrays: token t of sentence s stands at `starts[s] + t`.

    `places` says for each column which of its V distinct values a token has; features, characters and vectors are given
    for those. `vectors` are pretrained ones, by the name of their store.
    """

    starts: NDArray[np.int64]  # (S,)
    lengths: Ints  # (S,)
    places: Mapping[str, NDArray[Any]]  # (N,)
    features: Mapping[str, IndexedFeature]
    spelt: Spelt
    vectors: Mapping[str, NDArray[np.float16]]  # (V, E) of the tokens' forms
    windows: Windows | None  # in which long sentences are read
    contextual: Mapping[str, NDArray[np.float16]] = field(default_factory=dict)  # (N, D), what follows from sentences


@dataclass(frozen=True)
class Spelling:
    """The characters that a model knows, and how many it reads of a word: the `first` and the `last`.

    That is part of the model's definition, so that a monstrous token costs nothing.

    >>> Spelling.build({"sea": 1}, first=1, last=1).index(["sea", "as"]).characters.tolist()
    [3, 2, 2, 3]
    """

    vocabulary: Vocabulary
    first: int = 24
    last: int = 8

    def __post_init__(self) -> None:
        if min(self.first, self.last) < 1:
            raise ValueError(f"first {self.first} and last {self.last}: expected at least one character of each")

    @classmethod
    def build(cls, counts: Mapping[str, int], first: int = 24, last: int = 8) -> Spelling:
        """All characters that are read of some forms."""
        characters: dict[str, int] = {}
        for form, count in counts.items():
            for character in cut(form, first, last):
                characters[character] = characters.get(character, 0) + count
        return cls(Vocabulary(sorted(characters, key=lambda c: (-characters[c], c))), first, last)

    def index(self, forms: Sequence[str]) -> Spelt:
        """The characters of some forms."""
        read = [cut(form, self.first, self.last) for form in forms]
        offsets = np.zeros(len(read) + 1, dtype=np.int32)
        np.cumsum([len(f) for f in read], out=offsets[1:])
        return Spelt(np.array(self.vocabulary.index_all("".join(read)), dtype=np.int32), offsets)


class Vectors(Protocol):
    """Pretrained vectors by form; see `taggers.data.vectors`."""

    @property
    def dimensions(self) -> int:
        """E."""

    def look_up(self, forms: Sequence[str]) -> NDArray[np.float16]:
        """The vectors of some forms (V, E), zeros where there is none."""


@dataclass(frozen=True)
class Indexer:
    """All that a model reads: features in the order of its embeddings, characters, stores of pretrained vectors.

    >>> from taggers.text import Sentence
    >>> indexer = Indexer.build([Sentence(("Sea", "sea"))], lowercase=True)
    >>> indexed = indexer.index([Sentence(("sea", "Gull"))])
    >>> indexed.features["words"].numbers.tolist(), indexed.places["token"].tolist()
    ([2, 1], [0, 1])
    """

    features: Mapping[str, Feature]
    spelling: Spelling
    vectors: Mapping[str, Vectors] = field(default_factory=dict)
    windows: Windows | None = None
    contextual: Mapping[str, int] = field(default_factory=dict)  # how many numbers a token has by its sentence: D

    @classmethod
    def build(
        cls,
        sentences: Iterable[Sentence],
        minimum: int = 1,
        lowercase: bool = False,
        first: int = 24,
        last: int = 8,
    ) -> Indexer:
        """Words seen `minimum` times or more, casing, and all characters that are read of the training sentences."""
        counts = count_column(as_store(sentences).columns[TOKEN])
        words = Values.build(TOKEN, counts, minimum, lowercase)
        return cls({WORDS: words, CASING: Casings()}, Spelling.build(counts, first, last))

    @property
    def words(self) -> Values:
        """The vocabulary of words."""
        words = self.features[WORDS]
        assert isinstance(words, Values)
        return words

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are read, that of the tokens first."""
        return tuple(dict.fromkeys([TOKEN, *(feature.column for feature in self.features.values())]))

    @property
    def beside(self) -> dict[str, Feature]:
        """The features that look at another column than the forms."""
        return {name: feature for name, feature in self.features.items() if feature.column != TOKEN}

    @property
    def learning(self) -> tuple[str, ...]:
        """The features whose unknown value training has to learn."""
        return tuple(name for name, feature in self.features.items() if feature.learns_unknown)

    def knows(self, form: str) -> bool:
        """True for a word of the vocabulary."""
        return self.words.knows(form)

    def index(self, sentences: Sequence[Sentence]) -> Indexed:
        """The sentences as numbers; FormatError where one of them lacks a column that the model reads."""
        placed = self.place(sentences)
        columns = placed.columns
        counts = {name: column.counts for name, column in columns.items()}
        described = self.describe(columns[TOKEN].values)
        numbers = {**described.numbers, **{n: f.index(columns[f.column].values) for n, f in self.beside.items()}}
        return Indexed(
            placed.starts,
            placed.lengths,
            {name: column.places for name, column in columns.items()},
            {name: IndexedFeature(f.column, numbers[name], counts[f.column]) for name, f in self.features.items()},
            described.spelt,
            described.vectors,
            self.windows,
        )

    def place(self, sentences: Sequence[Sentence]) -> Placed:
        """The columns that are read of some sentences; FormatError where one of them lacks one."""
        store = sentences if isinstance(sentences, SentenceStore) else SentenceStore.of(sentences, self.columns[1:])
        columns = {name: _used(store.columns[name]) for name in self.columns}
        return Placed(store.offsets[:-1], store.lengths.astype(np.int32), columns)

    def describe(self, forms: Sequence[str]) -> Described:
        """What is read of forms themselves."""
        return Described(
            {name: f.index(forms) for name, f in self.features.items() if f.column == TOKEN},
            self.spelling.index(forms),
            {name: vectors.look_up(forms) for name, vectors in self.vectors.items()},
        )


def count_column(column: Column[str]) -> dict[str, int]:
    """How often each value of a column occurs."""
    return {v: n for v, n in zip(column.values, column.counts.tolist(), strict=True) if n}


def _used(column: Column[str]) -> Column[str]:
    """The column with those of its values that occur; a part of a corpus holds few of the whole's."""
    there = column.counts > 0
    if there.all():
        return column
    numbers = np.cumsum(there, dtype=np.int32) - 1  # of the values that stay
    values = tuple(value for value, kept in zip(column.values, there.tolist(), strict=True) if kept)
    return Column(numbers[column.places], values)
