"""Running a trained network: arrays in, ids out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taggers.engine.interface import Engine, decode
from taggers.errors import MissingExtraError

if TYPE_CHECKING:
    from taggers.checkpoint import ModelFolder

__all__ = ["Engine", "decode", "load_engine"]


def load_engine(folder: ModelFolder, device: str = "auto") -> Engine:
    """The engine that runs a model folder here; raises MissingExtraError where none is installed."""
    try:
        from taggers.engine.torch_engine import load
    except ModuleNotFoundError as missing:
        raise MissingExtraError(
            f"running a model needs {missing.name}: pip install 'taggers[train]'"
        ) from None
    return load(folder, device)
