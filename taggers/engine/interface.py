"""What every engine does, and the decoding that all share."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from taggers.chain import Chain, viterbi
from taggers.data.batch import Batch, by_length, gather
from taggers.data.features import Ints
from taggers.data.indexer import Indexed


class Engine(Protocol):
    """A network ready to run."""

    @property
    def chains(self) -> tuple[Chain, ...]:
        """Of each layer the scores of starts, transitions and ends of its K tags; -inf where forbidden."""

    def emissions(self, batch: Batch) -> tuple[NDArray[np.float32], ...]:
        """Of each layer the scores (B, T, K) of every tag at every token; padding holds anything."""


def decode(engine: Engine, indexed: Indexed, budget: int = 4096) -> list[list[Ints]]:
    """Of each layer the best legal tag ids of every sentence, in the order given, whatever their batches."""
    chains = engine.chains
    nothing = np.empty(0, dtype=np.int32)
    answers: list[list[Ints]] = [[nothing] * len(indexed.lengths) for _ in chains]
    for index in by_length(indexed.lengths, budget):
        batch = gather(indexed, index)
        if not batch.mask.any():
            continue
        offsets = np.concatenate(([0], np.cumsum(batch.lengths)))  # (B + 1,)
        for chain, scores, answer in zip(chains, engine.emissions(batch), answers, strict=True):
            rows = scores[batch.mask]  # (n, K): the real tokens, sentence after sentence
            tags, _ = viterbi(chain, rows, offsets)
            for sentence, start, end in zip(index, offsets, offsets[1:], strict=False):
                answer[sentence] = tags[start:end]
    return answers
