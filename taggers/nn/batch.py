"""A batch of numpy arrays as tensors on a device: the one place where ids leave the CPU."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from taggers.data.batch import Batch


@dataclass(frozen=True)
class Features:
    """The tensors of a batch, named as in `taggers.data.batch.Batch`."""

    words: Tensor  # (B, T) long
    casings: Tensor  # (B, T) long
    forms: Tensor  # (B, T) long
    characters: Tensor  # (W, C) long
    character_lengths: Tensor  # (W,) long
    lengths: Tensor  # (B,) long
    mask: Tensor  # (B, T) bool
    targets: Tensor | None  # (B, T) long, or (B, T, K) bool where gold is given as sets


def to_device(batch: Batch, device: torch.device) -> Features:
    """The batch's arrays as tensors on `device`; the copies to a GPU do not wait."""

    def move(array: NDArray[np.generic]) -> Tensor:
        tensor = torch.from_numpy(array)
        if tensor.dtype is not torch.bool:
            tensor = tensor.long()
        if device.type == "cuda":  # pragma: no cover - cuda
            return tensor.pin_memory().to(device, non_blocking=True)
        return tensor

    gold = batch.tags if batch.sets is None else batch.sets
    return Features(
        words=move(batch.words),
        casings=move(batch.casings),
        forms=move(batch.forms),
        characters=move(batch.characters),
        character_lengths=move(batch.character_lengths),
        lengths=move(batch.lengths),
        mask=move(batch.mask),
        targets=None if gold is None else move(gold),
    )
