"""Graphs that give a label for a whole sentence against torch, for every pooling, cell and depth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from taggers.build import build_indexer, build_model, build_tasks
from taggers.data.corpus import Corpus
from taggers.data.sentences import as_store
from taggers.engine.interface import Engine, decode
from taggers.engine.onnx_engine import OnnxEngine
from taggers.engine.torch_engine import TorchEngine
from taggers.export import export_network
from taggers.settings import make_config
from taggers.text import Sentence

TRAIN = [
    Sentence(("Ada", "saw", "the", "sea", "."), {"ner": ("B-PER", "O", "O", "O", "O")}, label="a"),
    Sentence(("gulls", "!"), {"ner": ("O", "O")}, label="b|c"),
]
ALONE = ["task.kind=classification", "model.head.kind=pooling"]
POOLINGS = ("last", "mean", "max", "attention")
KINDS = {
    **{p: [*ALONE, f"model.head.pooling={p}"] for p in POOLINGS},
    **{
        f"{p}, gru, two layers": [
            *ALONE,
            f"model.head.pooling={p}",
            "model.encoder.kind=gru",
            "model.encoder.layers=2",
        ]
        for p in POOLINGS
    },
    **{f"{p}, forward": [*ALONE, f"model.head.pooling={p}", "model.encoder.directions=forward"] for p in POOLINGS},
    "sets": [*ALONE, "task.many=true", "model.encoder.directions=forward", "model.encoder.layers=3"],
    "beside tags": ["task.layer=ner", "task.label={}"],
    "a set beside tags": ["task.layer=ner", "task.label={many = true, pooling = 'attention'}"],
}


def engines(overrides: Sequence[str]) -> tuple[TorchEngine, OnnxEngine]:
    """The same network, of random weights, under both."""
    config = make_config({}, ["model.encoder.hidden_size=6", *overrides])
    layers = ("ner",) if config.task.kind == "labelling" else ()
    corpus = Corpus.of(TRAIN, layer=layers, label=True)
    store = as_store(corpus.train, layers)
    indexer, tasks = build_indexer(config.model, store, {}), build_tasks(config, corpus, store)
    torch.manual_seed(5)
    model = build_model(config, indexer, tasks).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            weight.add_(0.5 * torch.randn_like(weight))
            if name.endswith("table.weight"):
                weight[0] = 0.0  # padding
    weights = {name: weight.detach().numpy() for name, weight in model.named_parameters()}
    graphs, constraints = export_network(model, indexer.beside), [task.constraints for task in tasks]
    return TorchEngine(model, indexer), OnnxEngine(indexer, constraints, graphs, weights)


def scores(engine: Engine, sentences: Sequence[Sentence]) -> tuple[NDArray[np.float32], ...]:
    """Of each head, all sentences in one batch."""
    reading = engine.read(sentences)
    return reading.score(reading.starts, reading.lengths)


def drawn(data: st.DataObject, least: int = 1) -> list[Sentence]:
    words = st.sampled_from(["Ada", "the", "sea", "1999", "unseen"])
    lengths = data.draw(st.lists(st.integers(least, 9), min_size=1, max_size=6))
    return [Sentence(tuple(data.draw(st.lists(words, min_size=n, max_size=n)))) for n in lengths]


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=8)
@given(st.data())
def test_both_engines_give_the_same_scores(kind: str, data: st.DataObject) -> None:
    under_torch, under_onnx = engines(KINDS[kind])
    sentences = drawn(data)
    expected, found = scores(under_torch, sentences), scores(under_onnx, sentences)
    assert found[-1].shape == (len(sentences), 3 if "set" in kind else 2)
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_allclose(other, one, atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("kind", ["max", "attention", "a set beside tags"])
@settings(max_examples=10)
@given(st.data(), st.sampled_from([1, 7, 1024]))
def test_labels_do_not_depend_on_neighbours(kind: str, data: st.DataObject, budget: int) -> None:
    _, engine = engines(KINDS[kind])
    sentences = drawn(data, least=0)
    together = decode(engine, sentences, budget)[-1]
    for sentence, row in zip(sentences, together, strict=True):
        if not sentence.tokens:
            assert np.isnan(row).all()
        else:
            np.testing.assert_allclose(decode(engine, [sentence])[-1][0], row, atol=1e-5)
