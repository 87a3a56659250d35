"""Labels of texts: what is learnt, how scores become labels, what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from taggers.errors import FormatError, TaggerError
from taggers.tasks import task_from_json
from taggers.tasks.classification import Classification
from taggers.text import Sentence, Source

ONE = Classification(("a", "b", "c"))
MANY = Classification(("a", "b", "c"), many=True)


def texts(*labels: str | None) -> list[Sentence]:
    return [Sentence(("x",), label=label, source=Source("a.csv", line)) for line, label in enumerate(labels, start=1)]


def test_the_labels_of_training_are_learnt_in_sorted_order() -> None:
    assert Classification.build(texts("b", "a|c", "b")).labels == ("a|c", "b")
    assert Classification.build(texts("b", "a|c", "b", ""), many=True).labels == ("a", "b", "c")
    for many in (False, True):
        with pytest.raises(TaggerError, match="the training data has no labels"):
            Classification.build(texts(None), many)


def test_targets_are_ids_or_sets() -> None:
    assert ONE.targets(texts("c", "a")).tolist() == [2, 0]
    sets = MANY.targets(texts("c|a", "", "b"))
    assert sets.dtype == np.bool_
    assert sets.tolist() == [[True, False, True], [False] * 3, [False, True, False]]


@pytest.mark.parametrize("task", [ONE, MANY])
def test_a_text_without_a_label_or_with_an_unknown_one_is_refused_with_its_line(task: Classification) -> None:
    with pytest.raises(FormatError, match=r"^a.csv:2: expected a label, found none"):
        task.targets(texts("a", None))
    with pytest.raises(FormatError, match=r"^a.csv:2: expected a label that the training data has, found 'd'"):
        task.targets(texts("a", "d"))


def test_the_likeliest_label_is_the_answer() -> None:
    scores = np.log(np.array([[0.2, 0.5, 0.3], [0.4, 0.2, 0.4]], dtype=np.float32))
    first, tied = ONE.predictions(texts(None, None), scores)
    assert (first.label, first.layer, first.tags) == ("b", "label", ())
    assert first.scores == pytest.approx({"a": 0.2, "b": 0.5, "c": 0.3})
    assert tied.label == "a"


def test_every_label_of_half_and_more_is_one_of_the_set() -> None:
    scores = np.log(np.array([[0.9, 0.1, 0.5], [0.1, 0.2, 0.3]], dtype=np.float64))
    first, second = MANY.predictions(texts(None, None), scores)
    assert (first.label, second.label) == ("a|c", "")


def test_of_no_tokens_there_is_no_label() -> None:
    [nothing] = ONE.predictions([Sentence(())], np.full((1, 0), np.nan))
    assert (nothing.label, dict(nothing.scores)) == (None, {})


@pytest.mark.parametrize("task", [ONE, MANY])
def test_the_task_comes_back_from_json(task: Classification) -> None:
    assert task_from_json(json.loads(json.dumps(task.to_json()))) == task


def test_labels_that_training_has_not_seen_are_told() -> None:
    assert ONE.unseen(texts("a", "d", None, "b|c")) == ["b|c", "d"]
    assert MANY.unseen(texts("a|d", "", "b|c")) == ["d"]


def test_scores_are_those_of_labels_or_of_sets() -> None:
    scores = np.log(np.array([[0.9, 0.1, 0.6], [0.1, 0.2, 0.7]]))
    gold = texts("a", "a|c")
    one = ONE.score(gold, list(ONE.predictions(gold, scores)), [])
    assert one.confusions == {"a": {"a": 1}, "a|c": {"c": 1}}
    many = MANY.score(gold, list(MANY.predictions(gold, scores)), [])
    assert (many.micro.gold, many.micro.predicted, many.micro.correct) == (3, 3, 2)
