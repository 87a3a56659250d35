"""Sequence labelling: one tag per token, spelt in one scheme inside the model, outside in that of the training file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from taggers.chain import Chain
from taggers.errors import TaggerError, TagSchemeError
from taggers.tasks.spelling import Spelling
from taggers.text import Prediction, Sentence
from taggers.text.partial import SEPARATOR, UNKNOWN, alive, convert_sets, is_partial, tag_sets
from taggers.text.schemes import PLAIN, SCHEMES, Scheme, convert, labels_of, legal, scheme_tags
from taggers.text.wording import labels_listed

if TYPE_CHECKING:  # what only scoring needs is imported there: tagging starts sooner without
    from taggers.metrics import Scores


_SPANS = {"overall": {"precision": float, "recall": float, "f1": float}}


@dataclass(frozen=True)
class Labelling:
    """The task of one layer: its `labels`, the scheme `inside` the model, and that of the training file, `outside`.

    Where the layer holds plain tags, both schemes are PLAIN and the labels are the tags.

    >>> from taggers.text.schemes import IOB2, IOBES
    >>> task = Labelling("ner", ("PER",), inside=IOBES, outside=IOB2)
    >>> task.tags
    ('O', 'B-PER', 'I-PER', 'E-PER', 'S-PER')
    >>> sentence = Sentence(("Ada", "Obi", "slept"), {"ner": ("B-PER", "I-PER", "O")})
    >>> task.target(sentence)
    [1, 3, 0]
    >>> [answer] = task.predictions([sentence], np.array([1, 3, 0]))
    >>> answer.tags
    ('B-PER', 'I-PER', 'O')
    """

    kind: ClassVar[str] = "labelling"
    noun: ClassVar[str] = "tagger"  # what such a model is called
    graphs: ClassVar[tuple[str, ...]] = ("forms", "emissions")
    search: ClassVar[None] = None
    has_confidences: ClassVar[bool] = True
    json_shape: ClassVar[Any] = {"layer": str, "labels": [str], "inside": str, "outside": str, "partial": bool}
    scores_shape: ClassVar[Any] = {
        "lenient": (None, _SPANS),
        "strict": (None, _SPANS),
        "accuracy": float,
        "unknown_accuracy": (None, float),
    }  # as `checkpoint` reads them, of the task and of its scores
    layer: str
    labels: tuple[str, ...]
    inside: Scheme
    outside: Scheme
    partial: bool = False

    @classmethod
    def build(
        cls, sentences: Iterable[Sentence], layer: str, inside: Scheme, outside: Scheme, partial: bool = False
    ) -> Labelling:
        """The task with the labels that the training sentences hold; raises TaggerError where they hold none."""
        seen = {tag for s in sentences for tag in s.layers[layer]}
        if partial:
            seen = {tag for choice in seen if choice != UNKNOWN for tag in choice.split(SEPARATOR)}
        if not seen:
            raise TaggerError(f"the layer {layer!r} of the training data names no tag; annotate some of its tokens")
        labels = tuple(sorted(labels_of(seen, outside)))
        return cls(layer, labels, PLAIN if outside is PLAIN else inside, outside, partial)

    def to_json(self) -> dict[str, Any]:
        """What a model folder keeps."""
        return {
            "kind": self.kind,
            "layer": self.layer,
            "labels": self.labels,
            "inside": self.inside.name,
            "outside": self.outside.name,
            "partial": self.partial,
        }

    @classmethod
    def from_json(cls, values: Any) -> Labelling:
        """The task that a model folder keeps.

        >>> from taggers.text.schemes import IOB2, IOBES
        >>> task = Labelling("ner", ("PER",), IOBES, IOB2)
        >>> Labelling.from_json(task.to_json()) == task
        True
        """
        inside, outside = SCHEMES[values["inside"]], SCHEMES[values["outside"]]
        return cls(values["layer"], tuple(values["labels"]), inside, outside, values["partial"])

    @property
    def has_spans(self) -> bool:
        """True of spans, False of plain tags."""
        return self.inside is not PLAIN

    @property
    def facts(self) -> dict[str, object]:
        """What people are told of the task."""
        scheme = f"{self.outside.name} (inside the model {self.inside.name})"
        return {"layer": self.layer, "labels": list(self.labels), "scheme": scheme}

    @property
    def about(self) -> str:
        """What the task is, in a line."""
        return f"{labels_listed(self.layer, self.labels)} Tags are written in {self.outside.name}."

    def unseen(self, sentences: Iterable[Sentence]) -> list[str]:
        """The labels of fully annotated sentences that the task does not know, sorted."""
        tags = {tag for s in sentences for tag in s.layers[self.layer]}
        return sorted(labels_of(tags, self.outside) - set(self.labels))

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """The model's tags, K of them, in the order of its outputs."""
        return tuple(scheme_tags(self.labels, self.inside))

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {tag: i for i, tag in enumerate(self.tags)}

    @cached_property
    def constraints(self) -> Chain:
        """Zero where the scheme allows, -inf where it forbids."""

        def score(before: str | None, after: str | None) -> float:
            return 0.0 if legal(self.inside, before, after) else -np.inf

        return Chain(
            np.array([score(None, tag) for tag in self.tags]),
            np.array([[score(a, b) for b in self.tags] for a in self.tags]),
            np.array([score(tag, None) for tag in self.tags]),
        )

    def target(self, sentence: Sentence) -> list[int] | list[frozenset[int]]:
        """The sentence's gold as ids of the model's tags, or as sets of ids where it is partly annotated.

        Raises TagSchemeError, with file and line, for a tag of a label not seen in training and for sets that admit no
        legal sequence.
        """
        gold = sentence.layers[self.layer]
        if self.partial and is_partial(gold):
            return self._sets(sentence, gold)
        spelt = gold if self.inside is PLAIN else convert(gold, self.inside, self.outside)
        for position, tag in enumerate(spelt):
            if tag not in self._ids:
                raise _fault(sentence, position, f"tag {gold[position]!r} has a label that the training data does not")
        return [self._ids[tag] for tag in spelt]

    def _sets(self, sentence: Sentence, gold: Sequence[str]) -> list[frozenset[int]]:
        every = frozenset(scheme_tags(self.labels, self.outside))
        given = tag_sets(gold, sorted(every))
        for position, options in enumerate(given):
            if strange := sorted(options - every):
                message = f"{strange[0]!r} is no {self.outside.name} tag of a label that the training data holds"
                raise _fault(sentence, position, f"{message}; mend it or write {UNKNOWN!r}")
        converted = convert_sets(given, self.outside, self.inside)
        if not all(converted):
            position = _dead_end(given, every, self.outside)
            message = f"no legal {self.outside.name} sequence goes through the sets of tags up to {gold[position]!r}"
            raise _fault(sentence, position, f"{message}; widen a set or write {UNKNOWN!r}")
        return [frozenset(self._ids[tag] for tag in options) for options in converted]

    @cached_property
    def _spelling(self) -> Spelling:
        return Spelling(self.tags, self.outside)

    def predictions(self, sentences: Sequence[Sentence], ids: NDArray[np.int32]) -> Iterator[Prediction]:
        """The answers for some sentences from the ids (N,) of all their tokens, tags in the training file's scheme."""
        lengths = [len(sentence) for sentence in sentences]
        if self.inside is PLAIN:
            tags = iter(map(self.tags.__getitem__, ids.tolist()))
            for sentence, length in zip(sentences, lengths, strict=True):
                yield Prediction(sentence, self.layer, tuple(islice(tags, length)))
        else:
            spelt = self._spelling.spell(ids, lengths)
            for sentence, own, spans in zip(sentences, spelt.tags, spelt.spans, strict=True):
                yield Prediction(sentence, self.layer, own, spans)

    def score(
        self, sentences: Sequence[Sentence], predictions: Sequence[Prediction], known: Sequence[Sequence[bool]]
    ) -> Scores:
        """Scores of the predictions against the sentences' own tags, which follow the scheme `outside`; `known` says of
        each token whether training has seen its word.
        """
        from taggers.metrics import documents_of, score_tags

        gold = [s.layers[self.layer] for s in sentences]
        return score_tags(gold, [p.tags for p in predictions], self.outside, known, documents_of(sentences))


def _fault(sentence: Sentence, position: int, message: str) -> TagSchemeError:
    return TagSchemeError(sentence.source.path, sentence.line_of(position), message)


def _dead_end(sets: Sequence[frozenset[str]], every: frozenset[str], scheme: Scheme) -> int:
    """The first token that no legal sequence from the left gets past, were all sets after it free; there is one."""
    free = [every] * len(sets)
    return next(i for i in range(len(sets)) if not all(alive([*sets[: i + 1], *free[i + 1 : i + 2]], scheme)))
