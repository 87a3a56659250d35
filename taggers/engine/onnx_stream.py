"""A language model under onnxruntime, on the CPU, without torch."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from taggers.checkpoint import ModelFolder
from taggers.data.indexer import WORDS, Indexer
from taggers.data.sentences import TOKEN, SentenceStore
from taggers.data.tensors import open_tensors
from taggers.engine.onnx_sessions import FAULTS, Feeds, FormsGraph, Weights, misfit, open_session, run_graph
from taggers.engine.stream import Carried, Following, Starts
from taggers.engine.type_table import Words

_LEAST = 2048  # symbols that there is room for at the least


class OnnxStream:
    """The graphs of a model folder as sessions, and the symbols that they have met."""

    def __init__(self, indexer: Indexer, graphs: Mapping[str, bytes], weights: Weights) -> None:
        self.indexer = indexer
        self._forms = FormsGraph(indexer, graphs["forms"], weights, _LEAST)
        self._next = open_session(graphs["emissions"], weights)
        self._before = [value.name for value in self._next.get_inputs() if value.name.startswith("before ")]
        self._layers = len({name.partition(".")[0] for name in self._before})
        self._chooses = any(value.name == "scored" for value in self._next.get_inputs())  # older graphs score always
        self._size = next(value.shape[1] for value in self._next.get_inputs() if value.name in self._before)

    def follow(self, symbols: SentenceStore) -> Following:
        """Make symbols ready."""
        placed = self.indexer.place(symbols)
        column = placed.columns[TOKEN]
        words = Words(column.values)
        self._forms.types.prepare(words)
        outputs = [name.replace("before", "after") for name in self._before]

        def read(output: str, starts: Starts, steps: int, carried: Carried) -> tuple[NDArray[np.float32], Carried]:
            there = starts + np.arange(steps)[:, None]  # (T, B)
            places = column.places[there.clip(max=len(column.places) - 1)]
            before = carried.reshape(len(self._before), len(starts), self._size)
            feeds: Feeds = dict(zip(self._before, before, strict=True))
            with self._forms.types.find(words, places) as (numbers, (rightward,)):
                feeds |= {"types": numbers, "rightward": rightward}
                if self._chooses:
                    feeds["scored"] = np.array(output == "scores")
                found, *after = run_graph(self._next, [output, *outputs], feeds)
            return found.transpose(1, 0, 2), np.stack(after).reshape(carried.shape)

        ids = self.indexer.features[WORDS].index(column.values)[column.places]
        return Following(ids, self.indexer.words.size, self._start, partial(read, "scores"), partial(read, "states"))

    def _start(self, rows: int) -> Carried:
        return np.zeros((self._layers, len(self._before) // self._layers, rows, self._size), dtype=np.float32)


def load(folder: ModelFolder) -> OnnxStream:
    """The engine of a model folder; raises CheckpointError where its tensors do not fit its graphs."""
    try:
        weights = {name: tensor for file in folder.tensors() for name, tensor in open_tensors(file).items()}
        return OnnxStream(folder.indexer, folder.graphs(), weights)
    except (KeyError, ValueError, *FAULTS) as fault:
        raise misfit(folder, "float32", fault) from None
