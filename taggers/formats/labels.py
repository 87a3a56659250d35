"""JSON lines of texts with labels, to sentences and back: each text is one sentence with its label, or several."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from taggers.errors import FormatError
from taggers.formats.kind import Kind
from taggers.formats.lines import Lines, PathOrStream, open_lines
from taggers.formats.predictions import rounded, suggestion_of
from taggers.formats.records import dump, load_lines, other_keys, record_of, shown, text_of
from taggers.formats.tokenisers import SYNTOK, Tokeniser
from taggers.formats.units import as_unit, own_text
from taggers.text import Extra, Sentence, Source
from taggers.text.types import LABEL, join_labels, split_labels

_CONFIDENCE, _SUGGESTION = "label_confidence", "suggestion"
_KEYS = frozenset({"text", "label", _CONFIDENCE, _SUGGESTION})
_OTHERS = {"tokens", "spans", "entities"}  # keys that only records of tags have


@dataclass(frozen=True)
class LabelsFormat:
    """One record a line: `{"text": "Where is my card?", "label": "card_arrival"}`, or a list of labels.

    A number is a label like its digits, null and no label at all are none. New records hold lists where texts have
    `many` labels, and a text without any has the empty set; where it is False, and not None, a text has one, and a list
    of several is a fault. `tokenised` texts are tokens that blanks separate.
    """

    many: bool | None = None
    tokenised: bool = False
    encoding: str = "utf-8"
    tokeniser: Tokeniser = SYNTOK


def is_labelled(value: Any) -> bool:
    """True for a record of a text with a label, a number or a list of labels, and with no tokens or spans.

    >>> is_labelled({"text": "Hi", "label": ["a", "b"]}), is_labelled({"text": "Hi", "label": [[0, 2, "PER"]]})
    (True, False)
    """
    return _is_record(value) and value.get("label") not in (None, [])


def _is_record(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("text"), str) or _OTHERS & value.keys():
        return False
    label = value.get("label")
    if isinstance(label, list):
        return all(isinstance(item, str) for item in label)
    return label is None or isinstance(label, str) or type(label) is int


def read_labels(source: PathOrStream | Lines, format: LabelsFormat) -> Iterator[Sentence]:
    r"""The texts of JSON lines, each a sentence with its label, and with the record it came from.

    Raises FormatError at a record without text, an empty text, and a label that is none.

    >>> import io
    >>> line = b'{"id": 7, "text": "Hello, you", "label": "greeting"}\n'
    >>> [(s.label, s.tokens) for s in read_labels(io.BytesIO(line), LabelsFormat())]
    [('greeting', ('Hello', ',', 'you'))]
    """
    for place, line, value in load_lines(open_lines(source, format.encoding)):
        if not isinstance(value, dict):
            raise FormatError(*place, f"expected a record with 'text' and 'label', found {shown(value)}; mend it")
        text, label = text_of(value, place), label_of(value.get("label"), place, format.many)
        raw = [Extra(0, line)]
        yield as_unit(text, label, place, extras=raw, tokenised=format.tokenised, tokeniser=format.tokeniser)


def label_of(value: object, place: Source, many: bool | None = None) -> str | None:
    """The label of a record; FormatError where it is neither string, whole number, list of strings nor null.

    Where texts have `many` labels null is the empty set; where that is False a list of several, or of none, is a fault.
    """
    if value is None:
        return "" if many else None
    if many is False and isinstance(value, list) and len(value) != 1:
        problem = f"expected one label, found the list {shown(value)}"
        raise FormatError(*place, f"{problem}; say task.many = true where a text has any number of labels")
    if type(value) is int:
        return str(value)
    if isinstance(value, str) and value:
        return value
    if isinstance(value, list) and all(isinstance(label, str) for label in value):
        try:
            return join_labels(value)
        except ValueError as fault:
            raise FormatError(*place, f"expected a list of labels, found {shown(value)}: {fault}; mend it") from None
    problem = f"expected a string, or a list of strings, as 'label', found {shown(value)}"
    raise FormatError(*place, f"{problem}; mend it, or leave the key out where there is none")


def write_labels(sentences: Iterable[Sentence], format: LabelsFormat) -> Iterator[str]:
    r"""One record a sentence; one that was read is as it was, but for its label.

    >>> list(write_labels([as_unit("Hello, you", "greeting")], LabelsFormat()))
    ['{"text": "Hello, you", "label": "greeting"}\n']
    """
    for sentence in sentences:
        text = own_text(sentence)[0]
        raw = next((extra.line for extra in sentence.extras if keeps_record(extra.line, format)), None)
        old = {} if raw is None else json.loads(raw)
        if old.get("text") != text:  # a part of what another format has as one record
            raw, old = None, {"text": text}
        new = old | {"label": spelt_label(sentence, old.get("label"), format.many)}
        new = old if new["label"] is None and "label" not in old else new
        if sentence.judgement is not None:  # that of another model is out of date
            new = {key: item for key, item in new.items() if key not in (_CONFIDENCE, _SUGGESTION)}
            new |= label_confidence(sentence, new.get("label"))
            if suggestion := suggestion_of(sentence):
                new[_SUGGESTION] = suggestion
        yield (raw if raw is not None and new == old else dump(new, raw)) + "\n"


def spelt_label(sentence: Sentence, before: object, many: bool | None) -> object:
    """A sentence's label as its record had one `before`, a list, a number or a string; a list where a text has `many`.

    >>> hello = Sentence(("Hi",), label="a|b")
    >>> spelt_label(hello, None, False), spelt_label(hello, None, True), spelt_label(hello, ["b", "a"], False)
    ('a|b', ['a', 'b'], ['b', 'a'])
    """
    label = sentence.label
    if label_of(before, sentence.source) == label:
        return before
    if label is None:
        return None
    if many or isinstance(before, list):
        return list(split_labels(label))
    is_number = label.isascii() and label.isdecimal() and str(int(label)) == label
    return int(label) if is_number and type(before) is int else label


def label_confidence(sentence: Sentence, label: object) -> dict[str, object]:
    """What a record says of how probable its label, or each of a list, is: nothing where it was not asked.

    >>> from taggers.text.types import Judgement
    >>> sure = Sentence(("Hi",), label="hello", judgement=Judgement({LABEL: (0.97314,)}))
    >>> label_confidence(sure, "hello"), label_confidence(sure, ["hello"])
    ({'label_confidence': 0.9731}, {'label_confidence': [0.9731]})
    """
    if sentence.judgement is None or LABEL not in sentence.judgement.confidences or label is None:
        return {}
    of_label = dict(zip(split_labels(sentence.label or ""), sentence.judgement.confidences[LABEL], strict=False))
    if isinstance(label, list):
        return {_CONFIDENCE: [rounded(of_label[one]) for one in label]}
    return {_CONFIDENCE: rounded(sentence.judgement.confidences[LABEL][0])}


def keeps_record(line: str, format: LabelsFormat) -> bool:
    """True for a raw line that is a record of a text."""
    del format
    return _is_record(record_of(line))


LABELS = Kind(
    name="labels",
    format=LabelsFormat,
    read=read_labels,
    write=write_labels,
    label=True,
    text=True,
    unit="text",
    confidence=True,
    keeps_line=keeps_record,
    beyond=lambda line: other_keys(line, _KEYS),
    shape=is_labelled,
)
