"""The source format of the Snips corpora: queries by intent, each as chunks of text, some of which are slots."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from taggers.errors import FormatError
from taggers.formats.json_text import JsonText
from taggers.formats.kind import Kind
from taggers.formats.layers import layer_of
from taggers.formats.lines import Lines, PathOrStream, open_lines
from taggers.formats.marks import WIDENED
from taggers.formats.remarks import name_of_remark, remark, remarks_of
from taggers.formats.tokenisers import SYNTOK, Tokeniser
from taggers.formats.units import as_unit, own_text
from taggers.text import Note, Sentence, Source, Span
from taggers.text.schemes import IOB2, decode, encode

_RAW = "snips"  # the name of the remark that keeps a query as it stood
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


LEFT_OUT = "slots have no token of their own, and are left out"


@dataclass(frozen=True)
class SnipsFormat:
    """JSON as {"intent": [{"data": [{"text": "to "}, {"text": "Oslo", "entity": "city"}]}]}; slots become a `layer`."""

    layer: str = "tag"
    encoding: str = "utf-8"
    tokeniser: Tokeniser = SYNTOK


def read_snips(source: PathOrStream | Lines, format: SnipsFormat) -> Iterator[Sentence]:
    r"""The queries, each a sentence whose label is the intent and whose slots are spans in IOB2.

    A slot that begins or ends inside a token is widened to it; where it shares the token with the slot before, that
    one keeps it. The notes of the sentence tell of each. Such a query, and one with other keys, is kept as it stood in
    a remark. Raises FormatError, with the line on which the query begins, where the file is not built so.

    >>> import io
    >>> data = b'{"Travel": [{"data": [{"text": "to "}, {"text": "Oslo", "entity": "city"}]}]}'
    >>> [sentence] = read_snips(io.BytesIO(data), SnipsFormat())
    >>> sentence.label, sentence.text, sentence.tokens, sentence.layers["tag"]
    ('Travel', 'to Oslo', ('to', 'Oslo'), ('O', 'B-city'))
    """
    text = JsonText(open_lines(source, format.encoding))
    for intent in _members(text):
        text.take("[")
        if text.peek() == "]":
            problem = f"expected queries of intent {intent!r}, found none; leave it out"
            raise FormatError(text.path, text.line, problem)
        while True:
            text.peek()
            place = Source(text.path, text.line)
            yield _sentence(text.value(), intent, place, format)
            if text.take(",]") == "]":
                break
    if text.peek():
        raise FormatError(text.path, text.line, "expected the end of the file, found more; leave one JSON object")


def _members(text: JsonText) -> Iterator[str]:
    """The names in an object, each with the text standing at its value."""
    text.take("{")
    if text.peek() == "}":
        text.take("}")
        return
    while True:
        text.peek()
        line, name = text.line, text.value()
        if not isinstance(name, str) or not name:
            raise FormatError(text.path, line, f"expected the name of an intent, found {json.dumps(name)[:60]}")
        text.take(":")
        yield name
        if text.take(",}") == "}":
            return


def _sentence(query: object, intent: str, place: Source, format: SnipsFormat) -> Sentence:
    chunks = _chunks(query, place)
    unit = as_unit("".join(chunk["text"] for chunk in chunks), intent, place, tokeniser=format.tokeniser)
    spans: list[Span] = []
    notes: list[Note] = []
    end = 0
    for chunk in chunks:
        start, end = end, end + len(chunk["text"])
        if "entity" in chunk:
            spans.extend(_snapped(unit, start, end, chunk["entity"], spans[-1].end if spans else 0, notes))
    tags = tuple(encode(spans, len(unit), IOB2))
    sentence = replace(unit, layers={format.layer: tags}, notes=tuple(notes))
    if repr(_query(sentence, format)) == repr(query):  # in the same order, too
        return sentence
    return replace(sentence, extras=(remark(_RAW, json.dumps(query, ensure_ascii=False)),))


def _chunks(query: object, place: Source) -> list[dict[str, Any]]:
    chunks = query.get("data") if isinstance(query, dict) else None
    if not isinstance(chunks, list):
        raise FormatError(*place, f'expected {{"data": [chunks]}}, found {json.dumps(query)[:60]}; is it Snips JSON?')
    for chunk in chunks:
        if not isinstance(chunk, dict) or not isinstance(chunk.get("text"), str):
            raise FormatError(*place, f'expected a chunk with a "text", found {json.dumps(chunk)[:60]}; mend it')
        entity = chunk.get("entity", "-")
        if not isinstance(entity, str) or not entity:
            raise FormatError(*place, f'expected a slot\'s name as "entity", found {json.dumps(entity)[:60]}; mend it')
    return chunks


def _snapped(unit: Sentence, start: int, end: int, label: str, free: int, notes: list[Note]) -> Iterator[Span]:
    """The tokens that a slot touches, from the first `free` one, as a span; none where there are none."""
    places = unit.offsets or ()
    touched = [i for i, (first, last) in enumerate(places) if first < end and last > start]
    left = [i for i in touched if i >= free]
    slot = f"{unit.source}: slot {label} {(unit.text or '')[start:end]!r}"
    if not left:
        reason = "shares its token with the slot before it" if touched else "holds no token"
        notes.append(Note(LEFT_OUT, f"{slot} {reason}"))
        return
    if left != touched or places[left[0]][0] < start or places[left[-1]][1] > end:
        notes.append(Note(WIDENED, f"{slot}, now {' '.join(unit.tokens[left[0] : left[-1] + 1])!r}"))
    yield Span(left[0], left[-1] + 1, label)


def write_snips(sentences: Iterable[Sentence], format: SnipsFormat) -> Iterator[str]:
    r"""The queries of each intent, indented as the published files are: by two blanks, no line feed at the end.

    Raises FormatError at a sentence without label or tokens, and where the sentences of an intent are not together.

    >>> hello = Sentence(("to", "Oslo"), {"tag": ("O", "B-city")}, label="Travel")
    >>> print("".join(write_snips([hello], SnipsFormat())).replace("\n", "").replace(" ", ""))
    {"Travel":[{"data":[{"text":"to"},{"text":"Oslo","entity":"city"}]}]}
    """
    intents: list[str] = []
    for sentence in sentences:
        query = _kept(sentence, format) or _query(sentence, format)
        if not sentence.label or not sentence.tokens:
            missing = "a label: its intent" if sentence.tokens else "tokens"
            raise FormatError(*sentence.source, f"expected a sentence with {missing}, found none; write JSONL instead")
        if intents and sentence.label == intents[-1]:
            yield ",\n"
        elif sentence.label in intents:
            problem = f"intent {sentence.label!r} comes again after {intents[-1]!r}; sort the sentences by label"
            raise FormatError(*sentence.source, problem)
        else:
            yield ("\n  ],\n  " if intents else "{\n  ") + f"{_spelt(sentence.label)}: [\n"
            intents.append(sentence.label)
        yield "\n".join(f"    {line}" for line in _spelt(query).split("\n"))
    yield "\n  ]\n}" if intents else "{}"


def _spelt(value: object) -> str:
    """JSON with all characters as they are but lone surrogates, which no encoding knows."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return _LONE_SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _query(sentence: Sentence, format: SnipsFormat) -> dict[str, Any]:
    """A sentence as chunks: each span one, and all between two."""
    text, places = own_text(sentence)
    chunks: list[dict[str, str]] = []
    end = 0
    for span in decode(layer_of(sentence, format.layer)):
        start = places[span.start][0]
        if start > end:
            chunks.append({"text": text[end:start]})
        end = places[span.end - 1][1]
        chunks.append({"text": text[start:end], "entity": span.label})
    if end < len(text) or not chunks:
        chunks.append({"text": text[end:]})
    return {"data": chunks}


def _kept(sentence: Sentence, format: SnipsFormat) -> dict[str, Any] | None:
    """The query as it stood, where it still says what the sentence says."""
    raw = remarks_of(sentence.extras).get(_RAW)
    if raw is None:
        return None
    try:
        query: dict[str, Any] = json.loads(raw)
        again = _sentence(query, sentence.label or "", sentence.source, format)
    except (ValueError, FormatError):  # a comment of other hands
        return None
    same = again.tokens == sentence.tokens and again.layers[format.layer] == layer_of(sentence, format.layer)
    return query if same and again.text == sentence.text else None


def _keeps_line(line: str, format: SnipsFormat) -> bool:
    """True for a query as it stood, and for a blank line."""
    del format
    return not line.strip(" \t") or name_of_remark(line) == _RAW


SNIPS = Kind(
    name="snips",
    format=SnipsFormat,
    read=read_snips,
    write=write_snips,
    layers="one",
    layer="tag",
    spans=True,
    label=True,
    text=True,
    unit="text",
    keeps_line=_keeps_line,
)
