"""Annotation that models trained on the rest find improbable, as findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from typing import Any

from taggers.lint.annotated import Annotated
from taggers.lint.findings import Finding, quoted, spelt
from taggers.text import Span

KIND = "suspect"


@dataclass(frozen=True)
class Odds:
    """The log probabilities of what is annotated, and of what a model would say instead, in so many decisions."""

    annotated: float
    instead: float
    decisions: int = 1

    @property
    def weight(self) -> float:
        """The log odds of what the model would say, of a decision: the higher, the more suspicious is the annotation.

        Annotators slip in one span; where the model would have several otherwise, it is mostly the model that errs.
        """
        return (self.instead - self.annotated) / self.decisions


def suspicious_spans(
    data: Annotated, sentence: int, stretch: range, annotated: Sequence[Span], instead: Sequence[Span], odds: Odds
) -> Finding:
    """The finding of a stretch of tokens that has other spans than a model would give it.

    >>> from taggers.text import Sentence
    >>> data = Annotated.of({"train": [Sentence(("Ada", "slept"), {"ner": ("B-PER", "O")})]}, "ner")
    >>> odds = Odds(annotated=-4.0, instead=-0.1)
    >>> suspicious_spans(data, 0, range(0, 1), [Span(0, 1, "PER")], [], odds).message
    "'Ada' as PER (1.8%), rather nothing (90.5%)"
    """
    tokens = data.tokens[sentence]
    same = [(s.start, s.end) for s in annotated] == [(s.start, s.end) for s in instead]
    rather = ", ".join(spelt(s.label) for s in instead) if same else _named(tokens, instead)
    facts = {
        "text": " ".join(tokens[stretch.start : stretch.stop]),
        "annotated": [_as_json(tokens, span) for span in annotated],
        "instead": [_as_json(tokens, span) for span in instead],
    }
    return _finding(data, sentence, stretch.start, (_named(tokens, annotated), rather), odds, facts)


def suspicious_label(data: Annotated, sentence: int, annotated: str | None, instead: str | None, odds: Odds) -> Finding:
    """The finding of a text that has another label than a model would give it; of several labels one, or None."""
    tokens = data.tokens[sentence]
    if annotated is None:
        said = f"without '{spelt(instead or '')}'", "with it"
    else:
        said = f"'{spelt(annotated)}'", "without it" if instead is None else f"'{spelt(instead)}'"
    facts = {"text": " ".join(tokens), "annotated": annotated, "instead": instead}
    return _finding(data, sentence, 0, (f"{quoted(tokens)}: {said[0]}", said[1]), odds, facts)


def _finding(
    data: Annotated, sentence: int, token: int, said: tuple[str, str], odds: Odds, facts: dict[str, Any]
) -> Finding:
    annotated, instead = exp(odds.annotated), exp(odds.instead)
    message = f"{said[0]} ({_percent(annotated)}), rather {said[1]} ({_percent(instead)})"
    facts |= {"annotated_probability": annotated, "instead_probability": instead, "score": odds.weight}
    return Finding(KIND, message, (data.place(sentence, token),), odds.weight, facts)


def _named(tokens: Sequence[str], spans: Sequence[Span]) -> str:
    """Spans in words."""
    named = (f"'{spelt(' '.join(tokens[s.start : s.end]))}' as {spelt(s.label)}" for s in spans)
    return ", ".join(named) or "nothing"


def _as_json(tokens: Sequence[str], span: Span) -> dict[str, Any]:
    return {"text": " ".join(tokens[span.start : span.end]), "start": span.start, "end": span.end, "label": span.label}


def _percent(share: float) -> str:
    """A probability as people read it.

    >>> _percent(0.9876), _percent(0.0001), _percent(0.99999)
    ('98.8%', '<0.1%', '>99.9%')
    """
    if share < 0.0005:
        return "<0.1%"
    return ">99.9%" if share >= 0.9995 else f"{share:.1%}"
