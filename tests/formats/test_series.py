"""Series of numbers: read sample by sample, written as they were, refused where they do not fit."""

from __future__ import annotations

import io

import pytest

from taggers.errors import FormatError, TaggerError
from taggers.formats import Lines, SeriesFormat, encode, read, resolve
from taggers.text import Sentence

TABLE = 'sample,label,x,y\na,walk,0.5,-1\na,walk,.25,3e1\n"b,1",run,0,0\n'


def sentences(content: str, format: SeriesFormat | None = None) -> list[Sentence]:
    return list(read(io.BytesIO(content.encode()), format or SeriesFormat()))


@pytest.mark.parametrize(
    ("content", "format"),
    [
        (TABLE, SeriesFormat()),
        (TABLE.replace(",", "\t").replace('"b\t1"', "b"), SeriesFormat()),
        (TABLE.replace(",", "\t").replace('"b\t1"', "b"), SeriesFormat(usual="semicolon")),
        (TABLE, SeriesFormat(usual="tab")),
        (TABLE, SeriesFormat(separator="comma")),
        (TABLE.replace(",", ";").replace('"b;1"', "b,1"), SeriesFormat(usual="semicolon")),
        ("a,b;sample\n1;s\n", SeriesFormat(usual="semicolon")),
        (TABLE.replace("sample", "id").replace("label", "kind"), SeriesFormat("id", "kind")),
        ("x,sample\n1,a\n2,a\n3,b\n", SeriesFormat()),
        ("sample,x\n", SeriesFormat()),
    ],
)
def test_a_table_comes_back(content: str, format: SeriesFormat) -> None:
    resolved = resolve(Lines(io.BytesIO(content.encode())), format)
    found = sentences(content, format)
    written = b"".join(encode(found, resolved)).decode()
    assert written == (content if found else "")


def test_each_step_is_a_token() -> None:
    first, second = sentences(TABLE)
    assert (first.tokens, first.label, str(first.source)) == (("0.5 -1", ".25 3e1"), "walk", "<stream>:2")
    assert (second.tokens, second.label, first.line_of(1)) == (("0 0",), "run", 3)


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("", 1, "expected a header with 'sample' and columns of numbers, found nothing"),
        ("label,x\nwalk,1\n", 1, "expected a header with 'sample'"),
        ("sample,label\na,walk\n", 1, "expected a header with 'sample', columns of numbers"),
        ("sample,x,x\na,1,1\n", 1, "each name once"),
        ("sample,x\na,1\na,1,2\n", 3, "expected 2 columns as in the header, found 3"),
        ("sample,x\na,1\na,one\n", 3, "expected a number as 'x', found 'one'"),
        ("sample,x\na,nan\n", 2, "expected a number as 'x', found 'nan'"),
        ("sample,x\na,\n", 2, "expected a number as 'x', found ''"),
        ("sample,x\na,1\na,1_0\n", 3, "expected a number as 'x', found '1_0'; fill it in, or leave the sample out"),
        ("sample,x\na,1\x00\n", 2, r"expected a number as 'x', found '1\x00'"),
        ("sample,x\na,١٢\n", 2, "expected a number as 'x', found '١٢'"),
        ("sample,x\na,\u00a01\n", 2, r"expected a number as 'x', found '\xa01'"),
        ("sample,x\na,1\nb,1\na,1\n", 4, "expected the rows of a sample together, found 'a' again"),
        ("sample,label,x\na,walk,1\na,run,1\n", 3, "expected one label for the sample 'a', 'walk', found another"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_line(content: str, line: int, message: str) -> None:
    with pytest.raises(FormatError, match=rf"^<stream>:{line}: ") as fault:
        sentences(content)
    assert message in str(fault.value)


@pytest.mark.parametrize("separator", ["tab", "semicolon"])
def test_a_separator_that_is_said_is_in_the_header(separator: str) -> None:
    with pytest.raises(FormatError) as fault:
        sentences(TABLE, SeriesFormat(separator=separator))
    problem = f"expected columns separated by a {separator}, found none in 'sample,label,x,y'"
    assert str(fault.value) == f"<stream>:1: {problem}; say another separator, or leave it out"
    with pytest.raises(TaggerError, match="separator space: expected auto or one of comma, tab, semicolon"):
        SeriesFormat(separator="space")


def test_columns_are_read_in_the_order_that_is_said_and_written_as_they_stood() -> None:
    swapped = "sample,y,x\na,-1,0.5\n"
    format = SeriesFormat(columns=("x", "y"))
    found = sentences(swapped, format)
    assert found[0].tokens == ("0.5 -1",)
    assert b"".join(encode(found, resolve(Lines(io.BytesIO(swapped.encode())), format))).decode() == swapped
    assert b"".join(encode(found, format)) == b"sample,x,y\na,0.5,-1\n"
    for header, there in (("sample,x,z", "x, z"), ("sample,x", "x"), ("sample,x,y,z", "x, y, z")):
        with pytest.raises(FormatError, match=f"^<stream>:1: expected the columns of numbers x, y, found {there}; "):
            sentences(f"{header}\n", format)
    with pytest.raises(TaggerError, match="columns x=1: expected the names of columns of numbers in a series"):
        SeriesFormat(columns={"x": 1})  # type: ignore[arg-type]


def test_what_is_no_series_is_not_written_as_one() -> None:
    with pytest.raises(FormatError, match="expected 1 numbers as a token, found 'Ada'"):
        list(encode([Sentence(("Ada",))], SeriesFormat()))
