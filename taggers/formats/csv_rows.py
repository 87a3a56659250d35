r"""Rows of fields and the lines that spell them: RFC 4180 quoting, or none, with the line where each row begins."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from taggers.errors import FormatError
from taggers.formats.lines import without_end

Quotes = Literal["none", "needed", "all"]

SIGNS = {"comma": ",", "tab": "\t", "semicolon": ";"}

_MOST_CHARACTERS = 1 << 20  # of one row: a quote that is never closed does not fill the memory
# a quoted field, or one without quotes and line ends, and the sign or the end behind it
_FIELDS = {sign: re.compile(rf'(?:"([^"]*(?:""[^"]*)*)"|([^"\r\n{sign}]*))({sign}|\Z)') for sign in SIGNS.values()}


class Row(NamedTuple):
    """The fields of a row, the physical line on which it begins, what ends it, and whether every field is quoted."""

    line: int
    fields: list[str]
    end: str
    quoted: bool = False


def read_rows(lines: Iterable[str], path: str, sign: str, quotes: Quotes) -> Iterator[Row]:
    r"""The rows of lines that have their ends (LF or CRLF); a quoted field may go over several lines.

    Raises FormatError at a quote that is never closed and at one in a field that does not begin with it. Source: RFC
    4180.

    >>> [row.fields for row in read_rows(['a,"b\n', 'c"",d"\n'], "a.csv", ",", "needed")]
    [['a', 'b\nc",d']]
    """
    pending: list[str] = []
    characters, odd, first = 0, False, 1
    for number, line in enumerate(lines, start=1):
        if quotes == "none":
            bare = without_end(line)
            yield Row(number, bare.split(sign), line[len(bare) :])
            continue
        if not pending:
            first = number
        pending.append(line)
        odd ^= line.count('"') % 2 == 1
        if not odd:
            yield _split("".join(pending), path, first, sign)
            pending, characters = [], 0
        elif (characters := characters + len(line)) > _MOST_CHARACTERS:
            break
    if pending:
        problem = f"expected the end of a quoted field within {_MOST_CHARACTERS:,} characters, found none"
        raise FormatError(path, first, f"{problem}{_MEND} in the row that begins with {pending[0][:60]!r}")


def unlike_said(path: str, line: str, separator: str) -> FormatError:
    """What to raise where the first line of a table does not hold what is said to separate its columns.

    >>> print(unlike_said("a.csv", "text,label", "tab"))
    a.csv:1: expected columns separated by a tab, found none in 'text,label'; say another separator, or leave it out
    """
    problem = f"expected columns separated by a {separator}, found none in {without_end(line)[:60]!r}"
    return FormatError(path, 1, f"{problem}; say another separator, or leave it out")


_MEND = "; close the quote, or write two where one is meant"


def _split(record: str, path: str, line: int, sign: str) -> Row:
    whole, record = record, without_end(record)
    end = whole[len(record) :]
    if '"' not in record and "\r" not in record:
        return Row(line, record.split(sign), end)
    fields: list[str] = []
    quoted = True
    place = 0
    while True:
        match = _FIELDS[sign].match(record, place)
        if match is None:
            raise _misspelt(record, place, path, line)
        inside, bare, behind = match.groups()
        fields.append(bare if inside is None else inside.replace('""', '"'))
        quoted = quoted and inside is not None
        if not behind:
            return Row(line, fields, end, quoted)
        place = match.end()


def _misspelt(record: str, place: int, path: str, line: int) -> FormatError:
    line += record.count("\n", 0, place)
    shown = repr(record[place : place + 60])
    if "\r" in record[place:] and '"' not in record[place:]:
        problem = f"expected lines that end in LF or CRLF, found CR alone in {shown}"
        return FormatError(path, line, f"{problem}; convert them, or quote the field")
    problem = f"expected quotes around a whole field, with each quote inside it doubled, found {shown}"
    return FormatError(path, line, f"{problem}; mend it, or say that quotes are ordinary characters")


def spell_row(fields: Sequence[str], sign: str, quotes: Quotes) -> str:
    r"""A row as text, without the end of its line; ValueError where it would not come back.

    >>> spell_row(['say "a", b', "c"], ",", "needed")
    '"say ""a"", b",c'
    """
    if quotes == "none":
        row = sign.join(fields)
        if row.count(sign) != len(fields) - 1 or "\n" in row or row.endswith("\r"):
            raise ValueError("holds what separates columns or lines, and there are no quotes")
        return row
    return sign.join(_quoted(field) if quotes == "all" or _needs_quotes(field, sign) else field for field in fields)


def _needs_quotes(field: str, sign: str) -> bool:
    return sign in field or any(character in field for character in '"\r\n')


def _quoted(field: str) -> str:
    return '"' + field.replace('"', '""') + '"'
