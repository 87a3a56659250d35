"""What a model reads of a token beside its form: it is really read, and read again by the model that comes back."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from taggers import Corpus, Sentence, Tagger
from taggers.errors import ConfigError, FormatError
from taggers.reading import feature_columns
from taggers.runs import train_model

if TYPE_CHECKING:
    from tests.training.conftest import MakeConfig

# What each feature alone can tell: a setting of it, and what stands for the tags A and B.
FEATURES = {
    "value": ("model.features.pos.size=4", ("pos", "N"), ("pos", "V")),
    "folded value": ("model.features.pos.lowercase=true", ("pos", "n"), ("pos", "V")),
    "number": ("model.features.place={kind = 'number', buckets = 2}", ("place", "1"), ("place", "2e3")),
    "prefix": ("model.features.start={kind = 'prefix', length = 2}", ("token", "un......"), ("token", "re......")),
    "suffix": ("model.features.end={kind = 'suffix', length = 3}", ("token", "......ing"), ("token", "......ned")),
    "shape": ("model.features.shape={kind = 'shape'}", ("token", "A......"), ("token", "......")),
    "suffix of a column": (
        "model.features.end={kind = 'suffix', column = 'lemma', length = 1}", ("lemma", "...x"), ("lemma", "...y"),
    ),
    "column of a name with dots": ('model.features."a.b".size=4', ("a.b", "N"), ("a.b", "V")),
    "another column of the name `keys`": ("model.features.keys={column = 'type'}", ("type", "N"), ("type", "V")),
}  # fmt: skip


def sentences_of(number: int, seed: int, *kinds: tuple[str, str]) -> list[Sentence]:
    """Sentences whose tags follow from nothing but a column; a point of its values is a letter drawn anew."""
    drawn = random.Random(seed)
    sentences = []
    for _ in range(number):
        which = [drawn.randrange(2) for _ in range(5)]
        columns: dict[str, tuple[str, ...]] = {"token": ("w",) * 5}
        for column in {column for column, _ in kinds}:
            values = [kinds[i][1] for i in which]
            columns[column] = tuple("".join(drawn.choice("abcdefghi") if c == "." else c for c in v) for v in values)
        tokens = columns.pop("token")
        sentences.append(Sentence(tokens, {"ner": tuple("AB"[i] for i in which), **columns}))
    return sentences


@pytest.mark.parametrize("feature", FEATURES)
def test_a_model_learns_what_only_its_feature_can_explain(
    small: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, feature: str
) -> None:
    monkeypatch.setattr("taggers.runs.learning_curves", lambda history: b"")
    setting, *kinds = FEATURES[feature]
    train, unseen = sentences_of(60, 1, *kinds), sentences_of(60, 2, *kinds)
    deaf = [
        "model.characters.kind=none", "model.casing.size=0", "training.epochs=6", "training.word_dropout=0.5",
        "training.unknown=0.1", "model.encoder.input_dropout=0", "model.encoder.output_dropout=0",
        "model.encoder.recurrent_dropout=0", "training.optimiser.learning_rate=0.05",
    ]  # fmt: skip
    accuracies = []
    for turn, settings in enumerate((deaf, [*deaf, setting])):
        config = small(*settings)
        corpus = Corpus.of(train, layer="ner", columns=feature_columns(config.model))
        folder = train_model(config, corpus, tmp_path / str(turn), "cpu")
        tagger = Tagger.load(folder.path, "cpu")
        model = config.model.model_copy(update={"head": config.head})  # which a folder names
        assert tagger.folder.config == config.model_copy(update={"model": model})
        accuracies.append(tagger.evaluate(unseen).tokens.accuracy)  # type: ignore[attr-defined]
    assert accuracies[0] < 0.8  # without the feature there is nothing to learn from
    assert accuracies[1] > 0.99


def test_a_column_that_is_not_there_is_named(small: MakeConfig, tmp_path: Path) -> None:
    config = small("model.features.pos.size=4", "training.epochs=1")
    train = sentences_of(4, 1, ("pos", "N"), ("pos", "V"))
    with pytest.raises(FormatError, match=r"^<memory>:1: no column 'pos'; there are ner$"):
        train_model(config, Corpus.of(train, layer="ner"), tmp_path / "model", "cpu")
    tagger = Tagger.train(config, Corpus.of(train, layer="ner", columns=["pos"]), tmp_path / "model", "cpu")
    with pytest.raises(FormatError, match=r"^<memory>:1: no column 'pos'; there are tokens only$"):
        tagger.tag(["w", "w"])
    assert len(list(tagger.stream(train))) == 4


def test_rare_values_of_a_column_train_its_unknown_value(small: MakeConfig, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file

    train = sentences_of(20, 1, ("pos", "N"), ("pos", "V"))
    weights = []
    for unknown in ("0.0", "5.0"):
        config = small("model.features.pos.size=4", f"training.unknown={unknown}", "training.word_dropout=0")
        corpus = Corpus.of(train, layer="ner", columns=["pos"])
        folder = train_model(config, corpus, tmp_path / unknown, "cpu")
        weights.append(load_file(folder.weights)["embeddings.feature pos.table.weight"])
    start = [w[1] for w in weights]
    assert not torch.equal(start[0], start[1])  # the same first weights, and only one of them moved


def test_a_layer_that_is_learnt_is_no_feature(small: MakeConfig, tmp_path: Path) -> None:
    corpus = Corpus.of([Sentence(("a",), {"ner": ("O",)})], layer="ner")
    config = small("model.features.x={column = 'ner'}", "task.layer=ner")
    with pytest.raises(ConfigError, match="'ner' is a layer that is learnt"):
        train_model(config, corpus, tmp_path / "model", "cpu")
