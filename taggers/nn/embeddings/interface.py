"""What an embedding is: its vectors stand beside those of the others, token by token.

Each says twice what it computes: as torch modules in `forward`, for training, and as the nodes of an ONNX graph in
`nodes`, for tagging without torch. Tests hold the two equal.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import nn

from taggers.nn.graph import Graph


class Embedding(nn.Module, ABC):
    """Makes a batch's features to (B, T, `output_size`); no token's vector depends on another's."""

    output_size: int

    @abstractmethod
    def nodes(self, graph: Graph, name: str) -> str:
        """The same over W forms, (W, `output_size`); `name` is that of the module."""


class FormNetwork(nn.Module, ABC):
    """Makes the characters (W, C) of distinct forms and their lengths (W,) to (W, `output_size`).

    What stands past a form's own length does not reach its vector; a form of no character has zeros.
    """

    output_size: int

    @abstractmethod
    def nodes(self, graph: Graph, name: str, characters: str, lengths: str) -> str:
        """The same in a graph, from values (int32) of those shapes; a form of no character may have anything."""
