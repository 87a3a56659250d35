"""Writing a model folder, each file beside its place and renamed into it; the hashes last."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taggers.checkpoint import (
    FORMAT_VERSION,
    INT8,
    INT8_GRAPH,
    INT8_WEIGHTS,
    MANIFEST,
    ModelFolder,
    as_json,
    is_needed,
    load_folder,
    read_json,
    vectors_file,
)
from taggers.config import Config
from taggers.data.features import feature_to_json
from taggers.data.indexer import Indexer
from taggers.data.numbers import NUMBERS, Numbers
from taggers.errors import TaggerError
from taggers.files import write_bytes
from taggers.reading import plain_data, with_vectors_at

if TYPE_CHECKING:
    from taggers.tasks import Task


def save_model(
    path: Path,
    config: Config,
    tasks: Sequence[Task],
    indexer: Indexer,
    weights: bytes,
    graphs: Mapping[str, bytes],
    scores: Mapping[str, Any],
    provenance: Mapping[str, Any],
    card: str,
    vectors: Mapping[str, bytes],
    extras: Mapping[str, bytes],
    contextual: Mapping[str, ModelFolder] | None = None,
) -> None:
    """Write the folder, hashes last; `graphs` are ONNX and `vectors` stores, by name, `extras` are further files (the
    log, say), `contextual` the folders of language models that are copied, by the names of their copies.

    Raises TaggerError where one of these is no longer what was loaded.
    """
    path.mkdir(parents=True, exist_ok=True)
    # Paths are those of one machine; "none" is no path.
    places = ("corpus", "train", "dev", "test")
    data = {name: v for name, v in plain_data(config.data).items() if name not in places or v == "none"}
    model = config.model.model_copy(update={"head": config.head})  # the usual one where none is said
    config = config.model_copy(update={"model": model})
    settings = {
        "config": {
            **with_vectors_at(config, lambda _, path: Path(path).name).model_dump(exclude={"data"}),
            "data": data,
        },
        "tasks": [task.to_json() for task in tasks],
        "provenance": provenance,
    }
    spelling, numbers = indexer.spelling, indexer.vectors.get(NUMBERS)
    vocabulary = {
        "spelling": {"first": spelling.first, "last": spelling.last, "characters": spelling.vocabulary.symbols},
        "features": {name: feature_to_json(feature) for name, feature in indexer.features.items()},
        "contextual": dict(indexer.contextual),
        **({"numbers": numbers.to_json()} if isinstance(numbers, Numbers) else {}),
    }
    files = {
        "config.json": as_json(settings),
        "vocabulary.json": json.dumps(vocabulary, ensure_ascii=False).encode("utf-8", "surrogatepass"),
        "weights.safetensors": weights,
        **{f"{name}.onnx": graphs[name] for name in tasks[0].graphs},
        "scores.json": as_json(scores),
        "README.md": card.encode("utf-8", "replace"),
        **{vectors_file(number): vectors[name] for number, name in enumerate(config.model.vectors)},
        **extras,
    }
    for name, folder in (contextual or {}).items():
        if load_folder(folder.path).digest != folder.digest:
            problem = f"{folder.path}: another model by now than the one that this training has read"
            raise TaggerError(f"{problem}; put that one back and go on with --resume, or train anew")
        (path / name).mkdir(exist_ok=True)
        for file in (*read_json(folder.path / MANIFEST)["sha256"], MANIFEST):
            content = (folder.path / file).read_bytes()
            write_bytes(path / name / file, content)
        files[f"{name}/{MANIFEST}"] = content  # which holds the hashes of the others
    for name, content in files.items():
        write_bytes(path / name, content)
    hashes = {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files) if is_needed(name)}
    write_bytes(path / MANIFEST, as_json({"format_version": FORMAT_VERSION, "sha256": hashes}))


def add_int8(path: Path, graph: bytes, weights: bytes) -> None:
    """Write the variant in whole numbers into a model folder, in place of one that is there; hashes last."""
    manifest = read_json(path / MANIFEST)
    hashes = {name: digest for name, digest in manifest["sha256"].items() if name not in INT8}
    write_bytes(path / MANIFEST, as_json({**manifest, "sha256": hashes}))  # whole at any moment, with it or without
    files = {INT8_GRAPH: graph, INT8_WEIGHTS: weights}
    for name, content in files.items():
        write_bytes(path / name, content)
        hashes[name] = hashlib.sha256(content).hexdigest()
    write_bytes(path / MANIFEST, as_json({**manifest, "sha256": dict(sorted(hashes.items()))}))
