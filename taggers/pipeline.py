"""Several models in one pass: each reads what those before it have said of a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from taggers.checkpoint import load_folder
from taggers.engine import load_engine
from taggers.errors import TaggerError
from taggers.evaluation import WINDOW
from taggers.formats import as_sentence, split_text
from taggers.tagger import Tagger
from taggers.tasks.classification import Classification
from taggers.text import Sentence
from taggers.text.types import LABEL, NOWHERE


class Pipeline:
    """Models one after another, such as parts of speech, then lemmas that read them, then names and an intent.

    >>> pipeline = Pipeline.load(["models/upos", "models/lemmas", "models/names"])  # doctest: +SKIP
    >>> [(s.tokens, s.layers["lemma"]) for s in pipeline.run("Ada slept.")]  # doctest: +SKIP
    [(('Ada', 'slept', '.'), ('Ada', 'sleep', '.'))]
    """

    def __init__(self, taggers: Sequence[Tagger]) -> None:
        if not taggers:
            raise TaggerError("a pipeline without a model: name one at least")
        self.taggers = tuple(taggers)
        given: dict[str, Path] = {}
        for tagger in self.taggers:
            for layer in _layers(tagger):
                if layer in given:
                    problem = f"{given[layer]} and {tagger.folder.path} both give the layer {layer!r}"
                    raise TaggerError(f"{problem}; leave one of them out")
                given[layer] = tagger.folder.path

    @classmethod
    def load(cls, paths: Sequence[str | Path], device: str = "auto") -> Pipeline:
        """The models of some folders, in order; TaggerError where two of them give the same layer.

        Raises CheckpointError for a folder that is missing, damaged, of another version or a language model's.
        """
        folders = [load_folder(Path(path)) for path in paths]
        for folder in folders:
            folder.expect_answers()  # before an engine is made of what is no tagger
        return cls([Tagger(folder, load_engine(folder, device)) for folder in folders])

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that the models give to tokens, in order."""
        return tuple(layer for tagger in self.taggers for layer in _layers(tagger) if layer != LABEL)

    @property
    def labels(self) -> bool:
        """True where one of the models gives a label to each sentence."""
        return any(LABEL in _layers(tagger) for tagger in self.taggers)

    @property
    def many_labels(self) -> bool:
        """True where that is a set of labels."""
        return any(task.many for tagger in self.taggers for task in tagger.tasks if isinstance(task, Classification))

    def run(self, text: str) -> list[Sentence]:
        """The sentences of a text, split by the tokeniser of the first model, with all that the models say of them."""
        return list(self.stream(split_text(text, NOWHERE, self.taggers[0].folder.tokeniser)))

    def stream(
        self,
        sentences: Iterable[Sentence],
        window: int = WINDOW,
        note: Callable[[str], None] | None = None,
    ) -> Iterator[Sentence]:
        """The same of a stream of sentences, in order; `window` of them at most are held at a time by each model.

        `note` is told what `Tagger.stream` tells.

        Raises FormatError, with file and line, where a model reads a column that neither the sentences have nor a model
        before it gives.
        """
        for tagger in self.taggers:
            sentences = _answered(tagger, sentences, window, note)
        return iter(sentences)


def _layers(tagger: Tagger) -> list[str]:
    return [task.layer for task in tagger.tasks]


def _answered(
    tagger: Tagger, sentences: Iterable[Sentence], window: int, note: Callable[[str], None] | None
) -> Iterator[Sentence]:
    names = {layer: layer for layer in _layers(tagger)}
    return (as_sentence(prediction, names) for prediction in tagger.stream(sentences, window, note=note))
