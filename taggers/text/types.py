"""The values that travel: spans, sentences as read, predictions as made. All frozen; gold is never overwritten."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import repeat
from typing import NamedTuple


class Span(NamedTuple):
    """A labelled stretch of tokens, end exclusive, never empty.

    >>> Span(0, 2, "PER").length
    2
    """

    start: int
    end: int
    label: str

    @property
    def length(self) -> int:
        """Number of tokens."""
        return self.end - self.start


class Source(NamedTuple):
    """Where a sentence stands: the file and the line (from 1) of its first token.

    >>> str(Source("train.conll", 17))
    'train.conll:17'
    """

    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


class Extra(NamedTuple):
    """A raw line that belongs to no token, kept so that a file comes back as it was.

    `position` is the index of the token before which it stands (the number of tokens where it stands last).
    """

    position: int
    line: str


class Note(NamedTuple):
    """What a reader had to change or leave out: of what `kind`, and the case in words, with its file and line."""

    kind: str
    line: str


BETWEEN_LABELS = "|"  # of a text that has several
NOWHERE = Source("<memory>", 1)
LABEL = "label"  # in place of a layer's name: the label of the sentence as a whole


class Candidate(NamedTuple):
    """A possible span, and the probability that exactly this span is right."""

    span: Span
    probability: float


class Alternative(NamedTuple):
    """A possible sequence of tags, the spans that it spells, and the probability that all of it is right."""

    tags: tuple[str, ...]
    spans: tuple[Span, ...]
    probability: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """How probable what a model says of a sentence is, as far as it was asked.

    `confidences` of a layer are one for each token, None where it is in no span, and of LABEL one for each label;
    `alternatives` are the most probable sequences of tags of the first layer. The `score` is how much the sentence is
    worth to be annotated, where it was suggested for that.
    """

    confidences: Mapping[str, tuple[float | None, ...]] = field(default_factory=dict)
    alternatives: tuple[Alternative, ...] = ()
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """Tokens with their annotation layers, one string per token and layer.

    `offsets` are character positions (start, end) in `text`, `extras` the raw lines between tokens.
    `starts_document` is True where a document boundary stands before the sentence, `on_one_line` where all its tokens
    stand on the line of its source. `notes` are what its reader could not take as it stood, `judgement` is what a model
    that wrote its layers says of them.

    >>> sentence = Sentence(("Ada", "slept"), {"ner": ("B-PER", "O")}, source=Source("a.conll", 3))
    >>> len(sentence), sentence.line_of(1)
    (2, 4)
    >>> Sentence(("Ada",), {"ner": ()})
    Traceback (most recent call last):
    ...
    ValueError: layer 'ner' has 0 values for 1 tokens
    """

    tokens: tuple[str, ...]
    layers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    label: str | None = None
    source: Source = NOWHERE
    text: str | None = None
    offsets: tuple[tuple[int, int], ...] | None = None
    extras: tuple[Extra, ...] = ()
    starts_document: bool = False
    on_one_line: bool = False
    notes: tuple[Note, ...] = ()
    judgement: Judgement | None = None

    def __post_init__(self) -> None:
        for name, values in self.layers.items():
            if len(values) != len(self.tokens):
                raise ValueError(f"layer {name!r} has {len(values)} values for {len(self.tokens)} tokens")
        if self.offsets is not None and len(self.offsets) != len(self.tokens):
            raise ValueError(f"{len(self.offsets)} offsets for {len(self.tokens)} tokens")

    def __len__(self) -> int:
        return len(self.tokens)

    def line_of(self, token: int) -> int:
        """Line (from 1) of a token in the file, counting the extra lines between tokens."""
        if self.on_one_line:
            return self.source.line
        return self.source.line + token + sum(0 < extra.position <= token for extra in self.extras)

    def with_layers(self, layers: Mapping[str, tuple[str, ...]], judgement: Judgement | None = None) -> Sentence:
        """The sentence with these layers in place of its own, and what a model says of them.

        >>> Sentence(("Ada",), {"ner": ("O",)}).with_layers({"upos": ("PROPN",)}).layers
        {'upos': ('PROPN',)}
        """
        # `replace` looks at the fields anew for each sentence, which takes longer than all else here.
        return Sentence(
            self.tokens,
            layers,
            self.label,
            self.source,
            self.text,
            self.offsets,
            self.extras,
            self.starts_document,
            self.on_one_line,
            self.notes,
            judgement,
        )

    def with_notes(self, notes: tuple[Note, ...]) -> Sentence:
        """The sentence with further notes of its reader.

        >>> Sentence(("Ada",)).with_notes((Note("spans are odd", "a.jsonl:1: 0 to 3"),)).notes[0].kind
        'spans are odd'
        """
        return replace(self, notes=self.notes + notes) if notes else self


class Entity(NamedTuple):
    """A predicted span as a reader wants it: its text, label, and place in characters and in tokens.

    The `confidence` is the probability that exactly this span is right; None where nobody asked for it.
    """

    text: str
    label: str
    start: int
    end: int
    span: Span
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model says of one sentence: one tag per token, and the spans that they spell (none for plain tags).

    A tagger of several layers says the same of the others in `further`. What is said of the sentence as a whole is its
    `label`, with the `scores` of all labels, their probabilities; None where it has no token to tell it by.

    Only where they were asked for there are `confidences`, the probabilities that each of the spans is right, or each
    of plain tags, or each label of the text; `candidates`, all spans that are probable enough; and `alternatives`, the
    most probable sequences of tags.

    >>> sentence = Sentence(("Ada", "slept"), text="Ada slept", offsets=((0, 3), (4, 9)))
    >>> prediction = Prediction(sentence, "ner", ("B-PER", "O"), (Span(0, 1, "PER"),))
    >>> prediction.entities[0][:4]
    ('Ada', 'PER', 0, 3)
    """

    sentence: Sentence
    layer: str
    tags: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    further: tuple[Prediction, ...] = ()
    label: str | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    confidences: tuple[float, ...] | None = None
    candidates: tuple[Candidate, ...] | None = None
    alternatives: tuple[Alternative, ...] = ()

    @property
    def every(self) -> tuple[Prediction, ...]:
        """What is said of each layer, in the order of the model's tasks: this first, and the further ones."""
        return (self, *self.further) if self.further else (self,)

    @property
    def layers(self) -> dict[str, tuple[str, ...]]:
        """The tags of every layer that was predicted."""
        return {one.layer: one.tags for one in self.every if one.layer != LABEL}

    @property
    def sentence_label(self) -> str | None:
        """The label that was predicted of the sentence, whichever of the layers it comes beside.

        >>> sentence = Sentence(("Hello",))
        >>> Prediction(sentence, "ner", ("O",), further=(Prediction(sentence, LABEL, label="greeting"),)).sentence_label
        'greeting'
        """
        return next((one.label for one in self.every if one.label is not None), None)

    @property
    def entities(self) -> tuple[Entity, ...]:
        """The spans with their text and character offsets (in the text, or in the tokens joined by blanks)."""
        text, offsets = self.sentence.text, self.sentence.offsets
        if text is None or offsets is None:
            text, offsets = join_tokens(self.sentence.tokens)
        return tuple(
            Entity(text[offsets[s.start][0] : offsets[s.end - 1][1]], s.label, offsets[s.start][0],
                   offsets[s.end - 1][1], s, confidence)
            for s, confidence in zip(self.spans, self.confidences or repeat(None), strict=False)
        )  # fmt: skip


