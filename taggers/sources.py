"""From settings and numbers to what a training reads, by the kind of task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from taggers import config as c
from taggers.build import build_gold, rows_of
from taggers.data.cutting import for_training, places_to_cut
from taggers.data.indexer import Indexed
from taggers.data.sentences import TOKEN, SentenceStore, as_store
from taggers.data.source import Shuffled, Source, unknown_chances
from taggers.data.stream import StreamSource, spell
from taggers.errors import TaggerError
from taggers.tasks.language_model import LanguageModel
from taggers.tasks.transduction import Transduction
from taggers.text.wording import counted

if TYPE_CHECKING:
    from taggers.tasks import Task


def examples_of(task: Task, train: SentenceStore) -> SentenceStore:
    """What the encoder steps over in training: the sentences themselves; their symbols, where the next one is the task;
    distinct training examples, where sequences are written.
    """
    if isinstance(task, LanguageModel):
        return spell(train, task.unit, task.direction)
    return as_store(task.training_examples(train)) if isinstance(task, Transduction) else train


def source_of(
    config: c.Config, tasks: Sequence[Task], examples: SentenceStore, indexed: Indexed, learning: Sequence[str]
) -> Source:
    """The batches of a training; `learning` are the features whose unknown value is to be learnt."""
    settings = config.training
    if isinstance(config.task, c.LanguageModel):
        rows, symbols = rows_of(config.task, settings), len(indexed.places[TOKEN])
        if symbols <= rows:
            problem = f"the training data holds {counted(symbols, 'symbol')}, too few for {rows} parallel rows"
            raise TaggerError(f"{problem}; lower training.batch_tokens, or give more data")
        chances = unknown_chances(indexed, learning, settings.word_dropout, settings.unknown)
        return StreamSource(indexed, rows, config.task.steps, *chances)
    targets = [build_gold(task, examples) for task in tasks]
    if indexed.windows is not None:  # which only tags allow
        indexed = for_training(indexed, indexed.windows, places_to_cut(tasks, targets))
    chances = unknown_chances(indexed, learning, settings.word_dropout, settings.unknown)
    return Shuffled(indexed, targets, settings.batch_tokens, *chances)
