"""What a head is: it makes the encoder's states to scores, and scores and gold to a loss."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor, nn

from taggers.chain import Chain


class Head(nn.Module, ABC):
    """A layer over the states (B, T, H) of B sentences; `mask` (B, T) is True where a token is real."""

    @abstractmethod
    def emissions(self, states: Tensor, mask: Tensor) -> Tensor:
        """Scores of each token (B, T, K), or of each sentence (B, K)."""

    @abstractmethod
    def loss(self, states: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        """Summed over the batch, a scalar."""

    def chain(self) -> Chain | None:
        """The scores of starts, transitions and ends where tokens are scored; None where sentences are."""
        return None
