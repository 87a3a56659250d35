"""The sample corpora are what their cards say, and neither a template nor noise."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import pytest

from taggers.corpus_card import load_card
from taggers.formats import read
from taggers.formats.columns import ColumnFormat
from taggers.text import Sentence
from taggers.text.schemes import IOB2, decode, violations

CORPORA = Path(__file__).parents[2] / "corpora"
UPOS = {"ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN", "PUNCT"}
UPOS |= {"SCONJ", "SYM", "VERB", "X"}
LABELS = {"PER", "LOC", "ORG", "MISC"}


def split(name: str, part: str) -> list[Sentence]:
    return list(read(CORPORA / name / f"{part}.conll", ColumnFormat(("token", "upos", "ner"))))


def surfaces(sentences: list[Sentence]) -> set[str]:
    return {" ".join(s.tokens[a:b]) for s in sentences for a, b, _ in decode(s.layers["ner"])}


def grams(sentences: list[Sentence], n: int) -> list[tuple[str, ...]]:
    return [s.tokens[i : i + n] for s in sentences for i in range(len(s) - n + 1)]


@pytest.mark.parametrize("name", ["english", "greek"])
def test_the_files_are_what_the_card_says(name: str) -> None:
    splits = dict(load_card(CORPORA / name).files)
    assert set(splits) == {"train", "dev", "test"}
    for part, said in splits.items():
        sentences = split(name, part)
        assert said.bytes == (CORPORA / name / said.file).stat().st_size
        assert said.sha256 == hashlib.sha256((CORPORA / name / said.file).read_bytes()).hexdigest()
        assert said.documents == sum(s.starts_document for s in sentences)
        assert (said.sentences, said.tokens) == (len(sentences), sum(map(len, sentences)))
        assert said.entities == Counter(span.label for s in sentences for span in decode(s.layers["ner"]))


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
