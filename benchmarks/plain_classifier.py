"""A classifier as tutorials write it in torch: what ours is timed against.

An embedding of 256, an LSTM of 128 whose last state is read, a layer for the labels; random batches of 128 texts
that are padded to the longest of the corpus or of the batch, and Adam over all weights in every step.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

BATCH, EMBEDDING, STATES, LEARNING_RATE = 128, 256, 128, 2e-3
Pair = tuple[Sequence[str], str]  # the tokens of a text, and its label


class Result(NamedTuple):
    """Seconds of each epoch, accuracy after the last, and texts answered a second."""

    epochs: list[float]
    accuracy: float
    texts_per_second: float


class PlainClassifier(nn.Module):
    """Embedding, LSTM, labels."""

    def __init__(self, words: int, labels: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, EMBEDDING, padding_idx=0)
        self.encoder = nn.LSTM(EMBEDDING, STATES, batch_first=True)
        self.labels = nn.Linear(STATES, labels)

    def forward(self, words: Tensor, lengths: Tensor) -> Tensor:
        """(B, T), (B,) -> (B, K)."""
        states, _ = self.encoder(self.embedding(words))  # (B, T, H)
        scores: Tensor = self.labels(states[torch.arange(len(lengths)), lengths - 1])
        return scores


class _Texts(NamedTuple):
    """All texts of a split as one padded tensor."""

    words: Tensor  # (S, T)
    lengths: Tensor  # (S,)
    labels: Tensor  # (S,)

    def batches(self, order: Tensor, to_longest_of_all: bool) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        for start in range(0, len(order), BATCH):
            index = order[start : start + BATCH]
            lengths = self.lengths[index]
            longest = self.words.shape[1] if to_longest_of_all else int(lengths.max())
            yield self.words[index, :longest], lengths, self.labels[index]


def run(train: Sequence[Pair], dev: Sequence[Pair], epochs: int, to_longest_of_all: bool) -> Result:
    """Train, then answer dev; the words of the training texts are numbered before the clock starts."""
    torch.manual_seed(1)
    numbers: dict[str, int] = {}
    for tokens, _ in train:
        for token in tokens:
            numbers.setdefault(token.lower(), len(numbers) + 2)  # 0 is padding, 1 unknown
    labels = sorted({label for _, label in train})
    longest = max(len(tokens) for tokens, _ in [*train, *dev])
    texts = _numbered(train, numbers, labels, longest)
    model = PlainClassifier(len(numbers) + 2, len(labels))
    optimiser = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    seconds = []
    for _ in range(epochs):
        started = time.perf_counter()
        for words, lengths, gold in texts.batches(torch.randperm(len(train)), to_longest_of_all):
            optimiser.zero_grad()
            loss = nn.functional.cross_entropy(model(words, lengths), gold)
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        seconds.append(time.perf_counter() - started)
    model.eval()
    started = time.perf_counter()
    unseen = _numbered(dev, numbers, labels, longest)
    right = 0
    with torch.inference_mode():
        for words, lengths, gold in unseen.batches(torch.arange(len(dev)), to_longest_of_all):
            right += int((model(words, lengths).argmax(dim=1) == gold).sum())
    return Result(seconds, right / len(dev), len(dev) / (time.perf_counter() - started))


def _numbered(pairs: Sequence[Pair], numbers: Mapping[str, int], labels: Sequence[str], longest: int) -> _Texts:
    rows = [[numbers.get(token.lower(), 1) for token in tokens] for tokens, _ in pairs]
    padded = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
    lengths = torch.tensor([len(row) for row in rows])
    return _Texts(padded, lengths, torch.tensor([labels.index(label) for _, label in pairs]))
