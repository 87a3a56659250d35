"""Where a training step's time goes, part by part: calls of the product's own functions, timed from outside."""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

import taggers.data.source
import taggers.training
from benchmarks.speed.inside.gemm import wait
from benchmarks.speed.inside.training import prepare
from taggers.nn.crf import CRF
from taggers.nn.embeddings.characters import Characters
from taggers.nn.embeddings.lookup import Lookup
from taggers.nn.encoder import Encoder
from taggers.row_optimiser import RowAdamW
from taggers.runs import Silent, train_model

_WARM_UP = 30  # steps that are not counted
_PARTS: list[tuple[Any, str, str]] = [  # whose, which function, to which part its time belongs
    (taggers.training.Trainer, "_step", "other"),
    (taggers.data.source, "gather", "data"),
    (taggers.training, "to_device", "data"),
    (Lookup, "forward", "embeddings"),
    (Characters, "forward", "characters"),
    (Encoder, "forward", "encoder"),
    (CRF, "forward", "CRF"),
    (Tensor, "backward", "backward of embeddings and characters"),
    (taggers.training, "clip_gradients", "clipping"),
    (torch.optim.AdamW, "step", "optimiser"),
    (RowAdamW, "step", "optimiser"),
    (RowAdamW, "_catch_up", "optimiser"),
]


class _Done(Exception):  # noqa: N818 - no error
    """Enough steps were seen."""


class _Clock:
    """Seconds by part. The time of a call inside another is taken from that of the outer one."""

    def __init__(self, device: str) -> None:
        self._device = device
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._running: list[str] = []
        self._since = 0.0

    def switch(self) -> None:
        """Charge the time since the last switch to the part that is running."""
        wait(self._device)
        now = time.perf_counter()
        if self._running:
            self.seconds[self._running[-1]] += now - self._since
        self._since = now

    def charge(self, part: str) -> None:
        """Charge the time since the last switch to a part named only now."""
        wait(self._device)
        now = time.perf_counter()
        self.seconds[part] += now - self._since
        self._since = now

    def timed(self, function: Callable[..., Any], part: str) -> Callable[..., Any]:
        """The function, its time charged to a part."""

        def call(*arguments: Any, **named: Any) -> Any:
            self.switch()
            self._running.append(part)
            try:
                return function(*arguments, **named)
            finally:
                self.switch()
                self._running.pop()

        return call


def measure(recipe: str, overrides: list[str], device: str, sentences: int, steps: int) -> dict[str, object]:
    """Microseconds a token by part, over `steps` steps; on CUDA each part is waited for, which takes longer.

    The backward pass goes from the loss through head, encoder and embeddings: it is charged to each as the gradients of
    the encoder's output and input arrive.
    """
    corpus, settings = prepare(recipe, [*overrides, "training.epochs=1000"], sentences)
    clock, seen = _Clock(device), _Seen(steps)
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in _PARTS]
    for owner, name, part in _PARTS:
        setattr(owner, name, clock.timed(getattr(owner, name), part))
    Encoder.forward = _marking(Encoder.forward, clock)  # type: ignore[method-assign]
    gather = seen.counting(vars(taggers.data.source)["gather"], clock)
    setattr(taggers.data.source, "gather", gather)  # noqa: B010 - not of the module's own names
    try:
        with tempfile.TemporaryDirectory() as folder:
            train_model(settings, corpus, Path(folder) / "model", device, listener=seen)
    except _Done:
        pass
    finally:
        for owner, name, function in before:
            setattr(owner, name, function)
    total = sum(clock.seconds.values())
    return {
        "microseconds": {part: round(1e6 * spent / seen.tokens, 3) for part, spent in clock.seconds.items()},
        "tokens_per_second": round(seen.tokens / total),
        "tokens": seen.tokens,
        "steps": steps,
    }


class _Seen(Silent):
    """Counts steps and tokens, and ends the training when there are enough."""

    def __init__(self, steps: int) -> None:
        self.tokens, self._steps, self._left = 0, steps, steps + _WARM_UP

    def counting(self, gather: Callable[..., Any], clock: _Clock) -> Callable[..., Any]:
        """`gather`, its tokens counted once the warm-up is over."""

        def call(*arguments: Any) -> Any:
            if self._left == self._steps:
                clock.seconds.clear()
            batch = gather(*arguments)
            if self._left <= self._steps:
                self.tokens += int(batch.lengths.sum())
            return batch

        return call

    def on_step(self, epoch: int, step: int, steps: int, loss: float | None) -> None:  # noqa: ARG002
        self._left -= 1
        if not self._left:
            raise _Done


def _marking(forward: Callable[..., Tensor], clock: _Clock) -> Callable[..., Tensor]:
    """The encoder, which says when gradients have arrived at its output and at its input."""

    def call(self: Encoder, inputs: Tensor, lengths: Tensor) -> Tensor:
        states = forward(self, inputs, lengths)
        states.register_hook(lambda _: clock.charge("backward of head and CRF"))  # type: ignore[no-untyped-call]
        inputs.register_hook(lambda _: clock.charge("backward of encoder"))  # type: ignore[no-untyped-call]
        return states

    return call
