"""`tagger train`: what it takes, what it says, where the model goes."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

from taggers.checkpoint import latest_model, load_folder
from taggers.cli.progress import Progress
from taggers.cli.train import EMBEDDED

if TYPE_CHECKING:
    from tests.cli.conftest import Command, Processes

LAYERS = ("--columns", "token,upos,ner")
ONCE = ("--set", "training.epochs=1", "--set", "training.batch_tokens=64")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, corpus: Path) -> Path:
    """A working folder with a corpus in it."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(corpus, "some.conll")
    return tmp_path


def test_one_command_trains_and_a_second_tags(tagger: Command, small: list[str]) -> None:
    outcome = tagger("train", "--train", "some.conll", "--dev", "some.conll", "--test", "some.conll", *ONCE, *small)
    dev, test, model, following = outcome.text.splitlines()
    number = r"\d+\.\d\d"
    sure = rf"\({number} to {number}\)"
    scores = rf"lenient F1 {number} {sure}; strict F1 {number}; precision {number}; recall {number}; accuracy {number}"
    assert re.fullmatch(f"dev: {scores}", dev)
    assert test == dev.replace("dev", "test")
    assert model == "model: models/some"
    assert following == "next:  echo 'Your text here.' | tagger tag"
    assert "  tag: IOB2\n" in outcome.err
    assert re.search(r"^model: [\d,]+ weights \(words [\d,]+, characters [\d,]+, casing ", outcome.err, re.MULTILINE)
    assert re.search(rf"^epoch +1  loss +{number}\d\d  dev +{number} \*  rate 0.02  ", outcome.err, re.MULTILINE)
    assert tagger("tag", stdin=b"Ada slept.\n").text == "Ada slept.\n"


def test_models_get_a_name_of_their_own_and_the_last_one_is_the_default(tagger: Command, small: list[str]) -> None:
    command = ("train", "--train", "some.conll", "--dev", "none", *ONCE, *small)
    assert "model: models/some\n" in tagger(*command).text
    assert "model: models/some-2\n" in tagger(*command, "--seed", 2).text
    assert latest_model(Path("models")) == Path("models/some-2")
    assert load_folder(Path("models/some-2")).config.training.seed == 2
    named = tagger(*command, "--output", "elsewhere")
    assert named.text.splitlines()[-1] == "next:  echo 'Your text here.' | tagger tag --model elsewhere"
    spaced = tagger(*command, "--output", "else where").text
    assert spaced.splitlines()[-1].endswith("tagger tag --model 'else where'")
    assert latest_model(Path("models")) == Path("models/some-2")
    assert tagger(*command, "--output", "models/mine").text.splitlines()[-1].endswith("| tagger tag")
    assert latest_model(Path("models")) == Path("models/mine")


def test_resume_finds_the_run_that_was_not_finished(
    tagger: Command, processes: Processes, small: list[str], elsewhere: Path
) -> None:
    command = ("train", "--train", "some.conll", "--dev", "none", *ONCE, *small)
    assert tagger(*command, "--resume").code == 0  # nothing to go on with: it begins
    death = {"call": "taggers.training.Trainer.run", "count": 1, "after": True}
    process = processes.start(*command, folder=elsewhere, death=death)  # type: ignore[arg-type]
    assert process.wait() == -signal.SIGKILL
    assert tagger(*command).code == 0  # models/some-3, beside it
    resumed = tagger(*command, "--resume")
    assert "writing to models/some-2\n" in resumed.err
    assert "resumed in epoch 2 " in resumed.err
    assert sorted(path.name for path in Path("models").iterdir()) == ["latest", "some", "some-2", "some-3"]
    again = tagger(*command, "--resume")
    assert "models/some-3 is finished already\n" in again.err


def wait_for(sign: str, file: Path) -> None:
    """Until a process has written it."""
    deadline = time.monotonic() + 120
    while sign not in file.read_text(encoding="utf-8"):
        assert time.monotonic() < deadline, file.read_text(encoding="utf-8")
        time.sleep(0.01)


