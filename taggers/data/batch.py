"""Batches: sentences of like length under a token budget, gathered from flat arrays with no loop over tokens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from taggers.data.features import Ints
from taggers.data.indexer import Indexed, IndexedFeature, Spelt
from taggers.data.sentences import TOKEN
from taggers.data.vocabulary import UNK


class Gold(Protocol):
    """What is to be learnt of all sentences, for one head."""

    def gather(
        self, index: NDArray[np.int64], places: NDArray[np.int64], mask: NDArray[np.bool_]
    ) -> NDArray[np.generic]:
        """That of the sentences at `index` (B,); their tokens (n,) stand at `places`, where `mask` (B, T) is True."""

    def answers(self, index: NDArray[np.int64], lengths: Ints) -> int:
        """How many answers the sentences at `index` ask for, by the `lengths` (S,) of all sentences."""


@dataclass(frozen=True)
class Targets:
    """Gold tags of a layer as ids, flat like the tokens; where some sentence is partly annotated, `sets` says what each
    may be. Sentences whose tags are all known have their one tag in both.
    """

    tags: Ints  # (N,)
    sets: NDArray[np.bool_] | None = None  # (N, K)

    def gather(
        self, index: NDArray[np.int64], places: NDArray[np.int64], mask: NDArray[np.bool_]
    ) -> NDArray[np.generic]:
        """Ids (B, T), or sets (B, T, K)."""
        del index
        return pad(self.tags[places], mask) if self.sets is None else _pad_rows(self.sets[places], mask)

    def answers(self, index: NDArray[np.int64], lengths: Ints) -> int:
        """A tag for each token."""
        return int(lengths[index].sum())


@dataclass(frozen=True)
class LabelTargets:
    """Gold labels of sentences as ids, or where each may have several as sets."""

    labels: NDArray[np.generic]  # (S,) ids, or (S, K) True for those of its set

    def gather(
        self, index: NDArray[np.int64], places: NDArray[np.int64], mask: NDArray[np.bool_]
    ) -> NDArray[np.generic]:
        """Ids (B,), or sets (B, K)."""
        del places, mask
        return self.labels[index]

    def answers(self, index: NDArray[np.int64], lengths: Ints) -> int:
        """A label, or a set of them, for each sentence."""
        del lengths
        return len(index)


@dataclass(frozen=True)
class SequenceTargets:
    """Gold sequences as ids, one after another; 0 is none."""

    ids: Ints  # (M,)
    offsets: NDArray[np.int64]  # (S + 1,)

    @classmethod
    def of(cls, sequences: Sequence[Sequence[int]]) -> SequenceTargets:
        """Some sequences (S) of ids.

        >>> targets = SequenceTargets.of([[4, 2], [], [3]])
        >>> targets.gather(np.array([2, 0]), np.zeros(0, int), np.zeros((2, 0), bool)).tolist()
        [[3, 0], [4, 2]]
        """
        offsets = np.concatenate(([0], np.cumsum([len(own) for own in sequences], dtype=np.int64)))
        return cls(np.fromiter(chain.from_iterable(sequences), dtype=np.int32, count=int(offsets[-1])), offsets)

    def gather(
        self, index: NDArray[np.int64], places: NDArray[np.int64], mask: NDArray[np.bool_]
    ) -> NDArray[np.generic]:
        """Ids (B, L), zeros after each sequence."""
        del places, mask
        starts, lengths = self.offsets[index], np.diff(self.offsets)[index]  # (B,) each
        steps = np.arange(lengths.max(initial=0))  # (L,)
        there = steps < lengths[:, None]  # (B, L)
        return pad(self.ids[(starts[:, None] + steps)[there]], there)

    def answers(self, index: NDArray[np.int64], lengths: Ints) -> int:
        """The symbols of each sequence, and its end."""
        del lengths
        return int(np.diff(self.offsets)[index].sum()) + len(index)


@dataclass(frozen=True)
class Batch:
    """B sentences, right-padded: T tokens of the longest, W distinct forms, C characters of the longest of those.

    `features` are by name; `forms` says for each token which of the W distinct forms it is; `vectors` are pretrained
    ones, by the name of their store; `targets` has one array for each head, as its `Gold` gathers them; `index` says
    which sentences these are.
    """

    features: Mapping[str, Ints]  # (B, T)
    forms: Ints  # (B, T)
    characters: Ints  # (W, C)
    character_lengths: Ints  # (W,)
    vectors: Mapping[str, NDArray[np.float16]]  # (W, E)
    lengths: Ints  # (B,)
    mask: NDArray[np.bool_]  # (B, T)
    index: NDArray[np.int64]  # (B,)
    targets: tuple[NDArray[np.generic], ...] = ()
    contextual: Mapping[str, NDArray[np.float16]] = field(default_factory=dict)  # (B, T, D)


@dataclass(frozen=True)
class Noise:
    """The chance of each distinct value (V,) of some features, and of each character id, to pass as unknown, so that
    what is unknown is trained.
    """

    features: Mapping[str, NDArray[np.float64]]
    characters: NDArray[np.float64]
    rng: np.random.Generator


def gather(
    indexed: Indexed, index: NDArray[np.int64], targets: Sequence[Gold] = (), noise: Noise | None = None
) -> Batch:
    """The sentences at `index` as one batch.

    >>> from taggers.data.indexer import Indexer
    >>> from taggers.text import Sentence
    >>> sentences = [Sentence(("a", "b")), Sentence(("b",))]
    >>> batch = gather(Indexer.build(sentences).index(sentences), np.array([0, 1]))
    >>> batch.features["words"].tolist(), batch.lengths.tolist()
    ([[3, 2], [2, 0]], [2, 1])
    """
    starts, lengths = indexed.starts[index], indexed.lengths[index]  # (B,), (B,)
    steps = np.arange(max(1, lengths.max(initial=0)))  # (T,)
    mask = steps < lengths[:, None]  # (B, T)
    places = (starts[:, None] + steps)[mask]  # (n,): the real tokens of the batch, in order
    columns = {name: column[places] for name, column in indexed.places.items()}  # (n,) each
    distinct, inverse = np.unique(columns[TOKEN], return_inverse=True)  # (W,), (n,)
    features = {
        name: pad(_numbers(name, feature, columns[feature.column], noise), mask)
        for name, feature in indexed.features.items()
    }
    characters, character_lengths = pad_characters(indexed.spelt, distinct, noise)
    return Batch(
        features=features,
        forms=pad(inverse, mask),
        characters=characters,
        character_lengths=character_lengths,
        vectors={name: vectors[distinct] for name, vectors in indexed.vectors.items()},
        lengths=lengths,
        mask=mask,
        index=index,
        targets=tuple(gold.gather(index, places, mask) for gold in targets),
        contextual={name: _pad_states(states[places], mask) for name, states in indexed.contextual.items()},
    )


def _numbers(name: str, feature: IndexedFeature, values: NDArray[np.integer], noise: Noise | None) -> Ints:
    """The numbers (n,) of tokens by the value (n,) that each has, some of them hidden by noise."""
    numbers: Ints = feature.numbers[values]
    if noise is None or name not in noise.features:
        return numbers
    hidden = noise.rng.random(len(numbers)) < noise.features[name][values]
    return np.where(hidden, UNK, numbers).astype(np.int32)


def pad_characters(
    spelt: Spelt, forms: NDArray[np.integer] | None = None, noise: Noise | None = None
) -> tuple[Ints, Ints]:
    """The characters (W, C) of some forms, or of all, and their numbers (W,)."""
    forms = np.arange(len(spelt.offsets) - 1) if forms is None else forms
    lengths = np.diff(spelt.offsets)[forms]  # (W,)
    positions = np.arange(max(1, lengths.max(initial=0)), dtype=np.int32)  # (C,)
    mask = positions < lengths[:, None]  # (W, C)
    flat = spelt.characters[(spelt.offsets[forms][:, None] + positions)[mask]]
    if noise is not None:
        flat = np.where(noise.rng.random(len(flat)) < noise.characters[flat], UNK, flat).astype(np.int32)
    return pad(flat, mask), lengths.astype(np.int32)


def pad(values: NDArray[np.integer], mask: NDArray[np.bool_]) -> Ints:
    """Flat values (n,) at the real places of a (B, T) array, zeros elsewhere."""
    padded = np.zeros(mask.shape, dtype=np.int32)
    padded[mask] = values
    return padded


def _pad_states(states: NDArray[np.float16], mask: NDArray[np.bool_]) -> NDArray[np.float16]:
    """Flat states (n, D) at the real places of a (B, T, D) array, zeros elsewhere."""
    padded = np.zeros((*mask.shape, states.shape[1]), dtype=np.float16)
    padded[mask] = states
    return padded


def _pad_rows(rows: NDArray[np.bool_], mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Flat rows (n, K) at the real places of a (B, T, K) array; padding allows everything."""
    padded = np.ones((*mask.shape, rows.shape[1]), dtype=np.bool_)
    padded[mask] = rows
    return padded


