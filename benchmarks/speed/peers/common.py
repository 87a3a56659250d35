"""What all peers share: the files they read and write, the score of dev, and the clock of their training.

Each script beside this one runs in the peers' environment, which holds no part of taggers' own:

    python -m benchmarks.speed.peers.with_spacy train CORPUS MODEL SECONDS THREADS
    python -m benchmarks.speed.peers.with_spacy tag MODEL TOKENS > COLUMNS

`train` prints JSON: the seconds of training until then and the F1 of dev, point after point. CORPUS is a folder with
train.conll and dev.conll, tokens and tags in IOB2; TOKENS has a sentence on each line.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Annotated:
    """A sentence and its tags, in IOB2."""

    tokens: list[str]
    tags: list[str]


Trainer = Callable[[Path, Path, float, int], list[tuple[float, float]]]
Tagger = Callable[[Path, Iterator[list[str]]], Iterable[Annotated]]


def run(train: Trainer, tag: Tagger) -> None:
    """The command line of a peer."""
    if sys.argv[1] == "train":
        corpus, model, seconds, threads = sys.argv[2:]
        Path(model).mkdir(parents=True)
        points = train(Path(corpus), Path(model), float(seconds), int(threads))
        print(json.dumps({"curve": [(round(s, 2), round(f, 4)) for s, f in points]}))
    else:
        with Path(sys.argv[3]).open(encoding="utf-8") as text:
            for done in tag(Path(sys.argv[2]), (line.rstrip("\n").split(" ") for line in text)):
                rows = (f"{token} {tag}\n" for token, tag in zip(done.tokens, done.tags, strict=True))
                sys.stdout.write("".join(rows) + "\n")


def read_columns(path: Path) -> list[Annotated]:
    """The sentences of a column file."""
    blocks = path.read_text(encoding="utf-8").strip("\n").split("\n\n")
    rows = [[line.split("\t") for line in block.splitlines()] for block in blocks]
    return [Annotated([row[0] for row in some], [row[1] for row in some]) for some in rows]


def f1(gold: Iterable[Sequence[str]], predicted: Iterable[Sequence[str]]) -> float:
    """F1 of spans, as the CoNLL scorer counts: an I- that continues nothing begins a span.

    >>> f1([["B-PER", "I-PER", "O"]], [["I-PER", "I-PER", "B-PER"]])
    0.6666666666666666
    """
    correct = of_gold = of_predicted = 0
    for ours, theirs in zip(gold, predicted, strict=True):
        right, found = set(spans(ours)), set(spans(theirs))
        correct, of_gold, of_predicted = correct + len(right & found), of_gold + len(right), of_predicted + len(found)
    return 2 * correct / max(1, of_gold + of_predicted)


def spans(tags: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Start, end and label of each span.

    >>> list(spans(["B-PER", "I-PER", "I-LOC"]))
    [(0, 2, 'PER'), (2, 3, 'LOC')]
    """
    start, label = 0, ""
    for place, tag in enumerate([*tags, "O"]):
        prefix, _, named = tag.partition("-")
        if label and (prefix != "I" or named != label):
            yield start, place, label
            label = ""
        if named and not label:
            start, label = place, named


class Watch:
    """Seconds of training: it stands still while dev is tagged."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._since: float | None = time.perf_counter()

    @property
    def seconds(self) -> float:
        """So far."""
        return self._seconds + (0.0 if self._since is None else time.perf_counter() - self._since)

    def stop(self) -> None:
        """Stand still."""
        self._seconds, self._since = self.seconds, None

    def go(self) -> None:
        """Go on."""
        self._since = time.perf_counter()
