"""A word's vector as the sum of those of its character n-grams, which are hashed, so that none is ever unknown."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from taggers.nn.dropout import VariationalDropout
from taggers.nn.embeddings.interface import FormNetwork
from taggers.nn.graph import Graph

_PRIME = 2_147_483_647  # below 2**31, so that no product of the hash passes 63 bits on any device
_FACTOR = 1_000_003


class CharacterNgrams(FormNetwork):
    """The vectors of a word's n-grams from `shortest` (at most 3) to `longest` characters, its two borders among them.

    They are summed and divided by the root of their number, so that short and long words have vectors of like length.
    No arithmetic but a hash and a sum: cheaper than a convolution, and blind to where in the word an n-gram stands.
    Source: Bojanowski and others 2017 (fastText).

    >>> ngrams = CharacterNgrams(symbols=9, size=4, shortest=2, longest=3, buckets=50)
    >>> ngrams(torch.tensor([[2, 3, 0], [4, 5, 6]]), torch.tensor([2, 3])).shape
    torch.Size([2, 4])
    """

    def __init__(
        self, symbols: int, size: int, shortest: int, longest: int, buckets: int, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.start, self.end = symbols, symbols + 1
        self.shortest, self.longest, self.buckets = shortest, longest, buckets
        self.weight = nn.Parameter(torch.empty(buckets, size))
        self.dropout = VariationalDropout(dropout)
        self.output_size = size
        with torch.no_grad():
            bound = math.sqrt(3.0 / size)
            self.weight.uniform_(-bound, bound)

    def forward(self, characters: Tensor, lengths: Tensor) -> Tensor:
        """(W, C), (W,) -> (W, size); a form of no character gives zeros."""
        ids, inside = self.hashed(characters, lengths)  # (W, N)
        vectors = self.dropout(nn.functional.embedding(ids, self.weight))  # (W, N, E)
        total = (vectors * inside[:, :, None]).sum(dim=1)  # (W, E)
        result: Tensor = total / inside.sum(dim=1, keepdim=True).clamp(min=1).sqrt()
        return result

    def hashed(self, characters: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """The buckets (W, N) of all n-grams, and which of them are the word's own."""
        ends = lengths[:, None] + 1  # (W, 1)
        edged = nn.functional.pad(characters, (1, 1))  # (W, C + 2)
        edged[:, 0] = self.start
        edged = edged.scatter(1, ends, self.end)
        ids, inside = [], []
        for length in range(self.shortest, min(self.longest, edged.shape[1]) + 1):
            grams = edged.unfold(1, length, 1)  # (W, C + 3 - length, length)
            code = torch.full_like(grams[:, :, 0], length)
            for place in range(length):
                code = (code * _FACTOR + grams[:, :, place]) % _PRIME
            ids.append(code % self.buckets)
            lasts = torch.arange(length - 1, edged.shape[1], device=edged.device)  # where each n-gram ends
            inside.append((lasts <= ends) & (ends > 1))
        return torch.cat(ids, dim=1), torch.cat(inside, dim=1)

    def nodes(self, graph: Graph, name: str, characters: str, lengths: str) -> str:
        """(W, size); n-grams are cut out by slices, the width made up to the longest."""
        edges = graph.constant([0, 1, 0, self.longest])  # columns before and after
        edged = graph.node("Pad", [graph.cast(characters, "int64"), edges])  # (W, P)
        width = graph.node("Gather", [graph.node("Shape", [edged]), graph.constant([1])])  # (1,)
        end = graph.node("Squeeze", [width])
        places = graph.node("Range", [graph.constant(0), end, graph.constant(1)])  # (P,)
        ends = graph.node("Unsqueeze", [graph.cast(lengths, "int64"), graph.constant([1])])
        ends = graph.node("Add", [ends, graph.constant(1)])  # (W, 1)
        for at, border in ((graph.constant(0), self.start), (ends, self.end)):
            edged = graph.node("Where", [graph.node("Equal", [places, at]), graph.constant(border), edged])
        ids, inside = [], []
        for length in range(self.shortest, self.longest + 1):
            code = graph.constant(length)
            for place in range(length):
                stop = graph.node("Sub", [width, graph.constant([length - 1 - place])])
                column = graph.node("Slice", [edged, graph.constant([place]), stop, graph.constant([1])])
                code = graph.node("Add", [graph.node("Mul", [code, graph.constant(_FACTOR)]), column])
                code = graph.node("Mod", [code, graph.constant(_PRIME)])
            ids.append(graph.node("Mod", [code, graph.constant(self.buckets)]))  # (W, P + 1 - length)
            lasts = graph.node("Range", [graph.constant(length - 1), end, graph.constant(1)])
            inside.append(graph.node("LessOrEqual", [lasts, ends]))
        table = graph.weight(f"{name}.weight", self.weight)
        vectors = graph.node("Gather", [table, graph.node("Concat", ids, axis=1)])  # (W, N, E)
        own = graph.cast(graph.node("Concat", inside, axis=1), "float32")  # (W, N)
        kept = graph.node("Mul", [vectors, graph.node("Unsqueeze", [own, graph.constant([2])])])
        total = graph.node("ReduceSum", [kept, graph.constant([1])], keepdims=0)  # (W, E)
        number = graph.node("ReduceSum", [own, graph.constant([1])])  # (W, 1)
        number = graph.node("Max", [number, graph.constant(1.0, "float32")])
        return graph.node("Div", [total, graph.node("Sqrt", [number])])
