"""The network under torch, on the CPU or on CUDA."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file

from taggers.build import build_model
from taggers.chain import Chain
from taggers.chain.search import Rows, Search, State
from taggers.checkpoint import ModelFolder
from taggers.data.batch import Batch, gather
from taggers.data.features import Ints
from taggers.data.indexer import WORDS, Indexed, Indexer
from taggers.data.sentences import TOKEN, SentenceStore
from taggers.engine.contextual import ContextualStates, open_contextual
from taggers.engine.interface import Beginning, HeadScores, Reading, Starts
from taggers.engine.stream import Carried, Following
from taggers.errors import CheckpointError, TaggerError
from taggers.nn.batch import to_device
from taggers.nn.model import Model
from taggers.nn.onward import OnwardEncoder
from taggers.text import Sentence


class TorchEngine:
    """A network on the device where its weights are; who hands it over holds it in evaluation mode."""

    budget, most = 4096, 1024

    def __init__(
        self,
        model: Model,
        indexer: Indexer,
        search: Search | None = None,
        contextual: Mapping[str, ContextualStates] | None = None,
    ) -> None:
        self.model, self.indexer, self.search, self._contextual = model, indexer, search, contextual or {}
        self._device = next(model.parameters()).device

    @property
    def chains(self) -> tuple[Chain | None, ...]:
        """As trained so far: they follow the weights."""
        return self.model.chains()

    def read(self, sentences: Sequence[Sentence]) -> Reading:
        """All that is read of the sentences as numbers."""
        indexed = self.index(sentences)

        def score(starts: Starts, lengths: Ints) -> HeadScores:
            batch = gather(replace(indexed, starts=starts, lengths=lengths), np.arange(len(starts)))
            return tuple(scores[batch.mask] if scores.ndim == 3 else scores for scores in self.emissions(batch))

        def begin(starts: Starts, lengths: Ints) -> Beginning:
            return self._begin(gather(replace(indexed, starts=starts, lengths=lengths), np.arange(len(starts))))

        return Reading(indexed.starts, indexed.lengths, score, None if self.search is None else begin)

    def index(self, sentences: Sequence[Sentence]) -> Indexed:
        """All that is read of the sentences as numbers, what follows from each as a whole included."""
        contextual = {name: states.look_at(sentences) for name, states in self._contextual.items()}
        return replace(self.indexer.index(sentences), contextual=contextual)

    def follow(self, symbols: SentenceStore) -> Following:
        """The symbols of a text, for a language model."""
        encoder = self.model.encoder
        assert isinstance(encoder, OnwardEncoder)
        indexed = self.indexer.index(symbols)

        def read(scored: bool, starts: Starts, steps: int, carried: Carried) -> tuple[NDArray[np.float32], Carried]:
            lengths = np.minimum(steps, len(indexed.places[TOKEN]) - starts).astype(np.int32)
            batch = gather(replace(indexed, starts=starts, lengths=lengths), np.arange(len(starts)))
            with self._inferring():
                before = torch.from_numpy(carried).to(self._device)
                found, after = self.model.onward(to_device(batch, self._device), before, scored)
                return found.float().cpu().numpy(), after.cpu().numpy()

        def start(rows: int) -> Carried:
            zeros: Carried = encoder.start(rows).cpu().numpy()
            return zeros

        ids = indexed.features[WORDS].numbers[indexed.places[TOKEN]]
        return Following(ids, self.indexer.words.size, start, partial(read, True), partial(read, False))

    def emissions(self, batch: Batch) -> tuple[NDArray[np.float32], ...]:
        """Of each head (B, T, K), or (B, K) where it scores sentences."""
        with self._inferring():
            scores = self.model.emissions(to_device(batch, self._device))
            return tuple(np.asarray(layer.float().cpu().numpy(), dtype=np.float32) for layer in scores)

    def _begin(self, batch: Batch) -> Beginning:
        """How the sequences of some sources go on, and what they start from."""
        with self._inferring():
            memory, carried = self.model.begin(to_device(batch, self._device))

        def step(rows: Rows, before: Ints, state: State, place: int) -> tuple[NDArray[np.floating], State]:
            with self._inferring():
                last, parts = (torch.from_numpy(each).to(self._device) for each in (before, np.stack(state)))
                found, left = self.model.decoder.step(memory.of(torch.from_numpy(rows)), last.long(), parts, place)
                return found.cpu().numpy(), tuple(left.cpu().numpy())

        return step, tuple(carried[:, :, None].cpu().numpy())

    @contextmanager
    def _inferring(self) -> Iterator[None]:
        try:
            with torch.inference_mode(), full_precision():
                yield
        except torch.cuda.OutOfMemoryError as fault:
            raise TaggerError(f"{self._device} has not enough memory for this; say --device cpu") from fault


def full_precision() -> AbstractContextManager[None]:
    """cuDNN in float32 and by the same algorithms every time, where its own choice is TF32, with ten bits."""
    on: bool = torch.backends.cudnn.enabled
    flags: AbstractContextManager[None] = torch.backends.cudnn.flags(
        enabled=on, benchmark=False, deterministic=True, allow_tf32=False
    )
    return flags


def load(folder: ModelFolder, device: str) -> TorchEngine:
    """The engine of a model folder; raises CheckpointError where its tensors do not fit its settings."""
    with torch.random.fork_rng(devices=[]):  # the caller's random numbers are not ours to use up
        model = build_model(folder.config, folder.indexer, folder.tasks)
    try:
        model.load_state_dict(load_file(folder.weights))
    except (SafetensorError, RuntimeError) as fault:
        reason = str(fault).splitlines()[0]
        problem = f"{folder.weights}: does not fit config.json ({reason}); restore it or train anew"
        raise CheckpointError(problem) from None
    place = choose_device(device)
    search, contextual = folder.tasks[0].search, open_contextual(folder, str(place))
    return TorchEngine(model.to(place).eval(), folder.indexer, search, contextual)


def choose_device(name: str) -> torch.device:
    """The device of a name; `auto` is CUDA where torch sees it.

    >>> choose_device("cpu")
    device(type='cpu')
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise TaggerError(f"--device {name}: expected auto, cpu, cuda or cuda:N") from None
    if device.type == "cuda" and not torch.cuda.is_available():
        raise TaggerError(f"--device {name}: torch sees no CUDA device here; use --device cpu")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise TaggerError(f"--device {name}: torch sees {torch.cuda.device_count()} CUDA devices here, from cuda:0 on")
    if device.type not in ("cpu", "cuda"):
        raise TaggerError(f"--device {name}: expected auto, cpu, cuda or cuda:N")
    return device
