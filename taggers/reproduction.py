"""A training done again from its record, and the weights of both held against each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open

from taggers.checkpoint import ModelFolder
from taggers.engine.torch_engine import choose_device
from taggers.errors import TaggerError
from taggers.provenance import data_of, machine_of, versions
from taggers.reading import load_corpus
from taggers.record import FoundFile, Record, recorded_config
from taggers.runs import Listener, check_run, train_model


@dataclass(frozen=True)
class Difference:
    """A tensor that two models do not share, bit by bit; `largest` is the largest difference of two numbers in it."""

    tensor: str
    what: str
    largest: float


def changes(folder: ModelFolder, record: Record) -> Iterator[str]:
    """What of versions and machine is another than in the training: bits may hang on it."""
    then = {**folder.provenance["versions"], **record.machine}
    now = {**versions(), **machine_of(choose_device(folder.provenance["device"]))}
    for name in dict.fromkeys((*then, *now)):
        if then.get(name) != now.get(name):
            yield f"{name}: {then.get(name, 'none')} then, {now.get(name, 'none')} now"


def train_again(folder: ModelFolder, files: Sequence[FoundFile], output: Path, listener: Listener) -> ModelFolder:
    """The model that the recorded settings give from files that were found, written to `output`; a run to there that
    was killed goes on.

    Raises TaggerError where the files give other sentences than they did, or the device is not there.
    """
    config, device = recorded_config(folder, files), folder.provenance["device"]
    contextual = check_run(config, device)
    corpus = load_corpus(config, listener.on_note)
    then, now = folder.provenance["data"], data_of(corpus)
    if other := [split for split in dict.fromkeys((*then, *now)) if then.get(split) != now.get(split)]:
        problem = f"{folder.path}: its files give other sentences for {', '.join(other)} than were trained on"
        raise TaggerError(f"{problem}; a program changed them, or another version of taggers reads them")
    unfinished = output.with_name(f"{output.name}.partial").exists()
    return train_model(config, corpus, output, device, unfinished, listener, contextual)


def differences(one: Path, other: Path) -> list[Difference]:
    """The tensors of two files of weights that are not the same, bit by bit; those that one alone has come first."""
    with safe_open(one, framework="numpy") as before, safe_open(other, framework="numpy") as after:
        names, others = list(before.keys()), list(after.keys())
        alone = [Difference(name, "in one of the two alone", np.inf) for name in sorted({*names} ^ {*others})]
        shared = (name for name in names if name in others)
        compared = (_compare(name, before.get_tensor(name), after.get_tensor(name)) for name in shared)
        return [*alone, *(found for found in compared if found is not None)]


def _compare(name: str, then: NDArray[np.generic], now: NDArray[np.generic]) -> Difference | None:
    if (then.shape, then.dtype) != (now.shape, now.dtype):
        return Difference(name, f"{then.dtype} {list(then.shape)} then, {now.dtype} {list(now.shape)} now", np.inf)
    bits, others = (np.frombuffer(t.tobytes(), np.uint8).reshape(t.size, t.itemsize) for t in (then, now))
    number = np.count_nonzero((bits != others).any(axis=1))
    if not number:
        return None
    apart = float(np.abs(then.astype(np.float64) - now.astype(np.float64)).max())
    return Difference(name, f"{number:,} of {then.size:,} numbers, by {apart:.3g} at most", apart)
