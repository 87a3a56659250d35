"""Gold tags of many sentences as flat arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from taggers.data.batch import Targets
from taggers.data.sentences import SentenceStore
from taggers.tasks.labelling import Labelling
from taggers.text import Sentence


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
