"""The training loop: it learns, stops when told, repeats itself exactly, and goes on where it was stopped."""

from __future__ import annotations

import json
import pickle
import random
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from taggers.errors import CheckpointError, TaggerError
from taggers.row_optimiser import RowAdamW
from taggers.training import Trainer, _digest

if TYPE_CHECKING:
    from tests.training.conftest import Ears, MakeConfig, MakeTrainer

    Weights = Callable[[Trainer], dict[str, bytes]]

WORDS = "embeddings.words.table.weight"
RECIPES = {
    "plateau": ["training.epochs=3", "training.schedule.patience=0", "training.optimiser.learning_rate=0.5"],
    "running mean, linear": ["training.average=0.9", "training.schedule.kind=linear", "training.schedule.warmup=0.3"],
    "sgd with momentum": ["training.optimiser.kind=sgd", "training.optimiser.learning_rate=0.05"],
    "every dropout": [
        "training.word_dropout=0.3",
        "model.characters.dropout=0.2",
        "model.encoder.recurrent_dropout=0.2",
        "model.encoder.layers=2",
    ],
    "gru, lstm characters, softmax, sgd without momentum": [
        "model.encoder.kind=gru",
        "model.characters.kind=lstm",
        "model.characters.hidden_size=3",
        "model.head.kind=softmax",
        "training.optimiser.kind=sgd",
        "training.optimiser.momentum=0.0",
    ],
}


