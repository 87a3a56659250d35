"""Files that are whole or not there."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import IO

import pytest

from taggers.errors import TaggerError
from taggers.files import hold, write_bytes, write_text


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a", bytes(range(256)))
    assert (tmp_path / "a").read_bytes() == bytes(range(256))
    write_text(tmp_path / "b", "Straße\r\n\u2028海")
    assert (tmp_path / "b").read_bytes().decode("utf-8") == "Straße\r\n\u2028海"  # no line end is translated
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b"]


def test_a_folder_is_no_place_to_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for place in (Path(), Path("/"), tmp_path, Path("..")):
        with pytest.raises(TaggerError, match="cannot be written: "):
            write_bytes(place, b"new")
    assert list(tmp_path.iterdir()) == []


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


def test_a_held_place_is_refused_and_let_go_of(tmp_path: Path) -> None:
    with hold(tmp_path / "lock"):
        said = r"lock: another process is at work here; wait for its end, or end it"
        with pytest.raises(TaggerError, match=said), hold(tmp_path / "lock"):
            pass
        assert (tmp_path / "lock").exists()
    assert not (tmp_path / "lock").exists()
    said = r"none/lock: cannot be written: No such file"
    with pytest.raises(TaggerError, match=said), hold(tmp_path / "none" / "lock"):
        pass


def test_a_lock_that_was_removed_meanwhile_is_taken_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    turns: list[int] = []
    lock = fcntl.flock

    def late(file: IO[bytes], flags: int) -> None:
        lock(file, flags)
        turns.append(flags)
        if len(turns) == 1:  # who held it before removes it now
            (tmp_path / "lock").unlink()

    monkeypatch.setattr(fcntl, "flock", late)
    with hold(tmp_path / "lock"):
        assert (tmp_path / "lock").exists()
    assert len(turns) == 2


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOLCK, errno.EIO])
def test_a_file_system_without_locks_keeps_nobody_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def fail(file: IO[bytes], flags: int) -> None:
        raise OSError(number, "no such thing")

    monkeypatch.setattr("fcntl.flock", fail)
    if number == errno.EIO:
        with pytest.raises(OSError, match="no such thing"), hold(tmp_path / "lock"):
            pass
    else:
        with hold(tmp_path / "lock"):
            pass


def test_a_name_that_is_too_long_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(TaggerError, match="cannot be written: File name too long"):
        write_bytes(tmp_path / ("a" * 250), b"")
