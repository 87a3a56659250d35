"""Running a trained network: arrays in, ids out."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from taggers.engine.interface import Engine, decode
from taggers.errors import MissingExtraError, TaggerError

if TYPE_CHECKING:
    from taggers.checkpoint import ModelFolder, Precision
    from taggers.engine.stream import StreamEngine
    from taggers.engine.torch_engine import TorchEngine

# What NVIDIA's driver puts into place, on Linux, under WSL and on Windows.
_DRIVERS = ("/proc/driver/nvidia/version", "/dev/dxg", r"C:\Windows\System32\nvcuda.dll")

__all__ = ["Engine", "decode", "load_engine", "load_stream"]


def load_engine(folder: ModelFolder, device: str = "auto", precision: Precision = "float32") -> Engine:
    """The engine that runs a model folder on a device: onnxruntime on the CPU, torch on CUDA.

    `auto` is CUDA where there is a driver of NVIDIA, a torch, and a device that it sees; int8 is for the CPU. Raises
    MissingExtraError where a device is named that only torch can serve, and there is none, and CheckpointError where
    the folder holds nothing of the precision.
    """
    if precision == "int8" and device not in ("auto", "cpu"):
        raise TaggerError(f"--numbers int8 is for the CPU: leave it out, or leave out --device {device}")
    if device == "cpu" or precision == "int8" or (device == "auto" and not _may_have_cuda()):
        from taggers.engine.onnx_engine import load as load_onnx

        return load_onnx(folder, precision)
    return _load_under_torch(folder, device) or load_engine(folder, "cpu")


def load_stream(folder: ModelFolder, device: str = "auto") -> StreamEngine:
    """The same for a language model."""
    if device == "cpu" or (device == "auto" and not _may_have_cuda()):
        from taggers.engine.onnx_stream import load as load_onnx

        return load_onnx(folder)
    return _load_under_torch(folder, device) or load_stream(folder, "cpu")


def _load_under_torch(folder: ModelFolder, device: str) -> TorchEngine | None:
    """The engine under torch; None where the device is the CPU."""
    try:
        from taggers.engine.torch_engine import choose_device, load
    except ModuleNotFoundError as missing:
        raise MissingExtraError(f"--device {device} needs {missing.name}: pip install 'taggers[train]'") from None
    return None if choose_device(device).type == "cpu" else load(folder, device)


def _may_have_cuda() -> bool:
    """False where asking torch, which takes a second, is in vain."""
    return any(Path(sign).exists() for sign in _DRIVERS) and find_spec("torch") is not None
