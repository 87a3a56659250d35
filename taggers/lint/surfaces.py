"""The same words annotated here so and there otherwise, or not at all."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter

import numpy as np

from taggers.data.sentences import TOKEN
from taggers.lint.annotated import Annotated
from taggers.lint.findings import Finding, Place, shown
from taggers.text import Span
from taggers.text.schemes import PLAIN

PLAIN_SHARE = 20  # plain tags of a word are looked at where the others occur this many times as often
TIMES = 2  # a name is looked for where it is annotated this often at least,
MOSTLY = 0.5  # and in this share of its occurrences at least

Surface = tuple[str, ...]  # the tokens of a span
_At = tuple[int, int]  # a sentence, and the token in it
_END = attrgetter("end")


def ambiguous(data: Annotated) -> Iterator[Finding]:
    """The surfaces with several labels, their rarer ones listed; of plain tags only where those are rare indeed."""
    for surface, labels in _surfaces(data).items():
        if len(labels) == 1:
            continue
        ranked = sorted(labels.items(), key=lambda item: -len(item[1]))
        most, rest = len(ranked[0][1]), sum(len(at) for _, at in ranked[1:])
        if data.scheme is PLAIN and rest * PLAIN_SHARE > most:
            continue
        places = tuple(data.place(*at) for _, some in ranked[1:] for at in some)
        yield Finding("ambiguous", f"'{shown(' '.join(surface))}': {_ranked(labels)}", places, weight=most / rest)


def unlabelled_mentions(data: Annotated) -> Iterator[Finding]:
    """The occurrences of mostly annotated surfaces that no span covers a part of."""
    if data.layer is None or data.scheme is PLAIN:
        return
    labels = {surface: labels for surface, labels in _surfaces(data).items() if _times(labels) >= TIMES}
    missed: dict[Surface, list[Place]] = {}
    for surface, at in _outside(data, labels):
        missed.setdefault(surface, []).append(data.place(*at))
    for surface, places in missed.items():
        annotated = _times(labels[surface])
        every = annotated + len(places)
        if annotated >= MOSTLY * every:
            said = f"'{shown(' '.join(surface))}', annotated {annotated:,} times of {every:,}"
            weight = annotated / len(places)
            yield Finding("unlabelled-mention", f"{said}: {_ranked(labels[surface])}", tuple(places), weight)


def _ranked(labels: Mapping[str, Sequence[_At]]) -> str:
    """The labels with their numbers, the most frequent first."""
    ranked = sorted(labels.items(), key=lambda item: -len(item[1]))
    return ", ".join(f"{shown(label)} {len(at):,}" for label, at in ranked)


def _times(labels: Mapping[str, Sequence[_At]]) -> int:
    return sum(map(len, labels.values()))


def _surfaces(data: Annotated) -> dict[Surface, dict[str, list[_At]]]:
    """Where each surface stands under each label."""
    found: dict[Surface, dict[str, list[_At]]] = {}
    for number, (tokens, spans) in enumerate(zip(data.tokens, data.spans, strict=True)):
        for span in spans:
            labels = found.setdefault(tokens[span.start : span.end], {})
            labels.setdefault(span.label, []).append((number, span.start))
    return found


def _outside(data: Annotated, surfaces: Mapping[Surface, object]) -> Iterator[tuple[Surface, _At]]:
    """The places of surfaces, the longest at each token, between the spans of a sentence."""
    lengths: dict[str, set[int]] = {}
    for surface in surfaces:
        lengths.setdefault(surface[0], set()).add(len(surface))
    column = data.sentences.columns[TOKEN]
    begins = np.fromiter((token in lengths for token in column.values), np.bool_, len(column.values))
    offsets = data.sentences.offsets
    positions = np.flatnonzero(begins[column.places])
    numbers = np.searchsorted(offsets, positions, side="right") - 1
    reached: dict[int, int] = {}  # the end of what was found last in a sentence
    for number, start in zip(numbers.tolist(), (positions - offsets[numbers]).tolist(), strict=True):
        tokens = data.tokens[number]
        end = _free(data.spans[number], start, len(tokens))
        for length in sorted(lengths[tokens[start]], reverse=True):
            surface = tokens[start : start + length]
            if start >= reached.get(number, 0) and start + length <= end and surface in surfaces:
                reached[number] = start + length
                yield surface, (number, start)
                break


def _free(spans: Sequence[Span], start: int, end: int) -> int:
    """How far no span stands from a token on; the token itself where one covers it."""
    place = bisect_right(spans, start, key=_END)  # a sentence may hold a whole file, and thousands of spans
    return max(start, spans[place].start) if place < len(spans) else end
