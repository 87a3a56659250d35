"""What a network says of sentences, and how good that is: one path for dev, test, `tag` and `evaluate`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from taggers.data.indexer import Indexer
from taggers.engine.interface import Engine, decode
from taggers.metrics import Scores, score_tags
from taggers.tasks.labelling import Labelling
from taggers.text import Prediction, Sentence

WINDOW = 1024  # sentences looked at together, so that batches hold like lengths
_WINDOW_TOKENS = 65_536


def predict(
    engine: Engine, indexer: Indexer, task: Labelling, sentences: Iterable[Sentence], window: int = WINDOW
) -> Iterator[Prediction]:
    """One prediction per sentence, in order; `window` sentences at most are held at a time."""
    source = iter(sentences)
    while held := _take(source, window):
        for sentence, ids in zip(held, decode(engine, indexer.index(held)), strict=True):
            yield task.prediction(sentence, ids.tolist())


def _take(source: Iterator[Sentence], window: int) -> list[Sentence]:
    """The next sentences, `window` or as many as make _WINDOW_TOKENS, whichever is less, and one at least."""
    held: list[Sentence] = []
    tokens = 0
    for sentence in islice(source, window):
        held.append(sentence)
        tokens += len(sentence)
        if tokens >= _WINDOW_TOKENS:
            break
    return held


def evaluate(engine: Engine, indexer: Indexer, task: Labelling, sentences: Sequence[Sentence]) -> Scores:
    """Scores of the predictions against the sentences' own tags; words that training has not seen are told apart."""
    predicted = [p.tags for p in predict(engine, indexer, task, sentences)]
    gold = [s.layers[task.layer] for s in sentences]
    known = [[indexer.knows(token) for token in s.tokens] for s in sentences]
    return score_tags(gold, predicted, task.outside, known)
