"""One label per text: all states of a text made one vector, and a softmax over labels."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from taggers.nn.heads.interface import Head


class PoolingHead(Head):
    """The maximum of the states of a text, number by number, and a linear layer over it (Conneau and others 2017)."""

    def __init__(self, states: int, labels: int) -> None:
        super().__init__()
        self.emit = nn.Linear(states, labels)

    def emissions(self, states: Tensor, mask: Tensor) -> Tensor:
        """(B, T, H) -> (B, K): log probabilities."""
        pooled = states.float().masked_fill(~mask[:, :, None], float("-inf")).amax(dim=1)  # (B, H)
        return torch.log_softmax(self.emit(pooled), dim=1)

    def loss(self, states: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        """Cross entropy summed over the texts; targets (B,)."""
        return nn.functional.nll_loss(self.emissions(states, mask), targets, reduction="sum")
