"""Pretrained vectors: looked up outside of the network, for any word at all, and fitted to it here."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from taggers.nn.batch import Features
from taggers.nn.embeddings.interface import Embedding
from taggers.nn.embeddings.spread import spread
from taggers.nn.graph import Graph, linear


class Pretrained(Embedding):
    """The vectors (W, `dimensions`) of the store called `name`, times `scale`; with `size` a projection to that.

    The store itself never changes. Where `words` is given, vectors are tuned: each of that many words of the trained
    vocabulary learns a vector that is added to its own, starting from zero; those that are unknown to it (numbers 0 and
    1) learn none. So a word that training never saw keeps its pretrained vector.
    """

    def __init__(self, name: str, dimensions: int, scale: float, size: int = 0, words: int = 0) -> None:
        super().__init__()
        self.name, self.scale, self.dimensions = name, scale, dimensions
        self.projection = nn.Linear(dimensions, size) if size else None
        self.learnt = nn.Parameter(torch.zeros(words, dimensions)) if words else None
        self.output_size = size or dimensions

    def forward(self, features: Features) -> Tensor:
        """(B, T, size)."""
        vectors = spread(features.vectors[self.name] * self.scale, features)  # (B, T, E)
        if self.learnt is not None:
            numbers = features.features["words"]  # (B, T)
            learnt = nn.functional.embedding(numbers, self.learnt, padding_idx=0)  # (B, T, E)
            vectors = vectors + learnt * (numbers > 1)[:, :, None]
        if self.projection is not None:
            vectors = self.projection(vectors)  # (B, T, size)
        return vectors

    def nodes(self, graph: Graph, name: str) -> str:
        """(W, size)."""
        given = graph.cast(graph.given(f"vectors {self.name}", "float16", ["W", self.dimensions]), "float32")
        vectors = graph.node("Mul", [given, graph.constant(self.scale, "float32")])  # (W, E)
        if self.learnt is not None:
            numbers = graph.given("numbers words", "int32", ["W"])
            known = graph.node("Greater", [numbers, graph.constant(1, "int32")])  # (W,)
            learnt = graph.rows(f"{name}.learnt", self.learnt, "words")  # (W, E)
            known = graph.node("Unsqueeze", [known, graph.constant([1])])
            vectors = graph.node("Add", [vectors, graph.node("Where", [known, learnt, graph.constant(0.0, "float32")])])
        if self.projection is not None:
            vectors = linear(graph, f"{name}.projection", self.projection, vectors)
        return vectors
