"""The stream of symbols against plain Python, and the steps through it."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taggers.data.indexer import Indexer
from taggers.data.sentences import TOKEN, SentenceStore
from taggers.data.stream import StreamSource, spell
from taggers.tasks.language_model import BREAK, Direction, Unit
from taggers.text import Sentence

texts = st.lists(st.lists(st.text("ab é\n東😀", min_size=1, max_size=4), min_size=1, max_size=5), max_size=6)


def plain(lines: list[list[str]], unit: Unit, direction: Direction) -> list[list[str]]:
    """The symbols of each line, one after another."""
    spelt = [list(" ".join(line)) if unit == "character" else line for line in lines]
    if direction == "backward":
        spelt = [line[::-1] for line in reversed(spelt)]
    return [[*line, BREAK] for line in spelt]


@given(texts, st.sampled_from(["character", "word"]), st.sampled_from(["forward", "backward"]))
def test_a_text_is_spelt_as_plain_python_does(lines: list[list[str]], unit: Unit, direction: Direction) -> None:
    store = SentenceStore.of(Sentence(tuple(line)) for line in lines)
    spelt = spell(store, unit, direction)
    assert [list(s.tokens) for s in spelt] == plain(lines, unit, direction)


def test_the_backward_text_is_the_forward_text_turned_round() -> None:
    store = SentenceStore.of([Sentence(("ab", "c")), Sentence(("d",))])
    forward, backward = (
        "".join(c for s in spell(store, "character", way) for c in s.tokens) for way in ("forward", "backward")
    )
    assert backward == forward[-2::-1] + BREAK


@given(st.integers(3, 40), st.integers(1, 4), st.integers(1, 5), st.integers(0, 9))
def test_each_row_is_read_in_order_and_asked_for_what_comes_next(length: int, rows: int, steps: int, seed: int) -> None:
    if length <= rows:
        return
    sentences = [Sentence(tuple(map(chr, range(1000, 1000 + length))))]  # all symbols are distinct
    indexer = Indexer.build(sentences)
    indexed = indexer.index(sentences)
    text = indexed.features["words"].numbers[indexed.places[TOKEN]].tolist()
    source = StreamSource(indexed, rows, steps)
    rng = np.random.default_rng(seed)
    batches = source.batches(rng)
    given_symbols: list[list[int]] = [[] for _ in range(rows)]
    asked: list[list[int]] = [[] for _ in range(rows)]
    for index in batches:
        batch = source.batch(index, rng)
        assert batch.mask.all()
        assert batch.features["words"].shape == (rows, len(index))
        assert source.units(index) == batch.mask.sum()
        for row in range(rows):
            given_symbols[row] += batch.features["words"][row].tolist()
            asked[row] += batch.targets[0][row].tolist()
    first = text.index(given_symbols[0][0])
    columns = (length - 1) // rows
    assert [len(index) for index in batches[:-1]] == [steps] * (len(batches) - 1)
    for row in range(rows):
        start = first + row * columns
        assert given_symbols[row] == text[start : start + columns]
        assert asked[row] == text[start + 1 : start + 1 + columns]
    assert length - 1 - rows * columns < rows  # what is left out


def test_steps_follow_from_the_seed_and_rare_symbols_pass_as_unknown() -> None:
    sentences = [Sentence(tuple("abcabcabd"))]
    indexed = Indexer.build(sentences).index(sentences)
    source = StreamSource(indexed, 2, 4, {"words": np.ones(4)}, np.zeros(9))
    one, other = (source.batch(np.arange(4), np.random.default_rng(3)) for _ in range(2))
    assert (one.features["words"] == 1).all()
    assert (one.features["words"] == other.features["words"]).all()
    assert min(one.targets[0].ravel().tolist()) > 1  # what is asked for is what stands there


@pytest.mark.slow
def test_a_real_text_is_spelt_as_it_stands(data: Callable[[str], Path]) -> None:
    lines = gzip.decompress((data("raw_english") / "social_youtube.txt.gz").read_bytes()).decode().split("\n")[:-1]
    kept = [" ".join(line.split()) for line in lines if line.split()]
    store = SentenceStore.of(Sentence(tuple(line.split(" "))) for line in kept)
    column = spell(store, "character").columns[TOKEN]
    text = "".join(np.array(column.values)[column.places].tolist())
    assert text == "".join(line + "\n" for line in kept)
