"""Parquet in Hugging Face's layout: equal to what pyarrow writes and reads, and faults with file and row."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taggers.errors import FormatError, MissingExtraError, TaggerError
from taggers.formats import ColumnFormat, Lines, ParquetFormat, encode, read, write
from taggers.formats import parquet as parquet_module
from taggers.formats import parquet_writer as writer_module
from taggers.formats.parquet import read_parquet
from taggers.formats.parquet_writer import write_parquet
from taggers.formats.remarks import remark, remarks_of
from taggers.formats.units import as_unit
from taggers.text import Extra, Sentence, Source

pyarrow: Any = pytest.importorskip("pyarrow")
pq: Any = pytest.importorskip("pyarrow.parquet")

CLASSES = {"feature": {"names": ["O", "B-PER", "I-PER"], "_type": "ClassLabel"}, "_type": "Sequence"}


def parquet(columns: dict[str, list[Any]], features: object = None, **types: Any) -> bytes:
    table = pyarrow.table({name: pyarrow.array(values, types.get(name)) for name, values in columns.items()})
    if features is not None:
        metadata = {"huggingface": json.dumps({"info": {"features": features}})}
        table = table.replace_schema_metadata(metadata)
    stream = io.BytesIO()
    pq.write_table(table, stream)
    return stream.getvalue()


def rows(content: bytes, format: ParquetFormat | None = None) -> list[Sentence]:
    return list(read(io.BytesIO(content), format or ParquetFormat()))


def written(sentences: list[Sentence], format: ParquetFormat | None = None) -> bytes:
    return b"".join(encode(sentences, format or ParquetFormat()))


words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5)


@given(st.lists(st.lists(st.tuples(words, words, words), max_size=5), max_size=5), st.integers(1, 3))
def test_tokens_and_layers_come_back(sentences: list[list[tuple[str, str, str]]], batch: int) -> None:
    given_ones = [
        Sentence(tuple(w for w, _, _ in s), {"ner": tuple(t for _, t, _ in s), "pos": tuple(t for _, _, t in s)})
        for s in sentences
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parquet_module, "BATCH", batch)
        patch.setattr(writer_module, "BATCH", batch)
        content = written(given_ones)
        found = rows(content)
    assert [(s.tokens, s.layers) for s in found] == [(s.tokens, s.layers) for s in given_ones]
    assert [s.source.line for s in found] == list(range(1, len(found) + 1))
    expected = [{"tokens": list(s.tokens)} | {n: list(v) for n, v in s.layers.items()} for s in given_ones]
    assert pq.read_table(io.BytesIO(content)).to_pylist() == expected


@given(st.lists(st.tuples(words, words, words), max_size=5))
def test_texts_labels_and_other_columns_come_back(table: list[tuple[str, str, str]]) -> None:
    table = [(f"x{text}", label, id) for text, label, id in table]
    texts, labels, ids = (list(column) for column in zip(*table, strict=True)) if table else ([], [], [])
    content = parquet({"id": ids, "text": texts, "label": labels})
    if table:
        found = rows(content)
        assert [(s.text, s.label, remarks_of(s.extras)["id"]) for s in found] == table
        assert pq.read_table(io.BytesIO(written(found))).to_pylist() == pq.read_table(io.BytesIO(content)).to_pylist()


@pytest.mark.parametrize("feature", [CLASSES, {**CLASSES, "_type": "List"}, [CLASSES["feature"]]])
def test_numbers_are_classes(feature: object) -> None:
    features = {"ner_tags": feature, "label": {"names": ["no", "yes"], "_type": "ClassLabel"}}
    columns: dict[str, list[Any]] = {"tokens": [["Ada", "O"], ["a"]], "ner_tags": [[1, 2], [0]]}
    first, second = rows(parquet(columns | {"n": [[7, 8], [9]], "label": [1, -1]}, features))
    assert first.layers == {"ner_tags": ("B-PER", "I-PER"), "n": ("7", "8")}
    assert (first.label, second.label) == ("yes", None)
    assert first.source == Source("<stream>", 1)


@pytest.mark.parametrize("metadata", ["no JSON", "[]", '{"info": 1}', '{"info": {"features": 7}}', None])
def test_without_classes_numbers_are_digits(metadata: str | None) -> None:
    table = pyarrow.table({"tokens": [["a"]], "t": [[3]], "label": [0]})
    if metadata is not None:
        table = table.replace_schema_metadata({"huggingface": metadata})
    stream = io.BytesIO()
    pq.write_table(table, stream)
    [row] = rows(stream.getvalue())
    assert (row.layers, row.label) == ({"t": ("3",)}, "0")


def test_strings_of_any_arrow_type_are_tags() -> None:
    types = {
        "tokens": pyarrow.large_list(pyarrow.large_string()),
        "a": pyarrow.list_(pyarrow.dictionary(pyarrow.int32(), pyarrow.string())),
        "b": pyarrow.list_(pyarrow.string(), 1),
        "c": pyarrow.list_(pyarrow.float64()),
    }
    [row] = rows(parquet({"tokens": [["x"]], "a": [["A"]], "b": [["B"]], "c": [[0.5]]}, None, **types))
    assert row.layers == {"a": ("A",), "b": ("B",)}
    assert row.extras == (Extra(0, "# c = [0.5]"),)


@pytest.mark.parametrize(
    "columns",
    [
        {"token": "words", "ner": "tags", "text": "sentence"},
        {"token": 1, "ner": -1, "text": 0},
        ("text", "token", "ner"),
    ],
)
def test_columns_have_the_names_that_are_said(columns: Any) -> None:
    content = parquet({"sentence": ["Ada slept."], "words": [["Ada", "slept", "."]], "tags": [["B-PER", "O", "O"]]})
    [row] = rows(content, ParquetFormat(columns))
    assert row.layers == {"ner": ("B-PER", "O", "O")}
    assert (row.text, row.offsets) == ("Ada slept.", ((0, 3), (4, 9), (9, 10)))
    if isinstance(columns, dict) and columns["token"] == "words":
        again = pq.read_table(io.BytesIO(written([row], ParquetFormat(columns)))).to_pylist()
        assert again == [{"words": list(row.tokens), "sentence": "Ada slept.", "tags": ["B-PER", "O", "O"]}]


def test_a_text_that_is_not_that_of_the_tokens_is_a_remark() -> None:
    [row] = rows(parquet({"tokens": [["Ada"]], "text": ["Obi"], "id": [None]}, None, id=pyarrow.string()))
    assert (row.text, remarks_of(row.extras)) == (None, {"text": "Obi"})
    assert rows(written([row]))[0].tokens == ("Ada",)


@pytest.mark.parametrize(
    ("columns", "format", "problem"),
    [
        ({"words": [["a"]]}, ParquetFormat(), ": expected a column of tokens or texts, found none called so"),
        ({"tokens": [["a"]]}, ParquetFormat({"ner": "tags"}), ": expected a column 'tags' for 'ner', found none"),
        ({"tokens": [["a"]]}, ParquetFormat({"ner": 1}), ": expected a column 1 for 'ner', found none"),
        ({"tokens": [["a"]], "t": [["O"]], "x": [["O"]]}, ParquetFormat({"t": "x"}), ": two columns would be called"),
        ({"tokens": [["a"], None]}, ParquetFormat(), ":2: expected a list in column 'tokens', found 'none'"),
        ({"tokens": [["a"], ["a", None]]}, ParquetFormat(), ":2: expected strings or numbers of classes in column"),
        ({"tokens": [["a"], ["a", ""]]}, ParquetFormat(), ":2: expected 2 tokens, found number 2 empty"),
        ({"tokens": ["a b"]}, ParquetFormat(), ":1: expected a list in column 'tokens', found 'a b'"),
        ({"tokens": [["a"], ["a"]], "t": [["O"], []]}, ParquetFormat(), ":2: expected 1 tags in 't', one a token"),
        ({"text": ["a", None]}, ParquetFormat(), ":2: expected a text, found none"),
        ({"text": [7]}, ParquetFormat(), ":1: expected a text in column 'text', found '7'"),
        ({"text": ["a"], "label": [0.5]}, ParquetFormat(), ":1: expected strings or numbers of classes in column"),
    ],
)
def test_faults_have_file_and_row(columns: dict[str, list[Any]], format: ParquetFormat, problem: str) -> None:
    with pytest.raises(FormatError) as fault:
        rows(parquet(columns), format)
    assert str(fault.value).startswith(f"<stream>{problem}")


def test_a_class_that_has_no_name_is_refused() -> None:
    content = parquet({"tokens": [["a"]], "ner_tags": [[3]]}, {"ner_tags": CLASSES})
    with pytest.raises(FormatError, match="<stream>:1: expected a class below 3 in column 'ner_tags', found 3"):
        rows(content)


def test_a_file_cut_short_and_what_is_no_parquet_are_said(tmp_path: Path) -> None:
    content = parquet({"tokens": [["a"]]})
    path = tmp_path / "a.parquet"
    for bad in (content[:-9], content[:20], b"", b"tokens\na\n"):
        path.write_bytes(bad)
        with pytest.raises(FormatError, match=r"a\.parquet: expected whole Parquet data, found other"):
            list(read(path))
    for place, problem in ((tmp_path, "is a directory"), (tmp_path / "no", "cannot be read: ")):
        with pytest.raises(FormatError, match=problem):
            list(read_parquet(place, ParquetFormat()))


def test_a_damaged_page_is_said_with_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_module, "BATCH", 2)
    stream = io.BytesIO()
    pq.write_table(pyarrow.table({"text": [f"text {i}" for i in range(6)]}), stream, row_group_size=2, compression=None)
    content = bytearray(stream.getvalue())
    place = pq.ParquetFile(io.BytesIO(content)).metadata.row_group(1).column(0).data_page_offset
    content[place : place + 30] = b"\xff" * 30
    found = read_parquet(io.BytesIO(bytes(content)), ParquetFormat())
    assert [next(found).text, next(found).text] == ["text 0", "text 1"]
    with pytest.raises(FormatError, match="<stream>:3: expected whole Parquet data, found it damaged"):
        next(found)


def test_text_that_is_no_utf8_is_said() -> None:
    binary = pyarrow.array([b"a\xff"], pyarrow.binary())
    array = pyarrow.StringArray.from_buffers(1, *binary.buffers()[1:])
    stream = io.BytesIO()
    pq.write_table(pyarrow.table({"text": array}), stream)
    with pytest.raises(FormatError, match=r"<stream>:1: .*utf-8"):
        rows(stream.getvalue())


def test_a_pipe_and_another_encoding_are_refused() -> None:
    class Pipe(io.RawIOBase):
        pass

    with pytest.raises(FormatError, match="Parquet begins at its end"):
        list(read_parquet(Pipe(), ParquetFormat()))  # type: ignore[arg-type]
    with pytest.raises(TaggerError, match="Parquet is UTF-8 and nothing else; leave out the encoding latin-1"):
        rows(parquet({"text": ["a"]}), ParquetFormat(encoding="latin-1"))


def test_without_pyarrow_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for attempt in (lambda: next(read_parquet("a.parquet", ParquetFormat())), lambda: written([])):
        with pytest.raises(MissingExtraError, match=r"pip install 'taggers\[parquet\]'"):
            attempt()


def test_a_path_is_read_and_written(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    sentences = [Sentence(("a",), {"tag": ("O",)})] * 3
    write(sentences, path)
    assert [s.tokens for s in read(Lines(path), ParquetFormat())] == [("a",)] * 3
    assert rows(written([])) == []


@pytest.mark.parametrize(
    ("sentences", "problem"),
    [
        ([Sentence(("a",))] * 2 + [Sentence(("a",), label="x")], "label is a column that the first 2 sentences have"),
        ([Sentence(("a",))] * 2 + [Sentence(("a",), extras=(remark("id", "x"),))], "id is a column that the first"),
        ([Sentence(("a",), {"t": ("O",)}), Sentence(("a",))], r"the layers of the first sentence \(t\), found none"),
        ([Sentence(("\ud800",))], r"'\\ud800' in token is no character of UTF-8"),
        ([as_unit("a", "\ud800")], r"'\\ud800' in label is no character of UTF-8"),
    ],
)
def test_what_would_not_come_back_is_not_written(
    sentences: list[Sentence], problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "BATCH", 2)
    with pytest.raises(FormatError, match=problem):
        written(sentences)


def test_columns_are_those_of_the_first_thousand() -> None:
    sentences = [Sentence(("a",)), as_unit("b c", "x", extras=[remark("id", "7")])]
    assert pq.read_table(io.BytesIO(written(sentences))).to_pylist() == [
        {"id": None, "tokens": ["a"], "text": None, "label": None},
        {"id": "7", "tokens": ["b", "c"], "text": "b c", "label": "x"},
    ]


def test_sentences_are_written_as_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "BATCH", 2)
    taken: list[int] = []

    def some() -> Any:
        for i in range(6):
            taken.append(i)
            yield Sentence(("a",))

    pieces = write_parquet(some(), ParquetFormat())
    next(pieces)
    assert taken == [0, 1]


def test_a_real_corpus_comes_back(data: Callable[[str], Path]) -> None:
    path = data("wnut17") / "dev.conll"
    format = ColumnFormat(("token", "ner_tags"), separator="tab")
    found = rows(written(list(read(path, format))))
    assert b"".join(encode(found, format)) == path.read_bytes()


@pytest.mark.parametrize("comments", [("# tokens = 3",), ("# a = 1", "# a = 2"), ("# tag = x",)])
def test_comments_that_would_be_a_second_column_are_refused(tmp_path: Path, comments: tuple[str, ...]) -> None:
    sentence = Sentence(("Ada",), {"tag": ("O",)}, extras=tuple(Extra(0, line) for line in comments))
    with pytest.raises(FormatError, match="would be two columns of one name; rename one"):
        write([sentence], tmp_path / "a.parquet", ParquetFormat())


def test_cells_without_a_value_say_nothing() -> None:
    content = parquet({"tokens": [["a"], ["b"]], "newdoc id": ["one", None], "n": [None, 7], "text": ["a", None]})
    first, second = rows(content)
    assert (remarks_of(first.extras), remarks_of(second.extras)) == ({"newdoc id": "one"}, {"n": "7"})
    again = pq.read_table(io.BytesIO(written([first, second]))).to_pylist()
    assert [row["newdoc id"] for row in again] == ["one", None]
    assert [row["text"] for row in again] == ["a", None]


def test_a_text_in_which_tokens_share_a_place_is_written_as_it_is() -> None:
    places = ((0, 2), (0, 2), (3, 6))
    mar = Sentence(("a", "el", "mar"), {"upos": ("ADP", "DET", "NOUN")}, text="al mar", offsets=places)
    [row] = pq.read_table(io.BytesIO(written([mar]))).to_pylist()
    assert row["text"] == "al mar"
    [back] = rows(written([mar]))
    assert remarks_of(back.extras) == {"text": "al mar"}
    assert pq.read_table(io.BytesIO(written([back]))).to_pylist() == [row]


def test_a_text_after_the_first_rows_is_refused_where_these_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "BATCH", 2)
    with_text = Sentence(("a",), {"t": ("X",)}, text="a", offsets=((0, 1),))
    without = replace(with_text, text=None, offsets=None)
    with pytest.raises(FormatError, match="text is a column that the first 2 sentences have not"):
        written([without, without, with_text])
    assert [row.text for row in rows(written([with_text, without, without]))] == ["a", None, None]
    unit = replace(with_text, layers={})
    with pytest.raises(FormatError, match="expected a text as the first 2 sentences have, found none"):
        written([unit, unit, replace(unit, text=None, offsets=None)])


def test_texts_and_sentences_without_tokens_come_back_together() -> None:
    units = [Sentence(("a",), text="a", offsets=((0, 1),)), Sentence((), text="", offsets=(), on_one_line=True)]
    assert [(row.tokens, row.text) for row in rows(written(units))] == [(("a",), "a"), ((), "")]


@pytest.mark.parametrize("name", ["text", "label", "token", "tokens"])
def test_a_layer_called_as_another_column_is_refused(name: str) -> None:
    with pytest.raises(FormatError, match="one of them that of a layer; rename the layer"):
        written([Sentence(("a",), {"ner": ("O",), name: ("X",)})])
    format = ParquetFormat({"token": "words", "ner": "ner_tags"})
    assert b"".join(write_parquet([Sentence(("a",), {"ner": ("O",), "tokens": ("X",)})], format))
