"""Draws against the tempered softmax that they are to follow."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from taggers.engine.sampling import sample

DRAWS = 20_000
rows_of_scores = st.lists(st.floats(-4, 4, width=32), min_size=2, max_size=6)


def tempered(scores: list[float], temperature: float, top_k: int) -> list[float]:
    """The softmax of the k best scores divided by the temperature, in plain Python."""
    best = sorted(range(len(scores)), key=lambda i: -scores[i])[: top_k or len(scores)]
    weights = [np.exp((scores[i] - max(scores)) / temperature) if i in best else 0.0 for i in range(len(scores))]
    return [float(weight / sum(weights)) for weight in weights]


@settings(max_examples=20)
@given(
    st.lists(st.integers(-8, 8), min_size=2, max_size=6, unique=True),
    st.sampled_from([0.5, 1.0, 2.0]),
    st.integers(0, 6),
    st.integers(0, 99),
)
def test_many_draws_follow_the_tempered_softmax(halves: list[int], temperature: float, top_k: int, seed: int) -> None:
    scores = [half / 2 for half in halves]
    rows = np.tile(np.array(scores, dtype=np.float32), (DRAWS, 1))
    drawn = sample(rows, np.random.default_rng(seed), temperature, top_k)
    found = np.bincount(drawn, minlength=len(scores)) / DRAWS
    expected = np.array(tempered(scores, temperature, top_k))
    assert (found[expected == 0.0] == 0.0).all()
    deviation = np.sqrt(expected * (1 - expected) / DRAWS)
    assert (np.abs(found - expected) <= 5.5 * deviation + 1e-9).all()  # once in some ten million draws by chance


@given(rows_of_scores, st.integers(1, 6), st.floats(0, 3), st.integers(0, 99))
@example([4.0, 1.0, -4.0], 3, 2.2e-309, 0)
def test_no_draw_leaves_the_k_best(scores: list[float], top_k: int, temperature: float, seed: int) -> None:
    rows = np.tile(np.array(scores, dtype=np.float32), (50, 1))
    drawn = sample(rows, np.random.default_rng(seed), temperature, top_k)
    worst = sorted(scores, reverse=True)[: top_k or None][-1]
    assert min(scores[i] for i in drawn) >= worst
    assert len(set(drawn.tolist())) <= top_k  # also where several are as good as the last of them


@pytest.mark.parametrize("temperature", [0.0, 5e-324, 2.2e-309])
@given(rows_of_scores, st.integers(0, 99))
def test_at_temperature_zero_the_best_is_taken_whatever_the_seed(
    temperature: float, scores: list[float], seed: int
) -> None:
    [drawn] = sample(np.array([scores], dtype=np.float32), np.random.default_rng(seed), temperature)
    assert scores[drawn] == max(scores)


def test_the_seed_says_what_is_drawn_and_what_cannot_be_is_not() -> None:
    rows = np.tile(np.array([-np.inf, 0.0, 0.1, 0.2], dtype=np.float32), (100, 1))
    one, same, other = (sample(rows, np.random.default_rng(seed)).tolist() for seed in (1, 1, 2))
    assert one == same != other
    assert 0 not in one


@pytest.mark.parametrize(("temperature", "top_k"), [(-0.1, 0), (1.0, -1)])
def test_what_makes_no_sense_is_refused(temperature: float, top_k: int) -> None:
    with pytest.raises(ValueError, match="expected neither below 0"):
        sample(np.zeros((1, 2), dtype=np.float32), np.random.default_rng(1), temperature, top_k)
