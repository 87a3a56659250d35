"""Sentences in flat arrays: some bytes a token in place of some hundred, made into `Sentence`s when asked for."""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, chain, islice
from typing import Any, Generic, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from taggers.errors import FormatError
from taggers.text import Extra, Note, Sentence, Source

TOKEN = "token"

_Value = TypeVar("_Value", bound=Hashable)
_TOGETHER = 256  # sentences that are taken at once, which costs less than one by one
_CHUNK = 1 << 16  # places that are looked at together, which bounds the memory
_LIMITS = {"B": 1 << 8, "H": 1 << 16}  # how many ids the small types hold; the others go into "i"


@dataclass(frozen=True)
class Column(Generic[_Value]):
    """One value for each of N places, as an index into the distinct values."""

    places: NDArray[Any]  # (N,), the smallest of uint8, uint16 and int32 that holds them
    values: tuple[_Value, ...]

    def __getitem__(self, place: int) -> _Value:
        value: _Value = self.values[self.places[place]]
        return value

    @property
    def counts(self) -> NDArray[np.int64]:
        """How often each distinct value occurs (V,)."""
        counts = np.zeros(len(self.values), dtype=np.int64)
        for first in range(0, len(self.places), _CHUNK):  # numpy copies into a type of eight bytes
            counts += np.bincount(self.places[first : first + _CHUNK], minlength=len(self.values))
        return counts

    def take(self, index: NDArray[np.int64]) -> Column[_Value]:
        """The values at some places."""
        return Column(self.places[index], self.values)


class Numbering(dict[_Value, int]):
    """Every new key gets the next number.

    >>> numbering = Numbering()
    >>> [numbering[key] for key in "abab"], numbering.keys_in_order
    ([0, 1, 0, 1], ['a', 'b'])
    """

    def __init__(self) -> None:
        super().__init__()
        self.keys_in_order: list[_Value] = []

    def __missing__(self, key: _Value) -> int:
        number = self[key] = len(self)
        self.keys_in_order.append(key)
        return number


class _Growing(Generic[_Value]):
    """A column that grows."""

    def __init__(self) -> None:
        self._ids: Numbering[_Value] = Numbering()
        self._places = array("B")

    def extend(self, values: Iterable[_Value]) -> None:
        new = list(map(self._ids.__getitem__, values))
        while len(self._ids) > _LIMITS.get(self._places.typecode, len(self._ids)):
            self._places = array("H" if self._places.typecode == "B" else "i", self._places)
        self._places.fromlist(new)

    def column(self) -> Column[_Value]:
        return Column(as_numpy(self._places), tuple(self._ids.keys_in_order))


def as_numpy(values: array[int]) -> NDArray[Any]:
    """The array's own memory, seen by numpy."""
    return np.frombuffer(values, dtype=values.typecode) if values else np.empty(0, dtype=values.typecode)


