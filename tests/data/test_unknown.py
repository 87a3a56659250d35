"""How often a word or a character passes as unknown in training, so that what is unknown is trained."""

from __future__ import annotations

import numpy as np
import pytest

from taggers.config import Training
from taggers.data.indexer import Indexer
from taggers.data.source import unknown_chances
from taggers.text import Sentence

TRAIN = [Sentence(("sea", "sea", "Sea", "gull", "sea"))]


def chances(lowercase: bool, word_dropout: float, unknown: float) -> tuple[list[float], list[float]]:
    indexed = Indexer.build(TRAIN, lowercase=lowercase).index(TRAIN)
    settings = Training(word_dropout=word_dropout, unknown=unknown)
    features, characters = unknown_chances(indexed, ["words"], settings.word_dropout, settings.unknown)
    assert list(features) == ["words"]
    return features["words"].tolist(), characters.tolist()


def test_a_word_seen_n_times_passes_as_unknown_with_the_documented_chance() -> None:
    words, _ = chances(lowercase=False, word_dropout=0.0, unknown=0.5)
    assert words == pytest.approx([0.5 / 3.5, 0.5 / 1.5, 0.5 / 1.5])  # sea, Sea, gull


def test_the_forms_of_one_word_are_counted_together() -> None:
    words, _ = chances(lowercase=True, word_dropout=0.0, unknown=0.5)
    assert words == pytest.approx([0.5 / 4.5, 0.5 / 4.5, 0.5 / 1.5])


def test_word_dropout_comes_on_top() -> None:
    words, _ = chances(lowercase=False, word_dropout=0.2, unknown=0.5)
    assert words == pytest.approx([1 - 0.8 * (1 - rare) for rare in (0.5 / 3.5, 0.5 / 1.5, 0.5 / 1.5)])


def test_characters_are_counted_over_all_tokens_and_padding_never_passes() -> None:
    vocabulary = Indexer.build(TRAIN).spelling.vocabulary
    _, characters = chances(lowercase=False, word_dropout=0.2, unknown=0.5)
    seen = {c: sum(token.count(c) for token in TRAIN[0].tokens) for c in vocabulary.symbols}
    assert characters[0] == 0.0
    for character, count in seen.items():
        assert characters[vocabulary.index(character)] == pytest.approx(0.5 / (0.5 + count))


def test_no_chance_means_no_chance() -> None:
    words, characters = chances(lowercase=False, word_dropout=0.0, unknown=0.0)
    assert not np.any(words)
    assert not np.any(characters)
