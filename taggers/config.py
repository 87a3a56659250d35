"""The settings of a run as classes: every key known, every value in its range; `settings` reads files into them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Rate = Annotated[float, Field(ge=0.0, lt=1.0)]
Size = Annotated[int, Field(ge=1, le=10_000)]  # of a layer


class Section(BaseModel):
    """A table of the file: an unknown key is a fault, values do not change type, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, protected_namespaces=())


class Task(Section):
    """What is learnt: the tags of one layer, spelt inside the model in `scheme` (plain tags stay plain)."""

    kind: Literal["labelling"] = "labelling"
    layer: str = "tag"
    scheme: Literal["IOBES", "IOB2"] = "IOBES"


class Data(Section):
    """Where the text is and how its columns are read; paths are relative to the file that names them.

    `corpus` is a folder with a card.toml, or a card, which says all that is not said here. `dev` may be "none"; where
    it is not given, a tenth of train is held out. `scheme` is that of the tags, found by looking at all of train where
    it is "auto".
    """

    corpus: str | None = None
    train: str | None = None
    dev: str | None = None
    test: str | None = None
    format: Literal["columns", "conllu"] = "columns"
    columns: list[str] | dict[str, int] = Field(
        default={"token": 0, "tag": -1},
        description='a list of names such as ["token", "tag"], or places such as { token = 0, tag = -1 }',
    )
    separator: Literal["auto", "tab", "space"] = "auto"
    comments: str | None = None
    header: bool = False
    encoding: str = "utf-8"
    scheme: Literal["auto", "IOB1", "IOB2", "IOE", "IOBES", "BMES", "BILOU", "GROBID", "plain"] = "auto"
    on_invalid: Literal["repair", "refuse"] = "repair"
    partial: bool = False


class Words(Section):
    """Word vectors: their size, the count a word needs to be known, and whether case is folded."""

    size: Size = 64
    minimum: Annotated[int, Field(ge=1)] = 1
    lowercase: bool = True


class CharacterCNN(Section):
    """Characters through a convolution; `first` and `last` bound the characters of a word that are read."""

    kind: Literal["cnn"] = "cnn"
    size: Size = 30
    filters: Size = 100
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
    recurrent_dropout: Rate = 0.3


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

    `word_dropout` is every word's chance to pass as unknown in training; a word seen n times has besides that the
    chance `unknown / (unknown + n)` (Kiperwasser and Goldberg 2016), so that rare words train the unknown vector.
    `average` is the decay per step of the running mean of the weights that is kept as the model (0: the last weights).
    """

    epochs: Annotated[int, Field(ge=1)] = 40
    patience: Annotated[int, Field(ge=1)] = 8
    batch_tokens: Annotated[int, Field(ge=1, le=1_000_000)] = 512
    optimiser: AdamW | SGD = Field(default=AdamW(), discriminator="kind")
    schedule: Plateau | Linear | Constant = Field(default=Plateau(), discriminator="kind")
    clip_norm: Annotated[float, Field(gt=0.0)] = 5.0
    word_dropout: Rate = 0.05
    unknown: Annotated[float, Field(ge=0.0)] = 2.0
    average: Rate = 0.0
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 1
    threads: Annotated[int, Field(ge=1, le=256)] = 1
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
