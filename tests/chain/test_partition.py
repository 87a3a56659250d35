"""Log partition, gradient and marginals against the sum over every path."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taggers.chain import Chain, backend, log_kernels, log_partition, log_partition_gradient, marginals, vectorised
from taggers.chain.arrays import Floats
from taggers.chain.loops import Loops

Enumerated = Callable[..., Any]

LENGTHS = [4, 0, 1, 5, 2, 3]
OFFSETS = np.concatenate([[0], np.cumsum(LENGTHS)])


def random_chain(rng: np.random.Generator, num_tags: int, allowed: float = 1.0) -> Chain:
    chain = Chain(rng.normal(size=num_tags), rng.normal(size=(num_tags, num_tags)), rng.normal(size=num_tags))
    return chain.restricted(
        rng.random(num_tags) < allowed, rng.random((num_tags, num_tags)) < allowed, rng.random(num_tags) < allowed
    )


@pytest.mark.parametrize("num_tags", [1, 2, 3, 5])
@pytest.mark.parametrize("allowed", [1.0, 0.6])
@pytest.mark.parametrize("with_sets", [False, True])
def test_values_and_gradient_equal_enumeration(
    num_tags: int, allowed: float, with_sets: bool, implementation: str, enumerated: Enumerated
) -> None:
    rng = np.random.default_rng([num_tags, int(allowed * 10), with_sets])
    chain = random_chain(rng, num_tags, allowed)
    emissions = rng.normal(size=(OFFSETS[-1], num_tags)) * 2
    sets = rng.random(emissions.shape) < 0.7 if with_sets else None
    weights = rng.normal(size=len(LENGTHS))
    gradient = log_partition_gradient(chain, emissions, OFFSETS, sets, weights)
    start, end, pairs = np.zeros(num_tags), np.zeros(num_tags), np.zeros((num_tags, num_tags))
    for sentence, (begin, stop) in enumerate(itertools.pairwise(OFFSETS)):
        if begin == stop:
            continue
        paths = enumerated(chain, emissions[begin:stop], None if sets is None else sets[begin:stop])
        assert gradient.values[sentence] == pytest.approx(paths.log_partition, abs=1e-9)
        expected = np.zeros((stop - begin, num_tags))
        if paths.log_partition > -np.inf:
            expected = weights[sentence] * paths.marginals(num_tags)
            start += expected[0]
            end += expected[-1]
            pairs += weights[sentence] * paths.pairs(num_tags)
        assert gradient.emissions[begin:stop] == pytest.approx(expected, abs=1e-9)
    assert gradient.start == pytest.approx(start, abs=1e-9)
    assert gradient.transitions == pytest.approx(pairs, abs=1e-9)
    assert gradient.end == pytest.approx(end, abs=1e-9)


@given(lengths=st.lists(st.integers(0, 12), max_size=8), num_tags=st.integers(1, 6), seed=st.integers(0, 2**32 - 1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_kernels_and_numpy_agree_whatever_the_lengths(
    lengths: list[int], num_tags: int, seed: int, plain: Loops, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(seed)
    chain = random_chain(rng, num_tags, allowed=0.8)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    emissions = rng.normal(size=(offsets[-1], num_tags)) * 5
    results = []
    for module in (vectorised, plain):
        monkeypatch.setattr(backend, "_active", module)
        results.append(log_partition_gradient(chain, emissions, offsets))
    ours, theirs = results
    assert ours.values == pytest.approx(theirs.values, rel=1e-12, abs=1e-12)
    assert ours.emissions == pytest.approx(theirs.emissions, abs=1e-12)
    assert ours.transitions == pytest.approx(theirs.transitions, abs=1e-11)
    possible = log_partition(chain, emissions, offsets) > -np.inf
    totals = ours.emissions.sum(axis=1)
    assert totals == pytest.approx(np.repeat(possible, lengths).astype(float), abs=1e-12)


def test_a_result_does_not_depend_on_neighbours_or_batch_size(fast_implementation: str) -> None:
    rng = np.random.default_rng(7)
    chain = random_chain(rng, 9, allowed=0.8)
    lengths = [13, 1, 40, 7, 7, 0, 22]
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    emissions = rng.normal(size=(offsets[-1], 9)) * 3
    together = log_partition_gradient(chain, emissions, offsets)
    for sentence, (begin, stop) in enumerate(itertools.pairwise(offsets)):
        alone = log_partition_gradient(chain, emissions[begin:stop], [0, stop - begin])
        assert alone.values[0] == together.values[sentence]
        assert (alone.emissions == together.emissions[begin:stop]).all()


def test_2000_steps_stay_exact(fast_implementation: str) -> None:
    rng = np.random.default_rng(3)
    chain = random_chain(rng, 5)
    emissions = rng.normal(size=(2000, 5))
    gradient = log_partition_gradient(chain, emissions, [0, 2000])
    # The oracle: one product of matrices per step, each scaled by its largest entry.
    total, row = 0.0, np.exp(chain.start + emissions[0])
    for step in range(1, 2000):
        row = row @ np.exp(chain.transitions + emissions[step])
        total += np.log(row.max())
        row /= row.max()
    assert gradient.values[0] == pytest.approx(total + np.log(row @ np.exp(chain.end)), rel=1e-12)
    assert gradient.emissions.sum(axis=1) == pytest.approx(np.ones(2000), abs=1e-12)
    assert gradient.transitions.sum() == pytest.approx(1999.0, abs=1e-8)


@pytest.mark.parametrize("extreme", [1e4, -1e4, 1e30, -1e30])
def test_extreme_scores_do_not_blur_what_lies_beside_them(extreme: float, implementation: str) -> None:
    rng = np.random.default_rng(1)
    chain = random_chain(rng, 3)
    emissions = rng.normal(size=(4, 3))
    shifted = emissions.copy()
    shifted[1] = [extreme, extreme, extreme]  # the same for every tag: no probability changes
    emissions[1] = 0.0
    plain, moved = marginals(chain, emissions, [0, 4]), marginals(chain, shifted, [0, 4])
    assert moved == pytest.approx(plain, abs=1e-12)
    assert log_partition(chain, shifted, [0, 4])[0] == pytest.approx(
        log_partition(chain, emissions, [0, 4])[0] + extreme, rel=1e-12
    )
    shifted[1] = [extreme, 0.0, 0.0]  # one tag certain, or impossible
    certain = np.array([[False, True, True]]) if extreme < 0 else np.array([[True, False, False]])
    sets = np.ones((4, 3), dtype=np.bool_)
    sets[1] = certain
    assert marginals(chain, shifted, [0, 4]) == pytest.approx(marginals(chain, emissions, [0, 4], sets), abs=1e-12)


def test_an_extreme_emission_of_a_tag_no_path_reaches_changes_nothing(implementation: str) -> None:
    chain = Chain([0.0, 0.0, -np.inf], np.zeros((3, 3)), [0.0, 1.0, 0.0])
    plain = np.array([[0.1, 0.2, 0.3], [0.3, 0.1, 0.4]])
    extreme = plain.copy()
    extreme[0, 2] = 1e30
    assert log_partition(chain, extreme, [0, 2]) == pytest.approx(log_partition(chain, plain, [0, 2]), rel=1e-14)


def test_a_sentence_without_a_legal_path_has_minus_infinity_and_no_nan(implementation: str) -> None:
    # Tag 0 must start and no transition leaves it: one step is legal, two are not.
    chain = Chain([0.0, -np.inf], [[-np.inf, -np.inf], [0.0, 0.0]], [0.0, 0.0])
    gradient = log_partition_gradient(chain, np.zeros((3, 2)), [0, 1, 3])
    assert gradient.values.tolist() == [0.0, -np.inf]
    assert gradient.emissions.tolist() == [[1.0, 0.0], [0.0, 0.0], [0.0, 0.0]]
    assert gradient.transitions.tolist() == [[0.0, 0.0], [0.0, 0.0]]
    # Minus infinity in the emissions, or an end that none may reach, is the same.
    free = Chain([0.0, 0.0], np.zeros((2, 2)), [0.0, 0.0])
    assert log_partition(free, [[0.0, 0.0], [-np.inf, -np.inf], [0.0, 0.0]], [0, 3]).tolist() == [-np.inf]
    assert log_partition(free.restricted(end_allowed=[False, False]), [[0.0, 0.0]], [0, 1]).tolist() == [-np.inf]


def test_forbidden_tags_have_exactly_no_probability(implementation: str) -> None:
    rng = np.random.default_rng(5)
    chain = random_chain(rng, 4).restricted(start_allowed=[True, False, True, False], end_allowed=[False, 1, 1, 1])
    result = marginals(chain, rng.normal(size=(3, 4)) * 50, [0, 3])
    assert (result[0, [1, 3]] == 0.0).all()
    assert result[2, 0] == 0.0
    assert result.sum(axis=1) == pytest.approx(np.ones(3))


@pytest.mark.parametrize("offsets", [[0], [0, 0], [0, 0, 0]])
def test_no_steps_at_all_are_no_trouble(offsets: list[int], implementation: str) -> None:
    chain = Chain([0.0, 0.0], np.zeros((2, 2)), [0.0, 0.0])
    gradient = log_partition_gradient(chain, np.empty((0, 2)), offsets)
    assert gradient.values.tolist() == [0.0] * (len(offsets) - 1)
    assert gradient.emissions.shape == (0, 2)
    assert gradient.start.tolist() == [0.0, 0.0]


def test_a_set_probability_is_a_difference_of_log_partitions(implementation: str) -> None:
    rng = np.random.default_rng(11)
    chain, emissions = random_chain(rng, 3), rng.normal(size=(4, 3))
    sets = np.ones((4, 3), dtype=np.bool_)
    sets[2] = [False, True, False]
    difference = log_partition(chain, emissions, [0, 4], sets) - log_partition(chain, emissions, [0, 4])
    assert np.exp(difference[0]) == pytest.approx(marginals(chain, emissions, [0, 4])[2, 1], abs=1e-12)


@pytest.mark.parametrize("compile_first", [False, True])
def test_exponentials_equal_those_of_numpy(compile_first: bool) -> None:
    numbers = np.concatenate([[0.0, -1e-300, -1e-9, -706.9, -708.0, -1e30, -np.inf], -np.geomspace(1e-6, 700, 500)])
    expected: Floats = np.where(numbers < -707.0, 0.0, np.exp(numbers))
    result = numbers.copy()
    exponentials = log_kernels.exponentials
    if compile_first:
        exponentials = pytest.importorskip("taggers.chain.compiled", exc_type=ImportError).exponentials
    exponentials(result, np.empty_like(result))
    assert result == pytest.approx(expected, rel=1e-15, abs=0.0)


CHAIN = Chain([0.0, 0.0], np.zeros((2, 2)), [0.0, 0.0])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_nan_in_the_emissions_does_not_pass_in_silence(bad: float) -> None:
    emissions = np.zeros((5, 2), dtype=np.float32)
    emissions[3, 1] = bad
    with pytest.raises(ValueError, match="emissions hold NaN or plus infinity: sentence 2, step 1"):
        log_partition(CHAIN, emissions, [0, 2, 2, 5])


@pytest.mark.parametrize(
    ("emissions", "offsets", "sets", "message"),
    [
        (np.zeros((2, 3)), [0, 2], None, r"emissions: expected shape \(N, 2\), got \(2, 3\)"),
        (np.zeros(2), [0, 2], None, r"emissions: expected shape \(N, 2\), got \(2,\)"),
        (np.zeros((2, 2)), [0, 1], None, "offsets: expected .* from 0 to the 2 rows"),
        (np.zeros((2, 2)), [], None, "offsets: expected"),
        (np.zeros((2, 2)), [0, 2, 1, 2], None, "offsets must not decrease"),
        (np.zeros((2, 2)), [0, 2], np.ones((1, 2), dtype=np.bool_), r"sets: expected shape \(2, 2\), got \(1, 2\)"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(emissions: Any, offsets: list[int], sets: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        log_partition(CHAIN, emissions, offsets, sets)
