"""Flair's sequence tagger without outside vectors: one-hot words and character features, LSTM of 256, CRF.

Training is Flair's own trainer with its defaults (SGD at 0.1, batches of 32, halved when dev does not improve).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import flair
import torch
from flair.data import Dictionary, Sentence
from flair.datasets import ColumnCorpus
from flair.embeddings import CharacterEmbeddings, OneHotEmbeddings, StackedEmbeddings
from flair.models import SequenceTagger
from flair.trainers import ModelTrainer
from flair.trainers.plugins import TrainerPlugin
from flair.trainers.plugins.base import TrainingInterrupt

from benchmarks.speed.peers.common import Annotated, f1, read_columns, run

_AT_ONCE = 1024  # sentences that its prediction may sort by length


class _Clock(TrainerPlugin):  # type: ignore[misc] # Flair carries no types that are read here
    """Seconds of the epochs alone, and the score of dev after each."""

    def __init__(self, gold: list[Annotated], limit: float) -> None:
        super().__init__()
        self.points: list[tuple[float, float]] = []
        self._gold, self._limit, self._seconds, self._since = gold, limit, 0.0, 0.0

    @TrainerPlugin.hook  # type: ignore[untyped-decorator]
    def before_training_epoch(self, **_: Any) -> None:
        """The clock goes."""
        self._since = time.perf_counter()

    @TrainerPlugin.hook  # type: ignore[untyped-decorator]
    def after_training_epoch(self, **_: Any) -> None:
        """The clock stands."""
        self._seconds += time.perf_counter() - self._since
        self.model.eval()
        predicted = [s.tags for s in _tagged(self.model, iter([s.tokens for s in self._gold]))]
        self.points.append((self._seconds, f1([s.tags for s in self._gold], predicted)))
        self.model.train()
        if self._seconds > self._limit:
            raise TrainingInterrupt("the limit is reached")


def train(corpus: Path, model: Path, limit: float, threads: int) -> list[tuple[float, float]]:
    """To the trainer's own end, or to the limit."""
    torch.set_num_threads(threads)
    flair.device = torch.device("cpu")
    flair.set_seed(1)
    data = ColumnCorpus(
        corpus, {0: "text", 1: "ner"}, column_delimiter="\t", train_file="train.conll", dev_file="dev.conll",
        test_file="dev.conll", sample_missing_splits=False,
    )  # fmt: skip
    clock = _Clock(read_columns(corpus / "dev.conll"), limit)
    characters = Dictionary()  # its own list of them would be fetched from elsewhere
    for sentence in read_columns(corpus / "train.conll"):
        for character in "".join(sentence.tokens):
            characters.add_item(character)
    words = OneHotEmbeddings.from_corpus(data, embedding_length=100)
    embeddings = StackedEmbeddings([words, CharacterEmbeddings(characters)])
    tagger = SequenceTagger(
        embeddings, data.make_label_dictionary("ner", add_unk=False), "ner", hidden_size=256, use_crf=True
    )
    ModelTrainer(tagger, data).train(model, max_epochs=150, plugins=[clock])
    return clock.points


def tag(model: Path, sentences: Iterator[list[str]]) -> Iterable[Annotated]:
    """By `predict`, in batches of its own size."""
    flair.device = torch.device("cpu")
    kept = next(place for name in ("best-model.pt", "final-model.pt") if (place := model / name).exists())
    return _tagged(SequenceTagger.load(kept), sentences)


def _tagged(tagger: SequenceTagger, sentences: Iterator[list[str]]) -> Iterator[Annotated]:
    while some := [Sentence(tokens) for tokens in islice(sentences, _AT_ONCE)]:
        tagger.predict(some)
        for sentence in some:
            tags = ["O"] * len(sentence)
            for span in sentence.get_spans("ner"):
                for place, token in enumerate(span.tokens):
                    tags[token.idx - 1] = f"{'I' if place else 'B'}-{span.tag}"
            yield Annotated([token.text for token in sentence], tags)


if __name__ == "__main__":
    logging.getLogger("flair").setLevel(logging.WARNING)  # it would speak on standard output
    run(train, tag)
