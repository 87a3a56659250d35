"""How good predicted tags are: strings in, numbers out."""

from taggers.metrics.report import Scores, score_tags
from taggers.metrics.spans import PRF, SpanScores, score_spans
from taggers.metrics.summary import AnyScores
from taggers.metrics.tokens import TokenScores, score_tokens

__all__ = [
    "PRF",
    "AnyScores",
    "Scores",
    "SpanScores",
    "TokenScores",
    "score_spans",
    "score_tags",
    "score_tokens",
]
