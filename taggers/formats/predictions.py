"""Predictions as sentences that a writer can write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from taggers.text import Prediction, Sentence
from taggers.text.types import LABEL, Judgement

MISSING = "_"  # in place of the confidence of a token in no span
_NOTHING: Mapping[str, str] = {}
_UNASKED = Judgement()


def as_sentence(
    prediction: Prediction, names: Mapping[str, str], alone: bool = False, columns: Mapping[str, str] = _NOTHING
) -> Sentence:
    """The sentence with the predicted label, and the predicted tags of each layer under a name: in place of one of that
    name, else last. What was asked of probabilities comes as its judgement.

    `alone` leaves out all layers that were not predicted. `columns` name layers for the confidences of a layer, where
    they are to be written as its tags are.

    >>> gold = Sentence(("Oslo",), {"ner": ("B-LOC",)})
    >>> as_sentence(Prediction(gold, "ner", ("O",)), {"ner": "predicted"}).layers
    {'ner': ('B-LOC',), 'predicted': ('O',)}
    """
    predicted = {names[layer]: tags for layer, tags in prediction.layers.items()}
    others = {} if alone else prediction.sentence.layers
    judgement = _UNASKED if prediction.confidences is None and not prediction.alternatives else _judgement(prediction)
    for layer, name in columns.items():
        numbers = judgement.confidences[layer]
        predicted[name] = tuple(MISSING if number is None else spelt(number) for number in numbers)
    sentence = prediction.sentence.with_layers({**others, **predicted}, judgement)
    label = prediction.sentence_label
    return sentence if label is None else replace(sentence, label=label)


def _judgement(prediction: Prediction) -> Judgement:
    told = ((one, one.confidences) for one in prediction.every)
    confidences = {one.layer: _of_tokens(one, sure) for one, sure in told if sure is not None}
    return Judgement(confidences, prediction.alternatives)


def _of_tokens(prediction: Prediction, confidences: tuple[float, ...]) -> tuple[float | None, ...]:
    """The confidences of plain tags, or of labels, as they are, those of spans at each of their tokens."""
    if prediction.layer == LABEL or len(confidences) != len(prediction.spans):
        return confidences
    found: list[float | None] = [None] * len(prediction.tags)
    for span, confidence in zip(prediction.spans, confidences, strict=True):
        found[span.start : span.end] = [confidence] * span.length
    return tuple(found)


def spelt(probability: float) -> str:
    """A probability as files have it, with four digits.

    >>> spelt(0.97314), spelt(1.0)
    ('0.9731', '1.0000')
    """
    return f"{probability:.4f}"


def rounded(probability: float | None) -> float | None:
    """The number that `spelt` writes; None as it is.

    >>> rounded(0.97314)
    0.9731
    """
    return None if probability is None else round(probability, 4)


def suggestion_of(sentence: Sentence) -> dict[str, object]:
    """What a record says of a sentence that was suggested for annotation: its score, and where it stands.

    >>> from taggers.text import Source
    >>> suggestion_of(Sentence(("Ada",), source=Source("a.txt", 3), judgement=Judgement(score=0.07345)))
    {'score': 0.0735, 'place': 'a.txt:3'}
    """
    if sentence.judgement is None or sentence.judgement.score is None:
        return {}
    return {"score": rounded(sentence.judgement.score), "place": str(sentence.source)}
