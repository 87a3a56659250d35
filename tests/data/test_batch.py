"""Batches: every sentence once, inside the budget, and what a plain loop over the tokens would gather."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from taggers.data.batch import (
    Batch,
    LabelTargets,
    Noise,
    SequenceTargets,
    Targets,
    by_length,
    gather,
    shuffled,
)
from taggers.data.features import cut
from taggers.data.indexer import Indexed, Indexer
from taggers.data.vocabulary import PAD, UNK
from taggers.formats import ColumnFormat, read
from taggers.text import Sentence

lengths_of = st.lists(st.integers(0, 12), max_size=30).map(lambda values: np.array(values, dtype=np.int32))
words = st.text("abcdeF1", max_size=5)
sentences = st.lists(st.lists(words, max_size=5).map(lambda t: Sentence(tuple(t))), min_size=1, max_size=6)


def check_batches(batches: list[NDArray[np.int64]], lengths: NDArray[np.int32], budget: int, most: int) -> None:
    assert sorted(i for batch in batches for i in batch.tolist()) == list(range(len(lengths)))
    for batch in batches:
        assert 1 <= len(batch) <= most
        assert len(batch) == 1 or len(batch) * lengths[batch].max() <= budget


@given(lengths_of, st.integers(1, 40), st.integers(1, 8))
def test_by_length_holds_each_sentence_once_inside_the_budget(
    lengths: NDArray[np.int32], budget: int, most: int
) -> None:
    batches = list(by_length(lengths, budget, most))
    check_batches(batches, lengths, budget, most)
    assert [lengths[i] for batch in batches for i in batch] == sorted(lengths)


@given(lengths_of, st.integers(1, 40), st.integers(1, 8), st.integers(0, 99))
def test_shuffled_holds_each_sentence_once_inside_the_budget(
    lengths: NDArray[np.int32], budget: int, most: int, seed: int
) -> None:
    batches = shuffled(lengths, budget, np.random.default_rng(seed), most)
    check_batches(batches, lengths, budget, most)
    again = shuffled(lengths, budget, np.random.default_rng(seed), most)
    assert [b.tolist() for b in batches] == [b.tolist() for b in again]


def test_a_budget_is_used_and_not_only_kept() -> None:
    batches = list(by_length(np.full(100, 7, dtype=np.int32), budget=70))
    assert [len(batch) for batch in batches] == [10] * 10


def test_epochs_differ_in_the_order_of_batches_and_in_who_is_together() -> None:
    lengths = np.repeat(np.arange(1, 41, dtype=np.int32), 50)
    first, second = (shuffled(lengths, 400, np.random.default_rng(seed)) for seed in (1, 2))
    assert {frozenset(b.tolist()) for b in first} != {frozenset(b.tolist()) for b in second}
    longest = [int(lengths[b].max()) for b in first]
    assert longest not in (sorted(longest), sorted(longest, reverse=True))
    assert all(lengths[b].max() - lengths[b].min() <= 0.1 * lengths[b].max() + 2 for b in first)  # like lengths


def check_gathered(batch: Batch, indexer: Indexer, chosen: list[Sentence]) -> None:
    """Hold a batch against a plain loop over its tokens."""
    numbers, casings = batch.features["words"], batch.features["casing"]
    assert numbers.shape == casings.shape == (len(chosen), max(1, *map(len, chosen), 1))
    assert batch.lengths.tolist() == [len(s) for s in chosen]
    for row, sentence in enumerate(chosen):
        length = len(sentence)
        assert batch.mask[row].tolist() == [column < length for column in range(batch.mask.shape[1])]
        assert not numbers[row, length:].any()
        assert not casings[row, length:].any()
        for column, token in enumerate(sentence.tokens):
            assert numbers[row, column] == indexer.words.vocabulary.index(token)
            form = batch.forms[row, column]
            spelling = indexer.spelling
            read = [spelling.vocabulary.index(c) for c in cut(token, spelling.first, spelling.last)]
            assert batch.character_lengths[form] == len(read)
            assert batch.characters[form].tolist() == read + [PAD] * (batch.characters.shape[1] - len(read))
            one = indexer.index([Sentence((token,))])
            assert casings[row, column] == one.features["casing"].numbers[0]
    assert len(batch.characters) == len({token for s in chosen for token in s.tokens})  # each form once
    arrays = (numbers, casings, batch.forms, batch.characters, batch.character_lengths, batch.lengths)
    assert {array.dtype for array in arrays} == {np.dtype(np.int32)}


@given(sentences, sentences, st.data())
def test_gather_gives_what_a_loop_over_the_tokens_gives(
    train: list[Sentence], others: list[Sentence], data: st.DataObject
) -> None:
    indexer = Indexer.build(train, first=2, last=1)
    index = data.draw(st.lists(st.integers(0, len(others) - 1), min_size=1, unique=True))
    batch = gather(indexer.index(others), np.array(index))
    check_gathered(batch, indexer, [others[i] for i in index])
    assert batch.index.tolist() == index
    assert batch.targets == ()


@given(sentences, st.data())
def test_gold_stands_where_its_token_stands(chosen: list[Sentence], data: st.DataObject) -> None:
    count = sum(map(len, chosen))
    tags = np.arange(1, count + 1, dtype=np.int32)
    sets = np.eye(count, dtype=np.bool_)
    index = data.draw(st.permutations(range(len(chosen))))
    batch = gather(Indexer.build(chosen).index(chosen), np.array(index), [Targets(tags), Targets(tags, sets)])
    ids, options_of = batch.targets
    starts = np.concatenate(([0], np.cumsum([len(s) for s in chosen])))
    for row, sentence in enumerate(index):
        own = range(starts[sentence], starts[sentence + 1])
        assert ids[row][batch.mask[row]].tolist() == [i + 1 for i in own]
        assert [np.flatnonzero(options).tolist() for options in options_of[row][batch.mask[row]]] == [[i] for i in own]
    assert not ids[~batch.mask].any()
    assert options_of[~batch.mask].all()  # padding forbids nothing


def test_sentences_without_a_token_survive() -> None:
    empty = Sentence(())
    indexer = Indexer.build([Sentence(("a",))])
    batch = gather(indexer.index([empty, Sentence(("a", "b")), empty]), np.array([0, 1, 2]))
    assert batch.lengths.tolist() == [0, 2, 0]
    assert batch.mask.sum(axis=1).tolist() == [0, 2, 0]
    alone = gather(indexer.index([empty]), np.array([0]))
    assert alone.features["words"].tolist() == [[0]]
    assert not alone.mask.any()


def noisy(indexed: Indexed, forms: float, characters: float, seed: int = 1) -> Batch:
    index = np.arange(len(indexed.lengths))
    words = {"words": np.full(len(indexed.features["words"].numbers), forms)}
    noise = Noise(words, np.full(indexed.spelt.characters.max() + 1, characters), np.random.default_rng(seed))
    return gather(indexed, index, noise=noise)


def test_noise_makes_words_and_characters_unknown_and_touches_nothing_else() -> None:
    train = [Sentence(("the", "gull")), Sentence(("sea",))]
    indexed = Indexer.build(train).index(train)
    plain = gather(indexed, np.array([0, 1]))
    for words_hidden, characters_hidden in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)):
        batch = noisy(indexed, words_hidden, characters_hidden)
        known = plain.features["words"]
        assert batch.features["words"].tolist() == np.where(plain.mask & (words_hidden > 0), UNK, known).tolist()
        hidden = (plain.characters != PAD) & (characters_hidden > 0)
        assert batch.characters.tolist() == np.where(hidden, UNK, plain.characters).tolist()
        assert np.array_equal(batch.features["casing"], plain.features["casing"])
        for name in ("forms", "character_lengths", "lengths", "mask"):
            assert np.array_equal(getattr(batch, name), getattr(plain, name))


def test_noise_falls_on_tokens_one_by_one_and_follows_its_seed() -> None:
    train = [Sentence(("sea",) * 400)]
    indexed = Indexer.build(train).index(train)

    def numbers(characters: float, seed: int = 1) -> NDArray[np.int32]:
        return noisy(indexed, 0.3, characters, seed).features["words"]

    assert 0.2 < (numbers(0.0) == UNK).mean() < 0.4
    assert np.array_equal(numbers(0.3), numbers(0.3))
    assert not np.array_equal(numbers(0.0, seed=1), numbers(0.0, seed=2))


def test_a_real_corpus_passes_through_batches_whole(data: Callable[[str], Path]) -> None:
    train = list(read(data("wnut17") / "train.conll", ColumnFormat(("token", "tag"), separator="tab")))
    assert sum(map(len, train)) > 60_000
    indexer = Indexer.build(train)
    indexed = indexer.index(train)
    batches = list(by_length(indexed.lengths, 2048))
    check_batches(batches, indexed.lengths, 2048, 1024)
    assert sum(int(gather(indexed, b).mask.sum()) for b in batches) == sum(map(len, train))
    for batch in batches[::20]:
        check_gathered(gather(indexed, batch), indexer, [train[i] for i in batch])


@pytest.mark.parametrize("budget", [1, 5])
def test_one_sentence_longer_than_the_budget_is_a_batch_of_its_own(budget: int) -> None:
    assert [b.tolist() for b in by_length(np.array([9, 1]), budget)] == [[1], [0]]


def test_answers_are_tags_labels_or_symbols_with_the_end() -> None:
    lengths, index = np.array([2, 3, 1], dtype=np.int32), np.array([0, 2])
    assert Targets(np.zeros(6, dtype=np.int32)).answers(index, lengths) == 3
    assert LabelTargets(np.zeros(3, dtype=np.int32)).answers(index, lengths) == 2
    assert SequenceTargets.of([[4, 2], [5], []]).answers(index, lengths) == (2 + 1) + (0 + 1)
