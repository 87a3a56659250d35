"""A language model under onnxruntime: what is computed where states are asked for, and where scores are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray

from taggers import make_config
from taggers.build import build_indexer, build_model
from taggers.data.indexer import Indexer
from taggers.data.sentences import SentenceStore
from taggers.data.stream import spell
from taggers.engine import onnx_stream
from taggers.engine.contextual import border_states
from taggers.engine.onnx_sessions import Feeds, run_graph
from taggers.engine.onnx_stream import OnnxStream
from taggers.engine.stream import StreamEngine, surprise
from taggers.engine.torch_engine import TorchEngine
from taggers.export import export_network
from taggers.nn.model import Model
from taggers.tasks.language_model import LanguageModel, Unit
from taggers.text import Sentence

TEXT = SentenceStore.of([Sentence(("the", "sea", "is", "wide")), Sentence(("a", "gull"))])
SAID = {
    "of characters": ["task.unit=character"],
    "of words, tied": ["task.unit=word", "model.head.kind=next", "model.head.tied=true"],
    "two layers": ["task.unit=character", "model.encoder.layers=2"],
    "gru": ["task.unit=character", "model.encoder.kind=gru"],
}


def network(said: list[str]) -> tuple[Model, Indexer, SentenceStore]:
    """An untrained model, and the symbols of the text."""
    config = make_config({}, ["task.kind=language_model", "model.encoder.hidden_size=6", "model.words.size=4", *said])
    unit: Unit = "word" if "task.unit=word" in said else "character"
    symbols = spell(TEXT, unit, "forward")
    indexer = build_indexer(config.model, symbols, {})
    torch.manual_seed(1)
    return build_model(config, indexer, [LanguageModel(unit, "forward")]).eval(), indexer, symbols


def stream_of(model: Model, indexer: Indexer, graphs: dict[str, bytes]) -> OnnxStream:
    return OnnxStream(indexer, graphs, {name: weight.detach().numpy() for name, weight in model.named_parameters()})


def scored_always(graph: bytes) -> bytes:
    """The graph of a model that was trained before there was a choice."""
    model = onnx.load_from_string(graph)
    [choice] = [value for value in model.graph.input if value.name == "scored"]
    model.graph.input.remove(choice)
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.array(True), "scored"))
    content: bytes = model.SerializeToString()
    return content


def test_symbols_are_scored_only_where_scores_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, bool]] = []

    def run(session: onnxruntime.InferenceSession, outputs: Sequence[str], feeds: Feeds) -> list[NDArray[np.float32]]:
        asked.append((outputs[0], session.run(["scores"], feeds)[0].size > 0))
        return run_graph(session, outputs, feeds)

    model, indexer, symbols = network(SAID["of characters"])
    engine = stream_of(model, indexer, export_network(model, ()))
    monkeypatch.setattr(onnx_stream, "run_graph", run)
    border_states(engine, TEXT, "forward")
    text = engine.follow(symbols)
    text.skip(np.array([0]), 2, text.start(1))
    assert set(asked) == {("states", False)}
    asked.clear()
    surprise(text)
    assert set(asked) == {("scores", True)}


@pytest.mark.parametrize("said", SAID.values(), ids=SAID)
def test_states_and_scores_are_those_of_torch_and_of_a_graph_that_scores_always(said: list[str]) -> None:
    model, indexer, symbols = network(said)
    graphs = export_network(model, ())
    engines: list[StreamEngine] = [
        stream_of(model, indexer, graphs),
        stream_of(model, indexer, {**graphs, "emissions": scored_always(graphs["emissions"])}),
        TorchEngine(model, indexer),
    ]
    texts = [engine.follow(symbols) for engine in engines]
    starts = np.array([0, 2])
    for read in ("states", "onward"):
        chosen, always, under_torch = (getattr(text, read)(starts, 3, text.start(2)) for text in texts)
        for some, same, close in zip(chosen, always, under_torch, strict=True):
            np.testing.assert_array_equal(some, same)
            np.testing.assert_allclose(some, close, atol=1e-5)
