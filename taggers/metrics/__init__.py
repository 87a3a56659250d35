"""How good predicted tags and labels are, how sure that is, and which of two models is better: strings in, numbers out.

The names here are loaded when they are first asked for, so that what scores nothing needs no numpy for it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from taggers.metrics.breakdown import TrainingSpans as TrainingSpans
    from taggers.metrics.comparison import Comparison as Comparison
    from taggers.metrics.comparison import RunsComparison as RunsComparison
    from taggers.metrics.comparison import compare_runs as compare_runs
    from taggers.metrics.comparison import compare_scores as compare_scores
    from taggers.metrics.detail import SpanDetail as SpanDetail
    from taggers.metrics.detail import score_detail as score_detail
    from taggers.metrics.documents import documents_of as documents_of
    from taggers.metrics.labels import LabelScores as LabelScores
    from taggers.metrics.labels import score_label_sets as score_label_sets
    from taggers.metrics.labels import score_labels as score_labels
    from taggers.metrics.report import Scores as Scores
    from taggers.metrics.report import score_tags as score_tags
    from taggers.metrics.significance import holm as holm
    from taggers.metrics.spans import PRF as PRF
    from taggers.metrics.spans import SpanScores as SpanScores
    from taggers.metrics.spans import score_spans as score_spans
    from taggers.metrics.summary import AnyScores as AnyScores
    from taggers.metrics.tokens import TokenScores as TokenScores
    from taggers.metrics.tokens import score_tokens as score_tokens

_HOMES = {
    "PRF": "spans",
    "AnyScores": "summary",
    "Comparison": "comparison",
    "LabelScores": "labels",
    "RunsComparison": "comparison",
    "Scores": "report",
    "SpanDetail": "detail",
    "SpanScores": "spans",
    "TokenScores": "tokens",
    "TrainingSpans": "breakdown",
    "compare_runs": "comparison",
    "compare_scores": "comparison",
    "documents_of": "documents",
    "holm": "significance",
    "score_detail": "detail",
    "score_label_sets": "labels",
    "score_labels": "labels",
    "score_spans": "spans",
    "score_tags": "report",
    "score_tokens": "tokens",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'taggers.metrics' has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(f"taggers.metrics.{_HOMES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
