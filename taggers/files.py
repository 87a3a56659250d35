"""Files that are whole or not there: written beside their place, flushed to the disk, and renamed into it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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
        beside.unlink(missing_ok=True)


@contextmanager
def hold(path: Path) -> Iterator[None]:
    """Keep other processes out for as long as the block lasts, by a lock on a file that the system lets go of.

    Raises TaggerError where another process holds it. There are no such locks on Windows.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl

    with path.open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TaggerError(f"{path.parent}: another process is at work on it; wait for its end, or end it") from None
        yield


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
