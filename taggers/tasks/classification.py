"""Text classification: one label per text, or a set of labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import exp
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from taggers.errors import FormatError, TaggerError
from taggers.text import Prediction, Sentence
from taggers.text.types import LABEL, join_labels, split_labels
from taggers.text.wording import labels_listed

if TYPE_CHECKING:
    from taggers.metrics.labels import LabelScores

_HALF = float(np.log(0.5))  # from which probability on a label is one of a set


@dataclass(frozen=True)
class Classification:
    """The task of the labels of texts; with `many` each text has a set of them, as one string (see `join_labels`).

    >>> task = Classification(("bye", "hello"))
    >>> [answer] = task.predictions([Sentence(("Hi",))], np.log(np.array([[0.25, 0.75]])))
    >>> answer.label, round(answer.scores["bye"], 2)
    ('hello', 0.25)
    """

    kind: ClassVar[str] = "classification"
    noun: ClassVar[str] = "classifier"  # what such a model is called
    graphs: ClassVar[tuple[str, ...]] = ("forms", "emissions")
    layer: ClassVar[str] = LABEL
    constraints: ClassVar[None] = None
    outside: ClassVar[None] = None
    has_confidences: ClassVar[bool] = True
    has_spans: ClassVar[bool] = False
    search: ClassVar[None] = None
    json_shape: ClassVar[Any] = {"labels": [str], "many": bool}  # as `checkpoint` reads them, of the task, its scores
    scores_shape: ClassVar[Any] = {"accuracy": float, "macro_f1": float, "micro": {"f1": float}}
    labels: tuple[str, ...]
    many: bool = False

    @classmethod
    def build(cls, sentences: Iterable[Sentence], many: bool = False) -> Classification:
        """The task with the labels that the training texts have; raises TaggerError where they have none."""
        said = {s.label for s in sentences if s.label is not None}
        labels = {label for labels in said for label in split_labels(labels)} if many else said
        if not labels:
            raise TaggerError("the training data has no labels; name a format, or a column, that holds them")
        return cls(tuple(sorted(labels)), many)

    def to_json(self) -> dict[str, Any]:
        """What a model folder keeps."""
        return {"kind": self.kind, "labels": self.labels, "many": self.many}

    @classmethod
    def from_json(cls, values: Any) -> Classification:
        """The task that a model folder keeps."""
        return cls(tuple(values["labels"]), values["many"])

    @property
    def facts(self) -> dict[str, object]:
        """What people are told of the task."""
        return {"labels": list(self.labels), "labels of a text": "any number" if self.many else "one"}

    @property
    def about(self) -> str:
        """What the task is, in a line."""
        return labels_listed(self.layer, self.labels)

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {label: i for i, label in enumerate(self.labels)}

    def unseen(self, sentences: Iterable[Sentence]) -> list[str]:
        """The labels that the task does not know, sorted."""
        said = {s.label for s in sentences if s.label is not None}
        return sorted({label for labels in said for label in self.split(labels)} - set(self.labels))

    def targets(self, sentences: Iterable[Sentence]) -> NDArray[np.generic]:
        """Of some sentences the ids of their labels (S,), or with `many` which labels they have (S, K).

        Raises FormatError, with file and line, at a sentence without a label or with one that training has not seen.
        """
        ids = [[self._id(label, s) for label in self.split(self._said(s))] for s in sentences]
        if not self.many:
            return np.array([own[0] for own in ids], dtype=np.int32)
        sets = np.zeros((len(ids), len(self.labels)), dtype=np.bool_)
        for row, own in zip(sets, ids, strict=True):
            row[own] = True
        return sets

    def split(self, label: str | None) -> tuple[str, ...]:
        """The labels that the label of a text tells; none where it has none.

        >>> Classification(("a", "b"), many=True).split("a|b"), Classification(("a|b",)).split("a|b")
        (('a', 'b'), ('a|b',))
        """
        if label is None:
            return ()
        return split_labels(label) if self.many else (label,)

    def _said(self, sentence: Sentence) -> str:
        if sentence.label is None:
            raise FormatError(*sentence.source, "expected a label, found none; fill it in, or leave the text out")
        return sentence.label

    def _id(self, label: str, sentence: Sentence) -> int:
        if label not in self._ids:
            problem = f"expected a label that the training data has, found {label!r}"
            raise FormatError(*sentence.source, f"{problem}; mend it, or leave the text out")
        return self._ids[label]

    def predictions(self, sentences: Sequence[Sentence], scores: NDArray[np.floating]) -> Iterator[Prediction]:
        """The answers for some sentences from the log probabilities (S, K) of their labels; none without tokens."""
        for sentence, row in zip(sentences, scores.tolist(), strict=True):
            if not sentence.tokens:
                yield Prediction(sentence, LABEL)
                continue
            if self.many:
                label = join_labels(one for one, score in zip(self.labels, row, strict=True) if score >= _HALF)
            else:
                label = self.labels[row.index(max(row))]
            yield Prediction(sentence, LABEL, label=label, scores=dict(zip(self.labels, map(exp, row), strict=True)))

    def score(
        self, sentences: Sequence[Sentence], predictions: Sequence[Prediction], known: Sequence[Sequence[bool]]
    ) -> LabelScores:
        """Scores of the predictions against the sentences' own labels."""
        from taggers.metrics.documents import documents_of
        from taggers.metrics.labels import score_label_sets, score_labels

        del known
        gold, found = [s.label or "" for s in sentences], [p.label or "" for p in predictions]
        documents = documents_of(sentences)
        if self.many:
            return score_label_sets(map(split_labels, gold), map(split_labels, found), documents)
        return score_labels(gold, found, documents)
