"""Where sentences are written to: a stream as it is, a path all at once, so that nothing half-written is left."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EACCES
from pathlib import Path
from typing import BinaryIO, cast

from taggers.errors import FormatError
from taggers.formats.lines import PathOrStream, source_name


@contextmanager
def open_output(target: PathOrStream) -> Iterator[BinaryIO]:
    """A stream to write bytes to; a path appears, or is replaced, when all went well; gzip where it ends in .gz.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "out.conll"
    >>> with open_output(place) as stream:
    ...     written = stream.write(b"Ada O"), place.exists()
    >>> written, place.read_bytes()
    ((5, False), b'Ada O')
    """
    if not isinstance(target, str | Path):
        yield target
        return
    place = Path(target).resolve()  # through links, to what they stand for
    try:
        if str(target).startswith(("/dev/", "/proc/")):  # a stream by its path: written to, never replaced or cut
            with open(target, "ab") as stream:
                yield stream
            return
        if place.is_file() and not os.access(place, os.W_OK):
            raise PermissionError(EACCES, "it is write-protected", str(place))
        if place.exists() and not place.is_file():  # a device or a named pipe cannot be replaced
            with open(place, "wb") as stream:
                yield stream
            return
        beside = place.with_name(f".{place.name}.{os.getpid()}.new")
        try:
            with open(beside, "wb") as file:
                if place.suffix == ".gz":
                    with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
                        yield cast(BinaryIO, packed)
                else:
                    yield file
                file.flush()
                os.fsync(file.fileno())
            if place.exists():
                beside.chmod(place.stat().st_mode & 0o7777)
            beside.replace(place)
        finally:
            beside.unlink(missing_ok=True)
    except BrokenPipeError:
        raise
    except OSError as fault:
        raise FormatError(source_name(target), None, f"cannot be written: {fault.strerror or fault}") from fault
