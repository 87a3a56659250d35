"""Words to ids: from the training split only, characters bounded, casing by class."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taggers.data.features import CASINGS, casing, cut
from taggers.data.indexer import Indexed, Indexer
from taggers.data.vocabulary import UNK
from taggers.text import Sentence

words = st.text(st.characters(codec=None), max_size=6)
sentences = st.lists(st.lists(words, max_size=6).map(lambda tokens: Sentence(tuple(tokens))), max_size=6)


def spelt(indexed: Indexed, form: int) -> list[int]:
    start, end = indexed.spelt.offsets[form : form + 2]
    return [int(c) for c in indexed.spelt.characters[start:end]]


def numbers(indexed: Indexed, feature: str) -> list[int]:
    """Those of the distinct forms."""
    return [int(number) for number in indexed.features[feature].numbers]


@given(sentences, sentences, st.booleans(), st.integers(1, 2))
def test_every_token_gets_the_ids_of_its_form(
    train: list[Sentence], other: list[Sentence], lowercase: bool, minimum: int
) -> None:
    indexer = Indexer.build(train, minimum, lowercase, first=3, last=1)
    indexed = indexer.index(other)
    assert indexed.lengths.tolist() == [len(s) for s in other]
    known, vocabulary = numbers(indexed, "words"), indexer.words.vocabulary
    for number, sentence in enumerate(other):
        forms = indexed.places["token"][indexed.starts[number] :][: len(sentence)]
        for token, form in zip(sentence.tokens, forms, strict=True):
            assert known[form] == vocabulary.index(token.lower() if lowercase else token)
            assert indexer.knows(token) == (known[form] != UNK)
            assert numbers(indexed, "casing")[form] == casing(cut(token, 24, 8))
            assert spelt(indexed, form) == [indexer.spelling.vocabulary.index(c) for c in cut(token, 3, 1)]
    for feature in indexed.features.values():
        assert feature.counts.sum() == sum(map(len, other))


@given(sentences, sentences)
def test_no_word_of_dev_or_test_enters_the_vocabulary(train: list[Sentence], dev: list[Sentence]) -> None:
    indexer = Indexer.build(train)
    before = indexer.words.vocabulary.symbols, indexer.spelling.vocabulary.symbols
    indexed = indexer.index(dev)
    assert (indexer.words.vocabulary.symbols, indexer.spelling.vocabulary.symbols) == before
    seen = {token for s in train for token in s.tokens}
    assert set(indexer.words.vocabulary.symbols) == seen
    for form, word in zip(dict.fromkeys(t for s in dev for t in s.tokens), numbers(indexed, "words"), strict=True):
        assert (word == UNK) == (form not in seen)


def test_a_token_that_reads_like_a_reserved_symbol_is_a_word() -> None:
    indexer = Indexer.build([Sentence(("<unk>", "<pad>"))])
    assert sorted(numbers(indexer.index([Sentence(("<unk>", "<pad>", "sea"))]), "words")) == [1, 2, 3]


def test_case_is_folded_for_words_and_kept_for_characters() -> None:
    indexer = Indexer.build([Sentence(("Sea", "sea"))], lowercase=True)
    assert indexer.words.vocabulary.symbols == ("sea",)
    assert "S" in indexer.spelling.vocabulary
    indexed = indexer.index([Sentence(("SEA", "sea"))])
    assert numbers(indexed, "words") == [2, 2]
    assert spelt(indexed, 0) != spelt(indexed, 1)


def test_a_folded_word_counts_all_its_forms() -> None:
    words = Indexer.build([Sentence(("Sea", "sea", "gull"))], minimum=2, lowercase=True).words
    assert words.vocabulary.symbols == ("sea",)


@given(words, st.integers(0, 4), st.integers(0, 4))
def test_a_word_is_cut_to_its_bounds_and_no_further(word: str, first: int, last: int) -> None:
    read = cut(word, first, last)
    assert len(read) == min(len(word), first + last)
    assert word.startswith(read[:first])
    assert word.endswith(read[len(read) - min(last, len(read)) :])


def test_a_monstrous_token_costs_no_more_than_what_is_read_of_it() -> None:
    monster = "gu" + "x" * 300_000 + "ll"
    indexer = Indexer.build([Sentence(("gull",))], first=2, last=2)
    indexed = indexer.index([Sentence((monster, cut(monster, 2, 2)[:2] + "y" + "ll"))])
    assert len(indexed.spelt.characters) == 4 + 4
    assert spelt(indexed, 0) == spelt(indexed, 1)
    assert numbers(indexed, "words") == [UNK, UNK]
    assert len(set(numbers(indexed, "casing"))) == 1


def test_a_character_that_is_never_read_is_not_known() -> None:
    # It would have a vector that no training step ever moved.
    indexer = Indexer.build([Sentence(("abcXabc",))], first=3, last=3)
    assert set(indexer.spelling.vocabulary.symbols) == set("abc")


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("", "symbol"),
        ("\ud800", "symbol"),
        ("sea", "lower"),
        ("SEA", "upper"),
        ("S", "title"),
        ("McKay", "mixed"),
        ("e-mail", "lower"),
        ("E-MAIL", "upper"),
        ("3.5", "number"),
        ("4th", "digits"),
        ("A4", "digits"),
        ("海", "caseless"),
        ("Ελλάδα", "title"),
        ("...", "symbol"),
        ("😀", "symbol"),
    ],
)
def test_casing_classes(word: str, name: str) -> None:
    assert CASINGS[casing(word)] == name


@given(words)
def test_every_word_has_a_casing_and_none_that_of_padding(word: str) -> None:
    assert 0 < casing(word) < len(CASINGS)


@pytest.mark.parametrize(("first", "last"), [(0, 8), (24, 0), (-1, 8)])
def test_of_a_word_some_characters_are_read_at_either_end(first: int, last: int) -> None:
    with pytest.raises(ValueError, match="expected at least one character of each"):
        Indexer.build([], first=first, last=last)
