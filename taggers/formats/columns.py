"""CoNLL columns: one token a line, its tags beside it, a blank line after each sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import methodcaller
from typing import Literal, NamedTuple

from taggers.errors import FormatError, TaggerError
from taggers.formats.lines import Lines, PathOrStream, open_lines
from taggers.text import Extra, Sentence, Source, join_tokens

BLANKS = " \t"
BOUNDARY = "-DOCSTART-"

_UNSAID = {"token": 0, "tag": -1}
_CONLLU = re.compile("1(?:-[0-9]+)?\t(?:[^\t]+\t){5}(?:_|[0-9]+)(?:\t[^\t]+){3}")  # a first word, its number and head
_BETWEEN = "\t\n\t"  # a field of its own, whatever separates
_MOST_UNCHECKED = 1000  # lines of one sentence that are held before their columns are counted
_MOST_EXTRAS = 1000  # lines without a token between two sentences that are held in memory


@dataclass(frozen=True)
class ColumnFormat:
    """How the columns of a file are named and told apart.

    `columns` are all names in order, or the place of some (from 0; negative from the end); one is `token`. Columns
    that nobody named become the layers `column0`, `column1`, ... by their place. `separator` `auto` is a tab where the
    first token line holds one, else runs of blanks. `comments` is a prefix that lines before the first token of a
    sentence may have; that which is called `label`, such as intent in `# intent = PlayMusic`, is the sentence's label.
    With `header` the first line names the columns, in place of all names here but `token`;
    `header_names` are those names, once `resolve_columns` has read them. With `unspaced` the tokens (such as Chinese
    characters) are a text that has no blanks between them.

    >>> ColumnFormat().names(3)
    ('token', 'column1', 'tag')
    >>> ColumnFormat(("token", "upos")).names(3)
    ('token', 'upos', 'column2')
    """

    columns: tuple[str, ...] | Mapping[str, int] = field(default_factory=_UNSAID.copy)
    separator: Literal["auto", "tab", "space"] = "auto"
    comments: str | None = None
    header: bool = False
    encoding: str = "utf-8"
    header_names: tuple[str, ...] = ()
    unspaced: bool = False
    label: str | None = None

    def __post_init__(self) -> None:
        if "token" not in self.columns:
            raise TaggerError(f"columns {', '.join(self.columns)}: expected one called token, such as token=0,tag=-1")
        if len(set(self.columns)) < len(self.columns):
            raise TaggerError(f"columns {', '.join(self.columns)}: expected each name once")
        if len(set(self.places.values())) < len(self.columns):
            raise TaggerError(f"columns {_spelt(self.columns)}: expected each at a place of its own")
        if not all(isinstance(place, int) for place in self.places.values()):
            spelt = _spelt(self.columns)
            raise TaggerError(f"columns {spelt}: expected the place of each by its number, such as token=0,tag=-1")
        if self.separator not in ("auto", *_SPLITS):
            raise TaggerError(f"separator {self.separator}: expected auto, tab or space; csv has others")
        if not self.comments:  # every line begins with the empty prefix: none is meant
            object.__setattr__(self, "comments", None if self.label is None else "# ")

    @property
    def places(self) -> dict[str, int]:
        """The place of each named column."""
        if isinstance(self.columns, Mapping):
            return dict(self.columns)
        return {name: place for place, name in enumerate(self.columns)}

    def names(self, count: int) -> tuple[str, ...]:
        """The names of all `count` columns; ValueError where some named column is not among them, or two are one."""
        places = {"token": self.places["token"]} if self.header_names else self.places
        names = list(self.header_names) or [f"column{place}" for place in range(count)]
        taken: dict[int, str] = {}
        for name, place in places.items():
            actual = place if place >= 0 else count + place
            if not 0 <= actual < count or actual in taken:
                least = max(len(places), *(p + 1 if p >= 0 else -p for p in places.values()))
                raise ValueError(f"expected {least} columns or more for {_spelt(self.columns)}")
            taken[actual] = names[actual] = name
        return tuple(names)


def _spelt(columns: tuple[str, ...] | Mapping[str, int]) -> str:
    return ",".join(f"{n}={p}" for n, p in columns.items()) if isinstance(columns, Mapping) else ",".join(columns)


def read_columns(source: PathOrStream | Lines, format: ColumnFormat) -> Iterator[Sentence]:
    r"""The sentences of a column file, one after the other.

    A line that begins with -DOCSTART- ends the sentence and the document. Lines without tokens are kept as extras;
    those after the last sentence come in a last sentence without tokens (and so does each thousand of them, wherever
    it stands). Raises FormatError at a row that does not fit.

    >>> import io
    >>> [ada] = read_columns(io.BytesIO(b"# 1\nAda\tB-PER\nslept\tO\n\n"), ColumnFormat(comments="#"))
    >>> ada.tokens, ada.layers, ada.extras, str(ada.source)
    (('Ada', 'slept'), {'tag': ('B-PER', 'O')}, (Extra(position=0, line='# 1'),), '<stream>:2')
    """
    lines = open_lines(source, format.encoding)
    format = resolve_columns(lines, format) if format.header else format
    table = ColumnTable(lines.name, format)
    for raw in raw_sentences(lines, table):
        yield table.sentence(raw)


class RawSentence(NamedTuple):
    """The lines of a sentence's tokens (none where only lines without tokens came), not yet split into columns."""

    lines: list[str]
    extras: list[Extra]
    first: int  # the line of the first token
    starts_document: bool


