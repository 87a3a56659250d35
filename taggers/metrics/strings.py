"""How good predicted strings are, of characters or of any other symbols: whether they are right, and how far off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

Symbols = Sequence[str]  # a str is one of characters
_AT_ONCE = 1 << 18  # cells of the tables that are looked at together


@dataclass(frozen=True, slots=True)
class StringScores:
    """Answers that are right among all `examples`, and how far the others are off.

    `accuracy` counts answers equal to one of the gold ones; `unknown_accuracy` the same among examples whose source
    training has not seen (None where there is none, or none is told). `distance` is the mean number of symbols to
    insert, delete or change (Levenshtein 1966), `error_rate` their sum by the symbols of the gold answers; of several
    the nearest is taken.
    """

    examples: int
    accuracy: float
    unknown_accuracy: float | None
    distance: float
    error_rate: float
    unknown: int = 0  # examples whose source training has not seen

    @property
    def headline(self) -> float:
        """The score that models are chosen by."""
        return self.accuracy

    @property
    def headline_name(self) -> str:
        """What the headline is."""
        return "exact match accuracy"

    def to_json(self) -> dict[str, Any]:
        """The scores as a plain dict.

        >>> score_strings([["see"]], ["sea"]).to_json()["distance"]
        1.0
        """
        return asdict(self)

    def to_table(self) -> str:
        """The scores as lines of text, in percent but for the distance.

        >>> print(score_strings([["see"], ["go"]], ["sea", "go"], known=[False, True]).to_table())
        exact match accuracy  50.00
        on unknown sources     0.00
        symbol error rate     20.00
        mean edit distance    0.500
        examples                  2, unknown 1
        """
        shown = [("exact match accuracy", f"{100 * self.accuracy:.2f}")]
        if self.unknown_accuracy is not None:
            shown.append(("on unknown sources", f"{100 * self.unknown_accuracy:.2f}"))
        shown += [
            ("symbol error rate", f"{100 * self.error_rate:.2f}"),
            ("mean edit distance", f"{self.distance:.3f}"),
            ("examples", str(self.examples)),
        ]
        told = f", unknown {self.unknown}" if self.unknown else ""
        return "\n".join(f"{name:<20}{value:>7}" for name, value in shown) + told


def score_strings(
    gold: Iterable[Sequence[Symbols]], predicted: Iterable[Symbols], known: Iterable[bool] | None = None
) -> StringScores:
    """Compare answers with gold ones, of which an example has one or more; `known` says if training saw its source.

    Raises ValueError where the sides are not of one length, or an example has no gold answer.

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
    if not answers:
        return StringScores(0, 0.0, None, 0.0, 0.0)
    each = list(chain.from_iterable(alternatives))  # (A,)
    of_each = np.repeat(np.arange(len(answers)), numbers)  # (A,): the example of each gold answer
    distances = edit_distances(each, [answers[i] for i in of_each.tolist()])  # (A,)
    nearest = np.lexsort((distances, of_each))[np.cumsum(numbers) - numbers]  # (B,): the first of the nearest
    found = distances[nearest]  # (B,)
    length = sum(len(each[i]) for i in nearest.tolist())
    right, unknown = found == 0, ~np.array(told, dtype=np.bool_)
    return StringScores(
        examples=len(answers),
        accuracy=float(right.mean()),
        unknown_accuracy=float(right[unknown].mean()) if unknown.any() else None,
        distance=float(found.mean()),
        error_rate=float(found.sum() / max(1, length)),
        unknown=int(unknown.sum()),
    )


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
