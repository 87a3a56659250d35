"""A batch on a device: the same numbers, in the types that the layers want."""

from __future__ import annotations

import numpy as np
import torch

from taggers.data.batch import Targets, gather
from taggers.data.indexer import Indexer
from taggers.nn.batch import to_device
from taggers.text import Sentence

SENTENCES = [Sentence(("the", "gull")), Sentence(("sea",))]
INDEXED = Indexer.build(SENTENCES).index(SENTENCES)
NAMES = ("words", "casings", "forms", "characters", "character_lengths", "lengths", "mask")


def test_the_arrays_of_a_batch_become_tensors_of_the_same_values() -> None:
    batch = gather(INDEXED, np.array([0, 1]))
    features = to_device(batch, torch.device("cpu"))
    for name in NAMES:
        tensor = getattr(features, name)
        assert tensor.tolist() == getattr(batch, name).tolist()
        assert tensor.dtype is (torch.bool if name == "mask" else torch.long)
    assert features.targets is None


def test_targets_are_sets_where_gold_is_given_as_sets() -> None:
    tags, sets = np.array([1, 0, 1], dtype=np.int32), np.array([[True, True], [True, False], [False, True]])
    known = to_device(gather(INDEXED, np.array([0, 1]), Targets(tags)), torch.device("cpu"))
    partly = to_device(gather(INDEXED, np.array([0, 1]), Targets(tags, sets)), torch.device("cpu"))
    assert known.targets is not None
    assert known.targets.tolist() == [[1, 0], [1, 0]]
    assert partly.targets is not None
    assert partly.targets.dtype is torch.bool
    assert partly.targets[partly.mask].tolist() == sets.tolist()
