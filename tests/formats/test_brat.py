"""brat standoff: folders of pairs, read and written with all their lines."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taggers.errors import FormatError, TaggerError
from taggers.formats import BratFormat, ColumnFormat, encode, read, write
from taggers.formats.brat import DISCONTINUOUS
from taggers.formats.jsonl import JsonlFormat
from taggers.formats.marks import WIDENED
from taggers.text import Sentence

TEXT = "Ada Obi and Bo\nwent to New York. They slept.\n"
LINES = """\
T1	PER 0 7	Ada Obi
T2	PER 0 3;12 14	Ada Bo
T3	GPE 23 31	New York
R1	Went Arg1:T1 Arg2:T3
E1	Move:T3 Who:T1
A1	Sure E1
M1	Neg E1
N1	Reference T1 Wiki:1	Ada
#1	AnnotatorNotes T1	an é
*	Equiv T1 T2
T4	NAME 4 7	Obi
"""
Corpus = Callable[..., Path]


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """Write a folder of pairs, and give it."""

    def make(lines: str = LINES, text: str = TEXT, name: str = "a") -> Path:
        folder = tmp_path / "corpus"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.txt").write_bytes(text.encode())
        (folder / f"{name}.ann").write_bytes(lines.encode())
        return folder

    return make


def files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_bytes().decode() for path in folder.iterdir()}


def test_a_folder_is_read_document_by_document(corpus: Corpus) -> None:
    corpus("", "No one.\n", "b")
    one, two, three, four = read(corpus(), BratFormat("ner"))
    assert one.layers == {"ner": ("B-PER", "I-PER", "O", "O"), "ner2": ("O", "B-NAME", "O", "O")}
    assert two.layers["ner"] == ("O", "O", "B-GPE", "I-GPE", "O")
    assert [s.starts_document for s in (one, two, three, four)] == [True, False, False, True]
    assert [s.source.line for s in (one, two, three, four)] == [1, 2, 2, 1]
    assert one.text == TEXT
    assert four.source.path.endswith("b.txt")
    assert [note.kind for note in one.notes if note.kind == DISCONTINUOUS] == [DISCONTINUOUS]
    assert next(n.line for n in one.notes if n.kind == DISCONTINUOUS).endswith("a.ann:2: T2 PER 0 3;12 14 Ada Bo")
    [alone, *_] = read(corpus() / "a.txt", BratFormat("ner"))
    assert alone == one


def test_a_folder_comes_back_byte_by_byte(corpus: Corpus, tmp_path: Path) -> None:
    corpus("", "No one.", "b")
    corpus("T7\tX 1 2\td\n", "Ada", "c")  # cuts a token
    corpus("", " \n", "d")
    folder = corpus()
    write(read(folder, BratFormat()), tmp_path / "out", BratFormat())
    assert files(tmp_path / "out") == files(folder)


def test_what_refers_to_a_span_that_is_gone_goes_with_it(corpus: Corpus, tmp_path: Path) -> None:
    first, *others = read(corpus(), BratFormat("ner"))
    tags = ("O", "O", "B-NEW", "O")
    changed = replace(first, layers={"ner": tags})
    write([changed, *others], tmp_path / "out", BratFormat("ner"))
    assert files(tmp_path / "out")["a.ann"] == (
        "T2\tPER 0 3;12 14\tAda Bo\nT3\tGPE 23 31\tNew York\nT5\tNEW 8 11\tand\n"
    )


def test_sentences_outside_of_documents_are_one(tmp_path: Path) -> None:
    a, b = Sentence(("Ada",), {"tag": ("B-X",)}), Sentence(("New", "York"), {"tag": ("B-Y", "I-Y")})
    write([a, b, replace(a, starts_document=True), b], tmp_path / "out", BratFormat())
    annotation = "T1\tX 0 3\tAda\nT2\tY 4 12\tNew York\n"
    assert files(tmp_path / "out") == {
        "000001.txt": "Ada\nNew York", "000001.ann": annotation,
        "000002.txt": "Ada\nNew York", "000002.ann": annotation,
    }  # fmt: skip


def test_two_documents_of_one_name_have_two(corpus: Corpus, tmp_path: Path) -> None:
    documents = [*read(corpus(), BratFormat()), *read(corpus(), BratFormat())]
    write(documents, tmp_path / "out", BratFormat())
    assert sorted(files(tmp_path / "out")) == ["a.ann", "a.txt", "a000002.ann", "a000002.txt"]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ("T1\tPER 0 99\tAda\n", "a.ann:1: expected a span within the 45 characters of the text, found 0 to 99"),
        ("\nT1\tPER 3 3\t\n", "a.ann:2: expected a span of one character or more"),
        ("T1\tPER 0 3\tObi\n", "a.ann:1: expected 'Ada' as the text of span 0 to 3, found 'Obi'"),
        ("T1 PER 0 3 Ada\n", "a.ann:1: expected a line such as 'T1<tab>PER 0 3<tab>Ada', found 'T1 PER 0 3 Ada'"),
        ("T1\tPER 0\tAda\n", "a.ann:1: expected a line such as"),
        ("hello\n", "a.ann:1: expected a line such as"),
        ("T1\tPER 0 1;2 99\tA a\n", "a.ann:1: expected a span within"),
    ],
)
def test_a_wrong_line_is_refused_with_its_place(corpus: Corpus, lines: str, found: str) -> None:
    with pytest.raises(FormatError) as fault:
        list(read(corpus(lines), BratFormat()))
    assert found in str(fault.value)


def test_a_cut_is_told_with_the_line_of_the_annotation(corpus: Corpus) -> None:
    [first, *_] = read(corpus("R1\ta b\nT1\tPER 1 7\tda Obi\n"), BratFormat())
    [note] = first.notes
    assert note.kind == WIDENED
    assert note.line.endswith("a.ann:2: PER 1 to 7 'da Obi', now 0 to 7 'Ada Obi'")
    with pytest.raises(FormatError, match=r"a\.ann:2: span 1 to 7 cuts a token"):
        list(read(corpus("R1\ta b\nT1\tPER 1 7\tda Obi\n"), BratFormat(on_cut="refuse")))


def test_a_span_may_go_over_a_line(corpus: Corpus) -> None:
    [first, *_] = read(corpus("T1\tX 12 19\tBo went\n"), BratFormat())
    assert first.layers["tag"][3:5] == ("B-X", "I-X")


def test_what_is_missing_is_named(corpus: Corpus, tmp_path: Path) -> None:
    folder = corpus()
    (folder / "b.ann").write_text("")
    with pytest.raises(FormatError, match=r"b\.ann: expected b\.txt beside it"):
        list(read(folder, BratFormat()))
    (folder / "b.ann").rename(folder / "a.ann.old")
    (folder / "c.txt").write_text("Ada")
    with pytest.raises(FormatError, match=r"c\.txt: expected c\.ann beside it, found none; add it"):
        list(read(folder, BratFormat()))
    for place in (tmp_path / "none", folder / "a.ann"):
        with pytest.raises(FormatError, match=r"expected a folder of \.txt and \.ann files"):
            list(read(place, BratFormat()))
    (tmp_path / "empty").mkdir()
    with pytest.raises(FormatError, match=r"empty: expected \.txt files"):
        list(read(tmp_path / "empty", BratFormat()))
    (folder / "c.ann").mkdir()
    with pytest.raises(FormatError, match=r"c\.ann: cannot be read"):
        list(read(folder, BratFormat()))


def test_a_bad_byte_has_its_line(corpus: Corpus) -> None:
    folder = corpus()
    (folder / "a.txt").write_bytes(b"Ada\n\xff")
    with pytest.raises(FormatError, match=r"a\.txt:2: expected utf-8, found byte 0xff at byte offset 4"):
        list(read(folder, BratFormat()))


def test_only_a_new_or_empty_folder_is_written_to(corpus: Corpus, tmp_path: Path) -> None:
    folder = corpus()
    with pytest.raises(FormatError, match="expected a folder that is new or empty"):
        write([], folder, BratFormat())
    (tmp_path / "empty").mkdir()
    write([Sentence(("Ada",))], tmp_path / "empty", BratFormat())
    assert files(tmp_path / "empty") == {"000001.txt": "Ada", "000001.ann": ""}
    (tmp_path / "file").write_text("")
    with pytest.raises(TaggerError, match="cannot be written"):
        write([], tmp_path / "file" / "below", BratFormat())


@pytest.mark.parametrize(
    ("sentence", "format", "found"),
    [
        (Sentence(("Ada",), {"tag": ("B-a b",)}), BratFormat(), "label 'a b' holds a blank"),
        (Sentence(("é",), {"tag": ("O",)}), BratFormat(encoding="ascii"), "'é' has no place in ascii"),
    ],
)
def test_what_it_cannot_hold_leaves_nothing(tmp_path: Path, sentence: Sentence, format: BratFormat, found: str) -> None:
    with pytest.raises(FormatError, match=found):
        write([sentence], tmp_path / "out", format)
    assert not list(tmp_path.iterdir())


@given(st.lists(st.tuples(st.integers(0, 45), st.integers(0, 45)), max_size=6))
def test_any_spans_come_back(tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[int, int]]) -> None:
    folder = tmp_path_factory.mktemp("brat")
    (folder / "a.txt").write_bytes(TEXT.encode())
    spans = [(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]]
    lines = [f"T{n}\tX {a} {b}\t{TEXT[a:b]}".replace("\n", " ") for n, (a, b) in enumerate(spans)]
    (folder / "a.ann").write_text("".join(f"{line}\n" for line in lines))
    write(read(folder, BratFormat()), folder / "out", BratFormat())
    assert (folder / "out" / "a.ann").read_text() == (folder / "a.ann").read_text()


def test_characters_have_offsets_in_text_without_blanks(data: Callable[[str], Path], tmp_path: Path) -> None:
    path = data("uner_chinese_gsdsimp") / "char_dev.bmes"
    sentences = [s for s in read(path, ColumnFormat(unspaced=True)) if s.tokens]
    write(sentences, tmp_path / "out", BratFormat())
    text = (tmp_path / "out" / "000001.txt").read_text()
    assert text == "\n".join("".join(s.tokens) for s in sentences)
    found = []
    for line in (tmp_path / "out" / "000001.ann").read_text().splitlines():
        _, where, surface = line.split("\t")
        _, start, end = where.split(" ")
        assert text[int(start) : int(end)] == surface
        found.append(surface)
    own = b"".join(encode(sentences, JsonlFormat())).decode().splitlines()
    assert found == [span["text"] for line in own for span in json.loads(line)["spans"]]
    assert len(found) > 500


def test_a_span_that_ends_in_a_carriage_return_is_refused(tmp_path: Path) -> None:
    ada = Sentence(("Ada\r", "slept\r"), {"tag": ("B-PER", "O")})
    with pytest.raises(FormatError, match="span PER ends in a carriage return"):
        write([ada], tmp_path / "new", BratFormat())
    assert not (tmp_path / "new").exists()


def test_a_folder_that_is_not_there_is_said_not_to_be(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"nowhere: expected a folder .* found nothing: it does not exist"):
        list(read(tmp_path / "nowhere", BratFormat()))
