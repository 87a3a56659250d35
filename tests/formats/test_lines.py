"""Lines of files: what ends one, what is seen through, where a bad byte stands."""

from __future__ import annotations

import gc
import gzip
import io
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taggers.errors import FormatError, TaggerError
from taggers.formats import Lines
from taggers.formats.lines import source_name


def lines(content: bytes, encoding: str = "utf-8") -> list[str]:
    return list(Lines(io.BytesIO(content), encoding))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", []),
        (b"\n", [""]),
        (b"a", ["a"]),
        (b"a\n", ["a"]),
        (b"a\r\nb\r\n", ["a", "b"]),
        (b"a\rb\n", ["a\rb"]),  # an old Mac's line end is none
        (b"a\r\r\n", ["a\r"]),
        ("a\u2028b\u0085c\x0bd\x0ce\x1cf\n".encode(), ["a\u2028b\u0085c\x0bd\x0ce\x1cf"]),
        (b"a\x00b\n", ["a\x00b"]),
        (b"\xef\xbb\xbfa\n\xef\xbb\xbfb\n", ["a", "\ufeffb"]),  # a mark that begins no file is a character
        (b"\xef\xbb\xbf", []),
    ],
)
def test_only_line_feeds_end_lines(content: bytes, expected: list[str]) -> None:
    assert lines(content) == expected


@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(["utf-8", "utf-16", "utf-32", "gb18030"]))
def test_lines_are_those_between_line_feeds(text: str, encoding: str) -> None:
    expected = text.removeprefix("\ufeff").split("\n")
    if not expected[-1]:
        expected.pop()
    assert lines(text.encode(encoding), encoding) == [line[:-1] if line.endswith("\r") else line for line in expected]


class Dripping(io.RawIOBase):
    """A pipe that gives few bytes at a time."""

    def __init__(self, content: bytes, size: int) -> None:
        self.pieces: Iterator[bytes] = (content[i : i + size] for i in range(0, len(content), size))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        piece = next(self.pieces, b"")
        cast(memoryview, buffer)[: len(piece)] = piece
        return len(piece)


@pytest.mark.parametrize("size", [1, 2, 3, 7])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "euc-jp"])
def test_characters_cut_by_the_pipe_are_put_together(size: int, encoding: str) -> None:
    content = "日本\r\nと\n\nほ".encode(encoding)
    assert list(Lines(io.BufferedReader(Dripping(content, size)), encoding)) == ["日本", "と", "", "ほ"]


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize(
    ("content", "encoding", "line", "offset", "byte"),
    [
        (b"ok\nna\xefve\n", "utf-8", 2, 5, "0xef"),
        (b"ok\n\xed\xa0\x80\n", "utf-8", 2, 3, "0xed"),  # half of a surrogate pair is no character
        (b"\xff", "ascii", 1, 0, "0xff"),
        ("日\n日".encode() + b"\xe6\x97", "utf-8", 2, 7, "0xe6"),  # cut off at the end
        ("a\nb".encode("utf-16") + b"\x00", "utf-16", 2, 8, "0x00"),
        (b"a\n\x81", "cp1252", 2, 2, "0x81"),
    ],
)
def test_a_bad_byte_is_named_with_its_place(
    content: bytes, encoding: str, line: int, offset: int, byte: str, size: int
) -> None:
    with pytest.raises(FormatError) as caught:
        list(Lines(io.BufferedReader(Dripping(content, size)), encoding))
    assert caught.value.line == line
    expected = f"expected {encoding}, found byte {byte} at byte offset {offset}; name the encoding with --encoding"
    assert str(caught.value).endswith(expected)


def test_lines_before_a_bad_byte_are_not_lost() -> None:
    read = Lines(io.BytesIO(b"one\ntwo\n\xff\n"))
    seen: list[str] = []
    with pytest.raises(FormatError, match=":3:"):
        seen.extend(read)
    assert seen == ["one", "two"]


