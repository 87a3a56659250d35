"""The variant of a model in whole numbers, and what it changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from safetensors.numpy import load, load_file, save

from taggers import evaluation
from taggers.checkpoint import ModelFolder
from taggers.engine.contextual import open_contextual
from taggers.engine.onnx_engine import OnnxEngine
from taggers.engine.torch_engine import load as load_network
from taggers.export import export_quantised
from taggers.metrics import AnyScores
from taggers.text import Prediction, Sentence
from taggers.text.types import LABEL

_MOST_CHANGED_TAGS, _MOST_CHANGED_SPANS, _MOST_LOST = 0.001, 0.003, 0.001  # the last of F1, or of accuracy


@dataclass(frozen=True)
class Variant:
    """The second graph of a network with products of whole numbers, and the tensors that it reads of these."""

    graph: bytes
    weights: bytes


@dataclass(frozen=True)
class Comparison:
    """The tags and spans of float32 in all layers, its labels of sentences, how many int8 changes, the scores of both.

    A span is changed where only one of the two has it: those that are gone are counted, or those that are new where
    these are more.
    """

    tags: int
    changed_tags: int
    spans: int
    changed_spans: int
    labels: int
    changed_labels: int
    float32: AnyScores
    int8: AnyScores

    @property
    def holds(self) -> bool:
        """True where int8 changes no more than it may."""
        return (
            self.changed_tags <= max(1.0, _MOST_CHANGED_TAGS * self.tags)
            and self.changed_spans <= max(1.0, _MOST_CHANGED_SPANS * self.spans)
            and self.changed_labels <= max(1.0, _MOST_CHANGED_TAGS * self.labels)
            and self.float32.headline - self.int8.headline <= _MOST_LOST
        )


def make_variant(folder: ModelFolder) -> Variant:
    """The variant of a model; torch builds the network."""
    folder.expect_answers()  # a language model has no such variant
    engine = load_network(folder, "cpu")
    graph, tensors = export_quantised(engine.model, folder.indexer.beside)
    return Variant(graph, save(tensors))


def compare(folder: ModelFolder, variant: Variant, sentences: Sequence[Sentence]) -> Comparison:
    """Both on sentences with gold tags as `Tagger.evaluate` takes them."""
    tasks = folder.expect_answers()
    for task in tasks:
        sentences = evaluation.gold_of(task, sentences)
    graphs, weights = folder.graphs(), load_file(folder.weights)
    constraints = [task.constraints for task in tasks]
    contextual, search = open_contextual(folder), tasks[0].search
    engines = (
        OnnxEngine(folder.indexer, constraints, graphs, weights, search, contextual),
        OnnxEngine(
            folder.indexer,
            constraints,
            {**graphs, "emissions": variant.graph},
            {**weights, **load(variant.weights)},
            search,
            contextual,
        ),
    )
    before, after = (list(evaluation.predict(engine, tasks, sentences)) for engine in engines)
    scores = (evaluation.score(p, folder.indexer, tasks, sentences) for p in (before, after))
    pairs = [pair for one, other in zip(before, after, strict=True) for pair in _layers(one, other)]
    labelled = [pair for pair in pairs if pair[0].layer == LABEL]
    gone = sum(len({*one.spans} - {*other.spans}) for one, other in pairs)
    new = sum(len({*other.spans} - {*one.spans}) for one, other in pairs)
    return Comparison(
        sum(len(one.tags) for one, _ in pairs),
        sum(a != b for one, other in pairs for a, b in zip(one.tags, other.tags, strict=True)),
        sum(len(one.spans) for one, _ in pairs),
        max(gone, new),
        len(labelled),
        sum(one.label != other.label for one, other in labelled),
        *scores,
    )


def _layers(one: Prediction, other: Prediction) -> Iterator[tuple[Prediction, Prediction]]:
    yield one, other
    yield from zip(one.further, other.further, strict=True)
