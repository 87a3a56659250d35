"""A language model's second graph: from word types and what the steps before have left to scores of the next symbol."""

from __future__ import annotations

import numpy as np

from taggers.export.graph import OnnxGraph
from taggers.nn.heads.next_symbol import NextSymbolHead
from taggers.nn.model import Model
from taggers.nn.recurrent import Unidirectional


def onward_graph(model: Model) -> OnnxGraph:
    """B rows of T symbols to `scores` (T, B, V), log probabilities of what comes next.

    `rightward` (V, G H) are rows of symbols as the first graph gives them, `types` (T, B) says which each step has.
    `states` (T, B, H) are those of the last layer. What layer l hands on from step to step goes in as `before l.c` and
    out as `after l.c` (B, H), for each c of C. Where `scored` is false there are no scores.
    """
    graph = OnnxGraph("emissions")
    (name, head), *_ = model.heads.named_children()
    assert isinstance(head, NextSymbolHead)
    value = graph.given("types", "int32", ["T", "B"])
    for number, layer in enumerate(model.encoder.layers):
        assert isinstance(layer, Unidirectional)
        direction, at = layer.rightward, f"encoder.layers.{number}.rightward"
        size, rows = direction.hidden_size, None
        if number == 0:
            rows = graph.given("rightward", "float32", ["V", direction.input_bias.numel()])
        else:
            value = graph.of_states(value, f"{at}.input_weight", direction.input_weight)
            value = graph.node("Add", [value, direction.bias_nodes(graph, at)])
        places = [f"{number}.{which}" for which in range(direction.carries)]
        before = [graph.given(f"before {place}", "float32", ["B", size]) for place in places]
        value, after = direction.nodes_onward(graph, at, value, before, rows)
        for place, left in zip(places, after, strict=True):
            graph.output(f"after {place}", left, "float32", ["B", size])
    graph.output("states", value, "float32", ["T", "B", size])
    graph.output("scores", _scores(graph, head, f"heads.{name}"), "float32", ["T", "B", head.symbols])
    return graph


def _scores(graph: OnnxGraph, head: NextSymbolHead, name: str) -> str:
    """The scores of the graph's `states`, or none: onnxruntime computes all of a graph, whatever is asked of it."""
    every, none = graph.inner("scored"), graph.inner("not scored")
    scores = head.nodes(every, name, "states", "embeddings.words.table.weight")
    every.output("all scores", scores, "float32", ["T", "B", head.symbols])
    nothing = none.node("Identity", [none.constant(np.zeros((0, 0, head.symbols)), "float32")])
    none.output("no scores", nothing, "float32", [0, 0, head.symbols])
    scored = graph.given("scored", "bool", [])
    return graph.node("If", [scored], then_branch=every.body(), else_branch=none.body())
