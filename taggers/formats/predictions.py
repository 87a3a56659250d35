"""Predictions as sentences that a writer can write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from taggers.text import Prediction, Sentence


def as_sentence(prediction: Prediction, names: Mapping[str, str], alone: bool = False) -> Sentence:
    """The sentence with the predicted label, and the predicted tags of each layer under a name: in place of one of that
    name, else last.

    `alone` leaves out all layers that were not predicted.

    >>> gold = Sentence(("Oslo",), {"ner": ("B-LOC",)})
    >>> as_sentence(Prediction(gold, "ner", ("O",)), {"ner": "predicted"}).layers
    {'ner': ('B-LOC',), 'predicted': ('O',)}
    """
    predicted = {names[layer]: tags for layer, tags in prediction.layers.items()}
    others = {} if alone else prediction.sentence.layers
    sentence = prediction.sentence.with_layers({**others, **predicted})
    label = prediction.sentence_label
    return sentence if label is None else replace(sentence, label=label)
