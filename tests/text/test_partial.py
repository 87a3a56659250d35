"""Partial annotation: sets of tags, and their conversion, held against enumeration."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taggers.text.partial import alive, convert_sets, is_partial, tag_sets
from taggers.text.schemes import IOB2, IOBES, PLAIN, SCHEMES, Scheme, convert, scheme_tags, violations

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
