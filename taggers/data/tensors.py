"""A safetensors file seen in place: its tensors are views of the mapped file, read from the disk when they are used."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taggers.errors import CheckpointError

_DTYPES = {"F16": "<f2", "F32": "<f4", "F64": "<f8", "I8": "i1", "U8": "u1", "I32": "<i4", "U32": "<u4"}
_DTYPES |= {"I64": "<i8", "U64": "<u8", "I16": "<i2", "U16": "<u2"}
_LENGTH = 8  # bytes that tell the length of the header


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
        raise CheckpointError(f"{path}: cannot be read: {reason}; restore it") from None
    return view_tensors(content, str(path))


def view_tensors(content: NDArray[np.uint8], name: str) -> Tensors:
    """The tensors in the bytes of a file; raises CheckpointError, with `name` for the file, where they do not fit."""
    start = _LENGTH + int.from_bytes(content[:_LENGTH].tobytes(), "little")
    if len(content) < max(start, _LENGTH + 2):
        raise CheckpointError(f"{name}: not a safetensors file, or one that is cut short; restore it")
    try:
        header = json.loads(content[_LENGTH:start].tobytes())
        metadata = header.pop("__metadata__", {})
        data = content[start:]
        return Tensors({key: _view(data, value) for key, value in header.items()}, dict(metadata))
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as fault:
        raise CheckpointError(f"{name}: damaged header of tensors ({fault!r}); restore it") from None


def _view(data: NDArray[np.uint8], about: Mapping[str, Any]) -> NDArray[Any]:
    start, end = about["data_offsets"]
    dtype, shape = np.dtype(_DTYPES[about["dtype"]]), tuple(about["shape"])
    fits = end - start == math.prod(shape) * dtype.itemsize and min(shape, default=0) >= 0
    if not fits or not 0 <= start <= end <= len(data):
        raise ValueError(f"bytes {start} to {end} of {len(data)} for {dtype} {shape}")
    return data[start:end].view(dtype).reshape(shape)
