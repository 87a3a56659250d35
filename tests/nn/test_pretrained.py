"""Pretrained vectors in the network: scaled, tuned for known words only, projected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from taggers.build import build_indexer, build_model
from taggers.data.batch import gather
from taggers.data.indexer import Indexer
from taggers.data.sentences import SentenceStore
from taggers.data.targets import index_targets
from taggers.nn.batch import Features, to_device
from taggers.nn.embeddings.pretrained import Pretrained
from taggers.settings import make_config
from taggers.tasks.labelling import Labelling
from taggers.text import Sentence
from taggers.text.schemes import IOB2, IOBES

TRAIN = [Sentence(("Ada", "saw", "the", "the", "sea"), {"tag": ("B-PER", "O", "O", "O", "O")})]
OTHER = [Sentence(("the", "zebra", "Ada")), Sentence(("sea",))]


@dataclass(frozen=True)
class Store:
    """Vectors that tell words apart."""

    dimensions: int = 3

    def look_up(self, forms: Sequence[str]) -> NDArray[np.float16]:
        """(V, 3)."""
        rows = [[len(form), ord(form[0]) / 128, 1.0] for form in forms]
        return np.array(rows, dtype=np.float16).reshape(len(forms), self.dimensions)


def features_of(sentences: list[Sentence]) -> Features:
    built = Indexer.build(TRAIN)
    indexer = Indexer(built.features, built.spelling, {"some": Store()})
    return to_device(gather(indexer.index(sentences), np.arange(len(sentences))), torch.device("cpu"))


def expected(sentence: Sentence, scale: float) -> Tensor:
    """(T, 3)."""
    return torch.from_numpy(Store().look_up(sentence.tokens)).float() * scale


@pytest.mark.parametrize("words", [0, 6])
def test_every_word_has_its_vector_times_the_scale_whether_training_knew_it_or_not(words: int) -> None:
    embedding = Pretrained("some", 3, scale=0.5, words=words)
    vectors = embedding(features_of(OTHER))
    assert vectors.shape == (2, 3, embedding.output_size)
    for row, sentence in enumerate(OTHER):
        torch.testing.assert_close(vectors[row, : len(sentence)].detach(), expected(sentence, 0.5))


def test_untuned_vectors_learn_nothing() -> None:
    assert not list(Pretrained("some", 3, scale=1.0).parameters())


def test_known_words_move_and_unknown_ones_and_padding_do_not() -> None:
    indexer = Indexer.build(TRAIN)
    embedding = Pretrained("some", 3, scale=1.0, words=indexer.words.size)
    optimiser = torch.optim.SGD(embedding.parameters(), 0.5)
    features = features_of(OTHER)
    embedding(features).sum().backward()
    optimiser.step()
    assert embedding.learnt is not None
    number = indexer.words.vocabulary.index
    moved = {number(word) for word in ("the", "Ada", "sea")}
    for row in range(indexer.words.size):
        assert embedding.learnt[row].tolist() == ([-0.5] * 3 if row in moved else [0.0] * 3)
    after = embedding(features).detach()
    torch.testing.assert_close(after[0, 1], expected(OTHER[0], 1.0)[1])  # zebra, which training never saw
    torch.testing.assert_close(after[0, 0], expected(OTHER[0], 1.0)[0] - 0.5)


def test_a_word_that_passes_as_unknown_keeps_its_pretrained_vector_alone() -> None:
    embedding = Pretrained("some", 3, scale=1.0, words=6)
    assert embedding.learnt is not None
    with torch.no_grad():
        embedding.learnt.fill_(100.0)
    zebra = Sentence(("zebra",))
    torch.testing.assert_close(embedding(features_of([zebra]))[0].detach(), expected(zebra, 1.0))


def test_a_projection_comes_after_what_was_learnt() -> None:
    embedding = Pretrained("some", 3, scale=0.5, size=2, words=6)
    assert embedding.output_size == 2
    assert embedding.projection is not None
    assert embedding.learnt is not None
    with torch.no_grad():
        embedding.learnt[2:] = 1.0
    known = OTHER[1]
    by_hand = embedding.projection(expected(known, 0.5) + 1.0)
    torch.testing.assert_close(embedding(features_of(OTHER))[1, :1], by_hand)


@pytest.mark.parametrize(
    ("settings", "size", "weights"),
    [
        (["tuned=false"], 3, 0),
        (["tuned=true"], 3, 6 * 3),
        (["tuned=false", "projection=2"], 2, 3 * 2 + 2),
        (["projection=2"], 2, 6 * 3 + 3 * 2 + 2),
    ],
)
def test_the_settings_reach_a_model_that_learns(settings: list[str], size: int, weights: int) -> None:
    said = [f"model.vectors.some.{setting}" for setting in ["path=some", "scale=0.25", *settings]]
    config = make_config({}, [*said, "model.characters.kind=none", "model.casing.size=0", "model.words.size=1"])
    indexer = build_indexer(config.model, SentenceStore.of(TRAIN), {"some": Store()})
    task = Labelling.build(TRAIN, "tag", IOBES, IOB2)
    model = build_model(config, indexer, [task]).eval()  # so that nothing is dropped
    embedding = model.embeddings["vectors some"]
    assert isinstance(embedding, Pretrained)
    assert (embedding.output_size, embedding.scale) == (size, 0.25)
    assert model.sizes["vectors some"] == weights
    batch = gather(indexer.index(TRAIN), np.array([0]), [index_targets(task, TRAIN)])
    features = to_device(batch, torch.device("cpu"))
    assert model.embed(features).shape == (1, 5, 1 + size)
    model.loss(features).backward()  # type: ignore[no-untyped-call]
    for parameter in embedding.parameters():
        assert parameter.grad is not None
        assert bool(parameter.grad.any())
