"""Dropout as recurrent networks need it: one mask for all steps of a sentence, and DropConnect on weights."""

from __future__ import annotations

import torch
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
        keep = torch.empty_like(states[:, :1]).bernoulli_(1.0 - self.rate)  # (B, 1, H)
        return states * keep.div_(1.0 - self.rate)


def drop_connect(weight: Tensor, rate: float, training: bool) -> Tensor:
    """The weight with single connections dropped, the same for all steps and sentences of the batch.

    A mask per sentence would forbid the fused LSTM call; one on the weights does not.
    Source: Wan and others 2013; Merity and others 2018 (on recurrent weights).

    >>> drop_connect(torch.ones(2, 2), 0.0, training=True)
    tensor([[1., 1.],
            [1., 1.]])
    """
    return nn.functional.dropout(weight, rate, training) if rate > 0.0 else weight
