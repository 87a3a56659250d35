"""Files of texts for a model that gives each a label: how they are read, and what is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import click

from taggers.checkpoint import ModelFolder
from taggers.cli.options import FileOptions, refuse_tokeniser, with_tokeniser
from taggers.formats import (
    KINDS,
    ColumnFormat,
    ConlluFormat,
    CsvFormat,
    Format,
    LabelsFormat,
    Lines,
    SeriesFormat,
    TextFormat,
    Tokeniser,
    folder_of,
    keeps_label,
    kind_of,
    name_of,
    names,
    resolve,
    source_name,
)
from taggers.plain_settings import format_trained, labels_said
from taggers.text import Sentence
from taggers.text.types import LABEL
from taggers.text.wording import counted

INPUTS = names(read=True, labels=True)
OUTPUTS = names(stream=True, labels=True)
_OF_TAGS = ("inline", "snips")  # those of them that hold labels beside tags, and not alone


def kind_of_texts(place: str) -> str:
    """What a file, or a folder, is by its name: text where that says nothing."""
    if place.removesuffix(".gz").endswith(".tsv"):
        return "csv"
    if folder_of(place) is not None:
        return "folders"
    return name_of(Path(place), INPUTS) or "text"


def kind_for(place: str, folder: ModelFolder) -> str:
    """The same for a model, which takes a table for series where it was trained on them."""
    kind = kind_of_texts(place)
    return "series" if kind == "csv" and is_series(folder) else kind


def is_series(folder: ModelFolder) -> bool:
    """True for a model that was trained on series of numbers."""
    trained_on: str = folder.settings["data"].get("format", "columns")
    return trained_on == "series"


def unlabelled(format: Format) -> Format:
    """The same where texts need have no labels: a column of another name is none, and stays as it is."""
    if isinstance(format, CsvFormat):
        said = bool(format.columns) or format.header is False
        columns = format.columns if said else {"text": "text", "label": LABEL}
        return replace(format, columns=columns, required=False)
    return replace(format, many=format.many or None) if isinstance(format, LabelsFormat) else format


def texts_format(kind: str, folder: ModelFolder) -> Format:
    """How texts are read: as in training where they come so, else as the format has them; of text each line is one."""
    said = folder.settings["data"] if kind == folder.settings["data"].get("format", "columns") else {}
    kind = "labels" if kind == "jsonl" else kind
    if kind == "text":
        return TextFormat(whole=True)
    if kind == "columns" and not said:
        return ColumnFormat({"token": 0})
    return format_trained({**said, **labels_said(folder.settings["task"], kind), "format": kind})


def open_texts(
    file: BinaryIO | str, folder: ModelFolder, kind: str | None, tokeniser: Tokeniser | None, options: FileOptions
) -> tuple[Lines, Format]:
    """The lines of texts that are to be given labels, and how they are read: each is one sentence, however long."""
    kind = kind or kind_for(source_name(file), folder)
    options.refuse_others(kind, "the input is")
    refuse_tokeniser(tokeniser, kind, "the input is")
    given = options.over(unlabelled(texts_format(kind, folder)))
    source = with_tokeniser(given, tokeniser or folder.tokeniser)
    lines = Lines(file, encoding=source.encoding)
    return lines, resolve(lines, source)


def labels_format(name: str | None, source: Format, folder: ModelFolder) -> Format:
    """The format to write (as the input, or a table where that has no place for labels, or is a folder).

    Raises UsageError for one that holds tags and no labels.
    """
    comment = label_name(folder)
    if name is None and kind_of(source).name in OUTPUTS:
        if isinstance(source, ColumnFormat | ConlluFormat):
            return replace(source, label=source.label or comment)
        if keeps_label(source):
            return _with_label(source)
    name = "labels" if name == "jsonl" else name or "csv"
    if name not in OUTPUTS or (name in _OF_TAGS and name != kind_of(source).name):
        known = ", ".join(known for known in OUTPUTS if known not in ("labels", *_OF_TAGS))
        raise click.UsageError(f"--output {name} holds tags, and {folder.path} gives labels: name one of {known}")
    said = {**labels_said(folder.settings["task"], name), "label": comment}
    written: Format = KINDS[name].make(said)
    return written


def label_name(folder: ModelFolder) -> str:
    """What the comment is called that is the label of a sentence, where comments hold it."""
    name: str = folder.settings["data"].get("label") or LABEL
    return name


def _with_label(table: Format) -> Format:
    """A table with a column of labels: as it was read, or with one more."""
    if isinstance(table, SeriesFormat):
        there = not table.names or table.label in table.names
        return table if there else replace(table, names=(*table.names, table.label))
    if not isinstance(table, CsvFormat) or not table.names or LABEL in table.names:
        return table
    called = table.columns.get(LABEL, LABEL) if isinstance(table.columns, Mapping) else LABEL
    header = (*table.header_names, called if isinstance(called, str) else LABEL) if table.has_header else ()
    return replace(table, names=(*table.names, LABEL), header_names=header)


def with_tokens(sentences: Iterator[Sentence]) -> Iterator[Sentence]:
    """The texts that hold something, since there is no label of nothing; standard error tells how many others."""
    number = 0
    for sentence in sentences:
        if sentence.tokens:
            yield sentence
        else:
            number += 1
    if number:
        click.echo(f"not kept: {counted(number, 'text')} without tokens", err=True)
