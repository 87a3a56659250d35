"""The settings of a run: a TOML file checked against the classes here, every key known, all faults in one report."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from taggers.errors import ConfigError

Rate = Annotated[float, Field(ge=0.0, lt=1.0)]
Size = Annotated[int, Field(ge=1, le=100_000)]


class Section(BaseModel):
    """A table of the file: an unknown key is a fault, values do not change type, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, protected_namespaces=())


class Task(Section):
    """What is learnt: the tags of one layer, spelt inside the model in `scheme` (plain tags stay plain)."""

    kind: Literal["labelling"] = "labelling"
    layer: str = "tag"
    scheme: Literal["IOBES", "IOB2"] = "IOBES"


class Data(Section):
    """Where the text is and how its columns are read; paths are relative to the file that names them.

    `dev` may be "none"; where it is not given, a tenth of train is held out.
    """

    train: str | None = None
    dev: str | None = None
    test: str | None = None
    format: Literal["columns", "conllu"] = "columns"
    columns: list[str] | dict[str, int] = {"token": 0, "tag": -1}
    separator: Literal["auto", "tab", "space"] = "auto"
    comments: str | None = None
    header: bool = False
    encoding: str = "utf-8"
    on_invalid: Literal["repair", "refuse"] = "repair"
    partial: bool = False


class Words(Section):
    """Word vectors: their size, the count a word needs to be known, and whether case is folded."""

    size: Size = 100
    minimum: Annotated[int, Field(ge=1)] = 1
    lowercase: bool = False


class CharacterCNN(Section):
    """Characters through a convolution; `first` and `last` bound the characters of a word that are read."""

    kind: Literal["cnn"] = "cnn"
    size: Size = 30
    filters: Size = 50
    width: Literal[1, 3, 5, 7] = 3
    dropout: Rate = 0.0
    first: Size = 24
    last: Size = 8


class CharacterLSTM(Section):
    """Characters through an LSTM in both directions."""

    kind: Literal["lstm"] = "lstm"
    size: Size = 30
    hidden_size: Size = 25
    dropout: Rate = 0.0
    first: Size = 24
    last: Size = 8


class NoCharacters(Section):
    """Words only."""

    kind: Literal["none"] = "none"


class Casing(Section):
    """Vectors of casing classes; size 0 leaves them out."""

    size: Annotated[int, Field(ge=0, le=1000)] = 8


class Encoder(Section):
    """The recurrent layers; `hidden_size` is per direction."""

    kind: Literal["lstm", "gru"] = "lstm"
    hidden_size: Size = 200
    layers: Annotated[int, Field(ge=1, le=8)] = 1
    input_dropout: Rate = 0.5
    output_dropout: Rate = 0.5
    recurrent_dropout: Rate = 0.0


class Head(Section):
    """How emissions become a loss and tags."""

    kind: Literal["crf", "softmax"] = "crf"


class Model(Section):
    """The network."""

    words: Words = Words()
    characters: CharacterCNN | CharacterLSTM | NoCharacters = Field(default=CharacterCNN(), discriminator="kind")
    casing: Casing = Casing()
    encoder: Encoder = Encoder()
    head: Head = Head()


