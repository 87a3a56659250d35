"""The log likelihood of gold tags and of sets of them, and its gradient."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from taggers.chain import Chain, log_likelihood, log_likelihood_gradient, log_partition, log_partition_gradient

CHAIN = Chain([1.0, 2.0], [[4.0, 8.0], [16.0, 32.0]], [64.0, 128.0])
LENGTHS = [4, 0, 1, 5, 2, 3]
OFFSETS = np.concatenate([[0], np.cumsum(LENGTHS)])


def test_values_by_hand(implementation: str) -> None:
    emissions = np.array([[0.25, 0.5], [0.125, 0.0625], [0.0, 7.0]])
    found = log_likelihood(CHAIN, emissions, [0, 2, 2, 3], [1, 0, 1])
    scores = np.array([2 + 0.5 + 16 + 0.125 + 64, 0.0, 2 + 7.0 + 128])
    assert found == pytest.approx(scores - log_partition(CHAIN, emissions, [0, 2, 2, 3]), abs=1e-12)


@pytest.mark.parametrize("num_tags", [1, 3, 5])
@pytest.mark.parametrize("allowed", [1.0, 0.8])
@pytest.mark.parametrize("kind", ["tags", "sets"])
def test_gradient_equals_enumeration(
    num_tags: int, allowed: float, kind: str, implementation: str, enumerated: Callable[..., Any]
) -> None:
    rng = np.random.default_rng([num_tags, int(allowed * 10), kind == "sets"])
    chain = Chain(rng.normal(size=num_tags), rng.normal(size=(num_tags, num_tags)), rng.normal(size=num_tags))
    chain = chain.restricted(transitions_allowed=rng.random((num_tags, num_tags)) < allowed)
    emissions, weights = rng.normal(size=(OFFSETS[-1], num_tags)) * 2, rng.normal(size=len(LENGTHS))
    tags = rng.integers(num_tags, size=OFFSETS[-1])
    sets = np.eye(num_tags, dtype=np.bool_)[tags]
    if kind == "sets":
        sets |= rng.random(emissions.shape) < 0.4
    found = log_likelihood_gradient(chain, emissions, OFFSETS, tags if kind == "tags" else sets, weights)
    values = log_likelihood(chain, emissions, OFFSETS, tags if kind == "tags" else sets)
    start, end, pairs = np.zeros(num_tags), np.zeros(num_tags), np.zeros((num_tags, num_tags))
    for sentence, (begin, stop) in enumerate(itertools.pairwise(OFFSETS)):
        expected, value = np.zeros((stop - begin, num_tags)), 0.0
        if begin < stop:
            everything = enumerated(chain, emissions[begin:stop])
            inside = enumerated(chain, emissions[begin:stop], sets[begin:stop])
            value = -np.inf
            if inside.log_partition > -np.inf:
                value = inside.log_partition - everything.log_partition
                expected = weights[sentence] * (inside.marginals(num_tags) - everything.marginals(num_tags))
                pairs += weights[sentence] * (inside.pairs(num_tags) - everything.pairs(num_tags))
                start += expected[0]
                end += expected[-1]
        assert found.values[sentence] == pytest.approx(value, abs=1e-9)
        assert values[sentence] == pytest.approx(value, abs=1e-9)
        assert found.emissions[begin:stop] == pytest.approx(expected, abs=1e-9)
    assert found.start == pytest.approx(start, abs=1e-9)
    assert found.transitions == pytest.approx(pairs, abs=1e-9)
    assert found.end == pytest.approx(end, abs=1e-9)


def test_gradient_is_small_where_the_model_is_sure_though_emissions_are_float32(fast_implementation: str) -> None:
    # A probability of 1 - 1e-9 is 1 in float32: the difference has to be taken before.
    chain = Chain([0.0, 0.0], np.zeros((2, 2)), [0.0, 0.0])
    emissions = np.array([[20.7, 0.0]], dtype=np.float32)
    found = log_likelihood_gradient(chain, emissions, [0, 1], [0])
    assert found.emissions.dtype == np.float32
    probability = np.exp(-np.float64(emissions[0, 0]))
    assert found.emissions[0].tolist() == pytest.approx([probability, -probability], rel=1e-6)


def test_float32_emissions_are_worked_on_in_float64(fast_implementation: str) -> None:
    rng = np.random.default_rng(2)
    chain = Chain(rng.normal(size=4), rng.normal(size=(4, 4)), rng.normal(size=4))
    emissions, tags = rng.normal(size=(14, 4)).astype(np.float32), rng.integers(4, size=14)
    ours = log_likelihood_gradient(chain, emissions, [0, 5, 14], tags)
    exact = log_likelihood_gradient(chain, emissions.astype(np.float64), [0, 5, 14], tags)
    assert ours.values == pytest.approx(exact.values, abs=1e-12)
    assert ours.transitions == pytest.approx(exact.transitions, abs=1e-12)
    assert (ours.emissions == exact.emissions.astype(np.float32)).all()


def test_no_steps_count_nothing(implementation: str) -> None:
    found = log_likelihood_gradient(CHAIN, np.empty((0, 2)), [0, 0], [])
    assert found.values.tolist() == [0.0]
    assert found.transitions.tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_a_forbidden_path_has_minus_infinity_and_counts_nothing(implementation: str) -> None:
    restricted = CHAIN.restricted(transitions_allowed=[[True, False], [True, True]])
    found = log_likelihood_gradient(restricted, np.zeros((4, 2)), [0, 2, 4], [0, 1, 1, 0])
    alone = log_likelihood_gradient(restricted, np.zeros((2, 2)), [0, 2], [1, 0])
    assert found.values.tolist() == [-np.inf, alone.values[0]]
    assert found.emissions[:2].tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert found.transitions.tolist() == alone.transitions.tolist()


def test_where_no_path_is_legal_nothing_is_likely(implementation: str) -> None:
    shut = CHAIN.restricted(end_allowed=[False, False])
    assert log_likelihood(shut, np.zeros((1, 2)), [0, 1], [0]).tolist() == [-np.inf]
    assert log_likelihood(shut, np.zeros((1, 2)), [0, 1], [[True, True]]).tolist() == [-np.inf]
    assert log_likelihood_gradient(shut, np.zeros((1, 2)), [0, 1], [0]).emissions.tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize("tag", [-1, 2, -100])
def test_a_tag_that_is_none_does_not_wrap_around(tag: int) -> None:
    with pytest.raises(IndexError, match=f"row 1, step 1: tag {tag} is not one of 0 to 1"):
        log_likelihood(CHAIN, np.zeros((4, 2)), [0, 2, 4], [0, 0, 0, tag])


def test_one_tag_per_step_and_one_weight_per_sentence() -> None:
    with pytest.raises(ValueError, match=r"tags: expected shape \(2,\), got \(3,\)"):
        log_likelihood(CHAIN, np.zeros((2, 2)), [0, 2], [0, 0, 0])
    with pytest.raises(ValueError, match=r"weights: expected shape \(1,\), got \(2,\)"):
        log_partition_gradient(CHAIN, np.zeros((2, 2)), [0, 2], None, [1.0, 1.0])
