"""`tagger reproduce`: every kind of training done again from its record, and what is said of what is not the same."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from taggers import Corpus, Sentence, make_config
from taggers.checkpoint import RECORD
from taggers.runs import train_model

if TYPE_CHECKING:
    from tests.cli.conftest import Command, Outcome, Processes
    from tests.cli.process_server import Death

TAGGED = "Ada NOUN B-PER\nslept VERB O\n. PUNCT O\n\nObi NOUN B-PER\nsaw VERB O\nthe DET O\nsea NOUN O\n\n" * 4
SMALL = [
    "training.epochs=2", "training.batch_tokens=16", "model.encoder.hidden_size=4", "model.words.size=4",
    "model.casing.size=0", "model.characters.kind=none",
]  # fmt: skip
SAME = "the same weights, bit by bit\n"


def said(*settings: str) -> list[str]:
    """Small settings, and others, as arguments."""
    return [argument for setting in (*SMALL, *settings) for argument in ("--set", setting)]


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with small data of every kind."""
    folder = tmp_path_factory.mktemp("origin")
    (folder / "a.conll").write_text(TAGGED, encoding="utf-8")
    (folder / "a.csv").write_text("text,label\n" + "hello you,greeting\nso long,parting\n" * 4, encoding="utf-8")
    (folder / "a.conllu").write_text(
        "1\tseas\tsea\tNOUN\t_\t_\t_\t_\t_\t_\n\n1\tsaw\tsee\tVERB\t_\t_\t_\t_\t_\t_\n\n" * 4, encoding="utf-8"
    )
    (folder / "a.txt").write_text("the sea is wide .\nthe gull is white .\n" * 4, encoding="utf-8")
    (folder / "a.vec").write_text("".join(f"{w} {i} 1 0.5\n" for i, w in enumerate(["Ada", "Obi", "sea", "the"])))
    (folder / "card.toml").write_text(
        'name = "A"\nlanguage = "English"\ntask = "ner"\nformat = "columns"\ncolumns = ["token", "upos", "ner"]\n'
        'layer = "ner"\nlicence = "none"\nsource = "none"\n[layers]\nner = "IOB2"\n[splits.train]\nfile = "a.conll"\n'
        f'sha256 = "{"0" * 64}"\n',
        encoding="utf-8",
    )
    return folder


COLUMNS = ["--train", "a.conll", "--dev", "a.conll", "--columns", "token,upos,ner"]
KINDS = {
    "labelling": [*COLUMNS, "--test", "a.conll", *said("training.average=0.9", "model.encoder.recurrent_dropout=0.1")],
    "no dev": ["--train", "a.conll", "--dev", "none", "--columns", "token=0,ner=-1", *said()],
    "dev held out of a corpus with a card": ["--corpus", ".", *said("model.characters.kind=cnn")],
    "features and vectors": [*COLUMNS, *said("model.features.upos.size=3", "model.vectors.mine.path=a.vec")],
    "classification": ["--task", "classification", "--train", "a.csv", *said()],
    "transduction": ["--task", "transduction", "--layer", "lemma", "--train", "a.conllu", *said()],
    "language model": ["--task", "language_model", "--train", "a.txt", *said("task.steps=4")],
}


