"""What is read of a token: values, numbers in buckets, and parts of words hashed the same on every machine."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taggers.data.features import (
    Buckets,
    Casings,
    Feature,
    Hashed,
    Values,
    feature_from_json,
    feature_to_json,
    shape,
)
from taggers.data.indexer import Indexer, Spelling, count_column
from taggers.data.sentences import Column
from taggers.data.vocabulary import PAD, UNK, Vocabulary
from taggers.errors import ConfigError, FormatError
from taggers.text import Sentence

anything = st.text(st.characters(codec=None), max_size=4)
finite = st.floats(allow_nan=False, allow_infinity=False)
features: st.SearchStrategy[Feature] = st.one_of(
    st.builds(Values, anything, st.sets(anything).map(sorted).map(Vocabulary), st.booleans()),
    st.builds(Casings, anything),
    st.builds(Buckets, anything, st.sets(finite).map(sorted).map(tuple)),
    st.builds(
        Hashed, anything, st.sampled_from(["prefix", "suffix", "shape"]), st.integers(1, 32), st.integers(1, 10**6)
    ),
)


@given(features)
def test_a_feature_comes_back_from_json(feature: Feature) -> None:
    text = json.dumps(feature_to_json(feature), ensure_ascii=False).encode("utf-8", "surrogatepass")
    assert feature_from_json(json.loads(text.decode("utf-8", "surrogatepass"))) == feature
    assert feature_from_json(feature_to_json(feature)) == feature


@given(features, st.lists(st.one_of(anything, st.sampled_from(["1", "-0.5", "NOUN", "ing"]))))
def test_numbers_are_never_padding_and_lie_within_the_size(feature: Feature, values: list[str]) -> None:
    numbers = feature.index(values)
    assert numbers.shape == (len(values),)
    assert numbers.dtype == np.int32
    assert all(PAD < number < feature.size for number in numbers.tolist())
    assert [feature.index([value]).tolist() for value in values] == [[number] for number in numbers.tolist()]


VALUES = {"kind": "values", "column": "pos", "lowercase": False, "symbols": ["NOUN"]}
BUCKETS = {"kind": "buckets", "column": "n", "bounds": [1.0, 2.0]}
SUFFIX = {"kind": "suffix", "column": "token", "length": 3, "buckets": 9}


@pytest.mark.parametrize(
    "damaged",
    [
        {},
        {"kind": "values"},
        {"column": "pos"},
        {"kind": "stems", "column": "pos"},
        {"kind": None, "column": "pos"},
        {"kind": "casings", "column": 3},
        {"kind": "values", "column": "pos"},
        {**VALUES, "symbols": "NOUN"},
        {**VALUES, "symbols": ["NOUN", 3]},
        {**VALUES, "symbols": ["NOUN", "NOUN"]},
        {**VALUES, "symbols": None},
        {**VALUES, "lowercase": 0},
        {**BUCKETS, "bounds": 1.0},
        {**BUCKETS, "bounds": ["1.0"]},
        {**BUCKETS, "bounds": [1]},
        {**SUFFIX, "length": 0},
        {**SUFFIX, "length": 3.0},
        {**SUFFIX, "length": True},
        {**SUFFIX, "buckets": -1},
        {**SUFFIX, "buckets": None},
        {"kind": "prefix", "column": "token", "length": 3},
    ],
)
def test_damaged_json_is_no_feature(damaged: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        feature_from_json(damaged)


def test_the_json_that_is_damaged_above_is_whole() -> None:
    for whole in (VALUES, BUCKETS, SUFFIX):
        assert feature_to_json(feature_from_json(whole)) == whole


class TestValues:
    """The values of a column that training saw."""

    @given(st.lists(anything), st.integers(1, 3), st.booleans())
    def test_each_has_a_number_of_its_own(self, column: list[str], minimum: int, lowercase: bool) -> None:
        feature = Values.build("x", Counter(column), minimum, lowercase)
        folded = Counter(value.lower() if lowercase else value for value in column)
        known = {value for value, count in folded.items() if count >= minimum}
        assert set(feature.vocabulary.symbols) == known
        ranks = [(-folded[value], value) for value in feature.vocabulary.symbols]
        assert ranks == sorted(ranks)
        assert feature.size == len(known) + 2
        for value, number in zip(column, feature.index(column).tolist(), strict=True):
            own = value.lower() if lowercase else value
            assert feature.knows(value) == (number != UNK) == (own in known)
            assert number == UNK or feature.vocabulary.symbols[number - 2] == own

    def test_it_alone_has_an_unknown_to_learn(self) -> None:
        indexer = Indexer(
            {"words": Values.build("token", {}), "casing": Casings(), "feature n": Buckets("n", ()),
             "feature pos": Values.build("pos", {}), "feature end": Hashed("token", "suffix", 3, 9)},
            Spelling(Vocabulary([])),
        )  # fmt: skip
        assert indexer.learning == ("words", "feature pos")
        assert indexer.columns == ("token", "n", "pos")


class TestBuckets:
    """Numbers in buckets."""

    def test_training_falls_into_like_parts(self) -> None:
        column = [str(n) for n in range(1, 101)]
        feature = Buckets.build("n", Counter(column), number=4)
        assert feature.size == 2 + 4
        assert Counter(feature.index(column).tolist()) == {2: 25, 3: 25, 4: 25, 5: 25}

    def test_how_often_a_number_stands_counts(self) -> None:
        assert Buckets.build("n", {"1": 97, "2": 1, "3": 1, "4": 1}, number=2).bounds == (2.0,)
        assert Buckets.build("n", {"1": 1, "2": 1, "3": 1, "4": 97}, number=2).bounds == (4.0,)

    @given(st.integers(1, 1000), st.integers(1, 1000), st.integers(2, 9))
    def test_two_numbers_are_told_apart_however_rare_one_is(self, first: int, second: int, number: int) -> None:
        assert Buckets.build("n", {"0": first, "1": second}, number).bounds == (1.0,)

    def test_ways_to_write_one_number_are_counted_together(self) -> None:
        assert Buckets.build("n", {"1": 1, "1.0": 1, "1e0": 1, "2": 1, "3": 1}, number=3).bounds == (2.0, 3.0)

    @given(
        st.dictionaries(finite.map(str), st.integers(1, 5), min_size=1, max_size=6),
        st.integers(2, 9),
        st.lists(finite),
    )
    def test_a_greater_number_is_in_no_lesser_bucket(
        self, counts: dict[str, int], number: int, others: list[float]
    ) -> None:
        feature = Buckets.build("n", counts, number)
        assert len(feature.bounds) < number
        assert feature.bounds == tuple(sorted(set(feature.bounds)))
        distinct = {float(value) for value in counts}
        assert set(feature.bounds) <= distinct
        if len(distinct) <= number:
            assert len(feature.bounds) == max(0, len(distinct) - 1)
        numbers = feature.index([str(x) for x in sorted(others)]).tolist()
        assert numbers == sorted(numbers)
        assert UNK not in numbers

    @pytest.mark.parametrize("value", ["", "-", "x", "nan", "inf", "-inf", "Infinity", "1e999", "0x10", "\ud800"])
    def test_what_is_no_finite_number_is_unknown(self, value: str) -> None:
        assert Buckets("n", (1.0,)).index([value]).tolist() == [UNK]
        assert Buckets.build("n", {value: 100, "3": 1, "4": 1}, number=2).bounds == (4.0,)

    @pytest.mark.parametrize("counts", [{}, {"x9": 3, "-": 1}])
    def test_a_column_without_any_number_is_refused(self, counts: dict[str, int]) -> None:
        with pytest.raises(ConfigError, match=r"column 'n' is read as numbers, and training holds none \('.*', say\)"):
            Buckets.build("n", counts, number=10)

    @pytest.mark.parametrize(("counts", "bounds"), [({"4": 3}, ()), ({"4": 1, "5": 9}, (5.0,))])
    def test_few_values_make_few_buckets(self, counts: dict[str, int], bounds: tuple[float, ...]) -> None:
        feature = Buckets.build("n", counts, number=10)
        assert feature.bounds == bounds
        assert feature.size == 3 + len(bounds)
        assert feature.index(["4", "5", "x"]).tolist() == [2, 2 + len(bounds), UNK]

    def test_ways_to_write_a_number(self) -> None:
        assert Buckets("n", (10.0, 20.0)).index(["1e1", " 10 ", "+10.0", "19.9", "-30"]).tolist() == [3, 3, 3, 3, 2]


class TestHashed:
    """Parts of words, hashed."""

    @pytest.mark.parametrize(
        ("what", "value", "number"),
        [
            ("prefix", "there", 80),
            ("prefix", "the", 80),
            ("prefix", "\ud800abc", 478),
            ("prefix", "", 2),
            ("suffix", "running", 1001),
            ("suffix", "ing", 1001),
            ("suffix", "é", 328),
            ("shape", "Ada", 215),
            ("shape", "2005", 527),
        ],
    )
    def test_the_number_is_the_same_for_ever(self, what: Any, value: str, number: int) -> None:
        length = {"Ada": 1, "2005": 2}.get(value, 3)
        assert Hashed("token", what, length, 1000).index([value]).tolist() == [number]

    @given(anything, anything, st.integers(1, 3))
    def test_only_the_part_that_is_read_counts(self, inner: str, other: str, length: int) -> None:
        edge = "xyz"[:length]
        assert len(set(Hashed("token", "prefix", length, 10**6).index([edge + inner, edge + other]).tolist())) == 1
        assert len(set(Hashed("token", "suffix", length, 10**6).index([inner + edge, other + edge]).tolist())) == 1

    def test_all_buckets_are_used_and_no_more(self) -> None:
        numbers = Hashed("token", "suffix", 4, 7).index([f"{n:04}" for n in range(500)])
        assert set(numbers.tolist()) == set(range(2, 9))

    def test_no_value_at_all(self) -> None:
        assert Hashed("token", "suffix", 4, 7).index([]).tolist() == []

    def test_a_monstrous_token_has_the_shape_of_its_ends(self) -> None:
        feature = Hashed("token", "shape", 4, 10**6)
        first, second, third = feature.index(["A" + "b" * 300_000 + "!", "A" + "b" * 30 + "!", "A!"]).tolist()
        assert first == second != third


@given(st.text(st.characters(codec=None)), st.integers(1, 4))
def test_a_shape_holds_no_letter_and_no_long_run(form: str, most: int) -> None:
    signs = shape(form, most)
    assert not any(sign.isalpha() and sign not in "Xxcd" for sign in signs)
    assert not any(sign.isdigit() and sign.isascii() for sign in signs)
    assert not any(sign * (most + 1) in signs for sign in set(signs))


def test_values_that_do_not_occur_are_not_counted() -> None:
    assert count_column(Column(np.array([2, 0, 2], dtype=np.uint8), ("a", "b", "c"))) == {"a": 1, "c": 2}


def test_each_feature_reads_its_own_column() -> None:
    indexer = Indexer(
        {
            "words": Values.build("token", {"Ada": 1}),
            "feature pos": Values.build("pos", {"NOUN": 2, "Ada": 1}),
            "feature place": Buckets("place", (2.0,)),
        },
        Spelling.build({"Ada": 1}),
    )
    sentences = [
        Sentence(("Ada", "NOUN"), {"place": ("1", "2"), "pos": ("NOUN", "Ada"), "more": ("?", "?")}),
        Sentence((), {"place": (), "pos": ()}),
        Sentence(("Ada",), {"pos": ("NOUN",), "place": ("x",)}),
    ]
    indexed = indexer.index(sentences)
    found = {
        name: [int(feature.numbers[place]) for place in indexed.places[feature.column]]
        for name, feature in indexed.features.items()
    }
    assert found == {"words": [2, 1, 2], "feature pos": [2, 3, 2], "feature place": [2, 3, 1]}
    with pytest.raises(FormatError, match=r"^<memory>:1: no column 'place'; there are pos$"):
        indexer.index([Sentence(("a",), {"pos": ("NOUN",)})])
    assert {int(feature.counts.sum()) for feature in indexed.features.values()} == {3}
