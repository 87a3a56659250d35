"""Corpora as every contestant reads them: columns of tokens and tags in IOB2, and tokens alone, a sentence a line."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from benchmarks.speed.place import SYNTHETIC
from benchmarks.speed.synthetic import write_columns, write_tokens
from taggers import Corpus
from taggers.formats import respell
from taggers.text import Sentence
from taggers.text.schemes import SCHEMES

_SIZES = {"train": 204_000, "dev": 51_000, "test": 46_000}  # tokens, as CoNLL-2003 has them
_TO_TAG = 300_000


def measure(name: str, folder: str) -> dict[str, object]:
    """Write a corpus into a folder."""
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    if name == SYNTHETIC:
        for seed, (split, tokens) in enumerate(_SIZES.items(), start=1):
            write_columns(place / f"{split}.conll", tokens, seed)
        write_tokens(place / "tokens.txt", _TO_TAG, seed=9)
        return {}
    files = Path(os.environ["TAGGERS_DATA"]) / name
    corpus = Corpus.read(*(files / f"{split}.conll" for split in _SIZES))
    every = dict(zip(_SIZES, (corpus.train, corpus.dev, corpus.test), strict=True))
    for split, sentences in every.items():
        spelt = (respell(s, "tag", corpus.scheme, SCHEMES["IOB2"]) for s in sentences)
        with (place / f"{split}.conll").open("w", encoding="utf-8") as file:
            file.writelines("".join(f"{t}\t{tag}\n" for t, tag in _pairs(s)) + "\n" for s in spelt)
    with (place / "tokens.txt").open("w", encoding="utf-8") as file:
        file.writelines(" ".join(s.tokens) + "\n" for sentences in every.values() for s in sentences)
    return {}


def _pairs(sentence: Sentence) -> Iterable[tuple[str, str]]:
    return zip(sentence.tokens, sentence.layers["tag"], strict=True)
