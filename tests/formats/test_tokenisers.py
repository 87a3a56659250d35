"""Tokenisers of raw text: whatever the library, tokens are the text itself, and none of it is lost."""

from __future__ import annotations

import gzip
import io
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from taggers.errors import MissingExtraError, TaggerError
from taggers.formats import InlineFormat, TextFormat, Tokeniser, encode, parse_tokeniser, read, split_text, splitters
from taggers.formats import plain as plain_module
from taggers.formats.lines import marked
from taggers.formats.plain import ends_text
from taggers.formats.splitters import Split, cover
from taggers.formats.tokenisers import KINDS, make_splitter
from taggers.text import Sentence

NAMES = ["syntok", "icu", "icu:th", "spacy", "spacy:en", "spacy:da", "spacy:zh", "characters", "blanks"]
every = pytest.mark.parametrize("name", NAMES)

PIECES = [
    *("a", "B", "1", ".", "?", "!", ",", "'", '"', "(", ")", "-", "_", "…", "n't", "@ada", "#x", ":-)", "http://a.b/c?d=1"),
    *(" ", "  ", "\t", "\n", "\r\n", "\r", "\x85", "\u2028", "\u00a0", "\u3000", "\u200b", "\ufeff", "\u200f", "\x1c"),
    *("\x00", "\ud83d", "\ude00", "\ufffd", "\U0010ffff", "\u0301", "e\u0301\u0323", "\u200d", "\ufe0f"),
    *("😀", "👨‍👩‍👧", "🇩🇰", "👍🏽", "这是", "。", "！", "他说"),
    *("ئۇيغۇر", "؟", "հայ", "։", "ภาษาไทย", "日本語", "한국", "नमस्ते", "।"),
    *("x" * 300, "(" * 300, "\u0301" * 300, "句" * 300, "日本" * 150),
]  # fmt: skip
hard = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
anything = st.text(st.characters(), max_size=60)  # lone surrogates too


def is_blank(text: str) -> bool:
    return all(c == "\u200b" or (c.isspace() and not "\x1c" <= c <= "\x1f") for c in text)


def check(text: str, sentences: list[Sentence]) -> None:
    """Tokens are the text, in order, each without a space; nothing but spaces is between them; no sentence is empty."""
    end = 0
    for sentence in sentences:
        assert sentence.tokens
        assert sentence.offsets is not None
        assert sentence.text is text
        for token, (start, stop) in zip(sentence.tokens, sentence.offsets, strict=True):
            assert is_blank(text[end:start])
            assert token == text[start:stop]
            assert token
            assert not any(map(is_blank, token))
            end = stop
    assert is_blank(text[end:])


def tokens_of(text: str, name: str) -> list[tuple[str, ...]]:
    return [sentence.tokens for sentence in split_text(text, tokeniser=parse_tokeniser(name))]


@every
@settings(max_examples=50)
@given(hard | anything)
def test_nothing_is_lost_or_changed_in_any_text(name: str, text: str) -> None:
    check(text, list(split_text(text, tokeniser=parse_tokeniser(name))))


@every
@settings(max_examples=50)
@given(text=hard, window=st.integers(1, 9))
def test_nothing_is_lost_over_windows_of_any_size(name: str, text: str, window: int) -> None:
    text = text[:100]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain_module, "_WINDOW", window)
        check(text, list(split_text(text, tokeniser=parse_tokeniser(name))))


@every
@settings(max_examples=30)
@example(["\ufeff\ufeff"])
@given(st.lists(hard, min_size=1, max_size=4))
def test_lines_can_be_put_together_again(name: str, lines: list[str]) -> None:
    lines = [re.sub("[\n\r\ud800-\udfff]", "|", line) for line in lines]
    content = "".join(line + "\n" for line in lines)
    found = list(read(io.BytesIO(content.encode()), TextFormat(tokeniser=parse_tokeniser(name))))
    assert sum(map(ends_text, found)) == len(lines)
    untagged = (replace(s, layers={"tag": ("O",) * len(s)}) for s in found)
    inline = b"".join(encode(untagged, InlineFormat())).decode()
    assert re.sub(r"\\(.)", r"\1", inline) == marked(content.removeprefix("\ufeff"))


