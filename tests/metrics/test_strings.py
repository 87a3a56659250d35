"""Scores of strings against plain recursion."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taggers.metrics.strings import edit_distances, score_strings

WORDS = st.text(alphabet="abc", max_size=7)


@cache
def recursive(first: str, second: str) -> int:
    """The definition."""
    if not first or not second:
        return len(first) + len(second)
    return min(
        recursive(first[1:], second) + 1,
        recursive(first, second[1:]) + 1,
        recursive(first[1:], second[1:]) + (first[0] != second[0]),
    )


@given(st.lists(st.tuples(WORDS, WORDS), max_size=12))
def test_distances_are_those_of_the_definition(pairs: list[tuple[str, str]]) -> None:
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    assert edit_distances(first, second).tolist() == [recursive(a, b) for a, b in pairs]
    assert edit_distances(second, first).tolist() == edit_distances(first, second).tolist()


def test_a_pair_has_the_same_distance_whatever_stands_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    words = ["".join(rng.choice(list("ab"), size=rng.integers(0, 12))) for _ in range(60)]
    whole = edit_distances(words[:30], words[30:])
    monkeypatch.setattr("taggers.metrics.strings._AT_ONCE", 1)
    assert edit_distances(words[:30], words[30:]).tolist() == whole.tolist()


def test_symbols_may_be_of_several_letters() -> None:
    assert edit_distances([("AH", "K")], [("A", "H", "K")]).tolist() == [2]


def test_a_hundred_thousand_pairs_are_compared() -> None:
    rng = np.random.default_rng(1)
    letters = rng.integers(97, 123, size=(200_000, 12), dtype=np.uint8)
    words = [row.tobytes().decode() for row in letters]
    distances = edit_distances(words[:100_000], words[100_000:])
    assert distances.shape == (100_000,)
    assert 0 < distances.max() <= 12


def test_monstrous_strings_are_compared() -> None:
    assert edit_distances(["a" * 3000], ["a" * 2999 + "b"]).tolist() == [1]


@given(st.lists(st.tuples(st.lists(WORDS, min_size=1, max_size=3), WORDS, st.booleans()), min_size=1, max_size=8))
def test_of_several_gold_answers_the_nearest_counts(examples: list[tuple[list[str], str, bool]]) -> None:
    gold, predicted, known = zip(*examples, strict=True)
    scores = score_strings(gold, predicted, known)
    nearest = [min(own, key=lambda g: recursive(g, p)) for own, p in zip(gold, predicted, strict=True)]
    distances = [recursive(g, p) for g, p in zip(nearest, predicted, strict=True)]
    unknown = [p in own for own, p, is_known in examples if not is_known]
    assert scores.accuracy == pytest.approx(sum(p in own for own, p, _ in examples) / len(examples))
    assert scores.unknown_accuracy == (pytest.approx(sum(unknown) / len(unknown)) if unknown else None)
    assert scores.distance == pytest.approx(sum(distances) / len(examples))
    assert scores.error_rate == pytest.approx(sum(distances) / max(1, sum(map(len, nearest))))
    assert scores.headline == scores.accuracy


def test_nothing_scores_nothing() -> None:
    assert score_strings([], []).examples == 0


@pytest.mark.parametrize(("gold", "predicted"), [([["a"]], []), ([[]], ["a"])])
def test_what_cannot_be_compared_is_refused(gold: list[list[str]], predicted: list[str]) -> None:
    with pytest.raises(ValueError, match="gold"):
        score_strings(gold, predicted)
