"""Surfaces under several labels, and names that are not annotated everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taggers.lint import Annotated
from taggers.lint.surfaces import unlabelled_mentions
from taggers.text import Sentence, Span
from taggers.text.schemes import IOB2, PLAIN
from taggers.text.types import Source
from tests.lint.conftest import CLEAN, annotated, found, told


def test_a_surface_with_two_labels_is_found_where_it_has_the_rarer_one() -> None:
    train = CLEAN + "in/O Paris/B-LOC\nby/O Paris/B-LOC\nfor/O Paris/B-PER Fry/O"
    data = annotated(train, test="so/O Paris/B-ORG Fry/O")
    assert told(data, "ambiguous") == [("ambiguous", "'Paris': LOC 2, PER 1, ORG 1", ["train:601", "test:101"])]


def test_a_plain_tag_is_found_where_it_is_rare_for_its_word() -> None:
    often = [Sentence((f"a{n}", "run"), {"upos": ("X", "VERB")}) for n in range(20)]
    once = Sentence(("the", "run"), {"upos": ("DET", "NOUN")}, source=Source("a.tsv", 7))
    assert told(Annotated.of({"train": [*often, once]}, "upos", PLAIN), "ambiguous") == [
        ("ambiguous", "'run': VERB 20, NOUN 1", ["a.tsv:8"])
    ]
    assert not found(Annotated.of({"train": [*often[1:], once]}, "upos", PLAIN), "ambiguous")


def test_a_name_is_found_where_it_is_not_annotated() -> None:
    data = annotated(
        "in/O New/B-LOC York/I-LOC now/O\nto/O New/B-LOC York/I-LOC\nNew/O York/O is/O",
        test="of/O New/O York/O today/O",
    )
    assert told(data) == [
        ("unlabelled-mention", "'New York', annotated 2 times of 4: LOC 2", ["train:300", "test:101"])
    ]


def test_what_a_span_covers_in_part_is_no_mention() -> None:
    names = "in/O York/B-LOC\nto/O York/B-LOC now/O\n"
    assert not found(annotated(names + "in/O New/B-LOC York/I-LOC Bay/I-LOC"), "unlabelled-mention")
    assert found(annotated(names + "in/O New/B-LOC York/O Bay/O"), "unlabelled-mention")


def test_a_name_that_is_seldom_annotated_is_a_word() -> None:
    names = "Miss/O May/B-PER\nto/O May/B-PER Fry/O\n"
    assert told(annotated(names + "in/O May/O\nof/O May/O it/O"), "unlabelled-mention")
    assert not told(annotated(names + "in/O May/O\nof/O May/O it/O\nby/O May/O"), "unlabelled-mention")
    assert not told(annotated("Miss/O May/B-PER\nin/O May/O then/O"), "unlabelled-mention")


def test_of_names_in_names_the_longest_is_found_and_none_twice() -> None:
    names = "in/O A/B-X B/I-X\nto/O A/B-X B/I-X\nof/O A/B-X\nby/O A/B-X it/O\nso/O B/B-X\nas/O B/B-X is/O\n"
    data = annotated(names + "A/O B/O A/O")
    assert [(message, places) for _, message, places in told(data, "unlabelled-mention")] == [
        ("'A B', annotated 2 times of 3: X 2", ["train:700"]),
        ("'A', annotated 2 times of 3: X 2", ["train:702"]),
    ]


class Watched(tuple[Span, ...]):
    """Spans that count how often one of them is looked at."""

    looks = 0

    def __iter__(self) -> Iterator[Span]:
        for span in super().__iter__():
            Watched.looks += 1
            yield span

    def __getitem__(self, place: Any) -> Any:
        Watched.looks += 1
        return super().__getitem__(place)


def test_a_sentence_as_long_as_a_file_is_not_gone_through_for_each_of_its_tokens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tags = ("B-PER", "O", "O") * 2000
    tokens = tuple(f"w{number % 50}" for number in range(len(tags)))
    data = Annotated.of({"train": [Sentence(tokens, {"ner": tags})]}, "ner")
    plain = list(unlabelled_mentions(data))
    monkeypatch.setattr(Watched, "looks", 0)
    data.__dict__["spans"] = [Watched(data.spans[0])]
    assert list(unlabelled_mentions(data)) == plain
    assert 0 < Watched.looks < 50 * len(tags)


WORD = st.tuples(st.sampled_from("ab"), st.sampled_from(["O", "B-X", "B-Y"]))
TAGGED = st.lists(st.lists(WORD, min_size=1, max_size=6), max_size=12)


@given(TAGGED)
def test_single_words_are_counted_as_a_plain_count_has_it(drawn: list[list[tuple[str, str]]]) -> None:
    split = [Sentence(tuple(w for w, _ in some), {"ner": tuple(t for _, t in some)}) for some in drawn]
    data = Annotated.of({"train": split}, "ner", IOB2)
    for word in "ab":
        tags = [tag for some in drawn for token, tag in some if token == word]
        labels = {tag: tags.count(tag) for tag in tags if tag != "O"}
        mention = [f for f in found(data, "unlabelled-mention") if f.message.startswith(f"'{word}'")]
        ambiguous = [f for f in found(data, "ambiguous") if f.message.startswith(f"'{word}'")]
        annotated_times, missed = sum(labels.values()), tags.count("O")
        assert [len(f.places) for f in mention] == ([missed] if missed and annotated_times >= max(2, missed) else [])
        assert [len(f.places) for f in ambiguous] == ([min(labels.values())] if len(labels) == 2 else [])
