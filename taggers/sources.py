"""From settings and numbers to what a training reads, by the kind of task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from taggers import config as c
from taggers.build import rows_of
from taggers.data.cutting import for_training, places_to_cut
from taggers.data.indexer import Indexed
from taggers.data.sentences import TOKEN, SentenceStore
from taggers.data.source import Shuffled, Source, unknown_chances
from taggers.data.stream import StreamSource
from taggers.data.targets import targets_of
from taggers.errors import ConfigError, TaggerError
from taggers.reading import feature_columns
from taggers.text.wording import counted

if TYPE_CHECKING:
    from taggers.tasks import Task


def check_task(config: c.Config) -> None:
    """Raise ConfigError where the network that is asked for cannot learn the task."""
    match config.task:
        case c.LanguageModel():
            _check_symbols(config.model)
        case c.Transduction() if config.model.contextual:
            raise ConfigError("model.contextual: what writes reads symbols, no sentences; leave it out")
        case _:
            pass


def _check_symbols(model: c.Model) -> None:
    if model.words.lowercase:
        raise ConfigError("model.words.lowercase: symbols are foretold as they are; set it to false")
    if model.encoder.directions != "forward":
        raise ConfigError("model.encoder.directions: expected 'forward' for the task 'language_model', found 'both'")
    if model.windows.length is not None:
        raise ConfigError("model.windows: a text is read as one stream; leave windows out")
    if feature_columns(model):
        raise ConfigError("model.features: a language model reads symbols alone; leave out columns beside them")
    if model.contextual:
        raise ConfigError("model.contextual: a language model reads symbols alone; leave it out")


def source_of(
    config: c.Config, tasks: Sequence[Task], train: SentenceStore, indexed: Indexed, learning: Sequence[str]
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
    targets = [targets_of(task, train) for task in tasks]
    if indexed.windows is not None:  # which only tags allow
        indexed = for_training(indexed, indexed.windows, places_to_cut(tasks, targets))
    chances = unknown_chances(indexed, learning, settings.word_dropout, settings.unknown)
    return Shuffled(indexed, targets, settings.batch_tokens, *chances)
