"""How good predicted tags and labels are: strings in, numbers out."""

from taggers.metrics.breakdown import TrainingSpans
from taggers.metrics.detail import SpanDetail, score_detail
from taggers.metrics.labels import LabelScores, score_label_sets, score_labels
from taggers.metrics.report import Scores, score_tags
from taggers.metrics.spans import PRF, SpanScores, score_spans
from taggers.metrics.summary import AnyScores
from taggers.metrics.tokens import TokenScores, score_tokens

__all__ = [
    "PRF",
    "AnyScores",
    "LabelScores",
    "Scores",
    "SpanDetail",
    "SpanScores",
    "TokenScores",
    "TrainingSpans",
    "score_detail",
    "score_label_sets",
    "score_labels",
    "score_spans",
    "score_tags",
    "score_tokens",
]
