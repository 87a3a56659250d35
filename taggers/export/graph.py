"""An ONNX graph under construction: nodes one after another, each value with a name of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

from taggers.export.quantisation import STATE_STEP, STATE_ZERO, matrix_name, scales_name
from taggers.nn.graph import NumberKind, product

_OPSET, _IR = 17, 9  # what onnxruntime 1.18 and all later ones read
_LOCATION = "weights.safetensors"
_MICROSOFT = "com.microsoft"  # the domain of what onnxruntime has beside ONNX


class OnnxGraph:
    """Nodes, inputs and constants, with weights that stay outside: they are handed to the session by their names.

    >>> graph = OnnxGraph("doubled")
    >>> x = graph.given("x", "float32", ["N"])
    >>> graph.output("y", graph.node("Add", [x, x]), "float32", ["N"])
    >>> [(node.op_type, list(node.output)) for node in graph.body().node]
    [('Add', ['y'])]
    """

    def __init__(self, name: str, quantised: bool = False, outer: Self | None = None) -> None:
        self.name, self._quantised = name, quantised
        self._root: OnnxGraph = self if outer is None else outer._root
        self._nodes: list[onnx.NodeProto] = []
        self._inputs: dict[str, onnx.ValueInfoProto] = {}
        self._outputs: list[onnx.ValueInfoProto] = []
        self._given_out: dict[str, str] = {}  # names of outputs, and the values that go out under them
        self._constants: dict[str, onnx.TensorProto] = {}  # those of inner graphs too
        self._number = 0
        self.quantised: dict[str, Tensor] = {}  # the trained matrices that are read as whole numbers, inner graphs' too

    def given(self, name: str, kind: NumberKind, shape: Sequence[int | str]) -> str:
        """A value that is given at every run; the same one where the name was used before."""
        self._inputs[name] = helper.make_tensor_value_info(name, _kind(kind), list(shape))
        return name

    def output(self, name: str, value: str, kind: NumberKind, shape: Sequence[int | str]) -> None:
        """Give a value out under a name."""
        self._given_out[name] = value
        self._outputs.append(helper.make_tensor_value_info(name, _kind(kind), list(shape)))

    def node(self, kind: str, inputs: Sequence[str], **attributes: Any) -> str:
        """A node of one output, and the name of that."""
        return self.nodes(kind, inputs, 1, **attributes)[0]

    def nodes(self, kind: str, inputs: Sequence[str], outputs: int, **attributes: Any) -> list[str]:
        """A node of several outputs, and their names."""
        self._root._number += 1
        names = [f"{kind.lower()} {self._root._number}.{output}" for output in range(outputs)]
        self._nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names

    def cast(self, value: str, kind: NumberKind) -> str:
        """A value as numbers of another kind."""
        return self.node("Cast", [value], to=_kind(kind))

    def constant(self, value: npt.ArrayLike, kind: NumberKind = "int64") -> str:
        """A small array that is part of the graph."""
        array = np.asarray(value, dtype=kind)
        name = f"{kind} {array.tolist()}"
        self._root._constants[name] = numpy_helper.from_array(array, name)
        return name

    def weight(self, name: str, weight: Tensor) -> str:
        """A trained tensor by its name in the file of weights."""
        return self._outside(name, "float32", weight.shape)

    def _outside(self, name: str, kind: NumberKind, shape: Sequence[int]) -> str:
        """A tensor that the session is handed by its name."""
        tensor = TensorProto(name=name, data_type=_kind(kind), dims=shape, data_location=TensorProto.EXTERNAL)
        tensor.external_data.add(key="location", value=_LOCATION)
        self._root._constants[name] = tensor
        return name

    def rows(self, name: str, weight: Tensor, feature: str) -> str:
        """The rows (W, E) of a trained table by the numbers of the forms in a feature, given at every run.

        A session copies the weights that it holds; so a table stays in its file, however many words it knows.
        """
        return self.given(f"{name} of {feature}", "float32", ["W", weight.shape[1]])

    def of_states(self, states: str, name: str, weight: Tensor) -> str:
        """What a trained matrix (G, H), by its name, makes of states (..., H) between -1 and 1: (..., G)."""
        if not self._quantised:
            return product(self, name, weight, states)
        step, zero = self.constant(STATE_STEP, "float32"), self.constant(STATE_ZERO, "uint8")
        self._root.quantised[name] = weight
        rows, columns = weight.shape
        matrix = self._outside(matrix_name(name), "int8", (columns, rows))
        scales = self._outside(scales_name(name), "float32", (rows,))
        whole = self.node("QuantizeLinear", [states, step, zero])
        return self.node("MatMulIntegerToFloat", [whole, matrix, step, scales, zero], domain=_MICROSOFT)

    def inner(self, name: str) -> OnnxGraph:
        """The body of a node of this graph, which sees its values."""
        return OnnxGraph(name, self._quantised, outer=self)

    def body(self) -> onnx.GraphProto:
        """The graph as protobuf, to be asked for once.

        A value that goes out bears the output's name itself; only where it goes out under a second one it is copied.
        """
        named: dict[str, str] = {}
        for name, value in self._given_out.items():
            if value in named or value in self._inputs:
                self._nodes.append(helper.make_node("Identity", [value], [name]))
            else:
                named[value] = name
        for node in self._nodes:
            for names in (node.input, node.output):
                names[:] = [named.get(name, name) for name in names]
        inputs, constants = list(self._inputs.values()), list(self._constants.values())
        return helper.make_graph(self._nodes, self.name, inputs, self._outputs, constants)

    def serialized(self) -> bytes:
        """The bytes of its file."""
        opsets = [helper.make_opsetid("", _OPSET)]
        opsets += [helper.make_opsetid(_MICROSOFT, 1)] if self._quantised else []
        model = helper.make_model(self.body(), producer_name="taggers", ir_version=_IR, opset_imports=opsets)
        content: bytes = model.SerializeToString(deterministic=True)
        return content


def _kind(name: NumberKind) -> int:
    """A kind of numbers as ONNX counts them."""
    return int(helper.np_dtype_to_tensor_dtype(np.dtype(name)))
