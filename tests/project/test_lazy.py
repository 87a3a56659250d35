"""What starts at once: which modules each command loads and which files it opens, shown in processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from taggers import Corpus, Sentence, Tagger, make_config
from taggers.cli import VERBS
from taggers.runs import train_model

# Modules of the standard library that take a millisecond or more, and that no command below needs.
SLOW = {
    *("asyncio", "concurrent.futures", "decimal", "difflib", "email", "fractions", "http", "importlib.metadata"),
    *("importlib.resources", "logging", "multiprocessing", "random", "shutil", "statistics", "subprocess", "tempfile"),
    *("tomllib", "unittest", "xml"),
}
PROBE = """
import json, sys
before, opened, arguments = set(sys.modules), [], json.loads(sys.argv[1])
sys.addaudithook(lambda event, values: opened.append(str(values[0])) if event == "open" else None)
sys.argv[1:] = arguments
try:
    exec({statement!r})
except SystemExit as end:
    assert not end.code, end.code
print("\\n" + json.dumps([sorted(set(sys.modules) - before), opened]))
"""
COMMAND = "from taggers.cli import main; main()"
COLUMNS = "Ada\tB-PER\nslept\tO\n\n"


class Loaded(NamedTuple):
    """What a process loaded: packages of third parties, modules of the project by their rooms, the standard library's;
    and the files that it opened.
    """

    packages: set[str]
    modules: set[str]
    standard: set[str]
    opened: list[str]


def loaded_by(statement: str, *arguments: str | Path, text: str = "") -> Loaded:
    """Run a statement, as a command line says by default, in a fresh interpreter; what that had loaded is left out."""
    words = json.dumps([str(argument) for argument in arguments])
    program = PROBE.format(statement=statement)
    done = subprocess.run([sys.executable, "-c", program, words], input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    modules, opened = json.loads(done.stdout.splitlines()[-1])
    tops = {name.split(".")[0] for name in modules} - set(sys.stdlib_module_names)
    # Compiled modules of numpy and of Cython name themselves as they please.
    packages = {top for top in tops if not top.startswith("_")} - {"taggers", "org", "cython_runtime"}
    ours = {name.removeprefix("taggers.") for name in modules if name.startswith("taggers.")}
    return Loaded(packages, ours, {name for name in modules if name in SLOW}, opened)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of three words."""
    path = tmp_path_factory.mktemp("lazy") / "model"
    sentences = [Sentence(("Ada", "slept", "."), {"ner": ("B-PER", "O", "O")})]
    overrides = ["task.layer=ner", "training.epochs=1", "model.encoder.hidden_size=4", "data.dev=none"]
    Tagger.train(make_config({}, overrides), Corpus.of(sentences, layer="ner"), path, device="cpu")
    return path


@pytest.fixture
def columns(tmp_path: Path) -> Path:
    """A column file."""
    path = tmp_path / "a.conll"
    path.write_text(COLUMNS, encoding="utf-8")
    return path


@pytest.mark.parametrize("module", ["", ".text", ".formats", ".metrics"])
def test_importing_a_light_room_loads_no_other_package(module: str) -> None:
    loaded = loaded_by(f"import taggers{module}")
    assert not loaded.packages
    assert not loaded.standard


def test_the_kernels_need_numpy_alone() -> None:
    assert loaded_by("import taggers.chain").packages == {"numpy"}


@pytest.mark.parametrize("arguments", ["--help", "--version", "score --help", "convert --help"])
def test_a_command_without_a_model_loads_click_alone(arguments: str) -> None:
    assert loaded_by(COMMAND, *arguments.split()).packages == {"click"}


def test_help_loads_no_room() -> None:
    loaded = loaded_by(COMMAND, "--help")
    assert loaded.modules == {"cli", "cli.ending", "errors"}
    assert loaded.standard == {"shutil"}  # click asks how wide the terminal is


@pytest.mark.parametrize("verb", VERBS)
def test_no_command_loads_what_trains_before_it_knows_its_arguments(verb: str) -> None:
    trains = {"torch", "numba", "onnx", "onnxruntime", "gensim", "sklearn", "scipy", "seqeval", "matplotlib", "pyarrow"}
    assert not loaded_by(COMMAND, verb, "--help").packages & trains


def test_converting_loads_click_and_two_formats_alone(columns: Path, tmp_path: Path) -> None:
    loaded = loaded_by(COMMAND, "convert", columns, tmp_path / "a.conllu")
    assert loaded.packages == {"click"}
    assert {"formats.column_writer", "formats.conllu_writer"} <= loaded.modules
    others = ("brat", "csv", "doccano", "folder_writer", "huggingface", "json", "parquet", "prodigy", "snips", "spacy")
    assert not [name for name in loaded.modules if name.startswith(tuple(f"formats.{other}" for other in others))]


