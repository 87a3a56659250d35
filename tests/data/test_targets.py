"""Gold tags as flat arrays, with sets where something is left open."""

from __future__ import annotations

import numpy as np

from taggers.data.targets import index_targets
from taggers.tasks.labelling import Labelling
from taggers.text import Sentence
from taggers.text.schemes import IOB2, IOBES

TASK = Labelling("ner", ("PER",), IOBES, IOB2, partial=True)  # O, B, I, E, S


def sentence(*tags: str) -> Sentence:
    return Sentence(("x",) * len(tags), {"ner": tags})


def test_full_gold_needs_no_sets() -> None:
    targets = index_targets(TASK, [sentence("B-PER", "I-PER"), sentence(), sentence("O")])
    assert targets.tags.tolist() == [1, 3, 0]
    assert targets.tags.dtype == np.int32
    assert targets.sets is None


def test_a_sentence_that_is_partly_annotated_gives_sets_to_all() -> None:
    targets = index_targets(TASK, [sentence("O", "B-PER"), sentence("B-PER", "?"), sentence("O")])
    assert targets.sets is not None
    options = [np.flatnonzero(row).tolist() for row in targets.sets]
    assert options == [[0], [4], [1, 4], [0, 3, 4], [0]]


def test_no_sentence_gives_nothing() -> None:
    targets = index_targets(TASK, [])
    assert targets.tags.shape == (0,)
    assert targets.sets is None
