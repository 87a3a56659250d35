"""Partial annotation: sets of tags, and their conversion, held against enumeration."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taggers.text import Span
from taggers.text.partial import alive, convert_sets, is_partial, spread, tag_sets, unlabelled_unknown
from taggers.text.schemes import (
    GROBID,
    IOB1,
    IOB2,
    IOBES,
    PLAIN,
    SCHEMES,
    Scheme,
    convert,
    decode,
    encode,
    scheme_tags,
    violations,
)

SPAN_SCHEMES = [scheme for scheme in SCHEMES.values() if scheme is not PLAIN]


def paths(sets: list[frozenset[str]], scheme: Scheme) -> list[tuple[str, ...]]:
    """Every legal sequence through the sets, by enumeration."""
    return [path for path in product(*map(sorted, sets)) if not violations(path, scheme)]


def set_lists(scheme: Scheme) -> st.SearchStrategy[list[frozenset[str]]]:
    every = scheme_tags(["X", "Y"], scheme)
    return st.lists(st.frozensets(st.sampled_from(every), min_size=1, max_size=5), min_size=1, max_size=4)


@given(st.sampled_from(SPAN_SCHEMES), st.data())
def test_what_is_alive_is_what_some_legal_path_goes_through(scheme: Scheme, drawn: st.DataObject) -> None:
    sets = drawn.draw(set_lists(scheme))
    legal_paths = paths(sets, scheme)
    expected = [frozenset(path[i] for path in legal_paths) for i in range(len(sets))]
    assert alive(sets, scheme) == expected


@settings(max_examples=200)
@given(st.sampled_from(SPAN_SCHEMES), st.sampled_from(SPAN_SCHEMES), st.data())
def test_converted_sets_hold_the_image_of_every_legal_path_and_no_tag_besides(
    source: Scheme, target: Scheme, drawn: st.DataObject
) -> None:
    sets = drawn.draw(set_lists(source))
    images = [convert(path, target, source) for path in paths(sets, source)]
    converted = convert_sets(sets, source, target)
    assert converted == [frozenset(image[i] for image in images) for i in range(len(sets))]


def test_sets_widen_where_the_target_tells_more_apart() -> None:
    sets = tag_sets(["B-X", "?"], scheme_tags(["X"], IOB2))
    assert convert_sets(sets, IOB2, IOBES)[0] == {"B-X", "S-X"}


def test_sets_without_a_legal_path_come_out_empty() -> None:
    assert convert_sets([frozenset({"O"}), frozenset({"I-X"})], IOB2, IOBES) == [frozenset(), frozenset()]


def test_plain_sets_pass_unchanged() -> None:
    sets = [frozenset({"NOUN", "VERB"})]
    assert convert_sets(sets, PLAIN, PLAIN) == sets
    assert convert_sets([], IOB2, IOBES) == []


@pytest.mark.parametrize(
    ("tags", "expected"), [([], False), (["O", "B-X"], False), (["?"], True), (["O", "B-X|B-Y"], True)]
)
def test_what_is_partial(tags: list[str], expected: bool) -> None:
    assert is_partial(tags) is expected


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("B-LOC|ORG", "B-LOC|B-ORG"),  # a span whose label is a set
        ("I-LOC|ORG|PER", "I-LOC|I-ORG|I-PER"),
        ("S-LOC|ORG", "S-LOC|S-ORG"),
        ("B-LOC|B-ORG", "B-LOC|B-ORG"),
        ("B-LOC|O", "B-LOC|O"),
        ("B-creative-work|group", "B-creative-work|B-group"),
        ("NOUN|VERB", "NOUN|VERB"),
        ("I-<day>|<year>", "I-<day>|<year>"),
        ("?", "?"),
        ("B-?", "?"),  # of a span that is labelled so
        ("I-?", "?"),
        ("B-PER?", "B-PER?"),
        ("B-LOC", "B-LOC"),
    ],
)
def test_labels_of_a_set_share_its_prefix(tag: str, expected: str) -> None:
    assert spread(tag) == expected


@st.composite
def spans_of(draw: st.DrawFn) -> tuple[int, list[Span]]:
    """A length, and spans in it."""
    length = draw(st.integers(1, 4))
    borders = sorted(draw(st.sets(st.integers(0, length), max_size=length + 1)))
    stretches = [Span(a, b, draw(st.sampled_from("XY"))) for a, b in pairwise(borders)]
    return length, [span for span in stretches if draw(st.booleans())]


@settings(max_examples=150)
@given(st.sampled_from(SPAN_SCHEMES), spans_of())
def test_where_unlabelled_tokens_are_unknown_spans_stay_and_others_may_come(
    scheme: Scheme, given_spans: tuple[int, list[Span]]
) -> None:
    length, spans = given_spans
    every = scheme_tags(["X", "Y"], scheme)
    tags = encode(spans, length, scheme)
    sets = tag_sets(unlabelled_unknown(tags, every, scheme), every)
    readings = {path: set(decode(path, scheme)) for path in paths([frozenset(every)] * length, scheme)}
    inside = {path for path in readings if all(tag in options for tag, options in zip(path, sets, strict=True))}
    assert all(readings[path] >= set(spans) for path in inside)
    if scheme not in (IOB1, GROBID):  # whose spellings of one span are several
        assert inside == {path for path, found in readings.items() if found >= set(spans)}


def test_what_is_unknown_already_stays() -> None:
    assert unlabelled_unknown(["?", "B-X|O", "O"], ["O", "B-X", "I-X"], IOB2) == ["?", "B-X|O", "O|B-X"]


def test_many_labels_cost_little() -> None:
    """Fields of 60 labels, all unknown: a loop over all triples of tags would take minutes."""
    every = scheme_tags([f"label-{i}" for i in range(60)], IOB2)
    tags = ["?", "B-label-1", "?", *["?"] * 200]
    [_, begin, *_] = convert_sets(tag_sets(tags, every), IOB2, IOBES)
    assert begin == {"B-label-1", "S-label-1"}
