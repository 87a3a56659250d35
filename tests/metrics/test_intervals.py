"""Bootstrap intervals: seeded, about the score, as wide as theory says."""

from __future__ import annotations

import math

import pytest

from taggers.metrics import score_spans, score_tags, score_tokens
from taggers.metrics.intervals import Interval, accuracy_interval, f1_interval
from taggers.text.schemes import GROBID, IOB2

GOLD = [["B-X", "O", "B-Y"]] * 60
PREDICTED = [["B-X", "O", "B-Y"]] * 40 + [["B-X", "B-X", "O"]] * 20


def test_the_interval_is_about_the_score() -> None:
    low, high = f1_interval(GOLD, PREDICTED)
    assert low < score_spans(GOLD, PREDICTED).overall.f1 < high
    low, high = accuracy_interval(GOLD, PREDICTED)
    assert low < score_tokens(GOLD, PREDICTED).accuracy < high


def test_the_same_seed_gives_the_same_interval() -> None:
    assert f1_interval(GOLD, PREDICTED, seed=3) == f1_interval(GOLD, PREDICTED, seed=3)
    assert f1_interval(GOLD, PREDICTED, seed=3) != f1_interval(GOLD, PREDICTED, seed=4)


def test_the_interval_of_a_proportion_is_as_wide_as_its_standard_error_says() -> None:
    gold, predicted = [["A"]] * 400, [["A"]] * 300 + [["B"]] * 100
    low, high = accuracy_interval(gold, predicted, samples=4000)
    error = math.sqrt(0.75 * 0.25 / 400)
    assert low == pytest.approx(0.75 - 1.96 * error, abs=0.006)
    assert high == pytest.approx(0.75 + 1.96 * error, abs=0.006)


def test_a_higher_level_is_wider() -> None:
    narrow, wide = f1_interval(GOLD, PREDICTED, level=0.5), f1_interval(GOLD, PREDICTED, level=0.99)
    assert wide.low < narrow.low < narrow.high < wide.high


def test_blocks_do_not_change_how_many_samples_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    from taggers.metrics import intervals

    whole = f1_interval(GOLD, PREDICTED, samples=500)
    monkeypatch.setattr(intervals, "_BLOCK", 7 * len(GOLD))
    assert f1_interval(GOLD, PREDICTED, samples=500) == whole


def test_nothing_to_draw_from_is_zero_not_a_crash() -> None:
    assert f1_interval([], []) == Interval(0.0, 0.0)
    assert f1_interval([["O"]], [["O"]]) == Interval(0.0, 0.0)
    assert accuracy_interval([[]], [[]]) == Interval(0.0, 0.0)


def test_strict_counts_are_used_where_asked_for() -> None:
    assert f1_interval([["B-X"]] * 5, [["I-X"]] * 5) == Interval(1.0, 1.0)
    assert f1_interval([["B-X"]] * 5, [["I-X"]] * 5, scheme=IOB2, strict=True) == Interval(0.0, 0.0)
    with pytest.raises(ValueError, match="a strict reading needs a scheme"):
        f1_interval([["B-X"]], [["B-X"]], strict=True)


def test_tags_of_a_dialect_are_read_by_their_scheme() -> None:
    gold = [["I-<day>", "<day>", "I-<month>"], ["I-<other>", "I-<year>", "<other>"]] * 40
    predicted = [["I-<day>", "I-<day>", "I-<month>"], ["<other>", "I-<year>", "I-<other>"]] * 40
    lenient = score_tags(gold, predicted, GROBID).lenient
    assert lenient is not None
    low, high = f1_interval(gold, predicted, GROBID)
    assert low < lenient.overall.f1 < high