def raw_sentences(lines: Lines, table: ColumnTable) -> Iterator[RawSentence]:
    """The sentences of a column file as lines; the table looks at very long ones before they are whole."""
    format = table.format
    tokens: list[str] = []
    unchecked = _MOST_UNCHECKED
    extras: list[Extra] = []
    starts_document = False
    passed = int(format.header)  # lines before those in `tokens`
    for run in _runs(lines, format):
        if isinstance(run, list):
            tokens += run
            if len(tokens) >= unchecked:
                table.split_lines(tokens, passed + 1)
                unchecked += len(tokens)
            continue
        if ends_sentence(run):
            if run or not tokens:  # the plain empty line after a sentence goes without saying
                extras.append(Extra(len(tokens), run))
            passed += 1
            if tokens:
                yield RawSentence(tokens, extras, passed, starts_document)
                passed += len(tokens)
                tokens, extras, starts_document, unchecked = [], [], False, _MOST_UNCHECKED
            starts_document = starts_document or run.startswith(BOUNDARY)
        elif format.comments is not None and not tokens and run.startswith(format.comments):
            extras.append(Extra(0, run))
            passed += 1
        else:
            tokens.append(run)
        if len(extras) >= _MOST_EXTRAS and not tokens:
            yield RawSentence([], extras, passed, False)
            extras = []
    if tokens:
        yield RawSentence(tokens, extras, passed + 1, starts_document)
    elif extras:
        yield RawSentence([], extras, passed, False)


_SELDOM = ("\t", " ", BOUNDARY)  # how a line that is not empty and holds no token begins, comments aside
_SELDOM_LATER = tuple(f"\n{start}" for start in _SELDOM)


def _runs(lines: Lines, format: ColumnFormat) -> Iterator[list[str] | str]:
    """Lines of tokens in lists, and each line that may be another by itself; a header is left out.

    What is done for each line decides how fast files are read: most sentences are looked at as a whole.
    """
    header = format.header
    starts = _SELDOM if format.comments is None else (*_SELDOM, format.comments)
    for run, ended in lines.paragraphs():
        first = 0
        if header and (run or ended):
            first, header = 1, False
            if not run:
                continue
        while first < len(run) and run[first].startswith(starts):
            yield run[first]
            first += 1
        rest = run[first:] if first else run
        text = "\n".join(rest)
        if any(start in text for start in _SELDOM_LATER):
            yield from rest
        elif rest:
            yield rest
        if ended:
            yield ""


def ends_sentence(line: str) -> bool:
    """True for a blank line, which may hold spaces and tabs, and for a document boundary.

    >>> ends_sentence("\t"), ends_sentence("-DOCSTART- O"), ends_sentence("- O")
    (True, True, False)
    """
    return not line.strip(BLANKS) or line.startswith(BOUNDARY)


def resolve_columns(lines: Lines, format: ColumnFormat) -> ColumnFormat:
    r"""The format with its separator, and the names in its header, as the lines begin, so that a copy is written alike.

    >>> import io
    >>> resolve_columns(Lines(io.BytesIO(b"\nAda B-PER\n")), ColumnFormat()).separator
    'space'
    >>> resolve_columns(Lines(io.BytesIO(b"form ner\nAda B-PER\n")), ColumnFormat(header=True)).header_names
    ('form', 'ner')
    """
    if format.header:
        return _read_header(lines, format)
    if format.separator != "auto":
        return format
    for count in range(1, _MOST_EXTRAS + 1):  # one by one: whoever writes the lines may wait for an answer
        ahead = lines.peek(count)
        if len(ahead) < count:
            break
        comment = format.comments is not None and ahead[-1].startswith(format.comments)
        if not comment and not ends_sentence(ahead[-1]):
            return replace(format, separator=_separator(ahead[-1]))
    return format


def _read_header(lines: Lines, format: ColumnFormat) -> ColumnFormat:
    first = lines.peek(1)
    if not first:
        return format
    [line] = first
    if ends_sentence(line) or (format.comments is not None and line.startswith(format.comments)):
        problem = f"expected a header that names the columns in the first line, found {line[:60]!r}"
        raise FormatError(lines.name, 1, f"{problem}; begin with it, or say that there is none with --no-header")
    separator = _separator(line) if format.separator == "auto" else format.separator
    given = tuple(_SPLITS[separator](line))
    resolved = replace(format, separator=separator, header_names=given)
    try:
        names = resolved.names(len(given))
    except ValueError as fault:
        problem = f"{fault}, found {len(given)} in the header {line[:60]!r}; name that of the tokens with --columns"
        raise FormatError(lines.name, 1, problem) from fault
    if "" in names or len(set(names)) < len(names):
        problem = f"expected a header with a name for each column, once each, found {line[:60]!r}"
        place = given.index("token") if "token" in given else 0
        raise FormatError(lines.name, 1, f"{problem}; mend it, or say where the tokens are: --columns token={place}")
    return resolved


