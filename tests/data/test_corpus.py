"""Splits of a corpus: whole documents, seeded, nothing lost."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from taggers.data.corpus import Corpus, Division, documents, folds, hold_out, set_aside, with_dev
from taggers.errors import FormatError, TaggerError, TagSchemeError
from taggers.formats import ColumnFormat, read
from taggers.text import Sentence
from taggers.text.schemes import IOB2

sizes_of = st.lists(st.integers(1, 5), min_size=2, max_size=12)


def corpus(sizes: list[int]) -> list[Sentence]:
    """Sentences named by document and place, so that each is told from all others."""
    return [
        Sentence((f"{number}", f"{place}"), starts_document=place == 0)
        for number, size in enumerate(sizes)
        for place in range(size)
    ]


def parts(division: Division) -> tuple[list[Sentence], list[Sentence]]:
    """What is left and what is held out, as plain sentences."""
    return list(division.kept), list(division.held)


def check_division(division: Division, sentences: list[Sentence]) -> None:
    held = {s.tokens[0] for s in division.held}
    assert list(division.held) == [s for s in sentences if s.tokens[0] in held]  # whole documents, in order
    assert list(division.kept) == [s for s in sentences if s.tokens[0] not in held]  # and nothing is lost
    assert division.kept
    assert division.held
    assert division.documents == len(held)
    assert division.of == len({s.tokens[0] for s in sentences})


@given(sizes_of, st.floats(0.05, 0.9), st.integers(0, 99))
def test_hold_out_keeps_documents_whole_and_loses_nothing(sizes: list[int], share: float, seed: int) -> None:
    sentences = corpus(sizes)
    division = hold_out(sentences, share, seed)
    check_division(division, sentences)
    assert parts(division) == parts(hold_out(sentences, share, seed))


@given(st.lists(st.integers(1, 8), min_size=20, max_size=40), st.integers(0, 99))
def test_hold_out_comes_near_to_its_share(sizes: list[int], seed: int) -> None:
    wanted = 0.1 * sum(sizes)
    held = len(hold_out(corpus(sizes), 0.1, seed).held)
    assert abs(held - wanted) <= 4  # half of the largest document


@pytest.mark.parametrize("seed", range(5))
def test_hold_out_never_takes_most_of_the_corpus_because_one_document_is_large(seed: int) -> None:
    division = hold_out(corpus([90, 5, 5]), 0.1, seed)
    assert {s.tokens[0] for s in division.held} <= {"1", "2"}


@pytest.mark.parametrize("seed", range(5))
def test_hold_out_takes_the_smallest_document_where_all_are_too_large(seed: int) -> None:
    assert len(hold_out(corpus([60, 40]), 0.1, seed).held) == 40


def test_hold_out_follows_its_seed() -> None:
    sentences = corpus([1] * 40)
    assert parts(hold_out(sentences, 0.1, seed=1)) != parts(hold_out(sentences, 0.1, seed=2))


@given(sizes_of, st.integers(2, 12), st.integers(0, 99))
def test_folds_hold_out_each_document_once(sizes: list[int], number: int, seed: int) -> None:
    assume(number <= len(sizes))
    sentences = corpus(sizes)
    divisions = list(folds(sentences, number, seed))
    assert len(divisions) == number
    for division in divisions:
        check_division(division, sentences)
    held = [s for division in divisions for s in division.held]
    assert sorted(held, key=sentences.index) == sentences
    scored = [len(division.held) for division in divisions]
    assert max(scored) - min(scored) <= max(sizes)
    assert list(map(parts, divisions)) == list(map(parts, folds(sentences, number, seed)))


def test_folds_follow_their_seed() -> None:
    sentences = corpus([1] * 20)
    assert list(map(parts, folds(sentences, 4, seed=1))) != list(map(parts, folds(sentences, 4, seed=2)))


def test_sentences_are_documents_where_no_boundary_is_marked() -> None:
    first, second = Sentence(("a",)), Sentence(("b",))
    assert documents([first, second]) == [range(1), range(1, 2)]
    assert documents([Sentence(("a",), starts_document=True), second]) == [range(1), range(1, 2)]
    assert documents([]) == []


@pytest.mark.parametrize("sentences", [[], corpus([1])])
def test_what_cannot_be_divided_is_refused_with_what_to_do(sentences: list[Sentence]) -> None:
    with pytest.raises(TaggerError, match=r"name --dev, or train with --dev none"):
        hold_out(sentences, 0.1, seed=1)


@pytest.mark.parametrize("number", [-1, 0, 1, 4])
def test_folds_that_cannot_be_are_refused_with_their_bounds(number: int) -> None:
    with pytest.raises(TaggerError, match=rf"--folds {number}: expected between 2 and the number of documents, 3"):
        list(folds(corpus([2, 2, 2]), number, seed=1))


def test_real_documents_stay_whole(data: Callable[[str], Path]) -> None:
    train = list(read(data("wikigold") / "train.conll", ColumnFormat()))
    train = [s for s in train if s.tokens]
    units = documents(train)
    assert len(units) == 116
    division = hold_out(train, 0.1, seed=1)
    assert abs(len(division.held) - 0.1 * len(train)) < 10
    held = {s.source for s in division.held}
    cut = [unit for unit in units if 0 < sum(train[i].source in held for i in unit) < len(unit)]
    assert not cut
    assert sum(train[unit[0]].source in held for unit in units) == division.documents


@given(st.lists(st.integers(1, 5), min_size=2, max_size=40), st.sampled_from([0.0, 0.05, 0.2, 0.3, 0.5, 0.9]))
def test_documents_are_set_aside_whole_and_evenly(sizes: list[int], share: float) -> None:
    sentences = corpus(sizes)
    division = set_aside(sentences, share)
    held = [int(name) for name in dict.fromkeys(s.tokens[0] for s in division.held)]
    assert list(division.held) == [s for s in sentences if int(s.tokens[0]) in held]
    assert list(division.kept) == [s for s in sentences if int(s.tokens[0]) not in held]
    assert division.documents == len(held) == math.floor(share * len(sizes))
    assert all(math.floor(1 / share) <= b - a <= math.ceil(1 / share) for a, b in pairwise(held))


def test_a_fifth_is_each_fifth_and_of_few_documents_none() -> None:
    assert [s.tokens for s in set_aside(corpus([2, 1] * 5), 0.2).held] == [("4", "0"), ("4", "1"), ("9", "0")]
    assert [len(set_aside(corpus([100] * n), 0.2).held) for n in (2, 4, 5)] == [0, 0, 100]
    assert not set_aside([], 0.2).held


def test_a_tenth_becomes_dev_and_is_named() -> None:
    whole = Corpus(tuple(corpus([3] * 20)), test=(Sentence(("t",)),), schemes={"tag": IOB2})
    said: list[str] = []
    divided = with_dev(whole, 4, said.append)
    assert len(divided.dev) == 6
    assert sorted([*divided.train, *divided.dev], key=whole.train.index) == list(whole.train)
    assert (divided.test, divided.scheme) == (whole.test, IOB2)
    assert said == [
        "dev: none named; 2 of 20 documents of train held out (6 sentences, seed 4), the first at <memory>:1"
    ]


def test_a_corpus_is_read_in_the_scheme_of_train(tmp_path: Path) -> None:
    train, dev, test = (tmp_path / name for name in ("train.conll", "dev.conll", "test.conll"))
    train.write_text("Ada B-PER\nObi I-PER\n\n\nsaw O\n", "utf-8")
    dev.write_text("Obi B-PER\nAda B-PER\n", "utf-8")
    test.write_text("the O\nAda I-PER\n", "utf-8")
    said: list[str] = []
    read_in = Corpus.read(train, dev, str(test), note=said.append)
    assert read_in.scheme is IOB2
    assert [s.tokens for s in read_in.train] == [("Ada", "Obi"), ("saw",)]
    assert read_in.test[0].layers["tag"] == ("O", "B-PER")  # repaired
    assert said[0] == f"train: 2 sentences, 3 tokens in {train}"
    assert any(f"{test}:2" in line for line in said)
    with pytest.raises(TagSchemeError, match=rf"^{test}:2: "):
        Corpus.read(train, dev, test, on_invalid="refuse")
    assert list(Corpus.read(train).dev) == []


def test_a_file_without_sentences_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "a.conll").write_text("\n\n", "utf-8")
    with pytest.raises(FormatError, match=r"a\.conll: expected annotated sentences for train, found none"):
        Corpus.read(tmp_path / "a.conll")
    with pytest.raises(FormatError, match=r"a\.conll: expected sentences for train, found none"):
        Corpus.read(tmp_path / "a.conll", layer=())


def test_a_corpus_of_sentences_is_never_taken_for_plain_tags() -> None:
    spans = [Sentence(("Ada", "Obi"), {"tag": ("B-PER", "I-PER")}), Sentence(("sea",), {"tag": ("O",)})]
    corpus = Corpus.of(spans, dev=spans)
    assert corpus.scheme is IOB2
    assert list(corpus.dev) == list(corpus.train)
    with pytest.raises(TagSchemeError):
        Corpus.of([*spans, Sentence(("?",), {"tag": ("?",)})])


SOURCES = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.booleans()), min_size=3, max_size=30)


@given(SOURCES, st.integers(0, 9))
def test_equal_sources_and_documents_stay_together(drawn: list[tuple[str, bool]], seed: int) -> None:
    """Against the definition: no source, and no document, on both sides, whatever links them."""
    train = [Sentence((word,), label=str(i), starts_document=start) for i, (word, start) in enumerate(drawn)]
    of = {i: number for number, unit in enumerate(documents(train)) for i in unit}
    try:
        divisions = [hold_out(train, 0.3, seed, by_source=True), *folds(train, 2, seed, by_source=True)]
    except TaggerError:
        return  # all hang together
    for division in divisions:
        held = [int(s.label or "") for s in division.held]
        kept = [int(s.label or "") for s in division.kept]
        assert sorted([*held, *kept]) == list(range(len(train)))
        assert not {train[i].tokens for i in held} & {train[i].tokens for i in kept}
        assert not {of[i] for i in held} & {of[i] for i in kept}


@given(st.integers(2, 40), st.integers(0, 9))
def test_sources_that_are_all_different_are_divided_as_ever(number: int, seed: int) -> None:
    train = [Sentence((str(i),), starts_document=i % 3 == 0) for i in range(number)]
    if len(documents(train)) > 1:
        assert parts(hold_out(train, 0.2, seed, by_source=True)) == parts(hold_out(train, 0.2, seed))


def test_few_sources_of_many_labels_are_told() -> None:
    said: list[str] = []
    train = [Sentence((str(i // 3),), label=str(i)) for i in range(60)]
    divided = with_dev(Corpus.of(train, layer=[], label=True), 1, said.append, by_source=True)
    assert len(divided.dev) == 6
    assert "2 of 20 sources of train held out" in said[-1]
