"""The sample corpora are what their cards say, and neither a template nor noise."""

from __future__ import annotations

import hashlib
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from taggers.formats import read
from taggers.formats.columns import ColumnFormat
from taggers.text import Sentence
from taggers.text.schemes import IOB2, decode, violations

CORPORA = Path(__file__).parents[2] / "corpora"
UPOS = {"ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN", "PUNCT"}
UPOS |= {"SCONJ", "SYM", "VERB", "X"}
LABELS = {"PER", "LOC", "ORG", "MISC"}


def card(name: str) -> dict[str, Any]:
    return tomllib.loads((CORPORA / name / "card.toml").read_text(encoding="utf-8"))


def split(name: str, part: str) -> list[Sentence]:
    return list(read(CORPORA / name / f"{part}.conll", ColumnFormat(tuple(card(name)["columns"]))))


def surfaces(sentences: list[Sentence]) -> set[str]:
    return {" ".join(s.tokens[a:b]) for s in sentences for a, b, _ in decode(s.layers["ner"])}


def grams(sentences: list[Sentence], n: int) -> list[tuple[str, ...]]:
    return [s.tokens[i : i + n] for s in sentences for i in range(len(s) - n + 1)]


@pytest.mark.parametrize("name", ["english", "greek"])
@pytest.mark.parametrize("part", ["train", "dev", "test"])
def test_counts_and_hash_are_those_of_the_card(name: str, part: str) -> None:
    said = card(name)["splits"][part]
    content = (CORPORA / name / said["file"]).read_bytes()
    sentences = split(name, part)
    entities = Counter(span.label for s in sentences for span in decode(s.layers["ner"]))
    assert hashlib.sha256(content).hexdigest() == said["sha256"]
    assert sum(s.starts_document for s in sentences) == said["documents"]
    assert len(sentences) == said["sentences"]
    assert sum(map(len, sentences)) == said["tokens"]
    assert entities == Counter(said["entities"])


@pytest.mark.parametrize("name", ["english", "greek"])
def test_tags_are_legal_and_known(name: str) -> None:
    for part in ("train", "dev", "test"):
        for s in split(name, part):
            assert violations(s.layers["ner"], IOB2) == []
            assert set(s.layers["upos"]) <= UPOS
            assert {span.label for span in decode(s.layers["ner"])} <= LABELS


def test_the_english_corpus_is_large_varied_and_does_not_leak() -> None:
    train, dev, test = (split("english", part) for part in ("train", "dev", "test"))
    every = [*train, *dev, *test]
    assert len(every) >= 600
    assert len({s.tokens for s in every}) > 0.98 * len(every)
    held = surfaces(test)
    assert len(held - surfaces(train)) >= 0.6 * len(held)
    seen = set(grams(train, 5))
    tested = grams(test, 5)
    assert sum(gram in seen for gram in tested) < 0.02 * len(tested)


def test_a_linear_crf_finds_the_english_corpus_neither_trivial_nor_noise() -> None:
    crfsuite = pytest.importorskip("sklearn_crfsuite")

    def rows(s: Sentence) -> list[dict[str, str | bool]]:
        padded = ("", *s.tokens, "")
        return [
            {
                "word": w.lower(),
                "end": w[-3:],
                "title": w.istitle(),
                "before": a.lower(),
                "after": b.lower(),
                "title before": a.istitle(),
                "title after": b.istitle(),
            }
            for a, w, b in zip(padded, padded[1:], padded[2:], strict=False)
        ]

    train, test = split("english", "train"), split("english", "test")
    model = crfsuite.CRF(c1=0.1, c2=0.1, max_iterations=100)
    model.fit([rows(s) for s in train], [list(s.layers["ner"]) for s in train])
    gold = [set(decode(s.layers["ner"])) for s in test]
    found = [set(decode(tags)) for tags in model.predict([rows(s) for s in test])]
    correct = sum(len(a & b) for a, b in zip(gold, found, strict=True))
    f1 = 2 * correct / (sum(map(len, gold)) + sum(map(len, found)))
    assert 0.40 <= f1 <= 0.85
