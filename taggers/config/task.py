"""What is learnt: the kinds of task."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from taggers.config.section import Section

Weight = Annotated[float, Field(gt=0.0, le=1000.0)]  # of a loss


class Layer(Section):
    """A further layer that is learnt beside the first, by a head of its own; `weight` is that of its loss.

    Without a `head` it has the model's. A softmax is what many plain tags need: a CRF's cost grows with their square.
    """

    scheme: Literal["IOBES", "IOB2"] = "IOBES"
    head: Literal["crf", "softmax"] | None = Field(default=None, description="'crf' or 'softmax'")
    weight: Weight = 1.0


class Label(Section):
    """The label of each sentence, learnt beside its tags from the same states; `weight` is that of its loss."""

    many: bool = False
    pooling: Literal["last", "mean", "max", "attention"] = "max"
    weight: Weight = 1.0


class Labelling(Section):
    """The tags of a layer, spelt inside the model in `scheme` (plain tags stay plain), those of further layers by their
    names, and the `label` of the sentence. The score of dev that decides is the mean over all.
    """

    kind: Literal["labelling"] = "labelling"
    layer: str = "tag"
    scheme: Literal["IOBES", "IOB2"] = "IOBES"
    weight: Weight = 1.0
    further: dict[str, Layer] = Field(default={})
    label: Label | None = None


class Classification(Section):
    """The label of each text; with `many` a set of labels, each learnt by itself, which CSV has as `a|b`."""

    kind: Literal["classification"] = "classification"
    many: bool = False


class Transduction(Section):
    """The values of a `layer`, written symbol by symbol from each token's characters, or (layer `label`) the labels of
    sentences from their tokens.

    Read besides are the values of the columns `beside`, and `around` characters of the sentence on either side. The
    characters in `without`, such as digits that mark stress, are left out of what is learnt and scored. Answers
    are searched with `beam` beginnings kept (1: greedy), by their log probability divided by their length to the
    `length_power`.
    """

    kind: Literal["transduction"] = "transduction"
    layer: str = "label"
    beside: list[str] = Field(default=[])
    around: Annotated[int, Field(ge=0, le=1000)] = 0
    without: str = ""
    beam: Annotated[int, Field(ge=1, le=1000)] = 1
    length_power: Annotated[float, Field(ge=0.0, le=2.0)] = 0.0


class LanguageModel(Section):
    """The next symbol of a text, given all before it: a character or a word, of the text as it stands or turned round.

    The text is cut into parallel rows, as many as `training.batch_tokens` holds rows of `steps` symbols; a gradient
    goes back through that many steps, a state on through the whole row.
    """

    kind: Literal["language_model"] = "language_model"
    unit: Literal["character", "word"] = "character"
    direction: Literal["forward", "backward"] = "forward"
    steps: Annotated[int, Field(ge=1, le=10_000)] = 64


Task = Labelling | Classification | Transduction | LanguageModel
