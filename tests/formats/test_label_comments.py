"""Labels of sentences in comments of columns and CoNLL-U."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from taggers.data.column_store import store_columns
from taggers.formats import ColumnFormat, ConlluFormat, Format, Lines, encode, fit, read

COLUMNS = "# id = 1\n# intent = PlayMusic\nplay\tO\nit\tB-x\n\n# id = 2\nhm\tO\n\n"
CONLLU = "# intent = PlayMusic\n# text = go\n1\tgo\t_\t_\t_\t_\t_\t_\t_\t_\n\n1\thm\t_\t_\t_\t_\t_\t_\t_\t_\n\n"
CASES: list[tuple[str, Format]] = [
    (COLUMNS, ColumnFormat(comments="# ", label="intent")),
    (COLUMNS, ColumnFormat(label="intent")),
    (CONLLU, ConlluFormat(label="intent")),
]


def written(content: str, format: Format, label: str | None = None) -> str:
    sentences = list(read(io.BytesIO(content.encode()), format))
    if label is not None:
        sentences = [replace(s, label=None if label == "none" else label) for s in sentences]
    return b"".join(encode(sentences, format)).decode()


@pytest.mark.parametrize(("content", "format"), CASES)
def test_the_comment_that_is_named_is_the_label_and_comes_back(content: str, format: Format) -> None:
    found = list(read(io.BytesIO(content.encode()), format))
    assert [sentence.label for sentence in found] == ["PlayMusic", None]
    assert written(content, format) == content


@pytest.mark.parametrize(("content", "format"), CASES)
def test_another_label_stands_in_its_place_or_first(content: str, format: Format) -> None:
    changed = written(content, format, "BookRestaurant")
    expected = content.replace("PlayMusic", "BookRestaurant")
    second = "# id = 2" if "id" in content else "1\thm"
    assert changed == expected.replace(second, f"# intent = BookRestaurant\n{second}")
    assert written(content, format, "none") == content.replace("# intent = PlayMusic\n", "")


def test_a_store_keeps_the_labels() -> None:
    format = ColumnFormat(label="intent")
    store = store_columns(Lines(io.BytesIO(COLUMNS.encode())), format, ["tag"])
    assert [sentence.label for sentence in store] == ["PlayMusic", None]


def test_labels_that_are_odd_come_back() -> None:
    format = ColumnFormat(label="intent")
    for label in ('"quoted"', "a = b", "two\nlines"):
        again = list(read(io.BytesIO(written(COLUMNS, format, label).encode()), format))
        assert [sentence.label for sentence in again] == [label] * 2


def test_without_a_name_comments_are_no_labels_and_labels_are_not_kept() -> None:
    sentences = list(read(io.BytesIO(COLUMNS.encode()), ColumnFormat(label="intent")))
    assert fit(sentences, ColumnFormat(comments="#"), "columns", "tag").lost == ("labels of 1 sentence",)
    assert fit(sentences, ColumnFormat(label="intent"), "columns", "tag").lost == ()
    assert all(s.label is None for s in read(io.BytesIO(COLUMNS.encode()), ColumnFormat(comments="#")))


def test_the_intents_of_snips(data: Callable[[str], Path]) -> None:
    format = ColumnFormat(("token", "slot"), "tab", "# ", label="intent")
    sentences = list(read(data("snips") / "dev.conll", format))
    assert len(sentences) == 700
    assert {sentence.label for sentence in sentences} == {
        "AddToPlaylist", "BookRestaurant", "GetWeather", "PlayMusic", "RateBook", "SearchCreativeWork",
        "SearchScreeningEvent",
    }  # fmt: skip
    assert b"".join(encode(sentences, format)) == (data("snips") / "dev.conll").read_bytes()
