"""Annotation that models trained on the other parts of the data find improbable, ranked."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from taggers.chain import posterior, viterbi
from taggers.chain.arrays import Floats, Tags
from taggers.chain.disagreement import disagreements
from taggers.chain.span_tags import Marked, SpanTags
from taggers.config import Config
from taggers.data.corpus import Corpus
from taggers.engine.interface import Engine, scored_parts
from taggers.errors import TaggerError
from taggers.lint import Annotated, Finding
from taggers.lint.suspects import Odds, suspicious_label, suspicious_spans
from taggers.reading import columns_of
from taggers.runs import Listener, Silent, train_folds
from taggers.tasks.classification import Classification
from taggers.tasks.labelling import Labelling
from taggers.tasks.span_tags import span_tags
from taggers.text import Sentence, Span
from taggers.text.schemes import PLAIN
from taggers.text.wording import counted

if TYPE_CHECKING:
    from taggers.tasks import Task


def find_suspects(
    config: Config, data: Annotated, number: int, device: str = "auto", listener: Listener | None = None
) -> list[Finding]:
    """The places where each of `number` models would annotate otherwise what it was not trained on, the most suspicious
    first.

    All splits are cut into so many parts, whole documents in one. A place weighs the log odds of what the model would
    say over what is annotated, by exact probabilities of both, divided by the number of spans that either has there;
    spans that differ and overlap are one place. `config` is one for the layer of the data, or the labels of its texts.
    What only a held out part knows is not judged.

    Source: confident learning (Northcutt, Jiang and Chuang, JAIR 2021), over spans in place of tokens.
    """
    listener = listener or Silent()
    rows = _labelled(data) if data.layer is None else np.arange(len(data.sentences))
    if not len(rows):
        raise TaggerError("nothing is annotated: --folds judges tags, or labels of texts")
    layers = () if data.layer is None else (data.layer,)
    corpus = Corpus.of(
        data.sentences.select(rows),
        layer=layers,
        label=data.layer is None,
        columns=columns_of(config),
        scheme=data.scheme,
    )
    found: list[Finding] = []
    with tempfile.TemporaryDirectory() as working:
        for fold in train_folds(config, corpus, number, Path(working), device, listener):
            [task] = fold.run.tasks
            held = [(int(rows[row]), s) for row, s in zip(fold.division.rows, fold.division.held, strict=True)]
            known = [one for one in held if not task.unseen([one[1]])]
            if others := len(held) - len(known):
                listener.on_note(f"{counted(others, 'sentence')} with labels that no other part has: not judged")
            found += judge(data, task, fold.run.engine, known)
    return sorted(found, key=lambda finding: -finding.weight)


def _labelled(data: Annotated) -> NDArray[np.int64]:
    """The numbers of the texts that have a label."""
    column = data.sentences.labels
    has_label = np.array([value is not None for value in column.values], dtype=np.bool_)
    return np.flatnonzero(has_label[column.places])


def judge(data: Annotated, task: Task, engine: Engine, held: Sequence[tuple[int, Sentence]]) -> Iterator[Finding]:
    """What a model finds suspicious in some sentences, which come with their numbers in the data."""
    numbers, sentences = [number for number, _ in held], [sentence for _, sentence in held]
    if isinstance(task, Labelling):
        yield from _doubted_tags(data, task, engine, numbers, sentences)
    elif isinstance(task, Classification):
        yield from _doubted_labels(data, task, engine, numbers, sentences)


def _doubted_tags(
    data: Annotated, task: Labelling, engine: Engine, numbers: Sequence[int], sentences: Sequence[Sentence]
) -> Iterator[Finding]:
    spans = None if task.inside is PLAIN else span_tags(task.tags, task.inside)
    every = np.array([tag for sentence in sentences for tag in task.target(sentence)], dtype=np.int32)  # (N,)
    [chain] = engine.chains
    assert chain is not None
    for part, [scores] in scored_parts(engine, engine.read(sentences)):
        known = posterior(chain, scores, part.offsets)
        given, (best, _) = every[part.places], viterbi(chain, scores, part.offsets)
        found = disagreements(known, given, best, spans)
        sides = [_Side(task, tags, known.is_first, spans) for tags in (given, best)]
        of_part = np.searchsorted(part.offsets, found.begin, side="right") - 1
        stretches = zip(of_part, found.begin, found.end, found.given, found.best, strict=True)
        for place, begin, end, *chances in stretches:
            first = int(part.offsets[place])
            annotated, instead = (side.within(int(begin), int(end), first) for side in sides)
            stretch = range(int(begin) - first, int(end) - first)
            odds = Odds(*map(float, chances), max(len(annotated), len(instead)))
            yield suspicious_spans(data, numbers[part.index[place]], stretch, annotated, instead, odds)


class _Side:
    """The spans that the tags of some sentences spell; each token is one where tags are plain."""

    def __init__(self, task: Labelling, tags: Tags, is_first: NDArray[np.bool_], spans: SpanTags | None) -> None:
        rows = np.arange(len(tags))
        self._found = Marked(rows, rows + 1, tags.astype(np.int64)) if spans is None else spans.read(tags, is_first)
        self._labels = task.labels if spans is not None else task.tags

    def within(self, begin: int, end: int, first: int) -> list[Span]:
        """Those in a stretch of rows, as spans of a sentence that begins at a row."""
        found = self._found
        inside = range(int(np.searchsorted(found.begin, begin)), int(np.searchsorted(found.end, end, side="right")))
        places = ((int(found.begin[n]), int(found.end[n]), self._labels[found.label[n]]) for n in inside)
        return [Span(start - first, stop - first, label) for start, stop, label in places]


def _doubted_labels(
    data: Annotated, task: Classification, engine: Engine, numbers: Sequence[int], sentences: Sequence[Sentence]
) -> Iterator[Finding]:
    given = task.targets(sentences)  # (S,), or (S, K) with many
    for part, [scores] in scored_parts(engine, engine.read(sentences)):
        log = scores.astype(np.float64)  # (B, K)
        for place, row in zip(part.index.tolist(), log, strict=True):
            doubts = _sets(task, row, given[place]) if task.many else _one(task, row, int(given[place]))
            for annotated, instead, odds in doubts:
                yield suspicious_label(data, numbers[place], annotated, instead, odds)


_Doubt = tuple[str | None, str | None, Odds]  # the label that a text has, the one that it should have


def _one(task: Classification, log: Floats, given: int) -> Iterator[_Doubt]:
    """The label of a text, where another is more probable."""
    best = int(log.argmax())
    if best != given:
        yield task.labels[given], task.labels[best], Odds(float(log[given]), float(log[best]))


def _sets(task: Classification, log: Floats, given: NDArray[np.generic]) -> Iterator[_Doubt]:
    """Each label that a text has and should not have, or the other way round."""
    without = np.log(np.maximum(-np.expm1(log), np.finfo(np.float64).tiny))
    for label, there, has, has_not in zip(task.labels, given.tolist(), log.tolist(), without.tolist(), strict=True):
        if there and has_not > has:
            yield label, None, Odds(has, has_not)
        elif not there and has > has_not:
            yield None, label, Odds(has_not, has)
