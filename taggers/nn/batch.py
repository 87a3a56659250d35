"""A batch of numpy arrays as tensors on a device: the one place where numbers leave the CPU."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from taggers.data.batch import Batch


@dataclass(frozen=True)
class Features:
    """The tensors of a batch, named as in `taggers.data.batch.Batch`."""

    features: Mapping[str, Tensor]  # (B, T) long
    forms: Tensor  # (B, T) long
    characters: Tensor  # (W, C) long
    character_lengths: Tensor  # (W,) long
    vectors: Mapping[str, Tensor]  # (W, E) float32
    lengths: Tensor  # (B,) long
    mask: Tensor  # (B, T) bool
    contextual: Mapping[str, Tensor]  # (B, T, D) float32
    targets: tuple[Tensor, ...]  # of each layer (B, T) long, or (B, T, K) bool where gold is given as sets


def to_device(batch: Batch, device: torch.device) -> Features:
    """The batch's arrays as tensors on `device`; the copies to a GPU do not wait."""

    def move(array: NDArray[np.generic]) -> Tensor:
        tensor = torch.from_numpy(array)
        if tensor.dtype is torch.float16:
            tensor = tensor.float()
        elif tensor.dtype is not torch.bool:
            tensor = tensor.long()
        if device.type == "cuda":  # pragma: no cover - cuda
            return tensor.pin_memory().to(device, non_blocking=True)
        return tensor

    return Features(
        features={name: move(numbers) for name, numbers in batch.features.items()},
        forms=move(batch.forms),
        characters=move(batch.characters),
        character_lengths=move(batch.character_lengths),
        vectors={name: move(vectors) for name, vectors in batch.vectors.items()},
        lengths=move(batch.lengths),
        mask=move(batch.mask),
        contextual={name: move(states) for name, states in batch.contextual.items()},
        targets=tuple(map(move, batch.targets)),
    )
