"""Digests of the files that a model is made from and judged on."""

from __future__ import annotations

import hashlib
from pathlib import Path

from taggers.checkpoint import load_folder
from taggers.errors import CheckpointError


def digest_of(key: str, path: str) -> str | None:
    """SHA-256 of what the setting `key` names: of a file, of a folder with the names in it, of a language model's
    manifest; None for what is neither a file nor a folder, or no such model.

    >>> digest_of("data.train", "corpora/english/nothing.conll")
    """
    place = Path(path)
    if key.startswith("model.contextual."):
        try:
            return load_folder(place).digest
        except CheckpointError:
            return None
    if place.is_file():
        return _digest_file(place)
    if not place.is_dir():
        return None
    digest = hashlib.sha256()
    for file in sorted(file for file in place.rglob("*") if file.is_file()):
        digest.update(repr((file.relative_to(place).as_posix(), _digest_file(file))).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _digest_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
