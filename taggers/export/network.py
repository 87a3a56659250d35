"""A trained network as two graphs: from word types to projected inputs, and from those of tokens to emissions.

The first layer's input weights meet a word type once, however often it occurs: two fifths of all arithmetic.
Weights are no part of the graphs; each value of them bears the name that it has in weights.safetensors.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taggers.export.graph import OnnxGraph
from taggers.export.onward import onward_graph
from taggers.export.quantisation import quantised
from taggers.nn.embeddings.contextual import Contextual
from taggers.nn.embeddings.interface import Embedding
from taggers.nn.embeddings.lookup import Lookup
from taggers.nn.graph import side_by_side, turned
from taggers.nn.heads.decoder import DecoderHead
from taggers.nn.heads.interface import Head
from taggers.nn.model import Model
from taggers.nn.onward import OnwardEncoder
from taggers.nn.recurrent import Bidirectional, Recurrence, Unidirectional

RIGHTWARD, LEFTWARD = "rightward", "leftward"


@dataclass(frozen=True)
class _Part:
    """An embedding, the name of its module, and its places in the vector of a token."""

    name: str
    embedding: Embedding
    start: int
    end: int


def export_network(model: Model, beside: Collection[str]) -> dict[str, bytes]:
    """The graphs by name, with that of a step where the network writes sequences; `beside` are the features that read
    other columns than the forms.
    """
    of_forms, of_tokens = _parts(model, beside)
    emissions = onward_graph(model) if isinstance(model.encoder, OnwardEncoder) else _emissions(model, of_tokens)
    graphs = {"forms": _forms(model, of_forms), "emissions": emissions}
    for name, head in model.heads.named_children():
        if isinstance(head, DecoderHead):
            graphs["step"] = OnnxGraph("step")
            head.step_nodes(graphs["step"], f"heads.{name}")
    return {name: graph.serialized() for name, graph in graphs.items()}


def export_quantised(model: Model, beside: Collection[str]) -> tuple[bytes, dict[str, npt.NDArray[np.generic]]]:
    """The second graph with products of whole numbers where states meet matrices, and these tensors by their names."""
    graph = _emissions(model, _parts(model, beside)[1], in_whole_numbers=True)
    tensors: dict[str, npt.NDArray[np.generic]] = {}
    for name, weight in graph.quantised.items():
        tensors |= quantised(name, weight.detach().cpu().numpy())
    return graph.serialized(), tensors


def _parts(model: Model, beside: Collection[str]) -> tuple[list[_Part], list[_Part]]:
    """The embeddings of forms, and those of what stands beside them."""
    parts: list[_Part] = []
    end = 0
    for name, embedding in model.embeddings.named_children():
        assert isinstance(embedding, Embedding)
        start, end = end, end + embedding.output_size
        parts.append(_Part(f"embeddings.{name}", embedding, start, end))
    of_tokens = [p for p in parts if isinstance(p.embedding, Contextual) or _is_beside(p.embedding, beside)]
    return [p for p in parts if p not in of_tokens], of_tokens


def _is_beside(embedding: Embedding, beside: Collection[str]) -> bool:
    return isinstance(embedding, Lookup) and embedding.name in beside


def _forms(model: Model, parts: Sequence[_Part]) -> OnnxGraph:
    """W forms to what they add to the first layer's gates (W, G H), biases included, for each direction."""
    graph = OnnxGraph("forms")
    vectors = _beside(graph, [part.embedding.nodes(graph, part.name) for part in parts])  # (W, E)
    for side in _sides(model):
        direction, name = _direction(model, 0, side)
        projected = graph.node("MatMul", [vectors, _input_weights(graph, direction, name, parts)])
        whole = graph.node("Add", [projected, direction.bias_nodes(graph, name)])
        graph.output(side, whole, "float32", ["W", direction.input_bias.numel()])
    return graph


def _emissions(model: Model, parts: Sequence[_Part], in_whole_numbers: bool = False) -> OnnxGraph:
    """B rows of T tokens to the emissions (B, T, K) of each layer, called as its head is.

    `rightward` and `leftward` (V, G H) are rows of word types as `forms` gives them, `types` (T, B) says which each
    token has. What ends in `reversed` is the same with each sentence turned round inside its length.
    """
    graph = OnnxGraph("emissions", in_whole_numbers)
    lengths = graph.given("lengths", "int64", ["B"])
    sides = _sides(model)
    ways = [_first_layer(graph, model, parts, side, lengths) for side in sides]  # (T, B, H) each
    for number in range(1, len(model.encoder.layers)):
        states = side_by_side(graph, ways, lengths)  # (T, B, D H)
        ways = []
        for side in sides:
            given = states if side == RIGHTWARD else turned(graph, states, lengths)
            direction, name = _direction(model, number, side)
            projected = graph.of_states(given, f"{name}.input_weight", direction.input_weight)
            projected = graph.node("Add", [projected, direction.bias_nodes(graph, name)])
            ways.append(direction.nodes(graph, name, projected))
    for name, head in model.heads.named_children():
        assert isinstance(head, Head)
        head.outputs(graph, name, ways, lengths)
    return graph


def _first_layer(graph: OnnxGraph, model: Model, parts: Sequence[_Part], side: str, lengths: str) -> str:
    """The states (T, B, H) of one direction of the first layer, in its own order of steps."""
    direction, name = _direction(model, 0, side)
    suffix = "" if side == RIGHTWARD else " reversed"
    rows = graph.given(side, "float32", ["V", direction.input_bias.numel()])
    types = graph.given(f"types{suffix}", "int32", ["T", "B"])
    if not parts:
        return direction.nodes(graph, name, types, rows)
    found = []
    for part in parts:
        if isinstance(part.embedding, Lookup):
            numbers = graph.given(f"numbers {part.embedding.name}{suffix}", "int32", ["T", "B"])
            found.append(part.embedding.looked_up(graph, part.name, numbers))
        else:
            states = part.embedding.nodes(graph, part.name)
            found.append(states if side == RIGHTWARD else turned(graph, states, lengths))
    projected = graph.node("MatMul", [_beside(graph, found), _input_weights(graph, direction, name, parts)])
    return direction.nodes(graph, name, graph.node("Add", [graph.node("Gather", [rows, types]), projected]))


def _direction(model: Model, number: int, side: str) -> tuple[Recurrence, str]:
    """One direction of a layer, and its name."""
    layer = model.encoder.layers[number]
    assert isinstance(layer, Bidirectional | Unidirectional)
    if side == RIGHTWARD:
        return layer.rightward, f"encoder.layers.{number}.{side}"
    assert isinstance(layer, Bidirectional)
    return layer.leftward, f"encoder.layers.{number}.{side}"


def _sides(model: Model) -> tuple[str, ...]:
    """The directions in which the encoder goes."""
    return (RIGHTWARD, LEFTWARD)[: model.encoder.directions]


def _input_weights(graph: OnnxGraph, direction: Recurrence, name: str, parts: Sequence[_Part]) -> str:
    """The columns of input weights (G H, E) that some embeddings meet, turned: (sum of their sizes, G H)."""
    weight = graph.weight(f"{name}.input_weight", direction.input_weight)
    columns = [graph.node("Slice", [weight, *map(graph.constant, ([p.start], [p.end], [1]))]) for p in parts]
    return graph.node("Transpose", [_beside(graph, columns, axis=1)])


def _beside(graph: OnnxGraph, values: Sequence[str], axis: int = -1) -> str:
    return graph.node("Concat", values, axis=axis) if len(values) > 1 else values[0]
