"""Sentences as text to read, with labelled stretches in brackets, and as text alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from taggers.formats.kind import Kind
from taggers.formats.layers import layer_of
from taggers.formats.plain import TextFormat, ends_text, read_text
from taggers.formats.predictions import spelt
from taggers.formats.spaces import is_space
from taggers.text import Sentence, Span, join_tokens
from taggers.text.schemes import decode, is_span_tag
from taggers.text.types import LABEL


@dataclass(frozen=True)
class InlineFormat:
    """Text with `[Ada Obi](PER)` for each span of a `layer`, each token where tags are `plain` (None: as they look).

    The label of a sentence stands before it: `(PlayMusic) play [Yesterday](track)`. How probable a model says that they
    are stands behind labels, if it was asked: `[Ada Obi](PER 0.9731)`.
    """

    layer: str = "tag"
    plain: bool | None = None
    encoding: str = "utf-8"


def write_inline(sentences: Iterable[Sentence], format: InlineFormat) -> Iterator[str]:
    r"""The text as it stood, sentences of one line on one line, spans in brackets; `\` stands before `[`, `]` and `\`.

    >>> ada = Sentence(("Ada", "[", "slept"), {"tag": ("B-PER", "O", "O")})
    >>> print(*write_inline([ada], InlineFormat()), end="")
    [Ada](PER) \[ slept
    """
    for sentence in sentences:
        tags = layer_of(sentence, format.layer)
        spans = [Span(i, i + 1, tag) for i, tag in enumerate(tags)] if is_plain(tags, format.plain) else decode(tags)
        judged = sentence.judgement.confidences if sentence.judgement is not None else {}
        of_tokens = judged.get(format.layer)
        text, offsets = own_text(sentence)
        pieces: list[str] = []
        position = _before_spaces(text, offsets[0][0]) if offsets else 0
        if sentence.label is not None and offsets:
            said = f"({_escape_label(sentence.label)}{_confidences(judged.get(LABEL))}) "
            pieces += [_escape(text[position : offsets[0][0]]), said]
            position = offsets[0][0]
        for span in spans:
            start, end = offsets[span.start][0], offsets[span.end - 1][1]
            sure = _confidences(of_tokens and of_tokens[span.start : span.start + 1])
            label = f"({_escape_label(span.label)}{sure})"
            pieces += [_escape(text[position:start]), f"[{_escape(text[start:end])}]{label}"]
            position = end
        if ends_text(sentence):
            pieces += [_escape(text[position:]), "\n"]
        else:
            pieces.append(_escape(text[position : offsets[-1][1]]))
        yield "".join(pieces)


def write_text(sentences: Iterable[Sentence], format: TextFormat) -> Iterator[str]:
    r"""The text as it stood, sentences of one line on one line; tokens joined by blanks where there is none.

    >>> list(write_text([Sentence(("Ada", "slept"))], TextFormat()))
    ['Ada slept\n']
    """
    del format  # it holds the encoding, which is the stream's
    for sentence in sentences:
        text, offsets = own_text(sentence)
        start = _before_spaces(text, offsets[0][0]) if offsets else 0
        end = len(text) if ends_text(sentence) else offsets[-1][1]
        yield text[start:end] + ("\n" if ends_text(sentence) else "")


def is_plain(tags: Sequence[str], said: bool | None) -> bool:
    """True for tags that spell no spans: as is said, or as they look.

    >>> is_plain(("B-PER", "O"), None), is_plain(("DET",), None), is_plain(("O",), True)
    (False, True, True)
    """
    return not all(map(is_span_tag, tags)) if said is None else said


def own_text(sentence: Sentence) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The text and offsets of a sentence; its tokens joined by blanks where it has none, or where tokens overlap."""
    text, offsets = sentence.text, sentence.offsets
    if text is None or offsets is None or any(a[1] > b[0] for a, b in pairwise(offsets)):
        return join_tokens(sentence.tokens)
    return text, offsets


def _before_spaces(text: str, position: int) -> int:
    while position and is_space(text[position - 1]):
        position -= 1
    return position


def _confidences(numbers: Sequence[float | None] | None) -> str:
    """What stands behind a label, or behind several joined by bars, of how probable they are."""
    return f" {'|'.join(spelt(one or 0.0) for one in numbers)}" if numbers else ""


def _escape(text: str) -> str:
    return re.sub(r"([\[\]\\])", r"\\\1", text)


def _escape_label(label: str) -> str:
    return re.sub(r"([()\\])", r"\\\1", label)


INLINE = Kind(
    name="inline",
    format=InlineFormat,
    write=write_inline,
    layers="one",
    layer="tag",
    spans=True,
    plain=True,
    label=True,
    text=True,
    unit="line",
    confidence=True,
)
TEXT = Kind(name="text", format=TextFormat, read=read_text, write=write_text, text=True, unit="line")
