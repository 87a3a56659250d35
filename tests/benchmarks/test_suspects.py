"""Errors are planted as is said, and rankings are judged as is said."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.planting import MISTAKES, Planted, plant
from benchmarks.suspects import judged
from taggers.text import Sentence, Span
from taggers.text.schemes import IOB2, IOBES, Scheme, decode, encode, violations

LABELS = ("LOC", "ORG", "PER")


@st.composite
def corpora(draw: st.DrawFn, scheme: Scheme) -> list[Sentence]:
    """Sentences of spans and gaps."""
    made = []
    for _ in range(draw(st.integers(1, 12))):
        spans, at = [], 0
        for gap, length, label in draw(
            st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3), st.sampled_from(LABELS)), max_size=4)
        ):
            spans.append(Span(at + gap, at + gap + length, label))
            at += gap + length
        tags = encode(spans, at + 1, scheme)
        made.append(Sentence(tuple(map(str, range(at + 1))), {"ner": tuple(tags)}))
    return made


@pytest.mark.parametrize("scheme", [IOB2, IOBES], ids=lambda scheme: scheme.name)
@given(st.data())
def test_planted_errors_are_all_that_changes(scheme: Scheme, data: st.DataObject) -> None:
    before = data.draw(corpora(scheme))
    seed = data.draw(st.integers(0, 99))
    after, planted = plant(before, "ner", scheme, 0.5, seed)
    assert plant(before, "ner", scheme, 0.5, seed) == (after, planted)
    expected = [set(decode(s.layers["ner"], scheme)) for s in before]
    for error in planted:
        assert error.before in expected[error.sentence]
        expected[error.sentence] -= {error.before}
        expected[error.sentence] |= set() if error.after is None else {error.after}
        assert (error.after is None) == (error.mistake == "removed")
        if error.mistake == "retyped":
            assert error.after is not None
            assert error.after[:2] == error.before[:2]
            assert error.after.label != error.before.label
        if error.mistake == "moved":
            assert error.after is not None
            moved = (abs(a - b) for a, b in zip(error.after[:2], error.before[:2], strict=True))
            assert sorted(moved) == [0, 1]
        assert error.tokens
    for old, new, spans in zip(before, after, expected, strict=True):
        assert not violations(new.layers["ner"], scheme)
        assert set(decode(new.layers["ner"], scheme)) == spans
        assert new.tokens == old.tokens
    changed = {
        (n, t)
        for n, (old, new) in enumerate(zip(before, after, strict=True))
        for t in range(len(old))
        if old.layers["ner"][t] != new.layers["ner"][t]
    }
    assert {(e.sentence, t) for e in planted for t in e.tokens} <= changed


def test_a_share_of_the_spans_gets_an_error_each_kind_as_often() -> None:
    tags = tuple(encode([Span(1, 3, "PER"), Span(5, 6, "LOC")], 8, IOB2))
    before = [Sentence(tuple("abcdefgh"), {"ner": tags})] * 150
    _, planted = plant(before, "ner", IOB2, 0.1, seed=1)
    assert Counter(error.mistake for error in planted) == dict.fromkeys(MISTAKES, 10)


def error(sentence: int, *tokens: int) -> Planted:
    return Planted(sentence, "removed", Span(0, 1, "PER"), None, frozenset(tokens))


def test_an_error_is_found_once_and_what_finds_it_again_is_passed_over() -> None:
    planted = [error(0, 1, 2), error(1, 0), error(2, 5)]
    ranking = [(0, {1}), (0, {2}), (3, {0}), (1, {0, 1}), (2, {4})]
    figures = judged([(sentence, frozenset(tokens)) for sentence, tokens in ranking], planted)
    assert figures["items"] == 4
    assert figures["recall"] == pytest.approx(2 / 3)
    assert figures["average precision"] == pytest.approx((1 + 2 / 3) / 3)
    assert figures["precision at planted"] == pytest.approx(2 / 3)
    assert figures["precision at 100"] == 0.02


def test_runs_pass_over_a_token_beside_one_that_was_ranked_unless_it_finds_something() -> None:
    ranking = [(7, {3}), (7, {4}), (7, {5}), (7, {8}), (0, {0}), (0, {1})]
    items = [(sentence, frozenset(tokens)) for sentence, tokens in ranking]
    planted = [error(0, 1)]
    assert judged(items, planted)["items"] == 6
    figures = judged(items, planted, runs=True)
    assert (figures["items"], figures["average precision"]) == (4, 0.25)


def test_an_item_may_find_several_errors() -> None:
    figures = judged([(0, frozenset({1, 4}))], [error(0, 1), error(0, 4)])
    assert (figures["recall"], figures["average precision"], figures["precision at planted"]) == (1.0, 1.0, 0.5)
