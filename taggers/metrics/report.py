"""All scores of one comparison: as an object, as JSON, as a table of text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import fsum
from typing import Any

from taggers.metrics.detail import SpanDetail
from taggers.metrics.spans import PRF, SpanScores, compare_spans, keep_well_spelt, read_both
from taggers.metrics.summary import AnyScores
from taggers.metrics.table import prf_table
from taggers.metrics.tokens import TokenScores, score_tokens
from taggers.text.detection import detect
from taggers.text.schemes import PLAIN, Scheme, usual


@dataclass(frozen=True, slots=True)
class Scores:
    """Span scores (lenient as the CoNLL scorer counts, and strict; None for plain tags) and token scores.

    They are those of one layer; `further` has those of others, by name, where several were learnt together. `detail`
    says more of spans, where that was asked for.
    """

    lenient: SpanScores | None
    strict: SpanScores | None
    tokens: TokenScores
    further: Mapping[str, AnyScores] = field(default_factory=dict)
    detail: SpanDetail | None = None

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

    def to_json(self) -> dict[str, Any]:
        """The scores as plain dicts; plain tags have `by_tag` instead of spans.

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
        if self.detail is not None:
            values["detail"] = self.detail.to_json()
        if self.further:
            values["further"] = {layer: scores.to_json() for layer, scores in self.further.items()}
        return values

    def to_table(self) -> str:
        """The scores as lines of text, in percent, with the counts; for spans lenient and strict side by side.

        >>> print(score_tags([["DET", "NOUN"]], [["DET", "DET"]], PLAIN).to_table())
              precision  recall      F1    gold  predicted
        DET       50.00  100.00   66.67       1          2
        NOUN       0.00    0.00    0.00       1          0
        accuracy 50.00
        """
        lines = [self.accuracy_line()]
        if self.lenient is None or self.strict is None:
            return "\n".join([*prf_table([(tag, (prf,)) for tag, prf in self.tokens.by_tag.items()]), *lines])
        labels = sorted(self.lenient.by_label.keys() | self.strict.by_label.keys())
        none = PRF.of(0, 0, 0)
        rows = [
            (label, (self.lenient.by_label.get(label, none), self.strict.by_label.get(label, none))) for label in labels
        ]
        rows.append(("all", (self.lenient.overall, self.strict.overall)))
        return "\n".join([*prf_table(rows, ("lenient", "strict")), *lines])

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
) -> Scores:
    """All scores of predicted tags against gold ones of a scheme (default: detected over the gold tags).

    `known` says of each token whether training has seen its word.

    >>> scores = score_tags([["B-PER", "I-PER", "O"]], [["I-PER", "I-PER", "O"]])
    >>> scores.lenient.overall.f1, scores.strict.overall.f1, round(scores.tokens.accuracy, 3)
    (1.0, 0.0, 0.667)
    """
    gold, predicted = list(gold), list(predicted)
    if scheme is None:
        scheme = detect(gold).scheme
    tokens = score_tokens(_usual(gold, scheme), _usual(predicted, scheme), known)
    if scheme is PLAIN:
        return Scores(None, None, tokens)
    gold_spans, predicted_spans = read_both(gold, predicted, scheme)
    return Scores(
        lenient=compare_spans(gold_spans, predicted_spans),
        strict=compare_spans(
            keep_well_spelt(gold_spans, gold, scheme), keep_well_spelt(predicted_spans, predicted, scheme)
        ),
        tokens=tokens,
    )


def _usual(sentences: Sequence[Sequence[str]], scheme: Scheme) -> Sequence[Sequence[str]]:
    """The tags in the usual letters: a dialect may have several spellings of one thing, which are all right."""
    return sentences if scheme.dialect is None else [[usual(tag, scheme) for tag in tags] for tags in sentences]
