"""Greedy and beam search against all sequences there are."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from taggers.chain.search import END, Ints, Rows, Search, State, Step, beam, greedy

SYMBOLS, LIMIT = 4, 3


def network(seed: int, number: int, ends: float = 0.0) -> tuple[Step, State]:
    """Log probabilities that depend on the example and on all symbols so far, which the state holds as one number."""
    rng = np.random.default_rng(seed)
    raw = rng.normal(size=(number, SYMBOLS ** (LIMIT + 2), SYMBOLS)) * 2
    raw[:, :, END] += ends
    table = raw - np.logaddexp.reduce(raw, axis=2, keepdims=True)

    def step(rows: Rows, symbols: Ints, state: State, place: int) -> tuple[NDArray[np.floating], State]:
        (so_far,) = state
        assert (so_far < SYMBOLS**place).all()
        assert so_far.shape == symbols.shape
        here = (so_far * SYMBOLS + symbols) % table.shape[1]
        return table[rows[:, None], here.astype(int)], (here,)

    return step, (np.zeros((number, 1)),)


def score(step: Step, row: int, sequence: tuple[int, ...]) -> float:
    """The log probability of a sequence and its end."""
    total = 0.0
    state: State = (np.zeros((1, 1)),)
    for place, (before, symbol) in enumerate(zip((END, *sequence), (*sequence, END), strict=True)):
        found, state = step(np.array([row]), np.array([[before]], dtype=np.int32), state, place)
        total += found[0, 0, symbol]
    return total


def every_sequence(limit: int) -> list[tuple[int, ...]]:
    return [s for length in range(limit + 1) for s in product(range(1, SYMBOLS), repeat=length)]


def read(symbols: Ints) -> list[tuple[int, ...]]:
    return [tuple(s for s in row if s != END) for row in symbols.tolist()]


@pytest.mark.parametrize("length_power", [0.0, 0.7, 1.0])
@pytest.mark.parametrize("seed", range(5))
def test_a_beam_of_all_beginnings_finds_the_best_of_all_sequences(seed: int, length_power: float) -> None:
    limits = np.array([LIMIT, 1, 0, 2, LIMIT, LIMIT])
    step, start = network(seed, len(limits))
    found = beam(step, start, limits, width=SYMBOLS**LIMIT, length_power=length_power)
    for row, (limit, answer) in enumerate(zip(limits.tolist(), read(found), strict=True)):
        best = max(every_sequence(limit), key=lambda s: score(step, row, s) / (len(s) + 1) ** length_power)
        assert answer == best


@pytest.mark.parametrize("seed", range(5))
def test_greedy_takes_the_most_probable_symbol_each_time(seed: int) -> None:
    limits = np.array([LIMIT, 1, 0, 2, LIMIT])
    step, start = network(seed, len(limits), ends=-2.0)
    found = greedy(step, start, limits)
    for row, (limit, answer) in enumerate(zip(limits.tolist(), read(found), strict=True)):
        assert answer == most_probable(step, row, limit)


def most_probable(step: Step, row: int, limit: int) -> tuple[int, ...]:
    sequence: tuple[int, ...] = ()
    last = END
    state: State = (np.zeros((1, 1)),)
    while len(sequence) < limit:
        found, state = step(np.array([row]), np.array([[last]], dtype=np.int32), state, len(sequence))
        last = int(found[0, 0].argmax())
        if last == END:
            break
        sequence += (last,)
    return sequence


@pytest.mark.parametrize("width", [1, 2, 5])
def test_an_answer_does_not_depend_on_its_neighbours(width: int) -> None:
    step, start = network(7, 8)
    together = beam(step, start, np.full(8, LIMIT), width)
    for row in range(8):

        def alone(
            _: Rows, symbols: Ints, state: State, place: int, row: int = row
        ) -> tuple[NDArray[np.floating], State]:
            return step(np.array([row]), symbols, state, place)

        own = beam(alone, (start[0][:1],), np.array([LIMIT]), width)
        assert read(own)[0] == read(together)[row]


def plain_beam(step: Step, row: int, limit: int, width: int, length_power: float) -> tuple[int, ...]:
    """The definition: of all that the beginnings kept may go on with, as many again are kept."""
    kept: list[tuple[float, tuple[int, ...], State]] = [(0.0, (), (np.zeros((1, 1)),))]
    ended: list[tuple[float, tuple[int, ...]]] = []
    for place in range(limit + 1):
        further = []
        for total, sequence, state in kept:
            last = np.array([[sequence[-1] if sequence else END]], dtype=np.int32)
            found, after = step(np.array([row]), last, state, place)
            ended.append(((total + found[0, 0, END]) / (place + 1) ** length_power, sequence))
            further += [(total + found[0, 0, s], (*sequence, s), after) for s in range(1, SYMBOLS)]
        kept = sorted(further, key=lambda one: -one[0])[:width]
    return max(ended, key=lambda one: one[0])[1]


@pytest.mark.parametrize("length_power", [0.0, 0.4, 1.0, 1.7])
@pytest.mark.parametrize("width", [2, 3])
@pytest.mark.parametrize("seed", range(8))
def test_a_narrow_beam_finds_what_a_plain_one_finds(seed: int, width: int, length_power: float) -> None:
    limits = np.array([LIMIT, 1, 0, 2, LIMIT, LIMIT])
    step, start = network(seed, len(limits), ends=-1.0)
    found = read(beam(step, start, limits, width, length_power))
    assert found == [plain_beam(step, row, limit, width, length_power) for row, limit in enumerate(limits.tolist())]


@pytest.mark.parametrize("width", [1, 2])
def test_answers_grow_with_their_sources_up_to_the_longest(width: int) -> None:
    def step(rows: Rows, symbols: Ints, state: State, place: int) -> tuple[NDArray[np.floating], State]:
        return np.broadcast_to(np.array([-1e4, -0.1]), (*symbols.shape, 2)).copy(), state

    found = Search(width, length_power=1.0, longest=30).find(step, (), np.array([1, 5, 10, 11, 400]))
    assert [len(s) for s in read(found)] == [12, 20, 30, 30, 30]


def test_who_never_ends_is_cut_at_the_limit() -> None:
    step, start = network(3, 4, ends=-1e4)
    for found in (greedy(step, start, np.full(4, LIMIT)), beam(step, start, np.full(4, LIMIT), 2, 1.0)):
        assert [len(s) for s in read(found)] == [LIMIT] * 4


def test_no_example_at_all() -> None:
    step, start = network(3, 1)
    for found in (greedy(step, (start[0][:0],), np.zeros(0, int)), beam(step, (start[0][:0],), np.zeros(0, int), 2)):
        assert found.shape == (0, 0)
