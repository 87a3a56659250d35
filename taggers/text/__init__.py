"""Sentences, spans and tag schemes: standard library only."""

from taggers.text.types import Entity, Extra, Note, Prediction, Sentence, Source, Span, join_tokens

__all__ = ["Entity", "Extra", "Note", "Prediction", "Sentence", "Source", "Span", "join_tokens"]
