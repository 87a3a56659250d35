"""The model folder: what is saved comes back, and what was damaged does not come at all."""

from __future__ import annotations

import hashlib
import json
import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file
from safetensors.torch import save

from taggers.build import build_model
from taggers.checkpoint import MANIFEST, ModelFolder, latest_model, load_folder, set_latest
from taggers.data.features import Buckets, Casings, Feature, Hashed, Values
from taggers.data.indexer import Indexer, Spelling
from taggers.data.vocabulary import Vocabulary
from taggers.engine import load_engine
from taggers.errors import CheckpointError
from taggers.export import export_network
from taggers.saving import save_model
from taggers.settings import make_config
from taggers.tasks.labelling import Labelling
from taggers.text.schemes import IOB1, IOBES

READ = {"a.b\u2028": {"size": 2}, "place": {"kind": "number", "size": 2}, "ending": {"kind": "suffix", "size": 2}}
SMALL = {"words": {"size": 3}, "encoder": {"hidden_size": 2}, "characters": {"kind": "none"}, "features": READ}
CONFIG = make_config({"task": {"layer": "ner"}, "model": SMALL})
TASK = Labelling("ner", ("LOC", "creative-work"), IOBES, IOB1, partial=True)
ODD: tuple[str, ...] = ("sea", "\ud800", "\udc00\ud800", "\u2028", "\x00", "\x85", "\r\n", "\t", "", " ")
ODD += ("\U0001f600", "\u00e9", "e\u0301", '"\\', "<unk>")
FEATURES: dict[str, Feature] = {
    "words": Values("token", Vocabulary(ODD), lowercase=True),
    "casing": Casings(),
    "feature a.b\u2028": Values("a.b\u2028", Vocabulary(ODD)),
    "feature place": Buckets("place", (-0.5, 1e300)),
    "feature ending": Hashed("token", "suffix", 3, 7),
}
INDEXER = Indexer(FEATURES, Spelling(Vocabulary(["a", "\udfff", "\n"]), first=5, last=2))
WORDS = {"kind": "values", "column": "token", "lowercase": False, "symbols": ["sea"]}
SCORES = {"dev": {"accuracy": 1 / 3, "lenient": None, "strict": None, "unknown_accuracy": None}}
NO_GRAPHS = {"forms": b"", "emissions": b""}
PROVENANCE = {"seed": 1, "threads": 2, "data": {}, "versions": {}}


