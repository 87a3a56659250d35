"""Confidences calibrated on sentences that training holds back: which these are, and the temperatures they give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from taggers.build import build_gold
from taggers.calibration import Calibration, LayerCalibration
from taggers.chain import Chain
from taggers.chain.calibration import Fit, fit_temperatures
from taggers.chain.temperatures import log_complement
from taggers.confidence import gold_spans, outcomes_of
from taggers.data.batch import Gold, LabelTargets, Targets
from taggers.data.corpus import set_aside
from taggers.engine.interface import Engine, Part, collect
from taggers.errors import ConfigError
from taggers.evaluation import predict
from taggers.metrics.thresholds import Thresholds
from taggers.tasks.asked import Asked, Question
from taggers.text import Sentence
from taggers.text.wording import counted

if TYPE_CHECKING:
    from taggers.tasks import SentenceTask, Task

SHARE, FROM = 0.2, 500  # of dev, where it holds so many sentences


def divide_dev(
    dev: Sequence[Sentence], share: float | None, tasks: Sequence[Task], note: Callable[[str], None]
) -> tuple[Sequence[Sentence], Sequence[Sentence]]:
    """What of dev early stopping looks at, and what is kept from it to calibrate on, by `training.calibration`.

    Raises ConfigError where a share is asked for that there is nothing to take from, or no confidences to calibrate.
    """
    possible = all(task.has_confidences for task in tasks)
    if share and not possible:
        raise ConfigError(f"training.calibration: a model for {tasks[0].kind} gives no confidences; leave it out")
    if share and not dev:
        raise ConfigError("training.calibration: there is no dev to set a part of aside; name one, or leave it out")
    usual = SHARE if len(dev) >= FROM and possible else 0.0
    division = set_aside(dev, usual if share is None else share)
    if not division.held:
        if share:
            problem = f"training.calibration: {share} of {counted(division.of, 'document')} of dev is none"
            raise ConfigError(f"{problem}; name a larger share, or leave it out")
        return dev, ()
    rest = f"early stopping looks at the other {len(division.kept):,}"
    note(f"calibration: {len(division.held):,} of {counted(len(dev), 'sentence')} of dev set aside; {rest}")
    return division.kept, division.held


def calibrate(
    engine: Engine, tasks: Sequence[SentenceTask], held: Sequence[Sentence], dev: Sequence[Sentence]
) -> Calibration:
    """What the sentences held back tell of a model's confidences: temperatures, and under these the thresholds.

    Where none are held back, temperatures stay as they are, and all of dev tells the thresholds.
    """
    fits = fit(engine, tasks, held) if held else {}
    sentences = held or dev
    asked = Asked(confidence=True, temperatures={layer: own.temperatures for layer, own in fits.items()})
    predictions = list(predict(engine, tasks, sentences, question=Question.of(asked, tasks)))
    layers = {}
    for place, task in enumerate(tasks):
        table = None
        if task.has_spans:
            own = [one.every[place] for one in predictions]
            gold = sum(len(gold_spans(task, sentence)) for sentence in sentences)
            table = Thresholds.of(outcomes_of(task, sentences, own)["predicted spans"], gold)
        layers[task.layer] = LayerCalibration(fits.get(task.layer), table)
    return Calibration(len(sentences), bool(held), layers)


def fit(engine: Engine, tasks: Sequence[SentenceTask], sentences: Sequence[Sentence]) -> dict[str, Fit]:
    """Of each layer the temperatures that make the gold of some sentences likeliest.

    Sentences with gold that the model cannot give are left out.
    """
    known = [s for s in sentences if s.tokens and not any(task.unseen((s,)) for task in tasks)]
    if not known:
        return {}
    reading = engine.read(known)
    heads = [_Gathered(chain is not None) for chain in engine.chains]
    collect(engine, reading, heads)
    offsets = np.concatenate(([0], np.cumsum(reading.lengths)))  # (B + 1,)
    return {
        task.layer: _fit(chain, head.scores, offsets, build_gold(task, known))
        for task, chain, head in zip(tasks, engine.chains, heads, strict=True)
    }


class _Gathered:
    """The scores of one head: (N, K) of all tokens where it scores tokens, else (B, K) of all sentences."""

    def __init__(self, of_tokens: bool) -> None:
        self._of_tokens = of_tokens
        self._parts: list[tuple[NDArray[np.int64], NDArray[np.float32]]] = []

    def take(self, part: Part, rows: NDArray[np.float32]) -> None:
        """As `Collector.take`."""
        self._parts.append((part.places if self._of_tokens else part.index, rows))

    @property
    def scores(self) -> NDArray[np.float32]:
        """When all are taken."""
        places, rows = map(np.concatenate, zip(*self._parts, strict=True))
        return rows[np.argsort(places)]


def _fit(
    chain: Chain | None,
    scores: NDArray[np.floating],  # (N, K) of tokens, or (B, K) of sentences
    offsets: NDArray[np.int64],  # (B + 1,)
    gold: Gold,
) -> Fit:
    if isinstance(gold, Targets):
        assert chain is not None
        return fit_temperatures(chain, scores, offsets, gold.tags if gold.sets is None else gold.sets)
    assert isinstance(gold, LabelTargets)
    labels = gold.labels
    if labels.ndim == 2:  # each label is given or not by itself: an answer of two, as likely as the scores say
        given = scores.ravel()
        scores, labels = np.stack([log_complement(given), given], axis=1), labels.ravel().astype(np.int64)
    free = Chain(*(np.zeros((scores.shape[1],) * rank) for rank in (1, 2, 1)))
    found = fit_temperatures(free, scores, np.arange(len(scores) + 1), labels)
    return replace(found, sentences=len(gold.labels))  # of many labels each text gives several answers
