"""How a module of the network says what it computes to an ONNX graph, beside what it says to torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Protocol, Self

import numpy.typing as npt
from torch import Tensor, nn

NumberKind = Literal["bool", "int8", "uint8", "int32", "int64", "float16", "float32"]


class Graph(Protocol):
    """An ONNX graph under construction, its values known by their names."""

    def given(self, name: str, kind: NumberKind, shape: Sequence[int | str]) -> str:
        """A value that is given at every run; the same one where the name was used before."""

    def node(self, kind: str, inputs: Sequence[str], **attributes: Any) -> str:
        """A node of one output, and the name of that."""

    def nodes(self, kind: str, inputs: Sequence[str], outputs: int, **attributes: Any) -> list[str]:
        """A node of several outputs, and their names."""

    def cast(self, value: str, kind: NumberKind) -> str:
        """A value as numbers of another kind."""

    def constant(self, value: npt.ArrayLike, kind: NumberKind = "int64") -> str:
        """A small array that is part of the graph."""

    def weight(self, name: str, weight: Tensor) -> str:
        """A trained tensor by its name in the file of weights."""

    def rows(self, name: str, weight: Tensor, feature: str) -> str:
        """The rows (W, E) of a trained table by the numbers of the forms in a feature, given at every run."""

    def of_states(self, states: str, name: str, weight: Tensor) -> str:
        """What a trained matrix (G, H), by its name, makes of states (..., H) between -1 and 1: (..., G)."""

    def output(self, name: str, value: str, kind: NumberKind, shape: Sequence[int | str]) -> None:
        """Give a value out under a name."""

    def inner(self, name: str) -> Self:
        """The body of a node of this graph, which sees its values."""

    def body(self) -> Any:
        """What a node takes as its body."""


def product(graph: Graph, name: str, weight: Tensor, value: str, columns: tuple[int, int] | None = None) -> str:
    """(..., E) times a trained matrix (F, E), or those of its `columns` from the first to before the last."""
    matrix = graph.weight(name, weight)
    if columns is not None:
        matrix = graph.node("Slice", [matrix, *map(graph.constant, ([columns[0]], [columns[1]], [1]))])
    return graph.node("MatMul", [value, graph.node("Transpose", [matrix])])


def linear(graph: Graph, name: str, layer: nn.Linear, value: str) -> str:
    """What a linear layer makes of (..., E)."""
    return graph.node(
        "Add", [product(graph, f"{name}.weight", layer.weight, value), graph.weight(f"{name}.bias", layer.bias)]
    )


def turned(graph: Graph, value: str, lengths: str) -> str:
    """(T, B, E) with each sentence turned round inside its length."""
    return graph.node("ReverseSequence", [value, lengths], time_axis=0, batch_axis=1)


def side_by_side(graph: Graph, ways: Sequence[str], lengths: str) -> str:
    """(T, B, H) of each of D directions, in the order of its own steps, to (T, B, D H) in that of the first."""
    rightward, *leftward = ways
    if not leftward:
        return rightward
    return graph.node("Concat", [rightward, *(turned(graph, states, lengths) for states in leftward)], axis=2)


def product_of_ways(graph: Graph, name: str, weight: Tensor, ways: Sequence[str], lengths: str) -> str:
    """What a matrix (K, D H) makes of the states of D directions (T, B, H), each in its own order: (B, T, K).

    Each part of it meets those of one direction, so that K numbers a token are turned back and laid out anew, not D H.
    """
    size = weight.shape[1] // len(ways)
    together, *leftward = (
        product(graph, name, weight, states, (way * size, (way + 1) * size)) for way, states in enumerate(ways)
    )
    for products in leftward:
        together = graph.node("Add", [together, turned(graph, products, lengths)])
    return graph.node("Transpose", [together], perm=[1, 0, 2])
