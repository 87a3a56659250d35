"""One recurrent layer in both directions over right-padded rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from taggers.compiling import can_compile
from taggers.nn.dropout import drop_connect
from taggers.nn.graph import Graph
from taggers.nn.lstm import bidirectional_lstm

Kind = Literal["lstm", "gru"]
_GATES: dict[Kind, int] = {"lstm": 4, "gru": 3}


class Recurrence(nn.Module):
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
        weights = self.weights()
        if inputs.is_cuda:  # pragma: no cover - cuda
            # Autocast would take float16 here, whose range gradients leave where no loss is scaled.
            with torch.autocast("cuda", enabled=False):
                return self._states(inputs.float(), in_one_piece(weights))
        return self._states(inputs, weights)

    def weights(self) -> list[Tensor]:
        """(G H, E), (G H, H), (G H,), (G H,); in training some recurrent connections are dropped."""
        onward = drop_connect(self.recurrent_weight, self.recurrent_dropout, self.training)
        return [self.input_weight, onward, self.input_bias, self.recurrent_bias]

    def _states(self, inputs: Tensor, weights: list[Tensor]) -> Tensor:
        """(B, T, E) -> (B, T, H)."""
        return self._onward(inputs, weights, inputs.new_zeros(self.carries, inputs.shape[0], self.hidden_size))[0]

    @property
    def carries(self) -> int:
        """How many vectors of H go from step to step: C, which is 2 for an LSTM (state, cell) and 1 for a GRU."""
        return 2 if self.kind == "lstm" else 1

    def onward(self, inputs: Tensor, carried: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T, E), and what the steps before have left (C, B, H), to states (B, T, H) and what these leave."""
        weights = self.weights()
        if inputs.is_cuda:  # pragma: no cover - cuda
            with torch.autocast("cuda", enabled=False):
                return self._onward(inputs.float(), in_one_piece(weights), carried.float())
        return self._onward(inputs, weights, carried)

    def _onward(self, inputs: Tensor, weights: list[Tensor], carried: Tensor) -> tuple[Tensor, Tensor]:
        before = [vectors.unsqueeze(0).contiguous() for vectors in carried]  # C times (1, B, H)
        # arguments: biases, layers, dropout, training, bidirectional, batch first
        if self.kind == "lstm":
            states, *after = torch.lstm(inputs, before, weights, True, 1, 0.0, self.training, False, True)
        else:
            states, *after = torch.gru(inputs, before[0], weights, True, 1, 0.0, self.training, False, True)
        return states, torch.cat(after)  # (B, T, H), (C, B, H)

    def bias_nodes(self, graph: Graph, name: str) -> str:
        """What is added to projected inputs (G H,): an LSTM's two biases always stand together."""
        bias = graph.weight(f"{name}.input_bias", self.input_bias)
        if self.kind == "gru":
            return bias
        return graph.node("Add", [bias, graph.weight(f"{name}.recurrent_bias", self.recurrent_bias)])

    def nodes(self, graph: Graph, name: str, given: str, rows: str | None = None) -> str:
        """Projected inputs (T, B, G H), biases included, to states (T, B, H): a loop over the steps.

        With `rows` (V, G H), `given` (T, B) says which of them each step has: what is gathered for one step lies in the
        processor's cache, and is never there for all.
        """
        batch = graph.node("Gather", [graph.node("Shape", [given]), graph.constant([1])])  # (1,)
        shape = graph.node("Concat", [batch, graph.constant([self.hidden_size])], axis=0)
        zeros = graph.node("ConstantOfShape", [shape])  # (B, H)
        return self.nodes_onward(graph, name, given, [zeros] * self.carries, rows)[0]

    def nodes_onward(
        self, graph: Graph, name: str, given: str, carried: Sequence[str], rows: str | None = None
    ) -> tuple[str, list[str]]:
        """The same from what the steps before have left, C times (B, H), and what these leave."""
        size, gates = self.hidden_size, _GATES[self.kind]
        step = graph.inner(f"step of {name}")
        before = step.given(f"{name} before", "float32", ["B", size])
        cell = step.given(f"{name} cell", "float32", ["B", size]) if self.kind == "lstm" else None
        if rows is None:
            added = step.given(f"{name} given", "float32", ["B", gates * size])
        else:
            added = step.node("Gather", [rows, step.given(f"{name} given", "int32", ["B"])])
        afters = self.step_nodes(step, name, added, before, cell)
        for what, value in zip(("after", "cell after"), afters, strict=False):
            step.output(f"{name} {what}", value, "float32", ["B", size])
        step.output(f"{name} state", afters[0], "float32", ["B", size])
        *after, states = graph.nodes("Scan", [*carried, given], self.carries + 1, num_scan_inputs=1, body=step.body())
        return states, after

    def step_nodes(self, graph: Graph, name: str, given: str, before: str, cell: str | None) -> list[str]:
        """What one step leaves, a state and an LSTM's cell, (..., H) each, from the same before it; a GRU has no cell.

        `given` (..., G H) is what its input adds to the gates, biases included.
        """
        moved = graph.of_states(before, f"{name}.recurrent_weight", self.recurrent_weight)
        if cell is None:
            return [self._gru_step(graph, name, before, given, moved)]
        return self._lstm_step(graph, cell, given, moved)

    def _lstm_step(self, step: Graph, cell: str, given: str, moved: str) -> list[str]:
        size = self.hidden_size
        parts = step.constant([2 * size, size, size])
        inner, candidate, leave = step.nodes("Split", [step.node("Add", [moved, given]), parts], 3, axis=-1)
        enter, keep = step.nodes("Split", [step.node("Sigmoid", [inner]), step.constant([size, size])], 2, axis=-1)
        entering = step.node("Mul", [enter, step.node("Tanh", [candidate])])
        cell = step.node("Add", [step.node("Mul", [keep, cell]), entering])
        return [step.node("Mul", [step.node("Sigmoid", [leave]), step.node("Tanh", [cell])]), cell]

    def _gru_step(self, step: Graph, name: str, before: str, given: str, moved: str) -> str:
        size = self.hidden_size
        moved = step.node("Add", [moved, step.weight(f"{name}.recurrent_bias", self.recurrent_bias)])
        parts = step.constant([2 * size, size])
        (given_gates, given_new), (moved_gates, moved_new) = (
            step.nodes("Split", [value, parts], 2, axis=-1) for value in (given, moved)
        )
        gates = step.node("Sigmoid", [step.node("Add", [given_gates, moved_gates])])
        reset, keep = step.nodes("Split", [gates, step.constant([size, size])], 2, axis=-1)
        new = step.node("Tanh", [step.node("Add", [given_new, step.node("Mul", [reset, moved_new])])])
        return step.node("Add", [new, step.node("Mul", [keep, step.node("Sub", [before, new])])])

    def onnx_gates(self, graph: Graph, value: str) -> str:
        """Weights or biases (G H, ...) with their gates as ONNX's own layers have them: i, o, f, g or z, r, n."""
        order = (0, 3, 1, 2) if self.kind == "lstm" else (1, 0, 2)
        sizes = graph.constant([self.hidden_size] * len(order))
        gates = graph.nodes("Split", [value, sizes], len(order), axis=0)
        return graph.node("Concat", [gates[i] for i in order], axis=0)


