"""Tables of texts: quoting that equals the csv module's, files that come back byte by byte, faults with their line."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from taggers.errors import FormatError, TaggerError
from taggers.formats import Lines, split_text
from taggers.formats import csv_rows as rows_module
from taggers.formats.csv_format import CsvFormat, Separator, resolve_csv
from taggers.formats.csv_rows import SIGNS, Quotes, read_rows, spell_row
from taggers.formats.csv_texts import read_csv, write_csv
from taggers.formats.lines import Block
from taggers.formats.remarks import remark, remarks_of
from taggers.formats.units import as_unit, own_text
from taggers.text import Sentence, Source

ODD = 'a",;\t\n\r \x00\u2028\x85\x0b\ud800é'
fields = st.text(st.sampled_from(ODD) | st.characters(), max_size=12)
rows = st.lists(fields, min_size=2, max_size=4)


def texts(content: str, format: CsvFormat | None = None) -> list[Sentence]:
    return list(read_csv(io.BytesIO(content.encode()), format or CsvFormat()))


def whole_lines(text: str) -> Iterator[str]:
    """Split after each line feed, and nowhere else."""
    return (line for line in io.StringIO(text, newline="\n"))


def rewritten(source: str | Path, format: CsvFormat) -> bytes:
    lines = Lines(source)
    resolved = resolve_csv(lines, format)
    return "".join(write_csv(read_csv(lines, resolved), resolved)).encode()


@given(st.lists(rows, max_size=4), st.sampled_from(list(SIGNS.values())), st.sampled_from(["needed", "all"]))
def test_quoted_rows_come_back_and_the_csv_module_reads_them_alike(
    table: list[list[str]], sign: str, quotes: Quotes
) -> None:
    spelt = "".join(spell_row(row, sign, quotes) + "\r\n" for row in table)
    assert [row.fields for row in read_rows(whole_lines(spelt), "a.csv", sign, quotes)] == table
    assert list(csv.reader(io.StringIO(spelt, newline=""), delimiter=sign, strict=True)) == table


@given(st.lists(rows, max_size=4), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), st.sampled_from(["\n", "\r\n"]))
def test_what_the_csv_module_writes_is_read(table: list[list[str]], quoting: int, end: str) -> None:
    # the module leaves a lone CR without quotes, which no reader can tell from the end of a line
    assume(quoting == csv.QUOTE_ALL or not any("\r" in field for row in table for field in row))
    stream = io.StringIO(newline="")
    csv.writer(stream, quoting=quoting, lineterminator=end).writerows(table)  # type: ignore[arg-type]
    found = list(read_rows(whole_lines(stream.getvalue()), "a.csv", ",", "needed"))
    assert [row.fields for row in found] == table
    starts = [0]
    for row in table:
        starts.append(starts[-1] + 1 + sum(field.count("\n") for field in row))
    assert [row.line for row in found] == [start + 1 for start in starts[:-1]]


@given(st.text(st.sampled_from('",\r\na'), max_size=12))
def test_any_text_is_read_as_the_csv_module_does_or_refused(text: str) -> None:
    try:
        found = [row.fields for row in read_rows(whole_lines(text), "a.csv", ",", "needed")]
    except FormatError:
        return
    try:
        expected = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:  # such as CR CR LF within no quotes
        expected = None
    assert expected is None or found == [row or [""] for row in expected]


@given(st.lists(rows, max_size=4), st.sampled_from(list(SIGNS.values())))
def test_rows_without_quotes_come_back_or_are_refused(table: list[list[str]], sign: str) -> None:
    for row in table:
        try:
            spelt = spell_row(row, sign, "none")
        except ValueError:
            assert any(sign in field or "\n" in field for field in row) or row[-1].endswith("\r")
            continue
        assert [found.fields for found in read_rows([spelt + "\n"], "a.tsv", sign, "none")] == [row]


@given(
    st.lists(st.tuples(fields, fields.filter(bool), fields), min_size=1, max_size=4),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["comma", "semicolon"]),
)
def test_texts_labels_and_other_columns_come_back(table: list[tuple[str, str, str]], end: str, separator: str) -> None:
    format = CsvFormat(("id", "label", "text"), separator, line_end=end)  # type: ignore[arg-type]
    sign = SIGNS[separator]
    content = "".join(spell_row(row, sign, "needed") + end for row in table)
    lines = Lines(io.BytesIO(content.encode("utf-8", "surrogatepass")), "utf-8")
    whole = whole_lines(content.removeprefix("\ufeff"))  # lone surrogates have no bytes in utf-8
    lines._blocks = (Block([line], "", False) for line in whole)
    try:
        resolved = resolve_csv(lines, format)
        found = list(read_csv(lines, resolved))
    except FormatError:
        assert any(not list(split_text(text)) for _, _, text in table)
        return
    assert [sentence.label for sentence in found] == [label for _, label, _ in table]
    assert [sentence.text for sentence in found] == [text for _, _, text in table]
    quotes = "all" if all(any(c in field for c in f'"\r\n{sign}') for field in table[0]) else "needed"
    assert (resolved.quotes, resolved.line_end) == (quotes, end)
    if quotes == "needed":
        assert "".join(write_csv(found, resolved)) == content.removeprefix("\ufeff")


def test_a_header_names_the_columns() -> None:
    [row] = texts('id,question,"intent"\n7,"Hello, you",greeting\n', CsvFormat({"text": "question", "label": "intent"}))
    assert (row.text, row.label, remarks_of(row.extras)) == ("Hello, you", "greeting", {"id": "7"})
    assert row.source == Source("<stream>", 2)
    assert row.tokens == ("Hello", ",", "you")


@pytest.mark.parametrize(
    ("content", "format"),
    [
        ("pos\tgood\n", CsvFormat(("label", "text"))),
        ("good,pos\n", CsvFormat(("text", "label"))),
        ("good;pos\n", CsvFormat({"label": -1, "text": 0}, "semicolon")),
        ("text,label\ngood,pos\n", CsvFormat()),
        ("category,text\npos,good\n", CsvFormat()),
        ("x,label,text\n1,pos,good\n", CsvFormat()),
        ("a\tb\npos\tgood\n", CsvFormat(("label", "text"), header=True)),
        ("label,text\npos,good\n", CsvFormat(("label", "text"))),
        ("pos,good\n", CsvFormat(("label", "text"), usual="tab")),
        ("pos\tgood\n", CsvFormat(("label", "text"), usual="semicolon")),
        ("good;pos\n", CsvFormat(("text", "label"), usual="semicolon")),
        ("a, b;pos;good\n", CsvFormat(("id", "label", "text"), usual="semicolon")),
        ("a, b;pos;good\n", CsvFormat(("id", "label", "text"), "semicolon")),
        ("label;text\npos;good\n", CsvFormat({"text": 1, "label": 0}, "semicolon")),
        ('"text"\t"label"\n"good"\t"pos"\n', CsvFormat(quotes="all")),
    ],
)
def test_text_and_label_are_found_and_the_file_comes_back(tmp_path: Path, content: str, format: CsvFormat) -> None:
    [row] = texts(content, format)
    assert (row.text, row.label) == ("good", "pos")
    path = tmp_path / "table"
    path.write_text(content, "utf-8")
    assert rewritten(path, format) == content.encode()


def test_a_first_row_of_the_names_of_columns_is_a_row_where_there_is_no_header() -> None:
    first, _ = texts("label,text\npos,good\n", CsvFormat(("label", "text"), header=False))
    assert (first.text, first.label) == ("text", "label")
    first, _ = texts("text,label\ngood,pos\n", CsvFormat(("label", "text")))
    assert (first.text, first.label) == ("label", "text")


@pytest.mark.parametrize("format", [CsvFormat(("text",), "tab"), CsvFormat(("text",), usual="tab")])
def test_a_text_alone_is_not_cut_at_what_others_are_separated_by(format: CsvFormat) -> None:
    [row] = texts("Hi, you\n", format)
    assert row.text == "Hi, you"


@pytest.mark.parametrize(("separator", "text"), [("tab", "Hi, you"), ("semicolon", "Hi, you"), ("comma", "Hi; you")])
def test_a_header_of_texts_alone_holds_no_separator(separator: Separator, text: str) -> None:
    for format in (
        CsvFormat(separator=separator),
        CsvFormat({"text": "text", "label": "label"}, separator, required=False),
    ):
        [row] = texts(f"text\n{text}\n", format)
        assert row.text == text


def test_a_first_row_that_goes_on_may_hold_its_separator_further_down() -> None:
    [row] = texts('"Hi\nyou",pos\n', CsvFormat(("text", "label"), "comma"))
    assert (row.text, row.label) == ("Hi\nyou", "pos")


def test_a_table_may_have_texts_alone() -> None:
    [row] = texts("text\nHi\n")
    assert (row.text, row.label) == ("Hi", None)
    assert texts("") == []
    assert texts("text,label\n") == []


def test_all_fields_are_quoted_where_those_of_the_first_row_are(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b'"text","label"\r\n"Hi","a"\r\n')
    assert rewritten(path, CsvFormat()) == path.read_bytes()


def test_the_end_of_the_name_says_what_separates(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,label\nHi\tyou,a\n", "utf-8")
    (tmp_path / "a.tsv").write_text('text\tlabel\nHi, "you\ta\n', "utf-8")
    assert next(read_csv(tmp_path / "a.csv", CsvFormat())).text == "Hi\tyou"
    assert next(read_csv(tmp_path / "a.tsv", CsvFormat())).text == 'Hi, "you'


def test_tokens_that_blanks_separate() -> None:
    [row] = texts("a  b\u00a0c \tAH0 B\n", CsvFormat(("text", "label"), tokenised=True))
    assert (row.tokens, row.offsets, row.label) == (("a", "b\u00a0c"), ((0, 1), (3, 6)), "AH0 B")


@pytest.mark.parametrize(
    ("content", "format", "place", "problem"),
    [
        ('text,label\na,b\n"c,d\ne,f\n', CsvFormat(), 3, "expected the end of a quoted field"),
        ('text,label\n"a"x,"b"\n', CsvFormat(), 2, "expected quotes around a whole field"),
        ('text,label\n"a\nb",x"y"\n', CsvFormat(), 3, "expected quotes around a whole field"),
        ("text,label\na,b\rc,d\r\n", CsvFormat(), 2, "found CR alone"),
        ("text,label\na\n", CsvFormat(), 2, "expected 2 columns as in the first row, found 1 in 'a'"),
        ('text,label\n"x\ny",b\na,b,c\n', CsvFormat(), 4, "expected 2 columns as in the first row, found 3"),
        ("text,label\n\na,b\n", CsvFormat(), 2, "found an empty line"),
        ("text,label\n,b\n", CsvFormat(), 2, "expected a text, found none"),
        ('text,label\n"\n ",b\n', CsvFormat(), 2, "expected a text, found only white space"),
        ("text,label\na,\n", CsvFormat(), 2, "expected a label, found none"),
        ("text,label,label\n", CsvFormat(), 1, "found 'label' more than once"),
        ("question,label\n", CsvFormat(), 1, "a header with the column 'text' for the text, found 'question, label'"),
        ("good,pos\n", CsvFormat(header=False), 1, "such as label,text in a file without a header"),
        ("text,question\n", CsvFormat({"text": "question"}), 1, "expected each column once, found text, text"),
        ("good\n", CsvFormat(("text", "label")), 1, "expected text,label, found 1 columns separated by a comma"),
        ("good,pos\n", CsvFormat({"text": 0, "label": -2}), 1, "expected text=0,label=-2, found 2 columns"),
    ],
)
def test_faults_have_their_line(content: str, format: CsvFormat, place: int, problem: str) -> None:
    with pytest.raises(FormatError) as fault:
        texts(content, format)
    assert str(fault.value).startswith(f"<stream>:{place}: ")
    assert problem in str(fault.value)
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize(
    ("content", "format"),
    [
        ("pos,good\n", CsvFormat(("label", "text"), "tab")),
        ("pos\tgood\n", CsvFormat(("label", "text"), "comma")),
        ('"pos";"good"\n', CsvFormat(("label", "text"), "comma")),
        ("pos, good\npos\tgood\n", CsvFormat(("label", "text"), "tab")),
        ("pos\na\tb\n", CsvFormat({"label": 0, "text": 1}, "tab", required=False)),
        ("text,label\ngood,pos\n", CsvFormat(separator="tab")),
        ("text,label\ngood,pos\n", CsvFormat({"text": "text", "label": "label"}, "semicolon", required=False)),
        ("text\ngood\n", CsvFormat(("text", "label"), "tab")),
    ],
)
def test_a_separator_that_is_said_is_in_the_first_row(content: str, format: CsvFormat) -> None:
    with pytest.raises(FormatError) as fault:
        texts(content, format)
    problem = f"expected columns separated by a {format.separator}, found none in {content.splitlines()[0]!r}"
    assert str(fault.value) == f"<stream>:1: {problem}; say another separator, or leave it out"


@pytest.mark.parametrize(
    "make",
    [
        lambda: CsvFormat(("label",)),
        lambda: CsvFormat(("text", "label", "label")),
        lambda: CsvFormat({"text": 0, "label": 0}),
        lambda: CsvFormat(separator="space"),  # type: ignore[arg-type]
        lambda: CsvFormat({"text": "question"}, header=False),
    ],
)
def test_a_format_that_means_nothing_is_refused(make: Callable[[], CsvFormat]) -> None:
    with pytest.raises(TaggerError, match="expected"):
        make()


def test_a_quote_that_is_never_closed_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_module, "_MOST_CHARACTERS", 10)
    lines = iter(['"aaaaa\n', "bbbbb\n", "ccccc\n"])
    with pytest.raises(FormatError, match=r"a\.csv:1: expected the end of a quoted field within 10 characters"):
        list(read_rows(lines, "a.csv", ",", "needed"))
    assert next(lines) == "ccccc\n"
    long = "a" * 20
    assert [row.fields for row in read_rows([f'{long},"b"\n'], "a.csv", ",", "needed")] == [[long, "b"]]


def test_a_directory_and_a_missing_file_are_said(tmp_path: Path) -> None:
    for path, problem in ((tmp_path, "Is a directory"), (tmp_path / "no.csv", "No such file")):
        with pytest.raises(FormatError, match=problem):
            list(read_csv(path, CsvFormat()))


def test_rows_are_read_one_by_one() -> None:
    def endless() -> Iterator[str]:
        yield "text,label\n"
        while True:
            yield "Hi,a\n"

    lines = Lines(io.BytesIO())
    lines._blocks = (Block([line], "", False) for line in endless())
    assert next(read_csv(lines, CsvFormat())).text == "Hi"


@pytest.mark.parametrize(
    ("sentence", "format", "problem"),
    [
        (as_unit("Hi"), CsvFormat(("text", "label")), "expected a label"),
        (Sentence((), label="a", text=" ", offsets=()), CsvFormat(), "without tokens"),
        (as_unit("Hi\tyou", "a"), CsvFormat(separator="tab"), "holds what separates columns"),
        (as_unit("Hi\nyou", "a"), CsvFormat(separator="tab"), "holds what separates columns"),
    ],
)
def test_what_would_not_come_back_is_not_written(sentence: Sentence, format: CsvFormat, problem: str) -> None:
    with pytest.raises(FormatError, match=problem):
        list(write_csv([sentence], format))


@pytest.mark.parametrize(
    ("format", "content"),
    [
        (CsvFormat({"text": 1, "label": 0}), "pos,good\n"),
        (CsvFormat({"text": "question", "label": "intent"}), "question,intent\ngood,pos\n"),
        (CsvFormat(("label", "text"), header=True, separator="tab"), "label\ttext\npos\tgood\n"),
    ],
)
def test_a_format_that_has_read_nothing_writes_what_it_reads(format: CsvFormat, content: str) -> None:
    assert "".join(write_csv([as_unit("good", "pos")], format)) == content
    assert [(s.text, s.label) for s in texts(content, format)] == [("good", "pos")]
    assert "".join(write_csv([], format)) == content.removesuffix("good,pos\n").replace("pos,good\n", "").replace(
        "pos\tgood\n", ""
    )


def test_a_format_with_gaps_is_not_written() -> None:
    gaps: list[dict[str, int | str]] = [{"text": 1}, {"text": -1, "label": 0}, {"text": 0, "label": "x"}]
    for columns in gaps:
        with pytest.raises(TaggerError, match="expected the names of all columns in order"):
            list(write_csv([as_unit("good", "pos")], CsvFormat(columns)))
    assert list(write_csv([], CsvFormat())) == ["text,label\n"]


def test_sentences_of_other_formats_are_written() -> None:
    parts = list(split_text("Yes. No, not."))
    format = CsvFormat(("text",), header=True)
    assert list(write_csv([Sentence(("Ada", "slept")), *parts], format)) == [
        "text\n", "Ada slept\n", "Yes.\n", '"No, not."\n',
    ]  # fmt: skip
    format = CsvFormat(("id", "text"))
    assert list(write_csv([Sentence(("Hi",), extras=(remark("id", "7"),)), Sentence(("Ho",))], format)) == [
        "7,Hi\n", ",Ho\n",
    ]  # fmt: skip


@given(fields, fields)
def test_remarks_come_back_in_one_line(name: str, value: str) -> None:
    extra = remark(name, value)
    assert "\n" not in extra.line
    assert "\r" not in extra.line
    assert remarks_of([extra]) == {name: value}


def test_a_comment_of_other_hands_stands_for_itself() -> None:
    extras = [remark("a", "b")._replace(line=line) for line in ('# x = "y', "# no remark", '# n = "1"', "# e = ")]
    assert remarks_of(extras) == {"x": '"y', "n": "1", "e": ""}


@given(st.text(max_size=30))
def test_the_text_of_a_unit_is_its_own(text: str) -> None:
    try:
        assert own_text(as_unit(text))[0] == text
    except FormatError:
        assert not list(split_text(text))


@pytest.mark.parametrize(
    ("corpus", "ending", "format", "numbers"),
    [
        ("banking77", "csv", CsvFormat(), {"dev": 1003, "test": 3080}),
        ("pros_cons", "tsv", CsvFormat(("label", "text")), {"dev": 4114, "test": 4130}),
        ("cmudict_g2p", "tsv", CsvFormat(("text", "label"), tokenised=True), {"dev": 6650, "test": 6583}),
    ],
)
def test_real_files_come_back_byte_by_byte(
    data: Callable[[str], Path], corpus: str, ending: str, format: CsvFormat, numbers: dict[str, int]
) -> None:
    for split, number in numbers.items():
        path = data(corpus) / f"{split}.{ending}"
        lines = Lines(path)
        resolved = resolve_csv(lines, format)
        found = list(read_csv(lines, resolved))
        assert len(found) == number
        assert "".join(write_csv(found, resolved)).encode() == path.read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "format"),
    [
        ("banking77/train.csv", CsvFormat()),
        ("pros_cons/train.tsv", CsvFormat(("label", "text"))),
        ("cmudict_g2p/train.tsv", CsvFormat(("text", "label"), tokenised=True)),
    ],
)
def test_large_real_files_come_back_byte_by_byte(data: Callable[[str], Path], path: str, format: CsvFormat) -> None:
    corpus, _, file = path.partition("/")
    assert rewritten(data(corpus) / file, format) == (data(corpus) / file).read_bytes()


def test_real_rows_are_those_of_the_csv_module(data: Callable[[str], Path]) -> None:
    path = data("banking77") / "train.csv"
    with open(path, encoding="utf-8", newline="") as file:
        expected = list(csv.reader(file, strict=True))
    assert [row.fields for row in read_rows(Lines(path).whole(), str(path), ",", "needed")] == expected
    assert sum("\n" in field for row in expected for field in row) == 8
