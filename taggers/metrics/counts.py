"""What each sentence adds to the counts that scores are made of: sums give scores, sums of sentences drawn anew say how
sure these are.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

Name = tuple[str, ...]  # of a count, or of a score: its place in JSON
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Weights = NDArray[np.float32]  # (S, units): how often each of S samples has each unit

FEWEST_DOCUMENTS = 20  # from which on they are drawn as wholes: of fewer an interval would be much too narrow
_HELD = 1 << 22  # numbers of a table that is made at a time


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Counts of N sentences under K names, kept as C cells: of a sentence, at the place of a name, a value.

    Sentences of one of the `groups` (N,) are drawn together; None where each is drawn by itself.
    """

    number: int  # N
    names: tuple[Name, ...]  # K
    sentences: Integers
    places: Integers
    values: Floats
    groups: Integers | None = None

    def beside(self, *others: Counts) -> Counts:
        """The same with what else was counted of the sentences, under other names.

        >>> counts = count_each(("right",), [1, 0]).beside(count_each(("tokens",), [3, 2]))
        >>> counts.names, counts.sums().tolist()
        ((('right',), ('tokens',)), [1.0, 5.0])
        """
        every = (self, *others)
        firsts = np.cumsum([0, *(len(counts.names) for counts in every)])
        return Counts(
            self.number,
            tuple(chain.from_iterable(counts.names for counts in every)),
            np.concatenate([counts.sentences for counts in every]),
            np.concatenate([counts.places + first for counts, first in zip(every, firsts, strict=False)]),
            np.concatenate([counts.values for counts in every]),
            self.groups,
        )

    def of(self, names: Iterable[Name]) -> Counts:
        """The counts of these names alone, in their order; those that nothing has are 0."""
        wanted = tuple(names)
        place_of = {name: place for place, name in enumerate(wanted)}
        new = np.array([place_of.get(name, -1) for name in self.names], dtype=np.int64)  # (K,)
        places = new[self.places]  # (C,)
        kept = places >= 0
        return replace(
            self, names=wanted, sentences=self.sentences[kept], places=places[kept], values=self.values[kept]
        )

    def by(self, documents: Sequence[Hashable] | None) -> Counts:
        """The same, sentences of a document drawn together, where there are FEWEST_DOCUMENTS or more.

        >>> count_each(("right",), [1, 0, 1]).by(["a", "a", "b"]).groups is None
        True
        """
        groups = None if documents is None else drawn_together(documents)
        return self if groups is None else replace(self, groups=groups)

    @property
    def units(self) -> int:
        """How many sentences, or groups of them, are drawn from."""
        return self.number if self.groups is None else int(self.groups.max()) + 1

    def sums(self) -> Floats:
        """The counts over all sentences (K,)."""
        return np.bincount(self.places, self.values, len(self.names)).astype(np.float64)

    def total(self, name: Name) -> int:
        """One count over all sentences; 0 where nothing has it.

        >>> count_each(("right",), [1, 0, 1]).total(("right",))
        2
        """
        return int(self.column(name).sum())

    def column(self, name: Name) -> Floats:
        """One count of each sentence (N,)."""
        if name not in self.names:
            return np.zeros(self.number)
        own = self.places == self.names.index(name)
        return np.bincount(self.sentences[own], self.values[own], self.number).astype(np.float64)

    def under(self, weights: Iterable[Weights]) -> Floats:
        """The counts (S, K) of samples, given in blocks, that have each unit as often as their weights (S, units) say.

        >>> counts = count_each(("right",), [1, 0, 1])
        >>> counts.under([np.array([[1, 1, 1]], np.float32), np.array([[2, 1, 0]], np.float32)]).tolist()
        [[2.0], [2.0]]
        """
        tables = list(self._tables())

        def sums(block: Weights) -> Floats:
            spread = block if self.groups is None else block[:, self.groups]  # (S, N)
            total = np.zeros((len(block), len(self.names)))
            for start, table in tables:  # sums of whole numbers below 2^24 are exact in single precision
                total += spread[:, start : start + len(table)] @ table
            return total

        return np.concatenate([np.zeros((0, len(self.names))), *map(sums, weights)])

    def _tables(self) -> Iterator[tuple[int, Weights]]:
        """The counts as tables (n, K) of some sentences each, with the number of the first."""
        order = np.argsort(self.sentences, kind="stable")
        sentences, places, values = self.sentences[order], self.places[order], self.values[order]
        step = max(1, _HELD // max(1, len(self.names)))
        for start in range(0, self.number, step):
            rows = min(step, self.number - start)
            first, last = np.searchsorted(sentences, (start, start + rows))
            cells = (sentences[first:last] - start) * len(self.names) + places[first:last]
            table = np.bincount(cells, values[first:last], rows * len(self.names))
            yield start, table.reshape(rows, len(self.names)).astype(np.float32)


def drawn_together(documents: Sequence[Hashable]) -> Integers | None:
    """Of each sentence the number of its document (N,); None where these are fewer than FEWEST_DOCUMENTS.

    >>> drawn_together(["a", "a", "b"]) is None, drawn_together(range(40, 60)).tolist()[:3]
    (True, [0, 1, 2])
    """
    codes = {document: code for code, document in enumerate(dict.fromkeys(documents))}
    if len(codes) < FEWEST_DOCUMENTS:
        return None
    return np.array([codes[document] for document in documents], dtype=np.int64)


def count_each(name: Name, values: Sequence[float] | NDArray[np.generic]) -> Counts:
    """One count: of each sentence its value.

    >>> count_each(("tokens",), [3, 2]).column(("tokens",)).tolist()
    [3.0, 2.0]
    """
    each = np.asarray(values, dtype=np.float64)  # (N,)
    there = np.flatnonzero(each)
    return Counts(len(each), (name,), there, np.zeros(len(there), dtype=np.int64), each[there])


def count_labels(name: Name, number: int, sentences: Integers, labels: Sequence[str]) -> Counts:
    """How often each sentence has what, in all and by label: of each case the sentence (C,) and the label.

    >>> counts = count_labels(("gold",), 2, np.array([0, 1, 1]), ["PER", "LOC", "PER"])
    >>> dict(zip(counts.names, counts.sums().tolist(), strict=True))
    {('gold',): 3.0, ('gold', 'LOC'): 1.0, ('gold', 'PER'): 2.0}
    """
    distinct = sorted(set(labels))
    place_of = {label: place for place, label in enumerate(distinct)}
    places = np.fromiter(map(place_of.__getitem__, labels), np.int64, len(labels))
    apart = Counts(number, tuple((*name, label) for label in distinct), sentences, places, np.ones(len(labels)))
    return count_each(name, np.bincount(sentences, minlength=number)).beside(apart)


def spread(lengths: Iterable[int]) -> Integers:
    """The number of its sentence for each of the cases that sentences have so many of.

    >>> spread([2, 0, 1]).tolist()
    [0, 0, 2]
    """
    each = np.fromiter(lengths, np.int64)
    return np.repeat(np.arange(len(each)), each)
