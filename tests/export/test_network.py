"""The graphs under onnxruntime against the network under torch, for everything a network can be made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import onnx
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from taggers.build import build_indexer, build_model
from taggers.data.sentences import as_store
from taggers.data.vocabulary import Vocabulary
from taggers.engine.interface import Engine, decode
from taggers.engine.onnx_engine import OnnxEngine
from taggers.engine.torch_engine import TorchEngine
from taggers.errors import CheckpointError
from taggers.export import export_network
from taggers.reading import feature_columns
from taggers.settings import make_config
from taggers.tasks.labelling import Labelling
from taggers.text import Sentence
from taggers.text.schemes import IOB2, IOBES, PLAIN

TRAIN = [
    Sentence(
        ("Ada", "Obi", "saw", "the", "sea", "in", "1999", "."),
        {"ner": ("B-PER", "I-PER", *"OOOOOO"), "pos": tuple("NNVDNPMX"), "size": tuple("31222341")},
    ),
    Sentence(("gulls", "!"), {"ner": ("O", "O"), "pos": ("N", "X"), "size": ("2", "9")}),
]
KINDS = {
    "as it is": [],
    "gru": ["model.encoder.kind=gru"],
    "two layers": ["model.encoder.layers=2"],
    "three layers of gru": ["model.encoder.layers=3", "model.encoder.kind=gru"],
    "character lstm": ["model.characters.kind=lstm"],
    "character gru": ["model.characters.kind=gru"],
    "n-grams": ["model.characters.kind=ngrams"],
    "n-grams of one length": [
        "model.characters.kind=ngrams", "model.characters.shortest=3", "model.characters.longest=3",
    ],
    "long n-grams": ["model.characters.kind=ngrams", "model.characters.longest=8"],
    "wide convolution": ["model.characters.width=7"],
    "no characters": ["model.characters.kind=none"],
    "no casing": ["model.casing.size=0"],
    "softmax": ["model.head.kind=softmax"],
    "a column": ["model.features.pos.kind=value"],
    "columns": [
        "model.features.pos.kind=value", "model.features.size.kind=number", "model.features.end.kind=suffix",
        "model.features.begin.kind=prefix", "model.features.begin.column=pos",
    ],
    "two layers of tags": ["task.further.pos.head=softmax", "model.characters.kind=none"],
}  # fmt: skip


def engines(overrides: Sequence[str], hidden: int = 7) -> tuple[TorchEngine, OnnxEngine]:
    """The same network, of random weights, under both."""
    config = make_config({"task": {"layer": "ner"}}, [f"model.encoder.hidden_size={hidden}", *overrides])
    columns = ("ner", "pos", *feature_columns(config.model))
    indexer = build_indexer(config.model, as_store(TRAIN, tuple(dict.fromkeys(columns))), {})
    tasks = {"ner": Labelling.build(TRAIN, "ner", IOBES, IOB2)}
    tasks |= {name: Labelling.build(TRAIN, name, PLAIN, PLAIN) for name in config.task.further}  # type: ignore[union-attr]
    torch.manual_seed(5)
    constraints = [task.constraints for task in tasks.values()]
    model = build_model(config, indexer, list(tasks.values())).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.3 * torch.randn_like(weight))
        for name, weight in model.named_parameters():
            if name.endswith("table.weight"):
                weight[0] = 0.0  # padding
    weights = {name: weight.detach().numpy() for name, weight in model.named_parameters()}
    under_onnx = OnnxEngine(indexer, constraints, export_network(model, indexer.beside), weights)
    return TorchEngine(model, indexer), under_onnx


def scores(engine: Engine, sentences: Sequence[Sentence]) -> tuple[NDArray[np.float32], ...]:
    """Of each layer (N, K), all sentences in one batch."""
    reading = engine.read(sentences)
    return reading.score(reading.starts, reading.lengths)


def drawn(data: st.DataObject, most: int = 6) -> list[Sentence]:
    """Sentences of known and unknown words, with the columns of the training data."""
    tokens = st.one_of(st.sampled_from(["Ada", "the", "sea", "1999"]), st.text("Aae1.é字", min_size=0, max_size=40))
    lengths = data.draw(st.lists(st.integers(1, 9), min_size=1, max_size=most))

    def column(values: st.SearchStrategy[str], length: int) -> tuple[str, ...]:
        return tuple(data.draw(st.lists(values, min_size=length, max_size=length)))

    return [
        Sentence(
            column(tokens, n), {"pos": column(st.sampled_from("NVQ"), n), "size": column(st.sampled_from("19?"), n)}
        )
        for n in lengths
    ]


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=15)
@given(st.data())
def test_both_engines_give_the_same_emissions(kind: str, data: st.DataObject) -> None:
    under_torch, under_onnx = engines(KINDS[kind])
    sentences = drawn(data)
    for expected, found in zip(scores(under_torch, sentences), scores(under_onnx, sentences), strict=True):
        np.testing.assert_allclose(found, expected, atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_both_engines_score_paths_alike(kind: str) -> None:
    for expected, found in zip(*(engine.chains for engine in engines(KINDS[kind])), strict=True):
        for part in ("start", "transitions", "end"):
            assert np.array_equal(getattr(found, part), getattr(expected, part))
    assert np.isinf(expected.transitions).any() == (kind != "two layers of tags")


@settings(max_examples=20)
@given(st.data(), st.sampled_from([1, 7, 50, 1024]))
def test_tags_do_not_depend_on_neighbours_or_on_what_was_tagged_before(data: st.DataObject, budget: int) -> None:
    _, engine = engines(KINDS["columns"])
    sentences = drawn(data)
    (together,) = decode(engine, sentences, budget)
    for sentence, tags in zip(sentences, np.split(together, np.cumsum(list(map(len, sentences)))[:-1]), strict=True):
        (alone,) = decode(engine, [sentence])
        assert alone.tolist() == tags.tolist()


def test_no_weight_is_stored_in_a_graph() -> None:
    under_torch, _ = engines(KINDS["columns"], hidden=200)
    graphs = export_network(under_torch.model, under_torch.indexer.beside)
    assert all(len(graph) < 10_000 for graph in graphs.values())


def test_graphs_are_the_same_each_time() -> None:
    first, second = (engines(KINDS["columns"])[0] for _ in range(2))
    assert export_network(first.model, first.indexer.beside) == export_network(second.model, second.indexer.beside)


def nodes_of(graph: onnx.GraphProto) -> int:
    """How many nodes a graph has, those of its loops among them."""
    return sum(1 + sum(nodes_of(a.g) for a in node.attribute if a.HasField("g")) for node in graph.node)


@pytest.mark.parametrize(
    ("kind", "forms", "emissions"),
    [("as it is", 47, 50), ("gru", 45, 52), ("columns", 49, 72), ("two layers", 47, 99), ("n-grams", 98, 50)],
)
def test_graphs_have_no_more_nodes_than_they_had(kind: str, forms: int, emissions: int) -> None:
    under_torch, _ = engines(KINDS[kind])
    graphs = export_network(under_torch.model, under_torch.indexer.beside)
    counted = {name: nodes_of(onnx.load_model_from_string(content).graph) for name, content in graphs.items()}
    assert counted == {"forms": forms, "emissions": emissions}


def test_windows_are_the_same_under_both() -> None:
    overrides = ["model.windows.length=8", "model.windows.overlap=0.5"]
    long = [Sentence(("sea", "gulls", "Ada", "the") * 10), Sentence(("sea",))]
    answers = [decode(engine, long)[0].tolist() for engine in engines(overrides)]
    assert answers[0] == answers[1]
    assert len(answers[0]) == 41


def test_a_vocabulary_of_another_network_is_one_line() -> None:
    _, engine = engines([])
    words = engine.indexer.words
    more = replace(words, vocabulary=Vocabulary([*words.vocabulary.symbols, *map(str, range(50))]))
    engine._forms.indexer = replace(engine.indexer, features={**engine.indexer.features, "words": more})
    with pytest.raises(CheckpointError, match="graphs and the vocabulary of the model are of different networks"):
        decode(engine, [Sentence(("49",))])
