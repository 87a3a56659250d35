"""What kind of file vectors come in, seen from how it begins."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal, cast

from taggers.errors import FormatError

Found = Literal["text", "word2vec", "fasttext", "pieces", "model2vec"]
Kind = Literal["auto"] | Found

FASTTEXT_MAGIC = (793712314).to_bytes(4, "little")
_SEEN = 1 << 14  # bytes that are enough to tell

# What people name by mistake, by how it begins, and what they can do.
_NATIVE = (
    "a native save of gensim (a pickle), which is not opened because a pickle can run programs; convert it once: "
    "from gensim.models import KeyedVectors; "
    'KeyedVectors.load("{path}").save_word2vec_format("{path}.bin", binary=True)'
)
_REFUSED = {
    b"PK\x03\x04": "a zip archive; unpack it and name the file of vectors in it",
    b"BZh": "packed by bzip2; unpack it, or pack it by gzip",
    b"\xfd7zXZ": "packed by xz; unpack it, or pack it by gzip",
    b"\x93NUMPY": "a bare numpy array without words; expected word vectors, as text or binary",
    **{bytes([0x80, protocol]): _NATIVE for protocol in range(2, 6)},
}


@contextmanager
def open_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file of vectors, unpacked where it is packed by gzip; what the system reports is a FormatError."""
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            if packed:
                with gzip.open(file) as unpacked:
                    yield cast(BinaryIO, unpacked)
            else:
                yield file
    except (EOFError, zlib.error, gzip.BadGzipFile) as fault:
        message = f"damaged gzip file ({str(fault).rstrip('.')}); fetch it again"
        raise FormatError(path, None, message) from None
    except OSError as fault:
        raise FormatError(path, None, f"cannot be read: {fault.strerror or fault}; name a file of vectors") from None


def find_kind(path: Path) -> Found:
    """The kind of the vectors at `path`; raises FormatError for what cannot be one.

    A folder is in Model2Vec's format. Of a file with a header of two numbers the first row tells: it is text where its
    last field is a number. Text is also what has no control characters; a table of pieces is text too.
    """
    if path.is_dir():
        return "model2vec"
    with open_file(path) as file:
        start = file.read(_SEEN)
    if not start.strip():
        raise FormatError(path, None, "expected word vectors, found an empty file")
    for mark, reason in _REFUSED.items():
        if start.startswith(mark):
            raise FormatError(path, None, reason.format(path=path))
    if start[8:9] == b"{" and int.from_bytes(start[:8], "little") < 1 << 32:
        raise FormatError(path, None, "a safetensors file; name the folder that holds it and tokenizer.json")
    if start.startswith(FASTTEXT_MAGIC):
        return "fasttext"
    first, _, rest = start.partition(b"\n")
    return "word2vec" if header(first) and not _is_text(rest) else "text"


def header(line: bytes) -> tuple[int, int] | None:
    """The number of words and of dimensions, where a line is a header.

    >>> header(b"87566 100"), header(b"the 0.1 0.2"), header(b"in 100")
    ((87566, 100), None, None)
    """
    fields = line.split()
    return (int(fields[0]), int(fields[1])) if len(fields) == 2 and all(map(bytes.isdigit, fields)) else None


def is_number(field: bytes) -> bool:
    """True for what Python reads as a number.

    >>> is_number(b"-1e-3"), is_number(b"nan"), is_number(b"sea")
    (True, True, False)
    """
    try:
        float(field)
    except ValueError:
        return False
    return True


def _is_text(rows: bytes) -> bool:
    first = rows.partition(b"\n")[0].split()
    control = any(byte < 32 and byte not in b"\t\n\r" for byte in rows)
    return bool(first and is_number(first[-1])) or not control