@dataclass(frozen=True, eq=False)
class SentenceStore(Sequence[Sentence]):
    """Sentences that hold tokens, some layers, label, source and document boundary, and nothing else.

    Token t of sentence s is at place `offsets[s] + t` of each column; `columns` has one called TOKEN and one for each
    layer. Text, offsets and the lines about a sentence are not kept.

    >>> store = SentenceStore.of([Sentence(("Ada", "slept"), {"tag": ("B-PER", "O")})], ["tag"])
    >>> len(store), store[0].tokens, store[0].layers["tag"]
    (1, ('Ada', 'slept'), ('B-PER', 'O'))
    """

    columns: dict[str, Column[str]]
    offsets: NDArray[np.int64]  # (S + 1,)
    labels: Column[str | None]  # (S,)
    paths: Column[str]  # (S,)
    lines: NDArray[np.int32]  # (S,)
    starts: NDArray[np.bool_]  # (S,) True where a document boundary stands before
    on_one_line: NDArray[np.bool_]  # (S,) True where all tokens stand on the line of the source
    between: dict[int, tuple[Extra, ...]] = field(default_factory=dict)  # lines between tokens, which errors count
    notes: tuple[Note, ...] = ()  # of all the sentences

    @classmethod
    def of(cls, sentences: Iterable[Sentence], layers: Sequence[str] = ()) -> SentenceStore:
        """The sentences with these layers; FormatError where one of them lacks a layer."""
        names = tuple(dict.fromkeys(layers))
        tokens: _Growing[str] = _Growing()
        columns: list[_Growing[str]] = [_Growing() for _ in names]
        labels: _Growing[str | None] = _Growing()
        paths: _Growing[str] = _Growing()
        offsets, lines, starts, on_one_line = array("q", [0]), array("i"), array("b"), array("b")
        notes: list[Note] = []
        between: dict[int, tuple[Extra, ...]] = {}
        source = iter(sentences)
        while some := list(islice(source, _TOGETHER)):
            tokens.extend(chain.from_iterable(s.tokens for s in some))
            for name, column in zip(names, columns, strict=True):
                column.extend(chain.from_iterable(values_of(s, name) for s in some))
            for number, s in enumerate(some, start=len(lines)):
                if s.extras and (inner := tuple(e for e in s.extras if 0 < e.position < len(s))):
                    between[number] = inner
                notes += s.notes
            offsets.extend(islice(accumulate((len(s.tokens) for s in some), initial=offsets[-1]), 1, None))
            labels.extend(s.label for s in some)
            paths.extend(s.source.path for s in some)
            lines.extend(min(s.source.line, 2**31 - 1) for s in some)
            starts.extend(s.starts_document for s in some)
            on_one_line.extend(s.on_one_line for s in some)
        return cls(
            {TOKEN: tokens.column(), **{n: c.column() for n, c in zip(names, columns, strict=True)}},
            as_numpy(offsets),
            labels.column(),
            paths.column(),
            as_numpy(lines),
            as_numpy(starts).astype(np.bool_),
            as_numpy(on_one_line).astype(np.bool_),
            between,
            tuple(notes),
        )

    def __len__(self) -> int:
        return len(self.lines)

    @overload
    def __getitem__(self, index: int) -> Sentence: ...

    @overload
    def __getitem__(self, index: slice) -> SentenceStore: ...

    def __getitem__(self, index: int | slice) -> Sentence | SentenceStore:
        if isinstance(index, slice):
            return self.select(np.arange(len(self))[index])
        if not -len(self) <= index < len(self):
            raise IndexError(f"sentence {index} of {len(self)}")
        index %= len(self)
        start, end = self.offsets[index], self.offsets[index + 1]
        columns = {
            name: tuple([column.values[place] for place in column.places[start:end].tolist()])
            for name, column in self.columns.items()
        }
        return Sentence(
            columns.pop(TOKEN),
            columns,
            label=self.labels[index],
            source=Source(self.paths[index], int(self.lines[index])),
            extras=self.between.get(index, ()),
            starts_document=bool(self.starts[index]),
            on_one_line=bool(self.on_one_line[index]),
        )

    def __iter__(self) -> Iterator[Sentence]:
        return map(self.__getitem__, range(len(self)))

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each sentence (S,)."""
        return np.diff(self.offsets)

    def select(self, index: NDArray[np.int64]) -> SentenceStore:
        """The sentences at `index`, in that order.

        >>> store = SentenceStore.of(Sentence((word,)) for word in "abc")
        >>> [sentence.tokens for sentence in store.select(np.array([2, 0]))]
        [('c',), ('a',)]
        """
        lengths = self.lengths[index]
        offsets = np.concatenate(([0], np.cumsum(lengths)))
        places = np.arange(offsets[-1]) + np.repeat(self.offsets[index] - offsets[:-1], lengths)
        return SentenceStore(
            {name: column.take(places) for name, column in self.columns.items()},
            offsets,
            self.labels.take(index),
            self.paths.take(index),
            self.lines[index],
            self.starts[index],
            self.on_one_line[index],
            {new: self.between[old] for new, old in enumerate(index.tolist()) if old in self.between},
        )

    def with_layer(self, layer: str, changed: dict[int, Sentence]) -> SentenceStore:
        """The store with the tags of `layer` in some sentences, by their index, as these have them.

        >>> store = SentenceStore.of([Sentence(("Ada",), {"tag": ("I-PER",)})], ["tag"])
        >>> store.with_layer("tag", {0: Sentence(("Ada",), {"tag": ("B-PER",)})})[0].layers["tag"]
        ('B-PER',)
        """
        column = self.columns[layer]
        ids: Numbering[str] = Numbering()
        for value in column.values:
            ids[value]
        new = {index: [ids[tag] for tag in sentence.layers[layer]] for index, sentence in changed.items()}
        small = len(ids) <= np.iinfo(column.places.dtype).max + 1
        places = column.places.astype(column.places.dtype if small else np.int32)  # a copy either way
        for index, tags in new.items():
            places[self.offsets[index] : self.offsets[index + 1]] = tags
        return replace(self, columns=self.columns | {layer: Column(places, tuple(ids.keys_in_order))})


def values_of(sentence: Sentence, name: str) -> tuple[str, ...]:
    """The values of a layer, or the tokens for TOKEN; FormatError, which names those there are, where it is missing.

    >>> values_of(Sentence(("Oslo",), {"upos": ("PROPN",)}), "token")
    ('Oslo',)
    """
    if name == TOKEN:
        return sentence.tokens
    values = sentence.layers.get(name)
    if values is None:
        there = f"there are {', '.join(sentence.layers)}" if sentence.layers else "there are tokens only"
        raise FormatError(sentence.source.path, sentence.source.line, f"no column {name!r}; {there}")
    return values


def as_store(sentences: Iterable[Sentence], layers: Sequence[str] = ()) -> SentenceStore:
    """The sentences that hold tokens as a store with these layers: itself where they are one already.

    >>> len(as_store([Sentence(()), Sentence(("Ada",))]))
    1
    """
    if isinstance(sentences, SentenceStore) and {*layers, TOKEN} <= sentences.columns.keys():
        return sentences if sentences.lengths.all() else sentences.select(np.flatnonzero(sentences.lengths))
    return SentenceStore.of((s for s in sentences if s.tokens), layers)
