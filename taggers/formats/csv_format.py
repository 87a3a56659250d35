"""How a table of texts is spelt: which column is the text and which the label, what separates and quotes, a header."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from taggers.errors import FormatError, TaggerError
from taggers.formats.csv_rows import SIGNS, Quotes, Row, read_rows, unlike_said
from taggers.formats.lines import Lines, without_end
from taggers.formats.tokenisers import SYNTOK, Tokeniser

Separator = Literal["auto", "comma", "tab", "semicolon"]


@dataclass(frozen=True)
class CsvFormat:
    """A text a row, with its label in another column, as CSV (RFC 4180) or separated by tabs.

    `columns` are all names in order, or the place or header's name of some: `text`, and `label` where there is one.
    Where nothing is said, a header names them, and of two columns the one that is not the text is the label.
    `header` None is a header where nothing, or a name in one, is said, and where the first row holds the very names of
    `columns`. `separator` `auto` is what the file's name says (.csv, .tsv), else a tab where the first line holds one,
    else a comma. Before these comes the `usual` one, as that of a model's training, but where the first line holds the
    other alone. `quotes` `auto` is none between tabs, else those of the first row: around all fields, or where they are
    needed. `tokenised` texts are tokens that blanks separate. With `many` a text has a set of labels, `a|b`, which may
    be empty. Where labels are not `required` any may be empty, and the column need not be there. `names`,
    `header_names` and `line_end` are those of a file, once `resolve_csv` has read its first row.

    >>> CsvFormat(("label", "text")).has_header, CsvFormat({"text": "question"}).has_header
    (False, True)
    """

    columns: tuple[str, ...] | Mapping[str, int | str] = field(default_factory=dict)
    separator: Separator = "auto"
    header: bool | None = None
    quotes: Literal["auto"] | Quotes = "auto"
    tokenised: bool = False
    many: bool = False
    required: bool = True
    encoding: str = "utf-8"
    tokeniser: Tokeniser = SYNTOK
    usual: Separator = "auto"
    names: tuple[str, ...] = ()
    header_names: tuple[str, ...] = ()
    line_end: str = "\n"

    def __post_init__(self) -> None:
        spelt = _spelt(self.columns)
        if self.columns and "text" not in self.columns:
            raise TaggerError(f"columns {spelt}: expected one called text, such as text=0,label=1")
        if len(set(self.columns)) < len(self.columns):
            raise TaggerError(f"columns {spelt}: expected each name once")
        if isinstance(self.columns, Mapping) and len(set(self.columns.values())) < len(self.columns):
            raise TaggerError(f"columns {spelt}: expected each at a place of its own")
        if self.separator not in ("auto", *SIGNS):
            raise TaggerError(f"separator {self.separator}: expected auto or one of {', '.join(SIGNS)}")
        if self.header is False and self.has_header_names:
            raise TaggerError(f"columns {spelt}: expected places, since there is no header to name them")

    @property
    def has_header_names(self) -> bool:
        """True where a column is meant by its name in the header."""
        return isinstance(self.columns, Mapping) and any(isinstance(place, str) for place in self.columns.values())

    @property
    def has_header(self) -> bool:
        """True where the first row names the columns."""
        return (not self.columns or self.has_header_names) if self.header is None else self.header

    @property
    def sign(self) -> str:
        """The character between fields: that of the separator, the usual one or a comma where it is not known."""
        return SIGNS.get(self.separator) or SIGNS.get(self.usual, ",")

    @property
    def quoting(self) -> Quotes:
        """What is quoted: none between tabs, what needs it elsewhere, where nothing is said."""
        if self.quotes != "auto":
            return self.quotes
        return "none" if self.sign == SIGNS["tab"] else "needed"


def _spelt(columns: tuple[str, ...] | Mapping[str, int | str]) -> str:
    return ",".join(f"{n}={p}" for n, p in columns.items()) if isinstance(columns, Mapping) else ",".join(columns)


def resolve_csv(lines: Lines, format: CsvFormat) -> CsvFormat:
    r"""The format with all that the first row of some lines settles, so that a copy is written alike.

    Raises FormatError where the columns that are meant are not there, or not what is said to separate them.

    >>> import io
    >>> resolved = resolve_csv(Lines(io.BytesIO(b"text,category\r\nHi,greeting\r\n")), CsvFormat())
    >>> resolved.names, resolved.header_names, resolved.line_end
    (('text', 'label'), ('text', 'category'), '\r\n')
    """
    ahead = lines.peek_whole(1)
    if format.names or not ahead:
        return format
    if format.separator == "auto":
        format = replace(format, separator=_separator(format, lines.name, ahead[0]))
    elif _is_unlike_said(format, ahead[0]):
        raise unlike_said(lines.name, ahead[0], format.separator)
    row = next(read_rows(_ahead(lines), lines.name, format.sign, format.quoting))
    quotes = "all" if format.quotes == "auto" and row.quoted else format.quoting
    line_end = "\r\n" if row.end == "\r\n" else "\n"
    names = _names(row, format, lines.name)
    if format.header is None and tuple(row.fields) == names:
        format = replace(format, header=True)
    header = tuple(row.fields) if format.has_header else ()
    return replace(format, quotes=quotes, line_end=line_end, names=names, header_names=header)


def unread_names(format: CsvFormat) -> dict[str, str]:
    """The columns that a format names before it has read a file, in order, with their names in a header.

    Raises TaggerError where places leave gaps, which nobody could fill.

    >>> unread_names(CsvFormat({"text": 1, "label": 0})), unread_names(CsvFormat({"text": "question"}))
    ({'label': 'label', 'text': 'text'}, {'text': 'question'})
    """
    if isinstance(format.columns, tuple):
        return {name: name for name in format.columns}
    places = [place for place in format.columns.values() if isinstance(place, int)]
    if places and sorted(places) != list(range(len(format.columns))):
        spelt = _spelt(format.columns)
        raise TaggerError(f"columns {spelt}: expected the names of all columns in order, such as label,text, to write")
    items = sorted(format.columns.items(), key=lambda item: item[1]) if places else format.columns.items()
    return {name: place if isinstance(place, str) else name for name, place in items}


def _ahead(lines: Lines) -> Iterator[str]:
    """The lines, peeked at, so that they are still to come; ever more at once, since each look begins at the start."""
    passed, number = 0, 1
    while len(ahead := lines.peek_whole(number)) > passed:
        yield from ahead[passed:]
        passed, number = len(ahead), 2 * number


def _separator(format: CsvFormat, name: str, line: str) -> Separator:
    """What separates where nothing is said, as the name of a file and its first line have it."""
    ending = name.removesuffix(".gz").rpartition(".")[2]
    own: Separator = "tab" if ending == "tsv" or (ending != "csv" and SIGNS["tab"] in line) else "comma"
    usual = SIGNS.get(format.usual)
    if usual is None or (len(format.columns) != 1 and usual not in line and SIGNS[own] in line):
        return own
    return format.usual


def _is_unlike_said(format: CsvFormat, line: str) -> bool:
    """True where the first row, which this line begins, has several columns and not what is said to separate them."""
    goes_on = format.quoting != "none" and line.count('"') % 2 == 1
    if format.sign in line or goes_on or len(format.columns) == 1:
        return False
    text = format.columns.get("text") if isinstance(format.columns, Mapping) else None
    return without_end(line).strip('"') != ("text" if not format.columns else text)  # a header of texts alone


def _names(row: Row, format: CsvFormat, path: str) -> tuple[str, ...]:
    """The names of all columns: as they are meant, those of the header for the others, else `column0`, ..."""
    header = row.fields if format.has_header else []
    count = len(row.fields)
    if twice := {name for name in header if header.count(name) > 1}:
        problem = f"expected a header with each name once, found {', '.join(map(repr, sorted(twice)))} more than once"
        raise FormatError(path, row.line, f"{problem}; mend it, or name places and --no-header")
    meant = _meant(header, count, format)
    names = list(header) or [f"column{place}" for place in range(count)]
    taken: set[int] = set()
    for name, place in meant.items():
        actual = _place(place, header, count)
        if actual is None or actual in taken:
            raise _missing(name, place, row, format, path)
        taken.add(actual)
        names[actual] = name
    if len(set(names)) < len(names):
        problem = f"expected each column once, found {', '.join(names)}; name other columns, or rename one"
        raise FormatError(path, row.line, problem)
    return tuple(names)


def _meant(header: list[str], count: int, format: CsvFormat) -> dict[str, int | str]:
    if isinstance(format.columns, tuple):
        return {name: place for place, name in enumerate(format.columns)}
    if format.columns:
        optional = not format.required and format.columns.get("label") not in header
        return {n: p for n, p in format.columns.items() if n != "label" or isinstance(p, int) or not optional}
    meant: dict[str, int | str] = {"text": "text"}
    if "label" in header:
        meant["label"] = "label"
    elif count == 2 and "text" in header:
        meant["label"] = 1 - header.index("text")
    return meant


def _place(place: int | str, header: list[str], count: int) -> int | None:
    if isinstance(place, str):
        return header.index(place) if place in header else None
    actual = place if place >= 0 else count + place
    return actual if 0 <= actual < count else None


def _missing(name: str, place: int | str, row: Row, format: CsvFormat, path: str) -> FormatError:
    if isinstance(place, int):
        problem = f"expected {_spelt(format.columns)}, found {len(row.fields)} columns"
        return FormatError(path, row.line, f"{problem} separated by a {format.separator}; name others, or --separator")
    problem = f"expected a header with the column {place!r} for the {name}, found {', '.join(row.fields)[:60]!r}"
    hint = "say which column is which, such as label,text in a file without a header"
    return FormatError(path, row.line, f"{problem}; {hint}")
