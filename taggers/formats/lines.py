"""A file or stream as lines of text: gzip and BOM seen through, constant memory, a bad byte named with its place."""

from __future__ import annotations

import codecs
import contextlib
import gzip
import io
import zlib
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from taggers.errors import FormatError, TaggerError

PathOrStream = str | Path | BinaryIO

_CHUNK = 1 << 16  # bytes
_GZIP_MAGIC = b"\x1f\x8b"
_BYTE_ORDER_MARK = "\ufeff"


class Lines:
    r"""The lines of a path or binary stream, to iterate once, without their ends (LF or CRLF; nothing else is one).

    Raises FormatError where the file cannot be opened, is damaged, or holds a byte that the encoding does not know.

    >>> lines = Lines(io.BytesIO(b"\xef\xbb\xbfAda\r\nslept\x0bwell"))
    >>> lines.name, lines.peek(1), list(lines)
    ('<stream>', ['Ada'], ['Ada', 'slept\x0bwell'])
    """

    def __init__(self, source: PathOrStream, encoding: str = "utf-8") -> None:
        _check_encoding(encoding)
        self.name = source_name(source)
        if "\0" in self.name:
            raise FormatError(repr(self.name), None, "a path cannot hold a null character; name another file")
        self.source = source
        self._blocks = _blocks(source, self.name, encoding)
        self._ahead: list[Block] = []

    def __iter__(self) -> Iterator[str]:
        for block in self._take():
            yield from block.without_returns()

    def paragraphs(self) -> Iterator[Paragraph]:
        r"""The same lines in runs without an empty one, as they arrive: what stands between two may come in parts.

        >>> list(Lines(io.BytesIO(b"Ada\nslept\n\nObi\n")).paragraphs())
        [Paragraph(lines=['Ada', 'slept'], ended=True), Paragraph(lines=['Obi'], ended=False)]
        """
        for block in self._take():
            lines = block.without_returns()
            start = 0
            while start < len(lines):
                try:
                    end = lines.index("", start)
                except ValueError:
                    yield Paragraph(lines[start:], ended=False)
                    break
                yield Paragraph(lines[start:end], ended=True)
                start = end + 1

    def whole(self) -> Iterator[str]:
        r"""The lines with their ends, where these belong to what a file holds: together they are its text.

        >>> list(Lines(io.BytesIO(b"a\r\nb")).whole())
        ['a\r\n', 'b']
        """
        for block in self._take():
            yield from block.whole()

    def _take(self) -> Iterator[Block]:
        ahead, self._ahead = self._ahead, []
        return chain(ahead, self._blocks)

    def peek(self, count: int) -> list[str]:
        """The first `count` lines (fewer where there are fewer), still to come when iterated; before iterating only."""
        return list(map(without_end, self.peek_whole(count)))

    def peek_whole(self, count: int) -> list[str]:
        """`peek`, with the ends of the lines."""
        while sum(len(block.lines) for block in self._ahead) < count:
            block = next(self._blocks, None)
            if block is None:
                break
            self._ahead.append(block)
        return list(islice(chain.from_iterable(block.whole() for block in self._ahead), count))


class Paragraph(NamedTuple):
    """Lines none of which is empty; `ended` is True where an empty line follows."""

    lines: list[str]
    ended: bool


class Block(NamedTuple):
    """Lines that came together, without the line feed that `end` is; `returns` is True where CR may be before it."""

    lines: list[str]
    end: str
    returns: bool

    def whole(self) -> Iterator[str]:
        return (line + self.end for line in self.lines)

    def without_returns(self) -> list[str]:
        return [line.removesuffix("\r") for line in self.lines] if self.returns else self.lines


def open_lines(source: PathOrStream | Lines, encoding: str) -> Lines:
    """The source itself where it is open already, else its lines in an encoding."""
    return source if isinstance(source, Lines) else Lines(source, encoding)


def source_name(source: PathOrStream) -> str:
    """What messages call a path or stream.

    >>> source_name(Path("train.conll")), source_name(io.BytesIO())
    ('train.conll', '<stream>')
    """
    if isinstance(source, str | Path):
        return str(source)
    name = getattr(source, "name", None)
    if name == 0:  # standard input that was opened by its number
        return "<stdin>"
    return name if isinstance(name, str) else "<stream>"


