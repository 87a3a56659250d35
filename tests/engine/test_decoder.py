"""When decoding begins to use compiled kernels: after so much work that loading them pays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from taggers.chain import Chain
from taggers.data.indexer import Indexer
from taggers.engine.interface import Decoder, Reading
from taggers.text import Sentence

SENTENCE = Sentence(("a",) * 10)


class Constant:
    """An engine that finds all tags equally good."""

    budget, most, search = 50, 7, None

    def __init__(self, tags: int, layers: int) -> None:
        self.chains = (Chain(np.zeros(tags), np.zeros((tags, tags)), np.zeros(tags)),) * layers
        self.indexer = Indexer.build([SENTENCE])

    def read(self, sentences: Sequence[Sentence]) -> Reading:
        """Zeros for every token."""
        placed = self.indexer.place(sentences)
        shape = self.chains[0].num_tags
        return Reading(
            placed.starts,
            placed.lengths,
            lambda _, lengths: (np.zeros((lengths.sum(), shape), dtype=np.float32),) * len(self.chains),
        )


@pytest.mark.parametrize(("tags", "layers", "at"), [(2, 1, 7), (2, 2, 4), (30, 1, 1)])
def test_kernels_are_loaded_sooner_where_there_are_more_tags(
    tags: int, layers: int, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[None] = []
    monkeypatch.setattr("taggers.engine.interface.accelerate", lambda: calls.append(None))
    monkeypatch.setattr("taggers.engine.interface._WORTH_COMPILED_KERNELS", 10_000)
    decoder = Decoder(Constant(tags, layers))
    submitted = 0
    while not calls:
        answers = decoder.submit([SENTENCE])()
        assert [np.asarray(layer).tolist() for layer in answers] == [[0] * 10] * layers
        submitted += 1
    assert submitted == at
