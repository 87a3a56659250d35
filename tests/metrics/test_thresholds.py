"""The table of thresholds: its counts, and the threshold that reaches a precision or a recall."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taggers.metrics.reliability import Outcomes
from taggers.metrics.thresholds import GRID, Thresholds

PAIRS = st.lists(st.tuples(st.floats(0.0, 1.0), st.booleans()), max_size=30)


def table_of(pairs: list[tuple[float, bool]], gold: int) -> Thresholds:
    return Thresholds.of(Outcomes([sure for sure, _ in pairs], [right for _, right in pairs]), gold)


@given(PAIRS, st.integers(0, 5))
def test_each_row_counts_what_is_at_least_so_sure(pairs: list[tuple[float, bool]], missed: int) -> None:
    gold = sum(right for _, right in pairs) + missed
    table = table_of(pairs, gold)
    assert [row.threshold for row in table.rows] == list(GRID)
    for row in table.rows:
        kept = [right for sure, right in pairs if sure >= row.threshold]
        assert (row.predicted, row.correct, row.gold) == (len(kept), sum(kept), gold)
    assert table.rows[0].predicted == len(pairs)
    assert Thresholds.from_json(json.loads(json.dumps(table.to_json()))) == table


@given(PAIRS, st.integers(0, 5), st.floats(0.0, 1.0))
def test_of_the_thresholds_that_reach_it_the_one_that_costs_least(
    pairs: list[tuple[float, bool]], missed: int, least: float
) -> None:
    table = table_of(pairs, sum(right for _, right in pairs) + missed)
    precise = [row for row in table.rows if row.predicted and row.correct >= least * row.predicted]
    found = table.for_precision(least)
    if found is None:
        assert all(row.correct < least * row.predicted + 1e-9 for row in precise)
    else:
        assert found.precision >= least
        assert all(row.precision < least for row in table.rows if row.threshold < found.threshold)
    found = table.for_recall(least)
    if found is None:
        assert all(row.recall < least for row in table.rows)
    else:
        assert found.recall >= least
        assert all(row.recall < least for row in table.rows if row.threshold > found.threshold)


def test_what_cannot_be_reached_is_none() -> None:
    table = table_of([(0.9, True), (0.9, False)], gold=4)
    assert table.for_precision(0.6) is None
    assert table.for_recall(0.3) is None
    assert table_of([], gold=0).for_precision(0.1) is None


def test_nothing_is_no_precision() -> None:
    assert table_of([(0.5, False)], gold=1).for_precision(0.0) is not None
    assert table_of([(0.5, False)], gold=1).for_precision(0.01) is None


@pytest.mark.parametrize("sure", [0.3, 0.31])
def test_a_confidence_on_the_grid_is_kept_at_its_own_threshold(sure: float) -> None:
    row = next(row for row in table_of([(sure, True)], gold=1).rows if row.threshold == sure)
    assert row.predicted == 1