def _separator(line: str) -> Literal["tab", "space"]:
    return "tab" if "\t" in line else "space"


def _split_at_blanks(line: str) -> list[str]:
    return [field for field in line.replace("\t", " ").split(" ") if field]


_SPLITS: dict[str, Callable[[str], list[str]]] = {"tab": methodcaller("split", "\t"), "space": _split_at_blanks}


class ColumnTable:
    """What the first row settles for all: separator, number of columns, names."""

    def __init__(self, path: str, format: ColumnFormat) -> None:
        self.path = path
        self.format = format
        self.split = _SPLITS.get(format.separator)
        self.names = format.names(len(format.header_names)) if format.header_names else ()
        self.first_row = 1 if format.header_names else 0

    def split_lines(self, lines: Sequence[str], first: int) -> list[tuple[str, ...]]:
        """The columns of lines, the first of which is the line `first` of the file."""
        if self.split is None:
            self.split = _SPLITS[_separator(lines[0])]
        if not self.first_row:
            self._settle(first, lines[0], self.split(lines[0]))
        # All lines are split at once, a field of its own between each and the next.
        width = len(self.names) + 1
        fields = self.split(_BETWEEN.join(lines))
        if len(fields) != len(lines) * width - 1 or fields[width - 1 :: width].count("\n") != len(lines) - 1:
            counts = [len(self.split(line)) for line in lines]
            wrong = next(i for i, count in enumerate(counts) if count != len(self.names))
            raise self._unequal(first + wrong, lines[wrong], counts[wrong])
        return [tuple(fields[place::width]) for place in range(len(self.names))]

    def _settle(self, number: int, line: str, fields: Sequence[str]) -> None:
        try:
            names = self.format.names(len(fields))
        except ValueError as fault:
            hint = self._hint(line) or "name the columns there are with --columns"
            raise FormatError(self.path, number, f"{fault}, found {len(fields)} in {line[:60]!r}; {hint}") from fault
        if self.format.columns == _UNSAID and len(fields) == 10 and _CONLLU.fullmatch("\t".join(fields)):
            problem = f"looks like CoNLL-U, whose words stand in the second column: {line[:60]!r}"
            raise FormatError(self.path, number, f"{problem}; say --input conllu, or name all columns by --columns")
        if line.count("\r") > 1:
            problem = f"expected lines that end in LF or CRLF, found them to end in CR alone: {line[:60]!r}"
            raise FormatError(self.path, number, f"{problem}; convert them")
        self.names, self.first_row = names, number

    def _unequal(self, number: int, line: str, found: int) -> FormatError:
        hint = self._hint(line) or "give every token as many columns, and end sentences with a blank line"
        expected = f"expected {len(self.names)} columns as in line {self.first_row}"
        return FormatError(self.path, number, f"{expected}, found {found} in {line[:60]!r}; {hint}")

    def _hint(self, line: str) -> str | None:
        if line.startswith("#") and self.format.comments is None:
            return "if it is a comment, say so with --comments '#'"
        if self.split is _SPLITS["tab"] and "\t" not in line:
            return "if blanks separate the columns, say so with --separator space"
        if self.split is _SPLITS["space"] and "\t" in line:
            return "if tabs separate the columns, say so with --separator tab"
        return None

    def sentence(self, raw: RawSentence) -> Sentence:
        """The sentence of some lines; FormatError where one does not fit, or lacks a value of a named column."""
        if not raw.lines:
            names = self.names or tuple(self.format.columns)
            layers: dict[str, tuple[str, ...]] = {name: () for name in names if name != "token"}
            return Sentence((), layers, source=Source(self.path, raw.first), extras=tuple(raw.extras))
        values = self.split_lines(raw.lines, raw.first)
        columns = dict(zip(self.names, values, strict=True))
        for name in (*self.format.places, "token") if any("" in column for column in values) else ():
            if "" in columns.get(name, ()):
                line = raw.first + columns[name].index("")
                what = f"expected a {name} in column {self.names.index(name)}, found none"
                raise FormatError(self.path, line, f"{what}; fill it, or name the columns with --columns")
        tokens = columns.pop("token")
        text, offsets = join_tokens(tokens, "") if self.format.unspaced else (None, None)
        return Sentence(
            tokens,
            columns,
            label=self.label_in(raw.extras),
            text=text,
            offsets=offsets,
            source=Source(self.path, raw.first),
            extras=tuple(raw.extras),
            starts_document=raw.starts_document,
        )

    def label_in(self, extras: Sequence[Extra]) -> str | None:
        """The label of a sentence in its comments; None where there is none, or no name of it was said."""
        if self.format.label is None:
            return None
        from taggers.formats.remarks import label_in  # which tagging text would load for nothing

        return label_in(extras, self.format.label)