def join_tokens(tokens: tuple[str, ...], between: str = " ") -> tuple[str, tuple[tuple[int, int], ...]]:
    """Tokens joined by single blanks, or what else stands `between`, with the character offsets of each.

    >>> join_tokens(("Ada", "slept"))
    ('Ada slept', ((0, 3), (4, 9)))
    """
    offsets: list[tuple[int, int]] = []
    position = 0
    for token in tokens:
        offsets.append((position, position + len(token)))
        position += len(token) + len(between)
    return between.join(tokens), tuple(offsets)


def join_labels(labels: Iterable[str]) -> str:
    """The labels of a text that has several as one string, sorted; none are the empty string.

    Raises ValueError for an empty label and for one that holds the sign between labels.

    >>> join_labels(["sport", "politics"]), join_labels([])
    ('politics|sport', '')
    """
    several = sorted(set(labels))
    if strange := [label for label in several if not label or BETWEEN_LABELS in label]:
        raise ValueError(f"{strange[0]!r} is empty or holds {BETWEEN_LABELS!r}, which stands between labels")
    return BETWEEN_LABELS.join(several)


def split_labels(label: str) -> tuple[str, ...]:
    """The labels that one string holds.

    >>> split_labels("politics|sport"), split_labels("")
    (('politics', 'sport'), ())
    """
    return tuple(label.split(BETWEEN_LABELS)) if label else ()
