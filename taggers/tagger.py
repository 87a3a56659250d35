"""A trained tagger: text, tokens or sentences in, predictions out, in order, in constant memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, overload

from taggers import evaluation
from taggers.checkpoint import ModelFolder, Precision, latest_model, load_folder
from taggers.engine import Engine, load_engine
from taggers.errors import TaggerError
from taggers.evaluation import WINDOW
from taggers.formats import as_unit, split_text
from taggers.text import Prediction, Sentence
from taggers.text.types import LABEL, NOWHERE

if TYPE_CHECKING:
    from taggers.config import Config
    from taggers.data.corpus import Corpus
    from taggers.metrics import AnyScores
    from taggers.tasks.asked import Asked, Question
    from taggers.text.types import Alternative


@dataclass(frozen=True)
class Evaluated:
    """Annotated sentences as they are scored, what a model says of each, and how good that is."""

    sentences: Sequence[Sentence]
    predictions: Sequence[Prediction]
    scores: AnyScores


class Tagger:
    """A model folder ready to tag.

    >>> tagger = Tagger.load("models/english")  # doctest: +SKIP
    >>> [(e.text, e.label) for p in tagger.tag("Ada Obi slept.") for e in p.entities]  # doctest: +SKIP
    [('Ada Obi', 'PER')]
    """

    def __init__(self, folder: ModelFolder, engine: Engine, precision: Precision = "float32") -> None:
        self.folder, self._precision = folder, precision
        self.tasks = folder.expect_answers()
        self._engine = engine

    @classmethod
    def load(
        cls,
        path: str | Path | None = None,
        device: str = "auto",
        precision: Precision = "float32",
        beam: int | None = None,
        length_power: float | None = None,
    ) -> Tagger:
        """The tagger of a model folder; without a path, the one trained last here (`models/latest`).

        With precision "int8" it runs the variant that `tagger export` has written. `beam` and `length_power` say how
        sequences are searched, where not as the settings of the training do. Raises CheckpointError for a folder that
        is missing, damaged, of another version or without what the precision asks for, and TaggerError where a search
        is told that cannot be, or that the model does not do.
        """
        folder = load_folder(latest_model(Path("models")) if path is None else Path(path))
        folder.expect_answers()  # before an engine is made of what is no tagger
        folder = folder.searching(beam, length_power)
        return cls(folder, load_engine(folder, device, precision), precision)

    @staticmethod
    def train(config: Config, corpus: Corpus, output: str | Path, device: str = "auto") -> Tagger:
        """Train on a corpus, write the model folder `output`, and return its tagger."""
        from taggers.runs import train_model

        train_model(config, corpus, Path(output), device=device)
        return Tagger.load(output, device)

    @property
    def labels_alone(self) -> bool:
        """True where texts as a whole are answered, and no tokens."""
        return all(task.layer == LABEL for task in self.tasks)

    # A str is itself a sequence of strings; the first overload that fits is meant.
    @overload
    def tag(  # type: ignore[overload-overlap]
        self, text: str, *, confidence: bool = ..., asked: Asked | None = ...
    ) -> list[Prediction]: ...

    @overload
    def tag(  # type: ignore[overload-overlap]
        self, text: list[str] | tuple[str, ...], *, confidence: bool = ..., asked: Asked | None = ...
    ) -> Prediction: ...

    @overload
    def tag(
        self, text: Iterable[Sentence | Sequence[str]], *, confidence: bool = ..., asked: Asked | None = ...
    ) -> Iterator[Prediction]: ...

    def tag(
        self,
        text: str | list[str] | tuple[str, ...] | Iterable[Sentence | Sequence[str]],
        *,
        confidence: bool = False,
        asked: Asked | None = None,
    ) -> list[Prediction] | Prediction | Iterator[Prediction]:
        """Tag a text, the tokens of one sentence, or a stream of sentences.

        A str gives the predictions of its sentences, split by the tokeniser of the model (for another, make a stream by
        `split_text`), and of a text as a whole where the model gives labels alone; a list or tuple of strings is one
        sentence and gives one; any other iterable is a stream of sentences (each a Sentence or tokens) and gives one
        prediction per sentence, in order, empty ones included, reading no more than a window ahead.

        With `confidence` predictions say how probable each span, plain tag or label is; `asked` asks for more (see
        `Asked`).
        """
        if isinstance(text, str):
            sentences = list(split_text(text, NOWHERE, self.folder.tokeniser))
            if sentences and self.labels_alone:
                sentences = [as_unit(text, tokeniser=self.folder.tokeniser)]
            return list(self.stream(sentences, confidence=confidence, asked=asked))
        if isinstance(text, (list, tuple)) and all(isinstance(token, str) for token in text):
            return next(self.stream([_sentence(text)], confidence=confidence, asked=asked))
        return self.stream(map(_sentence, text), confidence=confidence, asked=asked)

    def stream(
        self,
        sentences: Iterable[Sentence],
        window: int = WINDOW,
        workers: int = 1,
        note: Callable[[str], None] | None = None,
        confidence: bool = False,
        asked: Asked | None = None,
    ) -> Iterator[Prediction]:
        """One prediction per sentence, in order; `window` sentences at most are held at a time.

        `note` is told at the end how many sequences were cut at the most symbols that they may hold, if any.
        `confidence` and `asked` are as in `tag`; TaggerError is raised where the model cannot answer.

        With several `workers`, as many processes tag side by side (on the CPU), which the iterator begins and ends; it
        holds two windows more for each. Raises TaggerError for workers that cannot be, and, from the iterator, where a
        worker ends before its time or finds another model in the folder than was loaded.
        """
        self._check(workers)
        question = self._question(confidence, asked) if confidence or asked is not None else None
        if workers == 1:
            return evaluation.predict(self._engine, self.tasks, sentences, window, note, question)
        return self._stream_beside(sentences, window, workers, note, question)

    def k_best(self, text: str | Sentence | Sequence[str], k: int) -> list[tuple[Alternative, ...]]:
        """The `k` most probable sequences of tags of each sentence of a text, or of the tokens of one, best first.

        Those of the first layer, where the model has several; fewer than `k` where there are fewer.

        >>> tagger.k_best("Ada Obi slept.", 2)[0][0].probability  # doctest: +SKIP
        0.93
        """
        from taggers.tasks.asked import Asked  # not at the top: taggers start sooner without

        asked = Asked(k_best=k)
        if isinstance(text, str):
            return [prediction.alternatives for prediction in self.tag(text, asked=asked)]
        return [next(self.stream([_sentence(text)], asked=asked)).alternatives]

    def _question(self, confidence: bool, asked: Asked | None) -> Question | None:
        """What is asked of the model; None where that is its best tags alone."""
        from taggers.tasks.asked import Asked, Question  # not at the top: taggers start sooner without

        given = asked or Asked()
        wanted = replace(given, confidence=given.confidence or confidence)
        if not wanted.needs_posterior:
            return None
        if wanted.temperatures is None:
            wanted = replace(wanted, temperatures=self.folder.calibration.temperatures)
        return Question.of(wanted, self.tasks)

    def _check(self, workers: int) -> None:
        """Raise TaggerError where so many processes cannot tag side by side."""
        if workers < 1:
            raise TaggerError(f"workers: expected 1 or more, found {workers}; 1 tags in this process alone")
        if workers > 1:
            from taggers.engine.onnx_engine import OnnxEngine

            if not isinstance(self._engine, OnnxEngine):
                raise TaggerError("workers are for the CPU: say --device cpu, or leave --workers out")

    def _stream_beside(
        self,
        sentences: Iterable[Sentence],
        window: int,
        workers: int,
        note: Callable[[str], None] | None,
        question: Question | None,
    ) -> Iterator[Prediction]:
        from taggers.engine.workers import Workers

        with Workers(self.folder, workers, self._precision, question) as beside:
            yield from evaluation.predict_by(beside, self.tasks, sentences, window, note)

    def evaluate(
        self,
        sentences: Sequence[Sentence],
        workers: int = 1,
        note: Callable[[str], None] | None = None,
        detailed: bool = False,
        training: Sequence[Sentence] | None = None,
        confidence: bool = False,
        min_confidence: float = 0.0,
    ) -> AnyScores:
        """Scores on sentences with gold tags in the model's layers, in whatever scheme; those without tokens pass by.

        `note` is told what `stream` tells. `detailed` scores of spans have their detail; with the sentences of
        `training`, tagged likewise, it tells spans apart by what these have of them. With `confidence` scores say how
        far confidences can be believed, beside those of temperature 1, which takes a second pass where the model has
        others. Spans of less than `min_confidence` are left out.

        Raises FormatError and TagSchemeError, with file and line, for a missing layer or tags that are none, and
        TaggerError for workers that cannot be.
        """
        found = self.judge(sentences, workers, note, detailed, training, confidence, min_confidence)
        return found.scores

    def judge(
        self,
        sentences: Sequence[Sentence],
        workers: int = 1,
        note: Callable[[str], None] | None = None,
        detailed: bool = True,
        training: Sequence[Sentence] | None = None,
        confidence: bool = True,
        min_confidence: float = 0.0,
    ) -> Evaluated:
        """As `evaluate`, with what the scores are of; with all detail and confidences, where nothing else is said."""
        self._check(workers)
        for task in self.tasks:
            sentences = evaluation.gold_of(task, sentences)
            training = None if training is None else evaluation.gold_of(task, training)
        asked = None
        if confidence or min_confidence:
            from taggers.confidence import CANDIDATES, with_confidence  # not at the top: taggers start sooner without
            from taggers.tasks.asked import Asked

            candidates = CANDIDATES if confidence and any(task.has_spans for task in self.tasks) else None
            asked = Asked(confidence, candidates, min_confidence=min_confidence)
        predictions = list(self.stream(sentences, workers=workers, note=note, asked=asked))
        scores = evaluation.score(predictions, self.folder.indexer, self.tasks, sentences, detailed, training)
        if asked is None or not confidence:
            return Evaluated(sentences, predictions, scores)
        before = None
        if self.folder.calibration.has_temperatures and not min_confidence:  # which would leave out other spans
            before = list(self.stream(sentences, workers=workers, asked=replace(asked, temperatures={})))
        scores = with_confidence(scores, self.tasks, sentences, predictions, before)
        return Evaluated(sentences, predictions, scores)


def _sentence(tokens: Sentence | Sequence[str]) -> Sentence:
    if isinstance(tokens, str):
        raise TypeError(f"expected a Sentence or its tokens, found the text {tokens[:30]!r}; tag texts one by one")
    return tokens if isinstance(tokens, Sentence) else Sentence(tuple(tokens))


def evaluate(tagger: Tagger | str | Path, sentences: Iterable[Sentence]) -> AnyScores:
    """Scores of a tagger (or of the model folder it is in) on sentences with gold tags in its layers."""
    loaded = tagger if isinstance(tagger, Tagger) else Tagger.load(tagger)
    return loaded.evaluate(list(sentences))
