"""Parquet tables as Hugging Face lays them out: lists of tokens and tags, or texts and labels; read batch by batch."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from taggers.errors import FormatError, MissingExtraError, TaggerError
from taggers.formats.conllu_text import align
from taggers.formats.lines import Lines, PathOrStream, open_lines
from taggers.formats.remarks import remark
from taggers.formats.tokenisers import SYNTOK, Tokeniser
from taggers.formats.units import as_unit
from taggers.text import Extra, Sentence, Source

BATCH = 1000  # rows that are held in memory
OWN_COLUMNS = {"token": "tokens", "text": "text", "label": "label"}  # what is no layer, and its usual column

_Value = Any  # whatever a cell holds


@dataclass(frozen=True)
class ParquetFormat:
    """Rows with `tokens` and tags beside them (`ner_tags`, ...), with a `text` and its `label`, or with all of these.

    `columns` are all names in order, or the column (its name or place) of some: `token`, `text`, `label` or a layer.
    Lists that nobody named are layers by the names of their columns. `layer` is the one meant (see `resolve_parquet`).
    `encoding` is that of all Parquet: UTF-8.
    """

    columns: tuple[str, ...] | Mapping[str, int | str] = field(default_factory=dict)
    encoding: str = "utf-8"
    tokeniser: Tokeniser = SYNTOK
    layer: str = "ner_tags"


def resolve_parquet(lines: Lines, format: ParquetFormat) -> ParquetFormat:
    """The format with the layer meant: that of the format, if the file has it, else `ner_tags`, `ner` or the first.

    >>> import io
    >>> from taggers.formats.parquet_writer import write_parquet
    >>> content = b"".join(write_parquet([Sentence(("Ada",), {"pos": ("NNP",), "ner": ("B-PER",)})], ParquetFormat()))
    >>> resolve_parquet(Lines(io.BytesIO(content)), ParquetFormat()).layer
    'ner'
    """
    with _open(lines.source, lines.name) as file:
        table = _Table(lines.name, file.schema_arrow, format)
    layers = [table.names[column] for column in table.layers]
    wanted = [name for name in (format.layer, "ner_tags", "ner") if name in layers]
    return replace(format, layer=[*wanted, *layers, format.layer][0])


def read_parquet(source: PathOrStream | Lines, format: ParquetFormat) -> Iterator[Sentence]:
    """The rows as sentences, their place the number of the row (from 1).

    Tags are strings, or numbers of the classes that the Hugging Face schema in the file names (numbers that it does not
    name are kept as digits; a label of -1 is none). Columns that are neither tokens, text, label nor tags are remarks,
    as JSON where they are no strings; a cell without a value (null) says nothing. Raises FormatError with file and row
    at a row that does not fit, and MissingExtraError without pyarrow.

    >>> import io
    >>> from taggers.formats.parquet_writer import write_parquet
    >>> ada = Sentence(("Ada", "slept"), {"ner_tags": ("B-PER", "O")})
    >>> [row] = read_parquet(io.BytesIO(b"".join(write_parquet([ada], ParquetFormat()))), ParquetFormat())
    >>> row.tokens, row.layers, str(row.source)
    (('Ada', 'slept'), {'ner_tags': ('B-PER', 'O')}, '<stream>:1')
    """
    lines = open_lines(source, format.encoding)  # never read: what it is opened from is
    place, path = lines.source, lines.name
    if codecs.lookup(format.encoding).name not in ("utf-8", "utf-8-sig"):
        raise TaggerError(f"{path}: Parquet is UTF-8 and nothing else; leave out the encoding {format.encoding}")
    number = 0
    with _open(place, path) as file:
        table = _Table(path, file.schema_arrow, format)
        batches = file.iter_batches(batch_size=BATCH)
        while (batch := _next(batches, path, number)) is not None:
            for row in batch:
                number += 1
                yield table.sentence(row, Source(path, number))


def import_pyarrow() -> Any:
    """The modules of pyarrow for Parquet; MissingExtraError where it is not installed."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as missing:
        raise MissingExtraError("Parquet needs pyarrow: pip install 'taggers[parquet]'") from missing
    return pyarrow


@contextmanager
def _open(place: PathOrStream, path: str) -> Iterator[Any]:
    pyarrow = import_pyarrow()
    seekable = getattr(place, "seekable", None)
    if seekable is not None and not seekable():
        raise FormatError(path, None, "Parquet begins at its end, and a pipe has none to go to; name a file")
    try:
        file = pyarrow.parquet.ParquetFile(place if seekable is not None else str(place))
    except pyarrow.ArrowInvalid as fault:
        raise FormatError(path, None, f"expected whole Parquet data, found other: {_short(fault)}") from fault
    except OSError as fault:
        raise FormatError(path, None, f"cannot be read: {fault.strerror or _short(fault)}") from fault
    with file:
        yield file


def _short(fault: Exception) -> str:
    return " ".join(str(fault).split())[:200]


def _next(batches: Iterator[Any], path: str, number: int) -> list[dict[str, _Value]] | None:
    """The rows of the next batch, of which `number` came before; None at the end."""
    pyarrow = import_pyarrow()
    try:
        batch = next(batches, None)
        return None if batch is None else batch.to_pylist()
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as fault:
        problem = f"expected whole Parquet data, found it damaged in this row or one of the next {BATCH}"
        raise FormatError(path, number + 1, f"{problem}: {_short(fault)}") from fault


