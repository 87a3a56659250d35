"""Figures of confidences: equal to plain loops over the answers, and to what a simulated model is known to show."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taggers.metrics.reliability import (
    Outcomes,
    Reliability,
    brier_score,
    brier_score_of_constant,
    calibration_error,
    calibration_error_interval,
    perfect_error,
    reliability_bins,
    risk_coverage,
)

# Few values, so that many are equal.
PAIRS = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), st.booleans()), min_size=1, max_size=25)


def answers_of(pairs: Sequence[tuple[float, bool]]) -> Outcomes:
    return Outcomes([sure for sure, _ in pairs], [right for _, right in pairs])


def error_by_loops(pairs: Sequence[tuple[float, bool]], bins: int) -> float:
    """The error by its definition: whoever is as sure as the first of its like goes where that one goes."""
    ordered = sorted(sure for sure, _ in pairs)
    of_bin: dict[int, list[tuple[float, bool]]] = {}
    for sure, right in pairs:
        of_bin.setdefault(ordered.index(sure) * bins // len(pairs), []).append((sure, right))
    apart = [abs(sum(sure for sure, _ in own) - sum(right for _, right in own)) for own in of_bin.values()]
    return sum(apart) / len(pairs)


@given(PAIRS, st.integers(1, 12))
def test_the_calibration_error_is_that_of_its_definition(pairs: list[tuple[float, bool]], bins: int) -> None:
    answers = answers_of(pairs)
    assert calibration_error(answers, bins) == pytest.approx(error_by_loops(pairs, bins), abs=1e-12)
    found = reliability_bins(answers, bins)
    assert sum(each.number for each in found) == len(pairs)
    weighed = sum(each.number * abs(each.confidence - each.right) for each in found) / len(pairs)
    assert weighed == pytest.approx(calibration_error(answers, bins), abs=1e-12)


@given(PAIRS, st.randoms())
def test_the_order_of_answers_changes_nothing(pairs: list[tuple[float, bool]], random: object) -> None:
    shuffled = list(pairs)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = answers_of(pairs), answers_of(shuffled)
    assert calibration_error(one) == pytest.approx(calibration_error(other), abs=1e-12)
    assert brier_score(one) == pytest.approx(brier_score(other), abs=1e-12)
    assert risk_coverage(one).area == pytest.approx(risk_coverage(other).area, abs=1e-12)


@given(PAIRS)
def test_brier_score_by_its_definition_and_against_every_constant(pairs: list[tuple[float, bool]]) -> None:
    answers = answers_of(pairs)
    assert brier_score(answers) == pytest.approx(sum((sure - right) ** 2 for sure, right in pairs) / len(pairs))
    constants = [Outcomes(np.full(len(pairs), c), [right for _, right in pairs]) for c in np.linspace(0, 1, 21)]
    assert brier_score_of_constant(answers) <= min(map(brier_score, constants)) + 1e-12
    rate = np.full(len(pairs), answers.base_rate)
    assert brier_score_of_constant(answers) == pytest.approx(brier_score(Outcomes(rate, [r for _, r in pairs])))


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.5, 0.9]), st.booleans()), min_size=1, max_size=6))
def test_risk_is_the_mean_over_all_orders_that_go_by_confidence(pairs: list[tuple[float, bool]]) -> None:
    orders = [
        order
        for order in itertools.permutations(range(len(pairs)))
        if all(pairs[a][0] >= pairs[b][0] for a, b in itertools.pairwise(order))
    ]
    kept = np.arange(1, len(pairs) + 1)
    risks = np.mean([np.cumsum([not pairs[i][1] for i in order]) / kept for order in orders], axis=0)
    curve = risk_coverage(answers_of(pairs))
    assert curve.risk == pytest.approx(risks)
    assert curve.coverage == pytest.approx(kept / len(pairs))
    assert curve.area == pytest.approx(risks.mean())


def test_one_confidence_for_all_is_one_bin_and_the_area_is_the_share_wrong() -> None:
    answers = Outcomes(np.full(40, 0.75), np.arange(40) < 30)
    assert [each.number for each in reliability_bins(answers)] == [40]
    assert calibration_error(answers) == pytest.approx(0.0)
    assert risk_coverage(answers).area == pytest.approx(0.25)
    assert brier_score(answers) == pytest.approx(brier_score_of_constant(answers))


def test_bins_hold_as_many_where_no_confidence_is_shared() -> None:
    assert [each.number for each in reliability_bins(Outcomes(np.linspace(0, 1, 103), np.ones(103)))] == [
        11, 10, 10, 11, 10, 10, 11, 10, 10, 10,
    ]  # fmt: skip


def simulated(rng: np.random.Generator, number: int, over: float = 0.0) -> Outcomes:
    """Answers whose confidences are too high by so much, at most."""
    truth = rng.beta(4, 1, size=number)
    return Outcomes(np.minimum(truth + over, 1.0), rng.random(number) < truth)


def test_a_perfect_model_shows_what_perfect_models_do() -> None:
    rng = np.random.default_rng(1)
    for number in (100, 1000):
        errors = [calibration_error(simulated(rng, number)) for _ in range(200)]
        perfect = perfect_error(simulated(rng, number))
        assert np.mean(errors) == pytest.approx(perfect.mean, rel=0.15)
        assert 0.85 < np.mean(np.array(errors) <= perfect.high) < 1.0


def test_a_model_that_is_too_sure_is_found_out() -> None:
    answers = simulated(np.random.default_rng(2), 2000, over=0.1)
    figures = Reliability.of(answers)
    assert figures.error > figures.perfect.high
    assert figures.error == pytest.approx(float((answers.confidences.mean()) - answers.base_rate), abs=0.02)
    assert figures.interval.low < figures.error < figures.interval.high
    assert 0.0 < figures.area < 1.0 - figures.right


def test_the_interval_draws_clusters_as_a_whole() -> None:
    rng = np.random.default_rng(3)
    truth = rng.random(60) < 0.7  # of a document, all of whose answers are right or none
    right = np.repeat(truth, 20)
    together = calibration_error_interval(Outcomes(np.full(1200, 0.7), right, np.repeat(np.arange(60), 20)))
    alone = calibration_error_interval(Outcomes(np.full(1200, 0.7), right))
    assert together.high - together.low > 2.5 * (alone.high - alone.low)
    assert calibration_error_interval(Outcomes([0.7], [1]), seed=1) == calibration_error_interval(Outcomes([0.7], [1]))


def test_names_of_clusters_do_not_matter() -> None:
    rng = np.random.default_rng(4)
    sure, right, clusters = rng.random(50), rng.random(50) < 0.5, rng.integers(8, size=50)
    one = calibration_error_interval(Outcomes(sure, right, clusters))
    assert one == calibration_error_interval(Outcomes(sure, right, clusters * 1000 + 7))


def test_of_nothing_every_figure_is_nothing() -> None:
    figures = Reliability.of(Outcomes([], []))
    assert figures.bins == ()
    assert (figures.number, figures.error, figures.brier, figures.area, figures.perfect.mean) == (0, 0, 0, 0, 0)
    assert tuple(figures.interval) == (0.0, 0.0)


@pytest.mark.parametrize("sure", [[1.5], [-0.1], [float("nan")]])
def test_what_is_no_probability_is_refused(sure: list[float]) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Outcomes(sure, [1])


def test_sizes_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="as many outcomes"):
        Outcomes([0.5, 0.5], [1])
