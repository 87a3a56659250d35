"""The next symbol: a linear layer over the states, and a softmax."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from taggers.nn.embeddings.lookup import Table
from taggers.nn.graph import Graph, linear, product
from taggers.nn.heads.interface import Head


class NextSymbolHead(Head):
    """States (B, T, H) to the log probabilities of the symbol that comes next (B, T, V), one of V.

    With a `tied` table (V, E) a linear layer makes states to vectors of its size, and a symbol's score is their product
    with its row: half the weights of a large vocabulary (Press and Wolf 2017; Inan and others 2017).
    """

    def __init__(self, states: int, symbols: int, tied: Table | None = None) -> None:
        super().__init__()
        self.symbols = symbols
        self._tied = () if tied is None else (tied,)  # in a tuple: the table has its name among the embeddings
        if tied is None:
            self.emit = nn.Linear(states, symbols)
        else:
            tied.whole = True
            self.emit = nn.Linear(states, tied.output_size)
            self.bias = nn.Parameter(torch.zeros(symbols))

    def scores(self, states: Tensor) -> Tensor:
        """(..., H) -> (..., V), logarithms of probabilities up to a constant."""
        scores: Tensor = self.emit(states)
        for table in self._tied:
            scores = nn.functional.linear(scores, table.weight, self.bias)
        return scores

    def emissions(self, states: Tensor, mask: Tensor) -> Tensor:
        """(B, T, H) -> (B, T, V)."""
        del mask
        return torch.log_softmax(self.scores(states).float(), dim=2)

    def loss(self, states: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        """The surprise at the targets (B, T), in nats, summed over the real steps."""
        scores = self.scores(states[mask])  # (n, V)
        return nn.functional.cross_entropy(scores.float(), targets[mask], reduction="sum")

    def nodes(self, graph: Graph, name: str, states: str, table: str = "") -> str:
        """The same in a graph as `emissions`, of states (..., H); `table` is the name of the tied table."""
        scores = linear(graph, f"{name}.emit", self.emit, states)
        for tied in self._tied:
            scores = product(graph, table, tied.weight, scores)
            scores = graph.node("Add", [scores, graph.weight(f"{name}.bias", self.bias)])
        return graph.node("LogSoftmax", [scores], axis=-1)
