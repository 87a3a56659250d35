"""Labels of real corpora: all are read by their recipes, and some hundred texts suffice to learn from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from taggers import Corpus, Tagger, load_config, make_config
from taggers.metrics import LabelScores
from taggers.reading import load_corpus, located

CONFIGS = Path(__file__).parents[2] / "configs"


def corpus_of(name: str) -> Corpus:
    recipe = CONFIGS / f"{name}.toml"
    return load_corpus(located(load_config(recipe), recipe.parent), lambda _: None)


@pytest.mark.parametrize(
    ("name", "sizes", "labels"),
    [
        ("banking77", (9000, 1003, 3080), 77),
        ("pros_cons", (32654, 4114, 4130), 2),
        ("snips_joint", (13084, 700, 700), 7),
    ],
)
def test_recipes_read_every_text_with_its_label(
    data: Callable[[str], Path], name: str, sizes: tuple[int, int, int], labels: int
) -> None:
    data(name.removesuffix("_joint"))
    corpus = corpus_of(name)
    splits = (corpus.train, corpus.dev, corpus.test)
    assert tuple(map(len, splits)) == sizes
    for split in splits:
        found = {sentence.label for sentence in split}
        assert None not in found
        assert len(found) == labels


@pytest.mark.slow
def test_labels_beside_slots_are_learnt(data: Callable[[str], Path], tmp_path: Path) -> None:
    data("snips")
    whole = corpus_of("snips_joint")
    some = Corpus(list(whole.train)[::13], list(whole.dev)[::7], schemes=whole.schemes)
    overrides = [
        "task.layer=slot", "task.label={}", "model.encoder.hidden_size=50", "model.characters.kind=none",
        "training.epochs=4", "training.batch_tokens=128", "training.optimiser.learning_rate=0.005",
    ]  # fmt: skip
    tagger = Tagger.train(make_config({}, overrides), some, tmp_path / "model", device="cpu")
    scores = tagger.evaluate(list(some.dev))
    label = scores.further["label"]  # type: ignore[attr-defined]
    assert isinstance(label, LabelScores)
    assert label.accuracy > 0.8
    assert scores.lenient.overall.f1 > 0.4  # type: ignore[attr-defined]


@pytest.mark.slow
def test_a_classifier_learns_from_some_hundred_texts(data: Callable[[str], Path], tmp_path: Path) -> None:
    data("pros_cons")
    whole = corpus_of("pros_cons")
    some = Corpus(list(whole.train)[::16], list(whole.dev)[::8], schemes={})
    overrides = [
        "task.kind=classification", "model.encoder.hidden_size=50", "model.characters.kind=none",
        "training.epochs=4", "training.batch_tokens=256", "training.optimiser.learning_rate=0.005",
    ]  # fmt: skip
    tagger = Tagger.train(make_config({}, overrides), some, tmp_path / "model", device="cpu")
    assert tagger.evaluate(list(some.dev)).headline > 0.8
