"""Several layers of tags in one model: losses weighed, scores averaged, each layer answered by its own head."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from taggers import Config, Corpus, Sentence, Tagger
from taggers.build import build_indexer, build_model, build_tasks
from taggers.data.batch import gather
from taggers.data.sentences import as_store
from taggers.data.targets import index_targets
from taggers.errors import ConfigError, TaggerError
from taggers.nn.batch import to_device
from taggers.nn.heads.labelling import CRFHead, SoftmaxHead
from taggers.runs import cross_validate, train_model

if TYPE_CHECKING:
    from tests.training.conftest import Ears, MakeConfig

FURTHER = ["task.further.upos={head = 'softmax', weight = 2.0}", 'task.further."a.b".weight=0.25', "task.weight=0.5"]
ALL = ["ner", "upos", "a.b"]


@pytest.fixture
def layered(sentences: tuple[Sentence, ...]) -> list[Sentence]:
    """The sentences with two layers more, and a column to read: whether a word is short, and how long it is."""
    return [
        replace(s, layers={**s.layers, "upos": tuple("SHORT" if len(t) < 4 else "LONG" for t in s.tokens),
                           "a.b": tuple("B-X" if t == "the" else "O" for t in s.tokens),
                           "length": tuple(str(len(t)) for t in s.tokens)})
        for s in sentences
    ]  # fmt: skip


@pytest.fixture
def corpus(layered: list[Sentence]) -> Corpus:
    """Six of them to train on, two as dev."""
    return Corpus.of(layered[:6], layered[6:], layer=ALL, columns=["length"])


def test_the_loss_is_the_weighted_sum_of_those_of_the_heads(corpus: Corpus, small: MakeConfig) -> None:
    config = small(*FURTHER)
    store = as_store(corpus.train, ALL)
    indexer = build_indexer(config.model, store, {})
    tasks = build_tasks(config, corpus, store)
    model = build_model(config, indexer, tasks).eval()
    targets = [index_targets(task, store) for task in tasks]  # type: ignore[arg-type]
    features = to_device(gather(indexer.index(store), np.arange(len(store)), targets), torch.device("cpu"))
    heads = [model.heads[name] for name in ("tags ner", "tags upos", "tags a%2Eb")]
    assert [type(head) for head in heads] == [CRFHead, SoftmaxHead, CRFHead]
    states = model.states(features)
    losses = [head.loss(states, gold, features.mask) for head, gold in zip(heads, features.targets, strict=True)]  # type: ignore[operator]
    torch.testing.assert_close(model.loss(features), 0.5 * losses[0] + 2.0 * losses[1] + 0.25 * losses[2])
    assert len({float(loss.detach()) for loss in losses}) == 3
    assert [chain.start.shape for chain in model.chains()] == [(5,), (2,), (5,)]  # type: ignore[union-attr]
    assert [scores.shape[2] for scores in model.emissions(features)] == [5, 2, 5]
    assert {"tags ner", "tags upos", "tags a.b"} <= model.sizes.keys()


def test_all_layers_are_learnt_scored_and_written(
    corpus: Corpus, small: MakeConfig, listening: type[Ears], tmp_path: Path
) -> None:
    ears = listening()
    dropouts = ["model.encoder.input_dropout=0", "model.encoder.output_dropout=0", "model.encoder.recurrent_dropout=0"]
    longer = ["training.word_dropout=0", "training.unknown=0", "training.epochs=50", "training.patience=50"]
    wider = ["model.words.size=24", "model.encoder.hidden_size=24"]
    config = small(*FURTHER, *dropouts, *longer, *wider)
    corpus = replace(corpus, dev=corpus.train)
    folder = train_model(config, corpus, tmp_path / "model", "cpu", listener=ears)
    tagger = Tagger.load(folder.path, "cpu")
    assert [task.layer for task in tagger.tasks] == ALL
    scores = tagger.evaluate(list(corpus.dev))
    assert scores.to_json() == folder.scores["dev"]
    assert list(scores.further) == ["upos", "a.b"]  # type: ignore[attr-defined]
    assert scores.lenient is not None  # type: ignore[attr-defined]
    upos, other = scores.further.values()  # type: ignore[attr-defined]
    assert other.lenient is not None
    headline = fmean([scores.lenient.overall.f1, upos.tokens.accuracy, other.lenient.overall.f1])  # type: ignore[attr-defined]
    assert scores.headline == headline == max(e.score for e in ears.epochs if e.score is not None)
    assert headline == 1.0
    for sentence, predicted in zip(corpus.train, tagger.stream(corpus.train), strict=True):
        assert predicted.layers == {layer: sentence.layers[layer] for layer in ALL}
        assert [one.layer for one in predicted.further] == ["upos", "a.b"]
        assert [span.label for span in predicted.further[1].spans] == ["X"] * sentence.tokens.count("the")
    card = (folder.path / "README.md").read_text("utf-8")
    assert "A tagger of `ner` and `upos` and `a.b` trained by" in card
    for layer in ALL:
        assert f"Labels of `{layer}` (" in card
    assert [line.split(" | ")[0] for line in card.splitlines() if line.startswith("| dev")] == [
        "| dev", "| dev, upos", "| dev, a.b", "| dev"
    ]  # fmt: skip


def test_dev_scores_are_the_mean_over_the_layers(
    corpus: Corpus, small: MakeConfig, listening: type[Ears], tmp_path: Path
) -> None:
    ears = listening()
    folder = train_model(small(*FURTHER, "training.epochs=1"), corpus, tmp_path / "model", "cpu", listener=ears)
    dev = folder.scores["dev"]
    assert len({dev["lenient"]["overall"]["f1"], dev["further"]["upos"]["accuracy"]}) == 2
    assert ears.epochs[0].score == pytest.approx(
        fmean(
            [dev["lenient"]["overall"]["f1"], dev["further"]["upos"]["accuracy"],
             dev["further"]["a.b"]["lenient"]["overall"]["f1"]]
        )
    )  # fmt: skip


@pytest.mark.parametrize("name", ["type", "keys", "a.b", "forward", "tags", "", "training", "%2E", "Ελλάδα"])
def test_a_layer_and_a_feature_may_have_any_name(small: MakeConfig, tmp_path: Path, name: str) -> None:
    task = {"kind": "labelling", "layer": "ner", "further": {name: {}}}
    values: dict[str, Any] = {**small().model_dump(), "task": task}
    values["model"] = {**values["model"], "features": {name: {"kind": "value", "size": 2, "column": "read"}}}
    train = [Sentence(("Ada", "slept"), {"ner": ("B-PER", "O"), name: ("N", "V"), "read": ("1", "2")})]
    corpus = Corpus.of(train, layer=["ner", name], columns=["read"])
    tagger = Tagger.train(Config.model_validate(values), corpus, tmp_path / "model", "cpu")
    prediction = next(iter(tagger.stream(train)))
    assert list(prediction.layers) == ["ner", name]
    assert set(prediction.layers[name]) <= {"N", "V"}
    first = tagger.evaluate(train).further[name].tokens.accuracy  # type: ignore[attr-defined]
    assert first == Tagger.load(tmp_path / "model").evaluate(train).further[name].tokens.accuracy  # type: ignore[attr-defined]


class StopError(Exception):
    """As if the process had been killed."""


RECIPES = {
    "layers": FURTHER,
    "layers and features": [
        *FURTHER, "model.features.length.kind=number", "model.features.length.buckets=3",
        "model.features.place={column = 'length', size = 3}", "model.features.end.kind=suffix",
        "model.characters.kind=gru", "model.characters.hidden_size=3", "training.average=0.9",
    ],
}  # fmt: skip


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_run_that_was_stopped_ends_bit_by_bit_as_if_it_had_not_been(
    corpus: Corpus,
    small: MakeConfig,
    listening: type[Ears],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    recipe: str,
) -> None:
    monkeypatch.setattr("os.fsync", lambda descriptor: None)
    monkeypatch.setattr("taggers.runs.learning_curves", lambda history: b"")
    config = small(*RECIPES[recipe], "training.batch_tokens=28")
    ears = listening()
    whole = train_model(config, corpus, tmp_path / "whole", "cpu", listener=ears)
    for last in range(1, ears.steps + 1, 2):
        output = tmp_path / str(last)

        def stop(step: int, last: int = last) -> None:
            if step == last:
                raise StopError

        with pytest.raises(StopError):
            train_model(config, corpus, output, "cpu", listener=listening(after_step=stop))
        resumed = train_model(config, corpus, output, "cpu", resume=True)
        for file in ("weights.safetensors", "vocabulary.json", "config.json", "scores.json"):
            assert (resumed.path / file).read_bytes() == (whole.path / file).read_bytes()


@pytest.mark.parametrize("change", ["task.further.upos.weight=3.0", "model.features.end.kind=suffix"])
def test_a_finished_run_of_other_layers_or_features_is_another(
    corpus: Corpus, small: MakeConfig, tmp_path: Path, change: str
) -> None:
    train_model(small("training.epochs=1", *FURTHER), corpus, tmp_path / "model", "cpu")
    with pytest.raises(TaggerError, match="finished model of other settings or data"):
        train_model(small("training.epochs=1", *FURTHER, change), corpus, tmp_path / "model", "cpu", resume=True)


def test_the_weights_of_layers_matter(corpus: Corpus, small: MakeConfig, tmp_path: Path) -> None:
    def weights(name: str, *changes: str) -> dict[str, bytes]:
        folder = train_model(small("training.epochs=1", *FURTHER, *changes), corpus, tmp_path / name, "cpu")
        return {name: tensor.tobytes() for name, tensor in load_file(folder.weights).items()}

    one, again, other = weights("one"), weights("again"), weights("other", "task.further.upos.weight=9.0")
    assert one == again
    assert one["encoder.layers.0.rightward.input_bias"] != other["encoder.layers.0.rightward.input_bias"]


def test_layers_that_only_one_of_settings_and_corpus_names_are_refused(
    layered: list[Sentence], small: MakeConfig, tmp_path: Path
) -> None:
    corpus = Corpus.of(layered, layer="ner", columns=["upos"])
    with pytest.raises(TaggerError, match=r"^the tags of upos are not checked: make the corpus with layer="):
        train_model(small("task.further.upos={}"), corpus, tmp_path / "model", "cpu")
    with pytest.raises(ConfigError, match=r"task\.further\.ner: that layer is task\.layer already"):
        train_model(small("task.further.ner={}"), corpus, tmp_path / "model", "cpu")


def test_cross_validation_scores_all_layers(corpus: Corpus, small: MakeConfig, tmp_path: Path) -> None:
    settings = small(*FURTHER, "training.epochs=1", "data.dev=none")
    scores = list(cross_validate(settings, corpus, 2, tmp_path, "cpu"))
    assert [list(fold.further) for fold in scores] == [["upos", "a.b"]] * 2  # type: ignore[attr-defined]


def test_labels_that_only_dev_holds_are_told_for_each_layer(
    layered: list[Sentence], small: MakeConfig, listening: type[Ears], tmp_path: Path
) -> None:
    ears = listening()
    strange = Sentence(("Oslo",), {"ner": ("B-LOC",), "upos": ("HUGE",), "a.b": ("O",)})
    corpus = Corpus.of(layered, [strange], layer=ALL)
    train_model(small(*FURTHER, "training.epochs=1"), corpus, tmp_path / "model", "cpu", listener=ears)
    for label in ("LOC", "HUGE"):
        assert f"dev holds labels that train does not: {label}; they count as missed" in ears.notes


def test_partly_annotated_layers_train(layered: list[Sentence], small: MakeConfig, tmp_path: Path) -> None:
    partly = replace(
        layered[0], layers={**layered[0].layers, "upos": ("?", "SHORT|LONG", *layered[0].layers["upos"][2:])}
    )
    corpus = Corpus.of([partly, *layered], layer=ALL, partial=True)
    tagger = Tagger.train(small(*FURTHER, "data.partial=true"), corpus, tmp_path / "model", "cpu")
    assert tagger.tasks[1].labels == ("LONG", "SHORT")  # type: ignore[union-attr]
