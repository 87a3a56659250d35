"""Vectors looked up by the numbers of a feature."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from taggers.nn.batch import Features
from taggers.nn.embeddings.interface import Embedding
from taggers.nn.graph import Graph


class Table(nn.Module):
    """Vectors by id; that of padding (id 0) is zero and stays so.

    >>> Table(5, 3)(torch.tensor([[0, 4]])).shape
    torch.Size([1, 2, 3])
    """

    def __init__(self, symbols: int, size: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(symbols, size))
        with torch.no_grad():
            bound = math.sqrt(3.0 / size)
            self.weight.uniform_(-bound, bound)
            self.weight[0] = 0.0
        self.output_size = size
        self.sparse = False  # whether gradients hold only the rows that were read
        self.whole = False  # whether something reads all rows in every step

    def forward(self, ids: Tensor) -> Tensor:
        """Ids of any shape (...) -> (..., size)."""
        return nn.functional.embedding(ids, self.weight, padding_idx=0, sparse=self.sparse)


class Lookup(Embedding):
    """A table for the feature called `name`."""

    def __init__(self, name: str, symbols: int, size: int) -> None:
        super().__init__()
        self.name = name
        self.table = Table(symbols, size)
        self.output_size = size

    def forward(self, features: Features) -> Tensor:
        """(B, T, size)."""
        vectors: Tensor = self.table(features.features[self.name])
        return vectors

    def nodes(self, graph: Graph, name: str) -> str:
        """(W, size) by the numbers of the forms."""
        return graph.rows(f"{name}.table.weight", self.table.weight, self.name)

    def looked_up(self, graph: Graph, name: str, numbers: str) -> str:
        """Numbers of any shape (...) to (..., size)."""
        return graph.node("Gather", [graph.weight(f"{name}.table.weight", self.table.weight), numbers])