def test_scoring_loads_numpy_alone(columns: Path) -> None:
    assert loaded_by(COMMAND, "score", columns, columns).packages == {"click", "numpy"}


def test_a_report_needs_nothing_of_training(model: Path, columns: Path, tmp_path: Path) -> None:
    loaded = loaded_by(COMMAND, "report", model, columns, "--columns", "token,ner", "--output", tmp_path / "a.html")
    assert not loaded.packages & {"torch", "numba", "onnx", "gensim", "matplotlib", "rich"}


def test_comparing_files_loads_no_model(columns: Path) -> None:
    loaded = loaded_by(COMMAND, "compare", columns, columns, "--gold", columns)
    assert loaded.packages == {"click", "numpy"}
    assert not [name for name in loaded.modules if name.startswith(("engine", "tagger"))]


def test_info_loads_no_settings_and_no_runtime(model: Path) -> None:
    assert loaded_by(COMMAND, "info", "--model", model).packages == {"click", "numpy", "safetensors"}


def test_tagging_a_sentence_loads_the_runtime_and_the_tokeniser_alone(model: Path) -> None:
    loaded = loaded_by(COMMAND, "tag", "--model", model, "--device", "cpu", text="Ada slept.\n")
    assert loaded.packages == {"click", "numpy", "onnxruntime", "syntok", "regex"}
    assert not loaded.standard
    assert not [name for name in loaded.modules if name.startswith(("metrics", "data.vectors", "config", "settings"))]
    assert len(loaded.modules) <= 65  # each further one is paid for by every first sentence


def test_giving_a_text_its_label_loads_no_more(tmp_path: Path) -> None:
    texts = [Sentence(("hello",), label="greeting"), Sentence(("bye",), label="parting")]
    overrides = ["task.kind=classification", "training.epochs=1", "model.encoder.hidden_size=4", "data.dev=none"]
    corpus = Corpus.of(texts, layer=(), label=True)
    Tagger.train(make_config({}, overrides), corpus, tmp_path / "model", device="cpu")
    loaded = loaded_by(COMMAND, "tag", "--model", tmp_path / "model", "--device", "cpu", text="Hello.\n")
    assert loaded.packages == {"click", "numpy", "onnxruntime", "syntok", "regex"}
    assert not [name for name in loaded.modules if name.startswith(("metrics", "data.vectors", "config", "settings"))]


def test_the_python_api_loads_no_click(model: Path) -> None:
    loaded = loaded_by(f"from taggers import Tagger; Tagger.load({str(model)!r}, 'cpu').tag(['Ada'])")
    assert loaded.packages == {"numpy", "onnxruntime"}
    assert not loaded.standard


def test_tagging_reads_what_the_manifest_names_and_no_file_more_than_twice(model: Path) -> None:
    opened = loaded_by(COMMAND, "tag", "--model", model, "--device", "cpu", text="Ada slept.\n").opened
    times = Counter(Path(path).name for path in opened if Path(path).parent == model)
    assert set(times) == {"manifest.json", *json.loads((model / "manifest.json").read_text("utf-8"))["sha256"]}
    assert max(times.values()) == 2  # its hash, and what is in it


def test_of_tables_of_embeddings_a_sentence_reads_some_rows(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from taggers.data import tensors

    sizes: list[int] = []
    read = tensors._File.read

    def counted(file: tensors._File, start: int, size: int) -> bytes:
        sizes.append(size)
        return read(file, start, size)

    tagger = Tagger.load(model, "cpu")
    monkeypatch.setattr(tensors._File, "read", counted)
    tagger.tag(["Ada", "slept", "."])
    widths = [tagger.folder.settings["model"][table]["size"] for table in ("words", "casing")]
    assert Counter(sizes) == Counter(4 * width for width in widths for _ in range(3))


def test_what_is_heavy_would_be_seen() -> None:
    loaded = loaded_by("import pydantic, statistics, taggers.data.vectors")
    assert "pydantic" in loaded.packages
    assert "statistics" in loaded.standard
    assert "data.vectors.store" in loaded.modules


def test_writing_loads_the_runtime_alone(tmp_path: Path) -> None:
    overrides = ["task.kind=language_model", "task.steps=4", "training.batch_tokens=4", "model.words.minimum=1"]
    corpus = Corpus.of([Sentence(("Ada", "slept", "."))], layer=())
    train_model(make_config({}, overrides), corpus, tmp_path / "model", device="cpu")
    loaded = loaded_by(COMMAND, "generate", "--model", tmp_path / "model", "--length", "3")
    assert loaded.packages == {"click", "numpy", "onnxruntime"}
    assert loaded.standard <= {"shutil", "random"}  # the latter is what numpy draws seeds by
