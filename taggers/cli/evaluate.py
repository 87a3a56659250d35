"""`tagger evaluate`: how good a model is on annotated text."""

from __future__ import annotations

import json
from typing import BinaryIO, Literal

import click

from taggers.cli.options import FileOptions, file_options, format_name, model_options
from taggers.errors import FormatError
from taggers.evaluation import in_scheme
from taggers.formats import ColumnFormat, ConlluFormat, Lines, read, source_name
from taggers.reading import file_format
from taggers.tagger import Tagger


@click.command(short_help="Score a model on annotated text.")
@click.argument("file", type=click.File("rb"))
@model_options
@click.option(
    "--input", "kind", type=click.Choice(["columns", "conllu"]), help="What FILE is [by its name, else as in training]."
)
@click.option("--layer", help="The layer of FILE that holds the gold tags [as in training].")
@click.option("--on-invalid", type=click.Choice(["repair", "refuse"]), default="repair", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="As one JSON object, scores between 0 and 1.")
@file_options
def command(
    file: BinaryIO,
    model: str | None,
    device: str,
    kind: str | None,
    layer: str | None,
    on_invalid: Literal["repair", "refuse"],
    as_json: bool,
    options: FileOptions,
) -> None:
    """Tag FILE and compare with the tags that it holds; it is read as the training data was, unless told otherwise."""
    tagger = Tagger.load(model, device)
    kind = kind or format_name(source_name(file), ("conllu",), "") or None
    form = file_format(tagger.folder.config.data)
    if kind == "conllu" or (kind is None and isinstance(form, ConlluFormat)):
        form = ConlluFormat(options.encoding or tagger.folder.config.data.encoding)
    elif kind == "columns" and isinstance(form, ConlluFormat):
        form = ColumnFormat({"token": 0, layer or tagger.task.layer: -1})
    if isinstance(form, ColumnFormat):
        form = options.over(form)
    else:
        options.refuse_columns("the file is read as CoNLL-U")
    lines = Lines(file, form.encoding)
    sentences = [s for s in read(lines, form) if s.tokens]
    if not sentences:
        raise FormatError(lines.name, None, "expected annotated sentences, found none; name another file")
    checked = in_scheme(tagger.task, sentences, layer, on_invalid)
    for line in checked.report():
        click.echo(line, err=True)
    scores = tagger.evaluate(checked.sentences)
    if as_json:
        click.echo(json.dumps(scores.to_json(), ensure_ascii=False))
    else:
        click.echo(scores.to_table())
