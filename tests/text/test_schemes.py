"""Tag schemes: what is encoded is read back, conversion keeps spans, repair obeys the scheme."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taggers.text import Span
from taggers.text.schemes import (
    BILOU,
    BMES,
    IOB1,
    IOB2,
    IOBES,
    IOE,
    PLAIN,
    SCHEMES,
    Scheme,
    convert,
    decode,
    decode_strict,
    encode,
    is_span_tag,
    join_tag,
    legal,
    parse_tag,
    repair,
    scheme_tags,
    violations,
)

SPAN_SCHEMES = [scheme for scheme in SCHEMES.values() if scheme is not PLAIN]
LABELS = ["PER", "creative-work", "I"]  # a label may hold a hyphen, or look like a prefix

each_scheme = pytest.mark.parametrize("scheme", SPAN_SCHEMES, ids=lambda scheme: scheme.name)


@st.composite
def spanned(draw: st.DrawFn) -> tuple[list[Span], int]:
    """Spans, none overlapping, and the number of tokens that they lie in."""
    pieces = draw(st.lists(st.tuples(st.integers(1, 4), st.sampled_from([None, None, *LABELS])), max_size=7))
    spans, length = [], 0
    for size, label in pieces:
        if label is not None:
            spans.append(Span(length, length + size, label))
        length += size
    return spans, length


def without_touching_twins(spans: Sequence[Span]) -> list[Span]:
    """Spans such that none touches one of its own label: all that IOE can tell apart is told apart by E alone."""
    kept: list[Span] = []
    for span in spans:
        if not kept or kept[-1].end < span.start or kept[-1].label != span.label:
            kept.append(span)
    return kept


any_tags = st.lists(
    st.sampled_from(["O", *(f"{prefix}-{label}" for prefix in "BIMELSU" for label in ("X", "Y"))]), max_size=8
)


@settings(max_examples=300)
@given(st.sampled_from(SPAN_SCHEMES), spanned())
def test_spans_that_are_encoded_are_decoded(scheme: Scheme, example: tuple[list[Span], int]) -> None:
    spans, length = example
    tags = encode(spans, length, scheme)
    assert len(tags) == length
    assert decode(tags) == spans
    assert decode_strict(tags, scheme) == spans
    assert violations(tags, scheme) == []
    assert repair(tags, scheme) == tags


@settings(max_examples=300)
@given(st.sampled_from(SPAN_SCHEMES), st.sampled_from(SPAN_SCHEMES), spanned())
def test_conversion_between_any_two_schemes_keeps_the_spans(
    source: Scheme, target: Scheme, example: tuple[list[Span], int]
) -> None:
    spans, length = example
    tags = encode(spans, length, source)
    converted = convert(tags, target)
    assert converted == encode(spans, length, target)
    assert convert(converted, source) == tags


@settings(max_examples=300)
@given(st.sampled_from(SPAN_SCHEMES), any_tags)
def test_repair_is_legal_and_keeps_what_the_conll_scorer_reads(scheme: Scheme, tags: list[str]) -> None:
    repaired = repair(tags, scheme)
    assert violations(repaired, scheme) == []
    assert decode(repaired) == decode(tags)
    assert repair(repaired, scheme) == repaired


@each_scheme
@pytest.mark.parametrize("length", [0, 1, 2, 3])
def test_tags_without_violations_are_those_that_repair_leaves_alone(scheme: Scheme, length: int) -> None:
    every = scheme_tags(["X", "Y"], scheme)
    for tags in product(every, repeat=length):
        assert (not violations(tags, scheme)) == (repair(tags, scheme) == list(tags)), tags


@each_scheme
def test_violations_stand_where_a_pair_is_not_legal(scheme: Scheme) -> None:
    for tags in product(scheme_tags(["X", "Y"], scheme), repeat=3):
        edged = [None, *tags, None]
        assert violations(tags, scheme) == [i for i in range(4) if not legal(scheme, edged[i], edged[i + 1])]


@pytest.mark.parametrize(
    ("scheme", "tags", "broken"),
    [
        (IOB2, ["O", "I-X", "I-X"], [1]),
        (IOB2, ["B-X", "I-Y"], [1]),
        (IOB2, ["I-X"], [0]),
        (IOB1, ["B-X", "O"], [0]),
        (IOB1, ["I-X", "B-X", "B-Y"], [2]),
        (IOE, ["I-X", "O", "E-X"], [1]),
        (IOE, ["I-X"], [1]),
        (IOBES, ["B-X"], [1]),
        (IOBES, ["O", "E-X", "S-X", "I-X", "O"], [1, 3, 4]),
        (BMES, ["B-X", "M-X", "S-X"], [2]),
        (BILOU, ["U-X", "L-X"], [1]),
        (IOB2, ["B-X", "S-X", "O"], [1]),  # a stranger fits nowhere; what follows is judged by what it says
        (IOB2, ["B-X", "S-X", "I-X"], [1, 2]),
        (PLAIN, ["I-X", "NOUN"], []),
    ],
)
def test_violations_are_named_by_their_positions(scheme: Scheme, tags: list[str], broken: list[int]) -> None:
    assert violations(tags, scheme) == broken


@pytest.mark.parametrize(
    ("scheme", "spelt"),
    [
        (IOB1, "I-X I-X O I-Y B-Y I-X"),
        (IOB2, "B-X I-X O B-Y B-Y B-X"),
        (IOE, "I-X E-X O E-Y E-Y E-X"),
        (IOBES, "B-X E-X O S-Y S-Y S-X"),
        (BMES, "B-X E-X O S-Y S-Y S-X"),
        (BILOU, "B-X L-X O U-Y U-Y U-X"),
    ],
)
def test_each_scheme_spells_as_its_source_says(scheme: Scheme, spelt: str) -> None:
    spans = [Span(0, 2, "X"), Span(3, 4, "Y"), Span(4, 5, "Y"), Span(5, 6, "X")]
    assert encode(spans, 6, scheme) == spelt.split()


def test_a_span_of_three_has_the_inside_of_its_scheme() -> None:
    spelt = {scheme.name: " ".join(encode([Span(0, 3, "X")], 3, scheme)) for scheme in SPAN_SCHEMES}
    assert spelt == {
        "IOB1": "I-X I-X I-X",
        "IOB2": "B-X I-X I-X",
        "IOE": "I-X I-X E-X",
        "IOBES": "B-X I-X E-X",
        "BMES": "B-X M-X E-X",
        "BILOU": "B-X I-X L-X",
    }


# The tables of conlleval (Tjong Kim Sang 2000), case by case: does a chunk end before this tag, does one start with it.
@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        ("I-X", [(0, 1, "X")]),  # I at the start starts
        ("O I-X", [(1, 2, "X")]),  # I after O starts
        ("I-X I-X", [(0, 2, "X")]),  # I after I of the type continues
        ("B-X I-X", [(0, 2, "X")]),
        ("B-X B-X", [(0, 1, "X"), (1, 2, "X")]),  # B always starts
        ("I-X B-X", [(0, 1, "X"), (1, 2, "X")]),
        ("B-X I-Y", [(0, 1, "X"), (1, 2, "Y")]),  # another type starts
        ("I-X I-Y I-X", [(0, 1, "X"), (1, 2, "Y"), (2, 3, "X")]),
        ("B-X O I-X", [(0, 1, "X"), (2, 3, "X")]),
        ("E-X E-X", [(0, 1, "X"), (1, 2, "X")]),  # E ends, so that the next starts
        ("E-X I-X", [(0, 1, "X"), (1, 2, "X")]),
        ("B-X E-X", [(0, 2, "X")]),
        ("I-X E-X O", [(0, 2, "X")]),
        ("O E-X", [(1, 2, "X")]),
        ("S-X I-X", [(0, 1, "X"), (1, 2, "X")]),  # S, U stand alone
        ("B-X S-X", [(0, 1, "X"), (1, 2, "X")]),
        ("B-X M-X E-X", [(0, 3, "X")]),
        ("B-X L-X U-X", [(0, 2, "X"), (2, 3, "X")]),
        ("B I O B", [(0, 2, ""), (3, 4, "")]),  # prefixes without a label
        ("NOUN B-X VERB", [(1, 2, "X")]),  # what is no span tag is outside
    ],
)
def test_tags_are_read_as_the_conll_scorer_reads_them(tags: str, spans: list[tuple[int, int, str]]) -> None:
    assert decode(tags.split()) == [Span(*span) for span in spans]


def test_strict_reading_drops_spans_of_another_spelling() -> None:
    assert decode_strict(["I-X", "O", "B-Y", "I-Y"], IOB2) == [Span(2, 4, "Y")]
    assert decode_strict(["B-X", "I-X", "O", "S-Y"], IOBES) == [Span(3, 4, "Y")]
    assert decode_strict(["B-X", "O", "I-Y"], IOB1) == [Span(2, 3, "Y")]


@pytest.mark.parametrize(
    "spans",
    [[Span(0, 2, "X"), Span(1, 3, "Y")], [Span(2, 4, "X")], [Span(1, 1, "X")], [Span(-1, 1, "X")], [Span(2, 1, "X")]],
)
def test_spans_that_overlap_or_leave_the_sentence_are_not_encoded(spans: list[Span]) -> None:
    with pytest.raises(ValueError, match="overlaps"):
        encode(spans, 3, IOB2)


def test_plain_tags_pass_unchanged() -> None:
    assert repair(["B-X", "NOUN"], PLAIN) == ["B-X", "NOUN"]
    assert scheme_tags(["VERB", "NOUN"], PLAIN) == ["NOUN", "VERB"]


def test_a_label_keeps_its_hyphens() -> None:
    assert parse_tag("B-creative-work") == ("B", "creative-work")
    assert join_tag(*parse_tag("B-creative-work")) == "B-creative-work"


@pytest.mark.parametrize(
    ("tag", "expected"), [("O", True), ("B", True), ("U-X", True), ("B-", False), ("X-B", False), ("", False)]
)
def test_what_is_a_span_tag(tag: str, expected: bool) -> None:
    assert is_span_tag(tag) is expected


@given(st.sampled_from(SPAN_SCHEMES), spanned())
def test_spans_that_do_not_touch_are_told_apart_without_marks_between(
    scheme: Scheme, example: tuple[list[Span], int]
) -> None:
    spans = without_touching_twins(example[0])
    unmarked = [tag.replace("B-", "I-") for tag in encode(spans, example[1], IOB1)]
    assert repair(unmarked, scheme) == encode(spans, example[1], scheme)


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=lambda scheme: scheme.name)
def test_copies_and_pickles_of_a_scheme_are_the_scheme(scheme: Scheme) -> None:
    assert copy.deepcopy(scheme) is scheme
    assert pickle.loads(pickle.dumps(scheme)) is scheme
