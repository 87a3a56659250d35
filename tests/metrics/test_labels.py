"""Scores of labels: by hand, against scikit-learn, and what the tables say."""

from __future__ import annotations

import json
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taggers.metrics import PRF, LabelScores, score_label_sets, score_labels

_LABELS = st.sampled_from(["a", "b", "c", "d e"])


def test_by_hand() -> None:
    scores = score_labels(["a", "a", "a", "b", "c"], ["a", "b", "b", "b", "a"])
    assert scores.accuracy == 0.4
    assert scores.by_label == {"a": PRF.of(3, 2, 1), "b": PRF.of(1, 3, 1), "c": PRF.of(1, 0, 0)}
    assert scores.micro == PRF.of(5, 5, 2)
    assert scores.macro_f1 == pytest.approx((2 / 5 + 2 / 4 + 0) / 3)
    assert scores.confusions == {"a": {"a": 1, "b": 2}, "b": {"b": 1}, "c": {"a": 1}}
    assert (scores.headline, scores.headline_name) == (0.4, "accuracy")


def test_sets_by_hand() -> None:
    scores = score_label_sets([{"a", "b"}, set(), {"c"}, {"a"}], [["b"], [], ["c", "a", "c"], ["a"]])
    assert scores.accuracy == 0.5
    assert scores.by_label == {"a": PRF.of(2, 2, 1), "b": PRF.of(1, 1, 1), "c": PRF.of(1, 1, 1)}
    assert scores.micro == PRF.of(4, 4, 3)
    assert scores.confusions is None
    assert (scores.headline, scores.headline_name) == (0.75, "micro F1")


@given(st.lists(st.tuples(_LABELS, _LABELS), min_size=1, max_size=30))
def test_labels_are_scored_as_scikit_learn_does(pairs: list[tuple[str, str]]) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    gold, predicted = [g for g, _ in pairs], [p for _, p in pairs]
    scores = score_labels(gold, predicted)
    labels = list(scores.by_label)
    assert scores.accuracy == pytest.approx(metrics.accuracy_score(gold, predicted))
    _agrees(scores, metrics.precision_recall_fscore_support(gold, predicted, labels=labels, zero_division=0.0))
    assert scores.macro_f1 == pytest.approx(metrics.f1_score(gold, predicted, average="macro", zero_division=0.0))
    assert scores.confusions is not None
    matrix = [[scores.confusions.get(g, {}).get(p, 0) for p in labels] for g in labels]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of a single label
        assert matrix == metrics.confusion_matrix(gold, predicted, labels=labels).tolist()


@given(st.lists(st.tuples(st.sets(_LABELS), st.sets(_LABELS)), min_size=1, max_size=30))
def test_sets_are_scored_as_scikit_learn_does(pairs: list[tuple[set[str], set[str]]]) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    scores = score_label_sets([g for g, _ in pairs], [p for _, p in pairs])
    labels = list(scores.by_label)
    if not labels:
        assert (scores.micro, scores.accuracy) == (PRF.of(0, 0, 0), 1.0)
        return
    # a further column that nothing has, for scikit-learn takes a single one for labels of two classes
    gold, predicted = ([[*(label in s for label in labels), False] for s in side] for side in zip(*pairs, strict=True))
    said: dict[str, object] = {"labels": range(len(labels)), "zero_division": 0.0}
    assert scores.accuracy == pytest.approx(metrics.accuracy_score(gold, predicted))
    _agrees(scores, metrics.precision_recall_fscore_support(gold, predicted, **said))
    assert scores.micro.f1 == pytest.approx(metrics.f1_score(gold, predicted, average="micro", **said))
    assert scores.macro_f1 == pytest.approx(metrics.f1_score(gold, predicted, average="macro", **said))


def _agrees(scores: LabelScores, others: tuple[list[float], ...]) -> None:
    for prf, precision, recall, f1, support in zip(scores.by_label.values(), *others, strict=True):
        assert (prf.precision, prf.recall, prf.f1, prf.gold) == pytest.approx((precision, recall, f1, support))


def test_nothing_to_score_is_zero() -> None:
    for scores in (score_labels([], []), score_label_sets([], [])):
        assert (scores.accuracy, scores.macro_f1, scores.micro.f1, dict(scores.by_label)) == (0.0, 0.0, 0.0, {})


def test_sides_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        score_labels(["a", "b"], ["a"])
    with pytest.raises(ValueError, match="longer"):
        score_label_sets([["a"]], [["a"], ["b"]])


def test_the_json_is_json() -> None:
    for scores in (score_labels(["b", "a"], ["a", "a"]), score_label_sets([["b"]], [["a"]])):
        assert json.loads(json.dumps(scores.to_json())) == scores.to_json()
        assert list(scores.to_json()["by_label"]) == ["a", "b"]


def test_of_many_labels_the_most_frequent_confusions_are_listed() -> None:
    gold = [f"label {i:02}" for i in range(30) for _ in range(i + 1)]
    table = score_labels(gold, ["label 00"] * len(gold)).to_table().splitlines()
    start = table.index(f"{'count':>5}  {'gold':<8}  predicted")
    assert table[start + 1] == "   30  label 29  label 00"
    assert table[start + 20] == "   11  label 10  label 00"
    assert table[start + 21 :] == [f"{sum(range(2, 11)):>5}  in 9 other pairs"]


def test_no_confusion_is_no_list() -> None:
    labels = [f"label {i}" for i in range(9)]
    assert score_labels(labels, labels).to_table().endswith("accuracy 100.0 to 100.0, macro F1 100.0 to 100.0")


def test_a_label_that_is_only_gold_or_only_predicted_has_a_row_and_a_column() -> None:
    assert score_labels(["only gold"], ["x"]).to_table().splitlines()[-3:] == [
        "gold \\ predicted  only gold    x",
        "only gold                 0    1",
        "x                         0    0",
    ]
