"""`tagger evaluate`: how good a model is on annotated text."""

from __future__ import annotations

import json
from typing import BinaryIO, Literal

import click

from taggers.cli.options import FileOptions, FileOrFolder, file_options, model_options, workers_option
from taggers.errors import FormatError
from taggers.evaluation import in_scheme
from taggers.formats import ColumnFormat, Format, Lines, looks_like_conllu, name_of, names, read
from taggers.plain_settings import format_said
from taggers.tagger import Tagger
from taggers.text.schemes import SCHEMES

_INPUTS = names(read=True, tags=True)
_LOOKED_AT = 20  # lines by which CoNLL-U is told from columns


@click.command(short_help="Score a model on annotated text.")
@click.argument("file", type=FileOrFolder("rb"))
@model_options
@workers_option
@click.option(
    "--input", "kind", type=click.Choice(_INPUTS), help="What FILE is [by its name, else as in training]."
)
@click.option("--layer", help="The layer of FILE that holds the gold tags [as in training].")
@click.option("--on-invalid", type=click.Choice(["repair", "refuse"]), default="repair", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="As one JSON object, scores between 0 and 1.")
@file_options
def command(
    file: BinaryIO | str,
    model: str | None,
    device: str,
    workers: int,
    kind: str | None,
    layer: str | None,
    on_invalid: Literal["repair", "refuse"],
    as_json: bool,
    options: FileOptions,
) -> None:
    """Tag FILE and compare with the tags that it holds; it is read as the training data was, unless told otherwise."""
    tagger = Tagger.load(model, device)
    data = tagger.folder.settings["data"]
    trained_on = data.get("format", "columns")
    lines = Lines(file, options.encoding or data.get("encoding", "utf-8"))
    if kind is None and options.of_columns:
        kind = "columns"
    named = name_of(lines, _INPUTS)
    if kind is None and (named != "conllu" or looks_like_conllu(lines.peek(_LOOKED_AT))):
        kind = named
    kind = kind or trained_on
    options.refuse_others(kind, "the file is read as")
    layer_read = layer or tagger.task.layer
    if kind == "columns" != trained_on:
        form: Format = ColumnFormat({"token": 0, layer_read: -1})
    else:
        form = format_said({**data, "format": kind}, layer_read)
    form = options.over(form)
    sentences = [s for s in read(lines, form) if s.tokens]
    if not sentences:
        raise FormatError(lines.name, None, "expected annotated sentences, found none; name another file")
    scheme = SCHEMES.get(data.get("scheme", "auto"))
    checked = in_scheme(tagger.task, sentences, layer, on_invalid, scheme)
    for line in checked.report():
        click.echo(line, err=True)
    scores = tagger.evaluate(checked.sentences, workers)
    if as_json:
        click.echo(json.dumps(scores.to_json(), ensure_ascii=False))
    else:
        click.echo(scores.to_table())
        for name, others in scores.further.items():
            click.echo(f"\n{name}:\n{others.to_table()}")
