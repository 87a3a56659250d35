"""How good predicted tags are: strings in, numbers out."""

from taggers.metrics.intervals import Interval, accuracy_interval, f1_interval
from taggers.metrics.report import Scores, score_tags
from taggers.metrics.spans import PRF, SpanScores, score_spans
from taggers.metrics.tokens import TokenScores, score_tokens

__all__ = [
    "PRF",
    "Interval",
    "Scores",
    "SpanScores",
    "TokenScores",
    "accuracy_interval",
    "f1_interval",
    "score_spans",
    "score_tags",
    "score_tokens",
]
