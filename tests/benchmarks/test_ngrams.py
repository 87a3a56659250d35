"""The n-gram model is one: chances of all symbols add up to one after any context, and follow the definition."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.ngrams import NGrams, Smoothing

SIZE = 3
texts = st.lists(st.integers(0, SIZE - 1), min_size=6, max_size=60)
SMOOTHINGS: list[Smoothing] = ["witten-bell", "kneser-ney"]


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
@given(texts, st.lists(st.integers(0, SIZE - 1), min_size=3, max_size=3), st.integers(1, 4))
def test_chances_add_up_to_one(smoothing: Smoothing, text: list[int], context: list[int], order: int) -> None:
    model = NGrams(np.array(text), SIZE, order, smoothing)
    chances = [model.probabilities(np.array([*context, symbol]), start=3)[0] for symbol in range(SIZE)]
    assert sum(chances) == pytest.approx(1.0)
    assert min(chances) > 0.0


def witten_bell(text: list[int], context: list[int], symbol: int) -> float:
    """By the definition, in plain Python."""
    below = witten_bell(text, context[1:], symbol) if context else 1 / SIZE
    n = len(context)
    after = Counter(text[i] for i in range(n, len(text)) if text[i - n : i] == context)
    kinds = len(after)
    return (after[symbol] + kinds * below) / (after.total() + kinds) if kinds else below


@given(texts, st.lists(st.integers(0, SIZE - 1), min_size=2, max_size=2), st.integers(0, SIZE - 1))
def test_witten_bell_is_as_defined(text: list[int], context: list[int], symbol: int) -> None:
    model = NGrams(np.array(text), SIZE, 3, "witten-bell")
    [found] = model.probabilities(np.array([*context, symbol]), start=2)
    assert found == pytest.approx(witten_bell(text, context, symbol))


def test_the_order_below_counts_kinds_of_symbols_before() -> None:
    text = np.array([0, 1, 0, 1, 0, 1, 0, 1, 2, 2])  # 1 comes often, but after 0 alone; 2 after 1 and 2
    model = NGrams(text, SIZE, 2, "kneser-ney")
    one, two = (model.orders[0].shares[list(model.orders[0].ngrams).index(symbol)] for symbol in (1, 2))
    assert two > one
