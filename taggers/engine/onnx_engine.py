"""The network under onnxruntime, on the CPU, without torch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

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

from taggers.chain import Chain
from taggers.checkpoint import ModelFolder, Precision
from taggers.data.batch import pad_characters
from taggers.data.features import Ints
from taggers.data.indexer import Indexer
from taggers.data.sentences import TOKEN
from taggers.data.tensors import StoredTensor, open_tensors
from taggers.engine.interface import Beginning, Reading, Scores, Starts, Writing, writing_of
from taggers.engine.type_table import Rows, TypeTable, Words
from taggers.errors import CheckpointError, TaggerError
from taggers.text import Sentence

if TYPE_CHECKING:
    from taggers.engine.onnx_step import OnnxStep

_Table = NDArray[np.float32] | StoredTensor
Weights = Mapping[str, NDArray[Any] | StoredTensor]
_Feeds = dict[str, NDArray[np.generic]]
_ROOM, _MOST_FORMS = 96_000_000, 16_384  # bytes that rows of word types may take, and how many there may be
_FAULTS = (Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, RuntimeException)


class OnnxEngine:
    """The graphs of a model folder as sessions, and the word types that they have met."""

    budget, most = 2048, 96  # the gates of so many sentences a processor's cache still holds

    def __init__(
        self,
        indexer: Indexer,
        constraints: Sequence[Chain | None],
        graphs: Mapping[str, bytes],
        weights: Weights,
        writing: Writing | None = None,
    ) -> None:
        self.indexer, self.writing = indexer, writing
        self._forms, self._emissions = (_session(graphs[name], weights) for name in ("forms", "emissions"))
        self._sides = [value.name for value in self._forms.get_outputs()]  # rightward, and leftward
        self._read_of_forms = {value.name for value in self._forms.get_inputs()}
        self._tables = _tables(self._forms, weights, indexer.features)
        self._heads = [value.name for value in self._emissions.get_outputs()]
        self._step: OnnxStep | None = None
        self.chains: tuple[Chain | None, ...] = (None,)
        if writing is not None:
            from taggers.engine.onnx_step import OnnxStep  # not at the top: taggers start sooner without

            self._step = OnnxStep(_session(graphs["step"], weights), writing.copies, _run)
        else:
            self.chains = tuple(
                _chain(rules, f"heads.{head}", weights) for rules, head in zip(constraints, self._heads, strict=True)
            )
        width = sum(value.shape[1] for value in self._forms.get_outputs())
        self._types = TypeTable(self._of_forms, room=min(_MOST_FORMS, max(self.budget, _ROOM // (4 * width))))

    def read(self, sentences: Sequence[Sentence]) -> Reading:
        """The sentences laid out; words for which there is no room together wait until a batch needs them."""
        placed = self.indexer.place(sentences)
        words = Words(placed.columns[TOKEN].values)
        self._types.prepare(words)
        beside = {
            name: feature.index(placed.columns[feature.column].values)[placed.columns[feature.column].places]
            for name, feature in self.indexer.beside.items()
        }  # (N,) each

        places = placed.columns[TOKEN].places

        def score(starts: Starts, lengths: Ints) -> Scores:
            found, there = self._score(places, words, beside, starts, lengths)
            return tuple(scores[there] if scores.ndim == 3 else scores for scores in found.values())

        def begin(starts: Starts, lengths: Ints) -> Beginning:
            assert self._step is not None
            found, there = self._score(places, words, beside, starts, lengths)
            sources = np.zeros(there.shape, dtype=np.int32)  # (B, T)
            sources[there] = of_forms[places[(starts[:, None] + np.arange(there.shape[1]))[there]]]
            return self._step.begin(found["states"], found["keys"], found["begin"], there, sources)

        if self._step is None:
            return Reading(placed.starts, placed.lengths, score)
        of_forms = self.indexer.words.index(words.forms)  # (V,)
        return Reading(placed.starts, placed.lengths, score, begin)

    def _score(
        self, places: NDArray[Any], words: Words, beside: Mapping[str, Ints], starts: Starts, lengths: Ints
    ) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.bool_]]:
        """What the second graph gives by name of rows of tokens, each the word at its place (N,), and which (B, T) of
        them are real.
        """
        steps = np.arange(lengths.max())[:, None]  # (T, 1)
        there = steps < lengths  # (T, B)
        onward = np.where(there, starts + steps, starts)  # (T, B): which token, the first where there is none
        back = np.where(there, starts + lengths - 1 - steps, starts)  # each row from its last token to its first
        feeds: _Feeds = {"lengths": lengths.astype(np.int64)}
        for name, column_numbers in beside.items():
            feeds[f"numbers {name}"] = column_numbers[onward]
            if len(self._sides) > 1:
                feeds[f"numbers {name} reversed"] = column_numbers[back]
        orders = np.stack((onward, back)[: len(self._sides)])
        with self._types.find(words, places[orders]) as (numbers, rows):
            named = ("types", "types reversed")[: len(self._sides)]
            feeds |= dict(zip(self._sides, rows, strict=True)) | dict(zip(named, numbers, strict=True))
            found = _run(self._emissions, self._heads, feeds)
            return dict(zip(self._heads, found, strict=True)), there.T

    def _of_forms(self, forms: Sequence[str]) -> tuple[Rows, ...]:
        """What each form adds to the gates of the first layer, in each direction."""
        described = self.indexer.describe(forms)
        feeds: _Feeds = {f"numbers {name}": numbers for name, numbers in described.numbers.items()}
        feeds |= {f"vectors {name}": vectors for name, vectors in described.vectors.items()}
        feeds |= {name: _rows(table, described.numbers[of]) for name, (table, of) in self._tables.items()}
        feeds["characters"], feeds["lengths"] = pad_characters(described.spelt)
        read = {name: feed for name, feed in feeds.items() if name in self._read_of_forms}
        return tuple(_run(self._forms, self._sides, read))


def _run(session: onnxruntime.InferenceSession, outputs: Sequence[str], feeds: _Feeds) -> list[NDArray[np.float32]]:
    """What a graph makes of its inputs; TaggerError where there is no memory, or a vocabulary of another network."""
    try:
        results: list[NDArray[np.float32]] = session.run(outputs, feeds)
    except _FAULTS as fault:
        if "alloc" in str(fault):
            raise TaggerError("there is not enough memory to tag this; split long sentences, or say windows") from None
        raise _other_network(fault) from None
    return results


def _other_network(fault: Exception) -> CheckpointError:
    problem = f"the graphs and the vocabulary of the model are of different networks ({str(fault).splitlines()[0]})"
    return CheckpointError(f"{problem}; restore it or train anew")


def _session(graph: bytes, weights: Weights) -> onnxruntime.InferenceSession:
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


def load(folder: ModelFolder, precision: Precision = "float32") -> OnnxEngine:
    """The engine of a model folder; raises CheckpointError where its tensors do not fit its graphs."""
    graphs = folder.graphs(precision)
    try:
        weights = {name: tensor for file in folder.tensors(precision) for name, tensor in open_tensors(file).items()}
        constraints = [task.constraints for task in folder.tasks]
        return OnnxEngine(folder.indexer, constraints, graphs, weights, writing_of(folder.tasks, folder.indexer))
    except (KeyError, ValueError, *_FAULTS) as fault:
        reason = str(fault).splitlines()[0]
        files = " and ".join(str(file) for file in folder.tensors(precision))
        problem = f"{files}: does not fit the graphs beside it ({reason}); restore it or train anew"
        raise CheckpointError(problem) from None


def _chain(constraints: Chain | None, head: str, weights: Weights) -> Chain | None:
    """A CRF's scores, -inf where the constraints forbid; the constraints alone where the head has no CRF."""
    if constraints is None or f"{head}.crf.transitions" not in weights:
        return constraints
    start, transitions, end = (weights[f"{head}.crf.{part}transitions"][...] for part in ("start_", "", "end_"))
    return Chain(start + constraints.start, transitions + constraints.transitions, end + constraints.end)