@pytest.fixture(scope="module")
def trained(tagger: Command, origin: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The model of a kind, trained once in the folder of the data and moved away."""
    models: dict[str, Path] = {}

    def train(kind: str) -> Path:
        if kind not in models:
            with pytest.MonkeyPatch.context() as patch:
                patch.chdir(origin)
                outcome = tagger("train", *KINDS[kind], "--output", "out/m", "--device", "cpu")
            assert outcome.code == 0, outcome.err
            models[kind] = Path(shutil.move(origin / "out/m", tmp_path_factory.mktemp("moved") / "m"))
        return models[kind]

    return train


@pytest.fixture
def model(trained: Callable[[str], Path], tmp_path: Path) -> Path:
    """A copy of a model that a test may change."""
    return Path(shutil.copytree(trained("labelling"), tmp_path / "copy"))


def rewrite(model: Path, name: str, content: bytes) -> None:
    """Put other content into a model, with the hash that goes with it."""
    (model / name).write_bytes(content)
    manifest = json.loads((model / "manifest.json").read_text(encoding="utf-8"))
    manifest["sha256"][name] = hashlib.sha256(content).hexdigest()
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (model / "manifest.json").write_text(text, encoding="utf-8")


def change(path: Path, edit: Callable[[dict[str, Any]], object]) -> bytes:
    """The JSON of a file with a change."""
    values = json.loads(path.read_text(encoding="utf-8"))
    edit(values)
    return (json.dumps(values, indent=2, ensure_ascii=False) + "\n").encode()


def differing(outcome: Outcome) -> str:
    """What a command said that found other weights."""
    assert outcome.code == 1, outcome.err
    return outcome.out.decode()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_training_gives_the_same_bits(
    tagger: Command, trained: Callable[[str], Path], tmp_path: Path, kind: str
) -> None:
    outcome = tagger("reproduce", trained(kind), "--output", tmp_path / "again")
    assert outcome.text.endswith(SAME)
    assert outcome.text.startswith("trained by: tagger train ")
    assert "note: " not in outcome.text
    for name in ("weights.safetensors", "vocabulary.json", "config.json", "scores.json", "manifest.json"):
        assert (tmp_path / "again" / name).read_bytes() == (trained(kind) / name).read_bytes()
    assert "dev: " not in outcome.text or "(the same)\n" in outcome.text
    assert [path.name for path in tmp_path.iterdir()] == ["again"]


def test_a_tagger_that_reads_language_models_is_trained_again_from_its_copies_of_them(
    tagger: Command, origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(origin, tmp_path / "data")
    monkeypatch.chdir(tmp_path / "data")
    for way in ("forward", "backward"):
        settings = said("task.steps=4", f"task.direction={way}")
        writer = tagger("train", "--task", "language_model", "--train", "a.txt", *settings, "--output", way)
        assert writer.code == 0, writer.err
    read = said(*(f"model.contextual.both.{way}={way}" for way in ("forward", "backward")))
    assert tagger("train", *COLUMNS, *read, "--output", "m", "--device", "cpu").code == 0
    assert tagger("reproduce", "m").text.endswith(SAME)
    shutil.rmtree("forward")
    text = tagger("reproduce", "m").text
    assert "model.contextual.both.forward: m/contextual-1-forward: the same\n" in text
    assert "model.contextual.both.backward: backward: the same\n" in text
    assert text.endswith(SAME)


def test_the_model_trained_last_is_the_default_and_what_is_trained_again_goes_away(
    tagger: Command, origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(origin / "a.conll", tmp_path)
    monkeypatch.chdir(tmp_path)
    assert tagger("train", *COLUMNS, *said(), "--device", "cpu").code == 0
    assert tagger("reproduce").text.endswith(SAME)
    assert sorted(path.name for path in tmp_path.rglob("*") if path.parent.name != "a") == [
        "a", "a.conll", "latest", "models"
    ]  # fmt: skip


def test_a_run_that_was_killed_and_resumed_gives_the_bits_of_one_that_was_not(
    tagger: Command, processes: Processes, origin: Path, tmp_path: Path
) -> None:
    shutil.copy(origin / "a.conll", tmp_path)
    command = ["train", *COLUMNS, *said("training.checkpoint_steps=2"), "--output", "m", "--device", "cpu"]
    death: Death = {"call": "taggers.training.Trainer._step", "count": 3, "after": True}
    assert processes.start(*command, folder=tmp_path, death=death).wait() == -signal.SIGKILL
    assert (tmp_path / "m.partial" / "checkpoint.safetensors").exists()
    assert processes.start(*command, "--resume", folder=tmp_path).wait() == 0
    text = tagger("reproduce", tmp_path / "m").text
    assert "--resume\n" in text
    assert text.endswith(SAME)


def test_a_reproduction_that_was_killed_goes_on(
    tagger: Command, processes: Processes, model: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again"
    death: Death = {"call": "taggers.training.Trainer._end_epoch", "count": 2, "after": False}
    process = processes.start("reproduce", model, "--output", again, folder=tmp_path, death=death)
    assert process.wait() == -signal.SIGKILL
    assert (tmp_path / "again.partial" / "checkpoint.safetensors").exists()
    outcome = tagger("reproduce", model, "--output", again)
    assert "resumed in epoch 2 " in outcome.err
    assert outcome.text.endswith(SAME)
    assert tagger("reproduce", model, "--output", again).fault == (
        f"{again} exists already; choose another --output, or remove it"
    )


class TestData:
    """Where the files are looked for, and what is said of those that are not what they were."""

    def test_the_folder_that_it_runs_in_comes_before_that_of_the_run(
        self, tagger: Command, model: Path, origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        moved = tmp_path / "moved"
        shutil.copytree(origin, moved)
        monkeypatch.chdir(moved)
        assert "\ndata.train: a.conll: the same\n" in tagger("reproduce", model).text
        (moved / "a.conll").write_text("another O\n", encoding="utf-8")  # but the run's own is still there
        assert f"\ndata.train: {origin}/a.conll: the same\n" in tagger("reproduce", model).text

    def test_paths_below_the_folder_of_corpora_hold_wherever_that_is(
        self, tagger: Command, origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shutil.copytree(origin, tmp_path / "here" / "some")
        monkeypatch.setenv("TAGGERS_DATA", str(tmp_path / "here"))
        (tmp_path / "run.toml").write_text(
            '[data]\ntrain = "$TAGGERS_DATA/some/a.conll"\ndev = "none"\n', encoding="utf-8"
        )
        assert tagger("train", tmp_path / "run.toml", *said(), "--output", tmp_path / "m").code == 0
        files = json.loads((tmp_path / "m" / RECORD).read_text(encoding="utf-8"))["files"]
        assert [file["path"] for file in files.values()] == ["$TAGGERS_DATA/some/a.conll"]
        (tmp_path / "here").rename(tmp_path / "there")
        missing = tagger("reproduce", tmp_path / "m")
        assert b"data.train: $TAGGERS_DATA/some/a.conll: not there; set TAGGERS_DATA to the folder" in missing.out
        assert missing.fault.startswith("not what the training read: 1 of 1 file; ")
        monkeypatch.delenv("TAGGERS_DATA")
        assert tagger("reproduce", tmp_path / "m").code == 2
        monkeypatch.setenv("TAGGERS_DATA", str(tmp_path / "there"))
        assert tagger("reproduce", tmp_path / "m").text.endswith(SAME)

    def test_the_corpora_of_the_checkout_are_found_from_anywhere(self) -> None:
        from taggers.record import _portable, _roots

        path = _portable(str(Path(__file__).parents[2] / "configs" / ".." / "corpora" / "english" / "dev.conll"))
        assert path == "$TAGGERS/corpora/english/dev.conll"
        assert (Path(_roots()["$TAGGERS"]) / "corpora" / "english" / "dev.conll").exists()

    def test_each_file_that_changed_or_is_gone_has_its_line_and_nothing_is_trained(
        self, tagger: Command, trained: Callable[[str], Path], origin: Path, tmp_path: Path
    ) -> None:
        other = tmp_path / "other"
        shutil.copytree(origin, other)
        model = Path(shutil.copytree(trained("features and vectors"), tmp_path / "m"))
        record = change(model / RECORD, lambda values: values.update(folder=str(other)))
        (model / RECORD).write_bytes(record)
        (other / "a.conll").write_text(TAGGED.replace("slept", "wept"), encoding="utf-8")
        (other / "a.vec").unlink()
        outcome = tagger("reproduce", model)
        assert outcome.out.decode().splitlines()[1:] == [
            f"data.train: {other}/a.conll: CHANGED since the training read it (SHA-256 differs)",
            f"data.dev: {other}/a.conll: CHANGED since the training read it (SHA-256 differs)",
            f"model.vectors.mine.path: a.vec: not there, nor seen from {other}, where the training ran",
        ]
        assert outcome.fault == "not what the training read: 3 of 3 files; put back what it read, or train anew"
        assert "epoch" not in outcome.err

    def test_the_folder_that_it_runs_in_may_be_the_data(
        self, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from taggers.checkpoint import load_folder
        from taggers.digests import digest_of
        from taggers.record import find_files, load_record

        (tmp_path / "corpus").mkdir()
        (tmp_path / "corpus" / "1.txt").write_text("sea")
        monkeypatch.chdir(tmp_path / "corpus")

        def here(values: dict[str, Any]) -> None:
            values["files"]["data.train"] = {"path": ".", "sha256": digest_of("data.train", ".")}

        (model / RECORD).write_bytes(change(model / RECORD, here))
        folder = load_folder(model)
        assert find_files(folder, load_record(folder))[0].problem is None

    def test_a_folder_of_files_is_known_by_its_names_too(self, tmp_path: Path) -> None:
        from taggers.digests import digest_of

        (tmp_path / "corpus" / "good").mkdir(parents=True)
        (tmp_path / "corpus" / "good" / "1.txt").write_text("sea")
        before = digest_of("data.train", str(tmp_path / "corpus"))
        (tmp_path / "corpus" / "good").rename(tmp_path / "corpus" / "bad")
        assert before != digest_of("data.train", str(tmp_path / "corpus"))
        assert digest_of("data.train", str(tmp_path / "nothing")) is None


class TestDifferences:
    """What is said where the weights are others."""

    def test_another_seed_gives_other_weights(self, tagger: Command, model: Path) -> None:
        def reseed(values: dict[str, Any]) -> None:
            values["config"]["training"]["seed"] = 2

        rewrite(model, "config.json", change(model / "config.json", reseed))
        text = differing(tagger("reproduce", model))
        assert SAME not in text
        assert "OTHER WEIGHTS: " in text
        assert " numbers, by " in text
        assert "  and " in text

    def test_one_changed_number_is_found_with_its_tensor_and_size(self, tagger: Command, model: Path) -> None:
        weights = load_file(model / "weights.safetensors")
        name = next(name for name in weights if name.startswith("encoder."))
        weights[name].flat[0] += np.float32(0.5)
        save_file(weights, model / "weights.safetensors")
        rewrite(model, "weights.safetensors", (model / "weights.safetensors").read_bytes())
        lines = differing(tagger("reproduce", model)).splitlines()
        assert lines[-2:] == [
            "OTHER WEIGHTS: in 1 tensor, by 0.5 at most",
            f"  {name}: 1 of {weights[name].size:,} numbers, by 0.5 at most",
        ]
        assert any(line.startswith("dev: ") and line.endswith(" (the same)") for line in lines)

    def test_other_scores_are_shown_side_by_side(self, tagger: Command, model: Path) -> None:
        def worse(values: dict[str, Any]) -> None:
            values["dev"]["accuracy"] = 0.125

        rewrite(model, "scores.json", change(model / "scores.json", worse))
        text = tagger("reproduce", model).text
        assert "\ndev then: " in text
        assert "accuracy 12.50" in text
        assert "\ndev now: " in text

    def test_a_tensor_of_another_shape_and_one_that_is_missing(self, tmp_path: Path) -> None:
        from taggers.reproduction import differences

        save_file({"a": np.zeros(2), "b": np.zeros(1), "same": np.array([np.nan])}, tmp_path / "one")
        save_file({"a": np.zeros(3), "c": np.zeros(1), "same": np.array([np.nan])}, tmp_path / "other")
        found = {d.tensor: d.what for d in differences(tmp_path / "one", tmp_path / "other")}
        shapes, alone = "float64 [2] then, float64 [3] now", "in one of the two alone"
        assert found == {"a": shapes, "b": alone, "c": alone}

    def test_the_sign_of_zero_is_a_bit(self, tmp_path: Path) -> None:
        from taggers.reproduction import differences

        save_file({"a": np.array([0.0, 1.0])}, tmp_path / "one")
        save_file({"a": np.array([-0.0, 1.0])}, tmp_path / "other")
        assert [d.what for d in differences(tmp_path / "one", tmp_path / "other")] == ["1 of 2 numbers, by 0 at most"]

    def test_another_version_or_processor_is_noted(self, tagger: Command, model: Path) -> None:
        def age(values: dict[str, Any]) -> None:
            values["provenance"]["versions"] |= {"torch": "1.0"}

        rewrite(model, "config.json", change(model / "config.json", age))
        record = change(model / RECORD, lambda values: values["machine"].update(processor="an abacus"))
        (model / RECORD).write_bytes(record)
        text = tagger("reproduce", model).text
        assert "\nnote: torch: 1.0 then, " in text
        assert "\nnote: processor: an abacus then, " in text


class TestFaults:
    """Models that nothing can be reproduced of."""

    def test_a_model_without_a_record(self, tagger: Command, model: Path) -> None:
        (model / RECORD).unlink()
        assert tagger("reproduce", model).fault == (
            f"{model}: holds no run.json, the record of its training; restore it, or train anew by this version, "
            "which writes one"
        )
        assert tagger("info", "--model", model).code == 0

    def test_a_model_of_an_earlier_format(self, tagger: Command, model: Path) -> None:
        (model / "manifest.json").write_bytes(change(model / "manifest.json", lambda v: v.update(format_version=4)))
        assert tagger("reproduce", model).fault.startswith(f"{model}: model format 4, this version reads 5; ")

    @pytest.mark.parametrize(
        ("content", "fault"),
        [
            ("{", ": cannot be read ("),
            ("[]", ": expected a JSON object; "),
            ('{"command": 1, "folder": "", "files": {}, "machine": {}}', ": command: "),
            ('{"command": "", "folder": "", "files": {}, "machine": {}}', ": no file of training data: "),
            (
                '{"command": "", "folder": "", "machine": {}, "files": {"data.train": {"path": "a", "sha256": null}, '
                '"model.vectors.no.path": {"path": "a", "sha256": null}}}',
                ": files: missing or unknown: model.vectors.no.path; ",
            ),
        ],
    )
    def test_a_record_that_is_none(self, tagger: Command, model: Path, content: str, fault: str) -> None:
        (model / RECORD).write_text(content, encoding="utf-8")
        assert tagger("reproduce", model).fault.startswith(f"{model / RECORD}{fault}")

    def test_a_record_cannot_steer_the_terminal(self, tagger: Command, model: Path) -> None:
        def steer(values: dict[str, Any]) -> None:
            values["command"] = "tagger\n\x1b[2J"
            values["machine"]["processor"] = "\x1b[2J"
            values["files"]["data.train"]["path"] = "\x1b[2J"

        (model / RECORD).write_bytes(change(model / RECORD, steer))
        shown = tagger("reproduce", model).out.decode()
        assert "\x1b" not in shown
        assert shown.startswith("trained by: tagger\\n\\x1b[2J\ndata.train: \\x1b[2J: not there")

    def test_what_could_be_read_once(self, tagger: Command, model: Path) -> None:
        def pipe(values: dict[str, Any]) -> None:
            values["files"]["data.train"] = {"path": "/dev/stdin", "sha256": None}

        (model / RECORD).write_bytes(change(model / RECORD, pipe))
        outcome = tagger("reproduce", model)
        assert b"data.train: /dev/stdin: was no file, or one that can be read once\n" in outcome.out
        assert outcome.fault.startswith("not what the training read: 1 of 3 files; ")

    def test_sentences_of_a_program(self, tagger: Command, origin: Path, tmp_path: Path) -> None:
        corpus = Corpus.of([Sentence(("Ada",), {"tag": ("B-PER",)})] * 3)
        train_model(make_config({}, SMALL), corpus, tmp_path / "m", "cpu")
        assert "a program gave it sentences" in tagger("reproduce", tmp_path / "m").fault
        named = make_config({}, [*SMALL, f"data.train={origin / 'a.conll'}", "data.dev=none"])
        train_model(named, corpus, tmp_path / "n", "cpu")
        assert tagger("reproduce", tmp_path / "n").fault == (
            f"{tmp_path / 'n'}: its files give other sentences for train than were trained on; a program changed them, "
            "or another version of taggers reads them"
        )

    def test_no_model(self, tagger: Command, tmp_path: Path) -> None:
        assert tagger("reproduce", tmp_path / "m").fault.startswith(f"{tmp_path / 'm'}/manifest.json: missing; ")


def test_info_shows_the_record(tagger: Command, trained: Callable[[str], Path], origin: Path) -> None:
    facts = json.loads(tagger("info", "--model", trained("labelling"), "--json").text)
    assert facts["run"]["command"].startswith("tagger train --train a.conll --dev a.conll ")
    assert facts["run"]["folder"] == str(origin)
    assert {"platform", "processor", "instructions"} == facts["run"]["machine"].keys()
    digest = hashlib.sha256((origin / "a.conll").read_bytes()).hexdigest()
    assert facts["files"]["data.dev"] == {"path": "a.conll", "sha256": digest}
    assert list(facts["epochs"]) == ["1", "2"]
    assert {"loss", "score", "learning_rate"} <= facts["epochs"]["2"].keys()
    assert "numba" in facts["versions"]
    text = tagger("info", "--model", trained("labelling")).text
    assert "\nrun:\n  command: tagger train --train a.conll " in text
    assert f"\n  data.train: path a.conll, sha256 {digest}\n" in text


def test_info_names_a_log_that_is_none(tagger: Command, model: Path) -> None:
    (model / "log.jsonl").write_text("1\n", encoding="utf-8")
    assert tagger("info", "--model", model).fault.startswith(f"{model}/log.jsonl: not a log of epochs ")
