"""Predictions as sentences that a writer can write."""

from __future__ import annotations

from dataclasses import replace

from taggers.text import Prediction, Sentence


def as_sentence(prediction: Prediction, layer: str) -> Sentence:
    """The sentence with the predicted tags in a layer: in place of one of that name, else as the last.

    >>> gold = Sentence(("Oslo",), {"ner": ("B-LOC",)})
    >>> as_sentence(Prediction(gold, "ner", ("O",)), "predicted").layers
    {'ner': ('B-LOC',), 'predicted': ('O',)}
    """
    return replace(prediction.sentence, layers={**prediction.sentence.layers, layer: prediction.tags})
