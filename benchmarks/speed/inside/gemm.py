"""The rate at which the cores multiply matrices, in GFLOP/s: the limit beside every figure."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor

from benchmarks.machine import machine

_SIZE, _SECONDS = 1024, 0.1


def measure(device: str = "cpu") -> dict[str, object]:
    """Rates by number type; int8 is that of onnxruntime's and oneDNN's kind, accumulated in 32 bits."""
    made = torch.randn(_SIZE, _SIZE, device=device)
    reduced = made.bfloat16()
    whole = (made * 10).to(torch.int8)
    torch.backends.cuda.matmul.allow_tf32 = False
    return {
        "machine": machine() | ({} if device == "cpu" else {"device": torch.cuda.get_device_name(device)}),
        "float32": _rate(lambda: made @ made, device),
        "bfloat16": _rate(lambda: reduced @ reduced, device),
        "int8": _rate(lambda: torch._int_mm(whole, whole), device),
    }


def _rate(multiply: Callable[[], Tensor], device: str) -> float:
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
