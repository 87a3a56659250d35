"""The settings of a run as classes: every key known, every value in its range; `settings` reads files into them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, model_validator

from taggers.config.data import ICU, Blanks, Characters, Data, Separator, Spacy, Syntok
from taggers.config.model import (
    CRF,
    Casing,
    CharacterCNN,
    CharacterGRU,
    CharacterLSTM,
    CharacterNgrams,
    Contextual,
    Decoder,
    Encoder,
    Feature,
    Head,
    Model,
    NextSymbol,
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
from taggers.config.task import Classification, EntityRatio, Label, Labelling, LanguageModel, Layer, Task, Transduction
from taggers.config.training import SGD, AdamW, Constant, Linear, Plateau, Training
from taggers.config.usual import with_usual

# The heads that fit each kind of task, the usual one first.
HEADS: dict[str, tuple[type[Head], ...]] = {
    "labelling": (CRF, Softmax),
    "classification": (Pooling,),
    "transduction": (Decoder,),
    "language_model": (NextSymbol,),
}


class Config(Section):
    """All settings of a run; those that are not said are what is usual for the task.

    >>> Config().model.encoder.hidden_size, Config(task=LanguageModel()).model.encoder.hidden_size
    (200, 512)
    """

    task: Task = Field(default=Labelling(), discriminator="kind")
    data: Data = Data()
    model: Model = Model()
    training: Training = Training()

    @model_validator(mode="before")
    @classmethod
    def _with_usual(cls, said: Any) -> Any:
        return with_usual(said) if isinstance(said, Mapping) else said

    @property
    def head(self) -> Head:
        """The head that is named, or the usual one of the task.

        >>> Config(task=Classification()).head.kind
        'pooling'
        """
        return self.model.head or HEADS[self.task.kind][0]()

    @property
    def problems(self) -> list[str]:
        """What of the settings does not go together, each with its key.

        >>> Config(task=Classification(), model=Model(head=CRF())).problems
        ["model.head.kind: expected 'pooling' for the task 'classification', found 'crf'"]
        """
        found = list(self.task.problems(self))
        if self.model.numbers is not None and self.model.vectors:
            found.append("model.numbers: tokens are numbers, and have no vectors of words; leave model.vectors out")
        if self.data.format == "series" and self.model.numbers is None and self.task.kind != "language_model":
            found.append("model.numbers: the tokens of a series are numbers, no words; set model.numbers.size=64, say")
        if self.data.partly and not isinstance(self.task, Labelling):
            key = "partial" if self.data.partial else "unlabelled"
            found.append(
                f"data.{key}: only tags may be partly annotated, not the task {self.task.kind!r}; leave it out"
            )
        fitting = HEADS[self.task.kind]
        if not isinstance(self.head, fitting):
            kinds = " or ".join(repr(head.model_fields["kind"].default) for head in fitting)
            of = f"the task {self.task.kind!r}"
            found.append(f"model.head.kind: expected {kinds} for {of}, found {self.head.kind!r}")
        return found


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
    "Contextual",
    "Data",
    "Decoder",
    "Encoder",
    "EntityRatio",
    "Feature",
    "Head",
    "Label",
    "Labelling",
    "LanguageModel",
    "Layer",
    "Linear",
    "Model",
    "NextSymbol",
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
