"""Detection of the tag scheme: over whole files, right for every scheme, and silent about nothing."""

from __future__ import annotations

import random

import pytest

from taggers.text import Span
from taggers.text.detection import TagCounts, detect, detect_scheme
from taggers.text.schemes import PLAIN, SCHEMES, Scheme, belongs, encode, scheme_tags, violations

SPAN_SCHEMES = [scheme for scheme in SCHEMES.values() if scheme is not PLAIN]


def sentences(scheme: Scheme, number: int = 50) -> list[list[str]]:
    """Tags of a scheme with spans of one to three tokens, some touching one of their own label."""
    generator = random.Random(7)
    made = []
    for _ in range(number):
        spans, length = [], 0
        for _ in range(5):
            size, label = generator.randint(1, 3), generator.choice([None, "PER", "LOC"])
            if label is not None:
                spans.append(Span(length, length + size, label))
            length += size
        made.append(encode(spans, length, scheme))
    return made


@pytest.mark.parametrize("scheme", SPAN_SCHEMES, ids=lambda scheme: scheme.name)
def test_a_scheme_is_found_over_its_tags(scheme: Scheme) -> None:
    found = detect(sentences(scheme))
    assert (found.scheme, found.violations, found.strangers) == (scheme, 0, ())


@pytest.mark.parametrize("scheme", SPAN_SCHEMES, ids=lambda scheme: scheme.name)
def test_a_few_violations_do_not_hide_the_scheme(scheme: Scheme) -> None:
    broken = sentences(scheme)
    tags = scheme_tags(["LOC", "PER"], scheme)
    broken[3] = [tags[0], tags[-1], tags[-1 - len(scheme.prefixes)]]
    assert detect(broken).scheme is scheme


@pytest.mark.parametrize(
    ("tags", "name"),
    [
        (["I-PER I-PER O"], "IOB1"),
        (["B-PER I-PER O"], "IOB2"),
        (["B-PER O", "B-PER B-PER"], "IOB2"),  # single tokens only: legal in many schemes, IOB2 is the usual one
        (["O O", "O"], "IOB2"),
        (["S-PER O"], "IOBES"),
        (["S-PER O B-PER M-PER E-PER"], "BMES"),
        (["U-PER O"], "BILOU"),
        (["E-PER O"], "IOE"),
        (["B I O"], "IOB2"),  # prefixes without labels
        (["DET NOUN"], "plain"),
        (["O NOUN"], "plain"),  # O as one part of speech among others
        (["O LOC PER"], "plain"),
        (["O S N U E V N V"], "plain"),  # parts of speech of one letter
        (["O S B E"], "IOBES"),
        (["B I O X"], "IOB2"),  # a stray among prefixes without labels
        (["I-<year> <year> I-<month>"], "GROBID"),
        (["I-<year> I-<month>", "I-<other> <other>"], "GROBID"),
        (["I-<year> <year> O", "I-<month> <month>"], "GROBID"),  # one stray O
        (["I-<year> I-<month>"], "IOB1"),  # legal in both, and IOB1 is the usual one
        (["O I-<year> I-<year> O", "O B-<year>"], "IOB2"),  # brackets are a label's own business
        (["O I-<year> I-<year> O", "O I-<month> I-<year>"], "IOB1"),
        (["B-<year> I-<year> O O"], "IOB2"),
        (["<year> <month>", "<other>"], "plain"),  # nothing begins
        (["<year> NOUN", "DET I-<year>", "VERB"], "plain"),  # few among others
        ([], "plain"),
    ],
)
def test_the_scheme_of_small_files(tags: list[str], name: str) -> None:
    assert detect([line.split() for line in tags]).scheme.name == name


def test_a_tag_of_no_scheme_among_span_tags_is_a_stranger() -> None:
    assert detect([["B-LOC", "LOC", "O"]]).strangers == ("LOC",)


def test_prefixes_of_two_schemes_in_one_file_leave_strangers() -> None:
    found = detect([["B-LOC", "L-LOC", "O"], ["U-LOC", "O", "M-LOC"]])
    assert (found.scheme.name, found.violations, found.strangers) == ("BILOU", 1, ("M-LOC",))


@pytest.mark.parametrize("scheme", SPAN_SCHEMES, ids=lambda scheme: scheme.name)
@pytest.mark.parametrize("stray", ["S-PER", "M-PER", "U-PER", "L-PER", "E-PER"])
def test_one_stray_tag_does_not_turn_a_file_into_another_scheme(scheme: Scheme, stray: str) -> None:
    [outside] = encode([], 1, scheme)
    found = detect([*sentences(scheme), [outside, stray, outside]])
    assert found.scheme is scheme
    assert found.strangers == (() if belongs(stray, scheme) else (stray,))
    assert found.violations == len(violations([outside, stray, outside], scheme))


def test_the_detection_does_not_depend_on_the_order_of_sentences() -> None:
    tags = [*sentences(SCHEMES["IOB1"]), ["B-PER"]]
    assert detect(tags) == detect(tags[::-1])


def test_counts_can_be_added_sentence_by_sentence() -> None:
    counts = TagCounts()
    for tags in (["B-PER"], [], ["O", "I-PER"]):
        counts.add(tags)
    found = detect_scheme(counts)
    assert (found.scheme.name, found.violations) == ("IOB2", 1)
