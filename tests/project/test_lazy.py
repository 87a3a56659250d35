"""What starts at once: the light rooms and `--help` load nothing heavy, shown in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from taggers import Corpus, Sentence, Tagger, make_config
from taggers.cli import VERBS

HEAVY = (
    *("torch", "numba", "pydantic", "seqeval", "sklearn", "scipy", "gensim", "matplotlib", "onnx", "onnxruntime"),
    *("icu4py", "spacy", "syntok"),
)


def loaded_by(statement: str) -> set[str]:
    """Run one statement in a fresh interpreter and give the heavy packages that it leaves loaded."""
    program = f"import sys\ntry:\n    {statement}\nexcept SystemExit:\n    pass\nprint('loaded:', *sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rpartition("loaded:")[2].split()) & set(HEAVY)


@pytest.mark.parametrize("module", ["", ".text", ".formats", ".metrics", ".chain"])
def test_importing_a_light_room_loads_nothing_heavy(module: str) -> None:
    assert loaded_by(f"import taggers{module}") == set()


@pytest.mark.parametrize("arguments", ["--help", "--version", "score --help", "convert --help"])
def test_a_command_without_a_model_loads_nothing_heavy(arguments: str) -> None:
    assert loaded_by(f"sys.argv[1:] = {arguments.split()}; from taggers.cli import main; main()") == set()


@pytest.mark.parametrize("verb", VERBS)
def test_no_command_loads_what_trains_before_it_knows_its_arguments(verb: str) -> None:
    settings_and_runtime = {"pydantic", "onnxruntime"}
    loaded = loaded_by(f"sys.argv[1:] = ['{verb}', '--help']; from taggers.cli import main; main()")
    assert loaded <= settings_and_runtime


def test_tagging_a_sentence_loads_the_runtime_alone(tmp_path: Path) -> None:
    folder = small_model(tmp_path / "model")
    text = tmp_path / "a.txt"
    text.write_text("Ada slept.\n", encoding="utf-8")
    arguments = ["tag", "--model", str(folder), "--device", "cpu", str(text)]
    assert loaded_by(f"sys.argv[1:] = {arguments}; from taggers.cli import main; main()") == {"onnxruntime", "syntok"}


def small_model(path: Path) -> Path:
    """A model of three words."""
    sentences = [Sentence(("Ada", "slept", "."), {"ner": ("B-PER", "O", "O")})]
    overrides = ["task.layer=ner", "training.epochs=1", "model.encoder.hidden_size=4", "data.dev=none"]
    Tagger.train(make_config({}, overrides), Corpus.of(sentences, layer="ner"), path, device="cpu")
    return path


def test_a_heavy_package_would_be_seen() -> None:
    assert loaded_by("import pydantic") == {"pydantic"}
