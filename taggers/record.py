"""The record of a run, `run.json` in its model folder: with the settings there, all that it takes to train it again.

It stands apart from what the model needs, since it names places of one machine: without it the model tags as ever.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from taggers.checkpoint import RECORD, ModelFolder, contextual_folder, read_json
from taggers.config import Config, Section
from taggers.digests import digest_of
from taggers.errors import CheckpointError, ConfigError
from taggers.reading import files_of, load_corpus, with_files_at
from taggers.settings import fill
from taggers.tasks.language_model import Direction
from taggers.text import Sentence

_CHECKOUT = Path(__file__).parents[1]


class RecordedFile(Section):
    """A file or folder that a training read; no hash where it could be read once, such as a pipe.

    The path is that of the command, or begins with $TAGGERS_DATA, or with $TAGGERS for the checkout of the package.
    """

    path: str
    sha256: str | None


class Record(Section):
    """The command and the folder that it ran in, the files by the settings that name them, and the machine."""

    command: str
    folder: str
    files: dict[str, RecordedFile]
    machine: dict[str, str]


@dataclass(frozen=True)
class FoundFile:
    """A recorded file where it lies now; `problem` says why it is not the one that was read, None where it is."""

    key: str
    path: Path
    problem: str | None = None


def make_record(config: Config, machine: Mapping[str, str]) -> Record:
    """The record of the run that begins in this process, whose settings hold paths as they are opened."""
    files = {
        key: RecordedFile(path=_portable(path), sha256=digest_of(key, path)) for key, path in files_of(config).items()
    }
    command = shlex.join([os.path.basename(sys.argv[0]), *sys.argv[1:]])
    return Record(command=command, folder=os.getcwd(), files=files, machine=dict(machine))


def load_record(folder: ModelFolder) -> Record:
    """The record in a model folder; CheckpointError where there is none, or one that does not fit the model."""
    path = folder.path / RECORD
    if not path.exists():
        problem = f"{folder.path}: holds no {RECORD}, the record of its training"
        raise CheckpointError(f"{problem}; restore it, or train anew by this version, which writes one")
    try:
        record = fill(Record, read_json(path), str(path))
    except ConfigError as fault:
        raise CheckpointError(f"{fault}; restore it or train anew") from None
    model = files_of(folder.config).keys()  # its data has no paths
    if "data.train" not in record.files:
        raise CheckpointError(f"{path}: no file of training data: a program gave it sentences; run that program again")
    if wrong := (record.files.keys() - {"data.train", "data.dev", "data.test"}) ^ model:
        problem = f"{path}: files: missing or unknown: {', '.join(sorted(wrong))}"
        raise CheckpointError(f"{problem}; restore it, or train anew")
    return record


def find_files(folder: ModelFolder, record: Record) -> list[FoundFile]:
    """The recorded files as they are now, looked for from this folder and from that of the run."""
    return [find_file(folder, record, key) for key in record.files]


def load_training(folder: ModelFolder) -> tuple[Path, Sequence[Sentence]]:
    """The file of a model's training, and the sentences that it learnt from: without those that were held out.

    Raises CheckpointError where they are not at hand, or may have several tags.
    """
    record = load_record(folder)
    found = find_file(folder, record, "data.train")
    if found.problem is not None:
        raise CheckpointError(f"{found.path.name}: {found.problem}")
    config = folder.config
    if config.data.partly:
        raise CheckpointError(f"{found.path.name}: partly annotated, so that tags may be sets")
    dev = "none" if "data.dev" in record.files else config.data.dev  # a file of its own takes nothing from training
    data = config.data.model_copy(update={"train": str(found.path), "dev": dev})
    corpus = load_corpus(config.model_copy(update={"data": data}), note=lambda _: None)
    return found.path, corpus.train


def recorded_config(folder: ModelFolder, files: Sequence[FoundFile]) -> Config:
    """The settings of a model with its files where they were found."""
    return with_files_at(folder.config, {file.key: str(file.path) for file in files})


def find_file(folder: ModelFolder, record: Record, key: str) -> FoundFile:
    """One of the recorded files, by the setting that names it."""
    file = record.files[key]
    if file.sha256 is None:
        return FoundFile(key, Path(file.path), "was no file, or one that can be read once")
    places = list(_places(folder, record, key, file.path))
    there = [place for place in places if place.exists()]
    for place in there:
        if digest_of(key, str(place)) == file.sha256:
            return FoundFile(key, place)
    if there:
        return FoundFile(key, there[0], "CHANGED since the training read it (SHA-256 differs)")
    if file.path.startswith("$"):
        return FoundFile(key, Path(file.path), "not there; set TAGGERS_DATA to the folder of the corpora")
    return FoundFile(key, Path(file.path), f"not there, nor seen from {record.folder}, where the training ran")


def _places(folder: ModelFolder, record: Record, key: str, path: str) -> Iterator[Path]:
    """Where a file may lie, the likeliest first."""
    root, _, below = path.partition("/")
    roots = _roots()
    if root not in roots:
        yield Path(path)
        yield Path(record.folder) / path
    elif roots[root]:
        yield Path(roots[root], below)
    directions: tuple[Direction, ...] = ("forward", "backward")
    for number, name in enumerate(folder.settings["model"]["contextual"]):  # the model holds copies of those it reads
        for direction in directions:
            if key == f"model.contextual.{name}.{direction}":
                yield folder.path / contextual_folder(number, direction)


def _roots() -> dict[str, str]:
    """The folders that a path of the record may begin with, by their names there; "" for one that is not known."""
    return {"$TAGGERS_DATA": os.environ.get("TAGGERS_DATA", ""), "$TAGGERS": str(_CHECKOUT)}


def _portable(path: str) -> str:
    """A path that holds on other machines too where it lies in a folder of `_roots`, else as it is."""
    place = Path(os.path.abspath(path))
    for name, root in _roots().items():
        if root and place.is_relative_to(above := Path(os.path.abspath(root))):
            return "/".join((name, *place.relative_to(above).parts))
    return path
