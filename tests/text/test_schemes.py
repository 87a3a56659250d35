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
    GROBID,
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
    labels_of,
    legal,
    parse_tag,
    repair,
    scheme_tags,
    usual,
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
    st.sampled_from(
        [
            *("O", "<X>", "I-<X>", "<Y>", "I-<Y>", "<other>", "I-<other>"),
            *(f"{prefix}-{label}" for prefix in "BIMELSU" for label in ("X", "Y")),
        ]
    ),
    max_size=8,
)


@settings(max_examples=300)
@given(st.sampled_from(SPAN_SCHEMES), spanned())
def test_spans_that_are_encoded_are_decoded(scheme: Scheme, example: tuple[list[Span], int]) -> None:
    spans, length = example
    tags = encode(spans, length, scheme)
    assert len(tags) == length
    assert decode(tags, scheme) == spans
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
    converted = convert(tags, target, source)
    assert converted == encode(spans, length, target)
    assert convert(converted, source, target) == tags


@settings(max_examples=300)
@given(st.sampled_from(SPAN_SCHEMES), any_tags)
def test_repair_is_legal_and_keeps_what_the_conll_scorer_reads(scheme: Scheme, tags: list[str]) -> None:
    repaired = repair(tags, scheme)
    assert violations(repaired, scheme) == []
    assert decode(repaired, scheme) == decode(tags, scheme)
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
        (GROBID, ["<X>", "<X>", "I-<X>", "<Y>"], [0, 3]),  # the second goes on with the first
        (GROBID, ["<other>", "I-<other>", "I-<other>", "I-<X>", "<other>", "<other>"], []),  # outside goes anywhere
        (GROBID, ["I-<X>", "<other>", "<X>"], [2]),
        (GROBID, ["O", "I-<X>", "B-X"], [0, 2]),
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
        (GROBID, "I-<X> <X> I-<other> I-<Y> I-<Y> I-<X>"),
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
        "GROBID": "I-<X> <X> <X>",
    }


def every_reading(tags: Sequence[str]) -> list[Span]:
    """GROBID by its own words: I-<x> begins, <x> goes on with a span of x (or begins one), `other` is none."""
    spans: list[Span] = []
    for position, tag in enumerate(tags):
        label = tag.removeprefix("I-").strip("<>")
        goes_on = not tag.startswith("I-") and bool(spans) and spans[-1].end == position and spans[-1].label == label
        if label != "other":
            start = spans.pop().start if goes_on else position
            spans.append(Span(start, position + 1, label))
    return spans


@pytest.mark.parametrize("length", [0, 1, 2, 3, 4])
def test_grobid_is_read_as_its_own_words_say_whatever_stands_where(length: int) -> None:
    every = scheme_tags(["X", "Y"], GROBID)
    assert every == ["<other>", "I-<other>", "I-<X>", "<X>", "I-<Y>", "<Y>"]
    for tags in product(every, repeat=length):
        spans = every_reading(tags)
        assert decode(tags, GROBID) == spans
        assert convert(tags, IOB2, GROBID) == encode(spans, length, IOB2)
        assert decode(repair(tags, GROBID), GROBID) == spans
        legal_here = encode(spans, length, IOB2) == [usual(tag, GROBID) for tag in tags]
        assert (not violations(tags, GROBID)) == legal_here
        assert labels_of(tags, GROBID) == {span.label for span in spans}


def test_an_outside_stretch_of_grobid_begins_with_a_mark_of_its_own() -> None:
    assert encode([Span(2, 3, "X")], 5, GROBID) == ["I-<other>", "<other>", "I-<X>", "I-<other>", "<other>"]


def test_two_marks_of_outside_in_a_row_stay_as_they_are() -> None:
    tags = ["I-<other>", "I-<other>", "I-<X>"]
    assert repair(tags, GROBID) == convert(tags, GROBID, GROBID) == tags


def test_a_label_that_grobid_has_no_room_for_is_refused() -> None:
    with pytest.raises(ValueError, match="no label can be 'other'"):
        convert(["B-other"], GROBID)


def test_spans_without_labels_are_spelt_in_grobid_too() -> None:
    assert convert(["B", "I", "O"], GROBID, IOB2) == ["I-<>", "<>", "I-<other>"]
    assert convert(["I-<>", "<>", "I-<other>"], IOB2, GROBID) == ["B", "I", "O"]


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
