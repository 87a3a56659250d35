"""States of language models, which follow from a whole sentence: computed outside of the network, fitted to it here."""

from __future__ import annotations

from torch import Tensor, nn

from taggers.nn.batch import Features
from taggers.nn.embeddings.interface import Embedding
from taggers.nn.graph import Graph, linear


class Contextual(Embedding):
    """The states (B, T, D) that are called `name`; with `size` a projection to that.

    No other embedding depends on a token's neighbours, so that this one alone is given for tokens, not for their forms.

    Source: contextual string embeddings, Akbik and others 2018.
    """

    def __init__(self, name: str, dimensions: int, size: int = 0) -> None:
        super().__init__()
        self.name, self.dimensions = name, dimensions
        self.projection = nn.Linear(dimensions, size) if size else None
        self.output_size = size or dimensions

    def forward(self, features: Features) -> Tensor:
        """(B, T, size)."""
        states = features.contextual[self.name]
        return states if self.projection is None else self.projection(states)  # (B, T, size)

    def nodes(self, graph: Graph, name: str) -> str:
        """(T, B, size)."""
        states = graph.given(f"contextual {self.name}", "float32", ["T", "B", self.dimensions])
        return states if self.projection is None else linear(graph, f"{name}.projection", self.projection, states)
