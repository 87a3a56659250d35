"""What a head is: it makes the encoder's states to scores, and scores and gold to a loss."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from torch import Tensor, nn

from taggers.chain import Chain
from taggers.nn.graph import Graph


class Head(nn.Module, ABC):
    """A layer over the states (B, T, H) of B sentences; `mask` (B, T) is True where a token is real."""

    @abstractmethod
    def emissions(self, states: Tensor, mask: Tensor) -> Tensor:
        """Scores of each token (B, T, K), or of each sentence (B, K)."""

    @abstractmethod
    def loss(self, states: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        """Summed over the batch, a scalar."""

    def at(self, share: float) -> None:
        """Be told that a share of the training is done, for a head that learns otherwise early than late."""
        del share

    def outputs(self, graph: Graph, name: str, ways: Sequence[str], lengths: str) -> None:
        """Give out what `emissions` gives, as `name`, in a graph that holds the states of each direction (T, B, H) in
        the order of its own steps; the weights of the head are called `heads.NAME`.

        Raises TypeError where a head is for no sentences, such as that of a language model, whose graph is another.
        """
        del graph, ways, lengths
        raise TypeError(f"{name}: {type(self).__name__} has no graph of sentences")

    def chain(self) -> Chain | None:
        """The scores of starts, transitions and ends where tokens are scored; None where sentences are."""
        return None
