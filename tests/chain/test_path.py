"""The score of a given path, and what it counts."""

from __future__ import annotations

import numpy as np
import pytest

from taggers.chain import Chain, path, path_gradient

CHAIN = Chain([1.0, 2.0], [[4.0, 8.0], [16.0, 32.0]], [64.0, 128.0])


def test_scores_and_counts_by_hand() -> None:
    emissions = np.array([[0.25, 0.5], [0.125, 0.0625], [0.0, 7.0]])
    found = path(CHAIN, emissions, [0, 2, 2, 3], [1, 0, 1])
    assert found.values.tolist() == [2 + 0.5 + 16 + 0.125 + 64, 0.0, 2 + 7.0 + 128]
    gradient = path_gradient(found, [3.0, 5.0, -1.0])
    assert gradient.emissions.tolist() == [[0.0, 3.0], [3.0, 0.0], [0.0, -1.0]]
    assert gradient.start.tolist() == [0.0, 2.0]
    assert gradient.transitions.tolist() == [[0.0, 0.0], [3.0, 0.0]]
    assert gradient.end.tolist() == [3.0, -1.0]


def test_no_steps_count_nothing() -> None:
    found = path(CHAIN, np.empty((0, 2)), [0, 0], [])
    assert found.values.tolist() == [0.0]
    assert path_gradient(found, [1.0]).transitions.tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_a_forbidden_path_scores_minus_infinity() -> None:
    restricted = CHAIN.restricted(transitions_allowed=[[True, False], [True, True]])
    assert path(restricted, np.zeros((4, 2)), [0, 2, 4], [0, 1, 1, 0]).values.tolist() == [-np.inf, 82.0]


@pytest.mark.parametrize("tag", [-1, 2, -100])
def test_a_tag_that_is_none_does_not_wrap_around(tag: int) -> None:
    with pytest.raises(IndexError, match=f"row 1, step 1: tag {tag} is not one of 0 to 1"):
        path(CHAIN, np.zeros((4, 2)), [0, 2, 4], [0, 0, 0, tag])


def test_one_tag_per_step() -> None:
    with pytest.raises(ValueError, match=r"tags: expected shape \(2,\), got \(3,\)"):
        path(CHAIN, np.zeros((2, 2)), [0, 2], [0, 0, 0])
