"""Pictures: that they are drawn whatever the labels, and grow with them."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.image import imread
from matplotlib.mathtext import MathTextParser

from taggers.metrics.reliability import Outcomes, Reliability
from taggers.plots import confusion_matrix, reliability_diagram


def size(picture: bytes) -> tuple[int, int]:
    height, width, _ = imread(io.BytesIO(picture), format="png").shape
    return height, width


def test_every_label_has_a_row_and_a_column_of_readable_size() -> None:
    few, many = ({f"label {i:02}": {f"label {i:02}": 3, "label 00": 1} for i in range(n)} for n in (5, 77))
    assert min(size(confusion_matrix(many))) - max(size(confusion_matrix(few))) > 70 * 15


def test_right_is_blue_and_wrong_is_red() -> None:
    def balance(confusions: dict[str, dict[str, int]]) -> float:
        image = np.asarray(imread(io.BytesIO(confusion_matrix(confusions)), format="png"))
        return float((image[..., 2] - image[..., 0]).sum())

    assert balance({"a": {"a": 9}, "b": {"b": 9}}) > 0 > balance({"a": {"b": 9}, "b": {"a": 9}})


def test_odd_labels_are_drawn() -> None:
    assert confusion_matrix({"$x_1$ {": {"$\\": 1}, "字": {"é": 2}, "x" * 1000: {"": 1}, "\ud800": {"a\0\n": 1}})
    assert confusion_matrix({})


def test_labels_are_no_formulas(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError(arguments)

    monkeypatch.setattr(MathTextParser, "parse", refuse)
    assert confusion_matrix({"$x^2$": {"$x^2$": 1, "$": 2}, "$ {": {"$ {": 1}})


@pytest.mark.parametrize("number", [0, 1, 300])
def test_a_reliability_diagram_is_as_wide_as_its_panels(number: int) -> None:
    rng = np.random.default_rng(1)
    sure = rng.random(number)
    figures = Reliability.of(Outcomes(sure, rng.random(number) < sure)).to_json()
    one = size(reliability_diagram({"predicted spans": figures}))
    two = size(reliability_diagram({"predicted spans": figures, "candidate spans": figures}))
    assert one[0] == pytest.approx(two[0], abs=20)
    assert two[1] > 1.6 * one[1]
