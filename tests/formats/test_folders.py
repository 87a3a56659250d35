"""Folders: a label's texts and a split's files, in the order of their names, both ways; what is left out is said."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taggers.data.corpus import documents
from taggers.errors import FormatError
from taggers.formats import (
    ColumnFormat,
    ConlluFormat,
    FoldersFormat,
    Format,
    Lines,
    TokensFormat,
    encode,
    read,
    split_text,
    write,
    write_folder,
)
from taggers.formats.folder_writer import new_folder, write_folders
from taggers.text import Sentence, Source


def fill(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def content(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()}


TEXTS = {
    "neg/2.txt": b"Bad. Very bad.\r\n\r\nNever again\r\n",
    "neg/10.txt": b" worse",
    "pos/1.txt": "Gut, schön.\n".encode(),
}


def test_texts_have_the_label_of_their_folder_and_come_back(tmp_path: Path) -> None:
    old = fill(tmp_path / "old", TEXTS)
    found = list(read(old, FoldersFormat()))
    assert [(s.label, s.text) for s in found] == [
        ("neg", " worse"),
        ("neg", "Bad. Very bad.\r\n\r\nNever again\r\n"),
        ("pos", "Gut, schön.\n"),
    ]
    assert found[1].source == Source(str(old / "neg" / "2.txt"), 1)
    assert found[1].tokens == ("Bad", ".", "Very", "bad", ".", "Never", "again")
    assert list(read(Lines(str(old)), FoldersFormat())) == found
    write_folders(found, tmp_path / "new", FoldersFormat())
    assert content(tmp_path / "new") == TEXTS
    write_folders([Sentence(s.tokens, {}, s.label) for s in found], tmp_path / "newer", FoldersFormat("text"))
    assert list(content(tmp_path / "newer")) == ["neg/000001.text", "neg/000002.text", "pos/000003.text"]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["new", "newer", "old"]


characters = st.characters(exclude_categories=["Cs"])  # UTF-8 has no bytes for the others
some_texts = st.lists(st.text(characters, max_size=9), max_size=3)


@given(st.dictionaries(st.sampled_from(["a", "b c", "é"]), some_texts))
def test_any_texts_come_back(tmp_path_factory: pytest.TempPathFactory, texts: dict[str, list[str]]) -> None:
    files = {
        f"{label}/{i}.txt": text.encode()
        for label, some in texts.items()
        for i, text in enumerate(some)
        if list(split_text(text)) and text[0] != "\ufeff"
    }
    folder = tmp_path_factory.mktemp("folder")
    if not files:
        return
    write_folders(read(fill(folder / "old", files), FoldersFormat()), folder / "new", FoldersFormat())
    assert content(folder / "new") == files


def test_what_is_left_out_is_said_or_refused(tmp_path: Path) -> None:
    others = {".hidden/1.txt": b"a", "README": b"a", "pos/.x.txt": b"a", "pos/a.md": b"a", "pos/more/1.txt": b"a"}
    old = fill(tmp_path / "old", TEXTS | others)
    notes: list[str] = []
    assert len(list(read(old, FoldersFormat(), notes.append))) == 3
    assert notes == [
        f"{old}/.hidden: not read (hidden)",
        f"{old}/README: not read (no folder of a label)",
        f"{old}/pos/.x.txt: not read (hidden)",
        f"{old}/pos/a.md: not read (it does not end in .txt)",
        f"{old}/pos/more: not read (no file)",
    ]
    with pytest.raises(FormatError, match=r"\.hidden: would not be read \(hidden\); move it elsewhere"):
        list(read(old, FoldersFormat()))


@pytest.mark.parametrize(
    ("files", "format", "problem"),
    [
        ({}, FoldersFormat(), "expected a folder for each label, found none"),
        ({}, ColumnFormat(), "expected files, found none"),
        ({"pos/.keep": b""}, FoldersFormat(), r"expected files ending in \.txt, found none"),
        ({"pos/1.txt": b"\n"}, FoldersFormat(), r"1\.txt:1: expected a text, found only white space"),
        ({"pos/1.txt": b"\xff"}, FoldersFormat(), r"1\.txt:1: expected utf-8, found byte 0xff"),
        ({"a.conll": b"a O\n", "b.md": b""}, ColumnFormat(), r"found 1 of \.conll, 1 of \.md"),
        ({"a.conll": b"a O\nb\n"}, ColumnFormat(), r"a\.conll:2: expected 2 columns"),
    ],
)
def test_faults_are_said(tmp_path: Path, files: dict[str, bytes], format: Format, problem: str) -> None:
    fill(tmp_path, files)
    with pytest.raises(FormatError, match=problem):
        list(read(tmp_path, format, lambda _: None))


@pytest.mark.parametrize("source", ["no such folder", io.BytesIO(), Lines(io.BytesIO())])
def test_labels_need_a_folder(source: str | io.BytesIO | Lines) -> None:
    with pytest.raises(FormatError, match="expected a folder with a folder for each label, found none"):
        list(read(source, FoldersFormat()))


def test_a_folder_that_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(FormatError, match="cannot be read: Permission denied"):
        list(read(tmp_path, ColumnFormat()))


COLUMN_FILES = {
    "a.conll": b"# x\n\n",
    "b.conll": b"-DOCSTART- O\n\na O\n\nb O\n\n",
    "c.conll": b"c O\n\n-DOCSTART- O\n\nd O\n\n",
}


def test_files_are_one_split_with_boundaries_between_them(tmp_path: Path) -> None:
    old = fill(tmp_path / "old", COLUMN_FILES)
    format = ColumnFormat(comments="#", separator="space")
    found = list(read(old, format))
    assert [s.tokens for s in found] == [(), ("a",), ("b",), ("c",), ("d",)]
    assert [s.starts_document for s in found] == [False, True, False, True, True]
    assert documents([s for s in found if s.tokens]) == [range(2), range(2, 3), range(3, 4)]
    write_folder(found, tmp_path / "new", lambda some: encode(some, format))
    assert content(tmp_path / "new") == COLUMN_FILES
    write(found, tmp_path / "one.conll", format)
    assert (tmp_path / "one.conll").read_bytes().count(b"-DOCSTART-") == 3


def test_files_of_a_formats_own_ending_are_preferred(tmp_path: Path) -> None:
    word = b"1\ta" + 8 * b"\t_" + b"\n\n"
    fill(tmp_path, {"a.conllu": word, "b.conllu": b"# newdoc\n" + word, "README.md": b""})
    notes: list[str] = []
    found = list(read(tmp_path, ConlluFormat(), notes.append))
    assert [s.starts_document for s in found] == [False, True]
    assert notes == [f"{tmp_path}/README.md: not read (it does not end in .conllu)"]
    write_folder(found, tmp_path / "new", lambda some: encode(some, ConlluFormat()))
    assert content(tmp_path / "new") == {"a.conllu": word, "b.conllu": b"# newdoc\n" + word}


@pytest.mark.parametrize(
    ("sentences", "problem"),
    [
        ([Sentence((), label="a")], "without tokens"),
        ([Sentence(("a",))], "expected a label that can name a folder, found None"),
        ([Sentence(("a",), label="..")], r"expected a label that can name a folder, found '\.\.'"),
        ([Sentence(("a",), label="a/b")], "found 'a/b'; write CSV"),
        ([Sentence(("\ud800",), label="a")], "has no place in utf-8"),
        ([Sentence(("a",), label="a", source=Source("a/1.txt", 1))] * 2, r"a second file called 1\.txt"),
        ([Sentence(("a",), label="a" * 300)], "cannot be written: File name too long"),
    ],
)
def test_what_would_not_come_back_is_not_written(tmp_path: Path, sentences: list[Sentence], problem: str) -> None:
    with pytest.raises(FormatError, match=problem):
        write_folders(sentences, tmp_path / "new", FoldersFormat())
    assert list(tmp_path.iterdir()) == []


def test_sentences_of_no_file_and_files_of_one_name_are_refused(tmp_path: Path) -> None:
    a, b = (Sentence(("a",), source=Source(f"{name}/1.txt", 1)) for name in "ab")
    for sentences, problem in (([Sentence(("a",))], "expected sentences of a file"), ([a, b], "a second file called")):
        with pytest.raises(FormatError, match=problem):
            write_folder(sentences, tmp_path / "new", lambda some: encode(some, TokensFormat()))
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(tmp_path: Path) -> None:
    fill(tmp_path / "there", {"a": b"sea"})
    with pytest.raises(FormatError, match="something is there already"), new_folder(tmp_path / "there"):
        pass
    (tmp_path / "empty").mkdir()
    with new_folder(tmp_path / "empty") as folder:
        fill(folder, {"b": b"sand"})
    assert content(tmp_path) == {"there/a": b"sea", "empty/b": b"sand"}


def test_real_files_of_a_folder_are_one_split(data: Callable[[str], Path], tmp_path: Path) -> None:
    old = tmp_path / "old"
    fill(old, {file.name: file.read_bytes() for file in data("grobid_date").glob("*.crf")})
    found = list(read(old))
    assert len(found) == 522 + 60 + 55
    assert [i for i, s in enumerate(found) if s.starts_document] == [60, 115]
    write_folder(found, tmp_path / "new", lambda some: encode(some, ColumnFormat(separator="space")))
    assert content(tmp_path / "new") == content(old)
