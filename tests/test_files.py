"""Files that are whole or not there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from taggers.errors import TaggerError
from taggers.files import write_bytes, write_text


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a", bytes(range(256)))
    assert (tmp_path / "a").read_bytes() == bytes(range(256))
    write_text(tmp_path / "b", "Straße\r\n\u2028海")
    assert (tmp_path / "b").read_bytes().decode("utf-8") == "Straße\r\n\u2028海"  # no line end is translated
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b"]


def test_a_new_content_replaces_the_old(tmp_path: Path) -> None:
    for content in (b"a longer old content", b"new"):
        write_bytes(tmp_path / "a", content)
    assert (tmp_path / "a").read_bytes() == b"new"


def test_a_write_that_dies_half_way_leaves_the_old_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_bytes(tmp_path / "a", b"old")

    def die(_: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", die)
    with pytest.raises(TaggerError, match="a: cannot be written: no space left"):
        write_bytes(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"old"
    monkeypatch.undo()
    write_bytes(tmp_path / "a", b"newer")
    assert (tmp_path / "a").read_bytes() == b"newer"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]  # nothing is left beside it


def test_the_content_is_on_the_disk_before_it_takes_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, bool]] = []
    flush, replace = os.fsync, Path.replace
    place = tmp_path / "a"

    def fsync(descriptor: int) -> None:
        seen.append(("flushed", place.exists()))
        flush(descriptor)

    def move(self: Path, target: Path) -> Path:
        seen.append(("moved", place.exists()))
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", move)
    write_bytes(place, b"sea")
    assert seen == [("flushed", False), ("moved", False)]
