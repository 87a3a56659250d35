"""The confidences of predictions beside what was right: what their reliability is told from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from taggers.metrics import LabelScores, Scores
from taggers.metrics.confidence import ConfidenceScores
from taggers.metrics.counts import drawn_together
from taggers.metrics.documents import documents_of
from taggers.metrics.reliability import Outcomes
from taggers.metrics.spans import read_spans
from taggers.tasks.classification import Classification
from taggers.text import Prediction, Sentence
from taggers.text.schemes import usual
from taggers.text.types import Span

CANDIDATES = 0.05  # the probability from which on a span that is not predicted is looked at too

if TYPE_CHECKING:
    from taggers.metrics import AnyScores
    from taggers.tasks import SentenceTask

_Judged = Iterator[tuple[float, bool]]  # how sure, and whether right


def gold_spans(task: SentenceTask, sentence: Sentence) -> set[Span]:
    """The spans of the gold tags of a sentence, as they are scored."""
    scheme = task.outside
    assert scheme is not None
    return set(read_spans([usual(tag, scheme) for tag in sentence.layers[task.layer]], scheme))


def outcomes_of(
    task: SentenceTask, sentences: Sequence[Sentence], predictions: Sequence[Prediction]
) -> dict[str, Outcomes]:
    """The predicted answers of a layer with their confidences, by what they are, and for spans the candidates too, if
    they were asked for; clusters are what intervals of scores are over: documents where there are enough, or sentences.

    Labels of texts are one answer each, or where a text has many, one for each that was predicted.
    """
    pairs = list(zip(sentences, predictions, strict=True))
    if isinstance(task, Classification):
        return {"predicted labels": _collected(sentences, (_of_labels(task, s, p) for s, p in pairs))}
    if not task.has_spans:
        return {"predicted tags": _collected(sentences, (_of_tags(task.layer, s, p) for s, p in pairs))}
    gold = [gold_spans(task, sentence) for sentence in sentences]
    said = (zip(p.spans, p.confidences or (), strict=True) for p in predictions)
    found = {"predicted spans": _collected(sentences, map(_of_spans, gold, said))}
    if all(p.candidates is not None for p in predictions):
        every = (p.candidates or () for p in predictions)
        found["candidate spans"] = _collected(sentences, map(_of_spans, gold, every))
    return found


def with_confidence(
    scores: AnyScores,
    tasks: Sequence[SentenceTask],
    sentences: Sequence[Sentence],
    predictions: Sequence[Prediction],
    before: Sequence[Prediction] | None = None,
) -> AnyScores:
    """The scores of predictions that hold confidences with how far these can be believed; `before` are the same
    predictions with the confidences of temperature 1, if those are others.
    """

    def of_layer(place: int, own: AnyScores) -> AnyScores:
        if not isinstance(own, Scores | LabelScores):
            return own
        outcomes, earlier = (
            None if made is None else outcomes_of(tasks[place], sentences, [p.every[place] for p in made])
            for made in (predictions, before)
        )
        return replace(own, confidence=ConfidenceScores.of(outcomes or {}, earlier))

    first = of_layer(0, scores)
    if not isinstance(first, Scores):
        return first
    names = [task.layer for task in tasks]
    further = {layer: of_layer(names.index(layer), own) for layer, own in first.further.items()}
    return replace(first, further=further)


def _of_spans(gold: set[Span], found: Iterable[tuple[Span, float]]) -> _Judged:
    return ((probability, span in gold) for span, probability in found)


def _of_tags(layer: str, sentence: Sentence, prediction: Prediction) -> _Judged:
    tags = zip(prediction.tags, sentence.layers[layer], strict=True)
    return ((sure, tag == gold) for sure, (tag, gold) in zip(prediction.confidences or (), tags, strict=True))


def _of_labels(task: Classification, sentence: Sentence, prediction: Prediction) -> _Judged:
    gold, said = map(task.split, (sentence.label, prediction.label))
    return ((sure, label in gold) for label, sure in zip(said, prediction.confidences or (), strict=True))


def _collected(sentences: Sequence[Sentence], judged: Iterable[_Judged]) -> Outcomes:
    """All together, with the number of the document, or sentence, that each comes from."""
    groups = drawn_together(documents_of(sentences))
    of_sentence = np.arange(len(sentences)) if groups is None else groups
    each = [list(own) for own in judged]
    sure, right = ([pair[place] for pair in chain.from_iterable(each)] for place in (0, 1))
    return Outcomes(sure, right, np.repeat(of_sentence, [len(own) for own in each]))
