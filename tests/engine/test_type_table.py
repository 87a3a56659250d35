"""Rows of word types: always those of the forms asked for, in no more room than was given."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from taggers.engine.type_table import TypeTable, Words

batches = st.lists(st.lists(st.integers(0, 30).map(str), max_size=8, unique=True), max_size=12)


class Computed:
    """Two rows of numbers for each form, and how often they were asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, forms: Sequence[str]) -> tuple[NDArray[np.float32], ...]:
        """The form's number, and its square twice."""
        self.asked += forms
        numbers = np.array([[float(form)] for form in forms], dtype=np.float32)
        return numbers, np.hstack([numbers, numbers]) ** 2


def found(
    table: TypeTable, forms: Sequence[str]
) -> AbstractContextManager[tuple[NDArray[np.int32], tuple[NDArray[np.float32], ...]]]:
    """The numbers and rows of distinct forms."""
    return table.find(Words(forms), np.arange(len(forms)))


@given(batches, st.integers(1, 12), st.integers(1, 4))
def test_rows_are_those_of_the_forms_whatever_was_forgotten(asked: list[list[str]], room: int, at_once: int) -> None:
    table = TypeTable(Computed(), room, at_once)
    for forms in asked:
        with found(table, forms) as (numbers, rows):
            if not forms:
                continue
            assert rows[0][numbers].ravel().tolist() == [float(form) for form in forms]
            assert rows[1][numbers].tolist() == [[float(form) ** 2] * 2 for form in forms]
            assert len(rows[0]) <= max(room, *map(len, asked))


@given(st.lists(st.lists(st.integers(0, 11), max_size=8), max_size=12), st.integers(1, 12), st.booleans())
def test_words_of_a_text_are_found_part_by_part_whatever_was_forgotten(
    parts: list[list[int]], room: int, prepared: bool
) -> None:
    table = TypeTable(Computed(), room, at_once=3)
    words, others = Words([str(n) for n in range(12)]), Words([str(n) for n in range(100, 112)])
    if prepared:
        table.prepare(words)
    for part in parts:
        for text, first in ((words, 0), (others, 100)):
            with table.find(text, np.array(part, dtype=np.int64)) as (numbers, rows):
                if part:
                    assert rows[0][numbers].ravel().tolist() == [first + n for n in part]


def test_what_was_prepared_is_computed_together_and_only_where_there_is_room() -> None:
    compute = Computed()
    table = TypeTable(compute, room=3)
    table.prepare(Words(["1", "2", "3", "4"]))
    assert compute.asked == []
    words = Words(["1", "2", "3"])
    table.prepare(words)
    with table.find(words, np.array([2, 0])):
        pass
    assert compute.asked == ["1", "2", "3"]


def test_a_form_is_computed_once_while_there_is_room() -> None:
    compute = Computed()
    table = TypeTable(compute, room=3)
    for forms in (["1", "2"], ["2", "3"], ["3", "1"]):
        with found(table, forms):
            pass
    assert compute.asked == ["1", "2", "3"]


def test_what_was_not_met_for_longest_is_forgotten() -> None:
    compute = Computed()
    table = TypeTable(compute, room=4)
    for forms in (["1", "2", "3", "4"], ["1", "3"], ["4"], ["5"]):
        with found(table, forms):
            pass
    compute.asked.clear()
    for forms in (["1", "3", "4", "5"], ["2"]):
        with found(table, forms):
            pass
    assert compute.asked == ["2"]


def test_rows_stay_as_they_are_while_they_are_read() -> None:
    table = TypeTable(Computed(), room=2)
    with found(table, ["1", "2"]) as (numbers, rows):
        for form in "3456":
            with found(table, [form]) as (other, others):
                assert others[0][other].ravel().tolist() == [float(form)]
        assert rows[0][numbers].ravel().tolist() == [1.0, 2.0]


def test_threads_share_a_table() -> None:
    table = TypeTable(Computed(), room=8, at_once=2)

    def work(seed: int) -> bool:
        rng = np.random.default_rng(seed)
        for _ in range(300):
            forms = [str(n) for n in rng.permutation(40)[:5]]
            with found(table, forms) as (numbers, rows):
                if rows[0][numbers].ravel().tolist() != [float(form) for form in forms]:
                    return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))
