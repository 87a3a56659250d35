"""Column files read straight into a store: what `read` gives, and the same faults with the same lines."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taggers.data.column_store import store_columns
from taggers.data.sentences import SentenceStore
from taggers.errors import FormatError
from taggers.formats import ColumnFormat, Lines, layer_of, read

TOKENS = ["Ada B-PER", "Ada O", "- O", "#1 O", "-DOC O", "Obi\tI-PER", "a  b"]
LINES = [*TOKENS, *TOKENS, "# x", "", "", "\t", " ", "-DOCSTART- O", "one", "a b c"]
FORMATS = [ColumnFormat(), ColumnFormat(comments="#"), ColumnFormat(separator="tab"), ColumnFormat(header=True)]


def plainly(content: bytes, format: ColumnFormat, layers: Sequence[str], columns: Sequence[str]) -> SentenceStore:
    """The road that any format takes."""
    sentences = []
    for sentence in read(io.BytesIO(content), format):
        if sentence.tokens:
            for layer in layers:
                layer_of(sentence, layer)
            sentences.append(sentence)
    return SentenceStore.of(sentences, (*layers, *columns))


def outcome(make: Callable[[], SentenceStore]) -> object:
    """The sentences with all that a store keeps of them, or the fault."""
    try:
        store = make()
    except FormatError as fault:
        return str(fault)
    columns = {name: (column.values, column.places.dtype) for name, column in store.columns.items()}
    return list(store), columns, store.offsets.tolist(), store.between


@given(st.lists(st.sampled_from(LINES), max_size=25), st.sampled_from(FORMATS), st.sampled_from(["\n", "\r\n"]))
def test_a_store_is_what_reading_gives_and_faults_are_the_same(
    lines: list[str], format: ColumnFormat, end: str
) -> None:
    content = end.join(lines).encode()
    layers = ("O",) if format.header else ("tag",)
    fast = outcome(lambda: store_columns(Lines(io.BytesIO(content)), format, layers))
    assert fast == outcome(lambda: plainly(content, format, layers, ()))


@pytest.mark.parametrize("number", [255, 256, 257, 65_535, 65_536, 65_537])
def test_columns_are_as_narrow_as_their_values_allow(number: int) -> None:
    content = "".join(f"w{i} O\n" for i in range(number)).encode()
    store = store_columns(Lines(io.BytesIO(content)), ColumnFormat(), ["tag"])
    expected = np.uint8 if number <= 256 else np.uint16 if number <= 65_536 else np.int32
    assert store.columns["token"].places.dtype == expected
    assert store.columns["tag"].places.dtype == np.uint8
    assert store[0].tokens[-1] == f"w{number - 1}"


@pytest.mark.parametrize(
    ("content", "layers", "columns", "fault"),
    [
        (b"a\tO\n\nb\n", ["tag"], [], "<stream>:3: expected 2 columns as in line 1, found 1 in 'b'"),
        (b"a\tO\nc\tO\nb\t\n", ["tag"], [], "<stream>:3: expected a tag in column 1, found none"),
        (b"a\tO\n", ["ner"], [], "<stream>:1: no layer 'ner'; there are tag"),
        (b"a\tO\n", ["tag"], ["pos"], "<stream>:1: no column 'pos'; there are tag"),
        (b"a\tx\tO\n\nb\t\tO\n", ["column1"], [], "<stream>:3: expected a tag in layer 'column1', found none"),
    ],
)
def test_faults_name_their_line(content: bytes, layers: list[str], columns: list[str], fault: str) -> None:
    with pytest.raises(FormatError) as caught:
        store_columns(Lines(io.BytesIO(content)), ColumnFormat(), layers, columns)
    assert str(caught.value).startswith(fault)


def test_a_column_that_is_no_layer_may_be_empty() -> None:
    content = b"a\tx\tO\n\nb\t\tO\n"
    store = store_columns(Lines(io.BytesIO(content)), ColumnFormat(), ["tag"], ["column1"])
    assert [s.layers["column1"] for s in store] == [("x",), ("",)]


def test_a_real_file_gives_the_same_store(data: Callable[[str], Path]) -> None:
    path = data("wnut17") / "train.conll"
    format = ColumnFormat(separator="tab")
    fast = outcome(lambda: store_columns(Lines(path), format, ["tag"]))
    plain = outcome(lambda: SentenceStore.of((s for s in read(path, format) if s.tokens), ["tag"]))
    assert fast == plain
