"""The settings of a run as classes: every key known, every value in its range; `settings` reads files into them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from taggers.formats import names
from taggers.formats.tokenisers import LANGUAGE

Rate = Annotated[float, Field(ge=0.0, lt=1.0)]
if TYPE_CHECKING:
    FormatName = str
else:
    FormatName = Literal[names(read=True)]  # whatever the table of formats has a reader for
Size = Annotated[int, Field(ge=1, le=10_000)]  # of a layer
Language = Annotated[str | None, Field(pattern=f"^{LANGUAGE}$", description='a language code such as "da"')]


Separator = Literal["auto", "tab", "space", "comma", "semicolon"]


class Section(BaseModel):
    """A table of the file: an unknown key is a fault, values do not change type, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, protected_namespaces=())


class Layer(Section):
    """A further layer that is learnt beside the first, by a head of its own; `weight` is that of its loss.

    Without a `head` it has the model's. A softmax is what many plain tags need: a CRF's cost grows with their square.
    """

    scheme: Literal["IOBES", "IOB2"] = "IOBES"
    head: Literal["crf", "softmax"] | None = Field(default=None, description="'crf' or 'softmax'")
    weight: Annotated[float, Field(gt=0.0, le=1000.0)] = 1.0


class Task(Section):
    """What is learnt: the tags of a layer, spelt inside the model in `scheme` (plain tags stay plain), and those of
    further layers by their names. The score of dev that decides is the mean over the layers.
    """

    kind: Literal["labelling"] = "labelling"
    layer: str = "tag"
    scheme: Literal["IOBES", "IOB2"] = "IOBES"
    weight: Annotated[float, Field(gt=0.0, le=1000.0)] = 1.0
    further: dict[str, Layer] = {}


class Syntok(Section):
    """Sentences and tokens of English, German and Spanish."""

    kind: Literal["syntok"] = "syntok"


class ICU(Section):
    """Sentences and words of any script as Unicode has them."""

    kind: Literal["icu"] = "icu"
    language: Language = None


class Spacy(Section):
    """The rules of spaCy for a language; those for any where none is named."""

    kind: Literal["spacy"] = "spacy"
    language: Language = None


class Characters(Section):
    """Each character a token, as in corpora of Chinese characters."""

    kind: Literal["characters"] = "characters"


class Blanks(Section):
    """What stands between blanks is a token, a line a sentence."""

    kind: Literal["blanks"] = "blanks"


class Data(Section):
    """Where the text is and how its columns are read; paths are relative to the file that names them.

    `corpus` is a folder with a card.toml, or a card, which says all that is not said here. `dev` may be "none"; where
    it is not given, a tenth of train is held out. `scheme` is that of the tags, found by looking at all of train where
    it is "auto". `tokeniser` splits the raw text that the model will tag, and should do so as the corpus is split;
    where the corpus itself is text it splits that too. `on_cut` is for spans of characters that cut tokens, `tag_names`
    are the tags that numbers stand for, and `unspaced` says that no blanks stand between tokens in the text.
    """

    corpus: str | None = None
    train: str | None = None
    dev: str | None = None
    test: str | None = None
    format: FormatName = "columns"
    columns: list[str] | dict[str, int | str] = Field(
        default=dict[str, int | str](token=0, tag=-1),
        description='a list of names such as ["token", "tag"], or places such as { token = 0, tag = -1 }',
    )
    separator: Separator = "auto"
    comments: str | None = None
    header: bool = False
    encoding: str = "utf-8"
    scheme: Literal["auto", "IOB1", "IOB2", "IOE", "IOBES", "BMES", "BILOU", "GROBID", "plain"] = "auto"
    on_invalid: Literal["repair", "refuse"] = "repair"
    partial: bool = False
    tokeniser: Syntok | ICU | Spacy | Characters | Blanks = Field(default=Syntok(), discriminator="kind")
    on_cut: Literal["snap", "refuse"] = "snap"
    tag_names: list[str] = Field(default=[], description='a list of tags such as ["O", "B-PER"]')
    unspaced: bool = False


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
    """Characters through a recurrent layer in both directions."""

    kind: Literal["lstm"] = "lstm"
    size: Size = 30
    hidden_size: Size = 25
    dropout: Rate = 0.0
    first: Size = 24
    last: Size = 8


