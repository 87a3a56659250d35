"""Every real corpus of columns or CoNLL-U, read by its card: whole, and the same bytes when it is written again."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from taggers.config import Data
from taggers.corpus_card import File, folder_of, load_card
from taggers.formats import Format, Lines, encode, read, resolve
from taggers.reading import file_format
from taggers.settings import fill

CARDS = Path(__file__).parents[2] / "configs" / "corpora"
FILES = [
    pytest.param(path, file, id=f"{path.stem}-{file.file}")
    for path in sorted(CARDS.glob("*.toml"))
    for _, file in load_card(path).files
    if (file.format or load_card(path).format) in ("columns", "conllu")
]


def format_of(path: Path, file: File) -> Format:
    """How a file of a card is read."""
    return file_format(fill(Data, load_card(path).reading(file), str(path)))


def test_all_files_of_columns_and_conllu_are_here() -> None:
    assert len(FILES) == 41


@pytest.mark.parametrize(("path", "file"), FILES)
def test_a_file_comes_back_byte_by_byte(data: Callable[[str], Path], path: Path, file: File) -> None:
    card = load_card(path)
    data(card.folder.partition("/")[2])
    place = folder_of(card, path) / file.file
    lines = Lines(place, card.reading(file)["encoding"])
    format = resolve(lines, format_of(path, file))
    content = place.read_bytes()
    written = b"".join(encode(read(lines, format), format))
    assert written == (gzip.decompress(content) if place.suffix == ".gz" else content)
