"""What every engine does, and the decoding that all share."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from taggers.chain import Chain, viterbi
from taggers.data.batch import Batch, by_length, gather
from taggers.data.indexer import Indexed, Ints


class Engine(Protocol):
    """A network ready to run."""

    @property
    def chain(self) -> Chain:
        """Scores of starts, transitions and ends of the K tags; -inf where forbidden."""

    def emissions(self, batch: Batch) -> NDArray[np.float32]:
        """The scores (B, T, K) of every tag at every token; padding holds anything."""


def decode(engine: Engine, indexed: Indexed, budget: int = 4096) -> list[Ints]:
    """The best legal tag ids of every sentence, in the order given, whatever batches they went through."""
    chain = engine.chain
    answers: list[Ints] = [np.empty(0, dtype=np.int32)] * len(indexed.lengths)
    for index in by_length(indexed.lengths, budget):
        batch = gather(indexed, index)
        if not batch.mask.any():
            continue
        rows = engine.emissions(batch)[batch.mask]  # (n, K): the real tokens, sentence after sentence
        offsets = np.concatenate(([0], np.cumsum(batch.lengths)))  # (B + 1,)
        tags, _ = viterbi(chain, rows, offsets)
        for sentence, start, end in zip(index, offsets, offsets[1:], strict=False):
            answers[sentence] = tags[start:end]
    return answers
