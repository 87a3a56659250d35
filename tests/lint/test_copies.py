"""Copies and near copies of sentences, within splits and across them, and copies that are annotated otherwise."""

from __future__ import annotations

from itertools import islice, pairwise, product
from string import ascii_lowercase

from hypothesis import given
from hypothesis import strategies as st

from taggers.lint import Annotated, lint, near
from taggers.text import Sentence
from tests.lint.conftest import CLEAN, annotated, found, places, told

LONG = "one/O two/O three/O four/O five/O six/O seven/O eight/O nine/O ten/O eleven/O twelve/O"


def test_copies_in_a_split_are_duplicates_and_across_splits_leaks() -> None:
    data = annotated(CLEAN + "Hello/O ./O\nHello/O ./O", dev="Bye/O ./O", test="Bye/O ./O\nGood/O day/O")
    assert told(data) == [
        ("duplicate", '"Hello .", 2 times', ["train:400", "train:500"]),
        ("leak", '"Bye .", 2 times', ["dev:100", "test:100"]),
    ]


def test_the_leakage_of_a_split_counts_its_sentences() -> None:
    near_copy = LONG.replace("six", "sixty")
    test = f"Hello/O ./O\nHello/O ./O\n{near_copy}\nGood/O day/O\nSo/O it/O"
    data = annotated(f"{CLEAN}{LONG}\nHello/O ./O", test=test)
    leak = lint(data).leaks["test"]
    assert (leak.sentences, leak.exact, leak.near, leak.share) == (5, 2, 1, 0.6)


def test_a_near_copy_is_found_and_one_that_is_not_near_enough_is_not() -> None:
    data = annotated(LONG, test=LONG.replace("two", "2").replace("one", "ONE"))
    [finding] = found(data)
    assert (finding.kind, places(finding)) == ("near-leak", ["test:100", "train:100"])
    assert finding.message.startswith('"ONE 2 three four')
    assert " is 73% like " in finding.message  # 11 of 15 pairs: those that two is in are 2 on either side
    assert found(annotated(LONG, test=LONG.replace("two", "2").replace("five", "5"))) == []
    assert [f.kind for f in found(annotated(f"{LONG}\n{LONG.upper()}"))] == ["near-duplicate"]


def test_numbers_and_case_do_not_part_sentences_but_short_ones_are_not_looked_at() -> None:
    [finding] = found(annotated("We/O left/O in/O 1999/O ./O\nwe/O left/O in/O 2001/O ./O"))
    assert finding.kind == "near-duplicate"
    assert found(annotated("left/O in/O 1999/O ./O\nleft/O in/O 2001/O ./O")) == []
    codes = "item/O {}1/O {}2/O {}3/O {}4/O"
    assert found(annotated("\n".join(codes.replace("{}", letter) for letter in ("u", "u9", "u77")))) == []


def test_a_near_copy_of_an_earlier_split_goes_before_a_nearer_one_of_its_own() -> None:
    other = LONG.replace("six", "sixty")
    data = annotated(LONG, test=f"{other}\n{other.replace('one', 'One')}")
    assert [(f.kind, places(f)) for f in found(data)] == [
        ("near-leak", ["test:100", "train:100"]),
        ("near-leak", ["test:200", "train:100"]),
    ]


def test_copies_that_are_annotated_otherwise_contradict_each_other() -> None:
    data = annotated(
        CLEAN + "in/O Rome/B-LOC with/O Bo/B-PER\nin/O Rome/B-LOC with/O Bo/B-PER",
        test="in/O Rome/O with/O Bo/B-PER",
    )
    [finding] = found(data, "contradiction")
    assert finding.message == '"in Rome with Bo": 2 times Rome as LOC; 1 time without these'
    assert places(finding) == ["train:400", "train:500", "test:100"]


def test_copies_of_a_text_with_two_labels_contradict_each_other_unless_both_may_be_right() -> None:
    texts = [Sentence(("play", "it"), label=label) for label in ("Play", "Rate", "Play")]
    [finding] = found(Annotated.of({"train": texts}), "contradiction")
    assert finding.message == "\"play it\": 2 times label 'Play'; 1 time label 'Rate'"
    assert not found(Annotated.of({"train": texts}, several_answers=True), "contradiction")


WORDS = st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=9)


@given(st.lists(WORDS, max_size=25), st.integers(0, 25))
def test_near_copies_are_those_that_comparing_all_with_all_finds(texts: list[list[str]], border: int) -> None:
    every = [Sentence(tuple(text)) for text in texts]
    data = Annotated.of({"train": every[:border], "test": every[border:]})

    def pairs(text: list[str]) -> set[tuple[str, str]]:
        return set(pairwise(["^", *text, "$"]))

    firsts = [n for n, text in enumerate(texts) if len(text) >= near.SHORTEST and texts.index(text) == n]

    def share(one: list[str], other: list[str]) -> float:
        return len(pairs(one) & pairs(other)) / len(pairs(one) | pairs(other))

    expected = {}
    for n in firsts:
        if close := [m for m in firsts if m < n and share(texts[n], texts[m]) >= near.THRESHOLD]:
            expected[n] = "near-leak" if any(m < border <= n for m in close) else "near-duplicate"
    assert {f.places[0].sentence: f.kind for f in near.near_copies(data)} == expected


@given(st.lists(WORDS, max_size=20))
def test_every_copy_is_in_one_finding(texts: list[list[str]]) -> None:
    data = Annotated.of({"train": [Sentence(tuple(text)) for text in texts]})
    named = sorted(place.sentence for f in found(data, "duplicate") for place in f.places)
    assert named == [n for n, text in enumerate(texts) if texts.count(text) > 1]


def test_a_template_with_thousands_of_fillings_is_found_at_once() -> None:
    endings = islice(product(ascii_lowercase, repeat=3), 3000)
    texts = [Sentence((*"abcdefghijklmnop", "".join(ending))) for ending in endings]
    assert len(list(near.near_copies(Annotated.of({"train": texts})))) == 2999
