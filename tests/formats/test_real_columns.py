"""Column files with hand-made features (GROBID, Wapiti): all columns are layers, and every byte comes back."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from taggers.formats import ColumnFormat, Lines, read, resolve_columns, write


@pytest.mark.parametrize(
    ("corpus", "split", "sentences", "tokens", "columns", "longest"),
    [
        ("grobid_date", "train", 522, 2038, 18, 10),
        ("grobid_date", "dev", 60, 256, 18, 12),
        ("grobid_date", "test", 55, 216, 18, 10),
        ("grobid_affiliation_address", "train", 1003, 34650, 22, 1000),
        ("grobid_affiliation_address", "dev", 111, 3441, 22, 127),
        ("grobid_affiliation_address", "test", 124, 3346, 22, 255),
    ],
)
def test_grobid_files_come_back_byte_by_byte(
    data: Callable[[str], Path], corpus: str, split: str, sentences: int, tokens: int, columns: int, longest: int
) -> None:
    path = data(corpus) / f"{split}.crf"
    lines = Lines(path)
    format = resolve_columns(lines, ColumnFormat())
    found = list(read(lines, format))
    assert len(found) == sentences
    assert sum(map(len, found)) == tokens
    assert max(map(len, found)) == longest
    assert {len(s.layers) + 1 for s in found} == {columns}
    stream = io.BytesIO()
    write(found, stream, format)
    assert stream.getvalue() == path.read_bytes()
