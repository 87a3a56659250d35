"""The settings of a run as classes: every key known, every value in its range; `settings` reads files into them."""

from __future__ import annotations

from pydantic import Field

from taggers.config.data import ICU, Blanks, Characters, Data, Separator, Spacy, Syntok
from taggers.config.model import (
    CRF,
    Casing,
    CharacterCNN,
    CharacterGRU,
    CharacterLSTM,
    CharacterNgrams,
    Decoder,
    Encoder,
    Feature,
    Head,
    Model,
    NoCharacters,
    NumberFeature,
    Numbers,
    Pooling,
    PrefixFeature,
    ShapeFeature,
    Softmax,
    SuffixFeature,
    ValueFeature,
    Vectors,
    Windows,
    Words,
)
from taggers.config.section import Rate, Section, Size
from taggers.config.task import Classification, Label, Labelling, Layer, Task, Transduction
from taggers.config.training import SGD, AdamW, Constant, Linear, Plateau, Training

# The heads that fit each kind of task, the usual one first.
HEADS: dict[str, tuple[type[Head], ...]] = {
    "labelling": (CRF, Softmax),
    "classification": (Pooling,),
    "transduction": (Decoder,),
}


class Config(Section):
    """All settings of a run.

    >>> Config().model.encoder.hidden_size
    200
    """

    task: Task = Field(default=Labelling(), discriminator="kind")
    data: Data = Data()
    model: Model = Model()
    training: Training = Training()

    @property
    def head(self) -> Head:
        """The head that is named, or the usual one of the task.

        >>> Config(task=Classification()).head.kind
        'pooling'
        """
        return self.model.head or HEADS[self.task.kind][0]()


__all__ = [
    "CRF",
    "HEADS",
    "ICU",
    "SGD",
    "AdamW",
    "Blanks",
    "Casing",
    "CharacterCNN",
    "CharacterGRU",
    "CharacterLSTM",
    "CharacterNgrams",
    "Characters",
    "Classification",
    "Config",
    "Constant",
    "Data",
    "Decoder",
    "Encoder",
    "Feature",
    "Head",
    "Label",
    "Labelling",
    "Layer",
    "Linear",
    "Model",
    "NoCharacters",
    "NumberFeature",
    "Numbers",
    "Plateau",
    "Pooling",
    "PrefixFeature",
    "Rate",
    "Section",
    "Separator",
    "ShapeFeature",
    "Size",
    "Softmax",
    "Spacy",
    "SuffixFeature",
    "Syntok",
    "Task",
    "Training",
    "Transduction",
    "ValueFeature",
    "Vectors",
    "Windows",
    "Words",
]
