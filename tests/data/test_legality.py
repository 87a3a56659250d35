"""Tags counted and looked at without a loop over tokens give what a loop over the sentences gives."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taggers.data import legality
from taggers.data.corpus import Corpus
from taggers.data.legality import count_tags, suspects
from taggers.data.sentences import SentenceStore
from taggers.errors import FormatError, TaggerError
from taggers.formats import CheckedTags, OnInvalid, check_tags
from taggers.text import Extra, Sentence, Source
from taggers.text.detection import TagCounts
from taggers.text.schemes import IOB2, SCHEMES, Scheme, violations

SPANS = [f"{prefix}-{label}" for prefix in "BIESMLU" for label in "XY"]
tags_of = st.lists(st.sampled_from(["O", *SPANS]), max_size=5).map(tuple)
schemes = st.sampled_from(sorted(SCHEMES.values(), key=lambda scheme: scheme.name))


def sentences_of(every: list[tuple[str, ...]]) -> list[Sentence]:
    """Sentences of some tags, one after the other in a file, with a comment before each second token."""
    sentences, line = [], 1
    for tags in every:
        extras = (Extra(1, "# more"),) if len(tags) > 1 else ()
        sentences.append(Sentence(("w",) * len(tags), {"tag": tags}, source=Source("a.conll", line), extras=extras))
        line += len(tags) + len(extras) + 1
    return sentences


@contextmanager
def bounded(chunk: int, most: int) -> Iterator[None]:
    """Chunks of so many sentences, and a table of all pairs up to so many tags."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(legality, "_CHUNK", chunk)
        patch.setattr(legality, "_MOST_TAGS", most)
        yield


def check(every: list[tuple[str, ...]], scheme: Scheme) -> None:
    """Hold counts and suspects against plain loops."""
    expected = TagCounts()
    for tags in every:
        expected.add(tags)
    store = SentenceStore.of(sentences_of(every), ["tag"])
    counts = count_tags(store, "tag")
    assert counts.tags == expected.tags
    assert counts.pairs == expected.pairs
    broken = [i for i, tags in enumerate(every) if violations(tags, scheme)]
    assert suspects(store, "tag", scheme, counts).tolist() == broken


@given(st.lists(tags_of, max_size=8), schemes, st.integers(1, 9), st.sampled_from([0, 3, 1000]))
def test_counts_and_suspects_are_those_of_a_loop(
    every: list[tuple[str, ...]], scheme: Scheme, chunk: int, most: int
) -> None:
    with bounded(chunk, most):
        check(every, scheme)


@pytest.mark.parametrize("number", [998, 999, 1000, 1001])
def test_more_tags_than_a_table_holds_are_counted_too(number: int) -> None:
    labels = [f"L{i}" for i in range(number)]
    check([("O",), *((f"B-{label}", f"I-{label}") for label in labels), ("I-L3", "I-L4")], IOB2)


def test_a_part_of_a_store_is_judged_by_its_own_tags() -> None:
    store = SentenceStore.of(sentences_of([("I-X",), ("O",), ("B-X",)]), ["tag"])[1:]
    counts = count_tags(store, "tag")
    assert counts.tags == {"O": 1, "B-X": 1}
    assert suspects(store, "tag", IOB2, counts).tolist() == []


def outcome(
    sentences: list[Sentence], on_invalid: OnInvalid, scheme: Scheme | None, partial: bool
) -> tuple[str, list[Sentence], list[str]] | str:
    """What check_tags gives of all sentences that hold tokens: scheme, sentences and report, or how it refuses."""
    try:
        checked: CheckedTags = check_tags([s for s in sentences if s.tokens], "tag", on_invalid, scheme, partial)
    except TaggerError as fault:
        return repr(fault)
    return checked.scheme.name, list(checked.sentences), [f"  {line}" for line in checked.report()]


def corpus_outcome(
    sentences: list[Sentence], on_invalid: OnInvalid, scheme: Scheme | None, partial: bool
) -> tuple[str, list[Sentence], list[str]] | str:
    """The same of a corpus."""
    notes: list[str] = []
    try:
        corpus = Corpus.of(sentences, on_invalid=on_invalid, scheme=scheme, partial=partial, note=notes.append)
    except TaggerError as fault:
        return repr(fault)
    return corpus.scheme.name, list(corpus.train), notes[1:]


some_partial = st.lists(st.sampled_from(["O", "B-X", "I-X", "?", "B-X|O", "I-X|I-Y", "no tag"]), max_size=5).map(tuple)


@given(
    st.lists(st.one_of(tags_of, some_partial), min_size=1, max_size=8).filter(any),
    st.sampled_from(["repair", "refuse"]),
    st.none() | schemes,
    st.booleans(),
    st.integers(1, 5),
)
def test_a_corpus_is_checked_as_all_its_sentences_are(
    every: list[tuple[str, ...]], on_invalid: OnInvalid, scheme: Scheme | None, partial: bool, chunk: int
) -> None:
    sentences = sentences_of(every)
    with bounded(chunk, 1000):
        assert corpus_outcome(sentences, on_invalid, scheme, partial) == outcome(sentences, on_invalid, scheme, partial)


def test_many_violations_are_counted_and_some_shown() -> None:
    sentences = sentences_of([("B-X", "I-X"), ("O",)] * 40 + [("O", "I-X")] * 30)
    assert corpus_outcome(sentences, "repair", None, False) == outcome(sentences, "repair", None, False)
    refused = corpus_outcome(sentences, "refuse", None, False)
    assert isinstance(refused, str)
    assert "30 violations" in refused
    assert refused == outcome(sentences, "refuse", None, False)


def test_an_empty_tag_is_refused_where_it_stands_in_each_layer() -> None:
    sentence = sentences_of([("B-X", "O", "O")])[0]
    for layer in ("tag", "upos"):
        both = {"tag": sentence.layers["tag"], "upos": ("A", "B", "C")}
        both[layer] = (*both[layer][:2], "")
        with pytest.raises(FormatError, match=rf"^a\.conll:4: expected a tag in layer '{layer}', found none"):
            Corpus.of([replace(sentence, layers=both)], layer=["tag", "upos"])


def test_each_layer_has_a_scheme_of_its_own_and_columns_are_kept_as_they_are() -> None:
    layers = {"ner": ("I-X", "I-X"), "upos": ("PROPN", "VERB"), "n": ("", "2"), "z": ("", "")}
    train = Sentence(("Ada", "slept"), layers)
    other = Sentence(("Oslo",), {"ner": ("B-X",), "upos": ("PROPN",), "n": ("1",), "z": ("",)})
    notes: list[str] = []
    corpus = Corpus.of([train, other], [other], layer=["ner", "upos"], columns=["n"], note=notes.append)
    assert {layer: scheme.name for layer, scheme in corpus.schemes.items()} == {"ner": "IOB2", "upos": "plain"}
    assert dict(corpus.train[0].layers) == {"ner": ("B-X", "I-X"), "upos": ("PROPN", "VERB"), "n": ("", "2")}
    assert sum(note.startswith("  ner: IOB2, 1 violation") for note in notes) == 1
    with pytest.raises(FormatError, match="no column 'm'; there are ner, upos, n, z"):
        Corpus.of([train], layer="ner", columns=["m"])
