"""Files and streams of sentences: read and written one by one, with the line of each."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator

from taggers.errors import FormatError, TaggerError
from taggers.formats.checks import CheckedTags, OnInvalid, check_tags, layer_of
from taggers.formats.columns import ColumnFormat, resolve_columns
from taggers.formats.conllu import ConlluFormat
from taggers.formats.csv_format import CsvFormat
from taggers.formats.folder_writer import write_folder, write_folders
from taggers.formats.folders import FoldersFormat, folder_of, read_folder, read_folders
from taggers.formats.kind import F, Format, Kind
from taggers.formats.layers import is_place, with_layer
from taggers.formats.lines import Lines, PathOrStream, source_name
from taggers.formats.losses import Fitted, fit
from taggers.formats.output import open_output
from taggers.formats.parquet import ParquetFormat
from taggers.formats.plain import TextFormat, TokensFormat, split_text
from taggers.formats.predictions import as_sentence
from taggers.formats.recognition import looks_like_columns, looks_like_conllu
from taggers.formats.snips import SnipsFormat
from taggers.formats.spans import InlineFormat, JsonlFormat
from taggers.formats.table import KINDS, kind_of, name_of, names
from taggers.text import Sentence

__all__ = [
    "KINDS",
    "CheckedTags",
    "ColumnFormat",
    "ConlluFormat",
    "CsvFormat",
    "Fitted",
    "FoldersFormat",
    "Format",
    "InlineFormat",
    "JsonlFormat",
    "Kind",
    "Lines",
    "OnInvalid",
    "ParquetFormat",
    "PathOrStream",
    "SnipsFormat",
    "TextFormat",
    "TokensFormat",
    "as_sentence",
    "check_tags",
    "encode",
    "fit",
    "is_place",
    "kind_of",
    "layer_of",
    "looks_like_columns",
    "looks_like_conllu",
    "name_of",
    "names",
    "open_output",
    "read",
    "resolve",
    "resolve_columns",
    "source_name",
    "split_text",
    "with_layer",
    "write",
    "write_folder",
    "write_folders",
]


def read(
    source: PathOrStream | Lines, format: Format | None = None, note: Callable[[str], None] | None = None
) -> Iterator[Sentence]:
    r"""The sentences of a path, a binary stream or lines, one after the other; FormatError where they do not fit.

    Without a format it is the one that the end of the name says, such as CoNLL-U, else columns, token first and tag
    last. Of a folder it is all files, see `read_folder`, which tells `note` what is left out.

    >>> import io
    >>> [s.tokens for s in read(io.BytesIO(b"Ada O\n\nObi O\n"))]
    [('Ada',), ('Obi',)]
    """
    if format is None:
        format = KINDS[name_of(source, names(read=True)) or "columns"].format()
    kind = kind_of(format)
    if kind.read is None:
        raise TaggerError(f"{kind.name} is written, not read: name one of {', '.join(names(read=True))}")
    if (folder := folder_of(source)) is None:
        return kind.read(source, format)
    if isinstance(format, FoldersFormat):
        return read_folders(folder, format, note)
    reader, settings = kind.read, format
    return read_folder(folder, lambda file: reader(file, settings), (kind.name, *kind.endings), note)


def resolve(lines: Lines, format: F) -> F:
    r"""The format with what the first lines of a file settle, so that a copy is written alike; of a folder as it is.

    >>> import io
    >>> resolve(Lines(io.BytesIO(b"Ada O\n")), ColumnFormat()).separator
    'space'
    """
    if folder_of(lines) is not None:
        return format
    resolved: F = kind_of(format).resolve(lines, format)
    return resolved


def encode(sentences: Iterable[Sentence], format: Format) -> Iterator[bytes]:
    r"""The bytes of each sentence, in order; FormatError at what the format or its encoding cannot hold.

    >>> list(encode([Sentence(("Ada",), {"tag": ("O",)})], ColumnFormat()))
    [b'Ada\tO\n\n']
    """
    kind = kind_of(format)
    if kind.write is None:
        raise TaggerError(f"{kind.name} is read, not written: name one of {', '.join(names(write=True))}")
    return _encoded(kind.write(sentences, format), format.encoding)


def _encoded(texts: Iterable[str | bytes], encoding: str) -> Iterator[bytes]:
    encoder = codecs.getincrementalencoder(encoding)()  # it writes a byte order mark once
    text: str | bytes = ""
    for number, text in enumerate(texts, start=1):
        if isinstance(text, bytes):
            yield text
            continue
        try:
            yield encoder.encode(text)
        except UnicodeEncodeError as fault:
            bad = text[fault.start]
            problem = f"{bad!r} in sentence {number} has no place in {encoding}; write utf-8"
            raise FormatError("output", None, problem) from fault
    if isinstance(text, str) and (rest := encoder.encode("", final=True)):
        yield rest


def write(sentences: Iterable[Sentence], target: PathOrStream, format: Format | None = None) -> None:
    r"""Write sentences to a binary stream or a path, which appears when all are written.

    Without a format it is the one that the end of the name says, such as CoNLL-U or JSON lines, else columns.

    >>> import io
    >>> stream = io.BytesIO()
    >>> write([Sentence(("Ada",), {"tag": ("O",)})], stream)
    >>> stream.getvalue()
    b'Ada\tO\n\n'
    """
    if format is None:
        format = KINDS[name_of(target, names(write=True)) or "columns"].format()
    pieces = encode(sentences, format)
    with open_output(target) as stream:
        for content in pieces:
            stream.write(content)
