"""What each direction of an encoder knows of a whole sentence: its state at the end of its way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from taggers.nn.graph import Graph


def ends(states: Tensor, lengths: Tensor, directions: Literal[1, 2]) -> Tensor:
    """States (B, T, H) of the directions side by side, and lengths (B,), to (B, H).

    The state from the left is that at the last token, the one from the right that at the first.

    >>> ends(torch.tensor([[[1, 2], [3, 4], [0, 0]]]), torch.tensor([2]), directions=2)
    tensor([[3, 2]])
    """
    size = states.shape[2] // directions
    last = states[torch.arange(len(states), device=states.device), lengths - 1, :size]  # (B, H / directions)
    return torch.cat((last, states[:, 0, size:]), dim=1)


def ends_nodes(graph: Graph, ways: Sequence[str], lengths: str) -> list[str]:
    """The same in a graph, of each direction (B, h), from its states (T, B, h) in the order of its own steps."""
    number = graph.node("Gather", [graph.node("Shape", [lengths]), graph.constant(0)])  # B
    rows = graph.node("Range", [graph.constant(0), number, graph.constant(1)])  # (B,)
    last = graph.node("Sub", [lengths, graph.constant(1)])  # (B,)
    columns = [graph.node("Unsqueeze", [value, graph.constant([1])]) for value in (last, rows)]
    places = graph.node("Concat", columns, axis=1)  # (B, 2)
    return [graph.node("GatherND", [states, places]) for states in ways]
