"""All scores together: the JSON that programs read, the table that people do."""

from __future__ import annotations

import json

import pytest

from taggers.metrics import Scores, score_spans, score_tags
from taggers.metrics.labels import score_labels
from taggers.text.schemes import IOB2, IOBES, PLAIN

GOLD = [["B-PER", "I-PER", "O", "B-LOC"]]
PREDICTED = [["I-PER", "I-PER", "O", "B-LOC"]]


def test_json_has_exactly_these_keys() -> None:
    values = score_tags(GOLD, PREDICTED, IOB2, known=[[True, True, True, False]]).to_json()
    assert list(values) == ["lenient", "strict", "accuracy", "unknown_accuracy", "intervals"]
    prf = ["precision", "recall", "f1", "gold", "predicted", "correct"]
    for kind in ("lenient", "strict"):
        assert list(values[kind]) == ["overall", "by_label"]
        assert list(values[kind]["overall"]) == prf
        assert {label: list(scores) for label, scores in values[kind]["by_label"].items()} == {"LOC": prf, "PER": prf}
    assert values["lenient"]["overall"]["f1"] == 1.0
    assert values["strict"]["overall"] == {
        "precision": 1.0,
        "recall": 0.5,
        "f1": 2 / 3,
        "gold": 2,
        "predicted": 1,
        "correct": 1,
    }
    assert (values["accuracy"], values["unknown_accuracy"]) == (0.75, 1.0)
    between = values["intervals"]
    assert list(between) == ["level", "over", "number", "accuracy", "unknown_accuracy", "lenient", "strict"]
    assert list(between["strict"]) == ["overall", "by_label"]
    assert between["strict"]["overall"] == {"precision": [1.0, 1.0], "recall": [0.5, 0.5], "f1": [2 / 3, 2 / 3]}
    assert list(between["lenient"]["by_label"]) == ["LOC", "PER"]
    assert json.loads(json.dumps(values)) == values


def test_plain_tags_have_no_span_scores() -> None:
    values = score_tags([["DET", "NOUN"]], [["DET", "DET"]]).to_json()
    assert list(values) == ["lenient", "strict", "accuracy", "unknown_accuracy", "by_tag", "intervals"]
    assert values["intervals"]["by_tag"]["DET"]["precision"] == [0.5, 0.5]
    assert (values["lenient"], values["strict"], values["unknown_accuracy"]) == (None, None, None)
    assert values["by_tag"]["DET"]["precision"] == 0.5


def test_the_headline_is_f1_of_spans_and_accuracy_of_plain_tags() -> None:
    assert score_tags(GOLD, PREDICTED).headline == 1.0
    assert score_tags([["DET", "NOUN"]], [["DET", "DET"]], PLAIN).headline == 0.5


def test_the_scheme_is_found_over_gold_where_it_is_not_said() -> None:
    gold = [["S-X", "O", "B-X", "E-X"]]
    assert score_tags(gold, gold) == score_tags(gold, gold, IOBES)
    assert score_tags(gold, gold).strict == score_spans(gold, gold, strict=IOBES)


def test_lenient_scores_do_not_depend_on_the_scheme() -> None:
    assert score_tags(GOLD, PREDICTED, IOB2).lenient == score_spans(GOLD, PREDICTED)


def test_sentences_of_other_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="sentence 0 has 2 gold tags and 1 predicted ones"):
        score_tags([["O", "B-X"]], [["O"]])


def test_the_table_sets_lenient_and_strict_side_by_side() -> None:
    assert score_tags(GOLD, PREDICTED, IOB2, known=[[True] * 3 + [False]]).to_table().split("\n") == [
        "                                          lenient                                        strict",
        "     precision  recall      F1    gold  predicted  precision  recall      F1    gold  predicted",
        "LOC     100.00  100.00  100.00       1          1     100.00  100.00  100.00       1          1",
        "PER     100.00  100.00  100.00       1          1       0.00    0.00    0.00       1          0",
        "all     100.00  100.00  100.00       2          2     100.00   50.00   66.67       2          1",
        "accuracy 75.00, on unknown words 100.00",
        "",
        "95 % intervals over 1 sentence",
        "                                            lenient                                          strict",
        "          precision          recall              F1       precision          recall              F1",
        "LOC  100.0 to 100.0  100.0 to 100.0  100.0 to 100.0  100.0 to 100.0  100.0 to 100.0  100.0 to 100.0",
        "PER  100.0 to 100.0  100.0 to 100.0  100.0 to 100.0      0.0 to 0.0      0.0 to 0.0      0.0 to 0.0",
        "all  100.0 to 100.0  100.0 to 100.0  100.0 to 100.0  100.0 to 100.0    50.0 to 50.0    66.7 to 66.7",
        "accuracy 75.0 to 75.0, on unknown words 100.0 to 100.0",
    ]


def test_a_label_that_is_called_as_the_sum_has_its_own_row() -> None:
    table = score_tags([["B-all", "B-PER"]], [["B-all", "O"]], IOB2).to_table().split("\n")
    assert [line.split()[:4] for line in table[2:5]] == [
        ["PER", "0.00", "0.00", "0.00"],
        ["all", "100.00", "100.00", "100.00"],
        ["all", "100.00", "50.00", "66.67"],
    ]
    assert score_labels(["all", "b"], ["all", "all"]).to_table().count("\nall ") == 5  # all tables


def test_a_table_of_nothing_is_a_table() -> None:
    assert score_tags([], []).to_table().split("\n")[-1] == "accuracy 0.0 to 0.0"
    assert isinstance(score_tags([["O"]], [["O"]]), Scores)
    assert "all" in score_tags([["O"]], [["O"]]).to_table()


def test_outside_is_right_however_grobid_spells_it() -> None:
    gold = [["I-<other>", "I-<other>", "I-<day>", "<day>", "I-<day>"]]
    scores = score_tags(gold, [["I-<other>", "<other>", "I-<day>", "<day>", "<day>"]])
    assert scores.tokens.accuracy == 0.8
    assert (
        scores.lenient
        == scores.strict
        == score_spans([["O", "O", "B-day", "I-day", "B-day"]], [["O", "O", "B-day", "I-day", "I-day"]])
    )


def test_spans_of_grobid_that_do_not_begin_are_lenient_only() -> None:
    scores = score_tags([["I-<day>", "I-<other>", "<other>"]], [["<day>", "<other>", "<other>"]])
    assert scores.lenient is not None
    assert scores.strict is not None
    assert (scores.lenient.overall.correct, scores.strict.overall.predicted) == (1, 0)
