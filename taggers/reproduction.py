"""A training done again from its record, and the weights of both held against each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
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


def train_again(
    folder: ModelFolder, files: Sequence[FoundFile], output: Path, listener: Listener | None = None
) -> ModelFolder:
    """The model that the recorded settings give from files that were found, written to `output`; a run to there that
    was killed goes on.

    Raises TaggerError where the files give other sentences than they did, or the device is not there.
    """
    config, device = recorded_config(folder, list(files)), folder.provenance["device"]
    check_run(config, device)
    corpus = load_corpus(config) if listener is None else load_corpus(config, listener.on_note)
    then, now = folder.provenance["data"], data_of(corpus)
    if other := [split for split in dict.fromkeys((*then, *now)) if then.get(split) != now.get(split)]:
        problem = f"{folder.path}: its files give other sentences for {', '.join(other)} than were trained on"
        raise TaggerError(f"{problem}; a program changed them, or another version of taggers reads them")
    unfinished = output.with_name(f"{output.name}.partial").exists()
    return train_model(config, corpus, output, device, resume=unfinished, listener=listener)


def differences(one: Path, other: Path) -> list[Difference]:
    """The tensors of two files of weights that are not the same, bit by bit, in the order of the first."""
    with safe_open(one, framework="numpy") as before, safe_open(other, framework="numpy") as after:
        names = dict.fromkeys((*before.keys(), *after.keys()))
        found: list[Difference] = []
        for name in names:
            if name not in before.keys() or name not in after.keys():  # noqa: SIM118 - not a mapping
                found.append(Difference(name, "in one of the two alone", np.inf))
                continue
            a, b = before.get_tensor(name), after.get_tensor(name)
            if a.shape != b.shape:
                found.append(Difference(name, f"{list(a.shape)} then, {list(b.shape)} now", np.inf))
            elif a.tobytes() != b.tobytes():
                apart = np.abs(a.astype(np.float64) - b)
                bits = [np.frombuffer(t.tobytes(), np.uint8).reshape(t.size, t.itemsize) for t in (a, b)]
                what = f"{np.count_nonzero((bits[0] != bits[1]).any(axis=1)):,} of {a.size:,} numbers, by {apart.max():.3g} at most"
                found.append(Difference(name, what, float(apart.max())))
        return found
