"""Files and streams of sentences: read and written one by one, with the line of each."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from typing import assert_never

from taggers.errors import FormatError
from taggers.formats.checks import CheckedTags, OnInvalid, check_tags, layer_of, respell
from taggers.formats.column_writer import write_columns
from taggers.formats.columns import ColumnFormat, read_columns, resolve_columns
from taggers.formats.conllu import ConlluFormat, read_conllu
from taggers.formats.conllu_writer import write_conllu
from taggers.formats.layers import is_place, with_layer
from taggers.formats.lines import Lines, PathOrStream, source_name
from taggers.formats.output import open_output
from taggers.formats.plain import TextFormat, TokensFormat, read_text, read_tokens, split_text, write_tokens
from taggers.formats.predictions import as_sentence
from taggers.formats.recognition import looks_like_columns, looks_like_conllu
from taggers.formats.spans import InlineFormat, JsonlFormat, write_inline, write_jsonl
from taggers.formats.tokenisers import Tokeniser, make_splitter, parse_tokeniser
from taggers.text import Sentence

__all__ = [
    "CheckedTags",
    "ColumnFormat",
    "ConlluFormat",
    "InlineFormat",
    "InputFormat",
    "JsonlFormat",
    "Lines",
    "OnInvalid",
    "OutputFormat",
    "PathOrStream",
    "TextFormat",
    "Tokeniser",
    "TokensFormat",
    "as_sentence",
    "check_tags",
    "encode",
    "is_place",
    "layer_of",
    "looks_like_columns",
    "looks_like_conllu",
    "make_splitter",
    "open_output",
    "parse_tokeniser",
    "read",
    "resolve_columns",
    "respell",
    "source_name",
    "split_text",
    "with_layer",
    "write",
]

InputFormat = ColumnFormat | ConlluFormat | TextFormat | TokensFormat
OutputFormat = ColumnFormat | ConlluFormat | TokensFormat | JsonlFormat | InlineFormat


def read(source: PathOrStream | Lines, format: InputFormat | None = None) -> Iterator[Sentence]:
    r"""The sentences of a path, a binary stream or lines, one after the other; FormatError where they do not fit.

    Without a format it is CoNLL-U where the name ends so, else columns, token first and tag last.

    >>> import io
    >>> [s.tokens for s in read(io.BytesIO(b"Ada O\n\nObi O\n"))]
    [('Ada',), ('Obi',)]
    """
    match format:
        case None:
            return read(source, ConlluFormat() if _ending(source) == "conllu" else ColumnFormat())
        case ColumnFormat():
            return read_columns(source, format)
        case ConlluFormat():
            return read_conllu(source, format)
        case TextFormat():
            return read_text(source, format)
        case TokensFormat():
            return read_tokens(source, format)
        case never:
            assert_never(never)


_BY_ENDING: dict[str, OutputFormat] = {"conllu": ConlluFormat(), "jsonl": JsonlFormat()}


def _ending(place: PathOrStream | Lines) -> str:
    name = place.name if isinstance(place, Lines) else source_name(place)
    return name.removesuffix(".gz").rpartition(".")[2]


def encode(sentences: Iterable[Sentence], format: OutputFormat) -> Iterator[bytes]:
    r"""The bytes of each sentence, in order; FormatError at what the format or its encoding cannot hold.

    >>> list(encode([Sentence(("Ada",), {"tag": ("O",)})], ColumnFormat()))
    [b'Ada\tO\n\n']
    """
    encoder = codecs.getincrementalencoder(format.encoding)()  # it writes a byte order mark once
    for number, text in enumerate(_texts(sentences, format), start=1):
        try:
            yield encoder.encode(text)
        except UnicodeEncodeError as fault:
            bad = text[fault.start]
            problem = f"{bad!r} in sentence {number} has no place in {format.encoding}; write utf-8"
            raise FormatError("output", None, problem) from fault
    if rest := encoder.encode("", final=True):
        yield rest


def _texts(sentences: Iterable[Sentence], format: OutputFormat) -> Iterator[str]:
    match format:
        case ColumnFormat():
            return write_columns(sentences, format)
        case ConlluFormat():
            return write_conllu(sentences, format)
        case TokensFormat():
            return write_tokens(sentences, format)
        case JsonlFormat():
            return write_jsonl(sentences, format)
        case InlineFormat():
            return write_inline(sentences, format)
        case never:
            assert_never(never)


def write(sentences: Iterable[Sentence], target: PathOrStream, format: OutputFormat | None = None) -> None:
    r"""Write sentences to a binary stream or a path, which appears when all are written.

    Without a format it is CoNLL-U or JSON lines where the name ends so, else columns.

    >>> import io
    >>> stream = io.BytesIO()
    >>> write([Sentence(("Ada",), {"tag": ("O",)})], stream)
    >>> stream.getvalue()
    b'Ada\tO\n\n'
    """
    if format is None:
        format = _BY_ENDING.get(_ending(target), ColumnFormat())
    with open_output(target) as stream:
        for content in encode(sentences, format):
            stream.write(content)
