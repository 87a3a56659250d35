"""Predictions with what was asked beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, chain
from typing import TYPE_CHECKING, cast

import numpy as np

from taggers.tasks.asked import Judged
from taggers.text import Prediction, Sentence, Span
from taggers.text.schemes import PLAIN
from taggers.text.types import Alternative, Candidate

if TYPE_CHECKING:
    from taggers.chain.spans import Candidates
    from taggers.tasks import SentenceTask
    from taggers.tasks.classification import Classification
    from taggers.tasks.labelling import Labelling


def judged_predictions(task: SentenceTask, sentences: Sequence[Sentence], judged: Judged) -> Iterator[Prediction]:
    """As `task.predictions`, with confidences, candidates and alternatives where they were asked for.

    >>> from taggers.tasks.labelling import Labelling
    >>> from taggers.text.schemes import IOB2
    >>> task, sentence = Labelling("ner", ("PER",), IOB2, IOB2), Sentence(("Ada", "slept"))
    >>> judged = Judged(np.array([1, 0], dtype=np.int32), np.array([0.75, np.nan]))
    >>> [prediction] = judged_predictions(task, [sentence], judged)
    >>> prediction.spans, prediction.confidences
    ((Span(start=0, end=1, label='PER'),), (0.75,))
    """
    if task.outside is None:
        return _labels(cast("Classification", task), sentences, judged)
    return _tags(task, sentences, judged)


def _labels(task: Classification, sentences: Sequence[Sentence], judged: Judged) -> Iterator[Prediction]:
    predictions = task.predictions(sentences, judged.answers)
    if judged.confidence is None:
        yield from predictions
        return
    places = {label: place for place, label in enumerate(task.labels)}
    for prediction, row in zip(predictions, judged.confidence.tolist(), strict=True):
        yield replace(prediction, confidences=tuple(row[places[one]] for one in task.split(prediction.label)))


def _tags(task: Labelling, sentences: Sequence[Sentence], judged: Judged) -> Iterator[Prediction]:
    bounds = [0, *accumulate(map(len, sentences))]
    candidates = None if judged.candidates is None else _candidates(judged.candidates, task.labels, bounds)
    alternatives = None if judged.paths is None else _alternatives(task, sentences, judged)
    confidence = None if judged.confidence is None else judged.confidence.tolist()
    for number, prediction in enumerate(task.predictions(sentences, judged.answers)):
        first, stop = bounds[number], bounds[number + 1]
        own: tuple[float, ...] | None = None
        if confidence is not None and task.inside is PLAIN:
            own = tuple(confidence[first:stop])
        elif confidence is not None:
            own = tuple(confidence[first + span.start] for span in prediction.spans)
        yield replace(
            prediction,
            confidences=own,
            candidates=None if candidates is None else candidates[number],
            alternatives=() if alternatives is None else next(alternatives),
        )


def _candidates(found: Candidates, labels: Sequence[str], bounds: Sequence[int]) -> list[tuple[Candidate, ...]]:
    """The candidates of each sentence."""
    sentence = np.searchsorted(bounds, found.spans.begin, side="right") - 1
    starts = np.asarray(bounds)[sentence]
    begins, ends = (found.spans.begin - starts).tolist(), (found.spans.end - starts).tolist()
    spans = map(Span, begins, ends, map(labels.__getitem__, found.spans.label.tolist()))
    every = list(map(Candidate, spans, found.probability.tolist()))
    until = np.searchsorted(sentence, np.arange(len(bounds))).tolist()
    return [tuple(every[until[n] : until[n + 1]]) for n in range(len(bounds) - 1)]


def _alternatives(task: Labelling, sentences: Sequence[Sentence], judged: Judged) -> Iterator[tuple[Alternative, ...]]:
    """The alternatives of each sentence."""
    paths = judged.paths or ()
    repeated = list(chain.from_iterable([s] * len(own.tags) for s, own in zip(sentences, paths, strict=True)))
    ids = np.concatenate([own.tags.ravel() for own in paths]) if paths else np.empty(0, dtype=np.int32)
    predictions = task.predictions(repeated, ids)
    for own in paths:
        yield tuple(
            Alternative(prediction.tags, prediction.spans, probability)
            for probability, prediction in zip(own.probability.tolist(), predictions, strict=False)
        )
