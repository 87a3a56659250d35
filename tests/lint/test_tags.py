"""Tags and labels: those of another scheme, out of place, misspelt or rare, and splits that follow another scheme."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taggers.lint import Annotated
from taggers.lint.spelling import alike
from taggers.text import Sentence
from taggers.text.schemes import IOB2, IOBES, PLAIN, SCHEMES, Scheme, encode, violations
from taggers.text.types import Source, Span
from tests.lint.conftest import CLEAN, annotated, found, places, told


def test_clean_data_has_no_finding(clean: Annotated) -> None:
    assert told(clean) == []


def test_no_data_has_no_finding() -> None:
    assert found(Annotated.of({})) == []
    assert found(Annotated.of({"train": []}, "ner")) == []


def test_a_tag_out_of_place_is_found_with_its_line() -> None:
    data = annotated(CLEAN + "It/O is/O Kim/I-PER Lee/I-PER ./O\nBonn/I-LOC is/O far/O", test="so/O says/O Mo/I-PER")
    assert told(data, "violation") == [
        ("violation", "I-PER after O, which IOB2 does not know", ["train:402", "test:102"]),
        ("violation", "I-LOC at the start, which IOB2 does not know", ["train:500"]),
    ]


def test_a_span_that_does_not_end_is_found_at_its_last_token() -> None:
    data = annotated("in/O New/B-LOC York/E-LOC\nnear/O Rome/S-LOC ,/O\nby/O Los/B-LOC", scheme=IOBES)
    assert told(data, "violation") == [("violation", "B-LOC at the end, which IOBES does not know", ["train:301"])]


def test_tags_of_another_scheme_are_found_once_for_each_with_all_places() -> None:
    data = annotated(CLEAN + "Kim/S-PER saw/O Mo/S-PER\n" + "then/0 came/o Bo/B-PER")
    assert told(data, "foreign-tag", "violation") == [
        ("foreign-tag", "'S-PER', expected O or B- I- with a label (IOB2)", ["train:400", "train:402"]),
        ("foreign-tag", "'0', expected O or B- I- with a label (IOB2)", ["train:500"]),
        ("foreign-tag", "'o', expected O or B- I- with a label (IOB2); did you mean O?", ["train:501"]),
    ]


def test_a_split_of_another_scheme_is_found() -> None:
    data = annotated(CLEAN, dev="by/O Bo/S-PER Lee/O\nin/O New/B-LOC York/E-LOC")
    [finding] = found(data, "mixed-schemes")
    assert finding.message == "dev follows IOBES; 2 tags of it would break IOB2"
    assert places(finding) == ["dev:100"]
    assert not found(annotated(CLEAN, dev="by/O Bo/B-PER"), "mixed-schemes")


def test_a_label_in_another_case_or_misspelt_is_found_and_so_is_one_that_occurs_once() -> None:
    many = "".join(f"Bo{n}/B-PER ate/O {n}/O\n" for n in range(30))
    data = annotated(f"{many}in/O Rome/B-Loc\nin/O Bonn/B-LOC\nat/O Bern/B-LOC\nfor/O Jo/B-PERS\nof/O X/B-MISC\n")
    assert told(data, "similar-label", "rare-label") == [
        ("similar-label", "'Loc' occurs 1 time, 'LOC' 2", ["train:3101"]),
        ("similar-label", "'PERS' occurs 1 time, 'PER' 30", ["train:3401"]),
        ("rare-label", "'Loc' occurs once", ["train:3101"]),
        ("rare-label", "'PERS' occurs once", ["train:3401"]),
        ("rare-label", "'MISC' occurs once", ["train:3501"]),
    ]


def test_labels_of_texts_are_looked_at_too() -> None:
    texts = [Sentence((f"a{n}", f"b{n}"), label="Play", source=Source("a.csv", n)) for n in range(3)]
    texts.append(Sentence(("c", "d"), label="play", source=Source("a.csv", 9)))
    assert told(Annotated.of({"train": texts}), "similar-label") == [
        ("similar-label", "'play' occurs 1 time, 'Play' 3", ["a.csv:9"])
    ]
    assert found(Annotated.of({"train": texts}, several_answers=True)) == []


def test_an_open_set_of_plain_tags_has_no_rare_labels() -> None:
    lemmas = [Sentence((f"a{n}",), {"lemma": (f"b{n}",)}) for n in range(1001)]
    assert len(found(Annotated.of({"train": lemmas[:1000]}, "lemma", PLAIN), "rare-label")) == 1000
    assert not found(Annotated.of({"train": lemmas}, "lemma", PLAIN), "rare-label")


LABELS = st.text("abAB1-", max_size=5)


@given(LABELS, LABELS)
def test_labels_are_alike_where_one_edit_of_a_letter_parts_them(one: str, other: str) -> None:
    def edits(word: str) -> set[str]:
        letters = "abAB-"
        left_out = {word[:i] + word[i + 1 :] for i, letter in enumerate(word) if not letter.isdigit()}
        put_in = {word[:i] + letter + word[i:] for i in range(len(word) + 1) for letter in letters}
        changed = {word[:i] + new + word[i + 1 :] for i, old in enumerate(word) if old in letters for new in letters}
        return left_out | put_in | changed

    long = min(len(one), len(other)) >= 3
    assert alike(one, other) == (one.casefold() == other.casefold() or (long and other in edits(one)))
    assert alike(one, other) == alike(other, one)


SPANS = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 2), st.sampled_from(["PER", "LOC"])), max_size=3)


USUAL = [scheme for scheme in SCHEMES.values() if scheme is not PLAIN and scheme.dialect is None]


@given(st.sampled_from(USUAL), st.lists(SPANS, max_size=4))
def test_tags_that_a_scheme_spells_have_no_fault_in_it(scheme: Scheme, drawn: list[list[tuple[int, int, str]]]) -> None:
    split = []
    for parts in drawn:
        spans: list[Span] = []
        end = 0
        for gap, length, label in parts:
            spans.append(Span(end + gap, end + gap + length, label))
            end = spans[-1].end
        split.append(Sentence(tuple(f"w{n}" for n in range(end + 1)), {"ner": tuple(encode(spans, end + 1, scheme))}))
    data = Annotated.of({"train": split}, "ner", scheme)
    assert not found(data, "violation", "foreign-tag", "mixed-schemes")


TAGS = st.lists(st.lists(st.sampled_from(["O", "B-PER", "I-PER", "S-PER", "x"]), min_size=1, max_size=5), max_size=5)


@given(TAGS)
def test_every_violation_has_its_place(drawn: list[list[str]]) -> None:
    split = [
        Sentence(tuple(f"w{i}" for i in range(len(tags))), {"ner": tuple(tags)}, source=Source("a", 100 * number))
        for number, tags in enumerate(drawn)
    ]
    data = Annotated.of({"train": split}, "ner", IOB2)
    lines = sorted(place.line for f in found(data, "violation", "foreign-tag") for place in f.places)
    strange = [(n, i) for n, tags in enumerate(drawn) for i, tag in enumerate(tags) if tag in ("S-PER", "x")]
    wrong = [(n, i) for n, tags in enumerate(drawn) for i in violations(tags, IOB2)]
    assert lines == sorted(100 * n + i for n, i in {*strange, *wrong})


@pytest.mark.parametrize(("one", "other", "same"), [("arg1", "arg2", False), ("B-x", "B-y", True), ("", "O", False)])
def test_examples_of_alike(one: str, other: str, same: bool) -> None:
    assert alike(one, other) is same
