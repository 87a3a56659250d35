"""The recurrent encoder: stacked layers with variational dropout before, between and after them."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from taggers.nn.dropout import VariationalDropout
from taggers.nn.recurrent import Bidirectional, Kind, Unidirectional


class Encoder(nn.Module):
    """Embeddings (B, T, E) to states (B, T, D H), `hidden_size` H for each of D directions (1: from left to right).

    >>> import torch
    >>> encoder = Encoder("gru", 5, hidden_size=4, layers=2)
    >>> encoder(torch.zeros(2, 3, 5), torch.tensor([3, 1])).shape
    torch.Size([2, 3, 8])
    """

    def __init__(
        self,
        kind: Kind,
        input_size: int,
        hidden_size: int,
        layers: int = 1,
        input_dropout: float = 0.0,
        output_dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        directions: Literal[1, 2] = 2,
    ) -> None:
        super().__init__()
        sizes = [input_size] + [directions * hidden_size] * (layers - 1)
        layer = Unidirectional if directions == 1 else Bidirectional
        self.layers = nn.ModuleList(layer(kind, size, hidden_size, recurrent_dropout) for size in sizes)
        self.input_dropout = VariationalDropout(input_dropout)
        self.output_dropout = VariationalDropout(output_dropout)
        self.directions = directions
        self.output_size = directions * hidden_size

    def forward(self, inputs: Tensor, lengths: Tensor) -> Tensor:
        """(B, T, E), (B,) -> (B, T, D H)."""
        states: Tensor = self.input_dropout(inputs)
        for layer in self.layers:
            states = self.output_dropout(layer(states, lengths))  # (B, T, D H)
        return states
