"""Word vectors from characters, computed once per distinct form of the batch, then spread over its tokens."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from taggers.compiling import can_compile
from taggers.nn.batch import Features
from taggers.nn.dropout import VariationalDropout
from taggers.nn.embeddings.convolution import HighestSums
from taggers.nn.embeddings.interface import Embedding, FormNetwork
from taggers.nn.embeddings.lookup import Table
from taggers.nn.embeddings.spread import spread
from taggers.nn.graph import Graph
from taggers.nn.recurrent import Bidirectional, Kind

_TO_THE_END = 2**31 - 1


class CharacterCNN(FormNetwork):
    """A convolution over a word's characters and its maximum over positions.

    Positions past a word's own end are left out of the maximum, so that a word's vector does not depend on the longest
    word beside it. Source: dos Santos and Zadrozny 2014; Ma and Hovy 2016.

    >>> cnn = CharacterCNN(symbols=9, size=4, filters=6, width=3)
    >>> cnn(torch.tensor([[2, 3, 0], [4, 5, 6]]), torch.tensor([2, 3])).shape
    torch.Size([2, 6])
    """

    def __init__(self, symbols: int, size: int, filters: int, width: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.table = Table(symbols, size)
        self.dropout = VariationalDropout(dropout)
        self.convolution = nn.Conv1d(size, filters, width, padding=width // 2)
        self.output_size = filters

    def forward(self, characters: Tensor, lengths: Tensor) -> Tensor:
        """(W, C), (W,) -> (W, filters); a form of no character gives zeros."""
        weight = self.table.weight
        of_kernel = weight.dtype == torch.float32 and weight.device.type == "cpu" and can_compile()
        if self.training and not self.dropout.rate and of_kernel:
            return self._by_symbol(characters, lengths)
        vectors = self.dropout(self.table(characters))  # (W, C, E)
        activations = self.convolution(vectors.transpose(1, 2))  # (W, F, C) for odd widths
        inside = torch.arange(characters.shape[1], device=characters.device) < lengths[:, None]  # (W, C)
        masked = activations[:, :, : characters.shape[1]].masked_fill(~inside[:, None], float("-inf"))  # (W, F, C)
        best: Tensor = masked.amax(dim=2)  # (W, F)
        return best.masked_fill(lengths[:, None] == 0, 0.0)

    def _by_symbol(self, characters: Tensor, lengths: Tensor) -> Tensor:
        """The same where nothing is dropped: there are far fewer symbols to multiply than characters."""
        kernel = self.convolution.weight  # (F, E, width)
        filters, size, width = kernel.shape
        there = np.bincount(characters.numpy().ravel(), minlength=1) > 0  # (symbols,)
        there[0] = True
        symbols, places = np.flatnonzero(there), np.cumsum(there) - 1
        vectors = self.table(torch.from_numpy(symbols))  # (S, E)
        products = (vectors @ kernel.permute(1, 2, 0).reshape(size, width * filters)).float()
        found = torch.from_numpy(places)[characters]  # (W, C)
        highest: Tensor = HighestSums.apply(  # type: ignore[no-untyped-call]
            products.view(-1, width, filters), found, lengths
        )
        return (highest + self.get_parameter("convolution.bias")).masked_fill(lengths[:, None] == 0, 0.0)

    def nodes(self, graph: Graph, name: str, characters: str, lengths: str) -> str:
        """(W, filters).

        What each place of the kernel makes of each symbol is a table of its own, which the runtime computes once: a
        word looks up and adds up, and its sums are the same to the bit however long the words beside it are.
        """
        table = graph.weight(f"{name}.table.weight", self.table.weight)
        kernel = graph.weight(f"{name}.convolution.weight", self.convolution.weight)  # (F, E, width)
        width = self.convolution.kernel_size[0]
        around = 2 * (width // 2)
        padding = graph.constant([0, width // 2, 0, width // 2])
        padded = graph.node("Pad", [characters, padding])  # (W, C + around)
        found: list[str] = []
        for place in range(width):
            end = place - around if place < around else _TO_THE_END
            read = graph.node("Slice", [padded, *map(graph.constant, ([place], [end], [1]))])  # (W, C)
            matrix = graph.node("Gather", [kernel, graph.constant(place)], axis=2)  # (F, E)
            symbols = graph.node("MatMul", [table, graph.node("Transpose", [matrix])])  # (symbols, F)
            found.append(graph.node("Gather", [symbols, read]))  # (W, C, F)
        activations = graph.node("Sum", found)
        length = graph.node("Gather", [graph.node("Shape", [characters]), graph.constant(1)])
        steps = graph.node("Range", [graph.constant(0), length, graph.constant(1)])  # (C,)
        ends = graph.node("Unsqueeze", [graph.cast(lengths, "int64"), graph.constant([1])])  # (W, 1)
        inside = graph.node("Unsqueeze", [graph.node("Less", [steps, ends]), graph.constant([2])])  # (W, C, 1)
        masked = graph.node("Where", [inside, activations, graph.constant(float("-inf"), "float32")])
        best = graph.node("ReduceMax", [masked], axes=[1], keepdims=0)
        bias = graph.weight(f"{name}.convolution.bias", self.get_parameter("convolution.bias"))
        return graph.node("Add", [best, bias])


class CharacterRNN(FormNetwork):
    """The last states of an LSTM or GRU over a word's characters in both directions.

    Source: Lample and others 2016.

    >>> lstm = CharacterRNN("lstm", symbols=9, size=4, hidden_size=3)
    >>> lstm(torch.tensor([[2, 3, 0], [4, 5, 6]]), torch.tensor([2, 3])).shape
    torch.Size([2, 6])
    """

    def __init__(self, kind: Kind, symbols: int, size: int, hidden_size: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.table = Table(symbols, size)
        self.dropout = VariationalDropout(dropout)
        self.layer = Bidirectional(kind, size, hidden_size)
        self.hidden_size = hidden_size
        self.output_size = 2 * hidden_size

    def forward(self, characters: Tensor, lengths: Tensor) -> Tensor:
        """(W, C), (W,) -> (W, 2 * hidden_size); a form of no character gives zeros."""
        states = self.layer(self.dropout(self.table(characters)), lengths)  # (W, C, 2H)
        last = (lengths - 1).clamp(min=0)[:, None, None].expand(-1, 1, self.hidden_size)  # (W, 1, H)
        rightward = states[:, :, : self.hidden_size].gather(1, last)[:, 0]  # (W, H)
        leftward = states[:, 0, self.hidden_size :]  # (W, H)
        return torch.cat((rightward, leftward), dim=1).masked_fill(lengths[:, None] == 0, 0.0)

    def nodes(self, graph: Graph, name: str, characters: str, lengths: str) -> str:
        """(W, 2 * hidden_size), by ONNX's own layer, which knows lengths."""
        table = graph.weight(f"{name}.table.weight", self.table.weight)
        vectors = graph.node("Transpose", [graph.node("Gather", [table, characters])], perm=[1, 0, 2])  # (C, W, E)
        both = (f"{name}.layer.rightward", self.layer.rightward), (f"{name}.layer.leftward", self.layer.leftward)
        gates: list[list[str]] = []  # of each direction: input weights, recurrent weights, both biases
        for full, side in both:
            parts = ("input_weight", "recurrent_weight", "input_bias", "recurrent_bias")
            *weights, first, second = (
                side.onnx_gates(graph, graph.weight(f"{full}.{part}", side.get_parameter(part))) for part in parts
            )
            gates.append([*weights, graph.node("Concat", [first, second], axis=0)])
        stacked = [
            graph.node("Concat", [graph.node("Unsqueeze", [v, graph.constant([0])]) for v in values], axis=0)
            for values in zip(*gates, strict=True)
        ]  # (2, ...) each
        kind = self.layer.rightward.kind
        reset = {"linear_before_reset": 1} if kind == "gru" else {}  # as torch has it
        shape = {"direction": "bidirectional", "hidden_size": self.hidden_size}
        _, last = graph.nodes(kind.upper(), [vectors, *stacked, lengths], 2, **shape, **reset)  # (2, W, H)
        turned = graph.node("Transpose", [last], perm=[1, 0, 2])
        return graph.node("Reshape", [turned, graph.constant([-1, self.output_size])])


class Characters(Embedding):
    """The vectors of tokens by the characters of their forms."""

    def __init__(self, network: FormNetwork) -> None:
        super().__init__()
        self.network = network
        self.output_size = network.output_size

    def forward(self, features: Features) -> Tensor:
        """(B, T, size)."""
        forms = self.network(features.characters, features.character_lengths)  # (W, size)
        return spread(forms, features)

    def nodes(self, graph: Graph, name: str) -> str:
        """(W, size)."""
        characters = graph.given("characters", "int32", ["W", "C"])
        lengths = graph.given("lengths", "int32", ["W"])
        vectors = self.network.nodes(graph, f"{name}.network", characters, lengths)
        empty = graph.node("Equal", [lengths, graph.constant(0, "int32")])
        empty = graph.node("Unsqueeze", [empty, graph.constant([1])])
        return graph.node("Where", [empty, graph.constant(0.0, "float32"), vectors])
