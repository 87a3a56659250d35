"""Token accuracy, over all words and unknown ones, held against plain counting."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taggers.metrics import PRF, score_tokens

tokens = st.tuples(st.sampled_from("ABC"), st.sampled_from("ABC"), st.booleans())


@given(st.lists(st.lists(tokens, max_size=5), max_size=5))
def test_accuracy_is_the_share_of_equal_tags(sentences: list[list[tuple[str, str, bool]]]) -> None:
    gold = [[g for g, _, _ in s] for s in sentences]
    predicted = [[p for _, p, _ in s] for s in sentences]
    known = [[k for _, _, k in s] for s in sentences]
    flat = [token for sentence in sentences for token in sentence]
    scores = score_tokens(gold, predicted, known)
    assert scores.accuracy == (sum(g == p for g, p, _ in flat) / len(flat) if flat else 0.0)
    unknown = [g == p for g, p, k in flat if not k]
    assert scores.unknown_accuracy == (sum(unknown) / len(unknown) if unknown else None)
    for tag in "ABC":
        counts = (
            sum(g == tag for g, _, _ in flat),
            sum(p == tag for _, p, _ in flat),
            sum(g == p == tag for g, p, _ in flat),
        )
        assert scores.by_tag.get(tag, PRF.of(0, 0, 0)) == PRF.of(*counts)
    assert score_tokens(gold, predicted).accuracy == scores.accuracy
    assert score_tokens(gold, predicted).unknown_accuracy is None


def test_tags_are_sorted() -> None:
    assert list(score_tokens([["b", "a"]], [["c", "a"]]).by_tag) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("gold", "predicted", "known"),
    [
        ([["A"]], [["A", "B"]], None),
        ([["A"]], [["A"], ["B"]], [[True]]),
        ([["A"]], [["A"]], [[False, True]]),
        ([["A"], ["B"]], [["A"]], None),
    ],
)
def test_values_of_other_lengths_are_refused(
    gold: list[list[str]], predicted: list[list[str]], known: list[list[bool]] | None
) -> None:
    with pytest.raises(ValueError, match=r"zip|tags"):
        score_tokens(gold, predicted, known)
