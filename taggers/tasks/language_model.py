"""Language modelling: what comes next in a text, symbol by symbol."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from taggers.text import Sentence

Unit = Literal["character", "word"]
Direction = Literal["forward", "backward"]

NEXT = "next"  # in place of a layer's name: the symbol that comes next
BREAK = "\n"  # the symbol that ends a sentence


@dataclass(frozen=True)
class LanguageModel:
    """The task of the next character or word, of the text as it stands (forward) or turned round (backward).

    >>> LanguageModel("word").facts
    {'predicts': 'the next word, forward'}
    """

    kind: ClassVar[str] = "language_model"
    noun: ClassVar[str] = "language model"  # what such a model is called
    graphs: ClassVar[tuple[str, ...]] = ("forms", "emissions")
    layer: ClassVar[str] = NEXT
    constraints: ClassVar[None] = None
    outside: ClassVar[None] = None
    has_confidences: ClassVar[bool] = False
    has_spans: ClassVar[bool] = False
    search: ClassVar[None] = None
    json_shape: ClassVar[Any] = {"unit": str, "direction": str}  # as `checkpoint` reads them, of task and scores
    scores_shape: ClassVar[Any] = {"perplexity": (None, float), "bits_per_character": float}
    unit: Unit = "character"
    direction: Direction = "forward"

    def to_json(self) -> dict[str, Any]:
        """What a model folder keeps."""
        return {"kind": self.kind, "unit": self.unit, "direction": self.direction}

    @classmethod
    def from_json(cls, values: Any) -> LanguageModel:
        """The task that a model folder keeps; LookupError where it is none."""
        for key, known in (("unit", ("character", "word")), ("direction", ("forward", "backward"))):
            if values[key] not in known:
                raise LookupError(f"{key}: found {values[key]!r}")
        return cls(values["unit"], values["direction"])

    @property
    def facts(self) -> dict[str, object]:
        """What people are told of the task."""
        return {"predicts": f"the next {self.unit}, {self.direction}"}

    @property
    def about(self) -> str:
        """What the task is, in a line."""
        return f"It predicts {self.facts['predicts']}."

    def unseen(self, sentences: Iterable[Sentence]) -> list[str]:
        """Nothing is annotated, so nothing annotated is new."""
        del sentences
        return []
