"""A safetensors file mapped and opened: both give the tensors that were saved, whole and by rows."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from safetensors.numpy import save, save_file

from taggers.data.tensors import map_tensors, open_tensors, view_tensors
from taggers.errors import CheckpointError

TENSORS: dict[str, NDArray[Any]] = {
    "table": np.arange(600, dtype=np.float32).reshape(200, 3),
    "halves": np.arange(24, dtype=np.float16).reshape(4, 3, 2),
    "row": np.arange(5, dtype=np.int64),
    "nothing": np.zeros((0, 7), np.float32),
}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("tensors") / "a.safetensors"
    save_file(TENSORS, place, metadata={"about": "a test"})
    return place


@pytest.mark.parametrize("name", TENSORS)
def test_tensors_come_as_they_were_saved(path: Path, name: str) -> None:
    stored, mapped = open_tensors(path), map_tensors(path)
    viewed = view_tensors(np.frombuffer(save(TENSORS), np.uint8), "in memory")
    assert mapped.metadata == {"about": "a test"}
    for found in (stored[name][...], mapped.arrays[name], viewed.arrays[name]):
        assert found.dtype == TENSORS[name].dtype
        assert np.array_equal(found, TENSORS[name])
    assert stored[name].shape == TENSORS[name].shape
    assert stored.keys() == mapped.arrays.keys() == TENSORS.keys()


@given(asked=st.lists(st.lists(st.integers(0, 199), max_size=150), max_size=4))
def test_rows_are_those_of_the_array_few_or_many(path: Path, asked: list[list[int]]) -> None:
    table = open_tensors(path)["table"]
    for numbers in asked:
        index = np.array(numbers, dtype=np.int32)
        assert np.array_equal(table[index], TENSORS["table"][index])
    assert np.array_equal(table[...], TENSORS["table"])


@pytest.mark.parametrize("number", [200, 10**6])
@pytest.mark.parametrize("beside", [0, 100])
def test_a_row_that_is_not_there_is_an_error_few_or_many(path: Path, number: int, beside: int) -> None:
    with pytest.raises(IndexError):
        open_tensors(path)["table"][np.array([*range(beside), number])]


def test_few_rows_are_read_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = open_tensors(path)["table"]
    sizes: list[int] = []
    read = table._file.read

    def counted(start: int, size: int) -> bytes:
        sizes.append(size)
        return read(start, size)

    monkeypatch.setattr(table._file, "read", counted)
    assert table[np.array([3, 5])].shape == (2, 3)
    assert sizes == [12, 12]


def test_a_file_that_is_replaced_is_read_as_it_was(path: Path, tmp_path: Path) -> None:
    place = tmp_path / "a.safetensors"
    place.write_bytes(path.read_bytes())
    table = open_tensors(place)["table"]
    save_file({"table": -TENSORS["table"]}, tmp_path / "new")
    os.replace(tmp_path / "new", place)
    assert table[np.array([1])].tolist() == [[3.0, 4.0, 5.0]]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="no list of open files")
def test_the_file_is_closed_when_no_tensor_is_held(path: Path) -> None:
    def is_open() -> bool:
        return str(path) in {os.path.realpath(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd")}

    table = open_tensors(path)["table"]
    assert is_open()
    del table
    gc.collect()
    assert not is_open()


@pytest.mark.parametrize("cut", [0, 4, 9, 100, -1])
def test_a_file_that_is_cut_short_is_one_line(path: Path, tmp_path: Path, cut: int) -> None:
    place = tmp_path / "cut"
    place.write_bytes(path.read_bytes()[:cut])
    for read in (open_tensors, map_tensors):
        with pytest.raises(CheckpointError, match=r"cut: [^\n]*; restore it$"):
            read(place)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    for read in (open_tensors, map_tensors):
        with pytest.raises(CheckpointError, match=r"gone: cannot be read: No such file or directory; restore it$"):
            read(tmp_path / "gone")


def test_a_file_that_is_cut_short_while_it_is_open_is_one_line(path: Path, tmp_path: Path) -> None:
    place = tmp_path / "a.safetensors"
    place.write_bytes(path.read_bytes())
    table = open_tensors(place)["table"]
    os.truncate(place, 100)
    with pytest.raises(CheckpointError, match=r"a\.safetensors: [^\n]*it has been cut short; restore it$"):
        table[np.array([150])]


@pytest.mark.parametrize("most", [1, 7])
def test_what_a_system_reads_in_pieces_is_put_together(path: Path, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    table = open_tensors(path)["table"]
    read = table._file._read_some
    monkeypatch.setattr(table._file, "_read_some", lambda start, size: read(start, min(size, most)))
    assert table[np.array([3, 5])].tolist() == TENSORS["table"][[3, 5]].tolist()


def test_without_positioned_reads_the_same_is_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "pread", raising=False)
    assert open_tensors(path)["table"][...].tolist() == TENSORS["table"].tolist()
