"""The table of formats: all that `read`, `write`, the commands and the settings know of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from taggers.formats.brat_writer import BRAT
from taggers.formats.column_writer import COLUMNS
from taggers.formats.conllu_writer import CONLLU
from taggers.formats.csv_texts import CSV
from taggers.formats.doccano import DOCCANO
from taggers.formats.folder_writer import FOLDERS
from taggers.formats.huggingface import HUGGINGFACE
from taggers.formats.jsonl import JSONL
from taggers.formats.kind import Format, Kind
from taggers.formats.lines import Lines, PathOrStream, source_name
from taggers.formats.parquet_writer import PARQUET
from taggers.formats.plain import TOKENS
from taggers.formats.prodigy import PRODIGY
from taggers.formats.snips import SNIPS
from taggers.formats.spacy import SPACY
from taggers.formats.spans import INLINE, TEXT

_ROWS: tuple[Kind[Any], ...] = (
    COLUMNS, CONLLU, TOKENS, TEXT, JSONL, DOCCANO, PRODIGY, SPACY, HUGGINGFACE, BRAT, INLINE, CSV, SNIPS, FOLDERS,
    PARQUET,
)  # fmt: skip

KINDS = {kind.name: kind for kind in _ROWS}
KINDS_BY_CLASS = {kind.format: kind for kind in _ROWS}


def names(
    *, read: bool = False, write: bool = False, tags: bool = False, among: Iterable[str] = KINDS
) -> tuple[str, ...]:
    """The formats that can be read, be written and hold tags, where that is asked for.

    >>> names(read=True, tags=True)[:2], "inline" in names(read=True)
    (('columns', 'conllu'), False)
    """
    kinds = (KINDS[name] for name in among)
    return tuple(
        kind.name
        for kind in kinds
        if not (read and kind.read is None)
        and not (write and kind.write is None and kind.save is None)
        and not (tags and kind.layers == "none")
    )


def kind_of(format: Format) -> Kind[Any]:
    """The row of a format.

    >>> from taggers.formats.columns import ColumnFormat
    >>> kind_of(ColumnFormat()).name
    'columns'
    """
    return KINDS_BY_CLASS[type(format)]


def name_of(place: PathOrStream | Lines, among: Collection[str] = KINDS) -> str | None:
    """The format that the end of a file's name says, among some; None where it says none of them.

    >>> name_of("a.conllu.gz"), name_of("a.conllu", ["columns"]), name_of("-")
    ('conllu', None, None)
    """
    name = place.name if isinstance(place, Lines) else source_name(place)
    ending = name.removesuffix(".gz").rpartition(".")[2]
    return next((n for n in among if ending == n or ending in KINDS[n].endings), None)
