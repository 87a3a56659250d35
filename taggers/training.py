"""The training loop: one for every head, deterministic, and able to go on exactly where it was killed."""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as pack_tensors
from torch import Tensor

from taggers.chain import NotFiniteError
from taggers.compiling import can_compile
from taggers.config import Training
from taggers.data.source import Source
from taggers.errors import CheckpointError, TaggerError
from taggers.files import write_bytes
from taggers.nn.batch import to_device
from taggers.nn.model import Model
from taggers.optimisation import Average, Schedule, build_optimiser, clip_gradients, pack_optimiser, unpack_optimiser
from taggers.row_optimiser import RowAdamW

_PARTS = ("model", "optimiser", "average", "best", "carried")  # of a checkpoint
_SHUFFLE, _STEP = 1, 2  # what a random stream is for; streams are derived from (seed, purpose, number)


@dataclass(frozen=True)
class Epoch:
    """What one epoch gave; `score` is that of dev, None where there is no dev."""

    epoch: int
    loss: float
    learning_rate: float
    score: float | None
    best: bool
    seconds: float
    tokens_per_second: float

    def as_dict(self) -> dict[str, object]:
        """As a JSON object."""
        return dict(vars(self))


class Listener(Protocol):
    """Who wants to know how far the training is."""

    def on_step(self, epoch: int, step: int, steps: int, loss: float | None) -> None:
        """After each step; `loss` is given now and then."""

    def on_epoch(self, epoch: Epoch) -> None:
        """After each epoch."""


@dataclass
class Progress:
    """The place in the training, and what has to be remembered to go on from there."""

    epoch: int = 0  # the epoch under way, from 0
    position: int = 0  # batches of it already done
    step: int = 0  # batches done in all
    loss: float = 0.0  # summed over the epoch so far
    tokens: int = 0
    answers: int = 0
    seconds: float = 0.0
    best_score: float = -math.inf
    best_epoch: int = -1
    scale: float = 1.0  # the schedule's
    waited: int = 0
    history: list[dict[str, object]] = field(default_factory=list)