def test_ctrl_c_ends_training_without_a_traceback_and_it_can_go_on(
    tagger: Command, processes: Processes, small: list[str], elsewhere: Path
) -> None:
    command = ("train", "--train", "some.conll", "--dev", "none", "--output", "run", *ONCE, *small)
    endless = ("--set", "training.epochs=100000")
    errors = Path("err")
    with errors.open("wb") as stream:
        process = processes.start(*command, *endless, folder=elsewhere, stderr=stream)
        wait_for("epoch   2", errors)
        process.send(signal.SIGINT)
        assert process.wait() == 128 + signal.SIGINT
    assert "Traceback" not in errors.read_text(encoding="utf-8")
    assert tagger(*command, *endless).fault.startswith("run.partial holds an unfinished run; go on with --resume")


def test_a_request_to_end_that_a_library_has_lost_is_heard_at_the_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    for asked, raised in ((signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)):
        monkeypatch.setattr("taggers.cli.ending._asked", asked)
        with pytest.raises(raised):
            Progress().on_step(0, 1, 2, None)


def test_the_request_to_end_leaves_nothing_half_written(
    processes: Processes, small: list[str], elsewhere: Path
) -> None:
    command = ("train", "--train", "some.conll", "--dev", "none", *small)
    often = ("--set", "training.epochs=100000", "--set", "training.checkpoint_steps=1")
    errors = Path("err")
    for _ in range(3):
        with errors.open("wb") as stream:
            process = processes.start(*command, *often, "--resume", folder=elsewhere, stderr=stream)
            wait_for("epoch ", errors)
            process.send(signal.SIGTERM)
            assert process.wait() == 128 + signal.SIGTERM
        assert "Traceback" not in errors.read_text(encoding="utf-8")
        assert {path.name for path in Path("models").rglob("*")} == {"some.partial", "checkpoint.safetensors"}


def test_two_processes_do_not_go_on_with_one_run(
    tagger: Command, processes: Processes, small: list[str], elsewhere: Path
) -> None:
    command = ("train", "--train", "some.conll", "--dev", "none", "--set", "training.epochs=100000", *small)
    errors = Path("err")
    with errors.open("wb") as stream:
        process = processes.start(*command, folder=elsewhere, stderr=stream)
        wait_for("epoch ", errors)
        fault = tagger(*command, "--resume").fault
        process.send(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    assert fault == "models/.some.lock: another process is at work here; wait for its end, or end it"


def test_a_folder_in_the_place_of_the_last_name_is_said_before_training(tagger: Command, small: list[str]) -> None:
    Path("models/latest").mkdir(parents=True)
    fault = tagger("train", "--train", "some.conll", *small).fault
    assert fault.startswith("models/latest is a folder, where the name of the last model belongs")


def test_what_needs_more_memory_than_there_is_ends_in_one_line(
    tagger: Command, small: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(*arguments: object) -> None:
        torch.empty(1 << 60, dtype=torch.uint8)

    monkeypatch.setattr("taggers.runs.build_model", build)
    fault = tagger("train", "--train", "some.conll", "--dev", "none", *small).fault
    assert fault.startswith("there is not enough memory for this training; lower training.batch_tokens, or the sizes")
    assert list(Path("models").iterdir()) == []


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        (("--device", "cuda:99"), "--device cuda:99: torch sees "),
        (("--device", "moon"), "--device moon: expected auto, cpu"),
        (("--set", 'model.contextual.raw={forward="there", backward="back"}'), "there"),
        (("--set", 'model.vectors.mine={path="words.txt"}'), "words.txt: cannot be read: No such file"),
    ],
)
@pytest.mark.parametrize("more", [(), ("--folds", "2")])
def test_what_a_run_lacks_is_said_before_its_data_is_read(
    tagger: Command, said: tuple[str, str], fault: str, more: tuple[str, ...]
) -> None:
    Path("broken.conll").write_text("one\n", "utf-8")  # which reading would refuse
    assert tagger("train", "--train", "broken.conll", *said, *more).fault.startswith(fault)
    assert sorted(path.name for path in Path().iterdir()) == ["broken.conll", "some.conll"]


def test_the_name_of_the_pointer_is_no_name_for_a_model(tagger: Command, small: list[str]) -> None:
    Path("some.conll").rename("latest.conll")
    assert tagger("train", "--train", "latest.conll", "--output", "models/latest").fault.startswith(
        "--output models/latest: that file holds the name of the last model"
    )
    assert tagger("train", "--train", "latest.conll", "--dev", "none", *ONCE, *small).code == 0
    assert latest_model(Path("models")) == Path("models/latest-2")


