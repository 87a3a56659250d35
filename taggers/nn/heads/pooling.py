"""One answer for a whole sentence: its states pooled to one vector, a linear layer over that for the labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, assert_never

import torch
from torch import Tensor, nn

from taggers.nn.graph import Graph, linear, product, turned
from taggers.nn.heads.ends import ends, ends_nodes
from taggers.nn.heads.interface import Head

Pooling = Literal["last", "mean", "max", "attention"]


class PoolingHead(Head):
    """The K labels of a sentence from its states, one of them or (`many`) each by itself.

    `last` takes the last state of each direction, `mean` and `max` are over all tokens, unit by unit, `attention` is a
    weighted mean: a token weighs as much as its state, by one hidden layer, is like a learnt vector (Yang and others
    2016). States are those of `directions`, side by side; what stands in the padding never matters.

    >>> head = PoolingHead(states=4, labels=3, pooling="max")
    >>> states, mask = torch.randn(2, 5, 4), torch.tensor([[True, True, False, False, False], [True] * 5])
    >>> head.emissions(states, mask).exp().sum(dim=1).allclose(torch.ones(2))
    True
    """

    def __init__(
        self, states: int, labels: int, pooling: Pooling = "max", many: bool = False, directions: Literal[1, 2] = 2
    ) -> None:
        super().__init__()
        self.pooling, self.many, self.directions = pooling, many, directions
        self.emit = nn.Linear(states, labels)
        self.attend = _Attention(states) if pooling == "attention" else None

    def emissions(self, states: Tensor, mask: Tensor) -> Tensor:
        """(B, T, H), (B, T) -> (B, K): the logarithms of the labels' probabilities."""
        logits = self._logits(states, mask)
        return nn.functional.logsigmoid(logits) if self.many else torch.log_softmax(logits, dim=1)

    def loss(self, states: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        """Cross entropy summed over the batch, of `many` over their labels too; targets (B,) ids or (B, K) sets."""
        logits = self._logits(states, mask)
        if self.many:
            return nn.functional.binary_cross_entropy_with_logits(logits, targets.to(logits.dtype), reduction="sum")
        return nn.functional.cross_entropy(logits, targets, reduction="sum")

    def _logits(self, states: Tensor, mask: Tensor) -> Tensor:
        """(B, T, H), (B, T) -> (B, K); on the CPU in float32, as other heads."""
        with torch.autocast("cpu", enabled=False):
            pooled = self._pool(states if states.is_cuda else states.to(self.emit.weight.dtype), mask)  # (B, H)
            logits: Tensor = self.emit(pooled)
            return logits

    def _pool(self, states: Tensor, mask: Tensor) -> Tensor:
        """(B, T, H), (B, T) -> (B, H)."""
        lengths = mask.sum(dim=1)  # (B,)
        match self.pooling:
            case "last":
                return ends(states, lengths, self.directions)
            case "mean":
                return states.masked_fill(~mask[:, :, None], 0.0).sum(dim=1) / lengths[:, None]
            case "max":
                return states.masked_fill(~mask[:, :, None], float("-inf")).amax(dim=1)
            case "attention":
                assert self.attend is not None
                weighed: Tensor = self.attend(states.masked_fill(~mask[:, :, None], 0.0), mask)
                return weighed
            case never:
                assert_never(never)

    def outputs(self, graph: Graph, name: str, ways: Sequence[str], lengths: str) -> None:
        """(B, K)."""
        scores = self.nodes(graph, f"heads.{name}", ways, lengths)
        graph.output(name, scores, "float32", ["B", self.emit.out_features])

    def nodes(self, graph: Graph, name: str, ways: Sequence[str], lengths: str) -> str:
        """The same in a graph, from the states of each direction (T, B, H) in the order of its own steps: (B, K)."""
        longest = graph.node("Gather", [graph.node("Shape", [ways[0]]), graph.constant(0)])  # a scalar
        steps = graph.node("Range", [graph.constant(0), longest, graph.constant(1)])  # (T,)
        column = graph.node("Unsqueeze", [steps, graph.constant([1])])  # (T, 1)
        mask = graph.node("Unsqueeze", [graph.node("Less", [column, lengths]), graph.constant([2])])  # (T, B, 1)
        match self.pooling:
            case "last":
                pooled = ends_nodes(graph, ways, lengths)
            case "mean":
                number = graph.node("Unsqueeze", [graph.cast(lengths, "float32"), graph.constant([1])])  # (B, 1)
                sums = [_sum(graph, _where(graph, mask, states, 0.0)) for states in ways]
                pooled = [graph.node("Div", [added, number]) for added in sums]
            case "max":
                there = [_where(graph, mask, states, float("-inf")) for states in ways]
                pooled = [graph.node("ReduceMax", [states], axes=[0], keepdims=0) for states in there]
            case "attention":
                assert self.attend is not None
                pooled = self.attend.nodes(graph, f"{name}.attend", ways, mask, lengths)
            case never:
                assert_never(never)
        together = graph.node("Concat", pooled, axis=1) if len(pooled) > 1 else pooled[0]  # (B, H)
        logits = linear(graph, f"{name}.emit", self.emit, together)
        if self.many:
            return graph.node("Neg", [graph.node("Softplus", [graph.node("Neg", [logits])])])
        return graph.node("LogSoftmax", [logits], axis=1)


class _Attention(nn.Module):
    """A weighted mean of states; the weights come from a hidden layer and one vector."""

    def __init__(self, states: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(states, states)
        self.vector = nn.Linear(states, 1, bias=False)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """(B, T, H), (B, T) -> (B, H); the states of the padding are finite."""
        likeness: Tensor = self.vector(torch.tanh(self.hidden(states)))  # (B, T, 1)
        weights = likeness.masked_fill(~mask[:, :, None], float("-inf")).softmax(dim=1)
        return (weights * states).sum(dim=1)

    def nodes(self, graph: Graph, name: str, ways: Sequence[str], mask: str, lengths: str) -> list[str]:
        """The same in a graph, of each direction (B, H).

        States stay in their own order of steps; what the hidden layer makes of them is turned, and the weights back.
        """
        size = self.hidden.in_features // len(ways)
        weight = f"{name}.hidden.weight"
        made = [
            product(graph, weight, self.hidden.weight, states, (number * size, (number + 1) * size))
            for number, states in enumerate(ways)
        ]  # (T, B, A) each
        moved = made[0] if len(made) == 1 else graph.node("Add", [made[0], turned(graph, made[1], lengths)])
        moved = graph.node("Add", [moved, graph.weight(f"{name}.hidden.bias", self.hidden.bias)])
        likeness = product(graph, f"{name}.vector.weight", self.vector.weight, graph.node("Tanh", [moved]))
        weights = graph.node("Softmax", [_where(graph, mask, likeness, float("-inf"))], axis=0)  # (T, B, 1)
        orders = [weights, turned(graph, weights, lengths)][: len(ways)]
        return [
            _sum(graph, graph.node("Mul", [order, _where(graph, mask, states, 0.0)]))
            for order, states in zip(orders, ways, strict=True)
        ]


def _where(graph: Graph, mask: str, value: str, other: float) -> str:
    """A value where a mask is True, a number elsewhere."""
    return graph.node("Where", [mask, value, graph.constant(other, "float32")])


def _sum(graph: Graph, value: str) -> str:
    """(T, B, H) to the sums over T (B, H)."""
    return graph.node("ReduceSum", [value, graph.constant([0])], keepdims=0)
