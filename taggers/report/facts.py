"""What a report says, as values from which the page and the JSON follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, NamedTuple

from taggers.lint import Leakage

Form = Literal["spans", "tags", "labels"]  # what the answers of a layer are
PREDICTED: dict[Form, str] = {"spans": "predicted spans", "tags": "predicted tags", "labels": "predicted labels"}


class Marked(NamedTuple):
    """A stretch of tokens with its label, gold or predicted; the label of a text as a whole stands on no token (0, 0).

    `confidence` is that of a predicted one, between 0 and 1; None where none is known.
    """

    start: int
    end: int
    label: str
    confidence: float | None = None


class Mistake(NamedTuple):
    """An error of a kind of `metrics.errors.KINDS`, with the places of both sides among those of its sentence."""

    kind: str
    gold: int | None
    predicted: int | None


@dataclass(frozen=True)
class Case:
    """A sentence with at least one mistake; `place` is its file, without folders, and its line.

    Of spans and labels all are there, right ones too, of plain tags the wrong ones alone.
    """

    place: str
    tokens: tuple[str, ...]
    gold: tuple[Marked, ...]
    predicted: tuple[Marked, ...]
    mistakes: tuple[Mistake, ...]

    def to_json(self) -> dict[str, Any]:
        """As plain values: what is marked as lists of start, end, label (and confidence), mistakes as lists too."""
        return {
            "place": self.place,
            "tokens": self.tokens,
            "gold": [marked[:3] for marked in self.gold],
            "predicted": [(*marked[:3], _short(marked.confidence)) for marked in self.predicted],
            "mistakes": self.mistakes,
        }


@dataclass(frozen=True)
class Layer:
    """What there is to say of one layer: its `scores` as `tagger evaluate --json` has them, and all its errors.

    `confusions` counts what was taken for what, gold labels first, with what has no partner; None of sets of labels.
    """

    name: str
    form: Form
    scores: Mapping[str, Any]
    confusions: Mapping[str, Mapping[str, int]] | None
    cases: tuple[Case, ...]

    @property
    def reliability(self) -> Mapping[str, Any] | None:
        """How far the confidences of what was predicted can be believed; None where there are none."""
        found: Mapping[str, Any] | None = self.scores.get("confidence", {}).get(PREDICTED[self.form])
        return found if found and found["number"] else None

    @property
    def mistakes(self) -> int:
        """How many errors there are."""
        return sum(len(case.mistakes) for case in self.cases)

    def figure(self, *place: str) -> float | None:
        """A score by its place in `scores`; None where there is none."""
        found = _at(self.scores, place)
        return found if isinstance(found, float) else None

    def interval(self, *place: str) -> tuple[float, float] | None:
        """The confidence interval of a score; None where there is none.

        >>> layer = Layer("upos", "tags", {"accuracy": 0.5, "intervals": {"accuracy": [0.4, 0.6]}}, None, ())
        >>> layer.interval("accuracy")
        (0.4, 0.6)
        """
        found = _at(self.scores.get("intervals"), place)
        return None if found is None else (found[0], found[1])

    def to_json(self) -> dict[str, Any]:
        """As plain values, without the scores."""
        return {
            "name": self.name,
            "form": self.form,
            "mistakes": self.mistakes,
            "confusions": self.confusions,
            "cases": [case.to_json() for case in self.cases],
        }


class File(NamedTuple):
    """A file, or folder, by its name without folders; no hash where it could be read once."""

    name: str
    sha256: str | None


@dataclass(frozen=True)
class Corpus:
    """The annotated text that a model was judged on."""

    file: File
    sentences: int
    tokens: int


@dataclass(frozen=True)
class Training:
    """The training data beside it: its file, and how much of the corpus stands in it too; None where it is not at
    hand, and then `absent` says why.
    """

    file: File | None
    leakage: Leakage | None = None
    absent: str = ""


@dataclass(frozen=True)
class Report:
    """All of it: `scores` are those of `tagger evaluate --json`, `history` is the log of the training, by epoch."""

    model: str
    digest: str
    noun: str
    corpus: Corpus
    training: Training
    scores: Mapping[str, Any]
    layers: tuple[Layer, ...]
    history: tuple[Mapping[str, Any], ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """As plain values: what the page holds, and what `--json` prints."""
        training: dict[str, Any] = {"file": None, "leakage": None, "absent": self.training.absent}
        if self.training.file is not None:
            training["file"] = self.training.file._asdict()
        if self.training.leakage is not None:
            training["leakage"] = {**asdict(self.training.leakage), "share": self.training.leakage.share}
        return {
            "model": {"name": self.model, "sha256": self.digest, "is": self.noun},
            "corpus": {**asdict(self.corpus), "file": self.corpus.file._asdict()},
            "training": training,
            "history": list(self.history),
            "scores": self.scores,
            "layers": [layer.to_json() for layer in self.layers],
        }


def _at(values: Any, place: tuple[str, ...]) -> Any:
    for key in place:
        values = values.get(key) if isinstance(values, Mapping) else None
    return values


def _short(confidence: float | None) -> float | None:
    """Four digits: more are not shown, and ten thousand of them are."""
    return None if confidence is None else round(confidence, 4)
