"""The table of formats: all that `read`, `write`, the commands and the settings know of them.

A format's module is loaded when its row is asked for; what tells which row is wanted stands here.
"""

from __future__ import annotations

import importlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from taggers.formats.kind import Format, Kind
from taggers.formats.lines import Lines, PathOrStream, source_name


class _Home(NamedTuple):
    """Where the row of a format stands, and what is known of it before it is loaded.

    The row is the constant of `module` that is called as the format. `read` is True where it can be read, `write` says
    what it is written as, `tags` and `labels` whether it holds any; `endings` are those of file names that mean it
    beside its name.
    """

    module: str
    format: str  # its class
    read: bool = True
    write: Literal["stream", "folder"] | None = "stream"
    tags: bool = True
    labels: bool = False
    endings: tuple[str, ...] = ()


_HOMES = {
    "columns": _Home("column_writer", "ColumnFormat", labels=True),
    "conllu": _Home("conllu_writer", "ConlluFormat", labels=True),
    "tokens": _Home("plain", "TokensFormat", tags=False),
    "text": _Home("spans", "TextFormat", tags=False),
    "jsonl": _Home("jsonl", "JsonlFormat", labels=True),
    "doccano": _Home("doccano", "DoccanoFormat", endings=("jsonl",)),
    "prodigy": _Home("prodigy", "ProdigyFormat", endings=("jsonl",)),
    "spacy": _Home("spacy", "SpacyFormat", endings=("jsonl",)),
    "huggingface": _Home("huggingface", "HuggingFaceFormat", endings=("jsonl",)),
    "brat": _Home("brat_writer", "BratFormat", write="folder"),
    "inline": _Home("spans", "InlineFormat", read=False, labels=True),
    "labels": _Home("labels", "LabelsFormat", tags=False, labels=True, endings=("jsonl",)),
    "csv": _Home("csv_texts", "CsvFormat", tags=False, labels=True),
    "series": _Home("series", "SeriesFormat", tags=False, labels=True),
    "snips": _Home("snips", "SnipsFormat", labels=True),
    "folders": _Home("folder_writer", "FoldersFormat", write="folder", tags=False, labels=True),
    "parquet": _Home("parquet_writer", "ParquetFormat", labels=True),
}
_NAMES = {home.format: name for name, home in _HOMES.items()}


class _Kinds(Mapping[str, Kind[Any]]):
    """The rows by name, each loaded when it is first asked for."""

    def __init__(self) -> None:
        self._loaded: dict[str, Kind[Any]] = {}

    def __getitem__(self, name: str) -> Kind[Any]:
        if name not in self._loaded:
            module = importlib.import_module(f"taggers.formats.{_HOMES[name].module}")
            self._loaded[name] = getattr(module, name.upper())
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_HOMES)

    def __len__(self) -> int:
        return len(_HOMES)


KINDS = _Kinds()


def names(
    *,
    read: bool = False,
    write: bool = False,
    stream: bool = False,
    tags: bool = False,
    labels: bool = False,
    among: Iterable[str] = _HOMES,
) -> tuple[str, ...]:
    """The formats that can be read, be written, be written to a stream, hold tags and hold labels of sentences, where
    that is asked for.

    >>> names(read=True, tags=True)[:2], "inline" in names(read=True), "brat" in names(stream=True)
    (('columns', 'conllu'), False, False)
    """
    homes = ((name, _HOMES[name]) for name in among)
    return tuple(
        name
        for name, home in homes
        if not (read and not home.read)
        and not (write and home.write is None)
        and not (stream and home.write != "stream")
        and not (tags and not home.tags)
        and not (labels and not home.labels)
    )


def kind_of(format: Format) -> Kind[Any]:
    """The row of a format.

    >>> from taggers.formats.columns import ColumnFormat
    >>> kind_of(ColumnFormat()).name
    'columns'
    """
    return KINDS[_NAMES[type(format).__name__]]


def keeps_label(format: Format) -> bool:
    """True where files of a format have a place for the label of a sentence.

    >>> from taggers.formats.columns import ColumnFormat
    >>> keeps_label(ColumnFormat()), keeps_label(ColumnFormat(label="intent"))
    (False, True)
    """
    return kind_of(format).label and vars(format).get("label", "") is not None


def endings_of(name: str) -> tuple[str, ...]:
    """The ends of file names that mean a format, its own name first.

    >>> endings_of("doccano")
    ('doccano', 'jsonl')
    """
    return (name, *_HOMES[name].endings)


def name_of(place: PathOrStream | Lines, among: Collection[str] = _NAMES.values()) -> str | None:
    """The format that the end of a file's name says, among some; None where it says none of them.

    >>> name_of("a.conllu.gz"), name_of("a.conllu", ["columns"]), name_of("-")
    ('conllu', None, None)
    """
    name = place.name if isinstance(place, Lines) else source_name(place)
    ending = name.removesuffix(".gz").rpartition(".")[2]
    return next((n for n in among if ending in endings_of(n)), None)
