"""Character spans set on tokens: a text becomes sentences with layers, and spans of layers become marks again."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, pairwise
from typing import Any, Literal, NamedTuple

from taggers.errors import FormatError
from taggers.formats.plain import split_text
from taggers.formats.tokenisers import SYNTOK, Tokeniser
from taggers.text import Extra, Note, Sentence, Source, Span
from taggers.text.schemes import IOB2, encode

OnCut = Literal["snap", "refuse"]
Place = tuple[int, int]  # of a token in its text, in characters

WIDENED = "spans do not begin and end with a token, and are set to the whole tokens that they touch"
JOINED = "sentences are joined, since a span goes on from one into the next"
NESTED = "spans lie inside or across longer ones, and go to a layer of their own"
NO_TOKEN = "spans touch no token, and are left out of the layers"


class Mark(NamedTuple):
    """A labelled stretch of characters (Unicode code points), end exclusive.

    `item` is what says it in a record, `place` where that stands if it is not the place of the record.
    """

    start: int
    end: int
    label: str
    item: Any = None
    place: Source | None = None


def check_mark(start: object, end: object, label: object, text: str, place: Source, item: Any = None) -> Mark:
    """The mark, where it is one of this text; else FormatError.

    >>> check_mark(0, 9, "PER", "Ada", Source("a.jsonl", 3))
    Traceback (most recent call last):
    ...
    taggers.errors.FormatError: a.jsonl:3: expected a span within the 3 characters of the text, found 0 to 9
    """
    if type(start) is not int or type(end) is not int:
        found = f"found {start!r:.40} and {end!r:.40}"
        raise FormatError(*place, f"expected whole numbers as the start and end of a span, {found}; mend them")
    if not isinstance(label, str) or not label:
        raise FormatError(*place, f"expected the label of span {start} to {end} as a string, found {label!r:.40}")
    if not 0 <= start <= end <= len(text):
        problem = f"expected a span within the {len(text)} characters of the text, found {start} to {end}"
        raise FormatError(*place, problem)
    if start == end:
        raise FormatError(*place, f"expected a span of one character or more, found {label} from {start} to {end}")
    return Mark(start, end, label, item)


def check_surface(mark: Mark, said: object, text: str, place: Source) -> None:
    """Raise FormatError where the text that a span says is its own is not what stands there."""
    there = text[mark.start : mark.end]
    if said == there:
        return
    problem = f"expected {there!r:.60} as the text of span {mark.start} to {mark.end}, found {said!r:.60}"
    hint = f"offsets count characters (Unicode code points){_other_units(mark, said, text)}"
    raise FormatError(*place, f"{problem}; {hint}")


def _other_units(mark: Mark, said: object, text: str) -> str:
    for unit, encoding, size in (("bytes of UTF-8", "utf-8", 1), ("UTF-16 units", "utf-16-le", 2)):
        data = text.encode(encoding, "surrogatepass")[mark.start * size : mark.end * size]
        if data.decode(encoding, "replace") == said:
            return f", and these count {unit}: convert them"
    return "; were they made for bytes, UTF-16 or another text?"


def place_marks(
    text: str,
    marks: Sequence[Mark],
    source: Source,
    layer: str,
    on_cut: OnCut,
    words: Sequence[Place] | None = None,
    tokeniser: Tokeniser = SYNTOK,
) -> list[Sentence]:
    """The sentences of a text, all of which hold the whole text, with its marks as IOB2 tags of a layer.

    Without `words` (the places of the tokens of one sentence) the text is split. A mark that cuts tokens is widened to
    them or refused, sentences that a mark joins are one, and marks that lie in longer ones, or across, are in `layer2`,
    `layer3`, ...: all of it is in the notes of the sentences. Raises FormatError where cuts are refused.

    >>> [s] = place_marks("Ada Obi slept", [Mark(0, 7, "PER"), Mark(4, 7, "NAME")], Source("a", 1), "ner", "snap")
    >>> s.layers
    {'ner': ('B-PER', 'I-PER', 'O'), 'ner2': ('O', 'B-NAME', 'O')}
    """
    parts = [s.offsets or () for s in split_text(text, source, tokeniser)] if words is None else [words]
    every = [place for part in parts for place in part]
    notes: list[tuple[int, Note]] = []  # and the token they are about
    spans: list[tuple[Span, Mark]] = []
    for mark in marks:
        stretch = touched(mark, every)
        described = _described(mark, text, source)
        if stretch is None:
            notes.append((0, Note(NO_TOKEN, described)))
            continue
        first, last = stretch
        spans.append((Span(first, last, mark.label), mark))
        start, end = every[first][0], every[last - 1][1]
        if (start, end) != (mark.start, mark.end):
            if on_cut == "refuse" and (start < mark.start or end > mark.end):
                problem = f"span {mark.start} to {mark.end} cuts a token of {text[start:end]!r:.60}"
                advice = "mend it, or widen such spans with --on-cut snap"
                raise FormatError(*(mark.place or source), f"{problem}; {advice}")
            notes.append((first, Note(WIDENED, f"{described}, now {start} to {end} {text[start:end]!r:.60}")))
    borders = list(accumulate(map(len, parts), initial=0))
    kept = [b for b in borders if not any(span.start < b < span.end for span, _ in spans)]
    for lost in sorted(set(borders) - set(kept)):
        notes.append((lost, Note(JOINED, f"{source}: after {text[: every[lost - 1][1]][-30:]!r}")))
    layers: dict[str, list[Span]] = {layer: []}
    for span, mark in sorted(spans, key=lambda pair: (-pair[0].length, pair[0].start)):
        name = _free_layer(layers, layer, span)
        if name != layer:
            notes.append((span.start, Note(NESTED, f"{_described(mark, text, source)}, in layer {name}")))
        layers.setdefault(name, []).append(span)
    tags = {name: tuple(encode(sorted(some), len(every), IOB2)) for name, some in layers.items()}
    pieces = list(pairwise(kept)) or [(0, 0)]
    return [
        Sentence(
            tuple(text[start:end] for start, end in every[a:b]),
            {name: values[a:b] for name, values in tags.items()},
            source=source,
            text=text,
            offsets=tuple(every[a:b]),
            notes=tuple(note for at, note in notes if a <= at < b or a == b),
            on_one_line=True,
        )
        for a, b in pieces
    ]


def _described(mark: Mark, text: str, source: Source) -> str:
    found = text[mark.start : mark.end]
    return f"{mark.place or source}: {mark.label} {mark.start} to {mark.end} {found!r:.60}"


def touched(mark: Mark, words: Sequence[Place]) -> tuple[int, int] | None:
    """The tokens, first and last exclusive, that a mark touches; None where there are none.

    >>> touched(Mark(1, 5, "X"), [(0, 3), (4, 9)]), touched(Mark(3, 4, "X"), [(0, 3), (4, 9)])
    ((0, 2), None)
    """
    first = bisect_right(words, mark.start, key=lambda word: word[1])
    last = bisect_left(words, mark.end, key=lambda word: word[0])
    return (first, last) if first < last else None


def _free_layer(layers: dict[str, list[Span]], layer: str, span: Span) -> str:
    number = 1
    while True:
        name = layer if number == 1 else f"{layer}{number}"
        if all(span.end <= other.start or other.end <= span.start for other in layers.get(name, ())):
            return name
        number += 1


def is_nested(name: str, layer: str) -> bool:
    """True for a layer of marks that lie inside those of another.

    >>> is_nested("ner2", "ner"), is_nested("ner", "ner"), is_nested("ner1", "ner")
    (True, False, False)
    """
    number = name.removeprefix(layer)
    return name != number and number.isascii() and number.isdecimal() and int(number) > 1


def with_record(sentences: Sequence[Sentence], lines: Sequence[str], document: bool) -> list[Sentence]:
    """The sentences of a record, the first of which holds the raw lines of it, and begins a document where it does."""
    first, *others = sentences
    extras = tuple(Extra(0, line) for line in lines)
    return [replace(first, extras=extras, starts_document=document), *others]