class Trainer:
    """Trains a model on the batches of a source, of whatever task.

    All randomness follows from the seed and the number of the step, so that a run that was killed goes on as if it had
    not been: same weights, bit by bit, on the same machine with the same number of threads.
    """

    def __init__(
        self,
        model: Model,
        settings: Training,
        source: Source,
        score: Callable[[], float] | None,
        checkpoint: Path,
        identity: str,
        listener: Listener,
    ) -> None:
        self.model, self.settings, self.source = model, settings, source
        self._score, self._path, self._identity, self._listener = score, checkpoint, identity, listener
        self._device = next(model.parameters()).device
        by_row = self._device.type == "cpu" and not settings.average and can_compile()  # a mean reads all rows
        self._optimiser = build_optimiser(settings.optimiser, model, by_row)
        self._schedule = Schedule(settings.schedule)
        self._average = Average(model, settings.average) if settings.average else None
        self._best: dict[str, Tensor] = {}
        self.progress = Progress()

    def run(self) -> None:
        """Train to the end; the model then holds its best weights."""
        while not self._finished():
            self._epoch()
        if self._best:
            self.model.load_state_dict(self._best)
        elif self._average is not None:
            self.model.load_state_dict(self._average.weights)

    def _finished(self) -> bool:
        done = self.progress
        stale = self._score is not None and done.epoch - 1 - done.best_epoch >= self.settings.patience
        return done.epoch >= self.settings.epochs or stale

    def _epoch(self) -> None:
        done = self.progress
        rng = np.random.default_rng([self.settings.seed, _SHUFFLE, done.epoch])
        batches = self.source.batches(rng)
        started = time.perf_counter() - done.seconds
        total = torch.tensor(done.loss, dtype=torch.float64, device=self._device)
        self.model.train()
        if done.position == 0:
            self.model.begin_epoch()
        for position in range(done.position, len(batches)):
            share = (done.epoch + position / len(batches)) / self.settings.epochs
            self.model.at(share)
            for group in self._optimiser.param_groups:
                group["lr"] = self._rate(share)
            total += self._step(batches[position])
            done.position, done.step = position + 1, done.step + 1
            done.tokens += self.source.units(batches[position])
            done.answers += self.source.answers(batches[position])
            heard = done.step % 50 == 0
            loss = total.item() / done.answers if heard else None
            self._listener.on_step(done.epoch, position + 1, len(batches), loss)
            if done.step % self.settings.checkpoint_steps == 0:
                done.loss, done.seconds = self._finite(total), time.perf_counter() - started
                self.save()
        done.loss, done.seconds = self._finite(total), time.perf_counter() - started
        self._end_epoch(self._rate((done.epoch + (len(batches) - 1) / len(batches)) / self.settings.epochs))
        self.save()

    def _step(self, index: NDArray[np.int64]) -> Tensor:
        """One batch: its loss summed over sentences, as a scalar that nobody waits for."""
        rng = np.random.default_rng([self.settings.seed, _STEP, self.progress.step])
        self._seed(int(rng.integers(2**63)))
        features = to_device(self.source.batch(index, rng), self._device)
        reduced = self.settings.precision == "bfloat16"
        with torch.autocast(self._device.type, torch.bfloat16, enabled=reduced):
            try:
                loss = self.model.loss(features)
            except NotFiniteError as fault:
                raise self._diverged(str(fault)) from fault
        self._optimiser.zero_grad(set_to_none=True)
        (loss / len(features.lengths)).backward()  # type: ignore[no-untyped-call]
        clip_gradients(self.model, self.settings.clip_norm)
        self._optimiser.step()
        if self._average is not None:
            self._average.update(self.model, self.progress.step)
        return loss.detach().double()

    def _seed(self, seed: int) -> None:
        """Seed what the network draws from.

        `torch.manual_seed` would also note a stack of calls for each kind of device, those that are not there too.
        """
        torch.default_generator.manual_seed(seed)
        if self._device.type == "cuda":
            torch.cuda.default_generators[self._device.index].manual_seed(seed)

    def _finite(self, total: Tensor) -> float:
        loss = total.item()
        if not math.isfinite(loss):
            raise self._diverged(f"the loss is {loss}")
        return loss

    def _diverged(self, sign: str) -> TaggerError:
        return TaggerError(
            f"training diverged in epoch {self.progress.epoch + 1}: {sign}; "
            "lower training.optimiser.learning_rate or training.clip_norm"
        )

    def _rate(self, share: float) -> float:
        """The learning rate when a share of the training is done."""
        return self.settings.optimiser.learning_rate * self._schedule.factor(share)

    def _settle(self) -> None:
        """Make weights and optimiser fit to be read as a whole."""
        if isinstance(self._optimiser, RowAdamW):
            self._optimiser.settle()

    def _end_epoch(self, rate: float) -> None:
        done = self.progress
        self._settle()
        score = None
        improved = False
        if self._score is not None:
            trained = None
            if self._average is not None:
                trained = self._weights()
                self.model.load_state_dict(self._average.weights)
            self.model.eval()
            try:
                score = self._score()
            except NotFiniteError as fault:
                raise self._diverged(str(fault)) from fault
            improved = score > done.best_score
            if improved:
                done.best_score, done.best_epoch = score, done.epoch
                self._best = self._weights()
            if trained is not None:
                self.model.load_state_dict(trained)
            self._schedule.after_epoch(improved)
        epoch = Epoch(
            epoch=done.epoch + 1,
            loss=done.loss / max(1, done.answers),
            learning_rate=rate,
            score=score,
            best=improved,
            seconds=round(done.seconds, 2),
            tokens_per_second=round(done.tokens / max(done.seconds, 1e-9)),
        )
        done.history.append(epoch.as_dict())
        done.epoch, done.position, done.loss, done.seconds = done.epoch + 1, 0, 0.0, 0.0
        done.tokens = done.answers = 0
        self._listener.on_epoch(epoch)

    def _weights(self) -> dict[str, Tensor]:
        return {name: p.detach().clone() for name, p in self.model.named_parameters()}

    def save(self) -> None:
        """Write the checkpoint: one file, put in place in one move."""
        self._settle()
        self.progress.scale, self.progress.waited = self._schedule.scale, self._schedule.waited
        parts: dict[str, Mapping[str, Tensor]] = {
            "model": dict(self.model.named_parameters()),
            "optimiser": pack_optimiser(self._optimiser),
            "average": self._average.weights if self._average is not None else {},
            "best": self._best,
            "carried": dict(self.model.named_buffers()),
        }
        tensors = {
            f"{part}/{name}": tensor.detach().contiguous()
            for part, named in parts.items()
            for name, tensor in named.items()
        }
        progress = json.dumps(vars(self.progress))
        state = {"identity": self._identity, "progress": progress, "sha256": _digest(progress, tensors)}
        write_bytes(self._path, pack_tensors(tensors, metadata=state))

    def resume(self) -> None:
        """Go on from the checkpoint; raises CheckpointError where it is damaged or of another run."""
        state, tensors = self._read()
        if state["identity"] != self._identity:
            raise CheckpointError(
                f"{self._path}: it belongs to other settings or data; resume with the same command, "
                f"or choose another --output"
            )
        parts: dict[str, dict[str, Tensor]] = {part: {} for part in _PARTS}
        for name, tensor in tensors.items():
            part, _, rest = name.partition("/")
            parts[part][rest] = tensor
        try:
            self.progress = Progress(**json.loads(state["progress"]))
            self.model.load_state_dict(parts["model"])
            for name, buffer in self.model.named_buffers():
                buffer.copy_(parts["carried"][name])
            unpack_optimiser(self._optimiser, parts["optimiser"])
            if self._average is not None:
                self._average.weights = {name: parts["average"][name] for name in self._average.weights}
        except (KeyError, TypeError, ValueError, RuntimeError) as fault:
            reason = str(fault).splitlines()[0]
            problem = f"{self._path}: written by another version of taggers ({reason})"
            raise CheckpointError(f"{problem}; remove {self._path.parent} to start anew") from fault
        self._best = parts["best"]
        self._schedule.scale, self._schedule.waited = self.progress.scale, self.progress.waited

    def _read(self) -> tuple[dict[str, str], dict[str, Tensor]]:
        """The checkpoint's state and tensors, as they were written."""
        try:
            with safe_open(self._path, framework="pt", device=str(self._device)) as file:
                state: dict[str, str] = file.metadata() or {}
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
            if state["sha256"] != _digest(state["progress"], tensors):
                raise ValueError("its content is not what its SHA-256 says")
        except (SafetensorError, OSError, KeyError, ValueError) as fault:
            raise CheckpointError(
                f"{self._path}: damaged checkpoint ({fault}); remove {self._path.parent} to start anew"
            ) from None
        return state, tensors


def _digest(progress: str, tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 of what a checkpoint holds."""
    digest = hashlib.sha256(progress.encode())
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(tensors[name].cpu().numpy().tobytes())
    return digest.hexdigest()