def test_a_name_of_other_bytes_than_utf_8_is_a_name(tagger: Command, small: list[str]) -> None:
    name = os.fsdecode(b"\xff")
    Path("some.conll").rename(f"{name}.conll")
    outcome = tagger("train", "--train", f"{name}.conll", "--dev", "none", *ONCE, *small)
    assert b"model: models/\\udcff\n" in outcome.out
    assert latest_model(Path("models")) == Path("models") / name
    assert tagger("info").code == 0


class TestDev:
    """What training looks at while it runs."""

    def test_without_dev_a_tenth_of_whole_documents_is_held_out_and_named(
        self, tagger: Command, small: list[str]
    ) -> None:
        document = "-DOCSTART- O\n\n" + "Ada B-PER\nslept O\n\n" * 2
        Path("documents.conll").write_text(document * 10, encoding="utf-8")
        outcome = tagger("train", "--train", "documents.conll", *ONCE, *small)
        held = re.search(
            r"dev: none named; 1 of 10 documents of train held out \(2 sentences, seed 1\), the first at (\S+):(\d+)\n",
            outcome.err,
        )
        assert held is not None
        assert held[1] == "documents.conll"
        assert (int(held[2]) - 3) % 8 == 0  # the first token of a document
        folder = load_folder(Path("models/documents"))
        assert [folder.provenance["data"][split]["sentences"] for split in ("train", "dev")] == [18, 2]

    def test_none_trains_a_fixed_number_of_epochs(self, tagger: Command, small: list[str]) -> None:
        command = ("train", "--train", "some.conll", "--dev", "none", *small)
        outcome = tagger(*command, "--set", "training.epochs=3", "--set", "training.patience=1")
        assert outcome.text.startswith("model: ")
        log = Path("models/some/log.jsonl").read_text(encoding="utf-8").splitlines()
        assert [json.loads(line)["epoch"] for line in log] == [1, 2, 3]
        assert {json.loads(line)["score"] for line in log} == {None}

    def test_one_sentence_cannot_be_held_out(self, tagger: Command, small: list[str]) -> None:
        Path("one.conll").write_text("Ada B-PER\nslept O\n", encoding="utf-8")
        fault = "the training data is a single sentence or document: name --dev, or train with --dev none"
        assert tagger("train", "--train", "one.conll", *ONCE, *small).fault == fault
        assert tagger("train", "--train", "one.conll", "--dev", "none", *ONCE, *small).code == 0

    def test_labels_that_only_dev_holds_are_reported(self, tagger: Command, small: list[str]) -> None:
        Path("dev.conll").write_text("Ada B-SHIP\nslept O\n", encoding="utf-8")
        outcome = tagger("train", "--train", "some.conll", "--dev", "dev.conll", *ONCE, *small)
        assert outcome.code == 0
        assert "dev holds labels that train does not: SHIP; they count as missed\n" in outcome.err
        assert "SHIP" not in load_folder(Path("models/some")).task.labels


