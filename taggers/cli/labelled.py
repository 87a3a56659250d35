"""Files of texts for a model that gives each a label: how they are read, and what is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click

from taggers.checkpoint import ModelFolder
from taggers.formats import (
    KINDS,
    ColumnFormat,
    CsvFormat,
    Format,
    TextFormat,
    folder_of,
    keeps_label,
    kind_of,
    name_of,
    names,
)
from taggers.plain_settings import format_said, labels_said
from taggers.text import Sentence
from taggers.text.types import LABEL
from taggers.text.wording import counted

INPUTS = names(read=True, labels=True)
OUTPUTS = names(stream=True, labels=True)


def kind_of_texts(place: str) -> str:
    """What a file, or a folder, is by its name: text where that says nothing."""
    if place.removesuffix(".gz").endswith(".tsv"):
        return "csv"
    if folder_of(place) is not None:
        return "folders"
    return name_of(Path(place), INPUTS) or "text"


def unlabelled(format: Format) -> Format:
    """The same where texts need have no labels: a column of another name is none, and stays as it is."""
    if isinstance(format, CsvFormat) and not format.columns and format.header is not False:
        return replace(format, columns={"text": "text"})
    return format


def texts_format(kind: str, folder: ModelFolder) -> Format:
    """How texts are read: as in training where they come so, else as the format has them; of text each line is one."""
    said = folder.settings["data"] if kind == folder.settings["data"].get("format", "columns") else {}
    kind = "labels" if kind == "jsonl" else kind
    if kind == "text":
        return TextFormat(whole=True)
    if kind == "columns" and not said:
        return ColumnFormat({"token": 0})
    return format_said({**said, **labels_said(folder.settings["task"], kind), "format": kind})


def labels_format(name: str | None, source: Format, folder: ModelFolder) -> Format:
    """The format to write (as the input, or a table where that has no place for labels, or is a folder)."""
    if name is None and keeps_label(source) and kind_of(source).name in OUTPUTS:
        return _with_label(source) if isinstance(source, CsvFormat) else source
    name = "labels" if name == "jsonl" else name or "csv"
    written: Format = KINDS[name].make(labels_said(folder.settings["task"], name))
    return written


def _with_label(table: CsvFormat) -> CsvFormat:
    """A table with a column of labels: as it was read, or with one more."""
    if LABEL in table.names:
        return table
    header = (*table.header_names, LABEL) if table.has_header else ()
    return replace(table, names=(*table.names, LABEL), header_names=header) if table.names else table


def without_empty(sentences: Iterator[Sentence]) -> Iterator[Sentence]:
    """The texts that hold something, since there is no label of nothing; standard error tells how many others."""
    number = 0
    for sentence in sentences:
        if sentence.tokens:
            yield sentence
        else:
            number += 1
    if number:
        click.echo(f"not kept: {counted(number, 'text')} without tokens", err=True)
