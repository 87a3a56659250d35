"""How many tokens a second a recipe trains on, everything counted but the scores of dev."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

import numpy as np

from taggers.config import Config
from taggers.data.batch import shuffled
from taggers.data.corpus import Corpus
from taggers.reading import load_corpus, located
from taggers.runs import Silent, train_model
from taggers.settings import load_config
from taggers.training import Epoch


class _Speeds(Silent):
    def __init__(self) -> None:
        self.found: list[float] = []

    def on_epoch(self, epoch: Epoch) -> None:
        self.found.append(epoch.tokens_per_second)


def measure(
    recipe: str, overrides: list[str], device: str, repeats: int, sentences: int | None = None
) -> dict[str, object]:
    """Tokens a second of some epochs and their median, the first epoch left out.

    Batches hold `sentences` on average; where that is None, as many tokens as the recipe says.
    """
    corpus, settings = prepare(recipe, [*overrides, f"training.epochs={repeats + 1}"], sentences)
    speeds = _Speeds()
    with tempfile.TemporaryDirectory() as folder:
        train_model(settings, corpus, Path(folder) / "model", device, listener=speeds)
    budget = settings.training.batch_tokens
    return {
        "tokens_per_second": statistics.median(speeds.found[1:]),
        "all": speeds.found[1:],
        "batch_tokens": budget,
        "sentences_per_batch": round(_sentences_per_batch(_lengths(corpus), budget), 1),
        "types": len({token for sentence in corpus.train for token in sentence.tokens}),
    }


def prepare(recipe: str, overrides: list[str], sentences: int | None) -> tuple[Corpus, Config]:
    """A recipe's corpus and settings, without dev and test."""
    place = Path(recipe)
    settings = located(load_config(place, [*overrides, "data.dev=none"]), place.parent)
    settings = settings.model_copy(update={"data": settings.data.model_copy(update={"test": None})})
    corpus = load_corpus(settings, lambda _: None)
    if sentences is not None:
        budget = budget_for(_lengths(corpus), sentences)
        training = settings.training.model_copy(update={"batch_tokens": budget})
        settings = settings.model_copy(update={"training": training})
    return corpus, settings


def budget_for(lengths: np.ndarray[tuple[int], np.dtype[np.int32]], sentences: int) -> int:
    """The tokens, padding included, of batches that hold so many sentences on average.

    >>> budget_for(np.full(100, 10, dtype=np.int32), sentences=4)
    40
    """
    low, high = 1, sentences * int(lengths.max())
    while low < high:
        middle = (low + high) // 2
        if _sentences_per_batch(lengths, middle) < sentences:
            low = middle + 1
        else:
            high = middle
    return low


def _sentences_per_batch(lengths: np.ndarray[tuple[int], np.dtype[np.int32]], budget: int) -> float:
    return len(lengths) / len(shuffled(lengths, budget, np.random.default_rng(1)))


def _lengths(corpus: Corpus) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    return np.array([len(sentence) for sentence in corpus.train], dtype=np.int32)
