"""Viterbi and k-best against all paths, sorted."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taggers.chain import Chain, backend, k_best, vectorised, viterbi
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
def test_best_paths_equal_enumeration(
    num_tags: int, allowed: float, with_sets: bool, implementation: str, enumerated: Enumerated
) -> None:
    rng = np.random.default_rng([num_tags, int(allowed * 10), with_sets])
    chain = random_chain(rng, num_tags, allowed)
    emissions = rng.normal(size=(OFFSETS[-1], num_tags)) * 2
    sets = rng.random(emissions.shape) < 0.7 if with_sets else None
    tags, scores = viterbi(chain, emissions, OFFSETS, sets)
    assert tags.dtype == np.int32
    for sentence, (begin, stop) in enumerate(itertools.pairwise(OFFSETS)):
        if begin == stop:
            assert scores[sentence] == 0.0
            continue
        own_sets = None if sets is None else sets[begin:stop]
        paths = enumerated(chain, emissions[begin:stop], own_sets)
        ranking = sorted(zip(-paths.scores, map(tuple, paths.tags), strict=True))
        legal = [path for score, path in ranking if score < np.inf]
        assert scores[sentence] == pytest.approx(-ranking[0][0], abs=1e-9)
        assert tuple(tags[begin:stop]) == (legal[0] if legal else (-1,) * (stop - begin))
        for k in (1, 3, 50):
            best, values = k_best(chain, emissions[begin:stop], k, own_sets)
            assert [tuple(path) for path in best] == legal[:k]
            assert values == pytest.approx(np.array([-score for score, _ in ranking[: len(legal)][:k]]), abs=1e-9)


@given(lengths=st.lists(st.integers(0, 12), max_size=6), num_tags=st.integers(1, 5), seed=st.integers(0, 2**32 - 1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_kernels_and_numpy_break_every_tie_alike(
    lengths: list[int], num_tags: int, seed: int, plain: Loops, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(seed)
    whole = rng.integers(0, 2, size=(num_tags + 2, num_tags))  # whole numbers: ties all over
    chain = Chain(whole[0], whole[2:], whole[1])
    chain = chain.restricted(transitions_allowed=rng.random((num_tags, num_tags)) < 0.9)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    emissions = rng.integers(0, 2, size=(offsets[-1], num_tags))
    results: list[list[Any]] = []
    for module in (vectorised, plain):
        monkeypatch.setattr(backend, "_active", module)
        ranked = [k_best(chain, emissions[begin:stop], 4) for begin, stop in itertools.pairwise(offsets)]
        results.append([*viterbi(chain, emissions, offsets), *itertools.chain.from_iterable(ranked)])
    for ours, theirs in zip(*results, strict=True):
        assert ours.tolist() == theirs.tolist()


def test_of_equal_paths_the_lowest_last_tag_wins(implementation: str) -> None:
    free = Chain([0.0, 0.0], np.zeros((2, 2)), [0.0, 0.0])
    assert viterbi(free, np.zeros((3, 2)), [0, 3])[0].tolist() == [0, 0, 0]
    # 0 1 and 1 0 score the same: the one that ends lower wins, though it begins higher.
    alternating = Chain([0.0, 0.0], [[-1.0, 0.0], [0.0, -1.0]], [0.0, 0.0])
    assert viterbi(alternating, np.zeros((2, 2)), [0, 2])[0].tolist() == [1, 0]
    assert k_best(alternating, np.zeros((2, 2)), 2)[0].tolist() == [[1, 0], [0, 1]]


def test_k_best_has_fewer_paths_where_fewer_exist_and_none_twice(implementation: str) -> None:
    chain = Chain([0.0, -np.inf, 0.0], np.zeros((3, 3)), [0.0, 0.0, 0.0])
    paths, scores = k_best(chain, [[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]], k=100)
    assert len(paths) == len(scores) == 6
    assert len({tuple(path) for path in paths}) == 6
    assert (np.diff(scores) <= 0).all()


def test_k_best_of_nothing(implementation: str) -> None:
    chain = Chain([0.0, 0.0], np.zeros((2, 2)), [0.0, 0.0])
    paths, scores = k_best(chain, np.empty((0, 2)), k=3)
    assert (paths.shape, scores.tolist()) == ((1, 0), [0.0])
    impossible = chain.restricted(start_allowed=[False, False])
    paths, scores = k_best(impossible, np.zeros((3, 2)), k=3)
    assert (paths.shape, scores.shape) == ((0, 3), (0,))
    with pytest.raises(ValueError, match="k must be at least 1, got 0"):
        k_best(chain, np.zeros((1, 2)), k=0)


def test_a_sentence_without_a_legal_path_is_reported_not_made_up(implementation: str) -> None:
    chain = Chain([0.0, -np.inf], [[-np.inf, -np.inf], [0.0, 0.0]], [0.0, 0.0])
    tags, scores = viterbi(chain, np.zeros((4, 2)), [0, 1, 3, 4])
    assert tags.tolist() == [0, -1, -1, 0]
    assert scores.tolist() == [0.0, -np.inf, 0.0]
    closed = chain.restricted(end_allowed=[False, True])
    assert viterbi(closed, np.zeros((1, 2)), [0, 1])[0].tolist() == [-1]


@pytest.mark.parametrize("extreme", [1e4, 1e30, -1e30])
def test_extreme_scores_do_not_hide_the_best_path(extreme: float, implementation: str) -> None:
    chain = Chain([0.0, 0.0], [[0.0, 0.5], [0.5, 0.0]], [0.0, 0.25])
    emissions = np.array([[0.0, 0.125], [extreme, extreme], [0.0, 0.0]])
    assert viterbi(chain, emissions, [0, 3])[0].tolist() == [1, 0, 1]
    paths, _ = k_best(chain, emissions, 2)
    assert paths.tolist() == [[1, 0, 1], [0, 1, 0]]


def test_no_sentences_and_empty_ones(implementation: str) -> None:
    chain = Chain([0.0, 0.0], np.zeros((2, 2)), [0.0, 0.0])
    assert [array.tolist() for array in viterbi(chain, np.empty((0, 2)), [0])] == [[], []]
    assert [array.tolist() for array in viterbi(chain, np.empty((0, 2)), [0, 0, 0])] == [[], [0.0, 0.0]]


def test_a_path_does_not_depend_on_neighbours(fast_implementation: str) -> None:
    rng = np.random.default_rng(2)
    chain = random_chain(rng, 7, allowed=0.8)
    offsets = np.concatenate([[0], np.cumsum([30, 1, 2000, 5, 5])])
    emissions = rng.normal(size=(offsets[-1], 7))
    tags, scores = viterbi(chain, emissions, offsets)
    for sentence, (begin, stop) in enumerate(itertools.pairwise(offsets)):
        own_tags, own_scores = viterbi(chain, emissions[begin:stop], [0, stop - begin])
        assert (own_tags == tags[begin:stop]).all()
        assert own_scores[0] == scores[sentence]
