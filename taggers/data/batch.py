"""Batches: sentences of like length under a token budget, gathered from flat arrays with no loop over tokens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from taggers.data.indexer import Indexed, Ints
from taggers.data.vocabulary import UNK


@dataclass(frozen=True)
class Targets:
    """Gold tags as ids, flat like the tokens; where some sentence is partly annotated, `sets` says what each may be.

    Sentences whose tags are all known have their one tag in both.
    """

    tags: Ints  # (N,)
    sets: NDArray[np.bool_] | None = None  # (N, K)


@dataclass(frozen=True)
class Batch:
    """B sentences, right-padded: T tokens of the longest, W distinct forms, C characters of the longest of those.

    `forms` says for each token which of the W distinct forms it is; `index` which sentences these are.
    """

    words: Ints  # (B, T)
    casings: Ints  # (B, T)
    forms: Ints  # (B, T)
    characters: Ints  # (W, C)
    character_lengths: Ints  # (W,)
    lengths: Ints  # (B,)
    mask: NDArray[np.bool_]  # (B, T)
    index: NDArray[np.int64]  # (B,)
    tags: Ints | None = None  # (B, T)
    sets: NDArray[np.bool_] | None = None  # (B, T, K)


@dataclass(frozen=True)
class Noise:
    """The chance of each form (V,) and each character id to pass as unknown, so that what is unknown is trained."""

    forms: NDArray[np.float64]
    characters: NDArray[np.float64]
    rng: np.random.Generator


def gather(
    indexed: Indexed, index: NDArray[np.int64], targets: Targets | None = None, noise: Noise | None = None
) -> Batch:
    """The sentences at `index` as one batch.

    >>> from taggers.data.indexer import Indexer
    >>> from taggers.text import Sentence
    >>> sentences = [Sentence(("a", "b")), Sentence(("b",))]
    >>> batch = gather(Indexer.build(sentences).index(sentences), np.array([0, 1]))
    >>> batch.words.tolist(), batch.lengths.tolist()
    ([[3, 2], [2, 0]], [2, 1])
    """
    starts, lengths = indexed.offsets[index], indexed.lengths[index]  # (B,), (B,)
    steps = np.arange(max(1, lengths.max(initial=0)), dtype=np.int32)  # (T,)
    mask = steps < lengths[:, None]  # (B, T)
    places = (starts[:, None] + steps)[mask]  # (n,): the real tokens of the batch, in order
    distinct, inverse = np.unique(indexed.tokens[places], return_inverse=True)  # (W,), (n,)
    table = indexed.forms
    words = table.words[distinct][inverse]  # (n,)
    if noise is not None:
        hidden = noise.rng.random(len(words)) < noise.forms[distinct][inverse]  # (n,)
        words = np.where(hidden, UNK, words).astype(np.int32)
    character_lengths = np.diff(table.character_offsets)[distinct]  # (W,)
    positions = np.arange(max(1, character_lengths.max(initial=0)), dtype=np.int32)  # (C,)
    character_mask = positions < character_lengths[:, None]  # (W, C)
    spelt = table.characters[(table.character_offsets[distinct][:, None] + positions)[character_mask]]
    if noise is not None:
        spelt = np.where(noise.rng.random(len(spelt)) < noise.characters[spelt], UNK, spelt).astype(np.int32)
    characters = np.zeros(character_mask.shape, dtype=np.int32)
    characters[character_mask] = spelt
    return Batch(
        words=_pad(words, mask),
        casings=_pad(table.casings[distinct][inverse], mask),
        forms=_pad(inverse.astype(np.int32), mask),
        characters=characters,
        character_lengths=character_lengths.astype(np.int32),
        lengths=lengths,
        mask=mask,
        index=index,
        tags=None if targets is None else _pad(targets.tags[places], mask),
        sets=None if targets is None or targets.sets is None else _pad_rows(targets.sets[places], mask),
    )


def _pad(values: Ints, mask: NDArray[np.bool_]) -> Ints:
    """Flat values (n,) at the real places of a (B, T) array, zeros elsewhere."""
    padded = np.zeros(mask.shape, dtype=np.int32)
    padded[mask] = values
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
