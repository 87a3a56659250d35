"""What a dynamic program runs over, once checked: the emissions of some sentences, one after another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taggers.chain.arrays import Emissions, Floats, Integers
from taggers.chain.chain import Chain, NotFiniteError


@dataclass(frozen=True, eq=False)
class Lattice:
    """Emissions (N, K), minus infinity outside the sets, and where each sentence begins, (B + 1,)."""

    emissions: Emissions
    offsets: Integers

    @property
    def num_sentences(self) -> int:
        """B, empty sentences included."""
        return len(self.offsets) - 1

    def steps(self, sentences: Integers) -> Integers:
        """The rows of some sentences, one after another."""
        lengths = np.diff(self.offsets)[sentences]
        begins = np.repeat(self.offsets[sentences] - _ends(lengths)[:-1], lengths)
        return begins + np.arange(lengths.sum())

    def only(self, sentences: Integers) -> Lattice:
        """Some of the sentences."""
        return Lattice(self.emissions[self.steps(sentences)], _ends(np.diff(self.offsets)[sentences]))


def _ends(lengths: Integers) -> Integers:
    return np.concatenate([[0], np.cumsum(lengths)])  # (B + 1,)


def checked(
    chain: Chain,
    emissions: npt.ArrayLike,  # (N, K)
    offsets: npt.ArrayLike,  # (B + 1,)
    sets: npt.ArrayLike | None,  # (N, K)
) -> Lattice:
    """The arguments as arrays that fit each other and the chain, float32 staying what it is; else ValueError."""
    given = np.asarray(emissions)
    scores: Emissions = np.ascontiguousarray(given, np.float32 if given.dtype == np.float32 else np.float64)
    bounds = np.ascontiguousarray(offsets, dtype=np.int64)
    if scores.ndim != 2 or scores.shape[1] != chain.num_tags:
        raise ValueError(f"emissions: expected shape (N, {chain.num_tags}), got {scores.shape}")
    if bounds.ndim != 1 or len(bounds) == 0 or bounds[0] != 0 or bounds[-1] != len(scores):
        raise ValueError(f"offsets: expected (B + 1,) from 0 to the {len(scores)} rows of emissions, got {bounds}")
    if (bounds[1:] < bounds[:-1]).any():
        raise ValueError(f"offsets must not decrease, got {bounds}")
    # One maximum finds NaN and plus infinity alike: NaN is not below infinity either.
    if scores.size and not scores.max() < np.inf:
        step = int(np.flatnonzero(~(scores < np.inf).all(axis=1))[0])
        sentence = int(np.searchsorted(bounds, step, side="right")) - 1
        raise NotFiniteError(
            f"emissions hold NaN or plus infinity: sentence {sentence}, step {step - bounds[sentence]}; "
            "is the model's training diverging?"
        )
    if sets is not None:
        allowed = np.asarray(sets, dtype=np.bool_)
        if allowed.shape != scores.shape:
            raise ValueError(f"sets: expected shape {scores.shape}, got {allowed.shape}")
        scores = np.where(allowed, scores, np.array(-np.inf, scores.dtype))
    return Lattice(scores, bounds)


def checked_weights(
    lattice: Lattice,
    weights: npt.ArrayLike | None,  # (B,)
) -> Floats:
    """A weight for each sentence, 1 where none are given; else ValueError."""
    if weights is None:
        return np.ones(lattice.num_sentences)
    factors = np.ascontiguousarray(weights, dtype=np.float64)
    if factors.shape != (lattice.num_sentences,):
        raise ValueError(f"weights: expected shape {(lattice.num_sentences,)}, got {factors.shape}")
    return factors


def checked_tags(
    lattice: Lattice,
    tags: npt.ArrayLike,  # (N,)
) -> Integers:
    """The tags of one path per sentence as integers that the lattice has; else ValueError or IndexError."""
    steps = np.ascontiguousarray(tags, dtype=np.int64)
    length, num_tags = lattice.emissions.shape
    if steps.shape != (length,):
        raise ValueError(f"tags: expected shape {(length,)}, got {steps.shape}")
    if length and not 0 <= steps.min() <= steps.max() < num_tags:
        step = np.flatnonzero((steps < 0) | (steps >= num_tags))[0]
        sentence = np.searchsorted(lattice.offsets, step, side="right") - 1
        place = f"row {sentence}, step {step - lattice.offsets[sentence]}"
        raise IndexError(f"{place}: tag {steps[step]} is not one of 0 to {num_tags - 1}")
    return steps