def test_gzip_is_told_by_its_first_bytes_not_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "train.conll"
    path.write_bytes(gzip.compress(b"a\n") + gzip.compress(b"b\n"))  # two members are one file
    assert list(Lines(path)) == ["a", "b"]
    (tmp_path / "plain.gz").write_bytes(b"a\n")
    assert list(Lines(str(tmp_path / "plain.gz"))) == ["a"]


@pytest.mark.parametrize("damage", ["cut", "changed"])
def test_damaged_gzip_is_an_error_not_a_shorter_file(tmp_path: Path, damage: str) -> None:
    content = bytearray(gzip.compress(bytes(range(256)) * 100))
    if damage == "cut":
        content = content[:-20]
    else:
        content[40] ^= 0xFF
    path = tmp_path / "train.gz"
    path.write_bytes(content)
    with pytest.raises(FormatError, match="damaged"):
        list(Lines(path, "latin-1"))


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"none\.conll: cannot be read: No such file or directory"):
        list(Lines(tmp_path / "none.conll"))
    with pytest.raises(FormatError, match="cannot be read: Is a directory"):
        list(Lines(tmp_path))


def test_a_path_that_cannot_be_one_is_one_line() -> None:
    with pytest.raises(FormatError, match=r"^'a\\x00b': a path cannot hold a null character"):
        Lines("a\0b")


def test_a_stream_closed_half_way_is_let_go_of_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    faults: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", faults.append)
    stream = io.BytesIO(b"a\nb\n")
    given_up = Lines(stream)
    given_up.peek(1)
    stream.close()
    del given_up
    gc.collect()
    assert faults == []


@pytest.mark.parametrize("encoding", ["klingon", "hex", "utf\x00", "\ud800"])
def test_an_encoding_that_is_none_is_refused_before_reading(encoding: str) -> None:
    with pytest.raises(TaggerError, match="unknown encoding"):
        Lines("never-opened", encoding)


def test_an_encoding_of_wider_units_has_its_own_line_ends() -> None:
    assert lines("a\nb\n\u0a0a\n".encode("utf-16-le"), "utf-16-le") == ["a", "b", "\u0a0a"]


def test_lines_looked_at_are_still_to_come() -> None:
    read = Lines(io.BytesIO(b"a\nb\nc\n"))
    assert read.peek(2) == ["a", "b"]
    assert read.peek(1) == ["a"]
    assert list(read) == ["a", "b", "c"]
    assert Lines(io.BytesIO(b"a")).peek(5) == ["a"]


def test_the_stream_of_the_caller_stays_open() -> None:
    stream = io.BytesIO(b"a\n")
    assert list(Lines(stream)) == ["a"]
    assert not stream.closed


def test_what_messages_call_a_source(tmp_path: Path) -> None:
    assert source_name("a.conll") == "a.conll"
    assert source_name(io.BytesIO()) == "<stream>"
    (tmp_path / "a").write_bytes(b"")
    with open(tmp_path / "a", "rb") as stream:
        assert source_name(stream) == str(tmp_path / "a")


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_bytes(b"some words in a line\n" * 60_000)  # 1.3 MB
    tracemalloc.start()
    try:
        assert sum(1 for _ in Lines(path)) == 60_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 800_000


@pytest.mark.parametrize("content", ["سلام\tO\n".encode(), b"\xd8\xd8\xd8\xd8\n", b"\xff"])
def test_other_bytes_than_utf_16_are_one_line(content: bytes) -> None:
    with pytest.raises(FormatError, match="expected utf-16, found"):
        list(Lines(io.BytesIO(content), "utf-16"))


def test_utf_16_without_a_byte_order_mark_is_one_line_that_names_another() -> None:
    with pytest.raises(FormatError, match=r"expected utf-16, found other bytes .* such as utf-16-le"):
        list(Lines(io.BytesIO("Ada\n".encode("utf-16-le")), "utf-16"))


def test_standard_input_has_one_name(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    with (tmp_path / "a").open("rb") as stream:
        raw = io.FileIO(stream.fileno(), closefd=False)
        raw.name = 0  # as that of `open(0)`
        assert source_name(io.BufferedReader(raw)) == "<stdin>"
