"""A training that was killed goes on with the same command and --resume, and ends bit by bit as if it had not been."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Command, Processes
    from tests.cli.process_server import Death

WEIGHTS = Path("run") / "weights.safetensors"


@pytest.fixture(scope="module")
def arguments(corpus: Path, small: list[str]) -> list[str]:
    """A short training with all that has to be remembered: running means, a schedule, dropout, dev scores."""
    values = [
        "training.epochs=2", "training.batch_tokens=64", "training.checkpoint_steps=3", "training.average=0.9",
        "training.schedule.patience=0", "model.encoder.recurrent_dropout=0.1",
    ]  # fmt: skip
    columns = ["--columns", "token,upos,ner", "--device", "cpu"]
    settings = [argument for value in values for argument in ("--set", value)]
    return ["train", "--train", str(corpus), "--dev", str(corpus), *columns, *small, *settings, "--output", "run"]


@pytest.fixture(scope="module")
def uninterrupted(
    processes: Processes, arguments: list[str], tmp_path_factory: pytest.TempPathFactory
) -> tuple[bytes, float]:
    """The weights of the training that nobody killed, and the seconds that it took."""
    folder = tmp_path_factory.mktemp("uninterrupted")
    started = time.perf_counter()
    assert processes.start(*arguments, folder=folder).wait() == 0
    return (folder / WEIGHTS).read_bytes(), time.perf_counter() - started


def test_ten_kills_at_random_moments_change_no_weight(
    processes: Processes, arguments: list[str], uninterrupted: tuple[bytes, float], tmp_path: Path
) -> None:
    weights, seconds = uninterrupted
    moments = random.Random(1)
    killed = 0
    for turn in range(10):
        folder = tmp_path / str(turn)
        folder.mkdir()
        process = processes.start(*arguments, folder=folder)
        time.sleep(moments.uniform(0.0, seconds))
        process.send(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        assert processes.start(*arguments, "--resume", folder=folder).wait() == 0
        assert (folder / WEIGHTS).read_bytes() == weights
        assert [path.name for path in folder.iterdir()] == ["run"]
    assert killed


DEATHS: dict[str, Death] = {
    "before the first checkpoint": {"call": "taggers.training.Trainer._step", "count": 2, "after": True},
    "while a checkpoint is written": {"call": "os.fsync", "count": 2, "after": False},
    "before a checkpoint is put in place": {"call": "pathlib.Path.replace", "count": 2, "after": False},
    "after the dev score": {"call": "taggers.training.Trainer._end_epoch", "count": 1, "after": True},
    "before the folder is put in place": {"call": "pathlib.Path.rename", "count": 1, "after": False},
    "after the folder was put in place": {"call": "pathlib.Path.rename", "count": 1, "after": True},
    "after the last clearing": {"call": "shutil.rmtree", "count": 2, "after": True},
}


@pytest.mark.parametrize("moment", DEATHS)
def test_a_kill_at_the_worst_moment_changes_no_weight(
    processes: Processes, arguments: list[str], uninterrupted: tuple[bytes, float], tmp_path: Path, moment: str
) -> None:
    process = processes.start(*arguments, folder=tmp_path, death=DEATHS[moment])
    assert process.wait() == -signal.SIGKILL
    assert processes.start(*arguments, "--resume", folder=tmp_path).wait() == 0
    assert (tmp_path / WEIGHTS).read_bytes() == uninterrupted[0]
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.fixture
def unfinished(processes: Processes, arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of a run killed after its first checkpoint; the current one is that of the run."""
    death: Death = {"call": "taggers.training.Trainer._step", "count": 5, "after": True}
    assert processes.start(*arguments, folder=tmp_path, death=death).wait() == -signal.SIGKILL
    monkeypatch.chdir(tmp_path)
    return tmp_path / "run.partial"


def test_an_unfinished_run_is_not_begun_anew_unasked(tagger: Command, arguments: list[str], unfinished: Path) -> None:
    before = (unfinished / "checkpoint.safetensors").read_bytes()
    assert tagger(*arguments).fault == (
        "run.partial holds an unfinished run; go on with --resume, or remove it to start anew"
    )
    assert (unfinished / "checkpoint.safetensors").read_bytes() == before


@pytest.mark.parametrize("change", [("--seed", "2"), ("--set", "training.epochs=3"), ("--columns", "token=0,ner=1")])
def test_other_settings_or_data_do_not_go_on_with_a_checkpoint(
    tagger: Command, arguments: list[str], unfinished: Path, change: tuple[str, str]
) -> None:
    before = (unfinished / "checkpoint.safetensors").read_bytes()
    fault = tagger(*arguments, *change, "--resume").fault
    assert fault.startswith("run.partial/checkpoint.safetensors: it belongs to other settings or data; resume with")
    assert (unfinished / "checkpoint.safetensors").read_bytes() == before


def test_a_run_goes_on_in_this_process_too(
    tagger: Command, arguments: list[str], unfinished: Path, uninterrupted: tuple[bytes, float]
) -> None:
    outcome = tagger(*arguments, "--resume")
    assert outcome.code == 0
    assert "resumed in epoch 1 after step 3\n" in outcome.err
    assert (unfinished.parent / WEIGHTS).read_bytes() == uninterrupted[0]


def test_resume_says_where_there_is_nothing_to_go_on_with(
    tagger: Command, arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "nothing to go on with in run.partial: the training begins\n" in tagger(*arguments, "--resume").err


def test_a_place_taken_while_the_run_lasted_is_one_line_that_says_where_the_model_is(
    tagger: Command, arguments: list[str], unfinished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take(self: Path, target: Path) -> None:
        raise FileExistsError(17, "File exists")

    monkeypatch.setattr(Path, "rename", take)
    fault = tagger(*arguments, "--resume").fault
    assert fault == "run: cannot be written: File exists; the model is in run.partial/model"


@pytest.mark.parametrize("kept", [0.0, 0.001, 0.5, 0.999])
def test_a_truncated_checkpoint_is_refused_in_one_line(
    tagger: Command, arguments: list[str], unfinished: Path, kept: float
) -> None:
    checkpoint = unfinished / "checkpoint.safetensors"
    content = checkpoint.read_bytes()
    checkpoint.write_bytes(content[: int(kept * len(content))])
    fault = tagger(*arguments, "--resume").fault
    assert fault.startswith("run.partial/checkpoint.safetensors: damaged checkpoint (")
    assert fault.endswith("; remove run.partial to start anew")


def test_a_finished_run_is_resumed_by_doing_nothing(tagger: Command, arguments: list[str], unfinished: Path) -> None:
    assert tagger(*arguments, "--resume").code == 0
    (unfinished.parent / "run" / "curves.png").stat()
    again = tagger(*arguments, "--resume")
    assert again.code == 0
    assert "run is finished already\n" in again.err
    assert "epoch" not in again.err
    assert tagger(*arguments).fault == "run exists already; choose another --output, or remove it"
    assert tagger(*arguments, "--seed", "2", "--resume").fault == (
        "run is a finished model of other settings or data; choose another --output"
    )
    assert [path.name for path in unfinished.parent.iterdir()] == ["run"]