class TestFolds:
    """Cross-validation."""

    def test_folds_with_mean_and_spread(self, tagger: Command, small: list[str]) -> None:
        whole = Path("some.conll").read_text(encoding="utf-8")
        Path("some.conll").write_text(whole.replace("-DOCSTART-\tX\tO\n", ""), encoding="utf-8")
        outcome = tagger("train", "--train", "some.conll", *LAYERS, "--layer", "upos", "--folds", 3, *small)
        *folds, mean = outcome.text.splitlines()
        accuracies = []
        for turn, line in enumerate(folds, start=1):
            sure = r"accuracy (\S+) \(\S+ to \S+\)"
            found = re.fullmatch(rf"fold {turn}: held out: {sure}; accuracy, unknown words \S+", line)
            assert found is not None
            accuracies.append(float(found[1]))
        found = re.fullmatch(r"3 folds, accuracy: mean (\S+), standard deviation (\S+)", mean)
        assert found is not None
        assert float(found[1]) == pytest.approx(statistics.mean(accuracies), abs=0.01)
        assert float(found[2]) == pytest.approx(statistics.stdev(accuracies), abs=0.01)
        assert not Path("models").exists()

    def test_all_of_train_is_divided(self, tagger: Command, small: list[str]) -> None:
        Path("ten.conll").write_text("Ada B-PER\nslept O\n\n" * 10, encoding="utf-8")
        outcome = tagger("train", "--train", "ten.conll", "--folds", 2, *ONCE, *small)
        assert outcome.err.count(": 5 sentences held out\n") == 2

    def test_more_folds_than_documents_are_refused(self, tagger: Command, small: list[str]) -> None:
        Path("two.conll").write_text("Ada B-PER\n\nslept O\n", encoding="utf-8")
        for number in (1, 3):
            fault = tagger("train", "--train", "two.conll", "--folds", number, *ONCE, *small).fault
            assert fault == f"--folds {number}: expected between 2 and the number of documents, 2"

    def test_folds_that_leave_no_dev_are_refused_before_the_first(self, tagger: Command, small: list[str]) -> None:
        Path("three.conll").write_text("Ada B-PER\n\nslept O\n\nObi B-PER\n", encoding="utf-8")
        command = ("train", "--train", "three.conll", "--folds", 2, *ONCE, *small)
        outcome = tagger(*command)
        assert outcome.fault.startswith("--folds 2: a fold leaves a single sentence or document to train on, and none ")
        assert "fold 1" not in outcome.err
        assert tagger(*command, "--dev", "none").code == 0

    @pytest.mark.parametrize("option", [("--output", "run"), ("--resume",)])
    def test_what_folds_cannot_do_is_refused(self, tagger: Command, option: tuple[str, ...]) -> None:
        fault = tagger("train", "--train", "some.conll", "--folds", 2, *option).fault
        assert fault == "--folds writes no model: leave out --output and --resume (see tagger train --help)"

    @pytest.mark.parametrize(
        "option",
        [("--test", "some.conll"), ("--dev", "some.conll"), ("--set", "data.test=x"), ("--set", "data.dev=x")],
    )
    def test_files_that_folds_would_not_read_are_refused(self, tagger: Command, option: tuple[str, ...]) -> None:
        fault = tagger("train", "--train", "some.conll", "--folds", 2, *option).fault
        assert fault.startswith("--folds scores parts of train: leave out --test and --dev")


class TestPartial:
    """Gold that leaves some tags open."""

    TEXT = "Ada B-PER\nsaw ?\nRio B-PER|B-LOC\n\nObi B-PER\nslept O\n\n"

    def test_it_trains_when_settings_say_so(self, tagger: Command, small: list[str]) -> None:
        Path("partial.conll").write_text(self.TEXT * 5, encoding="utf-8")
        command = ("train", "--train", "partial.conll", "--dev", "none", "--set", "data.partial=true", *small)
        assert tagger(*command, *ONCE).code == 0
        assert load_folder(Path("models/partial")).task.labels == ("LOC", "PER")
        assert "?" not in tagger("tag", "--output", "columns", stdin=b"Ada saw Rio\n").text

    def test_it_is_refused_with_its_place_where_they_do_not(self, tagger: Command, small: list[str]) -> None:
        Path("partial.conll").write_text("Ada B-PER\nslept O\n\n" * 9 + self.TEXT, encoding="utf-8")
        fault = tagger("train", "--train", "partial.conll", "--dev", "none", *small).fault
        assert fault.startswith("partial.conll:29: expected O or B- I- with a label (IOB2), found '?'")
        assert "partial" in fault.partition("found")[2]

    def test_it_is_not_scored(self, tagger: Command, small: list[str]) -> None:
        Path("partial.conll").write_text(self.TEXT * 5, encoding="utf-8")
        command = ("train", "--train", "partial.conll", "--set", "data.partial=true", *small)
        assert tagger(*command).fault.startswith("partly annotated training data: name fully annotated --dev data, or ")
        assert tagger(*command, "--dev", "partial.conll").fault.startswith("partial.conll:2: ")
        assert tagger(*command, "--folds", 2).fault.startswith("data.partial: partly annotated data cannot be scored; ")

    MARKED = '{"text": "Ada saw Rio", "label": [[0, 3, "PER"]]}\n{"text": "Obi slept well", "label": [[0, 3, "PER"]]}\n'

    def test_text_that_nobody_labelled_trains_with_an_expected_share(self, tagger: Command, small: list[str]) -> None:
        Path("marked.jsonl").write_text(self.MARKED * 5, encoding="utf-8")
        command = ("train", "--train", "marked.jsonl", "--dev", "none", "--set", "data.unlabelled=unknown")
        outcome = tagger(*command, "--layer", "ner", *ONCE, *small)
        assert outcome.code == 0
        assert outcome.err.count("no token of train is sure to be outside spans") == 1
        assert "say what share of the tokens is inside, such as task.entity_ratio.expected=0.15" in outcome.err
        outcome = tagger(*command, "--layer", "ner", "--set", "task.entity_ratio.expected=0.33", *ONCE, *small)
        assert outcome.code == 0
        assert "outside spans" not in outcome.err
        fault = tagger(*command, "--layer", "ner", "--set", "task.entity_ratio.expected=0.1", *ONCE, *small).fault
        assert fault.startswith("task.entity_ratio.expected: expected at most 15.0% inside, with a margin of 5.0%")
        assert not list(Path("models").glob("*.partial"))

    @pytest.mark.parametrize(
        ("values", "fault"),
        [
            (["task.entity_ratio.expected=1.5"], "expected a share between 0 and 1, or 'dev', found 1.5"),
            (["task.entity_ratio.expected=0"], "expected a share between 0 and 1, or 'dev', found 0"),
            (["task.entity_ratio.expected=train"], "expected a share between 0 and 1, or 'dev', found 'train'"),
            (["task.entity_ratio.margin=-1"], "task.entity_ratio.margin: "),
            (["task.entity_ratio.weight=0"], "task.entity_ratio.weight: "),
            (["data.unlabelled=maybe"], "data.unlabelled: "),
            (
                ["task.entity_ratio.expected=0.2", "model.head.kind=softmax", "data.partial=true"],
                "model.head.kind: expected 'crf' with task.entity_ratio, found 'softmax'",
            ),
            (
                ["task.entity_ratio.expected=0.2"],
                "task.entity_ratio: it is for partly annotated training data; say data.partial=true or ",
            ),
        ],
    )
    def test_settings_that_make_no_sense_are_refused(self, tagger: Command, values: list[str], fault: str) -> None:
        said = [argument for value in values for argument in ("--set", value)]
        outcome = tagger("train", "--train", "some.conll", *said)
        assert outcome.code == 2
        assert fault in outcome.err
        assert "Traceback" not in outcome.err


