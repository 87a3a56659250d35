"""A language model from training to generated text: the API, both engines, and a run that goes on."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from taggers import Corpus, Sentence, make_config
from taggers.checkpoint import load_folder
from taggers.data.sentences import SentenceStore
from taggers.data.stream import in_one_row, spell
from taggers.data.vocabulary import PAD
from taggers.engine.onnx_stream import OnnxStream
from taggers.engine.onnx_stream import load as load_onnx
from taggers.engine.stream import Carried, Following, Starts, surprise
from taggers.engine.torch_engine import TorchEngine
from taggers.engine.torch_engine import load as load_torch
from taggers.errors import CheckpointError, TaggerError
from taggers.language import LanguageModel
from taggers.nn.onward import OnwardEncoder
from taggers.runs import Silent, train_model

VERSES = ["the sea is wide", "the gull is white", "wide is the sea , white is the gull", "Obi saw the sea"]
LINES = [Sentence(tuple(line.split())) for line in 6 * VERSES]
SMALL = [
    "task.kind=language_model", "task.steps=8", "training.batch_tokens=32", "training.epochs=2", "model.words.size=5",
    "model.encoder.hidden_size=9", "model.words.minimum=1",
]  # fmt: skip

FAST = ["model.encoder.hidden_size=32", "training.optimiser.learning_rate=0.02", "training.schedule.kind=constant"]


def train(place: Path, *overrides: str, dev: bool = True) -> LanguageModel:
    corpus = Corpus.of(LINES, LINES[:3] if dev else (), layer=())
    train_model(make_config({}, [*SMALL, *overrides]), corpus, place, device="cpu")
    return LanguageModel.load(place, "cpu")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    return train(tmp_path_factory.mktemp("models") / "sea", "training.epochs=40", *FAST)


def test_it_learns_the_text_and_writes_like_it(model: LanguageModel) -> None:
    scores = model.evaluate(LINES)
    assert scores.symbols == scores.characters == sum(len(" ".join(s.tokens)) + 1 for s in LINES)
    assert scores.bits_per_character < 1.0  # a model that knows letters alone needs 3.5
    written = model.generate("the ", length=200, temperature=0.0)
    assert written.startswith("the ")
    assert {"sea", "gull"} & set(written.split())


def test_the_same_seed_writes_the_same_text_and_another_another(model: LanguageModel) -> None:
    one, same, other = (model.generate("the", 60, temperature=1.5, seed=seed) for seed in (1, 1, 2))
    assert one == same != other
    assert len(one) == len("the") + 60
    assert model.generate("the", 60, top_k=1, seed=3) == model.generate("the", 60, temperature=0.0)


@pytest.mark.parametrize("kind", ["lstm", "gru"])
@pytest.mark.parametrize("unit", ["character", "word"])
@pytest.mark.parametrize("direction", ["forward", "backward"])
@pytest.mark.parametrize("tied", ["false", "true"])
def test_both_engines_predict_the_same(tmp_path: Path, kind: str, unit: str, direction: str, tied: str) -> None:
    said = [f"task.unit={unit}", f"task.direction={direction}", "model.head.kind=next", f"model.head.tied={tied}"]
    train(tmp_path / "model", *said, f"model.encoder.kind={kind}", "model.encoder.layers=2", "training.epochs=1")
    folder = load_folder(tmp_path / "model")
    engines = load_onnx(folder), load_torch(folder, "cpu")
    assert isinstance(engines[0], OnnxStream)
    assert isinstance(engines[1], TorchEngine)
    unheard = Sentence(("the", "seaweed", "is", "ä"))
    text = in_one_row(spell(SentenceStore.of([*LINES, unheard]), unit, direction))  # type: ignore[arg-type]
    found, expected = (surprise(engine.follow(text)) for engine in engines)
    np.testing.assert_allclose(found, expected, atol=2e-5)


def test_a_device_that_is_too_small_is_said_to_be(model: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    def onward(*_: object) -> None:
        raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate a lot")

    engine = load_torch(model.folder, "cpu")
    monkeypatch.setattr(engine.model, "onward", onward)
    with pytest.raises(TaggerError, match="cpu has not enough memory for this"):
        surprise(engine.follow(SentenceStore.of([Sentence(("t", "h"))])))


def test_the_scores_in_the_folder_are_those_of_evaluate(model: LanguageModel) -> None:
    said, found = model.folder.scores["dev"], model.evaluate(LINES[:3]).to_json()
    assert said["perplexity"] == pytest.approx(found["perplexity"], rel=1e-5)
    assert said["symbols"] == found["symbols"]


def test_chances_of_all_texts_of_a_length_add_up_to_one(tmp_path: Path) -> None:
    model = train(tmp_path / "model", "training.epochs=1")
    known = model._engine.indexer.words.vocabulary.symbols
    total = 0.0
    for a in (*known, "?"):  # which stands for all that is unknown
        for b in (*known, "?"):
            text = SentenceStore.of([Sentence(("\n", a, b))])
            total += math.exp(-surprise(model._engine.follow(text)).sum())
        total += _of_padding(model, "\n", a) * math.exp(-surprise(model._engine.follow(text))[0])
    assert total + _of_padding(model, "\n") == pytest.approx(1.0, abs=1e-5)


def _of_padding(model: LanguageModel, *symbols: str) -> float:
    """The chance of what no text holds, after some symbols."""
    text = model._engine.follow(SentenceStore.of([Sentence(symbols)]))
    scores, _ = text.onward(np.array([0]), len(symbols), text.start(1))
    return float(np.exp(scores[0, -1, PAD]))


def test_of_a_prompt_the_last_symbol_alone_is_scored(model: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = model.generate("the sea ", length=1, temperature=0.0)
    engine, steps_scored = model._engine, list[int]()

    class Recording:
        indexer = engine.indexer

        def follow(self, symbols: SentenceStore) -> Following:
            text = engine.follow(symbols)

            def onward(starts: Starts, steps: int, carried: Carried) -> tuple[NDArray[np.float32], Carried]:
                steps_scored.append(steps)
                return text.onward(starts, steps, carried)

            return replace(text, onward=onward)

    monkeypatch.setattr(model, "_engine", Recording())
    assert model.generate("the sea ", length=1, temperature=0.0) == expected
    assert steps_scored == [1, 1]


@pytest.mark.parametrize("unit", ["character", "word"])
def test_a_backward_model_writes_what_comes_before(tmp_path: Path, unit: str) -> None:
    model = train(tmp_path / "model", "task.direction=backward", f"task.unit={unit}", "training.epochs=30")
    written = model.generate("the sea", length=12, seed=1)
    assert written.endswith("the sea")
    assert len(written) > len("the sea") + 8


def test_words_stand_between_blanks_and_lines_begin_without(tmp_path: Path) -> None:
    model = train(tmp_path / "model", "task.unit=word", "training.epochs=20")
    written = model.generate("the ", length=40, seed=2)
    assert "  " not in written
    assert "\n " not in written
    assert " \n" not in written
    scores = model.evaluate([Sentence(("the", "seaweed"))])
    assert (scores.symbols, scores.characters) == (3, len("the seaweed\n"))
    assert (scores.unknown, scores.unknown_characters) == (1, len("seaweed\n"))


def test_a_run_that_was_killed_ends_with_the_same_weights(tmp_path: Path) -> None:
    config = make_config({}, [*SMALL, "training.checkpoint_steps=3"])
    corpus = Corpus.of(LINES, layer=())
    train_model(config, corpus, tmp_path / "whole", device="cpu")

    class Killed(Silent):
        def on_step(self, epoch: int, step: int, steps: int, loss: float | None) -> None:
            if (epoch, step) == (1, 5):
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_model(config, corpus, tmp_path / "killed", device="cpu", listener=Killed())
    train_model(config, corpus, tmp_path / "killed", device="cpu", resume=True)
    whole, killed = ((tmp_path / name / "weights.safetensors").read_bytes() for name in ("whole", "killed"))
    assert whole == killed


def test_rows_begin_anew_with_each_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forward, fresh = OnwardEncoder.forward, list[bool]()

    def recording(encoder: OnwardEncoder, inputs: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        fresh.append(not encoder.carried.any())
        return forward(encoder, inputs, lengths)

    class Counting(Silent):
        steps = 0

        def on_step(self, epoch: int, step: int, steps: int, loss: float | None) -> None:
            self.steps = steps

    monkeypatch.setattr(OnwardEncoder, "forward", recording)
    listener = Counting()
    train_model(make_config({}, SMALL), Corpus.of(LINES, layer=()), tmp_path / "model", "cpu", listener=listener)
    assert fresh == 2 * [True, *(listener.steps - 1) * [False]]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["training.batch_tokens=4"], "training.batch_tokens: expected at least task.steps, 8, found 4"),
        (["training.batch_tokens=100000"], "too few for 12500 parallel rows; lower training.batch_tokens"),
        (["model.words.lowercase=true"], "model.words.lowercase: symbols are predicted as they are; set it to false"),
        (["model.encoder.directions=both"], "model.encoder.directions: expected 'forward' for the task"),
        (["model.features.x.kind=value"], "model.features: a language model reads symbols alone"),
        (["model.windows.length=20"], "model.windows"),
    ],
)
def test_settings_that_fit_no_language_model_are_refused(tmp_path: Path, overrides: list[str], message: str) -> None:
    with pytest.raises(TaggerError) as fault:
        train(tmp_path / "model", *overrides)
    assert message in str(fault.value)


def test_a_text_of_nothing_and_odd_wishes_are_refused(model: LanguageModel) -> None:
    with pytest.raises(TaggerError, match="there is nothing to predict"):
        model.evaluate([Sentence(())])
    for temperature in (-1.0, float("nan"), float("inf")):
        with pytest.raises(TaggerError, match=f"temperature: expected a number, 0 or more, found {temperature}"):
            model.generate(temperature=temperature)


def test_a_tagger_is_no_language_model(tmp_path: Path) -> None:
    tagged = [Sentence(("Ada", "slept"), {"tag": ("B-PER", "O")})]
    corpus = Corpus.of(tagged)
    train_model(make_config({}, ["training.epochs=1"]), corpus, tmp_path / "tagger", device="cpu")
    with pytest.raises(CheckpointError, match="run it by `tagger tag`"):
        LanguageModel.load(tmp_path / "tagger")


@pytest.mark.slow
def test_a_real_text_is_learnt_a_little(tmp_path: Path, data: Callable[[str], Path]) -> None:
    from taggers import TokensFormat, read

    lines = [s for s in read(data("raw_english") / "social_reddit_tokenised.txt.gz", TokensFormat()) if s.tokens]
    corpus = Corpus.of(lines[:1000], lines[1000:], layer=())
    overrides = ["task.kind=language_model", *FAST, "training.batch_tokens=1024"]
    folder = train_model(make_config({}, overrides), corpus, tmp_path / "model", device="cpu")
    assert folder.scores["dev"]["bits_per_character"] < 4.0
