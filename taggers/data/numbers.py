"""Tokens that are rows of numbers, such as the steps of a sensor: read as vectors, in place of words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taggers.errors import FormatError, TaggerError
from taggers.formats.series import NUMERIC, is_number
from taggers.text import Sentence

NUMBERS = "numbers"  # what they are called among the vectors that a model reads
_LARGEST = 1000.0  # deviations from the mean
_CHARACTERS = NUMERIC | {" "}  # those of a token


@dataclass(frozen=True)
class Numbers:
    """The numbers of a token, less the means of training and over its standard deviations; (E,) each.

    >>> numbers = Numbers.build({"0 5": 1, "2 5": 1})
    >>> numbers.look_up(["1 5", "3 6"]).tolist()
    [[0.0, 0.0], [2.0, 1.0]]
    """

    means: tuple[float, ...]
    deviations: tuple[float, ...]

    @classmethod
    def build(cls, counts: Mapping[str, int]) -> Numbers:
        """What is usual among the tokens of training, which occur as often as `counts` says; a column that never varies
        counts in units of one. NumbersError where a token is no row of as many numbers as the first.
        """
        forms = list(counts)
        rows = _parse(forms, len(forms[0].split(" ")))  # (V, E)
        weights = np.array(list(counts.values()), dtype=np.float64)
        means = np.average(rows, axis=0, weights=weights)
        deviations = np.sqrt(np.average((rows - means) ** 2, axis=0, weights=weights))
        deviations[deviations <= 1e-12 * np.maximum(1.0, np.abs(means))] = 1.0
        return cls(tuple(means.tolist()), tuple(deviations.tolist()))

    @property
    def dimensions(self) -> int:
        """E."""
        return len(self.means)

    def look_up(self, forms: Sequence[str]) -> NDArray[np.float16]:
        """The numbers of some tokens (V, E); NumbersError at one that is no row of E numbers."""
        rows = (_parse(forms, self.dimensions) - np.array(self.means)) / np.array(self.deviations)
        near: NDArray[np.float16] = np.clip(rows, -_LARGEST, _LARGEST).astype(np.float16)
        return near

    def to_json(self) -> dict[str, Any]:
        """As a JSON object, the inverse of `from_json`."""
        return {"means": list(self.means), "deviations": list(self.deviations)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Numbers:
        """The numbers of a JSON object; KeyError, TypeError or ValueError where it is none."""
        means, deviations = (tuple(map(float, values[key])) for key in ("means", "deviations"))
        if not 0 < len(means) == len(deviations) or not all(deviation > 0 for deviation in deviations):
            raise ValueError("expected as many deviations above 0 as means")
        return cls(means, deviations)


class NumbersError(TaggerError):
    """A token that is no row of `width` numbers, among some that are read without their places."""

    def __init__(self, width: int, found: str) -> None:
        super().__init__(width, found)  # as they came: pickle makes a fault anew from what it was made of
        self.width, self.found = width, found

    def __str__(self) -> str:
        problem = f"expected {self.width} numbers with single blanks between as each token, found {self.found[:60]!r}"
        return f"{problem}; this model reads series of numbers (--input series)"

    def placed(self, sentences: Iterable[Sentence]) -> FormatError:
        """The same of the first such token of some sentences, with its file and line."""
        for sentence in sentences:
            for position, token in enumerate(sentence.tokens):
                if not _fits(token.split(" "), self.width):
                    line = sentence.line_of(position)
                    return FormatError(sentence.source.path, line, str(NumbersError(self.width, token)))
        raise AssertionError("the token is one of the sentences'")


def _parse(forms: Sequence[str], width: int) -> NDArray[np.float64]:
    """Rows (V, E) of E numbers each."""
    split = [form.split(" ") for form in forms]
    try:
        rows = np.array(split, dtype=np.float64) if forms else np.zeros((0, width))
    except ValueError:
        rows = np.zeros((0, 0))
    spelt = all(map(_CHARACTERS.issuperset, forms))  # numpy reads more, as Python does
    if rows.shape != (len(forms), width) or not np.isfinite(rows).all() or not spelt:
        raise NumbersError(width, next(f for f, fields in zip(forms, split, strict=True) if not _fits(fields, width)))
    return rows


def _fits(fields: Sequence[str], width: int) -> bool:
    return len(fields) == width and all(map(is_number, fields))
