"""What every kind of task has, whatever its answers are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Protocol, Self

from taggers.chain import Chain
from taggers.chain.search import Search
from taggers.text import Sentence
from taggers.text.schemes import Scheme


class AnyTask(Protocol):
    """A kind of task; those that give sentences an answer have `predictions`, `score` and targets besides.

    `layer` is what is learnt: the name of a layer of tags, LABEL for the label of a sentence, NEXT for what comes next.
    `json_shape` and `scores_shape` are those of `to_json`, and of the JSON of its scores, as `checkpoint` checks them.
    """

    kind: ClassVar[str]
    noun: ClassVar[str]  # what such a model is called
    graphs: ClassVar[tuple[str, ...]]  # those that a model folder has
    json_shape: ClassVar[Any]
    scores_shape: ClassVar[Any]
    has_confidences: ClassVar[bool]  # whether its scores tell how probable answers are

    @property
    def layer(self) -> str:
        """What is learnt."""

    @property
    def constraints(self) -> Chain | None:
        """What tags may follow each other; None where there are none."""

    @property
    def outside(self) -> Scheme | None:
        """The scheme that its tags are written in; None where its answers are no tags."""

    @property
    def has_spans(self) -> bool:
        """True where its answers are spans; False where they are plain tags, or none."""

    @property
    def search(self) -> Search | None:
        """How the sequences that are its answers are looked for; None where scores give the answers."""

    @property
    def facts(self) -> dict[str, object]:
        """What `tagger info` tells of the task, by name."""

    @property
    def about(self) -> str:
        """What the task is, in a line."""

    def unseen(self, sentences: Iterable[Sentence]) -> list[str]:
        """What of the gold of some sentences the task cannot answer, sorted."""

    def to_json(self) -> dict[str, Any]:
        """What a model folder keeps, its `kind` among it."""

    @classmethod
    def from_json(cls, values: Any) -> Self:
        """The task that a model folder keeps."""
