"""Small annotated text, small settings, and a trainer on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest
import torch

from taggers import Config, make_config
from taggers.build import build_indexer, build_model
from taggers.data.sentences import as_store
from taggers.data.source import Shuffled, unknown_chances
from taggers.data.targets import index_targets
from taggers.engine.torch_engine import TorchEngine
from taggers.evaluation import evaluate
from taggers.tasks.labelling import Labelling
from taggers.text import Sentence
from taggers.text.schemes import IOB2, IOBES
from taggers.training import Epoch, Trainer

TEXTS = [
    "[Ada Obi] met [Lin] in the harbour .",
    "The tide was late .",
    "[Lin] slept .",
    "No ship came , said [Obi] .",
    "[Mara] and [Ada Obi] waited on the pier for the last boat of the day .",
    "Rain .",
    "Who is [Mara Lin] ?",
    "The boat left [Ada] behind and nobody but [Lin] saw it .",
]


def sentence(text: str) -> Sentence:
    """A sentence with people in brackets as spans of the layer `ner`."""
    tokens, tags, inside = [], [], False
    for word in text.split():
        token = word.strip("[]")
        tokens.append(token)
        tags.append("B-PER" if word.startswith("[") else "I-PER" if inside else "O")
        inside = (inside or word.startswith("[")) and not word.endswith("]")
    return Sentence(tuple(tokens), {"ner": tuple(tags)})


@pytest.fixture(scope="session")
def sentences() -> tuple[Sentence, ...]:
    """Eight sentences with people."""
    return tuple(map(sentence, TEXTS))


class MakeConfig(Protocol):
    """Small settings with some changes."""

    def __call__(self, *overrides: str) -> Config:
        """Changes as `section.key=value`."""


@pytest.fixture(scope="session")
def small() -> MakeConfig:
    """Settings of a network that trains in no time."""
    values: dict[str, Any] = {
        "task": {"layer": "ner"},
        "model": {
            "words": {"size": 6},
            "characters": {"size": 3, "filters": 4},
            "casing": {"size": 2},
            "encoder": {"hidden_size": 5},
        },
        "training": {"epochs": 2, "batch_tokens": 20, "checkpoint_steps": 2, "optimiser": {"learning_rate": 0.02}},
    }
    return lambda *overrides: make_config(values, overrides)


@dataclass
class Ears:
    """A listener that remembers, and does something after a step or an epoch."""

    after_step: Callable[[int], None] = lambda step: None
    after_epoch: Callable[[int], None] = lambda epoch: None
    notes: list[str] = field(default_factory=list)
    epochs: list[Epoch] = field(default_factory=list)
    steps: int = 0

    def on_note(self, message: str) -> None:
        """Remember it."""
        self.notes.append(message)

    def on_model(self, parts: dict[str, int]) -> None:
        """Nothing."""

    def on_step(self, epoch: int, step: int, steps: int, loss: float | None) -> None:
        """Count it."""
        self.steps += 1
        self.after_step(self.steps)

    def on_epoch(self, epoch: Epoch) -> None:
        """Remember it."""
        self.epochs.append(epoch)
        self.after_epoch(epoch.epoch)


class MakeTrainer(Protocol):
    """A trainer on the sentences."""

    def __call__(
        self, config: Config, ears: Ears | None = None, score: Callable[[], float] | None = None, dev: bool = True
    ) -> Trainer:
        """With dev its score is that on the training sentences, or `score`."""


@pytest.fixture
def trainer(sentences: Sequence[Sentence], tmp_path: Path) -> MakeTrainer:
    """Make a trainer whose checkpoint is `checkpoint` in the test's folder."""

    def make(
        config: Config, ears: Ears | None = None, score: Callable[[], float] | None = None, dev: bool = True
    ) -> Trainer:
        task = Labelling.build(sentences, "ner", IOBES, IOB2)
        indexer = build_indexer(config.model, as_store(sentences), {})
        torch.manual_seed(config.training.seed)
        model = build_model(config, indexer, [task])
        engine = TorchEngine(model, indexer)

        def scored() -> float:
            return evaluate(engine, [task], sentences).headline

        indexed = indexer.index(sentences)
        chances = unknown_chances(indexed, indexer.learning, config.training.word_dropout, config.training.unknown)
        return Trainer(
            model,
            config.training,
            Shuffled(indexed, [index_targets(task, sentences)], config.training.batch_tokens, *chances),
            (score or scored) if dev else None,
            tmp_path / "checkpoint",
            "the same run",
            ears or Ears(),
        )

    return make


def weights_of(trainer: Trainer) -> dict[str, bytes]:
    """The bytes of each weight."""
    return {name: p.detach().numpy().tobytes() for name, p in trainer.model.named_parameters()}


@pytest.fixture(scope="session")
def weights() -> Callable[[Trainer], dict[str, bytes]]:
    """The bytes of each weight of a trainer's model."""
    return weights_of


@pytest.fixture(scope="session")
def listening() -> type[Ears]:
    """The class of listeners that remember."""
    return Ears
