"""Running a trained network: arrays in, ids out."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from taggers.engine.interface import Engine, decode
from taggers.errors import MissingExtraError

if TYPE_CHECKING:
    from taggers.checkpoint import ModelFolder

# What NVIDIA's driver puts into place, on Linux, under WSL and on Windows.
_DRIVERS = ("/proc/driver/nvidia/version", "/dev/dxg", r"C:\Windows\System32\nvcuda.dll")

__all__ = ["Engine", "decode", "load_engine"]


def load_engine(folder: ModelFolder, device: str = "auto") -> Engine:
    """The engine that runs a model folder on a device: onnxruntime on the CPU, torch on CUDA.

    `auto` is CUDA where there is a driver of NVIDIA, a torch, and a device that it sees. Raises MissingExtraError where
    a device is named that only torch can serve, and there is none.
    """
    if device == "cpu" or (device == "auto" and not _may_have_cuda()):
        from taggers.engine.onnx_engine import load as load_onnx

        return load_onnx(folder)
    try:
        from taggers.engine.torch_engine import choose_device, load
    except ModuleNotFoundError as missing:
        raise MissingExtraError(f"--device {device} needs {missing.name}: pip install 'taggers[train]'") from None
    if choose_device(device).type == "cpu":
        return load_engine(folder, "cpu")
    return load(folder, device)


def _may_have_cuda() -> bool:
    """False where asking torch, which takes a second, is in vain."""
    return any(Path(sign).exists() for sign in _DRIVERS) and find_spec("torch") is not None
