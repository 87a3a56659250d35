"""JSON lines and inline text: offsets that hold, text that can be had back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taggers.errors import FormatError
from taggers.formats import Format, InlineFormat, JsonlFormat, encode, split_text
from taggers.text import Sentence, Source, Span
from taggers.text.schemes import IOB2, decode
from taggers.text.schemes import encode as encode_spans


def written(sentences: Iterable[Sentence], format: Format) -> str:
    return b"".join(encode(sentences, format)).decode()


def objects(sentences: Iterable[Sentence], format: JsonlFormat | None = None) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written(sentences, format or JsonlFormat()).splitlines()]


def tagged(text: str, spans: Iterable[tuple[int, int, str]]) -> list[Sentence]:
    """The sentences of a line, spans of tokens in the first."""
    first, *others = split_text(text, Source("a.txt", 3))
    tags = encode_spans([Span(*span) for span in spans], len(first), IOB2)
    return [
        replace(first, layers={"tag": tuple(tags)}),
        *(replace(s, layers={"tag": ("O",) * len(s)}) for s in others),
    ]


def test_an_object_holds_its_own_text_and_where_it_stood() -> None:
    one, two = objects(tagged("  Ada  Obi slept. Then not.", [(0, 2, "PER")]))
    assert one == {
        "text": "Ada  Obi slept.",
        "tokens": ["Ada", "Obi", "slept", "."],
        "spans": [{"start": 0, "end": 8, "label": "PER", "text": "Ada  Obi"}],
        "line": 3,
        "offset": 2,
    }
    assert (two["text"], two["offset"], two["spans"]) == ("Then not.", 18, [])


def test_tokens_without_text_are_joined_by_blanks() -> None:
    [one] = objects([Sentence(("in", "New", "York"), {"tag": ("O", "B-LOC", "I-LOC")})])
    assert one["text"] == "in New York"
    assert one["spans"] == [{"start": 3, "end": 11, "label": "LOC", "text": "New York"}]


def test_tokens_that_share_a_place_are_written_one_by_one() -> None:
    offsets = ((0, 2), (0, 2), (3, 6))
    [one] = objects([Sentence(("à", "le", "lit"), {"tag": ("O",) * 3}, text="au lit", offsets=offsets)])
    assert one["text"] == "à le lit"


def test_plain_tags_are_no_spans() -> None:
    sentence = Sentence(("Ada", "slept"), {"upos": ("PROPN", "VERB")})
    [one] = objects([sentence], JsonlFormat("upos", plain=True))
    assert one["tags"] == ["PROPN", "VERB"]
    assert "spans" not in one
    assert written([sentence], InlineFormat("upos", plain=True)) == "[Ada](PROPN) [slept](VERB)\n"


@pytest.mark.parametrize("format", [JsonlFormat("pos"), InlineFormat("pos")])
def test_a_layer_that_is_not_there_is_named_beside_those_that_are(format: Format) -> None:
    with pytest.raises(FormatError, match="no layer 'pos'; there are upos"):
        written([Sentence(("a",), {"upos": ("X",)})], format)


def test_an_object_is_one_line_whatever_it_holds() -> None:
    content = written([Sentence(("a\nb\u2028c\x00",), {"tag": ("O",)})], JsonlFormat())
    assert content.count("\n") == 1
    assert json.loads(content)["tokens"] == ["a\nb\u2028c\x00"]


def test_sentences_of_a_line_come_back_on_a_line() -> None:
    line = " Ada Obi slept.  Then she left. "
    assert written(tagged(line, [(0, 2, "PER")]), InlineFormat()) == " [Ada Obi](PER) slept.  Then she left. \n"


def test_a_blank_line_stays() -> None:
    assert written([Sentence((), {"tag": ()}, text="  ", offsets=())], InlineFormat()) == "  \n"
    assert written([Sentence((), {"tag": ()})], InlineFormat()) == "\n"
    assert objects([Sentence((), {"tag": ()})]) == [{"text": "", "tokens": [], "spans": [], "line": 1, "offset": 0}]


@pytest.mark.parametrize(
    ("tokens", "tags", "expected"),
    [
        (("[", "a]", "\\"), ("O", "O", "O"), r"\[ a\] \\"),
        (("[x]",), ("B-A",), r"[\[x\]](A)"),
        (("x",), ("B-a)(b",), r"[x](a\)\(b)"),
        (("Oslo", "-", "based"), ("B-LOC", "O", "O"), "[Oslo](LOC) - based"),
        (("a", "b"), ("B-X", "B-X"), "[a](X) [b](X)"),
        (("a",), ("B",), "[a]()"),
    ],
)
def test_brackets_of_the_text_are_told_from_ours(tokens: tuple[str, ...], tags: tuple[str, ...], expected: str) -> None:
    assert written([Sentence(tokens, {"tag": tags})], InlineFormat()) == expected + "\n"


MARKED = re.compile(r"\[((?:[^\\\[\]]|\\.)*)\]\(((?:[^\\()]|\\.)*)\)|\\(.)|([^\[\]\\])", re.DOTALL)


def parse(inline: str) -> tuple[str, list[tuple[int, int, str]]]:
    """Inline text as text and spans of characters: the inverse of the writer."""
    text, spans, end = "", [], 0
    for found in MARKED.finditer(inline):
        assert found.start() == end
        end = found.end()
        if found[2] is None:
            text += found[3] or found[4]
        else:
            inner = re.sub(r"\\(.)", r"\1", found[1], flags=re.DOTALL)
            spans.append((len(text), len(text) + len(inner), re.sub(r"\\(.)", r"\1", found[2])))
            text += inner
    assert end == len(inline)
    return text, spans


@given(
    st.text(st.sampled_from("ab.[]()\\ \u200bé!"), max_size=40),
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 3), st.sampled_from(["PER", "a)b", "\\", "]"])), max_size=3),
)
def test_text_and_spans_can_be_had_back_from_both(text: str, wanted: list[tuple[int, int, str]]) -> None:
    sentences = []
    for sentence in split_text(text):
        spans, end = [], 0
        for gap, length, label in wanted:
            start = end + gap
            if start + length <= len(sentence):
                spans.append(Span(start, start + length, label))
                end = start + length
        tags = encode_spans(spans, len(sentence), IOB2)
        sentences.append(replace(sentence, layers={"tag": tuple(tags)}))
    expected = [
        (s.offsets[i][0], s.offsets[j - 1][1], label)
        for s in sentences
        if s.offsets is not None
        for i, j, label in decode(s.layers["tag"])
    ]
    if sentences:
        assert parse(written(sentences, InlineFormat())) == (text + "\n", expected)
    written_spans = [(o, s) for o in objects(sentences) for s in o["spans"]]
    assert [(o["offset"] + s["start"], o["offset"] + s["end"], s["label"]) for o, s in written_spans] == expected
    assert all(o["text"][s["start"] : s["end"]] == s["text"] for o, s in written_spans)
