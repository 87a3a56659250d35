"""The rule that lets sums over paths leave log space: at, below and above its edges, and by thousands of lattices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taggers.chain import Chain
from taggers.chain.arrays import Booleans, Floats, Integers
from taggers.chain.lattice import Lattice, checked
from taggers.chain.loops import Loops


@pytest.fixture(scope="module")
def loops() -> Loops:
    pytest.importorskip("numba", reason="numba is not installed: the loops run compiled or not at all")
    from taggers.chain.compiled import LOOPS

    return LOOPS


def certain(loops: Loops, chain: Chain, lattice: Lattice) -> Booleans:
    """Of each sentence whether it is summed in plain numbers."""
    slow: list[int] = []

    def noted(*arguments: object) -> None:
        slow.append(1)
        loops.log_forward(*arguments)

    watched = replace(loops, log_forward=noted)
    found = []
    for sentence in range(lattice.num_sentences):
        slow.clear()
        watched.log_partition(chain, lattice.only(np.array([sentence])))
        found.append(not slow)
    return np.array(found)


def assert_equal_to_log_space(loops: Loops, chain: Chain, lattice: Lattice, factors: Floats) -> None:
    gradient, expected = loops.gradient(chain, lattice, factors), loops.log_gradient(chain, lattice, factors)
    np.testing.assert_allclose(gradient.values, expected.values, rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(loops.log_partition(chain, lattice), expected.values, rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(gradient.emissions, expected.emissions, rtol=1e-9, atol=1e-11)
    for part in ("start", "transitions", "end"):
        np.testing.assert_allclose(getattr(gradient, part), getattr(expected, part), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("kind", ["start", "transitions", "end"])
@pytest.mark.parametrize(("spread", "expected"), [(49.999, True), (50.0, True), (50.001, False)])
def test_scores_of_one_kind_may_lie_50_apart(kind: str, spread: float, expected: bool, loops: Loops) -> None:
    scores = {"start": np.zeros(3), "transitions": np.zeros((3, 3)), "end": np.zeros(3)}
    scores[kind].flat[[0, 1, 2]] = [-spread, -np.inf, 0.0]  # what forbids lies no distance away
    chain = Chain(**scores)
    lattice = checked(chain, np.random.default_rng(1).normal(size=(5, 3)), [0, 5], None)
    assert certain(loops, chain, lattice).tolist() == [expected]
    assert_equal_to_log_space(loops, chain, lattice, np.ones(1))


@pytest.mark.parametrize(("spread", "expected"), [(599.9, True), (600.0, True), (600.1, False)])
def test_emissions_of_a_step_may_lie_600_apart(spread: float, expected: bool, loops: Loops) -> None:
    chain = Chain(np.zeros(3), np.zeros((3, 3)), np.zeros(3))
    emissions = np.array([[0.0, 1.0, 2.0], [1e5, 1e5 - spread, -np.inf], [0.5, 0.25, 0.0]])
    lattice = checked(chain, emissions, [0, 3], None)
    assert certain(loops, chain, lattice).tolist() == [expected]
    assert_equal_to_log_space(loops, chain, lattice, np.ones(1))


@pytest.mark.parametrize(("exponent", "expected"), [(-269.9, True), (-270.1, False)])
def test_a_tag_that_is_reached_keeps_1e_270_of_its_step(exponent: float, expected: bool, loops: Loops) -> None:
    # Tag 1 loses by the emissions of two steps, neither of which is extreme alone; only tag 1 may come before tag 2.
    step = exponent * np.log(10.0) / 2
    chain = Chain([0.0, 0.0, -np.inf], [[0.0, -np.inf, -np.inf], [-np.inf, 0.0, 0.0], [-np.inf] * 3], [0.0] * 3)
    emissions = np.array([[0.0, step, 0.0], [0.0, step, -np.inf], [0.0, 0.0, 0.0]])
    lattice = checked(chain, emissions, [0, 3], None)
    assert certain(loops, chain, lattice).tolist() == [expected]
    assert_equal_to_log_space(loops, chain, lattice, np.ones(1))


def test_evidence_that_comes_late_finds_the_path_that_had_all_but_lost(loops: Loops) -> None:
    # 40 steps speak against tag 1, 30 each: together far beyond float64. The last step allows tag 2 alone, which only
    # tag 1 leads to: in plain numbers without the rule the result would be minus infinity.
    chain = Chain([0.0, 0.0, -np.inf], [[0.0, -np.inf, -np.inf], [-np.inf, 0.0, 0.0], [-np.inf] * 3], [0.0] * 3)
    emissions = np.zeros((41, 3))
    emissions[:40, 1], emissions[:40, 2] = -30.0, -np.inf
    emissions[40, :2] = -np.inf
    lattice = checked(chain, emissions, [0, 41], None)
    assert certain(loops, chain, lattice).tolist() == [False]
    assert loops.log_partition(chain, lattice).tolist() == [-1200.0]
    assert loops.gradient(chain, lattice, np.ones(1)).emissions[:, 1].tolist() == [1.0] * 40 + [0.0]


def lattices(
    rng: np.random.Generator, chain: Chain, number: int, spread: float, sets: bool
) -> tuple[Lattice, Integers]:
    lengths = rng.integers(0, 25, size=number)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    emissions = rng.normal(size=(offsets[-1], chain.num_tags)) * spread * rng.random((offsets[-1], 1)) ** 3
    given = rng.random(emissions.shape) < 0.6 if sets else None
    return checked(chain, emissions, offsets, given), lengths


@pytest.mark.parametrize("sets", [False, True], ids=["whole", "partial gold"])
@pytest.mark.parametrize("spread", [1.0, 30.0, 100.0, 300.0, 1000.0])
def test_thousands_of_lattices_equal_log_space(spread: float, sets: bool, loops: Loops) -> None:
    rng = np.random.default_rng([int(spread), sets])
    ways = np.zeros(2, dtype=np.int64)  # how many sentences went through log space, and how many did not
    for _ in range(40):
        num_tags = int(rng.integers(1, 12))
        width = rng.choice([1.0, 5.0, 10.0])
        chain = Chain(
            rng.normal(size=num_tags) * width,
            rng.normal(size=(num_tags, num_tags)) * width,
            rng.normal(size=num_tags) * width,
        ).restricted(
            rng.random(num_tags) < 0.8,
            rng.random((num_tags, num_tags)) < rng.choice([0.3, 0.6, 1.0]),
            rng.random(num_tags) < 0.8,
        )
        lattice, _ = lattices(rng, chain, 30, spread, sets)
        assert_equal_to_log_space(loops, chain, lattice, rng.normal(size=30))
        ways += np.bincount(certain(loops, chain, lattice).astype(np.int64), minlength=2)
    assert ways.sum() == 1200
    assert ways[1] > 100
    assert ways[0] > 0 or spread < 100.0


@given(seed=st.integers(0, 2**32 - 1), pull=st.floats(0.0, 700.0), length=st.integers(1, 40))
def test_steps_that_pull_to_and_fro_equal_log_space(seed: int, pull: float, length: int) -> None:
    """Tags in a ring, each step for or against one of them: masses fall far and come back."""
    loops = pytest.importorskip("taggers.chain.compiled", exc_type=ImportError).LOOPS
    rng = np.random.default_rng(seed)
    num_tags = int(rng.integers(2, 7))
    allowed = np.eye(num_tags, dtype=np.bool_) | np.roll(np.eye(num_tags, dtype=np.bool_), 1, axis=1)
    chain = Chain(np.zeros(num_tags), rng.normal(size=(num_tags, num_tags)), np.zeros(num_tags))
    chain = chain.restricted(transitions_allowed=allowed)
    emissions = np.zeros((length, num_tags))
    emissions[np.arange(length), rng.integers(num_tags, size=length)] = rng.choice([-pull, pull], size=length)
    assert_equal_to_log_space(loops, chain, checked(chain, emissions, [0, length], None), np.ones(1))


def test_neighbours_do_not_decide_which_way_a_sentence_goes(loops: Loops) -> None:
    rng = np.random.default_rng(4)
    chain = Chain(rng.normal(size=4), rng.normal(size=(4, 4)), rng.normal(size=4))
    emissions = rng.normal(size=(30, 4))
    emissions[10:20] *= 1e4
    lattice = checked(chain, emissions, [0, 10, 20, 30], None)
    assert certain(loops, chain, lattice).tolist() == [True, False, True]
    together = loops.gradient(chain, lattice, np.ones(3))
    for sentence in range(3):
        own = lattice.only(np.array([sentence]))
        alone = loops.gradient(chain, own, np.ones(1))
        assert alone.values[0] == together.values[sentence]
        assert (alone.emissions == together.emissions[lattice.steps(np.array([sentence]))]).all()
