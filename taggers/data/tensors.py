"""A safetensors file in place: mapped, its tensors views of it, or opened, its tensors read as far as they are used.

What is mapped may come into memory by two megabytes for each row that is looked at; what is read comes as it is asked.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from types import EllipsisType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from taggers.errors import CheckpointError

_DTYPES = {"F16": "<f2", "F32": "<f4", "F64": "<f8", "I8": "i1", "U8": "u1", "I32": "<i4", "U32": "<u4"}
_DTYPES |= {"I64": "<i8", "U64": "<u8", "I16": "<i2", "U16": "<u2"}
_LENGTH = 8  # bytes that tell the length of the header
_MANY = 64  # rows: who asks for more at once will ask for most of them


@dataclass(frozen=True, eq=False)
class Tensors:
    """The tensors of a file by name, read-only, and its metadata."""

    arrays: Mapping[str, NDArray[Any]]
    metadata: Mapping[str, str]


def map_tensors(path: Path) -> Tensors:
    """Map a file; raises CheckpointError where it is missing or not whole."""
    try:
        content = np.memmap(path, np.uint8, "r").view(np.ndarray)
    except (OSError, ValueError) as fault:  # an empty file cannot be mapped
        reason = fault.strerror if isinstance(fault, OSError) else "it is empty"
        raise _unreadable(path, reason) from None
    return view_tensors(content, str(path))


def view_tensors(content: NDArray[np.uint8], name: str) -> Tensors:
    """The tensors in the bytes of a file; raises CheckpointError, with `name` for the file, where they do not fit."""
    start = _LENGTH + int.from_bytes(content[:_LENGTH].tobytes(), "little")
    header = _read_header(content[_LENGTH:start].tobytes(), start, len(content), name)
    arrays = {
        key: content[place.start : place.end].view(place.dtype).reshape(place.shape)
        for key, place in header.places.items()
    }
    return Tensors(arrays, header.metadata)


class StoredTensor:
    """A tensor in an open file, indexed like an array: `[...]` reads it all, an array of numbers (V,) those rows.

    Where many rows are asked for at once, the whole is read and held from then on.
    """

    def __init__(self, file: _File, place: _Place) -> None:
        self._file, self._place = file, place
        self._whole: NDArray[Any] | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """As an array has it."""
        return self._place.shape

    def __getitem__(self, index: EllipsisType | NDArray[np.integer[Any]]) -> NDArray[Any]:
        if self._whole is None and not isinstance(index, EllipsisType) and len(index) > _MANY:
            self._whole = self._read(0, self.shape)
        if self._whole is not None:
            whole: NDArray[Any] = self._whole[index]
            return whole
        if isinstance(index, EllipsisType):
            return self._read(0, self.shape)
        rows = np.empty((len(index), *self.shape[1:]), self._place.dtype)
        for row, number in zip(rows, index.tolist(), strict=True):
            if not 0 <= number < self.shape[0]:
                raise IndexError(f"row {number} of {self.shape[0]}")
            row[...] = self._read(number * row.nbytes, row.shape)
        return rows

    def _read(self, offset: int, shape: tuple[int, ...]) -> NDArray[Any]:
        content = self._file.read(self._place.start + offset, math.prod(shape) * self._place.dtype.itemsize)
        return np.frombuffer(content, self._place.dtype).reshape(shape)


def open_tensors(path: Path) -> dict[str, StoredTensor]:
    """The tensors of a file by name, read when they are indexed; it stays open for as long as one of them is held.

    Raises CheckpointError where it is missing or not whole.

    >>> import tempfile
    >>> from safetensors.numpy import save_file
    >>> place = Path(tempfile.mkdtemp()) / "a.safetensors"
    >>> save_file({"a": np.arange(6).reshape(3, 2)}, place)
    >>> open_tensors(place)["a"][np.array([2, 0])].tolist()
    [[4, 5], [0, 1]]
    """
    try:
        file = _File(path)
        size = path.stat().st_size
        start = _LENGTH + int.from_bytes(file.read(0, _LENGTH), "little")
        text = file.read(_LENGTH, min(start, size) - _LENGTH) if size > _LENGTH else b""
    except OSError as fault:
        raise _unreadable(path, fault.strerror) from None
    return {key: StoredTensor(file, place) for key, place in _read_header(text, start, size, str(path)).places.items()}


class _File:
    """A file that is open until nobody holds it, for any number of threads and for processes that inherit it."""

    def __init__(self, path: Path) -> None:
        self._path, self._file = path, path.open("rb", buffering=0)
        self._lock = Lock()  # where a place cannot be read without moving there first, as on Windows

    def __del__(self) -> None:
        if hasattr(self, "_file"):
            self._file.close()

    def read(self, start: int, size: int) -> bytes:
        """The bytes from `start` on; raises CheckpointError where the file has come to end before them."""
        parts = []
        while size > 0:  # a system reads two gigabytes at most at once
            part = self._read_some(start, size)
            if not part:
                raise _unreadable(self._path, "it has been cut short")
            parts.append(part)
            start, size = start + len(part), size - len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _read_some(self, start: int, size: int) -> bytes:
        if hasattr(os, "pread"):
            return os.pread(self._file.fileno(), size, start)
        with self._lock:
            self._file.seek(start)
            return self._file.read(size)


class _Place(NamedTuple):
    """The bytes of a tensor in its file, and what they are."""

    start: int
    end: int
    dtype: np.dtype[Any]
    shape: tuple[int, ...]


class _Header(NamedTuple):
    places: dict[str, _Place]
    metadata: dict[str, str]


def _read_header(text: bytes, start: int, size: int, name: str) -> _Header:
    """What the header of a file of some size says, whose tensors start at byte `start`."""
    if size < max(start, _LENGTH + 2):
        raise CheckpointError(f"{name}: not a safetensors file, or one that is cut short; restore it")
    try:
        header = json.loads(text)
        metadata = dict(header.pop("__metadata__", {}))
        return _Header({key: _place(value, start, size) for key, value in header.items()}, metadata)
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as fault:
        raise CheckpointError(f"{name}: damaged header of tensors ({fault!r}); restore it") from None


def _place(about: Mapping[str, Any], data: int, size: int) -> _Place:
    start, end = about["data_offsets"]
    dtype, shape = np.dtype(_DTYPES[about["dtype"]]), tuple(about["shape"])
    fits = end - start == math.prod(shape) * dtype.itemsize and min(shape, default=0) >= 0
    if not fits or not 0 <= start <= end <= size - data:
        raise ValueError(f"bytes {start} to {end} of {size - data} for {dtype} {shape}")
    return _Place(data + start, data + end, dtype, shape)


def _unreadable(path: Path, reason: str | None) -> CheckpointError:
    return CheckpointError(f"{path}: cannot be read: {reason}; restore it")
