"""Characters that are damaged, cannot be seen, or look like others."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taggers.lint import Annotated
from taggers.lint.characters import oddities
from taggers.lint.findings import KINDS, spelt
from taggers.text import Sentence
from tests.lint.conftest import CLEAN, annotated, found, told


@pytest.mark.parametrize(
    ("token", "kinds"),
    [
        ("a\ufffdb", ["damaged-character"]),
        ("a\x07", ["damaged-character"]),
        ("a\x9f", ["damaged-character"]),
        ("\ud800", ["damaged-character"]),
        ("a\ufdd0", ["damaged-character"]),
        ("a\U0001fffe", ["damaged-character"]),
        ("\U0010ffffb", ["damaged-character"]),
        ("a\u200bb", ["invisible-character"]),
        ("\ufeffAda", ["invisible-character"]),
        ("\u202eAda", ["invisible-character"]),
        ("Ada\u2069", ["invisible-character"]),
        ("soft\u00adly", ["invisible-character"]),
        ("a\u200db", ["invisible-character"]),
        ("\u0645\u200c", ["invisible-character"]),
        ("10\u00a0000", ["odd-space"]),
        ("a\tb", ["odd-space"]),
        ("cafe\u0301", ["not-composed"]),
        ("\u212b", ["not-composed"]),
        ("M\u043escow", ["mixed-scripts"]),
        ("\u041f\u0440\u0438\u0432e\u0442", ["mixed-scripts"]),
        ("\u039fslo", ["mixed-scripts"]),
        ("a\u200b\ufffd", ["damaged-character", "invisible-character"]),
    ],
)
def test_an_odd_character_is_named(token: str, kinds: list[str]) -> None:
    assert list(oddities(token)) == kinds
    assert set(kinds) <= KINDS.keys()


@pytest.mark.parametrize(
    "token",
    [
        *("Ada", "caf\u00e9", "New York", "\u65e5\u672c\u8a9e", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
        *("\u0915\u094d\u200d\u0937", "\U0001f469\u200d\U0001f467", "\u03b2-carotene", "TGF\u03b2", "\u00b5m"),
        *("iPhone-\u043e\u043c", "SMS\u043a\u0430", "\u039f\u03c3\u03bb\u03bf", "\u2764\ufe0f", "\u200c"[:0]),
    ],
)
def test_what_is_no_fault_is_none(token: str) -> None:
    assert oddities(token) == {}


def test_of_a_token_as_long_as_a_file_a_part_is_shown() -> None:
    token = 300_000 * "x" + "\u200b"
    every = found(Annotated.of({"train": [Sentence((token, "slept"), {"ner": (f"B-{token}", "I-Y")})]}, "ner"))
    messages = {finding.kind: finding.message for finding in every}
    assert messages["invisible-character"] == f"'{76 * 'x'} ...': ZERO WIDTH SPACE"
    assert {"violation", "rare-label"} <= messages.keys()
    assert all(len(message) < 300 for message in messages.values())


def test_each_distinct_token_is_found_with_all_its_places() -> None:
    train = CLEAN + "by/O B\u200bo/B-PER ,/O B\u200bo/B-PER"
    data = annotated(train, dev="so/O B\u200bo/B-PER\nM\u043es/B-PER it/O is/O")
    assert told(data) == [
        ("invisible-character", "'B<U+200B>o': ZERO WIDTH SPACE", ["train:401", "train:403", "dev:101"]),
        ("mixed-scripts", "'M\u043es': \u043e is CYRILLIC SMALL LETTER O", ["dev:200"]),
    ]


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_printable_ascii_is_never_odd(token: str) -> None:
    assert oddities(token) == {}


@given(st.text(min_size=1))
def test_a_token_is_not_composed_exactly_where_unicode_says_so(token: str) -> None:
    assert ("not-composed" in oddities(token)) == (unicodedata.normalize("NFC", token) != token)


@given(st.text(st.characters(), min_size=1))
def test_what_is_said_is_one_line_that_prints(token: str) -> None:
    for said in oddities(token).values():
        assert said.isprintable()
    assert spelt(token).isprintable()
    assert all(finding.message.isprintable() for finding in found(Annotated.of({"a": [Sentence((token,))]})))