def _check_encoding(encoding: str) -> None:
    try:
        codecs.lookup(encoding)
        with contextlib.suppress(UnicodeError):  # such as blanks in UTF-16: the encoding is one of text
            b"    ".decode(encoding)
    except (LookupError, ValueError) as fault:
        message = f"unknown encoding {encoding!r}: name one that Python knows, such as utf-8, latin-1 or utf-16"
        raise TaggerError(message) from fault


def _blocks(source: PathOrStream, name: str, encoding: str) -> Iterator[Block]:
    start_of_file = True
    pieces: list[str] = []  # of the line that is not yet ended
    for text in _texts(source, name, encoding):
        first, *others = text.removeprefix(_BYTE_ORDER_MARK).split("\n") if start_of_file else text.split("\n")
        start_of_file = start_of_file and not text
        pieces.append(first)
        if others:
            lines = ["".join(pieces), *others]
            pieces = [lines.pop()]
            yield Block(lines, "\n", "\r" in text or "\r" in lines[0])
    last = "".join(pieces)
    if last:
        yield Block([last], "", "\r" in last)


def marked(text: str) -> str:
    r"""The beginning of a file as it is to be written: a first U+FEFF is doubled, since readers take one for a mark.

    >>> marked("\ufeffAda"), marked("Ada")
    ('\ufeff\ufeffAda', 'Ada')
    """
    return _BYTE_ORDER_MARK + text if text.startswith(_BYTE_ORDER_MARK) else text


def without_end(line: str) -> str:
    r"""A line without its LF or CRLF.

    >>> without_end("a\r\r\n"), without_end("a")
    ('a\r', 'a')
    """
    return line.removesuffix("\n").removesuffix("\r")


def _texts(source: PathOrStream, name: str, encoding: str) -> Iterator[str]:
    """The decoded text, piece by piece; all that stands before a bad byte comes before the error."""
    decoder = codecs.getincrementaldecoder(encoding)()
    passed, line = 0, 1  # bytes handed to the decoder before this chunk, and the line that has been reached
    for chunk in _chunks(source, name):
        pending, _ = state = decoder.getstate()
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as fault:
            decoder.setstate(state)
            good = _decoded(decoder, chunk[: max(0, fault.start - len(pending))])
            yield good
            line += good.count("\n")
            found = f"byte 0x{fault.object[fault.start]:02x} at byte offset {passed - len(pending) + fault.start}"
            message = f"expected {encoding}, found {found}; name the encoding with --encoding"
            raise FormatError(name, line, message) from fault
        except UnicodeError as fault:  # such as UTF-16 without its byte order mark
            reason = " ".join(str(fault).split())
            problem = f"expected {encoding}, found other bytes ({reason}); name another, such as utf-16-le"
            raise FormatError(name, line, problem) from fault
        passed += len(chunk)
        line += text.count("\n")
        yield text


def _decoded(decoder: codecs.IncrementalDecoder, good: bytes) -> str:
    try:
        return decoder.decode(good)
    except UnicodeError:  # a start that lacks the mark it should have: no text stands before the fault
        return ""


def _let_go(stream: io.BufferedReader) -> None:
    """Leave the caller's stream open; who gave up reading half-way may have closed it before."""
    if not stream.closed:
        stream.detach()


def _chunks(source: PathOrStream, name: str) -> Iterator[bytes]:
    """The bytes, unpacked where they are gzip, as they arrive; an empty chunk ends them."""
    try:
        with contextlib.ExitStack() as stack:
            if isinstance(source, str | Path):
                stream = stack.enter_context(open(source, "rb"))
            elif isinstance(source, io.BufferedReader):
                stream = source
            else:
                stream = io.BufferedReader(cast(io.RawIOBase, source))
                stack.callback(_let_go, stream)
            if stream.peek(2)[:2] == _GZIP_MAGIC:
                packed = stack.enter_context(gzip.GzipFile(fileobj=stream))
                yield from iter(lambda: packed.read1(_CHUNK), b"")
            else:
                yield from iter(lambda: stream.read1(_CHUNK), b"")
            yield b""
    except (EOFError, zlib.error, gzip.BadGzipFile) as fault:
        raise FormatError(name, None, f"expected whole gzip data, found it damaged: {fault}") from fault
    except OSError as fault:
        raise FormatError(name, None, f"cannot be read: {fault.strerror or fault}") from fault
