"""The network: what is read of tokens, the encoder over it, and the head that answers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from taggers.config.section import Rate, Section, Size


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


class Contextual(Section):
    """What two language models of characters, one `forward` and one `backward`, say of a token in its sentence.

    Both are model folders, whose models stay as they are; `projection` is the size that a linear layer makes of their
    states (0: none).
    """

    forward: str
    backward: str
    projection: Annotated[int, Field(ge=0, le=10_000)] = 128


class Numbers(Section):
    """Tokens that are rows of numbers (format `series`), standardised and made to `size` by a linear layer.

    They stand in place of words, casing, characters and pretrained vectors.
    """

    size: Size = 64


class Windows(Section):
    """Sequences of more than `length` tokens in windows of that length, each with a share `overlap` of the next.

    Without a length every sequence is read as a whole.
    """

    length: Annotated[int, Field(ge=8)] | None = Field(default=None, description="a whole number, at least 8")
    overlap: Annotated[float, Field(ge=0.0, le=0.5)] = 0.25


class Encoder(Section):
    """The recurrent layers, in both directions or forward alone; `hidden_size` is per direction."""

    kind: Literal["lstm", "gru"] = "lstm"
    hidden_size: Size = 200
    layers: Annotated[int, Field(ge=1, le=8)] = 1
    directions: Literal["both", "forward"] = "both"
    input_dropout: Rate = 0.5
    output_dropout: Rate = 0.5
    recurrent_dropout: Rate = 0.3


class CRF(Section):
    """Tags by a linear-chain CRF that gives no weight to illegal sequences."""

    kind: Literal["crf"] = "crf"


class Softmax(Section):
    """Each token's tag by itself in training, the best legal sequence in decoding."""

    kind: Literal["softmax"] = "softmax"


class Pooling(Section):
    """A label from all states of a text: the last of each direction, their mean or maximum, or by attention."""

    kind: Literal["pooling"] = "pooling"
    pooling: Literal["last", "mean", "max", "attention"] = "max"


class Decoder(Section):
    """Symbols one after another, by a recurrent layer of the encoder's kind with attention to all of its states.

    `teacher_forcing` is the chance, at the end of the training, that a symbol before is read from the target, and not
    from the decoder's own answer; it falls evenly, from 1.
    """

    kind: Literal["decoder"] = "decoder"
    size: Size = 64
    hidden_size: Size = 200
    dropout: Rate = 0.3
    teacher_forcing: Annotated[float, Field(ge=0.0, le=1.0)] = 1.0


class NextSymbol(Section):
    """The next symbol by a softmax over all; `tied` reads their scores off the vectors of words or characters."""

    kind: Literal["next"] = "next"
    tied: bool = False


Head = CRF | Softmax | Pooling | Decoder | NextSymbol


class Model(Section):
    """The network. Without a head it has the usual one of its task."""

    words: Words = Words()
    characters: CharacterCNN | CharacterLSTM | CharacterGRU | CharacterNgrams | NoCharacters = Field(
        default=CharacterCNN(), discriminator="kind"
    )
    casing: Casing = Casing()
    features: dict[str, Feature] = Field(default={})
    vectors: dict[str, Vectors] = Field(default={})
    contextual: dict[str, Contextual] = Field(default={})
    numbers: Numbers | None = None
    windows: Windows = Windows()
    encoder: Encoder = Encoder()
    head: Head | None = Field(default=None, discriminator="kind")
