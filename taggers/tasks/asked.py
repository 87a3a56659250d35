"""What is asked of a model beside its best answers, and the answers with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from taggers.chain.span_tags import SpanTags
from taggers.chain.spans import Candidates
from taggers.chain.temperatures import Temperatures
from taggers.errors import TaggerError
from taggers.tasks.span_tags import span_tags
from taggers.text.schemes import PLAIN
from taggers.text.types import LABEL

if TYPE_CHECKING:
    from taggers.tasks import SentenceTask
    from taggers.tasks.classification import Classification

Decoding: TypeAlias = Literal["viterbi", "risk"]
_MOST_PATHS = 1000


@dataclass(frozen=True)
class Asked:
    """What predictions hold beside tags and labels, and how their tags are chosen.

    With `confidence` they have `confidences`; from a probability `candidates` on, all possible spans; `k_best` tag
    sequences with the probability of each. The `decoding` "viterbi" gives the most probable sequence, "risk" the spans
    that are cheapest to be wrong about (see `least_risk`; `threshold` is the cost of a wrong span beside a missed one,
    of 1 in all), or of plain tags the legal sequence of most expected right ones. Spans of less than `min_confidence`
    are left out. Probabilities are told from scores divided by the `temperatures` of each layer by name, 1 where it has
    none; None are those of the model. Raises TaggerError for numbers out of their range.

    >>> Asked(confidence=True, candidates=0.05).needs_posterior
    True
    """

    confidence: bool = False
    candidates: float | None = None
    k_best: int = 0
    decoding: Decoding = "viterbi"
    threshold: float = 0.5
    min_confidence: float = 0.0
    temperatures: Mapping[str, Temperatures] | None = None

    def __post_init__(self) -> None:
        if self.candidates is not None and not 0.0 < self.candidates <= 1.0:
            raise TaggerError(f"candidates: expected a probability above 0, at most 1, found {self.candidates}")
        if not 0 <= self.k_best <= _MOST_PATHS:
            raise TaggerError(f"k_best: expected 0 to {_MOST_PATHS}, found {self.k_best}")
        if not 0.0 < self.threshold < 1.0:
            raise TaggerError(f"threshold: expected a cost between 0 and 1, found {self.threshold}")
        if not 0.0 <= self.min_confidence <= 1.0:
            raise TaggerError(f"min_confidence: expected 0 to 1, found {self.min_confidence}")

    @property
    def wants_confidence(self) -> bool:
        """True where the confidence of each answer is needed."""
        return self.confidence or self.min_confidence > 0.0

    @property
    def needs_posterior(self) -> bool:
        """True where more than the best tags is asked."""
        return self.wants_confidence or self.candidates is not None or self.k_best > 0 or self.decoding == "risk"


@dataclass(frozen=True, eq=False)
class Head:
    """What telling probabilities of one layer takes: its tags as parts of `spans` (None: plain tags, or labels),
    whether texts have `many` labels, and its temperatures.
    """

    spans: SpanTags | None
    many: bool
    temperatures: Temperatures


@dataclass(frozen=True, eq=False)
class Question:
    """What is asked, and the heads of the model that is asked."""

    asked: Asked
    heads: tuple[Head, ...]

    @classmethod
    def of(cls, asked: Asked, tasks: Sequence[SentenceTask]) -> Self:
        """The question to a model of some tasks; TaggerError where it cannot answer it."""
        for task in tasks:
            if not task.has_confidences:
                raise TaggerError(f"a model for {task.kind} has no confidence in its answers: ask for none")
        if not any(task.has_spans for task in tasks) and (asked.min_confidence or asked.candidates is not None):
            name = "min_confidence" if asked.min_confidence else "candidates"
            raise TaggerError(f"{name} is for spans, and the model gives none: leave it out")
        if all(task.layer == LABEL for task in tasks) and (asked.k_best or asked.decoding == "risk"):
            name = "k_best" if asked.k_best else "decoding by risk"
            raise TaggerError(f"{name} is for tags, and the model gives none: leave it out")
        return cls(asked, tuple(_head(task, asked.temperatures or {}) for task in tasks))


def _head(task: SentenceTask, temperatures: Mapping[str, Temperatures]) -> Head:
    own = temperatures.get(task.layer, Temperatures())
    if task.outside is None:
        return Head(None, cast("Classification", task).many, own)
    return Head(None if task.inside is PLAIN else span_tags(task.tags, task.inside), False, own)


@dataclass(frozen=True, eq=False)
class Paths:
    """Sequences of tags of one sentence of T tokens, the most probable first."""

    tags: NDArray[np.int32]  # (n, T)
    probability: NDArray[np.float64]  # (n,)


@dataclass(frozen=True, eq=False)
class Judged:
    """The answers of a head to sentences of N tokens in all, and what was asked beside them; None where it was not.

    `answers` are tags (N,), or log probabilities of labels (S, K). The `confidence` of a token (N,) is that of its tag,
    or of the span around it, not a number where there is none; of labels (S, K) the probability of each. The spans of
    the `candidates` are rows of N.
    """

    answers: NDArray[Any]
    confidence: NDArray[np.float64] | None = None
    candidates: Candidates | None = None
    paths: tuple[Paths, ...] | None = None
