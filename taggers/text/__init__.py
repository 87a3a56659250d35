"""Sentences, spans and tag schemes: standard library only."""

from taggers.text.types import Entity, Extra, Prediction, Sentence, Source, Span, join_tokens

__all__ = ["Entity", "Extra", "Prediction", "Sentence", "Source", "Span", "join_tokens"]
