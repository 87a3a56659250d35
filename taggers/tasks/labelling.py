"""Sequence labelling: one tag per token, spelt inside the model in one scheme and outside as the training file spells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from taggers.chain import Chain
from taggers.errors import TagSchemeError
from taggers.text import Prediction, Sentence
from taggers.text.partial import SEPARATOR, UNKNOWN, convert_sets, is_partial, tag_sets
from taggers.text.schemes import OUTSIDE, PLAIN, Scheme, convert, decode, encode, legal, parse_tag, scheme_tags


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
    >>> task.prediction(sentence, [1, 3, 0]).tags
    ('B-PER', 'I-PER', 'O')
    """

    layer: str
    labels: tuple[str, ...]
    inside: Scheme
    outside: Scheme
    partial: bool = False

    @classmethod
    def build(
        cls, sentences: Iterable[Sentence], layer: str, inside: Scheme, outside: Scheme, partial: bool = False
    ) -> Labelling:
        """The task with the labels that the training sentences hold."""
        seen = {tag for s in sentences for tag in s.layers[layer]}
        if partial:
            seen = {tag for choice in seen if choice != UNKNOWN for tag in choice.split(SEPARATOR)}
        if outside is PLAIN:
            return cls(layer, tuple(sorted(seen)), PLAIN, PLAIN, partial)
        labels = {parse_tag(tag).label for tag in seen if tag != OUTSIDE}
        return cls(layer, tuple(sorted(labels)), inside, outside, partial)

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
        try:
            return [self._ids[tag] for tag in (gold if self.inside is PLAIN else convert(gold, self.inside))]
        except KeyError as missing:
            raise TagSchemeError(
                sentence.source.path, sentence.source.line, f"tag {missing} is not among the labels of the training data"
            ) from None

    def _sets(self, sentence: Sentence, gold: Sequence[str]) -> list[frozenset[int]]:
        given = tag_sets(gold, scheme_tags(self.labels, self.outside))
        converted = convert_sets(given, self.outside, self.inside)
        for position, options in enumerate(converted):
            if not options:
                raise TagSchemeError(
                    sentence.source.path,
                    sentence.line_of(position),
                    f"no legal {self.outside.name} sequence goes through these sets of tags "
                    f"(here: {gold[position]!r}); widen a set or write {UNKNOWN!r}",
                )
        return [frozenset(self._ids[tag] for tag in options) for options in converted]

    def prediction(self, sentence: Sentence, ids: Sequence[int]) -> Prediction:
        """The answer for a sentence, its tags in the training file's scheme."""
        tags = [self.tags[i] for i in ids]
        if self.inside is PLAIN:
            return Prediction(sentence, self.layer, tuple(tags))
        spans = decode(tags)
        return Prediction(sentence, self.layer, tuple(encode(spans, len(tags), self.outside)), tuple(spans))