class TestData:
    """Which files, and how they are read."""

    def test_conllu_is_known_by_its_name(self, tagger: Command, small: list[str]) -> None:
        rows = "".join(f"{n}\tAda\t_\tPROPN" + "\t_" * 6 + "\n" for n in (1, 2))
        Path("a.conllu").write_text(f"# text\n{rows}\n" * 3, encoding="utf-8")
        assert tagger("train", "--train", "a.conllu", "--dev", "none", *ONCE, *small).code == 0
        assert load_folder(Path("models/a")).task.tags == ("PROPN",)
        named = ("--train", "a.conllu", "--input", "conllu", "--layer", "xpos", "--output", "b")
        assert tagger("train", *named, "--dev", "none", *ONCE, *small).code == 0

    def test_columns_by_name_or_place(self, tagger: Command, small: list[str]) -> None:
        command = ("train", "--train", "some.conll", "--dev", "none", *ONCE, *small)
        for output, options in {
            "a": ("--columns", "token,upos,ner"),
            "b": ("--columns", "token=0,ner=2"),
            "c": ("--set", 'data.columns=["token", "upos", "ner"]', "--set", "task.layer=ner"),
        }.items():
            assert tagger(*command, *options, "--output", output).code == 0
            assert load_folder(Path(output)).task.layer == "ner"
        weights = {Path(output, "weights.safetensors").read_bytes() for output in "abc"}
        assert len(weights) == 1

    def test_files_of_a_config_are_found_beside_it_and_through_the_environment(
        self, tagger: Command, small: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Path("there").mkdir()
        Path("some.conll").rename("there/some.conll")
        config = Path("there/recipe.toml")
        config.write_text('[data]\ntrain = "some.conll"\ndev = "$DEV_FOLDER/some.conll"\n', encoding="utf-8")
        assert tagger("train", config).fault == "$DEV_FOLDER/some.conll: this variable of the environment is not set"
        monkeypatch.setenv("DEV_FOLDER", str(Path("there").resolve()))
        assert "model: models/recipe\n" in tagger("train", config, *ONCE, *small).text
        given = tagger("train", config, "--dev", "there/some.conll", *ONCE, *small)
        assert re.search(r"^dev: .* tokens in there/some\.conll$", given.err, re.MULTILINE)
        config.write_text("", encoding="utf-8")
        assert tagger("train", config).fault == "there/recipe.toml: data.train is not set, and no --train FILE is given"

    def test_a_dev_file_given_by_the_name_of_the_config_own_train_is_still_beside_the_command(
        self, tagger: Command, small: list[str]
    ) -> None:
        Path("there").mkdir()
        shutil.copy("some.conll", "there/some.conll")
        Path("there/recipe.toml").write_text('data.train = "some.conll"\n', encoding="utf-8")
        Path("some.conll").write_text("Ada B-PER\n", encoding="utf-8")
        outcome = tagger("train", "there/recipe.toml", "--dev", "some.conll", *ONCE, *small)
        assert re.search(r"^train: .* tokens in there/some\.conll$", outcome.err, re.MULTILINE)
        assert "dev: 1 sentence, 1 token in some.conll\n" in outcome.err

    def test_paths_of_set_are_beside_the_command_as_those_of_options_are(
        self, tagger: Command, small: list[str]
    ) -> None:
        Path("there").mkdir()
        Path("there/recipe.toml").write_text('data.dev = "gone"\ndata.train = "gone"\n', encoding="utf-8")
        train, dev = ("--set", "data.train=some.conll"), ("--set", "data.dev=some.conll")
        said = tagger("train", "there/recipe.toml", *train, *dev, *ONCE, *small).err
        assert re.search(r"^dev: .* in some\.conll$", said, re.MULTILINE)
        without = tagger("train", *train, "--dev", "none", *ONCE, *small)
        assert without.text.splitlines()[-2] == "model: models/some-2"

    def test_a_file_named_twice_is_refused(self, tagger: Command) -> None:
        for split in ("train", "dev", "test"):
            named = (f"--{split}", "some.conll", "--set", f"data.{split}=other.conll")
            assert tagger("train", *named).fault.startswith(f"--{split} and --set data.{split} say the same: leave out")

    def test_a_setting_said_twice_is_refused(self, tagger: Command) -> None:
        command = ("train", "--train", "some.conll", "--seed", 5)
        said = tagger(*command, "--set", "training.seed=6").fault
        assert said.startswith("an option and --set training.seed say the same: leave out one")
        assert "expected one setting on one line" in tagger(*command, "--set", "training.epochs=1\ntraining=2").fault

    def test_options_leave_the_layer_of_the_settings_as_it_is(self, tagger: Command, small: list[str]) -> None:
        Path("recipe.toml").write_text('task.layer = "pos"\ndata.train = "three.conll"\n', encoding="utf-8")
        Path("three.conll").write_text("Ada N B-PER\n\nslept V O\n", encoding="utf-8")
        columns = ("--columns", "token,pos,ner", "--dev", "none")
        assert tagger("train", "recipe.toml", *columns, *ONCE, *small).code == 0
        assert load_folder(Path("models/recipe")).task.layer == "pos"
        assert tagger("train", "--train", "three.conll", *columns, *ONCE, *small).code == 0
        assert load_folder(Path("models/three")).task.layer == "ner"

    def test_a_config_that_names_a_column_tag_means_it(self, tagger: Command, small: list[str]) -> None:
        recipe = 'data.train = "three.conll"\ndata.columns = ["token", "tag", "pos"]\ndata.dev = "none"\n'
        Path("recipe.toml").write_text(recipe, encoding="utf-8")
        Path("three.conll").write_text("Ada B-PER N\n\nslept O V\n", encoding="utf-8")
        assert tagger("train", "recipe.toml", *ONCE, *small).code == 0
        assert load_folder(Path("models/recipe")).task.layer == "tag"

    def test_sections_and_their_keys_are_not_said_twice(self, tagger: Command) -> None:
        for option, section in (("--columns", 'data={columns=["token","x"]}'), ("--layer", 'task={layer="y"}')):
            value = "token,ner" if option == "--columns" else "ner"
            fault = tagger("train", "--train", "some.conll", option, value, "--set", section).fault
            assert "say the same: leave out one" in fault
        fault = tagger("train", "--train", "some.conll", "--columns", "token=0,x=1", "--set", "data.columns.x=2").fault
        assert "data.columns.x say the same" in fault

    def test_columns_of_a_conllu_config_are_refused(self, tagger: Command) -> None:
        Path("recipe.toml").write_text('data.format = "conllu"\ndata.train = "a"\n', encoding="utf-8")
        fault = tagger("train", "recipe.toml", "--separator", "space").fault
        assert fault.startswith("--separator says how columns are read, but the files are conllu")

    def test_tags_may_be_said_to_be_plain(self, tagger: Command, small: list[str]) -> None:
        Path("plain.conll").write_text("a O\nb S\nc B-X\nd N\n", encoding="utf-8")
        command = ("train", "--train", "plain.conll", "--dev", "none", *ONCE, *small)
        assert tagger(*command).fault.startswith("plain.conll:4: expected O or ")
        assert tagger(*command, "--set", "data.scheme=plain").code == 0
        assert load_folder(Path("models/plain")).task.labels == ("B-X", "N", "O", "S")
        assert "accuracy" in tagger("evaluate", "plain.conll", "--json").text

    def test_conllu_under_another_name_is_not_taken_for_columns(self, tagger: Command) -> None:
        Path("words.txt").write_text("1\tAda" + "\t_" * 8 + "\n\n", encoding="utf-8")
        fault = tagger("train", "--train", "words.txt").fault
        assert fault.startswith("words.txt:1: looks like CoNLL-U, whose words stand in the second column: ")
        options = ("--input", "conllu", "--columns", "token,tag")
        assert tagger("train", "--train", "words.txt", *options).fault.startswith("--columns says how columns are read")

    def test_a_header_in_a_pipe_needs_the_name_of_the_layer(self, tagger: Command) -> None:
        assert tagger("train", "--train", "nope", "--header").fault == "nope: cannot be read: No such file or directory"
        os.mkfifo("pipe")
        fault = tagger("train", "--train", "pipe", "--header").fault
        assert fault == "pipe can be read once: name the layer that is learnt with --layer"

    def test_standard_input_is_no_corpus(self, tagger: Command) -> None:
        assert tagger("train", "--train", "-").fault.startswith("--train -: expected the name of a file")

    def test_a_corpus_in_place_of_the_settings_is_told_how_to_be_named(self, tagger: Command) -> None:
        fault = tagger("train", "some.conll").fault
        assert fault.startswith("some.conll: not TOML: ")
        assert fault.endswith("; annotated text is named with --train")

    def test_a_header_names_the_layer_that_is_learnt(self, tagger: Command, small: list[str]) -> None:
        Path("headed.conll").write_text("form pos ner\nAda N B-PER\n\nslept V O\n", encoding="utf-8")
        command = ("train", "--train", "headed.conll", "--dev", "none", "--header", *ONCE, *small)
        assert tagger(*command).code == 0
        assert load_folder(Path("models/headed")).task.layer == "ner"
        assert tagger(*command, "--layer", "pos", "--output", "pos").code == 0
        assert load_folder(Path("pos")).task.labels == ("N", "V")
        tagged = tagger("tag", "--input", "columns", "--header", "headed.conll").text
        assert tagged.splitlines()[0] == "form pos ner predicted"
        assert tagger("evaluate", "--header", "headed.conll", "--json").code == 0

    def test_a_file_that_is_not_there_is_named(self, tagger: Command) -> None:
        assert tagger("train", "--train", "nope").fault == "nope: cannot be read: No such file or directory"
        assert tagger("train", "nope.toml").fault == "nope.toml: cannot be read: No such file or directory"
        assert not Path("models").exists()

    def test_a_file_without_sentences_is_named(self, tagger: Command) -> None:
        Path("empty.conll").write_text("\n \t\n\n", encoding="utf-8")
        fault = "empty.conll: expected annotated sentences for train, found none; name another file"
        assert tagger("train", "--train", "empty.conll").fault == fault

    def test_the_corpus_of_the_checkout_is_the_default(
        self, tagger: Command, small: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert EMBEDDED.name == "english.toml"
        assert EMBEDDED.exists()
        Path("english.toml").write_text('data.train = "some.conll"\ndata.dev = "none"\n', encoding="utf-8")
        monkeypatch.setattr("taggers.cli.train.EMBEDDED", Path("english.toml"))
        assert tagger("train", *ONCE, *small).text.startswith("model: models/english\n")

    def test_without_a_checkout_there_is_nothing_to_train_on_unnamed(
        self, tagger: Command, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("taggers.cli.train.EMBEDDED", Path("nowhere"))
        assert tagger("train").fault.startswith("nothing to train on: name a CONFIG or --train FILE")

    def test_a_hidden_file_names_its_model_without_the_dot(self, tagger: Command, small: list[str]) -> None:
        Path("some.conll").rename(".some.conll")
        assert "model: models/some\n" in tagger("train", "--train", ".some.conll", "--dev", "none", *ONCE, *small).text


class TestSettings:
    """Settings by --set."""

    def test_all_faults_come_in_one_report(self, tagger: Command) -> None:
        bad = ("--set", "training.epoch=3", "--set", "training.patience=0")
        outcome = tagger("train", "--train", "some.conll", *bad)
        assert outcome.code == 2
        assert sorted(line.partition("training.")[2] for line in outcome.err.splitlines()) == [
            "epoch: unknown key; did you mean 'epochs'?",
            "patience: expected a whole number, at least 1, found 0",
        ]

    def test_a_diverging_training_is_refused_in_one_line(self, tagger: Command, small: list[str]) -> None:
        values = {
            "optimiser.kind": "sgd", "optimiser.momentum": 0.99, "optimiser.weight_decay": 1.0, "clip_norm": 1e38,
            "optimiser.learning_rate": 10.0, "epochs": 100, "batch_tokens": 64,
        }  # fmt: skip
        wild = [argument for key, value in values.items() for argument in ("--set", f"training.{key}={value}")]
        command = ("train", "--train", "some.conll", "--dev", "none", "--output", "run", *small)
        assert re.match(r"training diverged in epoch \d+: .*; lower training\.opt", tagger(*command, *wild).fault)
        assert not Path("run").exists()


def test_a_terminal_gets_a_moving_bar(tagger: Command, small: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    command = ("train", "--train", "some.conll", "--dev", "none", *small)
    outcome = tagger(*command, "--set", "training.epochs=2", "--set", "training.batch_tokens=1")
    assert outcome.code == 0
    assert "\x1b[" in outcome.err
    assert re.search(r"epoch   2  loss +\d\.\d{4}  rate 0\.02", outcome.err)
    assert "\x1b[" not in outcome.text


def test_vectors_are_looked_for_beside_the_file_that_names_them_and_here_where_the_command_line_does(
    tagger: Command, small: list[str]
) -> None:
    recipes = Path("recipes")
    recipes.mkdir()
    (recipes / "beside.txt").write_text("ada 1 2\nobi 2 1\n", "utf-8")
    Path("here.txt").write_text("ada 1 2\nobi 2 1\nbo 1 1\n", "utf-8")
    (recipes / "my.toml").write_text('[model.vectors.mine]\npath = "beside.txt"\n', "utf-8")
    command = ("train", recipes / "my.toml", "--train", "some.conll", "--dev", "none", *ONCE, *small)
    assert "vectors mine: 2 words of 2 dimensions" in tagger(*command).err
    there = ("--set", "model.vectors.mine.path=here.txt")
    assert "vectors mine: 3 words of 2 dimensions" in tagger(*command, *there).err
    elsewhere = tagger(*command, "--set", "model.vectors.mine.path=beside.txt")
    assert elsewhere.fault.startswith("beside.txt: cannot be read")
    assert load_folder(Path("models/some")).config.model.vectors["mine"].path == "beside.txt"


def test_the_task_may_be_named_and_a_tsv_is_then_a_table(tagger: Command, tmp_path: Path) -> None:
    rows = "".join(f"{label}\tthe sea is {word}\n" for label, word in (("good", "calm"), ("bad", "high")) * 8)
    (tmp_path / "texts.tsv").write_text(rows, encoding="utf-8")
    small = ("model.encoder.hidden_size=4", "training.epochs=1")
    settings = [word for setting in small for word in ("--set", setting)]
    train = ("train", "--train", tmp_path / "texts.tsv", "--columns", "label,text", *settings, "--device", "cpu")
    done = tagger(*train, "--task", "classification", "--dev", "none", "--output", tmp_path / "model")
    assert done.code == 0, done.err
    assert tagger("info", "--model", tmp_path / "model").text.splitlines()[1:3] == [
        "task: classification", "labels: bad, good"
    ]  # fmt: skip
    fault = tagger(*train, "--task", "classification", "--set", "task.kind=labelling").fault
    assert fault.startswith("an option and --set task.kind say the same: leave out one")
