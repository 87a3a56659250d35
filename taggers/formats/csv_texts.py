"""Tables of texts with labels, to sentences and back: each text is one sentence, other columns are remarks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from taggers.errors import FormatError
from taggers.formats.csv_format import CsvFormat, resolve_csv, unread_names
from taggers.formats.csv_rows import Row, read_rows, spell_row
from taggers.formats.kind import Kind
from taggers.formats.lines import Lines, PathOrStream, open_lines
from taggers.formats.remarks import name_of_remark, remark, single_remarks
from taggers.formats.units import as_unit, own_text
from taggers.text import Sentence, Source


def read_csv(source: PathOrStream | Lines, format: CsvFormat) -> Iterator[Sentence]:
    r"""The texts of a table, each a sentence with its label, and with the fields of the other columns as remarks.

    Raises FormatError, with the line on which the row begins, at a row of another length, an empty text or label, and
    quotes that do not fit.

    >>> import io
    >>> [hello] = read_csv(io.BytesIO(b'id,text,label\n7,"Hello, you",greeting\n'), CsvFormat())
    >>> hello.label, hello.text, hello.tokens, hello.extras
    ('greeting', 'Hello, you', ('Hello', ',', 'you'), (Extra(position=0, line='# id = 7'),))
    """
    lines = open_lines(source, format.encoding)
    format = resolve_csv(lines, format)
    rows = read_rows(lines.whole(), lines.name, format.sign, format.quoting)
    if format.has_header:
        next(rows, None)
    for row in rows:
        if len(row.fields) != len(format.names):
            raise _unequal(row, format, lines.name)
        place = Source(lines.name, row.line)
        fields = dict(zip(format.names, row.fields, strict=True))
        text, label = fields.pop("text"), fields.pop("label", None)
        if label == "" and not format.required:
            label = None
        elif label == "" and not format.many:
            raise FormatError(place.path, place.line, "expected a label, found none; fill it in, or leave the row out")
        extras = (remark(name, value) for name, value in fields.items())
        yield as_unit(text, label, place, extras=extras, tokenised=format.tokenised, tokeniser=format.tokeniser)


def _unequal(row: Row, format: CsvFormat, path: str) -> FormatError:
    if row.fields == [""]:
        problem = "found an empty line; remove it"
    else:
        shown = format.sign.join(row.fields)[:60]
        problem = f"found {len(row.fields)} in {shown!r}; give every row as many, or name another --separator"
    return FormatError(path, row.line, f"expected {len(format.names)} columns as in the first row, {problem}")


def write_csv(sentences: Iterable[Sentence], format: CsvFormat) -> Iterator[str]:
    r"""A row a sentence, after the header where the format has one; a remark that a sentence lacks is an empty field.

    A format that has read no file writes the columns that it names, else `text`, and `label` where the first sentence
    has one. Raises FormatError at a sentence without text or label, and at a field that would not come back.

    >>> list(write_csv([as_unit("Hello, you", "greeting")], CsvFormat()))
    ['text,label\n', '"Hello, you",greeting\n']
    """
    header = {} if format.names else unread_names(format)
    names = format.names or tuple(header)
    number = 0
    for sentence in sentences:
        names = names or (("text",) if sentence.label is None else ("text", "label"))
        if number == 0:
            yield from _header(format, [header.get(name, name) for name in names])
        fields = single_remarks(sentence) | {"text": own_text(sentence)[0]}
        if not sentence.tokens:
            raise _unwritable(sentence.source, "a sentence without tokens would not come back as a text; leave it out")
        if "label" in names:
            if sentence.label is None or not (sentence.label or format.many):
                raise _unwritable(sentence.source, "expected a label, found none; write a format without labels")
            fields["label"] = sentence.label
        yield _spelt([fields.get(name, "") for name in names], format, sentence.source)
        number += 1
    if number == 0:
        yield from _header(format, list(header.values()) or ["text", "label"])


def _header(format: CsvFormat, names: list[str]) -> Iterator[str]:
    if format.has_header:
        yield _spelt(format.header_names or names, format, Source("output", 1))


def _spelt(fields: Sequence[str], format: CsvFormat, source: Source) -> str:
    try:
        return spell_row(fields, format.sign, format.quoting) + format.line_end
    except ValueError as fault:
        shown = ", ".join(repr(field[:60]) for field in fields)
        raise _unwritable(source, f"{shown} {fault}; write CSV with quotes") from fault


def _unwritable(source: Source, problem: str) -> FormatError:
    return FormatError(source.path, source.line, problem)


def _keeps_line(line: str, format: CsvFormat) -> bool:
    """True for a remark that has a column, and for a blank line."""
    return not line.strip(" \t") or name_of_remark(line) in (format.names or tuple(format.columns))


CSV = Kind(
    name="csv",
    format=CsvFormat,
    read=read_csv,
    write=write_csv,
    resolve=resolve_csv,
    label=True,
    text=True,
    unit="text",
    keeps_line=_keeps_line,
)
