"""`tagger evaluate`: how good a model is on annotated text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import BinaryIO, Literal

import click

from taggers.checkpoint import ModelFolder, Precision, latest_model, load_folder
from taggers.cli.gold import read_gold, read_text
from taggers.cli.options import (
    FileOptions,
    FileOrFolder,
    file_options,
    model_options,
    search_options,
    speed_options,
    tell,
)
from taggers.engine import load_engine
from taggers.formats import names
from taggers.metrics import AnyScores, Scores
from taggers.tagger import Tagger


@click.command(short_help="Score a model on annotated text.")
@click.argument("file", type=FileOrFolder("rb"))
@model_options
@speed_options
@search_options
@click.option(
    "--input", "kind", type=click.Choice(names(read=True)), help="What FILE is [by its name, else as in training]."
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
    beam: int | None,
    length_power: float | None,
    kind: str | None,
    layer: str | None,
    on_invalid: Literal["repair", "refuse"],
    as_json: bool,
    options: FileOptions,
) -> None:
    """Tag FILE and compare with the tags that it holds; it is read as the training data was, unless told otherwise.

    A language model is judged by how well it predicts the text of FILE.
    """
    folder = load_folder(latest_model(Path("models")) if model is None else Path(model)).searching(beam, length_power)
    if folder.is_language_model:
        if layer is not None or workers > 1 or precision != "float32":
            raise click.UsageError("--layer, --workers and --precision are for taggers: leave them out")
        scores = _evaluate_text(file, folder, device, kind, options)
    else:
        tagger = Tagger(folder, load_engine(folder, device, precision), precision)  # a device may not be there
        scores = tagger.evaluate(read_gold(file, folder, kind, layer, on_invalid, options), workers, tell)
    if as_json:
        click.echo(json.dumps(scores.to_json(), ensure_ascii=False))
    else:
        click.echo(scores.to_table())
        for name, others in scores.further.items() if isinstance(scores, Scores) else ():
            click.echo(f"\n{name}:\n{others.to_table()}")


def _evaluate_text(
    file: BinaryIO | str, folder: ModelFolder, device: str, kind: str | None, options: FileOptions
) -> AnyScores:
    from taggers.engine import load_stream
    from taggers.language import LanguageModel  # not at the top: taggers have no need of it

    model = LanguageModel(folder, load_stream(folder, device))
    return model.evaluate(read_text(file, folder, kind, options))
