"""What is learnt: the kinds of task."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from taggers.config.section import Section

if TYPE_CHECKING:
    from taggers.config import Config

_LABEL = "label"  # in place of a layer's name: the label of the sentence as a whole
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


class EntityRatio(Section):
    """What share of the tokens is expected to be inside spans, where train does not say of all tokens what they are.

    Where the model expects more or less in a batch, by more than the `margin`, each unit costs the `weight`. "dev" is
    the share that dev has.
    """

    expected: Annotated[float, Field(gt=0.0, lt=1.0)] | Literal["dev"] = Field(
        default=0.15, description="a share between 0 and 1, or 'dev'"
    )
    margin: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.05
    weight: Weight = 10.0


class AnyTask(Section):
    """What the rest of the settings asks of a task, whatever its kind."""

    @property
    def layers(self) -> list[str]:
        """The layers of tags that are learnt, the first one first."""
        return []

    @property
    def columns(self) -> list[str]:
        """The columns beside the tokens that are learnt, or read, other than those layers."""
        return []

    @property
    def learns_label(self) -> bool:
        """True where the label of each sentence is learnt, alone or beside tags."""
        return False

    @property
    def several_answers(self) -> bool:
        """True where a source may stand in a corpus several times, each time with another answer that is right."""
        return False

    @property
    def told(self) -> Literal["tags", "labels", "text"]:
        """What a file has to hold to be learnt from."""
        return "text"

    def problems(self, config: Config) -> Iterator[str]:
        """What keeps a network from learning the task, or the settings of the task from making sense."""
        del config
        yield from ()


class Labelling(AnyTask):
    """The tags of a layer, spelt inside the model in `scheme` (plain tags stay plain), those of further layers by their
    names, and the `label` of the sentence. The score of dev that decides is the mean over all. Where the first layer is
    partly annotated, `entity_ratio` says how much of it is inside spans.
    """

    kind: Literal["labelling"] = "labelling"
    layer: str = "tag"
    scheme: Literal["IOBES", "IOB2"] = "IOBES"
    weight: Weight = 1.0
    further: dict[str, Layer] = Field(default={})
    label: Label | None = None
    entity_ratio: EntityRatio | None = None

    @property
    def layers(self) -> list[str]:
        """The first layer, and the further ones."""
        return [self.layer, *self.further]

    @property
    def learns_label(self) -> bool:
        """True where it is asked for beside the tags."""
        return self.label is not None

    @property
    def told(self) -> Literal["tags", "labels", "text"]:
        """Tags."""
        return "tags"

    def problems(self, config: Config) -> Iterator[str]:
        """Layers of one name, and a label that is to be read off windows."""
        if self.learns_label and _LABEL in self.layers:
            yield f"task.label: a layer is called {_LABEL!r} too; rename its column"
        if self.layer in self.further:
            yield f"task.further.{self.layer}: that layer is task.layer already; leave it out of one of them"
        if self.entity_ratio is not None and config.head.kind != "crf":
            yield f"model.head.kind: expected 'crf' with task.entity_ratio, found {config.head.kind!r}"
        if self.entity_ratio is not None and not config.data.partly:
            said = "say data.partial=true or data.unlabelled=unknown, or leave it out"
            yield f"task.entity_ratio: it is for partly annotated training data; {said}"
        if self.learns_label and config.model.windows.length is not None:
            yield _WHOLE


class Classification(AnyTask):
    """The label of each text; with `many` a set of labels, each learnt by itself, which CSV has as `a|b`."""

    kind: Literal["classification"] = "classification"
    many: bool = False

    @property
    def learns_label(self) -> bool:
        """It is all that is learnt."""
        return True

    @property
    def told(self) -> Literal["tags", "labels", "text"]:
        """Labels."""
        return "labels"

    def problems(self, config: Config) -> Iterator[str]:
        """Windows."""
        if config.model.windows.length is not None:
            yield _WHOLE


class Transduction(AnyTask):
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

    @property
    def columns(self) -> list[str]:
        """The layer that is learnt, and what is read beside."""
        return [] if self.learns_label else list(dict.fromkeys([self.layer, *self.beside]))

    @property
    def learns_label(self) -> bool:
        """True where no layer of tokens is named."""
        return self.layer == _LABEL

    @property
    def several_answers(self) -> bool:
        """True of labels."""
        return self.learns_label

    @property
    def told(self) -> Literal["tags", "labels", "text"]:
        """Labels, or the values of a layer."""
        return "labels" if self.learns_label else "tags"

    def problems(self, config: Config) -> Iterator[str]:
        """What symbols of a source do not have."""
        if config.model.contextual:
            yield "model.contextual: what writes reads symbols, no sentences; leave it out"
        if config.model.numbers is not None:
            yield "model.numbers: what writes reads symbols, no numbers; leave it out"
        for name in config.model.features:
            yield f"model.features: symbols have no column {name!r}; name it in task.beside, to be read beside a token"
        if self.learns_label and (self.beside or self.around):
            yield "task.beside and task.around are for tokens; leave them out, or name task.layer"
        if config.model.windows.length is not None:
            yield "model.windows: what is written is read off the whole of a source; leave windows out"


class LanguageModel(AnyTask):
    """The next symbol of a text, given all before it: a character or a word, of the text as it stands or turned round.

    The text is cut into parallel rows, as many as `training.batch_tokens` holds rows of `steps` symbols; a gradient
    goes back through that many steps, a state on through the whole row.
    """

    kind: Literal["language_model"] = "language_model"
    unit: Literal["character", "word"] = "character"
    direction: Literal["forward", "backward"] = "forward"
    steps: Annotated[int, Field(ge=1, le=10_000)] = 64

    def problems(self, config: Config) -> Iterator[str]:
        """What a network must not have that predicts symbols, and steps that are longer than a batch."""
        model, training = config.model, config.training
        if model.words.lowercase:
            yield "model.words.lowercase: symbols are predicted as they are; set it to false"
        if model.encoder.directions != "forward":
            yield "model.encoder.directions: expected 'forward' for the task 'language_model', found 'both'"
        if model.windows.length is not None:
            yield "model.windows: a text is read as one stream; leave windows out"
        if any(feature.column != "token" for feature in model.features.values()):
            yield "model.features: a language model reads symbols alone; leave out columns beside them"
        if model.numbers is not None:
            yield "model.numbers: a language model reads symbols alone; leave it out"
        if model.contextual:
            yield "model.contextual: a language model reads symbols alone; leave it out"
        if model.numbers is not None:
            yield "model.numbers: a language model reads symbols, no numbers; leave it out"
        if training.batch_tokens < self.steps:
            found = f"expected at least task.steps, {self.steps}, found {training.batch_tokens}"
            yield f"training.batch_tokens: {found}"


_WHOLE = "model.windows: a label is read off the whole of a text; leave windows out"

Task = Labelling | Classification | Transduction | LanguageModel
