"""Files and streams of sentences: read and written one by one, with the line of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from taggers.formats.columns import ColumnFormat, read_columns
from taggers.formats.conllu import ConlluFormat, read_conllu
from taggers.formats.lines import Lines, PathOrStream
from taggers.formats.plain import TextFormat, TokensFormat, read_text, read_tokens
from taggers.text import Sentence

InputFormat = ColumnFormat | ConlluFormat | TextFormat | TokensFormat


def read(source: PathOrStream | Lines, format: InputFormat) -> Iterator[Sentence]:
    match format:
        case ColumnFormat():
            return read_columns(source, format)
        case ConlluFormat():
            return read_conllu(source, format)
        case TextFormat():
            return read_text(source, format)
        case TokensFormat():
            return read_tokens(source, format)
        case _:
            assert_never(format)