def write(path: Path) -> dict[str, torch.Tensor]:
    """A small model folder; its tensors are given back."""
    torch.manual_seed(1)
    model = build_model(CONFIG, INDEXER, [TASK])
    tensors = {name: p.detach() for name, p in model.named_parameters()}
    extras = {"log.jsonl": b'{"epoch": 1}\n', "curves.png": bytes(range(256))}
    graphs = export_network(model, INDEXER.beside)
    save_model(path, CONFIG, (TASK,), INDEXER, save(tensors), graphs, SCORES, PROVENANCE, "# A model\n", {}, extras)
    return tensors


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder that no test changes."""
    path = tmp_path_factory.mktemp("models") / "original"
    write(path)
    return path


@pytest.fixture
def model(original: Path, tmp_path: Path) -> Path:
    """A copy of it to be damaged."""
    return Path(shutil.copytree(original, tmp_path / "model"))


def refusal(path: Path) -> str:
    """What a folder is refused with: one line that names it."""
    with pytest.raises(CheckpointError) as caught:
        _ = load_folder(path).config
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    return message


def rehash(path: Path) -> None:
    """Make the manifest fit the files as they are now."""
    manifest = json.loads((path / MANIFEST).read_text("utf-8"))
    manifest["sha256"] = {name: hashlib.sha256((path / name).read_bytes()).hexdigest() for name in manifest["sha256"]}
    (path / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")


def needed(model: Path) -> list[Path]:
    """The files that a model cannot do without; a person may write into the card, or throw the pictures away."""
    return [file for file in sorted(model.iterdir()) if file.name not in {"README.md", "log.jsonl", "curves.png"}]


def test_a_card_edited_by_hand_does_not_break_the_model(model: Path) -> None:
    (model / "README.md").write_text("Our best tagger.", encoding="utf-8")
    (model / "curves.png").unlink()
    assert load_folder(model).path == model


def test_all_comes_back_as_it_was(tmp_path: Path) -> None:
    tensors = write(tmp_path / "model")
    folder = load_folder(tmp_path / "model")
    digest = hashlib.sha256((tmp_path / "model" / MANIFEST).read_bytes()).hexdigest()
    assert folder == ModelFolder(
        tmp_path / "model", folder.settings, (TASK,), INDEXER, SCORES, PROVENANCE, digest=digest
    )
    named = CONFIG.model.model_copy(update={"head": CONFIG.head})  # the usual one, where none is said
    assert folder.config == CONFIG.model_copy(update={"model": named})
    words = folder.indexer.words.vocabulary
    assert words.symbols == ODD
    assert words.index("\u00e9") != words.index("e\u0301")
    assert folder.task == TASK
    loaded = load_file(folder.weights)
    assert set(loaded) == set(tensors)
    for name, tensor in tensors.items():
        assert loaded[name].tobytes() == tensor.numpy().tobytes()
        assert loaded[name].shape == tuple(tensor.shape)


def test_the_folder_holds_what_it_says_and_nothing_half_written(original: Path) -> None:
    names = {"README.md", "config.json", "curves.png", "log.jsonl", "scores.json", "vocabulary.json", MANIFEST}
    assert {p.name for p in original.iterdir()} == names | {"weights.safetensors", "forms.onnx", "emissions.onnx"}
    manifest = json.loads((original / MANIFEST).read_text("utf-8"))
    assert set(manifest["sha256"]) == {file.name for file in needed(original)} - {MANIFEST}


def test_the_engine_computes_what_the_saved_network_computed(original: Path) -> None:
    from taggers.engine.onnx_engine import OnnxEngine
    from taggers.engine.torch_engine import TorchEngine
    from taggers.text import Sentence

    torch.manual_seed(1)
    built = TorchEngine(build_model(CONFIG, INDEXER, [TASK]).eval(), INDEXER)
    loaded = load_engine(load_folder(original), "cpu")
    assert isinstance(loaded, OnnxEngine)
    columns = {"a.b\u2028": ("sea", "", "x"), "place": ("1", "-1", "?")}
    sentences = [Sentence(("sea", "unheard", "😀"), columns)]
    readings = [engine.read(sentences) for engine in (built, loaded)]
    expected, found = (reading.score(reading.starts, reading.lengths) for reading in readings)
    np.testing.assert_allclose(found[0], expected[0], atol=1e-6)
    assert np.array_equal(loaded.chains[0].transitions, built.chains[0].transitions)  # type: ignore[union-attr]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.sets(st.text(st.characters(codec=None), max_size=3)), st.sets(st.characters(codec=None)))
def test_any_vocabulary_comes_back(tmp_path: Path, words: set[str], characters: set[str]) -> None:
    known = Values("token", Vocabulary(sorted(words)))
    indexer = Indexer({"words": known}, Spelling(Vocabulary(sorted(characters))))
    labels = tuple(sorted(words)) or ("X",)
    task = Labelling("ner", labels, IOBES, IOB1)
    config = make_config({}, ["task.layer=ner", "model.casing.size=0"])
    save_model(tmp_path, config, (task,), indexer, b"", NO_GRAPHS, {}, PROVENANCE, "".join(words), {}, {})
    folder = load_folder(tmp_path)
    assert folder.indexer == indexer
    assert folder.task == task


def test_no_single_damaged_byte_passes(model: Path) -> None:
    for file in needed(model):
        content = file.read_bytes()
        step = 1 if file.name == MANIFEST else max(1, len(content) // 40)
        for place in range(0, len(content), step):
            damaged = bytearray(content)
            damaged[place] ^= (0x01, 0x20, 0x80)[place % 3]
            file.write_bytes(damaged)
            message = refusal(model)
            assert file.name == MANIFEST or str(file) in message
        file.write_bytes(content)
    load_folder(model)


def test_no_file_that_was_cut_short_passes(model: Path) -> None:
    for file in needed(model):
        content = file.read_bytes()
        for length in {0, 1, len(content) // 2, len(content) - 1}:
            file.write_bytes(content[:length])
            assert str(file) in refusal(model)
        file.write_bytes(content + b"\n")
        assert str(file) in refusal(model)
        file.write_bytes(content)


def test_no_missing_file_passes(model: Path) -> None:
    for file in needed(model):
        content = file.read_bytes()
        file.unlink()
        assert f"{file}: missing" in refusal(model)
        file.write_bytes(content)


@pytest.mark.parametrize("version", [1, 2, 99, 0, "1", None])
def test_a_folder_of_another_version_is_refused_with_both_versions(model: Path, version: object) -> None:
    manifest = json.loads((model / MANIFEST).read_text("utf-8"))
    manifest = {**manifest, "format_version": version, "news": "of a later version"}
    (model / MANIFEST).write_text(json.dumps(manifest), "utf-8")
    assert f"model format {version}, this version reads 5; upgrade taggers or train anew" in refusal(model)


def test_a_manifest_that_leaves_a_file_out_is_refused(model: Path) -> None:
    for name in ("config.json", "vocabulary.json", "weights.safetensors", "scores.json"):
        manifest = json.loads((model / MANIFEST).read_text("utf-8"))
        content = (model / MANIFEST).read_bytes()
        del manifest["sha256"][name]
        (model / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
        assert str(model / MANIFEST) in refusal(model)
        (model / MANIFEST).write_bytes(content)


@pytest.mark.parametrize("hashes", [None, [], "sha256", {}])
def test_a_manifest_without_hashes_is_refused(model: Path, hashes: object) -> None:
    (model / MANIFEST).write_text(json.dumps({"format_version": 5, "sha256": hashes}, indent=2) + "\n", "utf-8")
    assert str(model / MANIFEST) in refusal(model)


def change_config(settings: dict[str, Any]) -> None:
    settings["config"]["model"]["words"]["sizes"] = 3


def change_scheme(settings: dict[str, Any]) -> None:
    settings["tasks"][0]["inside"] = "IOBESX"


def drop_tasks(settings: dict[str, Any]) -> None:
    del settings["tasks"]


def change_labels(settings: dict[str, Any]) -> None:
    settings["tasks"][0]["labels"] = 3


def change_all(settings: dict[str, Any]) -> None:
    settings["config"] = 3


def change_a_label(settings: dict[str, Any]) -> None:
    settings["tasks"][0]["labels"] = ["PER", 3]


def change_provenance(settings: dict[str, Any]) -> None:
    settings["provenance"]["data"] = "train.conll"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (change_config, "model.words.sizes: unknown key; did you mean 'size'?"),
        (change_scheme, "IOBESX"),
        (drop_tasks, "tasks"),
        (change_labels, "config.json: tasks: labels: found 3"),
        (change_all, "config.json: config: found 3"),
        (change_a_label, "config.json: tasks: labels: found 3"),
        (change_provenance, "config.json: provenance: data: found 'train.conll'"),
    ],
)
def test_settings_that_this_version_cannot_read_are_refused_in_one_line(model: Path, change: Any, said: str) -> None:
    settings = json.loads((model / "config.json").read_text("utf-8"))
    change(settings)
    (model / "config.json").write_text(json.dumps(settings), "utf-8")
    rehash(model)
    assert said in refusal(model)


@pytest.mark.parametrize(
    ("section", "values", "said"),
    [
        ("data", {"format": "nonsense"}, "nonsense"),
        ("data", {"tokeniser": {"sort": "syntok"}}, "sort"),
        ("data", {"encoding": "utf-9"}, "utf-9"),
        ("data", {"encoding": 3}, "int"),
        ("model", {"windows": {"length": "8", "overlap": 0.25}}, "config: model: windows: length: found '8'"),
    ],
)
def test_plain_settings_that_tagging_reads_are_looked_at_when_loading(
    model: Path, section: str, values: dict[str, Any], said: str
) -> None:
    settings = json.loads((model / "config.json").read_text("utf-8"))
    settings["config"][section] |= values
    (model / "config.json").write_text(json.dumps(settings), "utf-8")
    rehash(model)
    with pytest.raises(CheckpointError, match=said) as caught:
        load_folder(model)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("scores.json", {"dev": 3}),
        ("scores.json", {"dev": {**SCORES["dev"], "lenient": {}}}),
        ("scores.json", {"dev": {**SCORES["dev"], "lenient": {"overall": {"f1": "good"}}}}),
        ("scores.json", {"dev": {**SCORES["dev"], "unknown_accuracy": "0.5"}}),
        ("vocabulary.json", {"spelling": {"first": "3", "last": 2, "characters": []}}),
        ("vocabulary.json", {"spelling": {"first": 3, "last": 2, "characters": ["a", 3]}}),
        ("vocabulary.json", {"spelling": {"first": 0, "last": 2, "characters": []}}),
        ("vocabulary.json", {"spelling": None}),
        ("vocabulary.json", {"features": []}),
        ("vocabulary.json", {"features": {}}),
        ("vocabulary.json", {"features": {"words": {"kind": "casings", "column": "token"}}}),
        ("vocabulary.json", {"features": {"words": {**WORDS, "symbols": ["a", 3]}}}),
        ("vocabulary.json", {"features": {"words": {**WORDS, "lowercase": None}}}),
        ("vocabulary.json", {"features": {"words": {**WORDS, "kind": "stems"}}}),
        ("vocabulary.json", {"features": {"words": {**WORDS, "column": 3}}}),
        ("vocabulary.json", {"features": {"words": WORDS, "casing": {"kind": "casings"}}}),
        ("config.json", {"tasks": []}),
    ],
)
def test_files_whose_values_are_of_another_kind_are_refused_in_one_line(
    model: Path, file: str, change: dict[str, Any]
) -> None:
    content = json.loads((model / file).read_text("utf-8", "surrogatepass"))
    (model / file).write_text(json.dumps({**content, **change}), "utf-8")
    rehash(model)
    assert "not what model format 5 promises" in refusal(model)


def test_what_is_missing_is_named(model: Path) -> None:
    (model / "scores.json").write_text(json.dumps({"dev": {}}), "utf-8")
    rehash(model)
    assert "not what model format 5 promises (missing or unknown: 'lenient')" in refusal(model)


@pytest.mark.parametrize("content", [b"[" * 100_000, b"[]", b"3", b"\xff\xfe", b"{", b""])
def test_a_manifest_that_is_no_object_is_refused(model: Path, content: bytes) -> None:
    (model / MANIFEST).write_bytes(content)
    assert str(model / MANIFEST) in refusal(model)


def test_what_is_no_model_folder_is_said_to_be_none(tmp_path: Path) -> None:
    assert "is not a model folder" in refusal(tmp_path / "nowhere")
    (tmp_path / "file").write_text("sea")
    assert "cannot be read" in refusal(tmp_path / "file")


class Trap:
    """What would run code when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_nothing_is_ever_unpickled(model: Path, tmp_path: Path) -> None:
    weights, sprung = model / "weights.safetensors", tmp_path / "sprung"
    weights.write_bytes(pickle.dumps(Trap(sprung)))
    assert str(weights) in refusal(model)
    rehash(model)  # even where the hashes were made to fit
    with pytest.raises(CheckpointError, match=r"weights\.safetensors: not a safetensors file"):
        load_engine(load_folder(model), "cpu")
    assert not sprung.exists()
    pickle.loads(weights.read_bytes())  # the trap was a trap
    assert sprung.exists()


