"""What more there is to say of predicted spans: the counts of conlleval, the errors told apart, scores by group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from taggers.metrics.breakdown import Breakdown, TrainingSpans, break_down
from taggers.metrics.conlleval import ConllCounts, count_as_conlleval
from taggers.metrics.errors import SpanErrors, span_errors
from taggers.metrics.spans import check_lengths, read_both
from taggers.text import Sentence, Span
from taggers.text.schemes import Scheme, usual


@dataclass(frozen=True, slots=True)
class SpanDetail:
    """Errors and groups of the spans that the lenient scores count, and what conlleval itself counts."""

    conlleval: ConllCounts
    errors: SpanErrors
    breakdown: Breakdown

    def to_json(self) -> dict[str, Any]:
        """All of it as plain dicts."""
        return {
            "conlleval": self.conlleval.to_json(),
            "errors": self.errors.to_json(),
            "breakdown": self.breakdown.to_json(),
        }

    def to_table(self) -> str:
        """Errors and groups as lines of text."""
        return f"{self.errors.to_table()}\n\n{self.breakdown.to_table()}"


def score_detail(
    sentences: Sequence[Sentence],
    gold: Sequence[Sequence[str]],
    predicted: Sequence[Sequence[str]],
    scheme: Scheme,
    known: Sequence[Sequence[bool]] | None = None,
    training: TrainingSpans | None = None,
) -> SpanDetail:
    """The detail of tags of a scheme that spells spans, which are read leniently.

    `known` says of each token whether training has seen its word. Raises ValueError where a sentence has not as many
    tags on both sides.

    >>> from taggers.text.schemes import IOB2
    >>> detail = score_detail([Sentence(("Ada", "Obi"))], [["B-PER", "I-PER"]], [["B-PER", "O"]], IOB2)
    >>> detail.errors.by_label["PER"]["boundary"], detail.breakdown.by_length["2"].recall
    (1, 0.0)
    """
    check_lengths(gold, predicted)
    gold, predicted = _usual(gold, scheme), _usual(predicted, scheme)
    gold_spans, predicted_spans = read_both(gold, predicted)
    return SpanDetail(
        count_as_conlleval(gold, predicted),
        span_errors(gold_spans, predicted_spans),
        break_down(sentences, gold_spans, predicted_spans, known, training),
    )


def spans_on_both_sides(
    gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]], scheme: Scheme
) -> tuple[list[list[Span]], list[list[Span]]]:
    """The spans whose errors `score_detail` tells apart.

    >>> from taggers.text.schemes import IOB2
    >>> spans_on_both_sides([["B-PER"]], [["O"]], IOB2)
    ([[Span(start=0, end=1, label='PER')]], [[]])
    """
    return read_both(_usual(gold, scheme), _usual(predicted, scheme))


def _usual(sentences: Sequence[Sequence[str]], scheme: Scheme) -> list[list[str]]:
    return [[usual(tag, scheme) for tag in tags] for tags in sentences]
