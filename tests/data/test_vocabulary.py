"""Vocabularies: ids that no text can collide with, in an order that a file can hold."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taggers.data.vocabulary import PAD, UNK, Vocabulary

# Surrogates, controls and separators included: whatever a token may hold.
anything = st.text(st.characters(codec=None), max_size=4)


@pytest.mark.parametrize("symbol", ["<unk>", "<pad>", "[UNK]", "UNK", "PAD", "", "0", "1", "\x00"])
def test_padding_and_unknown_never_collide_with_a_token(symbol: str) -> None:
    vocabulary = Vocabulary.build([symbol])
    assert vocabulary.index(symbol) == 2
    assert Vocabulary.build(["sea"]).index(symbol) == UNK


@given(st.lists(anything), st.integers(1, 3))
def test_symbols_stand_by_falling_count_and_rare_ones_are_left_out(symbols: list[str], minimum: int) -> None:
    counts = Counter(symbols)
    vocabulary = Vocabulary.build(symbols, minimum)
    assert set(vocabulary.symbols) == {s for s, n in counts.items() if n >= minimum}
    ranked = [(-counts[s], s) for s in vocabulary.symbols]
    assert ranked == sorted(ranked)
    assert len(vocabulary) == len(vocabulary.symbols) + 2


@given(st.lists(anything), st.data())
def test_the_order_of_the_text_does_not_change_the_ids(symbols: list[str], data: st.DataObject) -> None:
    vocabulary, other = Vocabulary.build(symbols), Vocabulary.build(data.draw(st.permutations(symbols)))
    assert vocabulary == other
    assert hash(vocabulary) == hash(other)


@given(st.sets(anything))
def test_ids_are_distinct_and_survive_json(symbols: set[str]) -> None:
    vocabulary = Vocabulary.build(symbols)
    ids = [vocabulary.index(s) for s in vocabulary.symbols]
    assert ids == list(range(2, len(vocabulary)))
    again = Vocabulary(json.loads(json.dumps(vocabulary.symbols)))
    assert again == vocabulary
    assert [again.index(s) for s in vocabulary.symbols] == ids


def test_only_what_was_seen_is_in_it() -> None:
    vocabulary = Vocabulary(["sea"])
    assert "sea" in vocabulary
    assert "Sea" not in vocabulary
    assert 3 not in vocabulary
    assert (PAD, UNK) == (0, 1)
    assert vocabulary != Vocabulary(["gull"])
    assert vocabulary != ("sea",)


def test_a_symbol_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="each symbol once"):
        Vocabulary(["sea", "sea"])
