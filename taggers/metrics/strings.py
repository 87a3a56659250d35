"""How good predicted strings are, of characters or of any other symbols: whether they are right, and how far off."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taggers.metrics.counts import Counts, Name, count_each
from taggers.metrics.intervals import Figure, intervals, nested, share, told
from taggers.metrics.table import heading

Symbols = Sequence[str]  # a str is one of characters
_EXAMPLES, _RIGHT, _DISTANCE, _LENGTH = ("examples",), ("right examples",), ("distance",), ("length",)
_UNKNOWN, _UNKNOWN_RIGHT = ("unknown",), ("right unknown",)
_AT_ONCE = 1 << 18  # cells of the tables that are looked at together


@dataclass(frozen=True, slots=True)
class StringScores:
    """Answers that are right among all `examples`, and how far the others are off.

    `accuracy` counts answers equal to one of the gold ones; `unknown_accuracy` the same among examples whose source
    training has not seen (None where there is none, or none is told). `distance` is the mean number of symbols to
    insert, delete or change (Levenshtein 1966), `error_rate` their sum by the symbols of the gold answers; of several
    the nearest is taken. All follows from `counts`, which say what each sentence adds.
    """

    examples: int
    accuracy: float
    unknown_accuracy: float | None
    distance: float
    error_rate: float
    unknown: int  # examples whose source training has not seen
    counts: Counts = field(repr=False, compare=False)

    @classmethod
    def of(cls, counts: Counts) -> StringScores:
        """The scores that the counts give."""
        examples, right, distance, length, unknown, unknown_right = map(
            counts.total, (_EXAMPLES, _RIGHT, _DISTANCE, _LENGTH, _UNKNOWN, _UNKNOWN_RIGHT)
        )
        return cls(
            examples=examples,
            accuracy=right / max(1, examples),
            unknown_accuracy=unknown_right / unknown if unknown else None,
            distance=distance / max(1, examples),
            error_rate=distance / max(1, length),
            unknown=unknown,
            counts=counts,
        )

    def figures(self) -> dict[Name, Figure]:
        """How each score follows from the counts, by its place in JSON."""
        figures = {
            ("accuracy",): share(_RIGHT, _EXAMPLES),
            ("error_rate",): share(_DISTANCE, _LENGTH),
            ("distance",): share(_DISTANCE, _EXAMPLES),
        }
        return figures | ({("unknown_accuracy",): share(_UNKNOWN_RIGHT, _UNKNOWN)} if self.unknown else {})

    @property
    def headline(self) -> float:
        """The score that models are chosen by."""
        return self.accuracy

    @property
    def headline_name(self) -> str:
        """What the headline is."""
        return "exact match accuracy"

    def right(self) -> NDArray[np.bool_]:
        """Of each sentence whether all its examples are right (N,)."""
        return self.counts.column(_RIGHT) == self.counts.column(_EXAMPLES)

    def to_json(self) -> dict[str, Any]:
        """The scores as a plain dict, and the intervals of each.

        >>> score_strings([["see"]], ["sea"]).to_json()["distance"]
        1.0
        """
        names = ("examples", "accuracy", "unknown_accuracy", "distance", "error_rate", "unknown")
        values = {name: getattr(self, name) for name in names}
        return values | {"intervals": nested(intervals(self.counts, self.figures()), self.counts)}

    def to_table(self) -> str:
        """The scores as lines of text, in percent but for the distance, with their intervals.

        >>> print(score_strings([["see"], ["go"]], ["sea", "go"], known=[False, True]).to_table())
                                     95 % intervals over 2 sentences
        exact match accuracy  50.00     0.0 to 100.0
        on unknown sources     0.00       0.0 to 0.0
        symbol error rate     20.00      0.0 to 33.3
        mean edit distance    0.500   0.000 to 1.000
        examples                  2  unknown 1
        """
        found = intervals(self.counts, self.figures())
        lines = [f"{'':<29}{heading(self.counts)}"]
        for name, place in _SHOWN.items():
            if (value := getattr(self, place)) is not None:
                lines.append(f"{name:<20}{100 * value:>7.2f}{told(found[place,]):>17}")
        low, high = found["distance",]
        lines.append(f"{'mean edit distance':<20}{self.distance:>7.3f}{f'{low:.3f} to {high:.3f}':>17}")
        unknown = f"  unknown {self.unknown}" if self.unknown else ""
        return "\n".join([*lines, f"{'examples':<20}{self.examples:>7}{unknown}"])


_SHOWN = {
    "exact match accuracy": "accuracy",
    "on unknown sources": "unknown_accuracy",
    "symbol error rate": "error_rate",
}


def score_strings(
    gold: Iterable[Sequence[Symbols]],
    predicted: Iterable[Symbols],
    known: Iterable[bool] | None = None,
    sentences: Sequence[int] | None = None,
    documents: Sequence[Hashable] | None = None,
) -> StringScores:
    """Compare answers with gold ones, of which an example has one or more; `known` says if training saw its source.

    `sentences` number those that the examples stand in, from 0 (default: each stands alone), and `documents` say of
    each of these which one it stands in (see `documents_of`). Raises ValueError where the sides are not of one length,
    or an example has no gold answer.

    >>> scores = score_strings([["AH K", "AE K"], ["AE N D"]], ["AE K", "AE N"])
    >>> scores.accuracy, scores.distance
    (0.5, 1.0)
    """
    alternatives, answers = list(gold), list(predicted)
    told = [True] * len(answers) if known is None else list(known)
    if not len(alternatives) == len(answers) == len(told):
        raise ValueError(f"{len(alternatives)} gold, {len(answers)} predicted, {len(told)} told as known")
    numbers = np.array([len(own) for own in alternatives], dtype=np.int64)  # (B,)
    if not numbers.all():
        raise ValueError(f"example {int(np.argmin(numbers))} has no gold answer")
    each = list(chain.from_iterable(alternatives))  # (A,)
    of_each = np.repeat(np.arange(len(answers)), numbers)  # (A,): the example of each gold answer
    distances = edit_distances(each, [answers[i] for i in of_each.tolist()])  # (A,)
    nearest = np.lexsort((distances, of_each))[np.cumsum(numbers) - numbers]  # (B,): the first of the nearest
    found = distances[nearest]  # (B,)
    right, unknown = found == 0, ~np.array(told, dtype=np.bool_)
    places = np.arange(len(answers)) if sentences is None else np.asarray(sentences, dtype=np.int64)
    least = 0 if documents is None else len(documents)
    counted = {
        _EXAMPLES: np.ones(len(answers)),
        _RIGHT: right,
        _DISTANCE: found,
        _LENGTH: np.array([len(each[i]) for i in nearest.tolist()], dtype=np.int64),
        _UNKNOWN: unknown,
        _UNKNOWN_RIGHT: right & unknown,
    }
    first, *others = (count_each(name, np.bincount(places, own, least)) for name, own in counted.items())
    return StringScores.of(first.by(documents).beside(*others))


def edit_distances(first: Sequence[Symbols], second: Sequence[Symbols]) -> NDArray[np.int64]:
    """The least number of symbols to insert, delete or change between each two sequences (P,).

    All pairs of like length go side by side: a row of the table (Wagner and Fischer 1974) follows from that before by
    operations on whole arrays, since the least over insertions is a running minimum.

    >>> edit_distances(["kitten", "", "abc"], ["sitting", "ab", "abc"]).tolist()
    [3, 2, 0]
    """
    result = np.zeros(len(first), dtype=np.int64)
    pairs = zip(first, second, strict=True)
    differing = np.array([i for i, (a, b) in enumerate(pairs) if tuple(a) != tuple(b)], dtype=np.int64)
    ids: dict[str, int] = {}
    rows, columns = (
        [[ids.setdefault(symbol, len(ids)) for symbol in side[i]] for i in differing.tolist()]
        for side in (first, second)
    )
    heights, widths = (np.array([len(own) for own in side], dtype=np.int64) for side in (rows, columns))
    order = np.lexsort((heights, widths))
    start = 0
    while start < len(order):
        most = max(1, _AT_ONCE // (1 + int(widths[order[-1]])))
        some = order[start : start + most]
        some = some[np.argsort(-heights[some], kind="stable")]  # so that those with a further row stand first
        result[differing[some]] = _distances(
            _padded([rows[i] for i in some.tolist()]),
            _padded([columns[i] for i in some.tolist()]),
            heights[some],
            widths[some],
        )
        start += most
    return result


def _padded(sequences: Sequence[Sequence[int]]) -> NDArray[np.int32]:
    """(P, L); what stands in the padding is never looked at."""
    lengths = np.array([len(own) for own in sequences])
    padded = np.zeros((len(sequences), lengths.max()), dtype=np.int32)
    padded[np.arange(padded.shape[1]) < lengths[:, None]] = np.fromiter(chain.from_iterable(sequences), dtype=np.int32)
    return padded


def _distances(
    rows: NDArray[np.int32],  # (P, A)
    columns: NDArray[np.int32],  # (P, C)
    heights: NDArray[np.int64],  # (P,) falling
    widths: NDArray[np.int64],  # (P,)
) -> NDArray[np.int32]:
    """The distances (P,) of pairs of padded sequences."""
    steps = np.arange(columns.shape[1] + 1, dtype=np.int32)  # (C + 1,)
    table = np.repeat(steps[None], len(rows), axis=0)  # (P, C + 1): the row of the table that was reached
    for row in range(rows.shape[1]):
        there = int(np.searchsorted(-heights, -row, side="left"))  # those with a symbol here, which stand first
        above = table[:there]
        changed = above[:, :-1] + (columns[:there] != rows[:there, row, None])  # (p, C)
        best = above + 1  # by leaving the symbol out
        np.minimum(best[:, 1:], changed, out=best[:, 1:])
        table[:there] = np.minimum.accumulate(best - steps, axis=1) + steps
    result: NDArray[np.int32] = table[np.arange(len(table)), widths]
    return result
