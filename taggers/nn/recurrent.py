"""One recurrent layer in both directions over right-padded rows, each direction a single fused call."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from taggers.nn.dropout import drop_connect

Kind = Literal["lstm", "gru"]
_GATES: dict[Kind, int] = {"lstm": 4, "gru": 3}


class Direction(nn.Module):
    """An LSTM or GRU layer from left to right.

    Recurrent weights start orthogonal gate by gate, an LSTM's forget bias at 1 (Jozefowicz and others 2015).
    The gates lie in torch's order: i, f, g, o (LSTM) or r, z, n (GRU).
    """

    def __init__(self, kind: Kind, input_size: int, hidden_size: int, recurrent_dropout: float = 0.0) -> None:
        super().__init__()
        self.kind, self.hidden_size, self.recurrent_dropout = kind, hidden_size, recurrent_dropout
        gates = _GATES[kind]
        self.input_weight = nn.Parameter(torch.empty(gates * hidden_size, input_size))
        self.recurrent_weight = nn.Parameter(torch.empty(gates * hidden_size, hidden_size))
        self.input_bias = nn.Parameter(torch.zeros(gates * hidden_size))
        self.recurrent_bias = nn.Parameter(torch.zeros(gates * hidden_size))
        with torch.no_grad():
            bound = math.sqrt(6.0 / (input_size + hidden_size))
            self.input_weight.uniform_(-bound, bound)
            for gate in torch.split(self.recurrent_weight, hidden_size):
                nn.init.orthogonal_(gate)
            if kind == "lstm":
                self.input_bias[hidden_size : 2 * hidden_size] = 1.0

    def forward(self, inputs: Tensor) -> Tensor:
        """(B, T, E) -> (B, T, H); what stands right of a step does not reach it."""
        weights = [
            self.input_weight,
            drop_connect(self.recurrent_weight, self.recurrent_dropout, self.training),
            self.input_bias,
            self.recurrent_bias,
        ]
        if inputs.is_cuda:  # pragma: no cover - cuda
            # Autocast would take float16 here, whose range gradients leave where no loss is scaled.
            with torch.autocast("cuda", enabled=False):
                return self._states(inputs.float(), in_one_piece(weights))
        return self._states(inputs, weights)

    def _states(self, inputs: Tensor, weights: list[Tensor]) -> Tensor:
        """(B, T, E) -> (B, T, H)."""
        zeros = inputs.new_zeros(1, inputs.shape[0], self.hidden_size)  # (1, B, H)
        # arguments: biases, layers, dropout, training, bidirectional, batch first
        if self.kind == "lstm":
            states: Tensor = torch.lstm(inputs, [zeros, zeros], weights, True, 1, 0.0, self.training, False, True)[0]
        else:
            states = torch.gru(inputs, zeros, weights, True, 1, 0.0, self.training, False, True)[0]
        return states


def in_one_piece(weights: Sequence[Tensor]) -> list[Tensor]:
    """The same weights as views of one buffer, in their order: cuDNN copies others at every call, with a warning.

    >>> a, b = in_one_piece([torch.ones(2, 3), torch.zeros(2)])
    >>> b.data_ptr() - a.data_ptr() == 6 * a.element_size()
    True
    """
    buffer = torch.cat([weight.flatten() for weight in weights])  # (number of weights,)
    pieces = torch.split(buffer, [weight.numel() for weight in weights])
    return [piece.view_as(weight) for piece, weight in zip(pieces, weights, strict=True)]


class Bidirectional(nn.Module):
    """A layer from left to right and one from right to left, side by side.

    The second reads each row reversed inside its own length, so that padding stays at the right for both and no real
    step ever sees it; torch's own padded bidirectional call starts in the padding.

    >>> layer = Bidirectional("lstm", 3, 2)
    >>> x = torch.randn(2, 4, 3)
    >>> alone = layer(x[:1, :2], torch.tensor([2]))
    >>> bool(torch.allclose(layer(x, torch.tensor([2, 4]))[:1, :2], alone, atol=1e-6))
    True
    """

    def __init__(self, kind: Kind, input_size: int, hidden_size: int, recurrent_dropout: float = 0.0) -> None:
        super().__init__()
        self.rightward = Direction(kind, input_size, hidden_size, recurrent_dropout)
        self.leftward = Direction(kind, input_size, hidden_size, recurrent_dropout)

    def forward(self, inputs: Tensor, lengths: Tensor) -> Tensor:
        """(B, T, E), (B,) -> (B, T, 2H)."""
        backward = self.leftward(reverse(inputs, lengths))  # (B, T, H)
        return torch.cat((self.rightward(inputs), reverse(backward, lengths)), dim=2)


def reverse(rows: Tensor, lengths: Tensor) -> Tensor:
    """Each row (B, T, E) reversed inside its length (B,), padding left where it is; its own inverse.

    >>> reverse(torch.tensor([[[1], [2], [0]]]), torch.tensor([2])).flatten().tolist()
    [2, 1, 0]
    """
    steps = torch.arange(rows.shape[1], device=rows.device)  # (T,)
    mirrored = lengths[:, None] - 1 - steps  # (B, T)
    index = torch.where(mirrored >= 0, mirrored, steps)  # (B, T)
    return rows.gather(1, index[:, :, None].expand_as(rows))