class CharacterGRU(CharacterLSTM):
    """The same with a GRU."""

    kind: Literal["gru"] = "gru"  # type: ignore[assignment]


class CharacterNgrams(Section):
    """A word as the sum of vectors of its runs of `shortest` to `longest` characters, hashed into buckets."""

    kind: Literal["ngrams"] = "ngrams"
    size: Size = 50
    shortest: Annotated[int, Field(ge=1, le=3)] = 2
    longest: Annotated[int, Field(ge=3, le=8)] = 4
    buckets: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    dropout: Rate = 0.0
    first: Size = 24
    last: Size = 8


class NoCharacters(Section):
    """Words only."""

    kind: Literal["none"] = "none"


class Casing(Section):
    """Vectors of casing classes; size 0 leaves them out."""

    size: Annotated[int, Field(ge=0, le=1000)] = 8


class ValueFeature(Section):
    """The values of a column (the one of the feature's name where none is given), each with a vector of its own.

    A value needs `minimum` occurrences to be known.
    """

    kind: Literal["value"] = "value"
    column: str | None = None
    size: Size = 16
    minimum: Annotated[int, Field(ge=1)] = 1
    lowercase: bool = False


class NumberFeature(Section):
    """A column of numbers, cut into buckets of like numbers of tokens, each with a vector of its own."""

    kind: Literal["number"] = "number"
    column: str | None = None
    size: Size = 8
    buckets: Annotated[int, Field(ge=2, le=1000)] = 10


class PrefixFeature(Section):
    """The first characters of a token (or of another column), hashed into buckets."""

    kind: Literal["prefix"] = "prefix"
    column: str = "token"
    length: Annotated[int, Field(ge=1, le=32)] = 3
    size: Size = 16
    buckets: Annotated[int, Field(ge=1, le=1_000_000)] = 2000


class SuffixFeature(PrefixFeature):
    """The last characters of a token (or of another column), hashed into buckets."""

    kind: Literal["suffix"] = "suffix"  # type: ignore[assignment]


class ShapeFeature(PrefixFeature):
    """The shape of a token, `Xxxx` or `dd`, in runs of at most `length` signs, hashed into buckets."""

    kind: Literal["shape"] = "shape"  # type: ignore[assignment]
    length: Annotated[int, Field(ge=1, le=32)] = 4
    buckets: Annotated[int, Field(ge=1, le=1_000_000)] = 500


Feature = Annotated[
    ValueFeature | NumberFeature | PrefixFeature | SuffixFeature | ShapeFeature, Field(discriminator="kind")
]


class Vectors(Section):
    """Pretrained vectors of the words in `path`, and of all other words by those of their pieces in `pieces`.

    `path` may also be a table of pieces or a folder in Model2Vec's format. The first `most` words of the file are kept.
    Vectors have a root mean square of 1, times `scale`; `projection` is the size that a linear layer makes of them
    (0: none). Where they are `tuned`, each word of the training data learns a difference.
    """

    path: str
    pieces: str | None = None
    most: Annotated[int, Field(ge=1)] | None = Field(default=None, description="a whole number, at least 1")
    scale: Annotated[float, Field(gt=0.0, le=1000.0)] = 0.3
    projection: Annotated[int, Field(ge=0, le=10_000)] = 0
    tuned: bool = True


class Windows(Section):
    """Sequences of more than `length` tokens in windows of that length, each with a share `overlap` of the next.

    Without a length every sequence is read as a whole.
    """

    length: Annotated[int, Field(ge=8)] | None = Field(default=None, description="a whole number, at least 8")
    overlap: Annotated[float, Field(ge=0.0, le=0.5)] = 0.25


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
    characters: CharacterCNN | CharacterLSTM | CharacterGRU | CharacterNgrams | NoCharacters = Field(
        default=CharacterCNN(), discriminator="kind"
    )
    casing: Casing = Casing()
    features: dict[str, Feature] = {}
    vectors: dict[str, Vectors] = {}
    windows: Windows = Windows()
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
