"""All scores of one comparison: as an object, as JSON, as a table of text."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import fsum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from taggers.metrics.counts import Counts, Name
from taggers.metrics.detail import SpanDetail
from taggers.metrics.intervals import Figure, intervals, nested
from taggers.metrics.spans import (
    PRF,
    SIDES,
    SpanScores,
    count_spans,
    keep_well_spelt,
    label_figures,
    overall_figures,
    read_both,
)
from taggers.metrics.summary import AnyScores
from taggers.metrics.table import interval_table, prf_table
from taggers.metrics.tokens import RIGHT, TOKENS, TokenScores, count_tokens, token_figures
from taggers.text.detection import detect
from taggers.text.schemes import PLAIN, Scheme, usual

if TYPE_CHECKING:  # which needs numpy, and scoring tags does not
    from taggers.metrics.confidence import ConfidenceScores

_LENIENT, _STRICT = ("lenient",), ("strict",)


@dataclass(frozen=True, slots=True)
class Scores:
    """Span scores (lenient as the CoNLL scorer counts, and strict; None for plain tags) and token scores.

    They are those of one layer; `further` has those of others, by name, where several were learnt together. `detail`
    says more of spans, `confidence` how far confidences can be believed, where that was asked for. All else follows
    from `counts`, which say what each sentence adds.
    """

    lenient: SpanScores | None
    strict: SpanScores | None
    tokens: TokenScores
    counts: Counts = field(repr=False, compare=False)
    further: Mapping[str, AnyScores] = field(default_factory=dict)
    detail: SpanDetail | None = None
    confidence: ConfidenceScores | None = None

    @property
    def headline(self) -> float:
        """The score that models are chosen by: lenient F1, or accuracy for plain tags; of several layers their mean."""
        own = self.tokens.accuracy if self.lenient is None else self.lenient.overall.f1
        every = [own, *(scores.headline for scores in self.further.values())]
        return fsum(every) / len(every)

    @property
    def headline_name(self) -> str:
        """What the headline is.

        >>> score_tags([["B-PER"]], [["B-PER"]]).headline_name
        'lenient F1'
        """
        own = "accuracy" if self.lenient is None else "lenient F1"
        others = [scores.headline_name for scores in self.further.values()]
        return own if not others else f"mean of {', '.join([own, *others])}"

    def figures(self) -> dict[Name, Figure]:
        """How each score follows from the counts, by its place in JSON."""
        figures = token_figures(self.counts)
        if self.lenient is not None:
            for reading in (_LENIENT, _STRICT):
                figures |= overall_figures(reading, (*reading, "overall"))
                figures |= label_figures(self.counts, reading, (*reading, "by_label"))
        return figures

    def right(self) -> NDArray[np.bool_]:
        """Of each sentence whether all its spans, in the lenient reading, or all its plain tags are right (N,)."""
        if self.lenient is None:
            return self.counts.column(RIGHT) == self.counts.column(TOKENS)
        gold, predicted, correct = (self.counts.column((*_LENIENT, side)) for side in SIDES)
        return (gold == correct) & (predicted == correct)

    def to_json(self) -> dict[str, Any]:
        """The scores as plain dicts, and the intervals of each; plain tags have `by_tag` instead of spans.

        >>> scores = score_tags([["B-PER", "O"]], [["B-PER", "B-PER"]])
        >>> scores.to_json()["lenient"]["overall"]["recall"], scores.to_json()["accuracy"]
        (1.0, 0.5)
        """
        values: dict[str, Any] = {
            "lenient": None if self.lenient is None else asdict(self.lenient),
            "strict": None if self.strict is None else asdict(self.strict),
            "accuracy": self.tokens.accuracy,
            "unknown_accuracy": self.tokens.unknown_accuracy,
        }
        if self.lenient is None:
            values["by_tag"] = {tag: asdict(prf) for tag, prf in self.tokens.by_tag.items()}
        values["intervals"] = nested(intervals(self.counts, self.figures()), self.counts)
        if self.detail is not None:
            values["detail"] = self.detail.to_json()
        if self.confidence is not None:
            values["confidence"] = self.confidence.to_json()
        if self.further:
            values["further"] = {layer: scores.to_json() for layer, scores in self.further.items()}
        return values

    def to_table(self) -> str:
        """The scores as lines of text, in percent, with the counts; for spans lenient and strict side by side.

        Below them stand their intervals.

        >>> print(score_tags([["DET", "NOUN"]], [["DET", "DET"]], PLAIN).to_table())
              precision  recall      F1    gold  predicted
        DET       50.00  100.00   66.67       1          2
        NOUN       0.00    0.00    0.00       1          0
        accuracy 50.00
        <BLANKLINE>
        95 % intervals over 1 sentence
                   precision          recall              F1
        DET     50.0 to 50.0  100.0 to 100.0    66.7 to 66.7
        NOUN      0.0 to 0.0      0.0 to 0.0      0.0 to 0.0
        accuracy 50.0 to 50.0
        """
        blocks: tuple[str, ...]
        rows: list[tuple[str, tuple[PRF, ...]]]
        places: list[tuple[str, tuple[Name, ...]]]
        if self.lenient is None or self.strict is None:
            blocks, rows = ("",), [(tag, (prf,)) for tag, prf in self.tokens.by_tag.items()]
            places = [(tag, (("by_tag", tag),)) for tag, _ in rows]
        else:
            blocks, none = ("lenient", "strict"), PRF.of(0, 0, 0)
            readings = (self.lenient, self.strict)
            labels = sorted(self.lenient.by_label.keys() | self.strict.by_label.keys())
            rows = [(label, tuple(reading.by_label.get(label, none) for reading in readings)) for label in labels]
            places = [(label, tuple((block, "by_label", label) for block in blocks)) for label in labels]
            rows.append(("all", tuple(reading.overall for reading in readings)))
            places.append(("all", tuple((block, "overall") for block in blocks)))
        found = intervals(self.counts, self.figures())
        single = {"accuracy": ("accuracy",), "on unknown words": ("unknown_accuracy",)}
        below = interval_table(found, places, single, self.counts, blocks)
        return "\n".join([*prf_table(rows, blocks), self.accuracy_line(), *below])

    def accuracy_line(self) -> str:
        """Accuracy, and that on unknown words where it is known."""
        unknown = self.tokens.unknown_accuracy
        beside = "" if unknown is None else f", on unknown words {100 * unknown:.2f}"
        return f"accuracy {100 * self.tokens.accuracy:.2f}{beside}"


def score_tags(
    gold: Iterable[Sequence[str]],
    predicted: Iterable[Sequence[str]],
    scheme: Scheme | None = None,
    known: Iterable[Sequence[bool]] | None = None,
    documents: Sequence[Hashable] | None = None,
) -> Scores:
    """All scores of predicted tags against gold ones of a scheme (default: detected over the gold tags).

    `known` says of each token whether training has seen its word, `documents` of each sentence which one it stands in
    (see `documents_of`). Raises ValueError where a sentence has not as many values on all sides.

    >>> scores = score_tags([["B-PER", "I-PER", "O"]], [["I-PER", "I-PER", "O"]])
    >>> scores.lenient.overall.f1, scores.strict.overall.f1, round(scores.tokens.accuracy, 3)
    (1.0, 0.0, 0.667)
    """
    gold, predicted = list(gold), list(predicted)
    if scheme is None:
        scheme = detect(gold).scheme
    told = None if known is None else list(known)
    counts = count_tokens(_usual(gold, scheme), _usual(predicted, scheme), told, by_tag=scheme is PLAIN).by(documents)
    tokens = TokenScores.of(counts)
    if scheme is PLAIN:
        return Scores(None, None, tokens, counts)
    gold_spans, predicted_spans = read_both(gold, predicted, scheme)
    lenient = count_spans(gold_spans, predicted_spans, _LENIENT)
    strict = count_spans(
        keep_well_spelt(gold_spans, gold, scheme), keep_well_spelt(predicted_spans, predicted, scheme), _STRICT
    )
    return Scores(
        SpanScores.of(lenient, _LENIENT), SpanScores.of(strict, _STRICT), tokens, counts.beside(lenient, strict)
    )


def _usual(sentences: Sequence[Sequence[str]], scheme: Scheme) -> Sequence[Sequence[str]]:
    """The tags in the usual letters: a dialect may have several spellings of one thing, which are all right."""
    return sentences if scheme.dialect is None else [[usual(tag, scheme) for tag in tags] for tags in sentences]
