"""What the benchmark of language models measures by."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks.language_model import COMPRESSORS, bits_of_ngrams, split_of
from benchmarks.ngrams import NGrams
from taggers.data.vocabulary import Vocabulary


def test_lines_fall_into_splits_by_what_they_are() -> None:
    splits = [split_of(f"line {number}") for number in range(5000)]
    assert splits == [split_of(f"line {number}") for number in range(5000)]
    assert all(60 < splits.count(split) < 140 for split in ("dev", "test"))  # of which 100 are meant


def test_bits_of_ngrams_are_those_of_the_definition() -> None:
    vocabulary = Vocabulary(["\n", "a", "b"])
    train, text = (np.array(vocabulary.index_all(symbols)) for symbols in ("\nab\nab\n", "ab\n?"))
    model = NGrams(train, len(vocabulary), 2, "witten-bell")
    nats, before = 0.0, vocabulary.index("\n")
    for symbol in text:
        nats -= math.log(model.probabilities(np.array([before, symbol]), 1)[0])
        before = symbol
    expected = (nats / math.log(2) + math.log2(0x110000)) / 4  # the last one is unknown, and spelt out
    assert bits_of_ngrams(model, text.astype(np.int32), vocabulary) == pytest.approx(expected)


@pytest.mark.parametrize("name", COMPRESSORS)
def test_a_compressor_takes_less_for_what_it_has_seen(name: str) -> None:
    text = b"".join(b"%d squared is %d\n" % (n, n * n) for n in range(200))
    compress = COMPRESSORS[name]
    assert len(compress(text + text)) - len(compress(text)) < len(compress(text))