@given(anything, st.lists(st.lists(st.tuples(st.integers(0, 70), st.integers(0, 70)))))
def test_whatever_places_a_library_gives_the_text_is_covered(text: str, places: list[list[tuple[int, int]]]) -> None:
    end = 0
    for sentence in cover(text, places):
        assert sentence
        for token, start in sentence:
            assert is_blank(text[end:start])
            end = start + len(token)
            assert token
            assert text[start:end] == token
            assert not any(map(is_blank, token))
    assert is_blank(text[end:])


@pytest.mark.parametrize(
    ("name", "text", "sentences"),
    [
        ("syntok", "Don't go. :-)", [["Do", "n't", "go", "."], [":-)"]]),
        ("icu", "Don't go. No?", [["Don't", "go", "."], ["No", "?"]]),
        ("icu", "Mr. Lin left.", [["Mr", "."], ["Lin", "left", "."]]),
        ("icu:en", "Mr. Lin left.", [["Mr", ".", "Lin", "left", "."]]),
        ("icu", "这是一个句子。他说中文。", [["这", "是", "一个", "句子", "。"], ["他", "说", "中文", "。"]]),
        ("icu", "ภาษาไทยง่าย", [["ภาษา", "ไทย", "ง่าย"]]),
        ("icu", "Նա քնեց։ Այո։", [["Նա", "քնեց", "։"], ["Այո", "։"]]),
        ("icu", "😀 a👨‍👩‍👧b \ud83d c", [["😀", "a", "👨‍👩‍👧", "b", "\ud83d", "c"]]),
        ("spacy:en", "Don't go. Mr. Lin :-)", [["Do", "n't", "go", "."], ["Mr.", "Lin", ":-)"]]),
        ("spacy:da", "Kl. 12 f.eks. i dag.", [["Kl.", "12", "f.eks.", "i", "dag", "."]]),
        ("spacy", "Don't go \ud83d.", [["Don't", "go", "\ud83d", "."]]),
        ("spacy:zh", "他说。Ok", [["他", "说", "。"], ["O", "k"]]),
        ("characters", "他说：“好！”Li 3.5。Ok", [list("他说：“好！”"), list("Li3.5。"), ["O", "k"]]),
        ("characters", "👍🏽e\u0301", [["👍", "🏽", "e", "\u0301"]]),
        ("blanks", "Yes. :-)\u00a0http://a.b\u3000c", [["Yes.", ":-)", "http://a.b", "c"]]),
        ("blanks", "one line\nand two", [["one", "line"], ["and", "two"]]),
    ],
)  # fmt: skip
def test_each_splits_as_it_is_known_to(name: str, text: str, sentences: list[list[str]]) -> None:
    assert [list(tokens) for tokens in tokens_of(text, name)] == sentences