def test_tensors_of_other_shapes_are_refused_in_one_line(model: Path) -> None:
    tensors = {name: torch.from_numpy(array) for name, array in load_file(model / "weights.safetensors").items()}
    tensors["embeddings.words.table.weight"] = torch.zeros(2, 2)
    (model / "weights.safetensors").write_bytes(save(tensors))
    rehash(model)
    with pytest.raises(CheckpointError, match=r"weights\.safetensors: does not fit") as caught:
        load_engine(load_folder(model), "cpu")
    assert "\n" not in str(caught.value)


def test_the_latest_model_is_the_one_that_was_set_last(tmp_path: Path) -> None:
    models = tmp_path / "models"
    set_latest(models, "english")
    set_latest(models, "greek")
    assert latest_model(models) == models / "greek"
    assert (models / "latest").read_text("utf-8") == "greek\n"


def test_where_there_is_no_model_the_command_to_train_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"no model: .*latest does not exist; train one with `tagger train`"):
        latest_model(tmp_path)


@pytest.mark.parametrize("content", [b"gone\n", b"\xff\n", b"a\x00b", b""])
def test_a_pointer_to_no_model_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "latest").write_bytes(content)
    assert "restore" in refusal(latest_model(tmp_path)) or "not a model folder" in refusal(latest_model(tmp_path))
