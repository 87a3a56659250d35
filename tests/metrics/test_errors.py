"""Errors told apart: by hand from the published definitions, against nervaluate, and sums that must agree."""

from __future__ import annotations

import json
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taggers.metrics import score_spans
from taggers.metrics.errors import KINDS, Matches, SpanErrors, span_errors
from taggers.text import Span
from taggers.text.schemes import decode

TAGS = st.sampled_from(["O", "B-X", "I-X", "I-X", "B-Y", "I-Y"])
PAIRS = st.lists(st.lists(st.tuples(TAGS, TAGS), min_size=1, max_size=12), min_size=1, max_size=4)
NAMES = {"strict": "strict", "exact": "exact", "partial": "partial", "type": "ent_type"}  # ours and nervaluate's


def kinds(errors: SpanErrors) -> dict[str, dict[str, int]]:
    """The kinds that occur, by label."""
    found = {label: {kind: n for kind, n in row.items() if n} for label, row in errors.by_label.items()}
    return {label: row for label, row in found.items() if row}


# The scenarios of SemEval-2013, task 9.1, and what they count as: strict, exact, partial, type.
@pytest.mark.parametrize(
    ("gold", "predicted", "kind", "counted"),
    [
        (Span(2, 4, "X"), Span(2, 4, "X"), "correct", ("correct", "correct", "correct", "correct")),
        (None, Span(2, 4, "X"), "spurious", ("spurious",) * 4),
        (Span(2, 4, "X"), None, "missed", ("missed",) * 4),
        (Span(2, 4, "X"), Span(2, 4, "Y"), "label", ("incorrect", "correct", "correct", "incorrect")),
        (Span(2, 4, "X"), Span(3, 5, "X"), "boundary", ("incorrect", "incorrect", "partial", "correct")),
        (Span(2, 4, "X"), Span(1, 3, "Y"), "both", ("incorrect", "incorrect", "partial", "incorrect")),
    ],
)
def test_each_scenario(gold: Span | None, predicted: Span | None, kind: str, counted: tuple[str, ...]) -> None:
    errors = span_errors([[gold] if gold else []], [[predicted] if predicted else []])
    assert kinds(errors) == {"X": {kind: 1}}
    for matches, name in zip(errors.schemes.values(), counted, strict=True):
        nothing = dict.fromkeys(("correct", "incorrect", "partial", "missed", "spurious"), 0)
        assert matches == Matches(**(nothing | {name: 1}))


def test_spans_that_only_touch_are_no_partners() -> None:
    errors = span_errors([[Span(0, 2, "X")]], [[Span(2, 3, "X")]])
    assert kinds(errors) == {"X": {"missed": 1, "spurious": 1}}
    assert (errors.missed, errors.spurious, errors.confusions) == ({"X": 1}, {"X": 1}, {})


def test_the_label_finds_its_partner_where_boundaries_do_not_say() -> None:
    errors = span_errors([[Span(0, 2, "X"), Span(2, 4, "Y"), Span(4, 9, "Y")]], [[Span(1, 5, "Y")]])
    assert errors.confusions == {"Y": {"Y": 1}}
    assert errors.missed == {"X": 1, "Y": 1}
    assert errors.by_label["X"]["both"] == 1  # boundaries look at the first
    assert errors.schemes["type"] == Matches(1, 0, 0, 2, 0)


@settings(max_examples=300)
@given(PAIRS)
def test_counts_and_scores_are_those_of_nervaluate(sentences: list[list[tuple[str, str]]]) -> None:
    nervaluate = pytest.importorskip("nervaluate")
    gold, predicted = sides(sentences)

    def spelt(side: list[list[Span]]) -> list[list[dict[str, object]]]:
        return [[{"label": s.label, "start": s.start, "end": s.end - 1} for s in spans] for spans in side]

    overall = nervaluate.Evaluator(spelt(gold), spelt(predicted), ["X", "Y"], loader="dict").evaluate()["overall"]
    for name, matches in span_errors(gold, predicted).schemes.items():
        theirs = overall[NAMES[name]]
        for value in ("correct", "incorrect", "partial", "missed", "spurious"):
            assert getattr(matches, value) == getattr(theirs, value), (name, value)
        for value in ("precision", "recall", "f1"):
            assert getattr(matches, value) == pytest.approx(getattr(theirs, value)), (name, value)


@given(PAIRS)
def test_every_span_is_counted_once(sentences: list[list[tuple[str, str]]]) -> None:
    gold, predicted = sides(sentences)
    errors = span_errors(gold, predicted)
    wanted, found = (sum(map(len, side)) for side in (gold, predicted))
    for matches in errors.schemes.values():
        paired = matches.correct + matches.incorrect + matches.partial
        assert (paired + matches.missed, paired + matches.spurious) == (wanted, found)
    lenient = score_spans([[g for g, _ in s] for s in sentences], [[p for _, p in s] for s in sentences])
    assert errors.schemes["strict"].correct == lenient.overall.correct
    assert errors.schemes["strict"].f1 == pytest.approx(lenient.overall.f1)
    for label, prf in lenient.by_label.items():
        row = errors.by_label[label]
        assert sum(row[kind] for kind in KINDS if kind != "spurious") == prf.gold
        assert sum(errors.confusions.get(label, {}).values()) + errors.missed.get(label, 0) == prf.gold
        taken = sum(others.get(label, 0) for others in errors.confusions.values())
        assert taken + errors.spurious.get(label, 0) == prf.predicted
    assert list(errors.by_label) == list(lenient.by_label)


def sides(sentences: list[list[tuple[str, str]]]) -> tuple[list[list[Span]], list[list[Span]]]:
    return [decode([g for g, _ in s]) for s in sentences], [decode([p for _, p in s]) for s in sentences]


def test_nothing_is_zero_and_a_table() -> None:
    errors = span_errors([], [])
    assert [matches.f1 for matches in errors.schemes.values()] == [0.0] * 4
    assert json.loads(json.dumps(errors.to_json())) == errors.to_json()
    assert "strict" in errors.to_table()


def test_of_many_labels_the_most_frequent_confusions_are_listed() -> None:
    labels = [f"L{number}" for number in range(10)]
    gold = [[Span(0, 1, label)] for label in labels]
    predicted = [[Span(0, 1, label)] for label in [*labels[1:], labels[0]]]
    lines = span_errors([*gold, gold[0]], [*predicted, []]).to_table().split("\n\n")[-1].splitlines()
    assert lines[:3] == ["count  gold  predicted", "    1  L0    (missed)", "    1  L0    L1"]
    assert len(lines) == 12


def test_a_pair_is_counted_in_whatever_order_sentences_come() -> None:
    spans = [[], [Span(0, 1, "X")], [Span(0, 2, "Y")]]
    cases = list(product(spans, spans))
    forwards = span_errors(*zip(*cases, strict=True))
    assert forwards == span_errors(*zip(*reversed(cases), strict=True))
