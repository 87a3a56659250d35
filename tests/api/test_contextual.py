"""A tagger that reads two language models: training, both engines, and a folder that holds all it needs."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from taggers import Corpus, Sentence, Tagger, make_config
from taggers.checkpoint import load_folder
from taggers.cli import cli
from taggers.cli.info import describe
from taggers.engine.contextual import CharacterModels
from taggers.engine.onnx_engine import load as load_onnx
from taggers.engine.torch_engine import load as load_torch
from taggers.errors import CheckpointError, ConfigError, TaggerError
from taggers.formats import ColumnFormat, encode
from taggers.runs import Silent, train_model
from taggers.training import Epoch

TAGGED = [
    Sentence(("Ada", "saw", "the", "sea"), {"tag": ("B-PER", "O", "O", "O")}),
    Sentence(("the", "sea", "saw", "Obi", "Lin"), {"tag": ("O", "O", "O", "B-PER", "I-PER")}),
    Sentence(("gulls",), {"tag": ("O",)}),
] * 3
WRITER = ["task.kind=language_model", "task.steps=8", "training.batch_tokens=32", "model.encoder.hidden_size=8"]
SMALL = ["training.epochs=2", "model.encoder.hidden_size=6", "model.characters.kind=none", "model.words.size=4"]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the folders of two language models."""
    place = tmp_path_factory.mktemp("pair")
    for direction in ("forward", "backward"):
        config = make_config({}, [*WRITER, f"task.direction={direction}", "model.words.minimum=1"])
        train_model(config, Corpus.of(TAGGED, layer=()), place / direction, device="cpu")
    return place


def train(pair: Path, place: Path, *overrides: str) -> Tagger:
    said = [f"model.contextual.pair.{way}={pair / way}" for way in ("forward", "backward")]
    return Tagger.train(make_config({}, [*SMALL, *said, *overrides]), Corpus.of(TAGGED, TAGGED[:2]), place, "cpu")


@pytest.mark.parametrize("projection", [0, 5])
@pytest.mark.parametrize("directions", ["both", "forward"])
def test_both_engines_give_the_same(pair: Path, tmp_path: Path, projection: int, directions: str) -> None:
    said = f"model.contextual.pair.projection={projection}", f"model.encoder.directions={directions}"
    train(pair, tmp_path / "model", *said)
    folder = load_folder(tmp_path / "model")
    sentences = [*TAGGED[:3], Sentence(("unheard", "of", "seas", "ä")), Sentence(())]
    readings = [engine.read(sentences) for engine in (load_onnx(folder), load_torch(folder, "cpu"))]
    found, expected = (reading.score(reading.starts[:4], reading.lengths[:4]) for reading in readings)
    np.testing.assert_allclose(found[0], expected[0], atol=1e-3)  # states are kept in float16


