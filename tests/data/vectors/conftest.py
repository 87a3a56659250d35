"""Small vectors, and the files that other programs write of them."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gensim.models import FastText, KeyedVectors
from gensim.models.fasttext import save_facebook_model

from taggers.data.vectors.building import build_store

WORDS = ["the", "sea", "Sea", "Gull", "naïve", "東京", "U.S.", "№", "a\u00a0b", "\u2028"]
DIMENSIONS = 12


@pytest.fixture(scope="session")
def keyed() -> Any:
    """Vectors as gensim holds them."""
    vectors = KeyedVectors(DIMENSIONS)
    values = np.random.default_rng(0).normal(size=(len(WORDS), DIMENSIONS)).astype(np.float32)
    vectors.add_vectors(WORDS, values)
    return vectors


@pytest.fixture(scope="session")
def text(keyed: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same in word2vec's text format."""
    path: Path = tmp_path_factory.mktemp("vectors") / "vectors.txt"
    keyed.save_word2vec_format(str(path))
    return path


@pytest.fixture(scope="session")
def binary(keyed: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same in word2vec's binary format."""
    path: Path = tmp_path_factory.mktemp("vectors") / "vectors.bin"
    keyed.save_word2vec_format(str(path), binary=True)
    return path


@pytest.fixture(scope="session")
def train_fasttext() -> Callable[..., Any]:
    """Train a small model of gensim's on made-up sentences, by settings of gensim's."""
    chance = random.Random(0)
    words = [*WORDS, "</s>", *("".join(chance.choices("abcdeéж東", k=5)) for _ in range(40))]
    sentences = [words, *(chance.choices(words, k=8) for _ in range(60))]

    def train(**settings: Any) -> Any:
        return FastText(sentences, vector_size=8, min_count=1, epochs=2, workers=1, seed=1, **settings)

    return train


@pytest.fixture(scope="session")
def fasttext_model(train_fasttext: Callable[..., Any]) -> Any:
    """A model with n-grams in few buckets."""
    return train_fasttext(bucket=500, min_n=2, max_n=4)


@pytest.fixture(scope="session")
def fasttext(fasttext_model: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model as fastText's binary."""
    path: Path = tmp_path_factory.mktemp("fasttext") / "model.bin"
    save_facebook_model(fasttext_model, str(path))
    return path


@pytest.fixture(scope="session")
def text_store(text: Path) -> bytes:
    """The bytes of a store of words."""
    return build_store(text).encode()