class AdamW(Section):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019)."""

    kind: Literal["adamw"] = "adamw"
    learning_rate: Annotated[float, Field(gt=0.0, le=1.0)] = 0.002
    weight_decay: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0


class SGD(Section):
    """Stochastic gradient descent."""

    kind: Literal["sgd"] = "sgd"
    learning_rate: Annotated[float, Field(gt=0.0, le=10.0)] = 0.1
    momentum: Rate = 0.9
    weight_decay: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0


class Plateau(Section):
    """The learning rate times `factor` after `patience` epochs without a better dev score."""

    kind: Literal["plateau"] = "plateau"
    factor: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.5
    patience: Annotated[int, Field(ge=0)] = 2


class Linear(Section):
    """The learning rate rises over the first `warmup` share of the steps, then falls to `floor` times itself."""

    kind: Literal["linear"] = "linear"
    warmup: Rate = 0.0
    floor: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0


class Constant(Section):
    """The learning rate as it is."""

    kind: Literal["constant"] = "constant"


class Training(Section):
    """The loop: how long, in which batches, by which optimiser.

    `word_dropout` is every word's chance to pass as unknown in training; a word seen n times has besides that the chance
    `unknown / (unknown + n)` (Kiperwasser and Goldberg 2016), so that the unknown vector is trained on rare words.
    `average` is the decay per step of the running mean of the weights that is kept as the model (0: the last weights).
    """

    epochs: Annotated[int, Field(ge=1)] = 40
    patience: Annotated[int, Field(ge=1)] = 8
    batch_tokens: Size = 512
    optimiser: AdamW | SGD = Field(default=AdamW(), discriminator="kind")
    schedule: Plateau | Linear | Constant = Field(default=Plateau(), discriminator="kind")
    clip_norm: Annotated[float, Field(gt=0.0)] = 5.0
    word_dropout: Rate = 0.05
    unknown: Annotated[float, Field(ge=0.0)] = 0.5
    average: Rate = 0.0
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 1
    threads: Annotated[int, Field(ge=0)] = 0
    precision: Literal["float32", "bfloat16"] = "float32"
    checkpoint_steps: Annotated[int, Field(ge=1)] = 500


class Config(Section):
    """All settings of a run.

    >>> Config().model.encoder.hidden_size
    200
    """

    task: Task = Task()
    data: Data = Data()
    model: Model = Model()
    training: Training = Training()


def load_config(path: Path, overrides: Iterable[str] = ()) -> Config:
    """The settings of a TOML file with `section.key=value` overrides; raises ConfigError with all faults."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise ConfigError(f"{path}: cannot be read: {fault}") from None
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise ConfigError(f"{path}: not TOML: {fault}") from None
    return make_config(values, overrides, str(path))


def make_config(values: Mapping[str, Any], overrides: Iterable[str] = (), name: str = "settings") -> Config:
    """Settings from plain values and overrides, as `load_config`.

    >>> make_config({}, ["training.epochs=3", "model.encoder.kind=gru"]).training.epochs
    3
    >>> make_config({"training": {"epoch": 3}})
    Traceback (most recent call last):
    ...
    taggers.errors.ConfigError: settings: training.epoch: unknown key; did you mean 'epochs'?
    """
    merged = _copy(values)
    for override in overrides:
        _apply(merged, override)
    try:
        return Config.model_validate(merged)
    except ValidationError as fault:
        raise ConfigError("\n".join(f"{name}: {line}" for line in _report(fault))) from None


def _copy(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _copy(value) if isinstance(value, Mapping) else value for key, value in values.items()}


def _apply(values: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    path = key.strip().split(".")
    if not equals or not all(path):
        raise ConfigError(f"--set {override}: expected section.key=value, such as training.epochs=20")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()  # a bare word is a string
    table = values
    for part in path[:-1]:
        below = table.setdefault(part, {})
        if not isinstance(below, dict):
            raise ConfigError(f"--set {override}: {part!r} is a value, not a section")
        table = below
    if path[-1] == "kind" and table.get("kind", value) != value:
        table.clear()  # another kind has other keys
    table[path[-1]] = value


def _report(fault: ValidationError) -> list[str]:
    """One line per fault: key, what was found, nearest name or allowed values."""
    lines = []
    for error in fault.errors():
        place = [part for part in error["loc"] if isinstance(part, str)]
        if error["type"] == "extra_forbidden":
            known = _keys_at(place[:-1])
            near = difflib.get_close_matches(place[-1], known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(known)}"
            lines.append(f"{_dotted(place)}: unknown key; {hint}")
        else:
            message = error["msg"][0].lower() + error["msg"][1:]
            lines.append(f"{_dotted(place)}: {message}, found {error['input']!r}")
    return lines


def _dotted(place: list[str]) -> str:
    """The key as the user writes it: without the marks that name a member of a union."""
    section: Any = Config
    shown = []
    for part in place:
        if part in _members(section):
            section = _members(section)[part]
            continue
        shown.append(part)
        field = section.model_fields.get(part) if _is_section(section) else None
        section = field.annotation if field is not None else None
    return ".".join(shown)


def _keys_at(place: list[str]) -> list[str]:
    section: Any = Config
    for part in place:
        members = _members(section)
        section = members[part] if part in members else section.model_fields[part].annotation
    return list(section.model_fields)


def _members(section: Any) -> dict[str, type[Section]]:
    """The members of a union of sections by their kind; empty for anything else."""
    return {m.model_fields["kind"].default: m for m in get_args(section) if _is_section(m)}


def _is_section(section: Any) -> bool:
    return isinstance(section, type) and issubclass(section, Section)
