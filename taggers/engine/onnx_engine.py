"""The network under onnxruntime, on the CPU, without torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from taggers.chain import Chain
from taggers.checkpoint import ModelFolder, Precision
from taggers.data.features import Ints
from taggers.data.indexer import Indexer
from taggers.data.sentences import TOKEN
from taggers.data.tensors import open_tensors
from taggers.engine.interface import Beginning, HeadScores, Reading, Starts
from taggers.engine.onnx_sessions import FAULTS, Feeds, FormsGraph, Weights, misfit, open_session, run_graph
from taggers.engine.type_table import Words
from taggers.text import Sentence

if TYPE_CHECKING:
    from taggers.chain.search import Search
    from taggers.engine.contextual import ContextualStates
    from taggers.engine.onnx_step import OnnxStep


class OnnxEngine:
    """The graphs of a model folder as sessions, and the word types that they have met."""

    budget, most = 2048, 96  # the gates of so many sentences a processor's cache still holds

    def __init__(
        self,
        indexer: Indexer,
        constraints: Sequence[Chain | None],
        graphs: Mapping[str, bytes],
        weights: Weights,
        search: Search | None = None,
        contextual: Mapping[str, ContextualStates] | None = None,
    ) -> None:
        self.search, self._contextual = search, contextual or {}
        self._forms = FormsGraph(indexer, graphs["forms"], weights, self.budget)
        self._emissions = open_session(graphs["emissions"], weights)
        self._heads = [value.name for value in self._emissions.get_outputs()]
        self._step: OnnxStep | None = None
        self.chains: tuple[Chain | None, ...] = (None,)
        if search is not None:
            from taggers.engine.onnx_step import OnnxStep  # not at the top: taggers start sooner without

            self._step = OnnxStep(open_session(graphs["step"], weights))
        else:
            self.chains = tuple(
                _chain(rules, f"heads.{head}", weights) for rules, head in zip(constraints, self._heads, strict=True)
            )

    @property
    def indexer(self) -> Indexer:
        """What it reads of tokens."""
        return self._forms.indexer

    def read(self, sentences: Sequence[Sentence]) -> Reading:
        """The sentences laid out; words for which there is no room together wait until a batch needs them."""
        placed = self.indexer.place(sentences)
        words = Words(placed.columns[TOKEN].values)
        self._forms.types.prepare(words)
        beside = {
            name: feature.index(placed.columns[feature.column].values)[placed.columns[feature.column].places]
            for name, feature in self.indexer.beside.items()
        }  # (N,) each
        contextual = {name: states.look_at(sentences) for name, states in self._contextual.items()}  # (N, D) each

        places = placed.columns[TOKEN].places

        def score(starts: Starts, lengths: Ints) -> HeadScores:
            found, there = self._score(places, words, beside, contextual, starts, lengths)
            return tuple(scores[there] if scores.ndim == 3 else scores for scores in found.values())

        def begin(starts: Starts, lengths: Ints) -> Beginning:
            assert self._step is not None
            found, _ = self._score(places, words, beside, contextual, starts, lengths)
            state = found.pop("begin")
            return self._step.begin(found, state)

        return Reading(placed.starts, placed.lengths, score, None if self._step is None else begin)

    def _score(
        self,
        places: NDArray[Any],
        words: Words,
        beside: Mapping[str, Ints],
        contextual: Mapping[str, NDArray[np.float16]],
        starts: Starts,
        lengths: Ints,
    ) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.bool_]]:
        """What the second graph gives by name of rows of tokens, each the word at its place (N,), and which (B, T) of
        them are real.
        """
        steps = np.arange(lengths.max())[:, None]  # (T, 1)
        there = steps < lengths  # (T, B)
        onward = np.where(there, starts + steps, starts)  # (T, B): which token, the first where there is none
        back = np.where(there, starts + lengths - 1 - steps, starts)  # each row from its last token to its first
        feeds: Feeds = {"lengths": lengths.astype(np.int64)}
        for name, states in contextual.items():
            feeds[f"contextual {name}"] = states[onward].astype(np.float32)
        for name, column_numbers in beside.items():
            feeds[f"numbers {name}"] = column_numbers[onward]
            if len(self._forms.sides) > 1:
                feeds[f"numbers {name} reversed"] = column_numbers[back]
        orders = np.stack((onward, back)[: len(self._forms.sides)])
        with self._forms.types.find(words, places[orders]) as (numbers, rows):
            named = ("types", "types reversed")[: len(self._forms.sides)]
            feeds |= dict(zip(self._forms.sides, rows, strict=True)) | dict(zip(named, numbers, strict=True))
            found = run_graph(self._emissions, self._heads, feeds)
            return dict(zip(self._heads, found, strict=True)), there.T


def load(folder: ModelFolder, precision: Precision = "float32") -> OnnxEngine:
    """The engine of a model folder; raises CheckpointError where its tensors do not fit its graphs."""
    graphs = folder.graphs(precision)
    try:
        weights = {name: tensor for file in folder.tensors(precision) for name, tensor in open_tensors(file).items()}
        constraints = [task.constraints for task in folder.tasks]
        search = folder.tasks[0].search
        return OnnxEngine(folder.indexer, constraints, graphs, weights, search, _contextual(folder))
    except (KeyError, ValueError, *FAULTS) as fault:
        raise misfit(folder, precision, fault) from None


def _contextual(folder: ModelFolder) -> dict[str, ContextualStates]:
    if not folder.indexer.contextual:
        return {}
    from taggers.engine.contextual import open_contextual  # not at the top: most models have none, and start sooner

    return open_contextual(folder)


def _chain(constraints: Chain | None, head: str, weights: Weights) -> Chain | None:
    """A CRF's scores, -inf where the constraints forbid; the constraints alone where the head has no CRF."""
    if constraints is None or f"{head}.crf.transitions" not in weights:
        return constraints
    start, transitions, end = (weights[f"{head}.crf.{part}transitions"][...] for part in ("start_", "", "end_"))
    return Chain(start + constraints.start, transitions + constraints.transitions, end + constraints.end)
