"""ONNX graphs as sessions of onnxruntime: what all engines without torch share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi.onnxruntime_pybind11_state import (
    Fail,
    InvalidArgument,
    InvalidGraph,
    InvalidProtobuf,
    RuntimeException,
)

from taggers.checkpoint import ModelFolder, Precision
from taggers.data.batch import pad_characters
from taggers.data.features import Ints
from taggers.data.indexer import Indexer
from taggers.data.tensors import StoredTensor
from taggers.engine.type_table import Rows, TypeTable
from taggers.errors import CheckpointError, TaggerError

_Table = NDArray[np.float32] | StoredTensor
Weights = Mapping[str, NDArray[Any] | StoredTensor]
Feeds = dict[str, NDArray[np.generic]]
_ROOM, _MOST_FORMS = 96_000_000, 16_384  # bytes that rows of word types may take, and how many there may be
FAULTS = (Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, RuntimeException)


class FormsGraph:
    """The first graph of a model folder, and the word types that it has met: `types`, with room for `least` of them.

    `sides` are the directions of the encoder, rightward first.
    """

    def __init__(self, indexer: Indexer, graph: bytes, weights: Weights, least: int) -> None:
        self.indexer = indexer
        self._session = open_session(graph, weights)
        self.sides = [value.name for value in self._session.get_outputs()]
        self._read_of_forms = {value.name for value in self._session.get_inputs()}
        self._tables = _tables(self._session, weights, indexer.features)
        width = sum(value.shape[1] for value in self._session.get_outputs())
        self.types = TypeTable(self._of_forms, room=min(_MOST_FORMS, max(least, _ROOM // (4 * width))))

    def _of_forms(self, forms: Sequence[str]) -> tuple[Rows, ...]:
        """What each form adds to the gates of the first layer, in each direction."""
        described = self.indexer.describe(forms)
        feeds: Feeds = {f"numbers {name}": numbers for name, numbers in described.numbers.items()}
        feeds |= {f"vectors {name}": vectors for name, vectors in described.vectors.items()}
        feeds |= {name: _rows(table, described.numbers[of]) for name, (table, of) in self._tables.items()}
        feeds["characters"], feeds["lengths"] = pad_characters(described.spelt)
        read = {name: feed for name, feed in feeds.items() if name in self._read_of_forms}
        return tuple(run_graph(self._session, self.sides, read))


def run_graph(session: onnxruntime.InferenceSession, outputs: Sequence[str], feeds: Feeds) -> list[NDArray[np.float32]]:
    """What a graph makes of its inputs; TaggerError where there is no memory, or a vocabulary of another network."""
    try:
        results: list[NDArray[np.float32]] = session.run(outputs, feeds)
    except FAULTS as fault:
        if "alloc" in str(fault):
            raise TaggerError("there is not enough memory to tag this; split long sentences, or say windows") from None
        raise _other_network(fault) from None
    return results


def _other_network(fault: Exception) -> CheckpointError:
    problem = f"the graphs and the vocabulary of the model are of different networks ({str(fault).splitlines()[0]})"
    return CheckpointError(f"{problem}; restore it or train anew")


def open_session(graph: bytes, weights: Weights) -> onnxruntime.InferenceSession:
    """A graph with its weights, which it copies."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors come as exceptions; warnings tell of weights that the other graph reads
    options.enable_mem_pattern = False  # no two batches have the same shapes
    read = (name for name in weights if _names(graph, name))
    values = {name: onnxruntime.OrtValue.ortvalue_from_numpy(weights[name][...]) for name in read}
    options.add_external_initializers(list(values), list(values.values()))
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def _tables(
    session: onnxruntime.InferenceSession, weights: Weights, features: Iterable[str]
) -> dict[str, tuple[_Table, str]]:
    """The tables of which a graph is given rows, and the features whose numbers say which, by the names of its inputs.

    Raises KeyError for a table that is not there, ValueError for one of another width.
    """
    there = {f"{name} of {feature}": (weights[name], feature) for name in weights for feature in features}
    tables = {}
    for value in session.get_inputs():
        if value.name.startswith("embeddings."):  # as nothing else that is given does
            table, _ = tables[value.name] = there[value.name]
            if (found := list(table.shape[1:])) != value.shape[1:]:
                raise ValueError(f"{value.name}: rows of {found}, where the graph reads {value.shape[1:]}")
    return tables


def _rows(table: _Table, numbers: Ints) -> NDArray[np.float32]:
    """The rows (W, E) of a table; CheckpointError where it has none of a number."""
    try:
        rows: NDArray[np.float32] = table[numbers]
    except IndexError as fault:
        raise _other_network(fault) from None
    return rows


def _names(graph: bytes, weight: str) -> bool:
    """True where a graph names a weight; onnxruntime refuses those that it does not.

    Looked for as protobuf writes the field `name` of a tensor, since onnx, which could read it, is slow to import.
    """
    name = weight.encode()
    length = bytes([len(name)]) if len(name) < 128 else bytes([len(name) & 127 | 128, len(name) >> 7])
    return b"\x42" + length + name in graph


def misfit(folder: ModelFolder, precision: Precision, fault: Exception) -> CheckpointError:
    """What to say where the tensors of a folder do not fit its graphs."""
    reason = str(fault).splitlines()[0]
    files = " and ".join(str(file) for file in folder.tensors(precision))
    return CheckpointError(f"{files}: does not fit the graphs beside it ({reason}); restore it or train anew")
