"""Writing: a path appears whole or not at all, and nothing that cannot be replaced is replaced."""

from __future__ import annotations

import gzip
import io
import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from taggers.errors import FormatError
from taggers.formats import (
    ColumnFormat,
    CsvFormat,
    Format,
    TextFormat,
    TokensFormat,
    encode,
    kind_of,
    open_output,
    read,
    write,
)
from taggers.text import Sentence

GOOD = Sentence(("a",), {"tag": ("O",)})
BAD = Sentence(("a\tb",), {"tag": ("O",)})


def test_a_failure_leaves_nothing_half_written(tmp_path: Path) -> None:
    with pytest.raises(FormatError):
        write([GOOD, BAD], tmp_path / "new", ColumnFormat())
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("old")
    with pytest.raises(FormatError):
        write([GOOD, BAD], tmp_path / "old", ColumnFormat())
    assert (tmp_path / "old").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_can_be_written_over_itself(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("a O\n")
    write(list(read(path, ColumnFormat())), path, ColumnFormat())
    assert path.read_text() == "a\tO\n\n"


def test_a_link_is_written_through(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("")
    (tmp_path / "link").symlink_to("real")
    write([GOOD], tmp_path / "link", ColumnFormat())
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "a\tO\n\n"


def test_a_device_is_never_replaced() -> None:
    write([GOOD], "/dev/null", ColumnFormat())
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_gzip_is_written_where_the_name_says_so(tmp_path: Path) -> None:
    for name in ("one.gz", "two.gz"):
        write([GOOD], tmp_path / name, ColumnFormat())
    assert gzip.decompress((tmp_path / "one.gz").read_bytes()) == b"a\tO\n\n"
    assert (tmp_path / "one.gz").read_bytes() == (tmp_path / "two.gz").read_bytes()  # nothing of the moment or the name


def test_a_stream_stays_open() -> None:
    stream = io.BytesIO()
    write([GOOD], stream, ColumnFormat())
    assert stream.getvalue() == b"a\tO\n\n"


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"none/a: cannot be written: No such file or directory"):
        write([GOOD], tmp_path / "none" / "a", ColumnFormat())


def test_a_reader_that_went_away_is_no_fault_of_the_file() -> None:
    class Closed(io.BytesIO):
        def write(self, content: object) -> int:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        write([GOOD], Closed(), ColumnFormat())


def test_a_pipe_that_breaks_behind_a_path_is_a_broken_pipe(tmp_path: Path) -> None:
    with pytest.raises(BrokenPipeError), open_output(tmp_path / "a"):
        raise BrokenPipeError
    assert list(tmp_path.iterdir()) == []


def test_a_replaced_file_keeps_its_permissions(tmp_path: Path) -> None:
    place = tmp_path / "private.conll"
    place.write_bytes(b"old")
    place.chmod(0o600)
    with open_output(place) as stream:
        stream.write(b"new")
    assert place.read_bytes() == b"new"
    assert place.stat().st_mode & 0o777 == 0o600


def test_standard_output_by_its_path_does_not_replace_the_file_behind_it(tmp_path: Path) -> None:
    command = "from taggers.formats import open_output\nwith open_output('/dev/stdout') as s: s.write(b'more')"
    place = tmp_path / "all.txt"
    place.write_bytes(b"previous ")
    with place.open("ab") as appended:
        subprocess.run([sys.executable, "-c", command], stdout=appended, check=True)
    assert place.read_bytes() == b"previous more"


@pytest.mark.parametrize(
    ("encoding", "mark"), [("utf-8-sig", b"\xef\xbb\xbf"), ("utf-16", b"\xff\xfe"), ("utf-8", b"")]
)
def test_a_byte_order_mark_begins_the_file_not_each_sentence(encoding: str, mark: bytes) -> None:
    sentences = [Sentence((token,), {"tag": ("O",)}) for token in ("a", "b")]
    written = b"".join(encode(sentences, ColumnFormat(encoding=encoding)))
    assert written == "a\tO\n\nb\tO\n\n".encode(encoding)
    assert written.startswith(mark)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig"])
@pytest.mark.parametrize("format", [ColumnFormat(), TokensFormat(), TextFormat(), CsvFormat()])
def test_a_first_character_that_looks_like_a_mark_stays(format: Format, encoding: str) -> None:
    format = replace(format, encoding=encoding)
    sentence = Sentence(("\ufeff", "\ufeffb"), {} if kind_of(format).layers == "none" else {"tag": ("O", "O")})
    first = b"".join(encode([sentence, sentence], format))
    found = list(read(io.BytesIO(first), format))
    assert "".join(found[0].tokens) == "\ufeff\ufeffb"
    assert b"".join(encode(found, format)) == first
