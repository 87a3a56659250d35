"""The model folder: text plus tensors, each stored once, hashed, written beside its place and renamed into it.

    config.json          settings, task and provenance
    vocabulary.json      words, characters and values of other features by id
    weights.safetensors  every tensor that was trained
    forms.onnx, emissions.onnx  the network as graphs, which take their weights from that file
    step.onnx            one symbol of an answer, where the model writes sequences
    emissions-int8.onnx, int8.safetensors  the second graph once more, in whole numbers, where `tagger export` wrote it
    vectors-1.safetensors, ...  pretrained vectors, in the order of the settings that name them
    contextual-1-forward, ...   folders of the language models that are read, in the order of the settings
    scores.json          what the model scored where
    calibration.json     by which temperatures confidences are told, and what thresholds on them give, if dev told it
    README.md            a card for people
    run.json, log.jsonl  the record of the run, and what each epoch gave
    manifest.json        format version, and the SHA-256 of every file that the model needs

Nothing is unpickled. A folder of a later format, or one that was changed or cut short, is refused in one line.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import os
import re
import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from taggers.data.features import Values, feature_from_json
from taggers.data.indexer import CASING, WORDS, Indexer, Spelling, Vectors, feature_key
from taggers.data.vocabulary import Vocabulary
from taggers.errors import CheckpointError, ConfigError, TaggerError
from taggers.files import write_bytes
from taggers.formats import ColumnFormat, Tokeniser
from taggers.plain_settings import Said, token_format, tokeniser_said, windows_said
from taggers.tasks import LANGUAGE_MODEL, of_sentences, task_from_json, task_kind
from taggers.text.types import LABEL

if TYPE_CHECKING:
    from taggers.calibration import Calibration
    from taggers.config import Config
    from taggers.tasks import SentenceTask, Task
    from taggers.tasks.labelling import Labelling
    from taggers.tasks.language_model import Direction

Precision = Literal["float32", "int8"]

FORMAT_VERSION = 5
MANIFEST = "manifest.json"
RECORD = "run.json"
CALIBRATION = "calibration.json"
GRAPHS, STEP = ("forms", "emissions"), "step"
_FILES = {"config.json", "vocabulary.json", "weights.safetensors", "scores.json", *(f"{name}.onnx" for name in GRAPHS)}
INT8_GRAPH, INT8_WEIGHTS = INT8 = ("emissions-int8.onnx", "int8.safetensors")
_NUMBERED = re.compile(r"vectors-[1-9][0-9]*\.safetensors|contextual-[1-9][0-9]*-(for|back)ward/manifest\.json")


@dataclass(frozen=True)
class ModelFolder:
    """What a model folder holds, its tensors left on disk until an engine wants them."""

    path: Path
    settings: Said
    tasks: tuple[Task, ...]
    indexer: Indexer
    scores: Mapping[str, Any]
    provenance: Mapping[str, Any]
    has_int8: bool = False
    has_calibration: bool = False  # where there is a calibration.json
    digest: str = ""  # SHA-256 of the manifest, and so of all that the model needs; "" for what was not loaded

    @property
    def kind(self) -> str:
        """The kind of task that the model is for."""
        return self.tasks[0].kind

    @property
    def task(self) -> Labelling:
        """The first layer's; CheckpointError where the model is no tagger."""
        first = self.tasks[0]
        if first.outside is None:
            raise CheckpointError(f"{self.path}: a model for {self.kind}, which gives no tags")
        return first

    @property
    def is_language_model(self) -> bool:
        """True where the model predicts text, and gives sentences no answer."""
        return self.kind == LANGUAGE_MODEL

    def expect_answers(self) -> tuple[SentenceTask, ...]:
        """The tasks; CheckpointError where they are those of a language model, which gives sentences no answer."""
        if self.is_language_model:
            problem = f"{self.path}: a language model, which gives neither tags nor labels"
            raise CheckpointError(f"{problem}; let it write by `tagger generate`, or judge a text by `tagger evaluate`")
        return tuple(of_sentences(self.tasks))

    def searching(self, beam: int | None = None, length_power: float | None = None) -> ModelFolder:
        """The same with its sequences searched so, where something is said; TaggerError where it writes none."""
        asked = {"beam": beam, "length_power": length_power}
        said: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
        if not said:
            return self
        first = self.tasks[0]
        if first.search is None:
            problem = f"{self.path}: a model for {self.kind}, which searches for no sequences"
            raise TaggerError(f"{problem}; leave --beam and --length-power out")
        for name, least, most in (("beam", 1, 1000), ("length_power", 0.0, 2.0)):
            if not least <= said.get(name, least) <= most:
                raise TaggerError(f"{name}: expected {least} to {most}, found {said[name]}")
        return replace(self, tasks=(replace(first, **said),))

    @cached_property
    def config(self) -> Config:
        """The settings as classes; tagging does without, since they take longer to import than to tag a sentence."""
        from taggers.settings import make_config

        try:
            return make_config(self.settings, name="config.json")
        except ConfigError as fault:
            raise _no_model(self.path, fault) from None

    @cached_property
    def calibration(self) -> Calibration:
        """What is known of its confidences, which is nothing where the training had no dev; CheckpointError for a file
        that is none. Tagging does without, unless it asks how sure the model is.
        """
        from taggers.calibration import Calibration

        if not self.has_calibration:
            return Calibration()
        try:
            return Calibration.from_json(read_json(self.path / CALIBRATION))
        except (LookupError, TypeError, ValueError) as fault:
            raise _no_model(self.path, fault) from None

    @property
    def tokeniser(self) -> Tokeniser:
        """What splits raw text as the corpus was split."""
        return tokeniser_said(self.settings["data"])

    @property
    def token_format(self) -> ColumnFormat:
        """How a file of tokens is read, with the columns that the model reads where the training files had them."""
        beside = self.settings["task"].get("beside", ())
        return token_format(self.settings["data"], self.settings["model"]["features"], beside)

    @property
    def weights(self) -> Path:
        """The file of tensors."""
        return self.path / "weights.safetensors"

    def tensors(self, precision: Precision = "float32") -> tuple[Path, ...]:
        """The files of tensors that the graphs of a precision read."""
        return (self.weights,) if precision == "float32" else (self.weights, self.path / INT8_WEIGHTS)

    def graphs(self, precision: Precision = "float32") -> dict[str, bytes]:
        """The network as ONNX graphs, by name; CheckpointError where there are none of the precision."""
        files = {name: f"{name}.onnx" for name in self.tasks[0].graphs}
        if precision == "int8":
            if not self.has_int8:
                problem = f"{self.path}: holds no variant in int8"
                raise CheckpointError(f"{problem}; write it with tagger export --model {self.path}")
            files["emissions"] = INT8_GRAPH
        return {name: (self.path / file).read_bytes() for name, file in files.items()}


