"""What a network says of sentences, and how good that is: one path for dev, test, `tag` and `evaluate`."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from taggers.data.indexer import Indexer
from taggers.data.sentences import TOKEN, as_store, values_of
from taggers.data.vocabulary import UNK
from taggers.engine.interface import Answers, Decoder, Engine, JudgedAnswers
from taggers.errors import FormatError, TaggerError
from taggers.text import Prediction, Sentence
from taggers.text.schemes import OUTSIDE, PLAIN, Scheme, belongs
from taggers.text.types import LABEL
from taggers.text.wording import NO_LABEL, counted

if TYPE_CHECKING:  # what only scoring needs is imported there: tagging starts sooner without
    from taggers.engine.remembering import Remembering
    from taggers.engine.stream import StreamEngine
    from taggers.engine.workers import Workers
    from taggers.formats import CheckedTags, OnInvalid
    from taggers.metrics import AnyScores, SpanDetail
    from taggers.metrics.language import LanguageScores
    from taggers.tasks import SentenceTask
    from taggers.tasks.asked import Judged, Question
    from taggers.tasks.labelling import Labelling
    from taggers.tasks.language_model import LanguageModel

WINDOW = 1024  # sentences looked at together, so that batches hold like lengths
_WINDOW_TOKENS = 65_536


def predict(
    engine: Engine,
    tasks: Sequence[SentenceTask],
    sentences: Iterable[Sentence],
    window: int = WINDOW,
    note: Callable[[str], None] | None = None,
    question: Question | None = None,
) -> Iterator[Prediction]:
    """One prediction per sentence, in order, for the layer of the first task and in it for those of the others.

    `window` sentences at most are held at a time. `note` is told at the end of sequences that were cut. With a
    question, predictions hold what was asked.

    Where the sentences end in a fault, all that came before it are answered before it is raised.
    """
    return predict_by(Decoder(engine, question), tasks, sentences, window, note)


def predict_by(
    decoder: Decoder | Workers,
    tasks: Sequence[SentenceTask],
    sentences: Iterable[Sentence],
    window: int = WINDOW,
    note: Callable[[str], None] | None = None,
) -> Iterator[Prediction]:
    """As `predict`; one window more is held for each that the decoder lets be under way."""
    answering = _answering(decoder, tasks[0])
    source = iter(sentences)
    under_way: deque[tuple[list[Sentence], Callable[[], Answers | JudgedAnswers]]] = deque()
    fault, ended = None, False
    while not ended or under_way:
        while not ended and len(under_way) <= answering.ahead:
            held, fault = _take(source, window)
            ended = fault is not None or not held
            if held:
                under_way.append((held, answering.submit(held)))
        if under_way:
            held, answers = under_way.popleft()
            try:
                found = answers()
            except TaggerError as unread:
                raise _placed(unread, held) from None
            each: Sequence[NDArray[Any] | Judged] = found
            layers = (_predictions(task, held, answer) for task, answer in zip(tasks, each, strict=True))
            for first, *others in zip(*layers, strict=True):
                yield replace(first, further=tuple(others)) if others else first
    if note is not None and answering.cut:
        from taggers.chain.search import LIMIT  # not at the top: taggers start sooner without

        note(f"{tasks[0].layer}: {counted(answering.cut, 'answer')} cut at the longest there may be: {LIMIT}")
    if fault is not None:
        raise fault


def _predictions(task: SentenceTask, held: Sequence[Sentence], answer: NDArray[Any] | Judged) -> Iterator[Prediction]:
    if isinstance(answer, np.ndarray):
        return task.predictions(held, answer)
    from taggers.tasks.judged import judged_predictions  # not at the top: taggers start sooner without

    return judged_predictions(task, held, answer)


def _placed(fault: TaggerError, sentences: Sequence[Sentence]) -> TaggerError:
    """The fault, with its file and line where it is one of numbers, which are read without their places."""
    from taggers.data.numbers import NumbersError  # not at the top: few models read numbers

    return fault.placed(sentences) if isinstance(fault, NumbersError) else fault


def _answering(decoder: Decoder | Workers, task: SentenceTask) -> Decoder | Workers | Remembering:
    """What answers sentences: the decoder itself, but where their examples are others."""
    if task.search is None:
        return decoder
    from taggers.engine.remembering import Remembering  # not at the top: taggers start sooner without

    return Remembering(decoder, task)


def _take(source: Iterator[Sentence], window: int) -> tuple[list[Sentence], Exception | None]:
    """The next sentences, `window` or as many as make _WINDOW_TOKENS if that is less, and the fault that ends them."""
    held: list[Sentence] = []
    tokens = 0
    try:
        for sentence in islice(source, window):
            held.append(sentence)
            tokens += len(sentence)
            if tokens >= _WINDOW_TOKENS:
                break
    except Exception as fault:  # raised again when all that is held has been answered
        return held, fault
    return held, None


def in_scheme(
    task: Labelling,
    sentences: Iterable[Sentence],
    layer: str | None = None,
    on_invalid: OnInvalid = "repair",
    scheme: Scheme | None = None,
) -> CheckedTags:
    """Gold sentences as a task scores them: tags of `layer` (default: the task's) checked, and spelt in its scheme.

    Raises FormatError where there is no such layer, or where one side has spans and the other plain tags.
    """
    from taggers.formats import check_tags, respell

    layer = layer or task.layer
    sentences = [s for s in sentences if s.tokens]
    if task.outside is PLAIN:
        tags = {tag for s in sentences for tag in s.layers.get(layer, ())}
        known = tags.intersection(task.labels)
        # Few plain tags may look like spans; where the model knows any of them they are what it learnt.
        scheme = PLAIN if known == tags or known - {OUTSIDE} else scheme
    elif scheme is None and task.outside.dialect is not None:  # few of a dialect's tags may look like another scheme's
        own = all(belongs(tag, task.outside) for s in sentences for tag in s.layers.get(layer, ()))
        scheme = task.outside if own else None
    checked = check_tags(sentences, layer, on_invalid, scheme)
    if checked.sentences and (checked.scheme is PLAIN) != (task.outside is PLAIN):
        path, line = checked.sentences[0].source
        problem = f"layer {checked.layer!r} holds {checked.scheme.name} tags, the model gives {task.outside.name} ones"
        raise FormatError(path, line, f"{problem}; name another layer")
    spelt = (respell(s, layer, checked.scheme, task.outside) for s in checked.sentences)
    return replace(
        checked, sentences=tuple(replace(s, layers={**s.layers, task.layer: s.layers[layer]}) for s in spelt)
    )


def gold_of(task: SentenceTask, sentences: Iterable[Sentence], layer: str | None = None) -> tuple[Sentence, ...]:
    """Sentences as a task scores them, those without tokens left out; gold is read from `layer` (default: the task's).

    Raises FormatError and TagSchemeError, with file and line, for a missing layer or label, or tags that are none.
    """
    if task.outside is not None:
        return in_scheme(task, sentences, layer).sentences
    kept = tuple(s for s in sentences if s.tokens)
    if task.layer != LABEL:
        return tuple(s.with_layers({**s.layers, task.layer: values_of(s, layer or task.layer)}) for s in kept)
    for s in kept:
        if s.label is None:
            raise FormatError(*s.source, NO_LABEL)
    return kept


def evaluate(engine: Engine, tasks: Sequence[SentenceTask], sentences: Sequence[Sentence]) -> AnyScores:
    """Scores of the predictions against the sentences' own tags, which follow each task's scheme, or labels.

    Those of the first task hold those of the others. Unknown words are those outside the model's vocabulary.
    """
    return score(predict(engine, tasks, sentences), engine.indexer, tasks, sentences)


def score_text(engine: StreamEngine, task: LanguageModel, sentences: Sequence[Sentence]) -> LanguageScores:
    """How well a language model predicts the sentences that hold tokens, one after another; there is one at least."""
    from taggers.data.stream import in_one_row, spell
    from taggers.engine.stream import surprise
    from taggers.metrics.counts import spread
    from taggers.metrics.documents import documents_of
    from taggers.metrics.language import LanguageScores, count_surprise
    from taggers.tasks.language_model import BREAK

    text = spell(as_store(sentences), task.unit, task.direction)
    column = text.columns[TOKEN]
    sizes = np.fromiter(map(len, column.values), np.int64, len(column.values))  # characters of each distinct symbol
    if task.unit == "word":
        sizes = np.where(np.array(column.values) == BREAK, 0, sizes + 1)  # with the blank or the break behind it
    followed = engine.follow(in_one_row(text))
    documents = documents_of(sentences)
    if task.direction == "backward":
        documents.reverse()
    counts = count_surprise(
        surprise(followed), sizes[column.places], followed.ids[1:] == UNK, spread(text.lengths), documents
    )
    return LanguageScores.of(counts)


def score(
    predictions: Iterable[Prediction],
    indexer: Indexer,
    tasks: Sequence[SentenceTask],
    sentences: Sequence[Sentence],
    detailed: bool = False,
    training: Sequence[Sentence] | None = None,
) -> AnyScores:
    """As `evaluate`, of the predictions that were made of the sentences; those without tokens pass by.

    `detailed` scores of spans have their detail, with what the sentences of `training` have of them, where they are
    given, which hold tags as the sentences do.
    """
    from taggers.metrics import Scores

    scored = [(s, one) for s, one in zip(sentences, predictions, strict=True) if s.tokens]
    sentences, made = [s for s, _ in scored], [one for _, one in scored]
    known = [[indexer.knows(token) for token in s.tokens] for s in sentences]

    def of_layer(place: int, task: SentenceTask) -> AnyScores:
        own = [one.every[place] for one in made]
        scores = task.score(sentences, own, known)
        if not detailed or not isinstance(scores, Scores):
            return scores
        return replace(scores, detail=_detail(task, sentences, own, known, training))

    first, *others = (of_layer(place, task) for place, task in enumerate(tasks))
    if not others:
        return first
    assert isinstance(first, Scores)  # what is learnt beside something else is learnt beside tags
    return replace(first, further={task.layer: scores for task, scores in zip(tasks[1:], others, strict=True)})


def _detail(
    task: SentenceTask,
    sentences: Sequence[Sentence],
    predictions: Sequence[Prediction],
    known: Sequence[Sequence[bool]],
    training: Sequence[Sentence] | None,
) -> SpanDetail | None:
    """The detail of a layer of spans; None for another."""
    from taggers.metrics import TrainingSpans, score_detail

    if task.outside is None or not task.has_spans:
        return None
    gold, predicted = [s.layers[task.layer] for s in sentences], [one.tags for one in predictions]
    seen = None if training is None else TrainingSpans.of(training, task.layer, task.outside)
    return score_detail(sentences, gold, predicted, task.outside, known, seen)
