"""Records of the annotation tool Prodigy: a text, its spans, and most often its tokens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from taggers.errors import FormatError
from taggers.formats.joined import Joined
from taggers.formats.kind import Kind
from taggers.formats.lines import Lines, PathOrStream
from taggers.formats.marks import Mark, Place, check_mark, check_surface
from taggers.formats.predictions import rounded, suggestion_of
from taggers.formats.records import Record, Shape, SpanFormat, list_of, read_records, shown, text_of, write_records
from taggers.formats.spaces import holds_no_token
from taggers.text import Note, Sentence, Source

UNACCEPTED = "records are not answered with accept, and are read like those that are"


_SCORE = "score"  # the key of how probable a span is
_META = "meta"  # the key of what is shown beside the text
_WORD = "word"  # the key of a token of white space that is one all the same


@dataclass(frozen=True)
class ProdigyFormat(SpanFormat):
    """One record a line: `{"text": ..., "tokens": [...], "spans": [{"start": 0, "end": 3, "label": "PER"}]}`."""


def _fits(value: Any) -> bool:
    if not isinstance(value, dict) or "text" not in value:
        return False
    tokens = value.get("tokens")
    return "spans" in value if tokens is None else isinstance(tokens, list) and all(isinstance(t, dict) for t in tokens)


def _parse(value: Any, place: Source) -> Record:
    if not isinstance(value, dict):
        raise FormatError(*place, f"expected a record with 'text' and 'spans', found {shown(value)}")
    text = text_of(value, place)
    items = list_of(value, "spans", place) if "spans" in value else []
    words = _words(list_of(value, "tokens", place), text, place) if value.get("tokens") is not None else None
    answer = value.get("answer", "accept")
    notes = () if answer == "accept" else (Note(UNACCEPTED, f"{place}: {shown(answer)}"),)
    return Record(text, tuple(_mark(item, text, place) for item in items), words, notes)


def _mark(item: Any, text: str, place: Source) -> Mark:
    if not isinstance(item, dict):
        problem = f'expected a span such as {{"start": 0, "end": 3, "label": "PER"}}, found {shown(item)}; mend it'
        raise FormatError(*place, problem)
    mark = check_mark(item.get("start"), item.get("end"), item.get("label"), text, place, item)
    if "text" in item:
        check_surface(mark, item["text"], text, place)
    return mark


def _words(tokens: Sequence[Any], text: str, place: Source) -> tuple[Place, ...]:
    """The places of the tokens: those of white space are none, unless they say so."""
    marks: list[Mark] = []
    words: list[Place] = []
    for token in tokens:
        if not isinstance(token, dict):
            raise FormatError(*place, f"expected a token with 'text', 'start' and 'end', found {shown(token)}; mend it")
        marks.append(check_mark(token.get("start"), token.get("end"), "token", text, place))
        check_surface(marks[-1], token.get("text"), text, place)
        if token.get(_WORD) is True or not holds_no_token(token["text"]):
            words.append((marks[-1].start, marks[-1].end))
    for one, other in pairwise(marks):
        if other.start < one.end:
            problem = f"expected a token that begins at {one.end} or after, found one at {other.start}; mend it"
            raise FormatError(*place, problem)
    return tuple(words)


def _build(old: Any, marks: list[Mark], joined: Joined) -> Any:
    if old is None:
        value: dict[str, Any] = {"text": joined.text}
        if len(joined.sentences) == 1:  # tokens are those of one sentence
            value["tokens"] = _tokens(joined)
    else:
        value = dict(old)
    if suggestion := suggestion_of(joined.sentences[0]):
        meta = value.get(_META)
        value[_META] = (meta if isinstance(meta, dict) else {}) | suggestion  # which Prodigy shows beside the text
    if old is not None and not marks and not value.get("spans"):
        return value
    first = {token["start"]: number for number, token in enumerate(value.get("tokens") or [])}
    last = {token["end"]: number for number, token in enumerate(value.get("tokens") or [])}
    spans = [m.item if m.item is not None else _span(m, first, last) for m in marks]
    value["spans"] = [_scored(span, joined) for span in spans]
    return value


def _scored(span: dict[str, Any], joined: Joined) -> dict[str, Any]:
    """The span with how probable it is, where that was asked, in place of what another model said."""
    if joined.judged is None:
        return span
    score = rounded(joined.judged.get((span["start"], span["end"])))
    kept = {key: item for key, item in span.items() if key != _SCORE}
    return kept if score is None else kept | {_SCORE: score}


def _tokens(joined: Joined) -> list[dict[str, Any]]:
    ends = [start for start, _ in joined.words[1:]] + [len(joined.text)]
    tokens: list[dict[str, Any]] = []
    for number, ((start, end), following) in enumerate(zip(joined.words, ends, strict=False)):
        word = joined.text[start:end]
        token = {"text": word, "start": start, "end": end, "id": number, "ws": end < following}
        tokens.append(token | {_WORD: True} if holds_no_token(word) else token)
    return tokens


def _span(mark: Mark, first: dict[int, int], last: dict[int, int]) -> dict[str, Any]:
    tokens: dict[str, Any] = {}
    if mark.start in first and mark.end in last:
        tokens = {"token_start": first[mark.start], "token_end": last[mark.end]}
    return {"start": mark.start, "end": mark.end, **tokens, "label": mark.label}


SHAPE = Shape(_fits, _parse, _build, frozenset({"text", "tokens", "spans"}), documents=False)


def read_prodigy(source: PathOrStream | Lines, format: ProdigyFormat) -> Iterator[Sentence]:
    r"""The sentences of Prodigy's records: one a record that has tokens, others are split.

    >>> import io
    >>> line = b'{"text": "Ada slept", "spans": [{"start": 0, "end": 3, "label": "PER"}]}\n'
    >>> [s] = read_prodigy(io.BytesIO(line), ProdigyFormat())
    >>> s.layers
    {'tag': ('B-PER', 'O')}
    """
    return read_records(source, format, SHAPE)


def write_prodigy(sentences: Iterable[Sentence], format: ProdigyFormat) -> Iterator[str]:
    r"""One record for each text, and for each sentence without one, whose tokens it has.

    >>> print(*write_prodigy([Sentence(("Ada",), {"tag": ("B-PER",)})], ProdigyFormat()), end="")
    ... # doctest: +NORMALIZE_WHITESPACE
    {"text": "Ada", "tokens": [{"text": "Ada", "start": 0, "end": 3, "id": 0, "ws": false}],
     "spans": [{"start": 0, "end": 3, "token_start": 0, "token_end": 0, "label": "PER"}]}
    """
    return write_records(sentences, format, SHAPE)


PRODIGY = Kind(
    name="prodigy",
    format=ProdigyFormat,
    read=read_prodigy,
    write=write_prodigy,
    layers="nested",
    layer="tag",
    spans=True,
    text=True,
    tokens=True,
    unit="record",
    confidence=True,
    keeps_line=SHAPE.is_record,
    beyond=SHAPE.beyond,
    shape=_fits,
)
