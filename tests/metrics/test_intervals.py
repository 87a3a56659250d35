"""Bootstrap intervals: those of plain scoring of the same draws, seeded, as wide as theory says."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taggers.metrics import score_label_sets, score_labels, score_tags
from taggers.metrics.counts import FEWEST_DOCUMENTS, Counts, Name, count_each
from taggers.metrics.intervals import Interval, bounds, draws, intervals, nested, share
from taggers.metrics.language import LanguageScores, count_surprise
from taggers.metrics.strings import score_strings
from taggers.text.schemes import GROBID, IOB2, PLAIN, Scheme

GOLD = [["B-X", "O", "B-Y"]] * 60
PREDICTED = [["B-X", "O", "B-Y"]] * 40 + [["B-X", "B-X", "O"]] * 20
F1 = ("lenient", "overall", "f1")
TAGS = st.sampled_from(["O", "B-X", "I-X", "B-Y"])
PAIRS = st.lists(st.lists(st.tuples(TAGS, TAGS, st.booleans()), max_size=4), min_size=1, max_size=8)
WORDS = st.text("ab", min_size=1, max_size=3)
LABELS = st.sampled_from(["a", "b", "c"])
SAMPLES = 8


def f1_of(gold: list[list[str]], predicted: list[list[str]], **said: Any) -> Interval:
    scores = score_tags(gold, predicted, IOB2)
    return intervals(scores.counts, {F1: scores.figures()[F1]}, **said)[F1]


def at(values: Any, place: Name) -> float:
    for key in place:
        if not values or key not in values:
            return 0.0  # a label that a sample has nothing of
        values = values[key]
    return 0.0 if values is None else float(values)


def redrawn(number: int) -> list[list[int]]:
    """The sentences of each sample, as often as it has them."""
    [weights] = draws(number, SAMPLES, seed=5)
    return [np.repeat(np.arange(number), row.astype(int)).tolist() for row in weights]


def check(scores: Any, again: Any) -> None:
    """Hold all intervals of scores against those of the scores that the same sentences, taken again, are given."""
    places = scores.figures()
    found = intervals(scores.counts, places, samples=SAMPLES, seed=5)
    samples = [again(places_of_sample).to_json() for places_of_sample in redrawn(scores.counts.number)]
    plain = bounds(np.array([[at(sample, place) for place in places] for sample in samples]))
    for place, own in zip(places, plain, strict=True):
        assert found[place] == pytest.approx(own), place


@settings(max_examples=12)
@given(PAIRS, st.sampled_from([IOB2, PLAIN]))
def test_intervals_of_tags_are_those_of_plain_scoring(pairs: list[list[tuple[str, str, bool]]], scheme: Scheme) -> None:
    gold, predicted, known = ([[token[side] for token in own] for own in pairs] for side in range(3))

    def score(places: list[int]) -> Any:
        return score_tags(
            *([side[i] for i in places] for side in (gold, predicted)), scheme, [known[i] for i in places]
        )

    check(score(list(range(len(pairs)))), score)


@settings(max_examples=12)
@given(st.lists(st.tuples(LABELS, LABELS), min_size=1, max_size=8))
def test_intervals_of_labels_are_those_of_plain_scoring(pairs: list[tuple[str, str]]) -> None:
    def score(places: list[int]) -> Any:
        return score_labels([pairs[i][0] for i in places], [pairs[i][1] for i in places])

    check(score(list(range(len(pairs)))), score)


@settings(max_examples=12)
@given(st.lists(st.tuples(st.sets(LABELS), st.sets(LABELS)), min_size=1, max_size=8))
def test_intervals_of_sets_are_those_of_plain_scoring(pairs: list[tuple[set[str], set[str]]]) -> None:
    def score(places: list[int]) -> Any:
        return score_label_sets([pairs[i][0] for i in places], [pairs[i][1] for i in places])

    check(score(list(range(len(pairs)))), score)


@settings(max_examples=12)
@given(st.lists(st.tuples(WORDS, st.text("ab", max_size=3), st.booleans()), min_size=1, max_size=8))
def test_intervals_of_strings_are_those_of_plain_scoring(pairs: list[tuple[str, str, bool]]) -> None:
    def score(places: list[int]) -> Any:
        own = [pairs[i] for i in places]
        return score_strings([[g] for g, _, _ in own], [p for _, p, _ in own], [k for _, _, k in own])

    check(score(list(range(len(pairs)))), score)


def test_examples_of_a_sentence_are_drawn_together() -> None:
    scores = score_strings([["a"]] * 6, list("aaabbb"), sentences=[0, 0, 0, 1, 1, 1])
    assert scores.counts.number == 2
    assert intervals(scores.counts, scores.figures())["accuracy",] == Interval(0.0, 1.0)


def test_bits_of_a_character_have_an_interval_over_sentences() -> None:
    rng = np.random.default_rng(3)
    sentences = np.repeat(np.arange(200), 10)
    nats, unknown = rng.exponential(2.0, 2000), rng.random(2000) < 0.1
    counts = count_surprise(nats, np.ones(2000, dtype=np.int64), unknown, sentences)
    scores = LanguageScores.of(counts)
    assert (scores.symbols, scores.unknown) == (2000, int(unknown.sum()))
    assert scores.nats == pytest.approx(nats.sum())
    found = scores.intervals()
    assert found["bits_per_character",].low < scores.bits_per_character < found["bits_per_character",].high
    assert found["perplexity",].low < scores.perplexity < found["perplexity",].high
    assert scores.to_json()["intervals"]["over"] == "sentences"
    assert "95 % intervals over 200 sentences" in scores.to_table()


def test_the_same_seed_gives_the_same_interval() -> None:
    assert f1_of(GOLD, PREDICTED, seed=3) == f1_of(GOLD, PREDICTED, seed=3)
    assert f1_of(GOLD, PREDICTED, seed=3) != f1_of(GOLD, PREDICTED, seed=4)


def test_the_interval_of_a_proportion_is_as_wide_as_its_standard_error_says() -> None:
    scores = score_tags([["A"]] * 400, [["A"]] * 300 + [["B"]] * 100)
    low, high = intervals(scores.counts, scores.figures(), samples=4000)["accuracy",]
    error = math.sqrt(0.75 * 0.25 / 400)
    assert low == pytest.approx(0.75 - 1.96 * error, abs=0.006)
    assert high == pytest.approx(0.75 + 1.96 * error, abs=0.006)


def test_a_higher_level_is_wider() -> None:
    narrow, wide = f1_of(GOLD, PREDICTED, level=0.5), f1_of(GOLD, PREDICTED, level=0.99)
    assert wide.low < narrow.low < narrow.high < wide.high


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = f1_of(GOLD, PREDICTED, samples=500)
    monkeypatch.setattr("taggers.metrics.intervals._BLOCK", 7 * len(GOLD))
    monkeypatch.setattr("taggers.metrics.counts._HELD", 11)
    assert f1_of(GOLD, PREDICTED, samples=500) == whole


def test_nothing_to_draw_from_is_zero_not_a_crash() -> None:
    assert f1_of([], []) == Interval(0.0, 0.0)
    assert f1_of([["O"]], [["O"]]) == Interval(0.0, 0.0)
    assert score_tags([[]], [[]], PLAIN).to_json()["intervals"]["accuracy"] == [0.0, 0.0]
    for scores in (score_labels([], []), score_label_sets([], []), score_strings([], [])):
        assert scores.to_json()["intervals"]["accuracy"] == [0.0, 0.0]


def test_tags_of_a_dialect_are_read_by_their_scheme() -> None:
    gold = [["I-<day>", "<day>", "I-<month>"], ["I-<other>", "I-<year>", "<other>"]] * 40
    predicted = [["I-<day>", "I-<day>", "I-<month>"], ["<other>", "I-<year>", "I-<other>"]] * 40
    scores = score_tags(gold, predicted, GROBID)
    assert scores.lenient is not None
    low, high = intervals(scores.counts, scores.figures())[F1]
    assert low < scores.lenient.overall.f1 < high


def test_enough_documents_are_drawn_as_wholes() -> None:
    """Sentences that are all alike in a document say no more than one of them: the interval is that of documents."""
    right = [float(document % 2) for document in range(2 * FEWEST_DOCUMENTS)]
    documents = [document for document in range(len(right)) for _ in range(10)]
    ratio = {("accuracy",): share(("right",), ("all",))}

    def counted(values: list[float]) -> Counts:
        return count_each(("right",), values).beside(count_each(("all",), np.ones(len(values))))

    each = counted([right[document] for document in documents])
    assert intervals(each.by(documents), ratio) == intervals(counted(right), ratio)
    few = [document % (FEWEST_DOCUMENTS - 1) for document in documents]
    assert intervals(each.by(few), ratio) == intervals(each, ratio)
    assert nested({}, each.by(documents)) == {"level": 0.95, "over": "documents", "number": len(right)}


def test_of_very_many_tags_the_most_frequent_have_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taggers.metrics.spans._MOST", 2)
    scores = score_tags([["c", "b", "a", "a", "c"]], [["c", "b", "a", "a", "c"]], PLAIN)
    assert list(scores.to_json()["intervals"]["by_tag"]) == ["a", "c"]
    [line] = [line for line in scores.to_table().splitlines() if line.startswith("b ") and "to" not in line][1:]
    assert line.split() == ["b", "-", "-", "-"]
