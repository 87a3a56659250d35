"""Comparisons of two models: by enumeration, by plain counting, and what must hold of any comparison."""

from __future__ import annotations

from itertools import combinations, product
from statistics import mean
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taggers.metrics import compare_runs, compare_scores, holm, score_label_sets, score_labels, score_spans, score_tags
from taggers.metrics.intervals import Interval, bounds, draws
from taggers.metrics.significance import cohens_h, permutation_p, share_as_far, superiority, swaps, two_sided
from taggers.metrics.strings import score_strings
from taggers.text.schemes import IOB2, PLAIN

TAGS = st.sampled_from(["O", "B-X", "I-X", "B-Y"])
TRIPLES = st.lists(st.lists(st.tuples(TAGS, TAGS, TAGS), max_size=4), min_size=1, max_size=7)
Sentences = list[list[str]]


def sides(triples: list[list[tuple[str, str, str]]]) -> tuple[Sentences, Sentences, Sentences]:
    gold, first, second = ([[token[side] for token in own] for own in triples] for side in range(3))
    return gold, first, second


def f1(gold: Sentences, predicted: Sentences) -> float:
    return score_spans(gold, predicted).overall.f1


@settings(max_examples=40)
@given(TRIPLES)
def test_few_sentences_are_swapped_in_every_way(triples: list[list[tuple[str, str, str]]]) -> None:
    gold, first, second = sides(triples)
    observed = f1(gold, second) - f1(gold, first)
    far = 0
    for swapped in product((False, True), repeat=len(gold)):
        pairs = [(b, a) if swap else (a, b) for a, b, swap in zip(first, second, swapped, strict=True)]
        far += abs(f1(gold, [b for _, b in pairs]) - f1(gold, [a for a, _ in pairs])) >= abs(observed) - 1e-9
    found = compare_scores(score_tags(gold, first, IOB2), score_tags(gold, second, IOB2), samples=1)
    assert found.differences["lenient F1"].p == far / 2 ** len(gold)


def test_drawn_swaps_agree_with_all_of_them() -> None:
    rng = np.random.default_rng(1)
    gold = ["a"] * 12
    first, second = (np.where(rng.random(12) < share, "a", "b").tolist() for share in (0.3, 0.8))
    scores = score_labels(gold, first), score_labels(gold, second)
    whole = compare_scores(*scores, shuffles=4096).differences["accuracy"].p
    drawn = compare_scores(*scores, shuffles=4095, seed=2).differences["accuracy"].p
    assert whole != drawn
    assert drawn == pytest.approx(whole, abs=0.02)


@settings(max_examples=20)
@given(TRIPLES)
def test_the_interval_of_a_difference_is_that_of_the_same_draws(triples: list[list[tuple[str, str, str]]]) -> None:
    gold, first, second = sides(triples)
    [weights] = draws(len(gold), 15, seed=4)
    samples = [np.repeat(np.arange(len(gold)), row.astype(int)) for row in weights]
    plain = [
        f1([gold[i] for i in own], [second[i] for i in own]) - f1([gold[i] for i in own], [first[i] for i in own])
        for own in samples
    ]
    [interval] = bounds(np.array(plain)[:, None])
    scores = score_tags(gold, first, IOB2), score_tags(gold, second, IOB2)
    found = compare_scores(*scores, samples=15, seed=4).differences["lenient F1"]
    assert found.interval == pytest.approx(interval, abs=1e-9)


@settings(max_examples=20)
@given(TRIPLES, st.sampled_from([IOB2, PLAIN]))
def test_whoever_comes_first_the_same_is_found(triples: list[list[tuple[str, str, str]]], scheme: Any) -> None:
    gold, *answers = sides(triples)
    first, second = (score_tags(gold, own, scheme) for own in answers)
    found, turned = compare_scores(first, second, 50), compare_scores(second, first, 50)
    assert (found.sentences.first_alone, found.sentences.both) == (turned.sentences.second_alone, turned.sentences.both)
    for name, own in found.differences.items():
        other = turned.differences[name]
        assert (own.first, own.second, own.p) == (other.second, other.first, other.p)
        assert own.difference == -other.difference
        assert own.interval == pytest.approx((-other.interval.high, -other.interval.low))
        assert own.effect == -other.effect if own.effect is not None and other.effect is not None else False


@pytest.mark.parametrize(
    "scores",
    [
        score_tags([["B-X", "O"]] * 30, [["B-X", "O"], ["O", "O"]] * 15, IOB2),
        score_tags([["DET"], ["NOUN"]] * 15, [["DET"], ["DET"]] * 15, PLAIN),
        score_labels(["a", "b"] * 15, ["a", "a"] * 15),
        score_label_sets([{"a"}, {"b"}] * 15, [{"a"}, {"a", "b"}] * 15),
        score_strings([["ab"], ["b"]] * 15, ["ab", "a"] * 15),
    ],
)
def test_a_model_is_as_good_as_itself(scores: Any) -> None:
    found = compare_scores(scores, scores)
    for own in found.differences.values():
        assert (own.difference, own.p, own.interval, own.effect) == (0.0, 1.0, Interval(0.0, 0.0), 0.0)
        assert own.first_interval == own.second_interval
    assert (found.sentences.first_alone, found.sentences.second_alone) == (0, 0)
    assert found.sentences.both + found.sentences.neither == 30
    for own in compare_runs([scores] * 3, [scores] * 3).differences.values():
        assert (own.difference, own.p, own.p_runs, own.effect) == (0.0, 1.0, 1.0, 0.5)
    assert found.headline in found.differences
    assert found.to_json()["differences"][found.headline]["p"] == found.p == 1.0


