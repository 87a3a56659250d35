"""Plain text: exact offsets in every script, lines that can be put together again, no quadratic time."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taggers.errors import FormatError
from taggers.formats import (
    ColumnFormat,
    ConlluFormat,
    InlineFormat,
    TextFormat,
    TokensFormat,
    encode,
    looks_like_columns,
    read,
    split_text,
)
from taggers.formats import plain as plain_module
from taggers.formats.plain import ends_text
from taggers.text import Sentence, Source

NO_SPACE = re.compile(r"[\S\x1c-\x1f](?<!\u200b)")


def texts(content: str) -> list[Sentence]:
    return list(read(io.BytesIO(content.encode()), TextFormat()))


def check_offsets(text: str, sentences: list[Sentence]) -> None:
    """Every character that is no space lies in exactly one token, in order."""
    covered: list[int] = []
    for sentence in sentences:
        assert sentence.offsets is not None
        for token, (start, end) in zip(sentence.tokens, sentence.offsets, strict=True):
            assert text[start:end] == token
            covered.extend(range(start, end))
    assert covered == sorted(set(covered))
    assert {match.start() for match in NO_SPACE.finditer(text)} <= set(covered)


@given(st.text(max_size=200))
def test_offsets_are_exact_in_any_text(text: str) -> None:
    check_offsets(text, list(split_text(text)))


@given(st.text(st.sampled_from("aB1.!? \n\t\u00a0\u200b\"'()[]-_…。ا"), max_size=80), st.integers(1, 9))
def test_offsets_are_exact_over_windows_of_any_size(text: str, window: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain_module, "_WINDOW", window)
        check_offsets(text, list(split_text(text)))


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Don't go.", ["Do", "n't", "go", "."]),  # not "not"
        ("an e-mail", ["an", "e", "-", "mail"]),  # the hyphen is not lost
        ("Yes  ", ["Yes"]),
        ("这是一个句子。", ["这是一个句子", "。"]),
        ("ئۇيغۇر تىلى.", ["ئۇيغۇر", "تىلى", "."]),
        ("ภาษาไทย", ["ภาษาไทย"]),
        ("a\u200bb\u00a0c", ["a", "b", "c"]),
        ("a\x00b \ud800", ["a\x00b", "\ud800"]),
    ],
)
def test_tokens_are_the_text_itself(text: str, tokens: list[str]) -> None:
    assert [token for sentence in split_text(text) for token in sentence.tokens] == tokens


def test_sentences_of_a_line_share_its_text_and_place() -> None:
    one, two, blank, three = texts("Ada slept. Then she left. \n \nYes\n")
    assert one.text is two.text
    assert (one.text, blank.text, three.text) == ("Ada slept. Then she left. ", " ", "Yes")
    assert [s.source for s in (one, two, blank, three)] == [Source("<stream>", n) for n in (1, 1, 2, 3)]
    assert [ends_text(s) for s in (one, two, blank, three)] == [False, True, True, True]
    assert two.offsets == ((11, 15), (16, 19), (20, 24), (24, 25))


def test_every_line_of_text_has_a_sentence_at_its_end() -> None:
    content = "A b. C d.\n\n\nE f! G h?\n   \ni\n"
    assert sum(map(ends_text, texts(content))) == content.count("\n")


def test_a_line_ends_once_whatever_stands_at_its_end() -> None:
    for character in map(chr, [*range(10), *range(11, 0x3100), *range(0xFE00, 0x10000), 0xE0001]):
        if 0xD800 <= ord(character) < 0xE000:
            continue
        sentences = texts(f"He left. {character}\n")
        assert [ends_text(s) for s in sentences] == [*[False] * (len(sentences) - 1), True], repr(character)


def test_a_line_feed_ends_a_sentence_of_a_text() -> None:
    text = "a heading\nand more\n\n"
    sentences = list(split_text(text))
    assert [s.tokens for s in sentences] == [("a", "heading"), ("and", "more")]
    check_offsets(text, sentences)
    assert list(split_text(" \n ")) == []


def test_a_long_line_is_split_as_a_short_one_is() -> None:
    sentence = "Ada slept in Oslo, and left. "
    number = 3 * plain_module._WINDOW // len(sentence)
    found = list(split_text(sentence * number))
    assert len(found) == number
    assert {s.tokens for s in found} == {("Ada", "slept", "in", "Oslo", ",", "and", "left", ".")}


def test_tokens_are_separated_by_blanks_alone() -> None:
    content = "Ada  slept\tin New\u00a0York\n\n \nyes"
    found = list(read(io.BytesIO(content.encode()), TokensFormat()))
    assert [s.tokens for s in found] == [("Ada", "slept", "in", "New\u00a0York"), (), (), ("yes",)]
    assert [s.source.line for s in found] == [1, 2, 3, 4]


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=" \t\r\n\ufeff"), min_size=1)


@given(st.lists(st.lists(words)))
def test_tokens_come_back(lines: list[list[str]]) -> None:
    content = b"".join(encode([Sentence(tuple(tokens)) for tokens in lines], TokensFormat()))
    assert content == "".join(" ".join(tokens) + "\n" for tokens in lines).encode()
    assert [list(s.tokens) for s in read(io.BytesIO(content), TokensFormat())] == lines


@pytest.mark.parametrize("token", ["", "a b", "a\tb", "a\nb", "a\r"])
def test_a_token_that_would_not_come_back_is_not_written(token: str) -> None:
    with pytest.raises(FormatError, match="would not come back"):
        list(encode([Sentence((token,))], TokensFormat()))


def test_text_can_be_written_as_columns_and_conllu() -> None:
    found = texts("Ada slept. No.\n\n")
    assert b"".join(encode(found, ColumnFormat({"token": 0}))) == b"Ada\nslept\n.\n\nNo\n.\n\n\n"
    assert b"# text = No.\n1\tNo\t" in b"".join(encode(found, ConlluFormat()))


def test_no_word_of_real_text_is_lost(data: Callable[[str], Path]) -> None:
    for name in ("ud_uyghur_udt/test.conllu", "uner_chinese_gsdsimp/test.iob2", "ud_vietnamese_vtb/test.conllu"):
        corpus, _, file = name.partition("/")
        content = (data(corpus) / file).read_text("utf-8")
        lines = [line[8:].strip() for line in content.split("\n") if line.startswith("# text =")][:200]
        found = texts("\n".join(lines) + "\n")
        untagged = (replace(s, layers={"tag": ("O",) * len(s)}) for s in found)
        inline = b"".join(encode(untagged, InlineFormat())).decode()
        assert re.sub(r"\\(.)", r"\1", inline) == "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["Ada B-PER", "slept O"], True),
        (["Ada\tB-PER", "slept\tO", "", "a\tO"], True),
        (["-DOCSTART- O", "", "EU NNP B-NP B-ORG", "rejects VBZ B-VP O"], True),
        (["dog NN", "runs VBZ"], True),
        (["# text = a", "1\ta\tO\tO#O\ts", "2\tb\tO\tO#O\ts"], True),
        (["1\txin chào\tO", "2\tb\tO"], True),
        (["Ada slept .", "Obi left ."], False),
        (["Ada slept", "Obi left"], False),
        (["two words", "and three words"], False),
        (["17\tthis is a text", "18\tthis is one too"], False),
        (["a", "b"], False),
        (["Ada B-PER"], False),
        ([], False),
    ],
)
def test_a_column_file_is_told_from_text(lines: list[str], expected: bool) -> None:
    assert looks_like_columns(lines) is expected


@pytest.mark.parametrize(
    ("corpus", "file", "expected"),
    [
        ("wnut17", "train.conll", True),
        ("wikigold", "train.conll", True),
        ("uner_danish_ddt", "test.iob2", True),
        ("uner_chinese_gsdsimp", "char_test.bmes", True),
        ("ud_vietnamese_vtb", "test.conllu", True),
        ("bc5cdr", "test.tsv", True),
        ("snips", "test.conll", True),
        ("banking77", "test.csv", False),
        ("pros_cons", "test.tsv", False),
    ],
)
def test_real_files_are_told_apart(data: Callable[[str], Path], corpus: str, file: str, expected: bool) -> None:
    lines = (data(corpus) / file).read_text("utf-8").split("\n")
    assert looks_like_columns(lines[:20]) is expected


def test_real_text_is_not_taken_for_columns(data: Callable[[str], Path]) -> None:
    from taggers.formats import Lines

    for path in sorted(data("raw_english").glob("*.txt.gz")):
        assert not looks_like_columns(Lines(path).peek(20)), path
