"""Annotation that models trained on the other parts of the data find improbable, ranked."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from taggers.chain import Chain, posterior, viterbi
from taggers.chain.arrays import Floats, Tags
from taggers.chain.disagreement import disagreements
from taggers.chain.span_tags import Marked, SpanTags
from taggers.chain.temperatures import log_complement
from taggers.config import Config
from taggers.data.corpus import Corpus
from taggers.engine.interface import Engine, Part, collect
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
    What only a held out part knows is not judged. Raises FormatError where a fault left nothing to read, and
    TaggerError where nothing is annotated.

    Source: confident learning (Northcutt, Jiang and Chuang, JAIR 2021), over spans in place of tokens.
    """
    listener = listener or Silent()
    rows = _labelled(data) if data.layer is None else np.arange(len(data.sentences))
    if not len(rows) and data.faults:
        raise data.faults[0][1]  # nothing could be read
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
            if known:
                found += suspicious(data, task, fold.run.engine, known)
    return sorted(found, key=lambda finding: -finding.weight)


def _labelled(data: Annotated) -> NDArray[np.int64]:
    """The numbers of the texts that have a label."""
    column = data.sentences.labels
    has_label = np.array([value is not None for value in column.values], dtype=np.bool_)
    return np.flatnonzero(has_label[column.places])


def suspicious(data: Annotated, task: Task, engine: Engine, held: Sequence[tuple[int, Sentence]]) -> list[Finding]:
    """What a model finds suspicious in some sentences, which come with their numbers in the data."""
    doubts: _Tags | _Labels
    if isinstance(task, Labelling):
        [chain] = engine.chains
        assert chain is not None
        doubts = _Tags(data, task, chain, held)
    else:
        assert isinstance(task, Classification)
        doubts = _Labels(data, task, held)
    collect(engine, engine.read([sentence for _, sentence in held]), [doubts])
    return doubts.found


class _Tags:
    """Takes the scores of tags, and finds where the best ones are others."""

    def __init__(self, data: Annotated, task: Labelling, chain: Chain, held: Sequence[tuple[int, Sentence]]) -> None:
        self._data, self._task, self._chain = data, task, chain
        self._numbers = [number for number, _ in held]
        self._given = np.array([tag for _, sentence in held for tag in task.target(sentence)], dtype=np.int32)  # (N,)
        self._spans = None if task.inside is PLAIN else span_tags(task.tags, task.inside)
        self.found: list[Finding] = []

    def take(self, part: Part, rows: NDArray[np.float32]) -> None:
        """As `Collector.take`."""
        known = posterior(self._chain, rows, part.offsets)
        given, (best, _) = self._given[part.places], viterbi(self._chain, rows, part.offsets)
        parted = disagreements(known, given, best, self._spans)
        sides = [_Side(self._task, tags, known.is_first, self._spans) for tags in (given, best)]
        of_part = np.searchsorted(part.offsets, parted.begin, side="right") - 1
        for place, begin, end, of_given, of_best in zip(
            of_part.tolist(), parted.begin.tolist(), parted.end.tolist(),
            parted.given.tolist(), parted.best.tolist(), strict=True,
        ):  # fmt: skip
            first, number = int(part.offsets[place]), self._numbers[part.index[place]]
            annotated, instead = (side.within(begin, end, first) for side in sides)
            odds = Odds(of_given, of_best, max(len(annotated), len(instead)))
            stretch = range(begin - first, end - first)
            self.found.append(suspicious_spans(self._data, number, stretch, annotated, instead, odds))


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


class _Labels:
    """Takes the scores of labels, and finds the texts that should have others."""

    def __init__(self, data: Annotated, task: Classification, held: Sequence[tuple[int, Sentence]]) -> None:
        self._data, self._task = data, task
        self._numbers = [number for number, _ in held]
        self._given = task.targets([sentence for _, sentence in held])  # (S,), or (S, K) with many
        self.found: list[Finding] = []

    def take(self, part: Part, rows: NDArray[np.float32]) -> None:
        """As `Collector.take`."""
        doubts = _sets if self._task.many else _one
        for place, log in zip(part.index.tolist(), rows.astype(np.float64), strict=True):
            for annotated, instead, odds in doubts(self._task, log, self._given[place]):
                self.found.append(suspicious_label(self._data, self._numbers[place], annotated, instead, odds))


_Doubt = tuple[str | None, str | None, Odds]  # the label that a text has, the one that it should have


def _one(task: Classification, log: Floats, given: Any) -> Iterator[_Doubt]:
    """The label of a text, where another is more probable."""
    best = int(log.argmax())
    if best != given:
        yield task.labels[given], task.labels[best], Odds(float(log[given]), float(log[best]))


def _sets(task: Classification, log: Floats, given: Any) -> Iterator[_Doubt]:
    """Each label that a text has and should not have, or the other way round."""
    without = log_complement(log)
    for label, there, has, has_not in zip(task.labels, given.tolist(), log.tolist(), without.tolist(), strict=True):
        if there and has_not > has:
            yield label, None, Odds(has, has_not)
        elif not there and has > has_not:
            yield None, label, Odds(has_not, has)
