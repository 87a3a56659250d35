"""Text classification: one label per text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from taggers.errors import FormatError, TaggerError
from taggers.text import Prediction, Sentence
from taggers.text.types import LABEL

if TYPE_CHECKING:
    from taggers.metrics.labels import LabelScores


@dataclass(frozen=True)
class Classification:
    """The task of the labels of texts.

    >>> task = Classification(("bye", "hello"))
    >>> [answer] = task.predictions([Sentence(("Hi",))], np.log(np.array([[0.25, 0.75]])))
    >>> answer.label, round(answer.scores["bye"], 2)
    ('hello', 0.25)
    """

    kind: ClassVar[str] = "classification"
    layer: ClassVar[str] = LABEL
    constraints: ClassVar[None] = None
    json_shape: ClassVar[Any] = {"labels": [str]}  # as `checkpoint` reads them, of the task and of its scores
    scores_shape: ClassVar[Any] = {"accuracy": float, "macro_f1": float, "micro": {"f1": float}}
    labels: tuple[str, ...]

    @classmethod
    def build(cls, sentences: Iterable[Sentence]) -> Classification:
        """The task with the labels that the training texts have; raises TaggerError where they have none."""
        labels = {s.label for s in sentences if s.label is not None}
        if not labels:
            raise TaggerError("the training data has no labels; name a format, or a column, that holds them")
        return cls(tuple(sorted(labels)))

    def to_json(self) -> dict[str, Any]:
        """What a model folder keeps."""
        return {"kind": self.kind, "labels": self.labels}

    @classmethod
    def from_json(cls, values: Any) -> Classification:
        """The task that a model folder keeps."""
        return cls(tuple(values["labels"]))

    @property
    def facts(self) -> dict[str, object]:
        """What people are told of the task."""
        return {"labels": list(self.labels)}

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {label: i for i, label in enumerate(self.labels)}

    def unseen(self, sentences: Iterable[Sentence]) -> list[str]:
        """The labels that the task does not know, sorted."""
        return sorted({s.label for s in sentences if s.label is not None} - set(self.labels))

    def target(self, sentence: Sentence) -> int:
        """The id of the sentence's label; FormatError where it has none, or one that training has not seen."""
        if sentence.label not in self._ids:
            found = "none" if sentence.label is None else f"{sentence.label!r}, which the training data does not have"
            raise FormatError(*sentence.source, f"expected a label, found {found}")
        return self._ids[sentence.label]

    def predictions(self, sentences: Sequence[Sentence], scores: NDArray[np.floating]) -> Iterator[Prediction]:
        """The answers for some sentences from the log probabilities (S, K) of their labels."""
        for sentence, row in zip(sentences, np.exp(scores).tolist(), strict=True):
            if sentence.tokens:
                known = dict(zip(self.labels, row, strict=True))
                yield Prediction(sentence, LABEL, label=max(self.labels, key=known.__getitem__), scores=known)
            else:
                yield Prediction(sentence, LABEL)

    def score(
        self, sentences: Sequence[Sentence], predictions: Sequence[Prediction], known: Sequence[Sequence[bool]]
    ) -> LabelScores:
        """Scores of the predictions against the sentences' own labels."""
        from taggers.metrics.labels import score_labels

        del known
        return score_labels([s.label or "" for s in sentences], [p.label or "" for p in predictions])
