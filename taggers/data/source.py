"""What training reads: batches of examples, epoch by epoch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from taggers.data.batch import Batch, Gold, Noise, gather, shuffled
from taggers.data.indexer import WORDS, Indexed


class Source(Protocol):
    """Where the batches of a training come from."""

    def batches(self, rng: np.random.Generator) -> Sequence[NDArray[np.int64]]:
        """One epoch: which examples each batch holds, in order."""

    def batch(self, index: NDArray[np.int64], rng: np.random.Generator) -> Batch:
        """The examples at `index`; `rng` is drawn from for what is hidden of them."""

    def units(self, index: NDArray[np.int64]) -> int:
        """How many tokens these examples hold."""

    def answers(self, index: NDArray[np.int64]) -> int:
        """How many answers they ask for: what the loss is a sum over."""


@dataclass(frozen=True)
class Shuffled:
    """Sentences of like length together under a budget of padded tokens, others in every epoch.

    Values of some features, and characters, pass as unknown by the chances given, so that the unknown is learnt.
    """

    indexed: Indexed
    targets: Sequence[Gold]
    budget: int
    unknown_values: dict[str, NDArray[np.float64]]
    unknown_characters: NDArray[np.float64]

    def batches(self, rng: np.random.Generator) -> Sequence[NDArray[np.int64]]:
        """The batches of an epoch."""
        return shuffled(self.indexed.lengths, self.budget, rng)

    def batch(self, index: NDArray[np.int64], rng: np.random.Generator) -> Batch:
        """The sentences at `index`."""
        return gather(self.indexed, index, self.targets, Noise(self.unknown_values, self.unknown_characters, rng))

    def units(self, index: NDArray[np.int64]) -> int:
        """Their tokens."""
        return int(self.indexed.lengths[index].sum())

    def answers(self, index: NDArray[np.int64]) -> int:
        """Those of the first head: all others are learnt beside it."""
        return self.targets[0].answers(index, self.indexed.lengths)


def unknown_chances(
    indexed: Indexed, learning: Iterable[str], word_dropout: float, share: float
) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.float64]]:
    """The chance to pass as unknown in a training step: of each value (V,) of the features that are `learning` their
    unknown, and of each character id.

    That of a value seen n times is `share / (share + n)` (Kiperwasser and Goldberg 2016); of words `word_dropout` more
    pass so, however often they are seen.
    """

    def rare(seen: NDArray[np.floating | np.integer]) -> NDArray[np.float64]:
        chances: NDArray[np.float64] = np.divide(share, share + seen, out=np.zeros(len(seen)), where=seen > 0)
        return chances

    chances: dict[str, NDArray[np.float64]] = {}
    for name in learning:
        feature = indexed.features[name]
        seen = np.bincount(feature.numbers, weights=feature.counts)[feature.numbers]  # (V,) all its spellings together
        dropped = word_dropout if name == WORDS else 0.0
        chances[name] = dropped + (1.0 - dropped) * rare(seen)
    spelt, forms = indexed.spelt, indexed.features[WORDS].counts
    read = np.repeat(forms, np.diff(spelt.offsets))  # how often each character of the forms is read
    return chances, rare(np.bincount(spelt.characters, weights=read))  # by id