class _Table:
    """What the schema settles for all rows: what each column is, and the names of its classes."""

    def __init__(self, path: str, schema: Any, format: ParquetFormat) -> None:
        self.tokeniser = format.tokeniser
        self.names = _names(list(schema.names), format, path)  # of each column, in order, as a layer or one of its own
        features = _features(schema.metadata)
        self.classes = {column: _classes(features.get(column)) for column in schema.names}
        self.columns = {name: column for column, name in self.names.items()}
        self.tokens = self.columns.get("token")
        others = [] if self.tokens is None else [c for c in schema.names if self.names[c] not in OWN_COLUMNS]
        self.layers = [column for column in others if _holds_tags(schema.field(column).type)]

    def sentence(self, row: Mapping[str, _Value], place: Source) -> Sentence:
        columns = self.columns
        used = {*self.layers, columns.get("token"), columns.get("text"), columns.get("label")}
        extras = tuple(remark(self.names[c], _shown(v)) for c, v in row.items() if c not in used and v is not None)
        label = self.label(row, place)
        text = row[columns["text"]] if "text" in columns else None
        if not isinstance(text, str | None):
            raise FormatError(*place, f"expected a text in column {columns['text']!r}, found {_shown(text)[:60]!r}")
        if self.tokens is None:
            return as_unit(text or "", label, place, extras=extras, tokeniser=self.tokeniser)
        tokens = self.strings(row, self.tokens, place)
        if "" in tokens:
            raise FormatError(*place, f"expected {len(tokens)} tokens, found number {tokens.index('') + 1} empty")
        return self.labelled(tokens, row, label, text, extras, place)

    def labelled(
        self,
        tokens: tuple[str, ...],
        row: Mapping[str, _Value],
        label: str | None,
        text: str | None,
        extras: tuple[Extra, ...],
        place: Source,
    ) -> Sentence:
        layers = {self.names[column]: self.strings(row, column, place) for column in self.layers}
        for name, tags in layers.items():
            if len(tags) != len(tokens):
                problem = f"expected {len(tokens)} tags in {self.columns[name]!r}, one a token, found {len(tags)}"
                raise FormatError(*place, f"{problem}; mend the row")
        offsets = None if text is None else align(text, tokens, ())
        if text is not None and offsets is None:  # the tokens are not parts of it
            extras = (*extras, remark("text", text))
        given = None if offsets is None else text
        return Sentence(tokens, layers, label, place, given, offsets, extras, on_one_line=True)

    def label(self, row: Mapping[str, _Value], place: Source) -> str | None:
        column = self.columns.get("label")
        value = None if column is None else row[column]
        if column is None or value is None or (self.classes[column] and value == -1):
            return None
        return self.string(value, column, place)

    def strings(self, row: Mapping[str, _Value], column: str, place: Source) -> tuple[str, ...]:
        values = row[column]
        if not isinstance(values, list):
            raise FormatError(*place, f"expected a list in column {column!r}, found {_shown(values)[:60]!r}")
        return tuple(self.string(value, column, place) for value in values)

    def string(self, value: _Value, column: str, place: Source) -> str:
        classes = self.classes[column]
        if isinstance(value, str):
            return value
        if not isinstance(value, int) or isinstance(value, bool):
            found = json.dumps(value, default=str)[:60]
            problem = f"expected strings or numbers of classes in column {column!r}, found {found}"
            raise FormatError(*place, f"{problem}; name another column by the columns of the data")
        if classes and not 0 <= value < len(classes):
            raise FormatError(*place, f"expected a class below {len(classes)} in column {column!r}, found {value}")
        return classes[value] if classes else str(value)


def _shown(value: _Value) -> str:
    """A cell as a remark or a message has it."""
    if value is None:
        return "none"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _holds_tags(type: Any) -> bool:
    """True for a list of strings or whole numbers."""
    from pyarrow import types

    if not (types.is_list(type) or types.is_large_list(type) or types.is_fixed_size_list(type)):
        return False
    value = type.value_type
    value = value.value_type if types.is_dictionary(value) else value
    return any(holds(value) for holds in (types.is_integer, types.is_string, types.is_large_string))


def _names(columns: Sequence[str], format: ParquetFormat, path: str) -> dict[str, str]:
    """What each column is called here."""
    given = format.columns
    meant = dict(given) if isinstance(given, Mapping) else {name: place for place, name in enumerate(given)}
    there = f"there are {', '.join(columns)}"
    names = {column: column for column in columns}
    for name, place in meant.items():
        known = place in columns if isinstance(place, str) else -len(columns) <= place < len(columns)
        if not known:
            raise FormatError(path, None, f"expected a column {place!r} for {name!r}, found none; {there}")
        names[place if isinstance(place, str) else columns[place]] = name
    for name, usual in OWN_COLUMNS.items():
        if name not in meant and names.get(usual) == usual:
            names[usual] = name
    if not {"token", "text"} & set(names.values()):
        problem = "expected a column of tokens or texts, found none"
        raise FormatError(path, None, f"{problem} called so; {there}: say which it is, such as token = {columns[:1]}")
    if len(set(names.values())) < len(names):
        twice = next(name for name in names.values() if list(names.values()).count(name) > 1)
        raise FormatError(path, None, f"two columns would be called {twice!r}; {there}: give one another name")
    return names


def _features(metadata: Mapping[bytes, bytes] | None) -> dict[str, Any]:
    """The features of the Hugging Face schema that a file may hold; what is not built so says nothing."""
    try:
        features = json.loads((metadata or {})[b"huggingface"])["info"]["features"]
    except (KeyError, TypeError, ValueError):
        return {}
    return features if isinstance(features, dict) else {}


def _classes(feature: Any) -> tuple[str, ...]:
    """The names of the classes of a feature, or of those in its lists; none where it has none."""
    while isinstance(feature, Mapping) and "feature" in feature:
        feature = feature["feature"]
    if isinstance(feature, list) and feature:
        feature = feature[0]
    names = feature.get("names") if isinstance(feature, Mapping) else None
    return tuple(map(str, names)) if isinstance(names, list) else ()
