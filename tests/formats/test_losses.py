"""What is said not to be kept is what does not come back, and nothing else."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taggers.formats import KINDS, BratFormat, DoccanoFormat, Format, ProdigyFormat, encode, fit, read, write
from taggers.text import Extra, Sentence

BORDERS = "the tokens and borders of {}: {} holds text alone"
WORDS = st.text("Ab.-' \f\x1c\u200b", min_size=1, max_size=4).filter(lambda word: word == word.strip(" "))
SENTENCES = st.lists(st.tuples(st.lists(WORDS, max_size=4), st.booleans()), max_size=4)


def sentence(words: list[str], starts: bool = False) -> Sentence:
    return Sentence(tuple(words), {"tag": ("O",) * len(words)}, starts_document=starts, on_one_line=not words)


def back(sentences: list[Sentence], format: Format) -> list[tuple[str, ...]]:
    fitted = fit(sentences, format, "columns", "tag")
    return [s.tokens for s in read(io.BytesIO(b"".join(encode(fitted.sentences, format))), format)]


@given(SENTENCES, st.sampled_from(["doccano", "spacy", "prodigy", "jsonl", "tokens", "huggingface"]))
def test_what_is_not_said_comes_back(given: list[tuple[list[str], bool]], name: str) -> None:
    if name == "tokens":
        given = [([word.replace(" ", "-") for word in words], starts) for words, starts in given]
    sentences = [sentence(*each) for each in given]
    format: Format = KINDS[name].format()
    lost = fit(sentences, format, "columns", "tag").lost
    if not any("tokens and borders" in line or "without tokens" in line for line in lost):
        assert back(sentences, format) == [s.tokens for s in sentences]


def test_tokens_of_white_space_come_back_from_prodigy_and_its_own_are_none() -> None:
    format = ProdigyFormat()
    given = [Sentence((".", "\f", "\x1c", "\u200b"), {"tag": ("O", "B-X", "B-Y", "I-Y")})]
    [back] = read(io.BytesIO(b"".join(encode(given, format))), format)
    assert (back.tokens, back.layers) == (given[0].tokens, given[0].layers)
    text = ".\f\x1c"
    tokens = [{"text": sign, "start": place, "end": place + 1} for place, sign in enumerate(text)]
    record = {"text": text, "tokens": tokens, "spans": [{"start": 2, "end": 3, "label": "X"}]}
    [sentence] = read(io.BytesIO(json.dumps(record).encode()), format)
    assert (sentence.tokens, sentence.layers["tag"]) == ((".", "\x1c"), ("O", "B-X"))


@pytest.mark.parametrize("name", ["doccano", "spacy", "text", "inline"])
def test_tokens_that_are_split_otherwise_are_counted(name: str) -> None:
    sentences = [sentence(["Ada", "slept", "."]), sentence(["can't", "."]), sentence(["Yes", ".", "No"])]
    lost = fit(sentences, KINDS[name].format(), "columns", "tag").lost
    assert BORDERS.format("2 sentences", name) in lost
    assert not fit(sentences[:1], DoccanoFormat(), "columns", "tag").lost


def test_what_was_split_here_is_split_so_again() -> None:
    sentences = list(read(io.BytesIO(b"Ada can't. No. - Yes"), KINDS["text"].format()))
    assert fit(sentences, DoccanoFormat(), "text").lost == ()


@pytest.mark.parametrize("name", ["columns", "conllu"])
def test_sentences_without_tokens_have_no_place_between_blank_lines(name: str) -> None:
    assert "1 sentence without tokens" in fit([sentence(["Ada"]), sentence([])], KINDS[name].format(), "jsonl").lost


def test_sentences_without_tokens_are_no_part_of_a_document(tmp_path: Path) -> None:
    records = [sentence(["Ada"], True), sentence([], True), sentence(["Obi"], True)]
    assert fit(records, BratFormat(), "doccano", "tag").lost == ()
    write(records, tmp_path / "brat", BratFormat())
    assert [s.tokens for s in read(tmp_path / "brat", BratFormat())] == [("Ada",), (), ("Obi",)]
    together: list[Any] = [sentence(["Ada"]), sentence([]), sentence(["Obi"])]
    assert fit(together, BratFormat(), "huggingface", "tag").lost == ("1 sentence without tokens",)


@pytest.mark.parametrize("name", ["doccano", "tokens", "jsonl", "parquet"])
def test_lines_after_the_last_sentence_are_no_sentence(name: str) -> None:
    sentences = [sentence(["Ada"]), Sentence((), {"tag": ()}, extras=(Extra(0, ""), Extra(0, "the end")))]
    fitted = fit(sentences, KINDS[name].format(), "columns", "tag")
    assert [s.tokens for s in fitted.sentences] == [("Ada",)]
    assert any("between tokens" in line for line in fitted.lost)
