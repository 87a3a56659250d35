"""Annotated text as a model is scored on it: read as the training data was, unless told otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import BinaryIO, Literal

import click

from taggers.checkpoint import ModelFolder
from taggers.cli.labelled import kind_for, texts_format
from taggers.cli.options import FileOptions
from taggers.errors import FormatError
from taggers.evaluation import gold_of, in_scheme
from taggers.formats import (
    ColumnFormat,
    Format,
    LabelsFormat,
    Lines,
    looks_like_conllu,
    name_of,
    names,
    read,
    source_name,
)
from taggers.plain_settings import format_trained, labels_said
from taggers.text import Sentence
from taggers.text.schemes import SCHEMES
from taggers.text.types import LABEL

INPUTS = tuple(dict.fromkeys([*names(read=True, tags=True), *names(read=True, labels=True)]))
_LOOKED_AT = 20  # lines by which CoNLL-U is told from columns


def read_gold(
    file: BinaryIO | str,
    folder: ModelFolder,
    kind: str | None,
    layer: str | None,
    on_invalid: Literal["repair", "refuse"],
    options: FileOptions,
) -> tuple[Sentence, ...]:
    """The sentences of a file with the tags of the model's first layer, or its labels, checked; standard error tells of
    it.
    """
    first = folder.expect_answers()[0]
    if first.layer == LABEL:
        if layer is not None:
            raise click.UsageError(f"--layer {layer} names tags, and {folder.path} gives labels of texts: leave it out")
        return gold_of(first, _labelled(file, folder, kind, options))
    sentences = _read(file, folder, kind, layer or first.layer, options, names(read=True, tags=True))
    if first.outside is None:
        return gold_of(first, sentences, layer)
    scheme = SCHEMES.get(folder.settings["data"].get("scheme", "auto"))
    checked = in_scheme(first, sentences, layer, on_invalid, scheme)
    for line in checked.report():
        click.echo(line, err=True)
    return tuple(checked.sentences)


def read_text(file: BinaryIO | str, folder: ModelFolder, kind: str | None, options: FileOptions) -> list[Sentence]:
    """The sentences of a file that a language model is to predict."""
    return _read(file, folder, kind, None, options, names(read=True))


def _read(
    file: BinaryIO | str,
    folder: ModelFolder,
    kind: str | None,
    layer: str | None,
    options: FileOptions,
    among: Sequence[str],
) -> list[Sentence]:
    """The sentences of a file with tokens, read as the training data was unless its name or an option says else."""
    data = folder.settings["data"]
    trained_on = data.get("format", "columns")
    lines = Lines(file, options.encoding or data.get("encoding", "utf-8"))
    if kind is None and options.of_columns:
        kind = "columns"
    named = name_of(lines, among)
    if kind is None and (named != "conllu" or looks_like_conllu(lines.peek(_LOOKED_AT))):
        kind = named
    kind = kind or trained_on
    options.refuse_others(kind, "the file is read as")
    if layer is not None and kind == "columns" != trained_on:
        form: Format = ColumnFormat({"token": 0, layer: -1})
    else:
        form = format_trained({**data, **labels_said(folder.settings["task"], kind), "format": kind}, layer)
    form = options.over(form)
    sentences = [s for s in read(lines, form) if s.tokens]
    if not sentences:
        raise FormatError(lines.name, None, "expected annotated sentences, found none; name another file")
    return sentences


def _labelled(file: BinaryIO | str, folder: ModelFolder, kind: str | None, options: FileOptions) -> list[Sentence]:
    """The texts of a file with their labels."""
    named = kind_for(source_name(file), folder)
    kind = kind or (folder.settings["data"].get("format", "columns") if named == "text" else named)
    options.refuse_others(kind, "the file is read as")
    form = options.over(texts_format(kind, folder))
    lines = Lines(file, form.encoding)
    sets = isinstance(form, LabelsFormat) and form.many
    if isinstance(form, LabelsFormat) and sets:  # no label is the empty set, but for a file that has none at all
        form = replace(form, many=None)
    texts = [s for s in read(lines, form) if s.tokens]
    if not texts or (sets and all(text.label is None for text in texts)):
        raise FormatError(lines.name, None, "expected texts with labels, found none; name another file")
    return [replace(text, label=text.label or "") for text in texts] if sets else texts
