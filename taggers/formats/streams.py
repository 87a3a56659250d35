"""Reading and writing streams of sentences in whatever format."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from taggers.errors import FormatError, TaggerError
from taggers.formats.folders import FoldersFormat, folder_of, read_folder, read_folders
from taggers.formats.kind import Format
from taggers.formats.lines import Lines, PathOrStream, marked
from taggers.formats.output import open_output
from taggers.formats.table import KINDS, endings_of, kind_of, name_of, names
from taggers.text import Sentence


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
        format = default_format(source)
    kind = kind_of(format)
    if kind.read is None:
        raise TaggerError(f"{kind.name} is written, not read: name one of {', '.join(names(read=True))}")
    if isinstance(format, FoldersFormat):
        return read_folders(source, format, note)
    folder = None if kind.save is not None else folder_of(source)  # a format of folders reads them itself
    if folder is None:
        sentences: Iterator[Sentence] = kind.read(source, format)
        return sentences
    reader, settings = kind.read, format
    return read_folder(folder, lambda file: reader(file, settings), endings_of(kind.name), note)


def default_format(source: PathOrStream | Lines) -> Format:
    """The format that the end of a source's name says, else columns, token first and tag last.

    >>> default_format("train.conllu")
    ConlluFormat(encoding='utf-8', layer='upos', label=None)
    """
    format: Format = KINDS[name_of(source, names(read=True)) or "columns"].format()
    return format


def encode(sentences: Iterable[Sentence], format: Format) -> Iterator[bytes]:
    r"""The bytes of each sentence, in order; FormatError at what the format or its encoding cannot hold.

    >>> from taggers.formats.columns import ColumnFormat
    >>> list(encode([Sentence(("Ada",), {"tag": ("O",)})], ColumnFormat()))
    [b'Ada\tO\n\n']
    """
    kind = kind_of(format)
    if kind.save is not None:
        raise TaggerError(f"{kind.name} is a folder of files, and goes to no stream: name a folder, or another format")
    if kind.write is None:
        raise TaggerError(f"{kind.name} is read, not written: name one of {', '.join(names(write=True))}")
    return _encoded(kind.write(sentences, format), format.encoding)


def _encoded(texts: Iterable[str | bytes], encoding: str) -> Iterator[bytes]:
    encoder = codecs.getincrementalencoder(encoding)()  # it writes a byte order mark once
    text: str | bytes = ""
    begun = False
    for number, text in enumerate(texts, start=1):
        if isinstance(text, bytes):
            yield text
            continue
        if not begun:
            text, begun = marked(text), bool(text)
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
    save = kind_of(format).save
    if save is not None and isinstance(target, str | Path):
        save(sentences, target, format)
        return
    pieces = encode(sentences, format)
    with open_output(target) as stream:
        for content in pieces:
            stream.write(content)
