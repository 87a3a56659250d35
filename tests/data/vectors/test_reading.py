"""Files of vectors, as gensim writes them and as people have them, against what gensim reads."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gensim.models import KeyedVectors
from hypothesis import given
from hypothesis import strategies as st

from taggers.data.vectors.building import build_store
from taggers.data.vectors.kinds import find_kind
from taggers.data.vectors.table import Table
from taggers.data.vectors.text_file import read_text
from taggers.data.vectors.word2vec import read_word2vec
from taggers.errors import FormatError, MissingExtraError


def silent(message: str) -> None:
    """Expect no message."""
    raise AssertionError(message)


def read(path: Path, most: int | None = None, note: Callable[[str], None] = silent) -> Table:
    """Read what the file is found to be."""
    reader = {"text": read_text, "word2vec": read_word2vec}[find_kind(path)]
    return reader(path, most, note)


@pytest.fixture(params=["text", "glove", "fasttext text", "line ends", "binary", "binary with line feeds"])
def vectors(request: pytest.FixtureRequest, tmp_path: Path, keyed: Any, text: Path, binary: Path) -> Path:
    path = tmp_path / "vectors"
    rows = text.read_bytes().split(b"\n")[:-1]
    match request.param:
        case "text":
            content = text.read_bytes()
        case "glove":
            content = b"\n".join(rows[1:])
        case "fasttext text":
            content = b" \n".join([rows[0].removesuffix(b" "), *rows[1:], b""])
        case "line ends":
            content = b"\xef\xbb\xbf" + b"\r\n".join([*rows, b""])
        case "binary":
            content = binary.read_bytes()
        case _:
            values = [word.encode() + b" " + keyed[word].tobytes() + b"\n" for word in keyed.index_to_key]
            content = rows[0] + b"\n" + b"".join(values)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("most", [None, 1, 3, 100])
def test_every_format_gives_the_words_and_values_that_were_written(
    vectors: Path, keyed: Any, most: int | None, packed: bool
) -> None:
    if packed:
        vectors.with_name("vectors.gz").write_bytes(gzip.compress(vectors.read_bytes()))
        vectors = vectors.with_name("vectors.gz")
    table = read(vectors, most)
    assert table.words == keyed.index_to_key[:most]
    np.testing.assert_array_equal(table.vectors, keyed.vectors[:most])


def test_text_is_read_as_gensim_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("3 2\nsea 1e-3 -2\ngull .5 +7\n№ 3 1E2\n", encoding="utf-8")
    oracle = KeyedVectors.load_word2vec_format(str(path))
    table = read(path)
    assert table.words == oracle.index_to_key
    np.testing.assert_array_equal(table.vectors, oracle.vectors)


# Any text but what bounds a field or a line of these formats.
odd_words = st.text(st.characters(exclude_characters=" \t\n\r\x0b\f\x00", codec="utf-8"), min_size=1)


@given(words=st.lists(odd_words, min_size=1, max_size=8, unique=True), seed=st.integers(0, 99))
def test_odd_words_come_back(tmp_path_factory: pytest.TempPathFactory, words: list[str], seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=(len(words), 3)).astype(np.float32)
    folder = tmp_path_factory.mktemp("odd")
    for binary, reader in ((False, read_text), (True, read_word2vec)):
        keyed = KeyedVectors(3)
        keyed.add_vectors(words, values)
        keyed.save_word2vec_format(str(folder / "odd"), binary=binary)
        table = reader(folder / "odd", None, silent)
        assert table.words == words
        np.testing.assert_array_equal(table.vectors, values)


def test_a_blank_inside_a_word_is_kept_in_text(tmp_path: Path) -> None:
    path = tmp_path / "glove.txt"
    path.write_text(", 0.1 0.2\n. . . 1 2\nat name@domain.com 3 4\n", encoding="utf-8")
    assert read(path).words == [",", ". . .", "at name@domain.com"]


def test_a_blank_inside_a_word_is_refused_in_binary(tmp_path: Path) -> None:
    keyed = KeyedVectors(4)
    keyed.add_vectors(["sea", "New York", "gull"], np.full((3, 4), 1, np.float32))
    keyed.save_word2vec_format(str(tmp_path / "a.bin"), binary=True)
    with pytest.raises(FormatError, match="as its header says"):
        read(tmp_path / "a.bin")


def test_nothing_behind_the_most_frequent_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("1000 2\nsea 1 2\ngull 3 4\nbroken\n", encoding="utf-8")
    assert read(path, most=2).words == ["sea", "gull"]
    with pytest.raises(FormatError, match=":4:"):
        read(path, most=3)


def test_a_repeated_word_keeps_its_first_row_and_is_reported(tmp_path: Path) -> None:
    path, notes = tmp_path / "a.txt", list[str]()
    path.write_text("4 2\nsea 1 2\ngull 3 4\nsea 5 6\ngull 7 8\n", encoding="utf-8")
    table = read(path, note=notes.append)
    assert table.words == ["sea", "gull"]
    assert table.vectors.tolist() == [[1, 2], [3, 4]]
    assert notes == [f"{path}: words that stand there more than once: 'sea' and 1 more; the first row of each is kept"]


def test_a_repeated_word_of_a_binary_file_is_reported(tmp_path: Path) -> None:
    path, notes = tmp_path / "a.bin", list[str]()
    rows = [(b"sea", 1), (b"gull", 2), (b"sea", 3)]
    path.write_bytes(b"3 2\n" + b"".join(word + b" " + np.full(2, v, np.float32).tobytes() for word, v in rows))
    table = read(path, note=notes.append)
    assert table.words == ["sea", "gull"]
    assert table.vectors.tolist() == [[1, 1], [2, 2]]
    assert notes == [f"{path}: 1 words stand there more than once; the first row of each is kept"]


FAULTS: dict[bytes, str] = {
    b"": "PATH: expected word vectors, found an empty file",
    b"\n \n": "PATH: expected word vectors, found an empty file",
    b"\nsea 1 2\n": "PATH:1: expected a header or a word and its numbers, found an empty line",
    b"sea\n": "PATH:1: expected a word and its numbers with blanks between, found 'sea'",
    b"sea,1,2\n": "PATH:1: expected a word and its numbers with blanks between, found 'sea,1,2'",
    b"3 0\nsea\n": "PATH:1: expected a word and its numbers with blanks between, found 0 dimensions in the header",
    b"2 2\n": "PATH:1: expected 2 rows as the header says, found 0; the file is cut short: fetch it again",
    b"0 2\n": "PATH:1: expected word vectors, found a header alone",
    b"2 2\nsea 1 2\n": "PATH:2: expected 2 rows as the header says, found 1; the file is cut short: fetch it again",
    b"1 2\nsea 1 2\ngull 1 2\n": "PATH:3: expected 1 rows as the header says, found more; correct it",
    b"2 2\nsea 1 2\ngull 1\n": "PATH:3: expected a word and 2 numbers, found 2 fields; correct the row",
    b"sea 1 2\n\ngull 1 2\n": "PATH:2: expected a word and 2 numbers, found 0 fields; correct the row",
    b"sea 1 2\n 1 2\n": "PATH:2: expected a word and 2 numbers, found 2 fields; correct the row",
    b"sea 1 2\ngull 1 2 3\n": "PATH:2: expected 2 numbers, found more: '1' before them; correct the row",
    b"sea 1 2\ngull x 3\n": "PATH:2: expected a number, found 'x'; correct the row",
    b"sea 1 2\n\xff 1 3\n": "PATH:2: expected UTF-8, found the byte 0xff; save the file as UTF-8",
    b"sea 1 2\nsea 1 2\ngull 1 nan\n": "PATH:3: expected finite numbers, found nan for 'gull'; take the row out",
    b"sea 1 -inf\ngull 1 0\n": "PATH:1: expected finite numbers, found -inf for 'sea'; take the row out",
    b"sea 3e38 3e38\na 1 1\ngull 1 inf\n": (  # the first are large, but finite
        "PATH:3: expected finite numbers, found inf for 'gull'; take the row out"
    ),
    b"sea 1 1e39\ngull 1 0\n": "PATH:1: expected finite numbers, found inf for 'sea'; take the row out",
    b"sea 0 0\ngull 0 0\n": "PATH: expected vectors, found nothing but zeros",
    b"PK\x03\x04": "PATH: a zip archive; unpack it and name the file of vectors in it",
    b"BZh9": "PATH: packed by bzip2; unpack it, or pack it by gzip",
    b"\x93NUMPY": "PATH: a bare numpy array without words; expected word vectors, as text or binary",
    b"\x10\0\0\0\0\0\0\0{}": "PATH: a safetensors file; name the folder that holds it and tokenizer.json",
    b"2 0\nsea\x00": "PATH:1: expected a header of word2vec's binary format, two numbers above 0; name its kind",
    b"2 2\nsea " + bytes(8): (
        "PATH: not 2 words of 2 float32 as its header says; fetch it again, or write it anew"  # cut short
    ),
    b"1 2\nsea " + bytes(8) + b"gull " + bytes(8): (
        "PATH: not 1 words of 2 float32 as its header says; fetch it again, or write it anew"  # more than that
    ),
    b"1 2\ns\xff " + bytes(8): "PATH: not 1 words of 2 float32 as its header says; fetch it again, or write it anew",
    b"1 1\nsea "
    + np.float32("nan").tobytes(): "PATH: expected finite numbers, found nan for word 1, 'sea'; take the row out",
    gzip.compress(b"sea 1 2\n" * 99, mtime=0)[:-9]: (
        "PATH: damaged gzip file (Compressed file ended before the end-of-stream marker was reached); fetch it again"
    ),
}


@pytest.mark.parametrize("content", FAULTS)
def test_a_fault_is_one_line_that_says_where(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "vectors"
    path.write_bytes(content)
    with pytest.raises(FormatError) as fault:
        build_store(path)
    assert str(fault.value) == FAULTS[content].replace("PATH", str(path))


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"none: cannot be read: No such file or directory; name a file of vectors$"):
        build_store(tmp_path / "none")


def test_pieces_that_float16_cannot_hold_beside_the_words_are_refused(tmp_path: Path) -> None:
    words, pieces = tmp_path / "words", tmp_path / "pieces"
    words.write_text("sea 1\n")
    pieces.write_text("gull 1e5\n##s 1\n")
    with pytest.raises(FormatError, match=r"pieces: values more than 65,504 times as large as those of words"):
        build_store(words, pieces=pieces)


def test_the_native_save_of_gensim_is_refused_with_the_lines_that_convert_it(tmp_path: Path, keyed: Any) -> None:
    path = tmp_path / "vectors.kv"
    keyed.save(str(path))
    with pytest.raises(FormatError, match="a native save of gensim") as fault:
        build_store(path)
    message = str(fault.value)
    assert "\n" not in message
    exec(message.partition("once: ")[2])
    assert read(tmp_path / "vectors.kv.bin").words == keyed.index_to_key


def test_binary_vectors_without_gensim_name_the_extra(monkeypatch: pytest.MonkeyPatch, binary: Path) -> None:
    monkeypatch.setitem(sys.modules, "gensim.models", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'taggers\[train\]'"):
        build_store(binary)


def test_a_kind_that_is_named_is_believed(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("sea 1 2\n##gull 3 4\n", encoding="utf-8")
    assert build_store(path, kind="text").words == 2
    assert build_store(path).words == 0
    with pytest.raises(FormatError, match="expected a header of word2vec's binary format"):
        build_store(path, kind="word2vec")
    with pytest.raises(FormatError, match="cut short or damaged"):
        build_store(path, kind="fasttext")
    with pytest.raises(FormatError, match="missing; a folder of vectors holds"):
        build_store(path, kind="model2vec")


def test_no_word_at_all_is_no_wish(text: Path) -> None:
    with pytest.raises(ValueError, match="expected at least one word"):
        build_store(text, most=0)


@pytest.mark.slow
def test_the_real_vectors_are_read_as_gensim_reads_them(data: Callable[[str], Path]) -> None:
    path = data("vectors_english") / "vectors.txt.gz"
    table = read(path)
    assert (len(table.words), table.vectors.shape) == (87566, (87566, 100))
    oracle = KeyedVectors.load_word2vec_format(str(path), limit=2000)
    assert table.words[:2000] == oracle.index_to_key
    np.testing.assert_array_equal(table.vectors[:2000], oracle.vectors)