@pytest.fixture(autouse=True)
def nothing_is_flushed_to_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test here cuts the power, and waiting for the disk takes most of the time."""
    monkeypatch.setattr("os.fsync", lambda descriptor: None)


class StopError(Exception):
    """As if the process had been killed."""


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_training_stopped_after_any_step_ends_as_if_it_had_not_been(
    trainer: MakeTrainer, small: MakeConfig, weights: Weights, listening: type[Ears], tmp_path: Path, recipe: str
) -> None:
    config = small("training.batch_tokens=28", *RECIPES[recipe])
    ears = listening()
    whole = trainer(config, ears)
    whole.run()
    assert ears.steps > 5
    for last in range(1, ears.steps + 1):
        (tmp_path / "checkpoint").unlink()

        def stop(step: int, last: int = last) -> None:
            if step == last:
                raise StopError

        with pytest.raises(StopError):
            trainer(config, listening(after_step=stop)).run()
        resumed = trainer(config)
        if last > 2:
            resumed.resume()
            assert last - 2 <= resumed.progress.step < last
        resumed.run()
        assert weights(resumed) == weights(whole)
        assert [_timeless(epoch) for epoch in resumed.progress.history] == [
            _timeless(epoch) for epoch in whole.progress.history
        ]


@pytest.mark.parametrize("recipe", ["plateau", "every dropout"])
def test_large_tables_train_as_small_ones_do_and_go_on_where_they_were_stopped(
    trainer: MakeTrainer,
    small: MakeConfig,
    weights: Weights,
    listening: type[Ears],
    monkeypatch: pytest.MonkeyPatch,
    recipe: str,
) -> None:
    config = small("training.batch_tokens=28", *RECIPES[recipe])
    dense = trainer(config)
    dense.run()
    monkeypatch.setattr("taggers.optimisation._LARGE", 0)
    whole = trainer(config)
    whole.run()
    assert isinstance(whole._optimiser, RowAdamW)
    for expected, found in zip(dense.model.parameters(), whole.model.parameters(), strict=True):
        torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-3)

    def stop(step: int) -> None:
        if step == 5:
            raise StopError

    with pytest.raises(StopError):
        trainer(config, listening(after_step=stop)).run()
    resumed = trainer(config)
    resumed.resume()
    resumed.run()
    assert weights(resumed) == weights(whole)


def test_a_running_mean_and_other_optimisers_read_all_rows_in_every_step(
    trainer: MakeTrainer, small: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taggers.optimisation._LARGE", 0)
    for override in ("training.average=0.9", "training.optimiser.kind=sgd"):
        made = trainer(small(override))
        assert not isinstance(made._optimiser, RowAdamW)
        made.run()


def _timeless(epoch: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in epoch.items() if name not in ("seconds", "tokens_per_second")}


def test_a_training_stopped_at_the_end_of_an_epoch_ends_as_if_it_had_not_been(
    trainer: MakeTrainer, small: MakeConfig, weights: Weights, listening: type[Ears]
) -> None:
    config = small("training.epochs=3", "training.average=0.9", "training.checkpoint_steps=1")
    whole = trainer(config)
    whole.run()

    def stop(epoch: int) -> None:
        if epoch == 2:
            raise StopError

    with pytest.raises(StopError):
        trainer(config, listening(after_epoch=stop)).run()
    resumed = trainer(config)
    resumed.resume()
    resumed.run()
    assert weights(resumed) == weights(whole)


def test_the_same_seed_gives_the_same_weights_whatever_random_numbers_others_draw(
    trainer: MakeTrainer, small: MakeConfig, weights: Weights, listening: type[Ears]
) -> None:
    def draw(step: int) -> None:
        torch.rand(step)

    first, second = trainer(small()), trainer(small(), listening(after_step=draw))
    first.run()
    second.run()
    assert weights(first) == weights(second)


def test_another_seed_gives_other_weights(trainer: MakeTrainer, small: MakeConfig, weights: Weights) -> None:
    first, second = trainer(small()), trainer(small("training.seed=2"))
    first.run()
    second.run()
    assert all(first != second for first, second in zip(weights(first).values(), weights(second).values(), strict=True))


def test_the_loss_falls_until_the_text_is_known_by_heart(trainer: MakeTrainer, small: MakeConfig) -> None:
    dropouts = ["model.encoder.input_dropout=0.0", "model.encoder.output_dropout=0.0", "training.word_dropout=0.0"]
    learner = trainer(small("training.epochs=25", "training.unknown=0.0", "training.patience=25", *dropouts))
    learner.run()
    losses = [epoch["loss"] for epoch in learner.progress.history]
    assert losses[-1] < 0.1 < losses[0]  # type: ignore[operator]
    assert learner.progress.best_score == 1.0


def scores(*values: float) -> Callable[[], float]:
    """A dev score for each epoch."""
    given = iter(values)
    return lambda: next(given)


def test_training_stops_when_dev_has_not_risen_for_the_patience_and_keeps_the_best_weights(
    trainer: MakeTrainer, small: MakeConfig, weights: Weights, listening: type[Ears]
) -> None:
    constant = "training.schedule.kind=constant"
    ears = listening()
    patient = small("training.epochs=9", "training.patience=3", constant)
    stopped = trainer(patient, ears, scores(0.1, 0.3, 0.2, 0.3, 0.3))
    stopped.run()
    assert [(e.epoch, e.score, e.best) for e in ears.epochs] == [
        (1, 0.1, True), (2, 0.3, True), (3, 0.2, False), (4, 0.3, False), (5, 0.3, False)
    ]  # fmt: skip
    best = trainer(small("training.epochs=2", constant), dev=False)
    best.run()
    assert weights(stopped) == weights(best)


def test_training_without_dev_runs_all_epochs_and_keeps_the_last_weights(
    trainer: MakeTrainer, small: MakeConfig, listening: type[Ears]
) -> None:
    ears = listening()
    trainer(small("training.epochs=5", "training.patience=1"), ears, dev=False).run()
    assert [(e.score, e.best) for e in ears.epochs] == [(None, False)] * 5


def test_the_learning_rate_falls_where_dev_stays_level(
    trainer: MakeTrainer, small: MakeConfig, listening: type[Ears]
) -> None:
    ears = listening()
    settings = ["training.epochs=7", "training.optimiser.learning_rate=0.5", "training.schedule.patience=1"]
    trainer(small(*settings), ears, scores(0.5, 0.5, 0.5, 0.6, 0.6, 0.6, 0.6)).run()
    assert [e.learning_rate for e in ears.epochs] == [0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125]


def test_the_learning_rate_rises_and_falls_over_the_steps(
    trainer: MakeTrainer, small: MakeConfig, listening: type[Ears]
) -> None:
    ears = listening()
    settings = ["training.schedule.kind=linear", "training.schedule.warmup=0.5", "training.optimiser.learning_rate=1.0"]
    trainer(small("training.epochs=4", *settings), ears, dev=False).run()
    first, second, third, fourth = [e.learning_rate for e in ears.epochs]
    steps = ears.steps / 4
    assert first == pytest.approx((1 - 1 / steps) / 2)  # as its last step begins
    assert second == pytest.approx((2 - 1 / steps) / 2)
    assert third == pytest.approx(2 - (3 - 1 / steps) / 2)
    assert fourth == pytest.approx(2 - (4 - 1 / steps) / 2)


def test_the_running_mean_is_what_is_scored_and_kept_while_training_goes_on_from_the_last_weights(
    trainer: MakeTrainer, small: MakeConfig, weights: Weights
) -> None:
    config = small("training.average=0.5")
    plain = trainer(small(), dev=False)
    plain.run()
    scored: list[dict[str, bytes]] = []

    def look() -> float:
        scored.append(weights(averaged))
        return float(len(scored))

    averaged = trainer(config, score=look)
    averaged.run()
    assert weights(averaged) == scored[-1] != weights(plain)
    without_dev = trainer(config, dev=False)
    without_dev.run()
    assert weights(without_dev) == scored[-1]  # so scoring changed nothing of the training


DIVERGED = r"\Atraining diverged in epoch 1: [^\n]*; lower training\.optimiser[^\n]*\Z"


class TestDivergence:
    """A training whose numbers are none any more is refused in one line, and leaves no checkpoint."""

    @pytest.mark.parametrize("head", ["crf", "softmax"])
    def test_in_a_step(self, trainer: MakeTrainer, small: MakeConfig, tmp_path: Path, head: str) -> None:
        diverging = trainer(small(f"model.head.kind={head}"))
        with torch.no_grad():
            diverging.model.get_parameter(WORDS)[2:] = float("nan")
        with pytest.raises(TaggerError, match=DIVERGED):
            diverging.run()
        assert not (tmp_path / "checkpoint").exists()

    def test_in_the_last_step_of_an_epoch(
        self, trainer: MakeTrainer, small: MakeConfig, listening: type[Ears], tmp_path: Path
    ) -> None:
        def poison(step: int) -> None:
            with torch.no_grad():
                diverging.model.get_parameter(WORDS)[2:] = float("inf")

        diverging = trainer(small("training.batch_tokens=1000"), listening(after_step=poison))
        with pytest.raises(TaggerError, match=DIVERGED):
            diverging.run()
        assert not (tmp_path / "checkpoint").exists()


class TestDamage:
    """A checkpoint that is not what was written is refused in one line."""

    @pytest.fixture
    def checkpoint(self, trainer: MakeTrainer, small: MakeConfig, tmp_path: Path) -> Path:
        """One that is whole."""
        trainer(small()).run()
        return tmp_path / "checkpoint"

    def refused(self, resumed: Trainer) -> str:
        """The line, without the path."""
        before = {name: p.clone() for name, p in resumed.model.named_parameters()}
        with pytest.raises(CheckpointError) as e:
            resumed.resume()
        path, _, line = str(e.value).partition(": ")
        assert path.endswith("checkpoint")
        assert "\n" not in line
        assert all(torch.equal(p, before[name]) for name, p in resumed.model.named_parameters())
        return line

    def test_any_changed_byte(self, checkpoint: Path, trainer: MakeTrainer, small: MakeConfig) -> None:
        resumed = trainer(small())
        content = checkpoint.read_bytes()
        places = random.Random(1)
        header = int.from_bytes(content[:8], "little")
        for place in [*range(8), *places.sample(range(8, header), 60), *places.sample(range(header, len(content)), 60)]:
            changed = bytearray(content)
            changed[place] ^= 1 << places.randrange(8)
            if bytes(changed[8:header]).strip() == content[8:header].strip() and 8 <= place < header:
                continue  # white space
            checkpoint.write_bytes(changed)
            line = self.refused(resumed)
            assert line.startswith(("damaged checkpoint (", "it belongs to other settings or data; "))

    def test_any_other_file(self, checkpoint: Path, trainer: MakeTrainer, small: MakeConfig) -> None:
        for content in (b"", b"{}", pickle.dumps({"model": 1}), b"\x80" * 100):
            checkpoint.write_bytes(content)
            assert self.refused(trainer(small())).startswith("damaged checkpoint (")
        save_file({f"model/{WORDS}": torch.zeros(2)}, checkpoint)
        assert self.refused(trainer(small())).startswith("damaged checkpoint (")
        checkpoint.unlink()
        assert self.refused(trainer(small())).startswith("damaged checkpoint (")

    def test_one_of_another_version(self, checkpoint: Path, trainer: MakeTrainer, small: MakeConfig) -> None:
        with safe_open(checkpoint, framework="pt") as file:
            state, tensors = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        renamed = {("model/new" if name == f"model/{WORDS}" else name): t for name, t in tensors.items()}
        older = json.dumps({**json.loads(state["progress"]), "patience": 3})
        for progress, kept in ((older, tensors), (state["progress"], renamed)):
            changed = {**state, "progress": progress, "sha256": _digest(progress, kept)}
            save_file(kept, checkpoint, changed)
            with pytest.raises(CheckpointError, match=r": written by another version of taggers \(.*; remove"):
                trainer(small()).resume()

    def test_none(self, checkpoint: Path, trainer: MakeTrainer, small: MakeConfig, weights: Weights) -> None:
        resumed, whole = trainer(small()), trainer(small())
        resumed.resume()
        resumed.run()
        whole.run()
        assert weights(resumed) == weights(whole)