def test_sentences_that_one_alone_has_right_are_counted() -> None:
    gold = [["B-X", "O"], ["B-X", "O"], ["O", "O"], ["B-Y", "I-Y"], ["O"]]
    first = [["B-X", "O"], ["O", "O"], ["O", "O"], ["B-Y", "O"], ["B-X"]]
    second = [["O", "O"], ["B-X", "O"], ["O", "O"], ["B-Y", "O"], ["O"]]
    found = compare_scores(score_tags(gold, first, IOB2), score_tags(gold, second, IOB2)).sentences
    assert (found.both, found.first_alone, found.second_alone, found.neither) == (1, 1, 2, 1)


def test_documents_are_swapped_as_wholes() -> None:
    """Twenty documents of ten equal sentences say what twenty sentences say."""
    documents = [number // 10 for number in range(200)]
    first = ["b" if document < 12 else "a" for document in documents]
    second = ["b" if document < 4 else "a" for document in documents]
    whole = compare_scores(*(score_labels(["a"] * 200, own, documents) for own in (first, second)))
    one = compare_scores(*(score_labels(["a"] * 20, own[::10]) for own in (first, second)))
    alone = compare_scores(*(score_labels(["a"] * 200, own) for own in (first, second)))
    assert (whole.unit, whole.units, alone.unit) == ("document", 20, "sentence")
    assert whole.p == one.p > alone.p
    assert whole.differences["accuracy"].interval == one.differences["accuracy"].interval
    assert whole.sentences.second_alone == 80


def test_runs_are_parted_in_every_way() -> None:
    first, second = [0.7, 0.72, 0.75, 0.71], [0.74, 0.78, 0.76]
    pooled = [*first, *second]
    observed = mean(second) - mean(first)
    parted = [
        mean(set_of := [pooled[i] for i in chosen]) - (sum(pooled) - sum(set_of)) / 3
        for chosen in combinations(range(7), 4)
    ]
    expected = sum(abs(own) >= abs(observed) - 1e-12 for own in parted) / len(parted)
    assert permutation_p(first, second) == pytest.approx(expected)
    assert permutation_p(first, second, shuffles=30) == pytest.approx(expected, abs=0.15)
    assert permutation_p(first, second) == permutation_p(second, first)


def test_an_interval_over_runs_is_wider_than_one_over_sentences_alone() -> None:
    rng = np.random.default_rng(2)
    gold = ["a"] * 400

    def run(share: float) -> Any:
        return score_labels(gold, np.where(rng.random(400) < share, "a", "b").tolist())

    alike = [run(0.8)] * 4
    apart = [run(share) for share in (0.6, 0.75, 0.85, 0.95)]
    narrow, wide = (compare_runs(runs, runs).differences["accuracy"].first_interval for runs in (alike, apart))
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)
    found = compare_runs(alike, apart)
    assert found.differences["accuracy"].difference == pytest.approx(
        mean(s.accuracy for s in apart) - mean(s.accuracy for s in alike)
    )


def test_a_single_run_stands_for_itself() -> None:
    scores = [score_labels(["a"] * 30, ["a"] * right + ["b"] * (30 - right)) for right in (20, 25, 26, 27)]
    found = compare_runs(scores[:1], scores[1:]).differences["accuracy"]
    assert found.p_runs == 0.25
    assert found.effect == 1.0
    assert "1 run of A, 3 of B, and 30 sentences" in compare_runs(scores[:1], scores[1:]).to_table()


def test_what_is_not_of_the_same_sentences_or_kind_is_refused() -> None:
    one, longer, tags = score_labels(["a"], ["a"]), score_labels(["a", "a"], ["a", "b"]), score_tags([["N"]], [["N"]])
    with pytest.raises(ValueError, match="same sentences are compared, these are of 1, 2"):
        compare_scores(one, longer)
    with pytest.raises(ValueError, match="one kind"):
        compare_runs([one, one], [tags])


def test_holm_by_hand() -> None:
    # Of 4: 0.005 x 4, then 0.01 x 3, then 0.03 x 2, then 0.04 x 1, which is no less than what came before.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.7]) == [1.0, 1.0]
    assert holm([]) == []
    assert holm([0.02]) == [0.02]


def test_effects_by_hand() -> None:
    assert cohens_h(0.0, 1.0) == pytest.approx(np.pi)
    assert cohens_h(0.25, 0.75) == pytest.approx(np.pi / 3)
    assert cohens_h(0.5, 1.2) is None
    assert superiority([1.0, 3.0], [2.0, 3.0]) == pytest.approx((1 + 1 + 0 + 0.5) / 4)


def test_p_of_draws_counts_the_data_as_one_of_them() -> None:
    assert share_as_far(np.array([0.1, -0.2, 0.0]), 0.3, exact=False) == 0.25
    assert share_as_far(np.array([0.3, -0.3, 0.0, 0.1]), 0.3, exact=True) == 0.5
    assert two_sided(np.full(99, 0.1)) == pytest.approx(0.02)


def test_swaps_come_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = np.concatenate(list(swaps(40, 100, seed=1)))
    assert whole.shape == (100, 40)
    assert set(np.unique(whole)) == {0.0, 1.0}
    assert 0.4 < whole.mean() < 0.6
    monkeypatch.setattr("taggers.metrics.intervals._BLOCK", 40)
    assert len(list(swaps(40, 100, seed=1))) == 100
