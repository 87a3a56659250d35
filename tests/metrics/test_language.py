"""Perplexity and bits per character against their definitions."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taggers.metrics.language import LanguageScores
from taggers.metrics.summary import summary

chances = st.lists(st.floats(1e-4, 1.0), min_size=1, max_size=20)


@given(chances)
def test_perplexity_is_the_inverse_of_the_geometric_mean_of_the_chances(chances: list[float]) -> None:
    scores = LanguageScores(-math.fsum(map(math.log, chances)), len(chances), len(chances))
    mean = math.prod(chances) ** (1 / len(chances))
    assert scores.perplexity == pytest.approx(1 / mean)
    assert scores.headline == pytest.approx(mean)
    assert scores.bits_per_character == pytest.approx(math.log2(scores.perplexity))


def test_a_uniform_model_of_characters_takes_the_logarithm_of_their_number() -> None:
    scores = LanguageScores(100 * math.log(32), 100, 100)
    assert scores.bits_per_character == pytest.approx(5.0)


def test_an_unknown_symbol_is_spelt_out_and_costs_no_less_than_its_code_points() -> None:
    known, unknown = LanguageScores(1.0, 2, 10), LanguageScores(1.0, 2, 10, unknown=1, unknown_characters=5)
    assert unknown.perplexity == known.perplexity
    assert unknown.bits_per_character - known.bits_per_character == pytest.approx(5 * math.log2(1_114_112) / 10)
    assert unknown.to_json()["unknown_characters"] == 5


@given(chances, st.floats(0.1, 1.0))
def test_a_better_model_has_the_higher_headline(chances: list[float], factor: float) -> None:
    nats = -math.fsum(map(math.log, chances)) + 1.0
    better, worse = LanguageScores(nats * factor, 9, 9), LanguageScores(nats, 9, 9)
    assert 0.0 < worse.headline <= better.headline <= 1.0


def test_a_doubt_beyond_all_numbers_is_infinite_and_none_in_json() -> None:
    bounds = [LanguageScores(nats, 1, 1) for nats in (709.78, 709.79)]
    assert [math.isfinite(scores.perplexity) for scores in bounds] == [True, False]
    worst = LanguageScores(2e6, 20, 20)
    assert worst.perplexity == math.inf
    assert json.loads(json.dumps(worst.to_json(), allow_nan=False))["perplexity"] is None
    assert summary(worst.to_json())["perplexity"] is None
    assert "perplexity of a symbol      inf\n" in worst.to_table()
    assert worst.headline == 0.0


def test_scores_of_no_kind_are_named() -> None:
    with pytest.raises(LookupError, match=r"expected one of lenient, .*perplexity, found accurcy"):
        summary({"accurcy": 0.5})