def vectors_file(number: int) -> str:
    """What the file of the pretrained vectors of a number, from 0, is called."""
    return f"vectors-{number + 1}.safetensors"


def contextual_folder(number: int, direction: Direction) -> str:
    """What the copy of a language model is called that is read by the contextual embedding of a number, from 0."""
    return f"contextual-{number + 1}-{direction}"


def is_needed(name: str) -> bool:
    """True for a file that the manifest vouches for."""
    return name in (*_FILES, f"{STEP}.onnx", CALIBRATION) or name in INT8 or _NUMBERED.fullmatch(name) is not None


def as_json(value: object) -> bytes:
    """A value as the folder's files of text hold it."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass")


def load_folder(path: Path) -> ModelFolder:
    """Read and verify a model folder; raises CheckpointError, naming the file at fault."""
    manifest = read_json(path / MANIFEST)
    version = manifest.get("format_version")
    if version != FORMAT_VERSION:
        raise CheckpointError(
            f"{path}: model format {version}, this version reads {FORMAT_VERSION}; upgrade taggers or train anew"
        )
    hashes: Any = manifest.get("sha256")
    listed = isinstance(hashes, dict) and hashes.keys() >= _FILES and all(map(is_needed, hashes))
    if not listed or as_json(manifest) != (path / MANIFEST).read_bytes():
        raise CheckpointError(f"{path / MANIFEST}: changed or damaged; restore it or train anew")
    for name, expected in hashes.items():
        try:
            with (path / name).open("rb") as file:  # vectors may be large: block by block
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            raise CheckpointError(f"{path / name}: missing; copy the whole model folder or train anew") from None
        if found != expected:
            raise CheckpointError(f"{path / name}: changed or damaged (SHA-256 differs from {MANIFEST}); restore it")
    try:
        digest = hashlib.sha256(as_json(manifest)).hexdigest()
        assembled = _assemble(path, has_int8=hashes.keys() >= {*INT8}, digest=digest)
        folder = replace(assembled, has_calibration=CALIBRATION in hashes)
        if missing := {f"{name}.onnx" for name in folder.tasks[0].graphs} - hashes.keys():
            raise ValueError(f"{MANIFEST}: {', '.join(sorted(missing))} is not listed")
        return folder
    except (LookupError, TypeError, ValueError, TaggerError) as fault:
        raise _no_model(path, fault) from None


def _no_model(path: Path, fault: Exception) -> CheckpointError:
    reason = "; ".join(str(fault).splitlines())
    if isinstance(fault, KeyError):  # which says no more than the key
        reason = f"missing or unknown: {reason}"
    return CheckpointError(f"{path}: not what model format {FORMAT_VERSION} promises ({reason}); train anew")


def _assemble(path: Path, has_int8: bool, digest: str) -> ModelFolder:
    settings, vocabulary = read_json(path / "config.json"), read_json(path / "vocabulary.json")
    scores = read_json(path / "scores.json")
    for name, content in (("config", settings), ("vocabulary", vocabulary), ("scores", scores)):
        _check_shape(content, _SHAPES[name], f"{name}.json")
    for task in settings["tasks"]:
        _check_shape(task, task_kind(task["kind"]).json_shape, "config.json: tasks")
    tasks = tuple(map(task_from_json, settings["tasks"]))
    for split, values in scores.items():
        _check_shape(values, tasks[0].scores_shape, f"scores.json: {split}")
    spelling, config = vocabulary["spelling"], settings["config"]
    model = config["model"]
    folder = ModelFolder(
        path=path,
        settings=config,
        tasks=tasks,
        indexer=Indexer(
            {name: feature_from_json(feature) for name, feature in vocabulary["features"].items()},
            Spelling(Vocabulary(spelling["characters"]), spelling["first"], spelling["last"]),
            _open_vectors(path, [*model["vectors"]]) | _read_numbers(vocabulary),
            windows_said(model["windows"]),
            vocabulary["contextual"],
        ),
        scores=scores,
        provenance=settings["provenance"],
        has_int8=has_int8,
        digest=digest,
    )
    _check_parts(folder)
    return folder


def _open_vectors(path: Path, names: Sequence[str]) -> dict[str, Vectors]:
    """The stores of vectors by name; most models have none, and start sooner without the module."""
    if not names:
        return {}
    from taggers.data.vectors import VectorStore

    return {name: VectorStore.open(path / vectors_file(number)) for number, name in enumerate(names)}


def _read_numbers(vocabulary: Mapping[str, Any]) -> dict[str, Vectors]:
    """What the tokens of a model are read as that are rows of numbers, by its name."""
    if "numbers" not in vocabulary:
        return {}
    from taggers.data.numbers import NUMBERS, Numbers

    return {NUMBERS: Numbers.from_json(vocabulary["numbers"])}


def _check_parts(folder: ModelFolder) -> None:
    """Raise ValueError where layers or features are others than the settings name."""
    task, model = folder.settings["task"], folder.settings["model"]
    layers = [task.get("layer", folder.tasks[0].layer), *task.get("further", ())]
    if task.get("label") is not None:
        layers.append(LABEL)
    if [learnt.layer for learnt in folder.tasks] != layers or folder.kind != task["kind"]:
        raise ValueError(f"config.json: tasks: expected those of {', '.join(layers)}")
    _, format = folder.tokeniser, folder.token_format  # what they are made of is plain values until now
    codecs.lookup(format.encoding)
    reads_words = model.get("numbers") is None
    casing = [CASING] if model["casing"]["size"] and reads_words else []
    features = {WORDS, *casing, *map(feature_key, model["features"])}
    if folder.indexer.features.keys() != features or not isinstance(folder.indexer.features[WORDS], Values):
        raise ValueError(f"vocabulary.json: features: expected {', '.join(sorted(features))}")
    if [*folder.indexer.contextual] != [*model["contextual"]]:
        raise ValueError(f"vocabulary.json: contextual: expected {', '.join(model['contextual']) or 'none'}")


_EACH = "each"  # in place of the keys of an object that has any
_SHAPES: dict[str, Any] = {
    "config": {
        "config": {
            "data": {},
            "task": {"kind": str},
            "model": {
                "casing": {"size": int},
                "features": {_EACH: {}},
                "vectors": {_EACH: {}},
                "contextual": {_EACH: {}},
                "windows": {"length": (None, int), "overlap": float},
            },
        },
        "tasks": [{"kind": str}],
        "provenance": {"data": {_EACH: {}}, "versions": {_EACH: str}, "seed": int},
    },
    "vocabulary": {
        "spelling": {"first": int, "last": int, "characters": [str]},
        "features": {_EACH: {"kind": str, "column": str}},
        "contextual": {_EACH: int},
    },
    "scores": {_EACH: {}},
}


def _check_shape(value: Any, shape: Any, place: str) -> None:
    """Raise TypeError where a value of a JSON file is not of the shape that is read from it."""
    match shape:
        case dict():
            fits = isinstance(value, dict)
            for key, inner in shape.items() if fits else ():
                if key != _EACH:
                    _check_shape(value[key], inner, f"{place}: {key}")
                for name in value if key == _EACH else ():
                    _check_shape(value[name], inner, f"{place}: {name}")
        case [kind]:
            fits = isinstance(value, list)
            for item in value if fits else ():
                _check_shape(item, kind, place)
        case (None, inner):
            fits = True
            if value is not None:
                _check_shape(value, inner, place)
        case _:
            fits = type(value) is shape
    if not fits:
        raise TypeError(f"{place}: found {reprlib.repr(value)}")


def read_json(path: Path) -> dict[str, Any]:
    """The object that a file holds; CheckpointError where it holds none."""
    try:
        value = json.loads(path.read_bytes().decode("utf-8", "surrogatepass"))
    except FileNotFoundError:
        raise CheckpointError(f"{path}: missing; {path.parent} is not a model folder, or not a whole one") from None
    except (OSError, ValueError, RecursionError) as fault:
        raise CheckpointError(f"{path}: cannot be read ({fault}); restore it or train anew") from None
    if not isinstance(value, dict):
        raise CheckpointError(f"{path}: expected a JSON object; restore it or train anew")
    return value


def latest_model(models: Path) -> Path:
    """The folder that `models/latest` names; raises CheckpointError with the command to train where there is none."""
    pointer = models / "latest"
    try:
        name = os.fsdecode(pointer.read_bytes()).strip()
    except OSError:
        raise CheckpointError(
            f"no model: {pointer} does not exist; train one with `tagger train`, or name one with --model DIR"
        ) from None
    return models / name


def set_latest(models: Path, name: str) -> None:
    """Make `name` the default model of the folder `models`."""
    models.mkdir(parents=True, exist_ok=True)
    write_bytes(models / "latest", os.fsencode(name + "\n"))
