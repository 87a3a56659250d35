"""The recurrent encoder of language models: from left to right alone, and on from where the batch before ended."""

from __future__ import annotations

import torch
from torch import Tensor

from taggers.nn.encoder import Encoder
from taggers.nn.recurrent import Kind, Recurrence, Unidirectional

_BEGINNINGS = 0.02  # the share of rows that begin anew in a step


class OnwardEncoder(Encoder):
    """Embeddings (B, T, E) to states (B, T, H), each of which has seen what stands before it and its own step.

    In training, row b of a batch goes on where row b of the batch before ended: what is carried (L, C, B, H) over, for
    L layers of C vectors each, is a buffer, and no gradient goes back into it (truncated back-propagation through time,
    Williams and Peng 1990). The rows begin anew, from zeros, with each epoch and whenever their number changes, and
    some, drawn in each step, besides: where nothing is ever begun, a text that begins may leave the network lost.

    >>> encoder = OnwardEncoder("lstm", 3, hidden_size=4, rows=2).eval()
    >>> x = torch.randn(2, 6, 3)
    >>> whole, _ = encoder.onward(x, encoder.start(2))
    >>> first, second = encoder(x[:, :4], torch.tensor([4, 4])), encoder(x[:, 4:], torch.tensor([2, 2]))
    >>> bool(torch.allclose(torch.cat((first, second), dim=1), whole, atol=1e-6))
    True
    """

    carried: Tensor  # (L, C, B, H)

    def __init__(
        self,
        kind: Kind,
        input_size: int,
        hidden_size: int,
        layers: int = 1,
        input_dropout: float = 0.0,
        output_dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        rows: int = 1,
    ) -> None:
        dropout = input_dropout, output_dropout, recurrent_dropout
        super().__init__(kind, input_size, hidden_size, layers, *dropout, directions=1)
        self.register_buffer("carried", self.start(rows), persistent=False)  # of a run, not of the model

    def start(self, rows: int) -> Tensor:
        """What is carried (L, C, B, H) to where nothing stands before."""
        first, *_ = self._directions()
        return first.input_weight.new_zeros(len(self.layers), first.carries, rows, first.hidden_size)

    def begin_anew(self) -> None:
        """Forget what is carried."""
        self.carried = torch.zeros_like(self.carried)

    def forward(self, inputs: Tensor, lengths: Tensor) -> Tensor:
        """(B, T, E) -> (B, T, H), with the state carried on; every row has as many steps, whatever `lengths`."""
        del lengths
        if self.carried.shape[2] != len(inputs):
            self.carried = self.start(len(inputs))
        if self.training:
            begins = torch.rand(len(inputs), 1, device=inputs.device) < _BEGINNINGS  # (B, 1)
            self.carried = self.carried.masked_fill(begins, 0.0)
        states, carried = self.onward(inputs, self.carried)
        self.carried = carried.detach()
        return states

    def onward(self, inputs: Tensor, carried: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T, E), and what the steps before have left (L, C, B, H), to states (B, T, H) and what these leave."""
        states: Tensor = self.input_dropout(inputs)
        left: list[Tensor] = []
        for layer, before in zip(self._directions(), carried, strict=True):
            states, after = layer.onward(states, before)
            states = self.output_dropout(states)  # (B, T, H)
            left.append(after)
        return states, torch.stack(left).to(carried.dtype)

    def _directions(self) -> list[Recurrence]:
        layers = list(self.layers)
        return [layer.rightward for layer in layers if isinstance(layer, Unidirectional)]
