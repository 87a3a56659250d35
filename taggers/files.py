"""Files that are whole or not there: written beside their place, flushed to the disk, and renamed into it."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from taggers.errors import TaggerError


def write_bytes(path: Path, content: bytes) -> None:
    """Put `content` at `path` in one move: a reader, or a run killed at any moment, sees the old file or the new one.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "a"
    >>> write_bytes(place, b"sea")
    >>> place.read_bytes()
    b'sea'
    """
    if not path.name:  # the folder that it runs in, or the root
        raise TaggerError(f"{path}: cannot be written: it is a folder; choose another place")
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as fault:
        raise _unwritable(path, fault) from fault
    finally:
        with suppress(OSError):  # where it cannot be removed it could not be written either, and that has been said
            beside.unlink()


@contextmanager
def hold(path: Path) -> Iterator[None]:
    """Keep other processes out while the block lasts, by a lock on the file `path`, which is gone after it.

    The system lets go of the lock of a process that dies. Raises TaggerError where another process holds it. Where
    there are no such locks (Windows, some network file systems) nothing is kept out.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl

    while True:
        try:
            file = path.open("wb")
        except OSError as fault:
            raise _unwritable(path, fault) from fault
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise TaggerError(f"{path}: another process is at work here; wait for its end, or end it") from None
            except OSError as fault:
                if fault.errno not in (errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK):
                    raise
            if not (path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat())):
                continue  # whoever held it has just removed it
            try:
                yield
            finally:
                path.unlink(missing_ok=True)
            return


def make_folder(path: Path) -> None:
    """Make a folder and those above it; it may exist."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise _unwritable(path, fault) from fault


def _unwritable(path: Path, fault: OSError) -> TaggerError:
    return TaggerError(f"{path}: cannot be written: {fault.strerror or fault}; choose another place")


def write_text(path: Path, content: str) -> None:
    """`write_bytes` of UTF-8 text."""
    write_bytes(path, content.encode("utf-8"))
