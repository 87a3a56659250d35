"""How often Python is called for a token, in tagging and in training, and CUDA for a batch: what slows down is seen,
whatever the clock says.

Each limit is a fifth above what was counted when it was set; who makes something faster sets a lower one.
"""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from taggers import Corpus, Tagger, make_config, read
from taggers.formats import ColumnFormat, JsonlFormat, TextFormat, encode
from taggers.formats.predictions import as_sentence
from taggers.runs import Silent, train_model
from taggers.text import Sentence

ENGLISH = Path(__file__).parents[2] / "corpora" / "english" / "test.conll"
LAYER = "ner"
COLUMNS = ColumnFormat(("token", LAYER))

CALLS_PER_NEW_TOKEN = 4.2  # of a text whose words are met for the first time: more than one in three of them
CALLS_PER_TOKEN = {"sentences": 1.7, "columns": 5.1, "text": 51.2}
CALLS_PER_STEP = 860  # of training
LAUNCHES_PER_BATCH = 650  # of kernels on CUDA, for a batch of up to ten steps


class Calls:
    """How many Python functions began, generators at each step, in all threads that start meanwhile."""

    def __init__(self) -> None:
        self.number = 0

    def count(self, frame: FrameType, event: str, value: object) -> None:
        """What `sys.setprofile` calls."""
        self.number += event == "call"


@contextmanager
def counted() -> Iterator[Calls]:
    """Count while the block lasts."""
    calls, before = Calls(), sys.getprofile()
    threading.setprofile(calls.count)
    sys.setprofile(calls.count)
    try:
        yield calls
    finally:
        sys.setprofile(before)
        threading.setprofile(before)


@pytest.fixture(scope="module")
def sentences() -> list[Sentence]:
    """The test data of the English corpus: 3,833 tokens."""
    return list(read(ENGLISH, COLUMNS))


def train(path: Path, sentences: list[Sentence], listener: Silent, device: str, *overrides: str) -> Tagger:
    """A network of the usual parts."""
    settings = make_config({}, [f"task.layer={LAYER}", "data.dev=none", *overrides])
    train_model(settings, Corpus.of(sentences, layer=LAYER), path, device, listener=listener)
    return Tagger.load(path, device)


@pytest.fixture
def tagger(tmp_path: Path, sentences: list[Sentence]) -> Tagger:
    """One that has tagged, so that nothing is loaded while calls are counted."""
    small = ("training.epochs=1", "model.encoder.hidden_size=8")
    tagger = train(tmp_path / "model", sentences[:20], Silent(), "cpu", *small)
    tagger.tag("Ada slept.")
    return tagger


def tag_sentences(tagger: Tagger, sentences: list[Sentence]) -> int:
    """Sentences to predictions; the number of tokens."""
    return sum(len(prediction.tags) for prediction in tagger.stream(sentences))


def tag_columns(tagger: Tagger, sentences: list[Sentence]) -> int:
    """A column file to another."""
    predictions = tagger.stream(read(io.BytesIO(b"".join(encode(sentences, COLUMNS))), COLUMNS))
    written = encode((as_sentence(p, {LAYER: "predicted"}) for p in predictions), COLUMNS)
    return sum(map(len, sentences)) if all(b"\t" in content for content in written) else 0


def tag_text(tagger: Tagger, sentences: list[Sentence]) -> int:
    """Text to JSON lines."""
    text = "\n".join(" ".join(sentence.tokens) for sentence in sentences)
    predictions = tagger.stream(read(io.BytesIO(text.encode()), TextFormat()))
    written = encode((as_sentence(p, {LAYER: LAYER}) for p in predictions), JsonlFormat(LAYER))
    return sum(map(len, sentences)) if all(content.startswith(b"{") for content in written) else 0


def test_calls_per_token_of_new_words(tagger: Tagger, sentences: list[Sentence]) -> None:
    with counted() as calls:
        tokens = tag_sentences(tagger, sentences)
    assert 0 < calls.number / tokens < CALLS_PER_NEW_TOKEN


@pytest.mark.parametrize(("what", "tag"), [("sentences", tag_sentences), ("columns", tag_columns), ("text", tag_text)])
def test_calls_per_token_of_known_words(
    what: str, tag: Callable[[Tagger, list[Sentence]], int], tagger: Tagger, sentences: list[Sentence]
) -> None:
    assert tag(tagger, sentences) >= 3833
    with counted() as calls:
        tokens = tag(tagger, sentences)
    assert 0 < calls.number / tokens < CALLS_PER_TOKEN[what]


class OnSteps(Silent):
    """Does something after each step."""

    def __init__(self, after: Callable[[int], None]) -> None:
        self.after, self.done = after, 0

    def on_step(self, epoch: int, step: int, steps: int, loss: float | None) -> None:
        """Count it first."""
        self.done += 1
        self.after(self.done)


def test_calls_per_step_of_training(tmp_path: Path, sentences: list[Sentence]) -> None:
    at: list[int] = []
    with counted() as calls:
        train(tmp_path / "model", sentences, OnSteps(lambda _: at.append(calls.number)), "cpu", "training.epochs=1")
    between = [after - before for before, after in pairwise(at)]
    assert len(between) > 5
    assert 0 < max(between[1:]) < CALLS_PER_STEP  # the first step loads what is loaded once


@pytest.mark.cuda
def test_kernels_per_batch_on_cuda(tmp_path: Path, sentences: list[Sentence]) -> None:
    from torch.profiler import ProfilerActivity, profile

    profiler: profile = profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA])
    first, last = 2, 7  # what is looked at begins when all is loaded

    def after(step: int) -> None:
        if step == first:
            profiler.start()
        elif step == last:
            profiler.stop()

    short = [sentence for sentence in sentences if len(sentence) <= 10]
    listener = OnSteps(after)
    train(tmp_path / "model", short, listener, "cuda", "training.epochs=10", "training.batch_tokens=40")
    assert listener.done > last
    events: Any = profiler.key_averages()
    launches = sum(event.count for event in events if event.key.startswith(("cudaLaunchKernel", "cuLaunchKernel")))
    assert 0 < launches / (last - first) < LAUNCHES_PER_BATCH
