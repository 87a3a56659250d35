"""`tagger evaluate`: how good a model is on annotated text."""

from __future__ import annotations

import json
from typing import BinaryIO, Literal

import click

from taggers.checkpoint import Precision
from taggers.cli.gold import INPUTS, read_gold
from taggers.cli.options import FileOptions, FileOrFolder, file_options, model_options, speed_options
from taggers.metrics import Scores
from taggers.tagger import Tagger


@click.command(short_help="Score a model on annotated text.")
@click.argument("file", type=FileOrFolder("rb"))
@model_options
@speed_options
@click.option(
    "--input", "kind", type=click.Choice(INPUTS), help="What FILE is [by its name, else as in training]."
)
@click.option("--layer", help="The layer of FILE that holds the gold tags [as in training].")
@click.option("--on-invalid", type=click.Choice(["repair", "refuse"]), default="repair", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="As one JSON object, scores between 0 and 1.")
@file_options
def command(
    file: BinaryIO | str,
    model: str | None,
    device: str,
    precision: Precision,
    workers: int,
    kind: str | None,
    layer: str | None,
    on_invalid: Literal["repair", "refuse"],
    as_json: bool,
    options: FileOptions,
) -> None:
    """Tag FILE and compare with the tags that it holds; it is read as the training data was, unless told otherwise."""
    tagger = Tagger.load(model, device, precision)
    sentences = read_gold(file, tagger.folder, kind, layer, on_invalid, options)
    scores = tagger.evaluate(sentences, workers)
    if as_json:
        click.echo(json.dumps(scores.to_json(), ensure_ascii=False))
    else:
        click.echo(scores.to_table())
        for name, others in scores.further.items() if isinstance(scores, Scores) else ():
            click.echo(f"\n{name}:\n{others.to_table()}")