def in_one_piece(weights: Sequence[Tensor]) -> list[Tensor]:
    """The same weights as views of one buffer, in their order: cuDNN copies others at every call, with a warning.

    >>> a, b = in_one_piece([torch.ones(2, 3), torch.zeros(2)])
    >>> b.data_ptr() - a.data_ptr() == 6 * a.element_size()
    True
    """
    buffer = torch.cat([weight.flatten() for weight in weights])  # (number of weights,)
    pieces = torch.split(buffer, [weight.numel() for weight in weights])
    return [piece.view_as(weight) for piece, weight in zip(pieces, weights, strict=True)]


class Unidirectional(nn.Module):
    """A layer from left to right alone, over right-padded rows."""

    def __init__(self, kind: Kind, input_size: int, hidden_size: int, recurrent_dropout: float = 0.0) -> None:
        super().__init__()
        self.rightward = Recurrence(kind, input_size, hidden_size, recurrent_dropout)

    def forward(self, inputs: Tensor, lengths: Tensor) -> Tensor:
        """(B, T, E), (B,) -> (B, T, H); no real step sees padding, which stands at the right."""
        del lengths
        states: Tensor = self.rightward(inputs)
        return states


class Bidirectional(nn.Module):
    """A layer from left to right and one from right to left, side by side.

    The second reads each row reversed inside its own length, so that padding stays at the right for both and no real
    step ever sees it; torch's own padded bidirectional call starts in the padding. Each is a single fused call, but in
    training on the CPU, where an LSTM goes both ways by a kernel that knows no padding.

    >>> layer = Bidirectional("lstm", 3, 2)
    >>> x = torch.randn(2, 4, 3)
    >>> alone = layer(x[:1, :2], torch.tensor([2]))
    >>> bool(torch.allclose(layer(x, torch.tensor([2, 4]))[:1, :2], alone, atol=1e-6))
    True
    """

    def __init__(self, kind: Kind, input_size: int, hidden_size: int, recurrent_dropout: float = 0.0) -> None:
        super().__init__()
        self.rightward = Recurrence(kind, input_size, hidden_size, recurrent_dropout)
        self.leftward = Recurrence(kind, input_size, hidden_size, recurrent_dropout)

    def forward(self, inputs: Tensor, lengths: Tensor) -> Tensor:
        """(B, T, E), (B,) -> (B, T, 2H)."""
        if self.training and self._has_kernel():
            reduced = torch.is_autocast_enabled("cpu")
            with torch.autocast("cpu", enabled=False):
                leftward = self.leftward.weights()  # whose connections drop first, as below
                weights = [*self.rightward.weights(), *leftward]
                return bidirectional_lstm(inputs.float(), lengths, weights, reduced)
        backward = self.leftward(reverse(inputs, lengths))  # (B, T, H)
        return torch.cat((self.rightward(inputs), reverse(backward, lengths)), dim=2)

    def _has_kernel(self) -> bool:
        weight = self.rightward.input_weight
        of_kernel = weight.dtype == torch.float32 and weight.device.type == "cpu"
        return self.rightward.kind == "lstm" and of_kernel and can_compile()


def reverse(rows: Tensor, lengths: Tensor) -> Tensor:
    """Each row (B, T, E) reversed inside its length (B,), padding left where it is; its own inverse.

    >>> reverse(torch.tensor([[[1], [2], [0]]]), torch.tensor([2])).flatten().tolist()
    [2, 1, 0]
    """
    steps = torch.arange(rows.shape[1], device=rows.device)  # (T,)
    mirrored = lengths[:, None] - 1 - steps  # (B, T)
    index = torch.where(mirrored >= 0, mirrored, steps)  # (B, T)
    return rows.gather(1, index[:, :, None].expand_as(rows))
