"""Sequences of numbers, such as those of sensors: a table with a row a step, its columns numbers, sample and label."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import isfinite
from operator import itemgetter

from taggers.errors import FormatError, TaggerError
from taggers.formats.csv_rows import SIGNS, Row, read_rows, spell_row, unlike_said
from taggers.formats.kind import Kind
from taggers.formats.lines import Lines, PathOrStream, open_lines
from taggers.formats.remarks import name_of_remark, remark, remarks_of
from taggers.text import Sentence, Source

NUMERIC = frozenset("0123456789+-.eE")  # what numbers are spelt with; Python's `float` takes `1_0` and `١٢` too


@dataclass(frozen=True)
class SeriesFormat:
    """A header, then a row a step; the rows of one `sample` stand together, and have one `label` where there is any.

    All other columns are numbers. Each step is a token, the numbers of its row with single blanks between, in the order
    of `columns` where these are said, else of the header. `separator` `auto` is the `usual` one, as that of a model's
    training, where the header holds it, else the first of comma, tab and semicolon that it holds. `names` are those of
    the header, once `resolve_series` has read it.
    """

    sample: str = "sample"
    label: str = "label"
    encoding: str = "utf-8"
    separator: str = "auto"
    columns: tuple[str, ...] = ()
    usual: str = "auto"
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.columns, Mapping):
            spelt = ",".join(f"{name}={place}" for name, place in self.columns.items())
            raise TaggerError(f"columns {spelt}: expected the names of columns of numbers in a series, such as x,y")
        if self.separator not in ("auto", *SIGNS):
            raise TaggerError(f"separator {self.separator}: expected auto or one of {', '.join(SIGNS)}")

    @property
    def sign(self) -> str:
        """The character between fields."""
        return SIGNS.get(self.separator, ",")

    @property
    def numbers(self) -> tuple[str, ...]:
        """The columns of numbers, in the order in which a token has them."""
        return self.columns or tuple(name for name in self.names if name not in (self.sample, self.label))


def resolve_series(lines: Lines, format: SeriesFormat) -> SeriesFormat:
    r"""The format with the names in the header of some lines; FormatError where it has no sample or no other column, or
    does not hold what is said to separate them.

    >>> import io
    >>> resolve_series(Lines(io.BytesIO(b"sample,label,x,y\n")), SeriesFormat()).numbers
    ('x', 'y')
    """
    ahead = lines.peek_whole(1)
    if format.names or not ahead:
        return format
    if format.separator == "auto":
        likely = sorted(SIGNS, key=lambda name: name != format.usual)
        format = replace(format, separator=next((name for name in likely if SIGNS[name] in ahead[0]), "comma"))
    elif format.sign not in ahead[0]:
        raise unlike_said(lines.name, ahead[0], format.separator)
    [row] = read_rows(ahead, lines.name, format.sign, "needed")
    found = replace(format, names=tuple(row.fields))
    if format.sample not in found.names or not found.numbers or len(set(found.names)) < len(found.names):
        problem = f"expected a header with {format.sample!r}, columns of numbers and each name once"
        raise FormatError(lines.name, 1, f"{problem}, found {', '.join(row.fields)[:60]!r}; mend it")
    there = replace(found, columns=()).numbers
    if sorted(found.numbers) != sorted(there):
        problem = f"expected the columns of numbers {', '.join(found.numbers)}, found {', '.join(there)}"
        raise FormatError(lines.name, 1, f"{problem}; give the file those columns, by these names")
    return found


def read_series(source: PathOrStream | Lines, format: SeriesFormat) -> Iterator[Sentence]:
    r"""The samples of a table, each a sentence of its steps, with its label, and its name as a remark.

    Raises FormatError, with the line, at a row of another length, what is no finite number, a sample whose rows do not
    stand together, and one of several labels.

    >>> import io
    >>> [walk] = read_series(io.BytesIO(b"sample,label,x,y\n1,walk,0.5,-1\n1,walk,0.25,3e1\n"), SeriesFormat())
    >>> walk.tokens, walk.label
    (('0.5 -1', '0.25 3e1'), 'walk')
    """
    lines = open_lines(source, format.encoding)
    format = resolve_series(lines, format)
    if not format.names:
        problem = f"expected a header with {format.sample!r} and columns of numbers, found nothing"
        raise FormatError(lines.name, 1, f"{problem}; name another file")
    rows = read_rows(lines.whole(), lines.name, format.sign, "needed")
    next(rows, None)
    place = {name: number for number, name in enumerate(format.names)}
    numbers = [place[name] for name in format.numbers]
    seen: set[str] = set()
    for sample, steps in groupby(_checked(rows, format, lines.name), key=itemgetter(0)):
        first, *others = (row for _, row in steps)
        if sample in seen:
            problem = f"expected the rows of a sample together, found {sample!r} again"
            raise FormatError(lines.name, first.line, f"{problem}; sort them, or give each sample a name of its own")
        seen.add(sample)
        label = first.fields[place[format.label]] if format.label in place else None
        for row in others:
            if label is not None and row.fields[place[format.label]] != label:
                problem = f"expected one label for the sample {sample!r}, {label!r}, found another"
                raise FormatError(lines.name, row.line, f"{problem}; mend it")
        tokens = tuple(" ".join([row.fields[number] for number in numbers]) for row in (first, *others))
        extras = (remark(format.sample, sample),)
        yield Sentence(tokens, label=label or None, source=Source(lines.name, first.line), extras=extras)


def _checked(rows: Iterable[Row], format: SeriesFormat, path: str) -> Iterator[tuple[str, Row]]:
    """The rows with their samples; FormatError at the first that does not fit."""
    sample = format.names.index(format.sample)
    numbers = [format.names.index(name) for name in format.numbers]
    for row in rows:
        if len(row.fields) != len(format.names):
            problem = f"expected {len(format.names)} columns as in the header, found {len(row.fields)}"
            raise FormatError(path, row.line, f"{problem}; give every row as many")
        for number in numbers:
            if not is_number(row.fields[number]):
                problem = f"expected a number as {format.names[number]!r}, found {row.fields[number][:60]!r}"
                raise FormatError(path, row.line, f"{problem}; fill it in, or leave the sample out")
        yield row.fields[sample], row


def is_number(text: str) -> bool:
    """True for a finite number in decimal digits, with nothing else around or in it.

    >>> is_number("-1.5e3"), is_number("nan"), is_number(" 1"), is_number("1_0")
    (True, False, False, False)
    """
    try:
        return NUMERIC.issuperset(text) and isfinite(float(text))
    except ValueError:
        return False


def write_series(sentences: Iterable[Sentence], format: SeriesFormat) -> Iterator[str]:
    r"""A row a step, after the header; samples that have no name are numbered, columns of numbers too.

    Raises FormatError at a token that is no row of as many numbers.

    >>> print(*write_series([Sentence(("0.5 -1",), label="walk")], SeriesFormat()), sep="", end="")
    sample,label,x1,x2
    1,walk,0.5,-1
    """
    names = format.names
    for number, sentence in enumerate(sentences, start=1):
        if not names:
            width = len(sentence.tokens[0].split(" ")) if sentence.tokens else 1
            labelled = () if sentence.label is None else (format.label,)
            numbers = format.columns or tuple(f"x{place}" for place in range(1, width + 1))
            names = (format.sample, *labelled, *numbers)
        if number == 1:
            yield spell_row(names, format.sign, "needed") + "\n"
        said = {format.sample: remarks_of(sentence.extras).get(format.sample, str(number))}
        said[format.label] = sentence.label or ""
        for step, token in enumerate(sentence.tokens):
            yield spell_row(_row(token.split(" "), said, names, format, sentence, step), format.sign, "needed") + "\n"


def _row(
    numbers: Sequence[str],
    said: dict[str, str],
    names: Sequence[str],
    format: SeriesFormat,
    sentence: Sentence,
    step: int,
) -> list[str]:
    wanted = format.columns or [name for name in names if name not in said]
    if len(numbers) != len(wanted) or not all(map(is_number, numbers)):
        problem = f"expected {len(wanted)} numbers as a token, found {sentence.tokens[step][:60]!r}"
        raise FormatError(sentence.source.path, sentence.line_of(step), f"{problem}; write another format")
    fields = said | dict(zip(wanted, numbers, strict=True))
    return [fields[name] for name in names]


def _keeps_line(line: str, format: SeriesFormat) -> bool:
    return not line.strip(" \t") or name_of_remark(line) == format.sample


SERIES = Kind(
    name="series",
    format=SeriesFormat,
    read=read_series,
    write=write_series,
    resolve=resolve_series,
    label=True,
    tokens=True,
    empty=False,
    keeps_line=_keeps_line,
)
