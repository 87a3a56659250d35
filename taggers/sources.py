"""From settings and numbers to what a training reads, by the kind of task, and what is told of its gold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from taggers import config as c
from taggers.build import build_gold, rows_of
from taggers.chain.search import LIMIT, Search
from taggers.data.corpus import Corpus
from taggers.data.cutting import for_training, places_to_cut
from taggers.data.indexer import Indexed, count_column
from taggers.data.sentences import TOKEN, SentenceStore, as_store
from taggers.data.source import Shuffled, Source, unknown_chances
from taggers.data.stream import StreamSource, spell
from taggers.engine.contextual import CharacterModels
from taggers.errors import ConfigError, TaggerError
from taggers.tasks.classification import Classification
from taggers.tasks.labelling import Labelling
from taggers.tasks.language_model import LanguageModel
from taggers.tasks.transduction import Transduction
from taggers.text.partial import SEPARATOR, UNKNOWN
from taggers.text.schemes import OUTSIDE, PLAIN, usual
from taggers.text.wording import counted, escaped

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


def load_contextual(model: c.Model) -> dict[str, CharacterModels]:
    """The language models of characters that a model reads, by the names of its embeddings; CheckpointError where one
    is none.
    """
    places = model.contextual.items()
    return {name: CharacterModels.load(Path(given.forward), Path(given.backward)) for name, given in places}


def note_gold(task: Task, corpus: Corpus, note: Callable[[str], None]) -> None:
    """Say where there is but one label to give, and which gold of dev and test no answer can equal.

    Raises TaggerError where that is so of all targets of train.
    """
    if isinstance(task, Classification) and len(task.labels) == 1 and not task.many:
        note(f"every text of train has the label {task.labels[0]!r}: the model can give no other")
    if isinstance(task, Transduction):
        _note_long(task, corpus, note)
    for name, split in (("dev", corpus.dev), ("test", corpus.test)):
        if isinstance(task, Classification) and task.many and split and not any(s.label for s in split):
            note(f"{name} has no labels: there is nothing to find in it, and its scores are no measure")
        unseen = task.unseen(split)
        if unseen:
            shown = ", ".join(map(escaped, unseen[:10])) + (", ..." if len(unseen) > 10 else "")
            what = "symbols that no answer can hold" if task.search is not None else "labels that train does not"
            note(f"{name} holds {what}: {shown}; they count as missed")


def settle_ratio(
    config: c.Config, task: Task, corpus: Corpus, train: SentenceStore, note: Callable[[str], None]
) -> c.Config:
    """The settings with the share of tokens inside spans as a number, where it is to be that of dev.

    Raises ConfigError where the training data rules the share out, or has no spans. Where train says of no token that
    it is outside, and nothing is said of the share, what comes of that is noted.
    """
    if not isinstance(config.task, c.Labelling) or not isinstance(task, Labelling) or not config.data.partly:
        return config
    ratio = config.task.entity_ratio
    if task.outside is PLAIN:
        if ratio is not None:
            problem = f"the tags of {task.layer!r} are plain and spell no spans"
            raise ConfigError(f"task.entity_ratio: {problem}; leave it out")
        return config
    inside, outside = _shares(train, task)
    if ratio is None:
        if not outside and inside < 1.0:
            advice = "say what share of the tokens is inside, such as task.entity_ratio.expected=0.15"
            note(f"no token of train is sure to be outside spans, so that they will be found everywhere: {advice}")
        return config
    expected = ratio.expected
    if expected == "dev":
        if not corpus.dev:
            raise ConfigError("task.entity_ratio.expected: there is no dev to count in; say a number, such as 0.15")
        expected = _shares(as_store(corpus.dev, (task.layer,)), task)[0]
        note(f"{expected:.1%} of the tokens of dev are inside spans, and as many are expected in train")
    bounds = (("inside", inside, expected + ratio.margin), ("outside", outside, 1.0 - expected + ratio.margin))
    for where, known, most in bounds:
        if known > most:
            expectation = f"expected at most {most:.1%} {where}, with a margin of {ratio.margin:.1%}"
            problem = f"{expectation}, and {known:.1%} of the tokens of train are known to be {where} spans"
            raise ConfigError(f"task.entity_ratio.expected: {problem}; mend it")
    settled = ratio.model_copy(update={"expected": expected})
    return config.model_copy(update={"task": config.task.model_copy(update={"entity_ratio": settled})})


def _shares(store: SentenceStore, task: Labelling) -> tuple[float, float]:
    """The shares of tokens that are sure to be inside spans, and outside."""
    inside = outside = 0
    counts = count_column(store.columns[task.layer])
    for tag, number in counts.items():
        choices = {usual(choice, task.outside) for choice in tag.split(SEPARATOR)}
        inside += number * (tag != UNKNOWN and OUTSIDE not in choices)
        outside += number * (choices == {OUTSIDE})
    return inside / sum(counts.values()), outside / sum(counts.values())


def _note_long(task: Transduction, corpus: Corpus, note: Callable[[str], None]) -> None:
    """Say how many targets are longer than answers may be; TaggerError where all of train are."""
    splits = (("train", corpus.train), ("dev", corpus.dev), ("test", corpus.test))
    found = {name: task.longer(split, Search().limits) for name, split in splits}
    long, every = found["train"]
    if long == every:
        problem = f"every target of the training data is longer than its answer may be ({LIMIT})"
        raise TaggerError(f"{problem}; cut the examples into shorter ones")
    told = [f"{name} {long:,} of {every:,}" for name, (long, every) in found.items() if long]
    if told:
        problem = f"targets that are longer than their answers may be ({LIMIT}): {', '.join(told)}"
        note(f"{problem}; they count as missed: leave them out, or cut the examples into shorter ones")
