"""Sentences as text with labelled stretches: JSON lines with character offsets, and inline text to read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from taggers.formats.checks import layer_of
from taggers.formats.kind import Kind
from taggers.formats.plain import ends_text, is_space
from taggers.text import Sentence, Span, join_tokens
from taggers.text.schemes import decode, is_span_tag


@dataclass(frozen=True)
class JsonlFormat:
    """One JSON object a sentence, for the tags of a `layer`; `plain` where they are no spans (None: as they look)."""

    layer: str = "tag"
    plain: bool | None = None
    encoding: str = "utf-8"


@dataclass(frozen=True)
class InlineFormat:
    """Text with `[Ada Obi](PER)` for each span of a `layer`, each token where tags are `plain` (None: as they look)."""

    layer: str = "tag"
    plain: bool | None = None
    encoding: str = "utf-8"


def write_jsonl(sentences: Iterable[Sentence], format: JsonlFormat) -> Iterator[str]:
    r"""One line a sentence: `text` is its own part of the line it stood in, beginning `offset` characters into it.

    `start` and `end` of a span count characters of `text`; plain tags come as `tags` in place of `spans`.

    >>> ada = Sentence(("Ada", "slept"), {"tag": ("B-PER", "O")}, text="Now Ada slept", offsets=((4, 7), (8, 13)))
    >>> print(*write_jsonl([ada], JsonlFormat()), end="")  # doctest: +NORMALIZE_WHITESPACE
    {"text": "Ada slept", "tokens": ["Ada", "slept"],
     "spans": [{"start": 0, "end": 3, "label": "PER", "text": "Ada"}], "line": 1, "offset": 4}
    """
    for sentence in sentences:
        tags = layer_of(sentence, format.layer)
        text, offsets = _text(sentence)
        first = offsets[0][0] if offsets else 0
        own = text[first : offsets[-1][1]] if offsets else text
        value: dict[str, Any] = {"text": own, "tokens": sentence.tokens}
        if _plain(tags, format):
            value["tags"] = tags
        else:
            value["spans"] = [_span(span, own, offsets, first) for span in decode(tags)]
        value |= {"line": sentence.source.line, "offset": first}
        yield json.dumps(value, ensure_ascii=False) + "\n"


def _plain(tags: Sequence[str], format: JsonlFormat | InlineFormat) -> bool:
    return not all(map(is_span_tag, tags)) if format.plain is None else format.plain


def _span(span: Span, text: str, offsets: tuple[tuple[int, int], ...], first: int) -> dict[str, Any]:
    start, end = offsets[span.start][0] - first, offsets[span.end - 1][1] - first
    return {"start": start, "end": end, "label": span.label, "text": text[start:end]}


def write_inline(sentences: Iterable[Sentence], format: InlineFormat) -> Iterator[str]:
    r"""The text as it stood, sentences of one line on one line, spans in brackets; `\` stands before `[`, `]` and `\`.

    >>> ada = Sentence(("Ada", "[", "slept"), {"tag": ("B-PER", "O", "O")})
    >>> print(*write_inline([ada], InlineFormat()), end="")
    [Ada](PER) \[ slept
    """
    for sentence in sentences:
        tags = layer_of(sentence, format.layer)
        spans = [Span(i, i + 1, tag) for i, tag in enumerate(tags)] if _plain(tags, format) else decode(tags)
        text, offsets = _text(sentence)
        pieces: list[str] = []
        position = _before_spaces(text, offsets[0][0]) if offsets else 0
        for span in spans:
            start, end = offsets[span.start][0], offsets[span.end - 1][1]
            pieces += [_escape(text[position:start]), f"[{_escape(text[start:end])}]({_escape_label(span.label)})"]
            position = end
        if ends_text(sentence):
            pieces += [_escape(text[position:]), "\n"]
        else:
            pieces.append(_escape(text[position : offsets[-1][1]]))
        yield "".join(pieces)


def _text(sentence: Sentence) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The text and offsets of a sentence; its tokens joined by blanks where it has none, or where tokens overlap."""
    text, offsets = sentence.text, sentence.offsets
    if text is None or offsets is None or any(a[1] > b[0] for a, b in pairwise(offsets)):
        return join_tokens(sentence.tokens)
    return text, offsets


def _before_spaces(text: str, position: int) -> int:
    while position and is_space(text[position - 1]):
        position -= 1
    return position


def _escape(text: str) -> str:
    return re.sub(r"([\[\]\\])", r"\\\1", text)


def _escape_label(label: str) -> str:
    return re.sub(r"([()\\])", r"\\\1", label)


JSONL = Kind(
    name="jsonl", format=JsonlFormat, write=write_jsonl, layers="one", layer="tag", spans=True, plain=True, text=True
)
INLINE = Kind(
    name="inline", format=InlineFormat, write=write_inline, layers="one", layer="tag", spans=True, plain=True, text=True
)
