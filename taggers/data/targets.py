"""What is to be learnt of many sentences, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, assert_never

import numpy as np

from taggers.data.batch import Gold, LabelTargets, SequenceTargets, Targets
from taggers.data.sentences import SentenceStore
from taggers.tasks.classification import Classification
from taggers.tasks.labelling import Labelling
from taggers.tasks.language_model import LanguageModel
from taggers.tasks.transduction import Transduction
from taggers.text import Sentence

if TYPE_CHECKING:
    from taggers.tasks import Task


def targets_of(task: Task, sentences: Sequence[Sentence]) -> Gold:
    """What is to be learnt of some sentences.

    >>> targets_of(Classification(("bye", "hello")), [Sentence(("Hi",), label="hello")]).labels.tolist()
    [1]
    """
    match task:
        case Labelling():
            return index_targets(task, sentences)
        case Classification():
            return LabelTargets(task.targets(sentences))
        case Transduction():
            return SequenceTargets.of(task.targets(sentences))
        case LanguageModel():
            raise TypeError("what comes next is read off the text: see StreamSource")
        case never:
            assert_never(never)


def index_targets(task: Labelling, sentences: Sequence[Sentence]) -> Targets:
    """The targets of sentences (N tokens in all), with sets (N, K) where one of them is partly annotated.

    >>> from taggers.text.schemes import IOB2, IOBES
    >>> task = Labelling("ner", ("PER",), IOBES, IOB2, partial=True)
    >>> index_targets(task, [Sentence(("Ada",), {"ner": ("?",)})]).sets.tolist()
    [[True, False, False, False, True]]
    """
    number = int(sentences.offsets[-1]) if isinstance(sentences, SentenceStore) else sum(map(len, sentences))
    tags = np.zeros(number, dtype=np.int32)  # (N,)
    partly: dict[int, frozenset[int]] = {}
    place = 0
    for sentence in sentences:
        for gold in task.target(sentence):
            if isinstance(gold, frozenset):
                partly[place] = gold
            else:
                tags[place] = gold
            place += 1
    if not partly:
        return Targets(tags)
    sets = np.zeros((len(tags), len(task.tags)), dtype=np.bool_)  # (N, K)
    sets[np.arange(len(tags)), tags] = True
    for place, options in partly.items():
        sets[place] = False
        sets[place, sorted(options)] = True
    return Targets(tags, sets)