def test_the_folder_holds_the_language_models_once_and_needs_nothing_else(pair: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "pair"
    shutil.copytree(pair, elsewhere)
    tagger = train(elsewhere, tmp_path / "model")
    before = [p.tags for p in tagger.tag(TAGGED[:3])]
    shutil.rmtree(elsewhere)
    again = Tagger.load(tmp_path / "model", "cpu")
    assert [p.tags for p in again.tag(TAGGED[:3])] == before
    for direction in ("forward", "backward"):
        copy = tmp_path / "model" / f"contextual-1-{direction}" / "weights.safetensors"
        assert copy.read_bytes() == (pair / direction / "weights.safetensors").read_bytes()
    assert [p.tags for p in again.stream(TAGGED[:3], workers=2)] == before
    sizes = dict(describe(again.folder)["bytes"])  # type: ignore[call-overload]
    assert sizes["contextual-1-forward/weights.safetensors"] == copy.with_name("weights.safetensors").stat().st_size
    assert sizes.pop("together") == sum(sizes.values())


def test_what_a_token_is_depends_on_its_sentence(pair: Path, tmp_path: Path) -> None:
    train(pair, tmp_path / "model")
    engine = load_onnx(load_folder(tmp_path / "model"))
    reading = engine.read([Sentence(("sea",)), Sentence(("sea", "gull"))])
    alone, beside = (reading.score(reading.starts[row : row + 1], reading.lengths[row : row + 1])[0] for row in (0, 1))
    assert abs(alone[0] - beside[0]).max() > 1e-6


@pytest.mark.parametrize("file", ["contextual-1-forward/manifest.json", "contextual-1-backward/weights.safetensors"])
def test_a_changed_copy_is_refused(pair: Path, tmp_path: Path, file: str) -> None:
    train(pair, tmp_path / "model")
    path = tmp_path / "model" / file
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(CheckpointError, match="changed or damaged"):
        Tagger.load(tmp_path / "model", "cpu")


def test_a_model_that_has_changed_since_it_was_read_is_not_copied(pair: Path, tmp_path: Path) -> None:
    elsewhere, other = tmp_path / "pair", tmp_path / "other"
    shutil.copytree(pair, elsewhere)
    config = make_config({}, [*WRITER, "model.words.minimum=1", "training.seed=2"])
    train_model(config, Corpus.of(TAGGED, layer=()), other, device="cpu")

    class Retraining(Silent):
        def on_epoch(self, epoch: Epoch) -> None:
            if epoch.epoch == 1:
                shutil.rmtree(elsewhere / "forward")
                shutil.copytree(other, elsewhere / "forward")

    said = [f"model.contextual.pair.{way}={elsewhere / way}" for way in ("forward", "backward")]
    config, corpus, place = make_config({}, [*SMALL, *said]), Corpus.of(TAGGED, TAGGED[:2]), tmp_path / "model"
    with pytest.raises(TaggerError, match=r"forward: another model by now than .*; put that one back and go on with"):
        train_model(config, corpus, place, "cpu", listener=Retraining())
    assert not place.exists()
    shutil.rmtree(elsewhere / "forward")
    shutil.copytree(pair / "forward", elsewhere / "forward")
    train_model(config, corpus, place, "cpu", resume=True)
    copy = place / "contextual-1-forward" / "weights.safetensors"
    assert copy.read_bytes() == (pair / "forward" / "weights.safetensors").read_bytes()


@pytest.mark.parametrize("folds", [False, True])
def test_a_run_loads_the_models_once(pair: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folds: bool) -> None:
    loaded: list[Path] = []
    load = CharacterModels.load

    def counting(forward: Path, backward: Path) -> CharacterModels:
        loaded.extend((forward, backward))
        return load(forward, backward)

    monkeypatch.setattr(CharacterModels, "load", counting)
    said = [f"--set=model.contextual.pair.{way}={pair / way}" for way in ("forward", "backward")]
    (tmp_path / "a.conll").write_bytes(b"".join(encode(TAGGED, ColumnFormat(("token", "tag")))))
    where = ["--folds=2"] if folds else [f"--output={tmp_path / 'model'}"]
    small = [f"--set={value}" for value in SMALL]
    said = ["train", f"--train={tmp_path / 'a.conll'}", "--dev=none", "--device=cpu", *small, *said, *where]
    assert cli.main(said, standalone_mode=False) is None
    assert loaded == [pair / "forward", pair / "backward"]


def test_models_that_do_not_fit_are_refused(pair: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="expected a language model of the next character, backward, found"):
        train(pair, tmp_path / "model", f"model.contextual.pair.backward={pair / 'forward'}")
    with pytest.raises(CheckpointError, match="is not a model folder"):
        train(pair, tmp_path / "model", "model.contextual.pair.forward=nowhere")
    with pytest.raises(ConfigError, match=r"model.contextual: a language model reads symbols alone"):
        train(pair, tmp_path / "model", "task.kind=language_model", "model.encoder.directions=forward",
              "model.words.lowercase=false")  # fmt: skip


def test_int8_reads_them_too(pair: Path, tmp_path: Path) -> None:
    from taggers.int8 import compare, make_variant

    train(pair, tmp_path / "model")
    folder = load_folder(tmp_path / "model")
    found = compare(folder, make_variant(folder), TAGGED)
    assert found.tags == sum(len(s) for s in TAGGED)
    assert found.holds


def test_what_writes_reads_no_sentences() -> None:
    overrides = ["task.kind=transduction", "task.layer=lemma", "model.contextual.x.forward=a"]
    with pytest.raises(ConfigError, match=r"model.contextual: what writes reads symbols, no sentences"):
        make_config({}, [*overrides, "model.contextual.x.backward=b"])
