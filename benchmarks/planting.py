"""Errors of annotators planted into annotation that is right, to see which of them are found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from taggers.text import Sentence, Span
from taggers.text.schemes import Scheme, decode, encode

Mistake = Literal["removed", "retyped", "moved"]
MISTAKES: tuple[Mistake, ...] = ("removed", "retyped", "moved")


@dataclass(frozen=True)
class Planted:
    """An error: its sentence and kind, the span as it was and as it is, and the tokens whose tags it changed."""

    sentence: int
    mistake: Mistake
    before: Span
    after: Span | None
    tokens: frozenset[int]


def plant(
    sentences: Sequence[Sentence], layer: str, scheme: Scheme, share: float, seed: int
) -> tuple[list[Sentence], list[Planted]]:
    """The sentences with errors in a share of their spans, one in each: removed, given another label, or one token
    longer or shorter at one end, in equal parts. A span that has no other legal border is passed over.

    >>> from taggers.text.schemes import IOB2
    >>> spelt, planted = plant([Sentence(("Ada", "slept"), {"ner": ("B-PER", "O")})], "ner", IOB2, 1.0, seed=1)
    >>> spelt[0].layers["ner"], planted[0].mistake, sorted(planted[0].tokens)
    (('O', 'O'), 'removed', [0])
    """
    random = np.random.default_rng(seed)
    spans = [list(decode(sentence.layers[layer], scheme)) for sentence in sentences]
    labels = sorted({span.label for own in spans for span in own})
    places = [(number, span) for number, own in enumerate(spans) for span in own]
    wanted = round(share * len(places))
    made: list[tuple[int, Mistake, Span, Span | None]] = []
    for place in random.permutation(len(places)).tolist():
        if len(made) == wanted:
            break
        number, span = places[place]
        mistake = MISTAKES[len(made) % len(MISTAKES)]
        options = list(_mistaken(mistake, span, spans[number], labels, len(sentences[number])))
        if options:
            after = options[random.integers(len(options))]
            spans[number].remove(span)
            spans[number] += [] if after is None else [after]
            made.append((number, mistake, span, after))
    spelt = list(sentences)
    for number in {number for number, *_ in made}:
        tags = tuple(encode(spans[number], len(sentences[number]), scheme))
        spelt[number] = spelt[number].with_layers({**spelt[number].layers, layer: tags})
    return spelt, [
        Planted(number, mistake, before, after, _changed(sentences[number], spelt[number], layer, before, after))
        for number, mistake, before, after in made
    ]


def _mistaken(
    mistake: Mistake, span: Span, others: Sequence[Span], labels: Sequence[str], length: int
) -> Iterator[Span | None]:
    """What may stand in place of a span."""
    if mistake == "removed":
        yield None
    elif mistake == "retyped":
        yield from (span._replace(label=label) for label in labels if label != span.label)
    else:
        for start, end in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            moved = Span(span.start + start, span.end + end, span.label)
            free = all(other == span or other.end <= moved.start or moved.end <= other.start for other in others)
            if 0 <= moved.start < moved.end <= length and free:
                yield moved


def _changed(before: Sentence, after: Sentence, layer: str, span: Span, instead: Span | None) -> frozenset[int]:
    """The tokens of a span, before and after, whose tags are others."""
    whole = (span,) if instead is None else (span, instead)
    tokens = range(min(s.start for s in whole), max(s.end for s in whole))
    tags, found = before.layers[layer], after.layers[layer]
    return frozenset(token for token in tokens if tags[token] != found[token])
