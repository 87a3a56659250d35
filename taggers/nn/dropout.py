"""Dropout as recurrent networks need it: one mask for all steps of a sentence, and DropConnect on weights."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn


class VariationalDropout(nn.Module):
    """Drops the same units at every step of a sentence.

    Source: Gal and Ghahramani 2016.

    >>> drop = VariationalDropout(0.5)
    >>> states = drop(torch.ones(1, 3, 8))  # (B, T, H)
    >>> bool((states[:, 0] == states[:, 2]).all())
    True
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, states: Tensor) -> Tensor:
        """(B, T, H) -> (B, T, H)."""
        if not self.training or self.rate == 0.0:
            return states
        return states * self.factors(states[:, :1])

    def factors(self, like: Tensor) -> Tensor | float:
        """What all steps of sentences are multiplied with (B, 1, H); 1 where nothing is dropped."""
        return kept(like, self.rate) if self.training and self.rate > 0.0 else 1.0


def kept(like: Tensor, rate: float) -> Tensor:
    """A tensor of the same shape: 0 where something is dropped, 1 / (1 - rate) elsewhere.

    On the CPU torch draws one number after another, which took a tenth of a training step; numpy draws many at once.
    There the rate is a multiple of 1 / 65536. All follows from torch's seed.

    >>> kept(torch.empty(2, 3), 0.0)
    tensor([[1., 1., 1.],
            [1., 1., 1.]])
    """
    if like.device.type != "cpu":  # pragma: no cover - cuda
        return torch.empty_like(like).bernoulli_(1.0 - rate).div_(1.0 - rate)
    seed = int(torch.randint(2**63 - 1, ()))
    raw: NDArray[np.uint64] = np.random.SFC64(seed).random_raw(-(-like.numel() // 4))  # four numbers in each
    keep = raw.view(np.uint16)[: like.numel()] >= round(65536 * rate)
    factors = np.multiply(keep, np.float32(1.0 / (1.0 - rate)), dtype=np.float32)
    return torch.from_numpy(factors).view(like.shape).to(like.dtype)


def drop_connect(weight: Tensor, rate: float, training: bool) -> Tensor:
    """The weight with single connections dropped, the same for all steps and sentences of the batch.

    A mask per sentence would forbid the fused LSTM call; one on the weights does not.
    Source: Wan and others 2013; Merity and others 2018 (on recurrent weights).

    >>> drop_connect(torch.ones(2, 2), 0.0, training=True)
    tensor([[1., 1.],
            [1., 1.]])
    """
    return weight * kept(weight, rate) if training and rate > 0.0 else weight