@every
@pytest.mark.parametrize("piece", ["a", "句。", "(", "Ada slept. "])
def test_no_splitter_sees_a_monstrous_text(name: str, piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def watched(tokeniser: Tokeniser) -> Split:
        split = make_splitter(tokeniser)
        return lambda text: seen.append(len(text)) or split(text)  # type: ignore[func-returns-value]

    monkeypatch.setattr(plain_module, "make_splitter", watched)
    text = piece * (10_000 // len(piece))
    check(text, list(split_text(text, tokeniser=parse_tokeniser(name))))
    assert max(seen) <= plain_module._WINDOW
    assert sum(seen) <= 2 * len(text) + plain_module._WINDOW


def test_a_long_word_is_cut_for_spacy_and_its_sentence_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splitters, "_LONGEST_WORD", 4)
    assert list(splitters._in_pieces("ab abcd abcdefghij a")) == ["ab abcd abcd", "efgh", "ij a"]
    assert [*splitters._in_pieces("abcd")] == ["abcd"]
    assert tokens_of("ab abcdefghij ab. Yes", "spacy") == [("ab", "abcd", "efgh", "ij", "ab", "."), ("Yes",)]


@pytest.mark.slow
def test_real_text_of_every_script_comes_back(data: Callable[[str], Path]) -> None:
    folders = ["ud_english_ewt", "uner_danish_ddt", "ud_armenian_bsut", "ud_uyghur_udt", "ud_vietnamese_vtb",
               "uner_chinese_gsdsimp"]  # fmt: skip
    texts: list[str] = []
    for folder in folders:
        for path in sorted([*data(folder).glob("*.conllu"), *data(folder).glob("*.iob2")]):
            texts += re.findall("^# text = ?(.*)$", path.read_text("utf-8"), re.MULTILINE)[::80]
    for path in sorted(data("raw_english").glob("*.gz")):
        with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
            texts += [line.removesuffix("\n") for line in islice(lines, 0, 3000, 100)]
    assert len(texts) > 500
    for name in NAMES:
        tokeniser = parse_tokeniser(name)
        for text in texts:
            check(text, list(split_text(text, tokeniser=tokeniser)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("moses", "tokeniser 'moses': expected one of syntok, icu, spacy, characters, blanks"),
        ("", "tokeniser '': expected one of syntok, icu, spacy, characters, blanks"),
        (":da", "tokeniser '': expected one of syntok, icu, spacy, characters, blanks"),
        ("syntok:en", "tokeniser syntok takes no language: leave out 'en'"),
        ("characters:", "tokeniser characters takes no language: leave out ''"),
        ("icu:", "tokeniser icu: expected a language code such as da, found ''"),
        ("spacy:../x", "tokeniser spacy: expected a language code such as da, found '../x'"),
        ("spacy:Danish", "tokeniser spacy: expected a language code such as da, found 'Danish'"),
        ("icu:da\n", r"tokeniser icu: expected a language code such as da, found 'da\n'"),
    ],
)
def test_a_tokeniser_that_there_is_not_is_one_line(text: str, said: str) -> None:
    with pytest.raises(TaggerError) as caught:
        parse_tokeniser(text)
    assert str(caught.value) == said


@pytest.mark.parametrize("name", [*NAMES, *KINDS, "icu:zh-Hant"])
def test_a_tokeniser_is_written_as_it_is_read(name: str) -> None:
    assert str(parse_tokeniser(name)) == name


def test_a_language_that_spacy_does_not_know_is_one_line() -> None:
    with pytest.raises(TaggerError, match=r"^tokeniser spacy:zz: spaCy has no such language; try spacy:xx or icu$"):
        make_splitter(Tokeniser("spacy", "zz"))


def test_what_is_not_installed_is_named_with_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "icu4py.breakers", None)
    with pytest.raises(MissingExtraError, match=r"^the tokeniser icu needs icu4py: pip install 'taggers\[icu\]'$"):
        splitters.split_by_icu(None)
    monkeypatch.setitem(sys.modules, "spacy", None)
    with pytest.raises(MissingExtraError, match=r"^the tokeniser spacy needs spaCy: pip install 'taggers\[spacy\]'$"):
        splitters.split_by_spacy("en")


def test_what_spacy_wants_for_a_language_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    import spacy

    def blank(language: str) -> object:
        raise ImportError("Japanese support requires SudachiPy:\n  pip install sudachipy")

    monkeypatch.setattr(spacy, "blank", blank)
    with pytest.raises(MissingExtraError, match=r"^tokeniser spacy:ja: .* requires SudachiPy: pip install sudachipy$"):
        splitters.split_by_spacy("ja")
