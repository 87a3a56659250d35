"""Tokens that are rows of numbers: standardised, kept as JSON, refused where they are none."""

from __future__ import annotations

import json

import numpy as np
import pytest

from taggers.data.numbers import Numbers
from taggers.errors import TaggerError


def test_numbers_are_standardised_by_what_training_holds() -> None:
    rng = np.random.default_rng(1)
    rows = rng.normal([3.0, -200.0, 1e-3], [2.0, 50.0, 1e-4], size=(500, 3))
    forms = [" ".join(map(repr, row.tolist())) for row in rows]
    numbers = Numbers.build({form: 1 + i % 2 for i, form in enumerate(forms)})
    weighted = np.repeat(numbers.look_up(forms).astype(np.float64), [1 + i % 2 for i in range(500)], axis=0)
    np.testing.assert_allclose(weighted.mean(axis=0), 0.0, atol=2e-3)
    np.testing.assert_allclose(weighted.std(axis=0), 1.0, atol=2e-3)


def test_a_column_that_never_varies_stays_finite() -> None:
    numbers = Numbers.build({"0.1 7": 3, "0.1 8": 3})
    assert numbers.look_up(["0.1 7", "1.1 1e300"]).tolist() == [[0.0, -1.0], [1.0, 1000.0]]


def test_they_come_back_from_json() -> None:
    numbers = Numbers.build({"1 2": 1, "3 5": 2})
    assert Numbers.from_json(json.loads(json.dumps(numbers.to_json()))) == numbers
    for means, deviations in (([], []), ([1.0], [0.0])):
        with pytest.raises(ValueError, match="deviations"):
            Numbers.from_json({"means": means, "deviations": deviations})


@pytest.mark.parametrize("form", ["Ada", "1", "1 2 3", "1  2", "1 nan", "", "1 2_0", "1 ٢", "1 2\0", "1 \t2"])
def test_what_is_no_row_of_numbers_is_refused(form: str) -> None:
    with pytest.raises(TaggerError, match="expected 2 numbers with single blanks between") as fault:
        Numbers((0.0, 0.0), (1.0, 1.0)).look_up(["1 2", form])
    assert repr(form) in str(fault.value)
