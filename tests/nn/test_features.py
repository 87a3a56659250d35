"""A batch on a device: the same numbers, in the types that the layers want."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from taggers.data.batch import Targets, gather
from taggers.data.indexer import Indexer
from taggers.nn.batch import to_device
from taggers.text import Sentence

SENTENCES = [Sentence(("the", "gull")), Sentence(("sea",))]
INDEXED = Indexer.build(SENTENCES).index(SENTENCES)
NAMES = ("forms", "characters", "character_lengths", "lengths", "mask")


def test_the_arrays_of_a_batch_become_tensors_of_the_same_values() -> None:
    batch = gather(INDEXED, np.array([0, 1]))
    features = to_device(batch, torch.device("cpu"))
    for name in NAMES:
        tensor = getattr(features, name)
        assert tensor.tolist() == getattr(batch, name).tolist()
        assert tensor.dtype is (torch.bool if name == "mask" else torch.long)
    assert list(features.features) == ["words", "casing"]
    for name, numbers in batch.features.items():
        assert features.features[name].tolist() == numbers.tolist()
        assert features.features[name].dtype is torch.long
    assert (features.vectors, features.targets) == ({}, ())


def test_vectors_become_float32() -> None:
    vectors = np.array([[0.0, 0.25], [0.5, 0.75], [1.0, 1.25]], dtype=np.float16)  # of the three forms
    batch = gather(replace(INDEXED, vectors={"some": vectors}), np.array([1]))
    moved = to_device(batch, torch.device("cpu")).vectors["some"]
    assert moved.dtype is torch.float32
    assert moved.tolist() == [[1.0, 1.25]]  # of the form `sea` alone


def test_targets_are_sets_where_gold_is_given_as_sets() -> None:
    tags, sets = np.array([1, 0, 1], dtype=np.int32), np.array([[True, True], [True, False], [False, True]])
    features = to_device(gather(INDEXED, np.array([0, 1]), [Targets(tags), Targets(tags, sets)]), torch.device("cpu"))
    known, partly = features.targets
    assert known.tolist() == [[1, 0], [1, 0]]
    assert partly.dtype is torch.bool
    assert partly[features.mask].tolist() == sets.tolist()