def by_length(lengths: Ints, budget: int, most: int = 1024) -> Iterator[NDArray[np.int64]]:
    """Indices of all sentences, shortest first, in batches of at most `budget` padded tokens (one sentence at least).

    >>> [b.tolist() for b in by_length(np.array([3, 1, 2, 9]), budget=6)]
    [[1, 2], [0], [3]]
    """
    return _cut(np.argsort(lengths, kind="stable"), lengths, budget, most)


def shuffled(lengths: Ints, budget: int, rng: np.random.Generator, most: int = 1024) -> list[NDArray[np.int64]]:
    """Batches as `by_length`, of sentences of like but not equal length, in random order: those of one epoch.

    Lengths are sorted with noise of a tenth and one token, so that neighbours vary from epoch to epoch.

    >>> sorted(i for b in shuffled(np.array([3, 1, 2]), 4, np.random.default_rng(1)) for i in b.tolist())
    [0, 1, 2]
    """
    noise = rng.random(len(lengths))
    order = np.argsort(lengths * (1.0 + 0.1 * noise) + noise, kind="stable")
    batches = list(_cut(order, lengths, budget, most))
    return [batches[i] for i in rng.permutation(len(batches))]


def _cut(order: NDArray[np.int64], lengths: Ints, budget: int, most: int) -> Iterator[NDArray[np.int64]]:
    start, longest = 0, 0
    for end, sentence in enumerate(order):
        longest = max(longest, int(lengths[sentence]))
        if end > start and (longest * (end + 1 - start) > budget or end - start == most):
            yield order[start:end]
            start, longest = end, int(lengths[sentence])
    if len(order):
        yield order[start:]
