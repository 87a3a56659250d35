"""Sentences in flat arrays: what goes in comes out, in few bytes a token."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taggers.data.sentences import SentenceStore, as_store, values_of
from taggers.errors import FormatError
from taggers.text import Extra, Sentence, Source

LAYERS = ("ner", "a.b", "keys")
values = st.text(st.characters(codec=None), max_size=2)


@st.composite
def sentences_of(draw: st.DrawFn) -> Sentence:
    """A sentence as a reader may yield it, with all that a store keeps and some that it does not."""
    tokens = draw(st.lists(values, max_size=4))
    layers = {name: tuple(draw(values) for _ in tokens) for name in LAYERS}
    extras = draw(st.lists(st.integers(0, len(tokens)), max_size=3))
    return Sentence(
        tuple(tokens),
        layers,
        label=draw(st.none() | values),
        source=Source(draw(values), draw(st.integers(1, 2**31 - 1))),
        text=draw(st.none() | values),
        extras=tuple(Extra(position, "# a line") for position in sorted(extras)),
        starts_document=draw(st.booleans()),
    )


drawn = st.lists(sentences_of(), max_size=6)


def kept(sentence: Sentence, layers: tuple[str, ...] = LAYERS) -> Sentence:
    """What a store promises to give back of a sentence."""
    return replace(
        sentence,
        layers={name: sentence.layers[name] for name in layers},
        text=None,
        extras=tuple(extra for extra in sentence.extras if 0 < extra.position < len(sentence)),
    )


@given(drawn, st.lists(st.sampled_from(LAYERS), unique=True).map(tuple))
def test_sentences_come_back_and_know_their_lines(sentences: list[Sentence], layers: tuple[str, ...]) -> None:
    store = SentenceStore.of(iter(sentences), layers)
    assert list(store) == [store[i] for i in range(len(store))] == [kept(s, layers) for s in sentences]
    assert store.lengths.tolist() == [len(s) for s in sentences]
    for ours, theirs in zip(store, sentences, strict=True):
        assert [ours.line_of(t) for t in range(len(ours))] == [theirs.line_of(t) for t in range(len(theirs))]


@given(drawn, st.data())
def test_a_choice_of_sentences_is_a_store_of_them(sentences: list[Sentence], data: st.DataObject) -> None:
    store = SentenceStore.of(sentences, LAYERS)
    places = st.integers(0, max(0, len(sentences) - 1))
    index = data.draw(st.lists(places, max_size=6 if sentences else 0))
    assert list(store.select(np.array(index, dtype=np.int64))) == [kept(sentences[i]) for i in index]
    part = data.draw(st.slices(len(sentences)))
    assert list(store[part]) == [kept(s) for s in sentences[part]]


@given(drawn.filter(len), st.data())
def test_an_index_is_that_of_a_list(sentences: list[Sentence], data: st.DataObject) -> None:
    store = SentenceStore.of(sentences, LAYERS)
    index = data.draw(st.integers(-len(sentences), len(sentences) - 1))
    assert store[index] == kept(sentences[index])
    for outside in (len(sentences), -len(sentences) - 1):
        with pytest.raises(IndexError, match=f"sentence {outside} of {len(sentences)}"):
            store[outside]


@given(drawn.filter(len), st.data())
def test_changed_tags_stand_where_they_were_changed_and_nowhere_else(
    sentences: list[Sentence], data: st.DataObject
) -> None:
    store = SentenceStore.of(sentences, LAYERS)
    which = data.draw(st.sets(st.integers(0, len(sentences) - 1)))
    layers = {"ner": st.sampled_from(["O", "B-NEW"])}
    changed = {
        i: replace(store[i], layers={**store[i].layers, **{n: tuple(data.draw(t) for _ in store[i].tokens)
                                                           for n, t in layers.items()}})
        for i in which
    }  # fmt: skip
    after = store.with_layer("ner", changed)
    assert list(after) == [changed.get(i, kept(s)) for i, s in enumerate(sentences)]
    assert list(store) == list(map(kept, sentences))  # the store itself stays as it was


SIZES = {255: 1, 256: 1, 257: 2, 65_535: 2, 65_536: 2, 65_537: 4}  # distinct values, and the bytes that each takes


@pytest.mark.parametrize(("number", "bytes_each"), SIZES.items())
def test_a_column_widens_where_its_values_no_longer_fit(number: int, bytes_each: int) -> None:
    words = tuple(f"w{i}" for i in range(number))
    one_by_one = SentenceStore.of(Sentence((word,), label=word) for word in words)
    assert [one_by_one.columns["token"].places.itemsize, one_by_one.labels.places.itemsize] == [bytes_each] * 2
    assert [(s.tokens, s.label) for s in one_by_one] == [((word,), word) for word in words]
    at_once = SentenceStore.of([Sentence(words, {"tag": words[::-1]}), Sentence(("w0",), {"tag": ("w0",)})], ["tag"])
    assert [column.places.itemsize for column in at_once.columns.values()] == [bytes_each] * 2
    assert (at_once[0].tokens, at_once[0].layers["tag"]) == (words, words[::-1])
    assert at_once[1].layers["tag"] == at_once[1].tokens == ("w0",)


@pytest.mark.parametrize("number", SIZES)
def test_a_tag_that_was_not_there_is_no_other_tag(number: int) -> None:
    tags = tuple(f"t{i}" for i in range(number))
    store = SentenceStore.of([Sentence(tags, {"tag": tags})], ["tag"])
    after = store.with_layer("tag", {0: Sentence(tags, {"tag": ("new", *tags[1:])})})
    assert after[0].layers["tag"] == ("new", *tags[1:])
    assert store[0].layers["tag"] == tags


def test_a_small_corpus_takes_some_bytes_a_token() -> None:
    store = SentenceStore.of([Sentence(("the", "sea") * 5000, {"tag": ("O", "B-LOC") * 5000})], ["tag"])
    assert sum(column.places.nbytes for column in store.columns.values()) == 2 * 10_000


def test_a_line_beyond_all_numbers_is_the_last_there_is() -> None:
    assert SentenceStore.of([Sentence(("a",), source=Source("f", 2**40))])[0].source.line == 2**31 - 1


def test_a_missing_column_is_named_with_those_there_are() -> None:
    sentence = Sentence(("Oslo",), {"upos": ("PROPN",), "ner": ("B-LOC",)}, source=Source("a.conll", 7))
    assert values_of(sentence, "token") == ("Oslo",)
    for read in (lambda: values_of(sentence, "pos"), lambda: as_store([sentence], ["ner", "pos"])):
        with pytest.raises(FormatError, match=r"^a\.conll:7: no column 'pos'; there are upos, ner$"):
            read()
    with pytest.raises(FormatError, match=r"^a\.conll:7: no column 'pos'; there are ner$"):
        as_store(as_store([sentence], ["ner"]), ["pos"])
    with pytest.raises(FormatError, match=r": no column 'pos'; there are tokens only$"):
        as_store([Sentence(("a",))], ["pos"])


def test_a_store_is_taken_as_it_is_but_for_sentences_without_tokens() -> None:
    whole = SentenceStore.of([Sentence(("a",), {"x": ("1",), "y": ("2",)})], ["x", "y"])
    assert as_store(whole, ["x"]) is whole
    with_empty = SentenceStore.of([Sentence(()), Sentence(("a",)), Sentence(())])
    assert [s.tokens for s in as_store(with_empty)] == [("a",)]
    assert [s.tokens for s in as_store(list(with_empty))] == [("a",)]
