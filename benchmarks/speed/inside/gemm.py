"""The rate at which the cores multiply matrices, in GFLOP/s: the limit beside every figure."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import onnx
import onnxruntime
import torch

from benchmarks.machine import machine

_SIZE, _SECONDS = 1024, 0.1


def measure(device: str = "cpu") -> dict[str, object]:
    """Rates by number type, of torch's own product; int8 is accumulated in 32 bits.

    On the CPU that of onnxruntime in float32 stands beside: torch's library for float32 may not use all that the core
    has, and the recurrent layers, which run by another, can be faster than it.
    """
    made = torch.randn(_SIZE, _SIZE, device=device)
    reduced = made.bfloat16()
    whole = (made * 10).to(torch.int8)
    torch.backends.cuda.matmul.allow_tf32 = False
    beside = {"float32 onnxruntime": _rate(_by_onnxruntime(), device)} if device == "cpu" else {}
    return {
        "machine": machine() | ({} if device == "cpu" else {"device": torch.cuda.get_device_name(device)}),
        "float32": _rate(lambda: made @ made, device),
        "bfloat16": _rate(lambda: reduced @ reduced, device),
        "int8": _rate(lambda: torch._int_mm(whole, whole), device),
        **beside,
    }


def _by_onnxruntime() -> Callable[[], object]:
    """A product by the engine that tags, on as many threads as torch has."""
    shape = [_SIZE, _SIZE]
    left, right, product = (onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape) for name in "abc")
    node = onnx.helper.make_node("MatMul", ["a", "b"], ["c"])
    graph = onnx.helper.make_graph([node], "product", [left, right], [product])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    made = torch.randn(_SIZE, _SIZE).numpy()
    return lambda: session.run(None, {"a": made, "b": made})


def _rate(multiply: Callable[[], object], device: str) -> float:
    """GFLOP/s, the median of five."""
    multiply()
    rates = []
    for _ in range(5):
        wait(device)
        started, times = time.perf_counter(), 0
        while time.perf_counter() - started < _SECONDS:
            for _ in range(1 if device == "cpu" else 100):
                multiply()
                times += 1
            wait(device)
        rates.append(2e-9 * _SIZE**3 * times / (time.perf_counter() - started))
    return round(statistics.median(rates), 1)


def wait(device: str) -> None:
    """Until a GPU has done all that it was given."""
    if device != "cpu":
        torch.cuda.synchronize()
