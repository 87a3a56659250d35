"""`tagger evaluate`: how good a model is on annotated text."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Literal

import click

from taggers.checkpoint import ModelFolder, Precision, latest_model, load_folder
from taggers.cli.gold import read_gold, read_text
from taggers.cli.options import (
    STANDARD,
    FileOptions,
    FileOrFolder,
    file_options,
    model_options,
    print_json,
    refuse_output,
    refuse_twice,
    search_options,
    speed_options,
    tell,
    threshold_options,
)
from taggers.cli.scoring import (
    conlleval_report,
    detail_option,
    draw_reliability,
    refuse_plain,
    refuse_several,
    table_of,
)
from taggers.cli.thresholds import with_threshold
from taggers.engine import load_engine
from taggers.files import write_bytes
from taggers.formats import names, source_name
from taggers.metrics import AnyScores
from taggers.tagger import Tagger
from taggers.text.schemes import PLAIN


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
@click.option(
    "--train",
    type=FileOrFolder("rb"),
    metavar="FILE",
    help="Training file: the detail tells apart what it has of spans.",
)
@detail_option
@threshold_options
@click.option("--reliability", metavar="FILE", help="Draw how often what is so sure is right, as a PNG.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object with all detail, scores between 0 and 1.")
@click.option("--report", type=click.Choice(["conlleval"]), help="Print another scorer's report instead.")
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
    train: BinaryIO | str | None,
    detail: bool,
    min_precision: float | None,
    min_recall: float | None,
    reliability: str | None,
    as_json: bool,
    report: str | None,
    options: FileOptions,
) -> None:
    """Tag FILE and compare with the tags that it holds; it is read as the training data was, unless told otherwise.

    A language model is judged by how well it predicts the text of FILE.
    """
    refuse_several(as_json, detail, report)
    if file is train and not isinstance(file, str):  # one and the same stream
        refuse_twice(STANDARD, STANDARD)
    if train is not None and not (detail or as_json):
        raise click.UsageError("--train is for the detail: add --detail or --json")
    if reliability is not None:
        _refuse_reliability(reliability, file, train)
    folder = load_folder(latest_model(Path("models")) if model is None else Path(model)).searching(beam, length_power)
    refuse_plain(folder.tasks[0].outside not in (None, PLAIN), detail, report)
    least = 0.0
    if min_precision is not None or min_recall is not None:
        least = with_threshold(None, folder, min_precision, min_recall).min_confidence
    if reliability is not None and (folder.is_language_model or folder.tasks[0].search is not None):
        raise click.UsageError(f"--reliability is of confidences, which a model for {folder.kind} has none of")
    if folder.is_language_model:
        if layer is not None or workers > 1 or precision != "float32" or train is not None:
            raise click.UsageError("--layer, --workers, --numbers and --train are for taggers: leave them out")
        scores = _evaluate_text(file, folder, device, kind, options)
    else:
        tagger = Tagger(folder, load_engine(folder, device, precision), precision)  # a device may not be there
        gold, *training = (
            read_gold(one, folder, kind, layer, on_invalid, options) for one in (file, train) if one is not None
        )
        scores = tagger.evaluate(
            gold,
            workers,
            tell,
            detailed=detail or as_json or report is not None,
            training=training[0] if training else None,
            confidence=(report is None or reliability is not None) and folder.tasks[0].search is None,
            min_confidence=least,
        )
    if as_json:
        print_json(scores.to_json(), indent=None)
    else:
        click.echo(table_of(scores) if report is None else conlleval_report(scores))
    if reliability is not None:  # last: the scores are not lost where it cannot be written
        write_bytes(Path(reliability), draw_reliability(scores, folder.tasks[0].layer))
        tell(f"wrote {reliability}")


def _refuse_reliability(reliability: str, *files: BinaryIO | str | None) -> None:
    """Raise UsageError where the diagram has no file of its own to stand in."""
    if reliability == STANDARD:
        problem = "expected the name of a file, since the scores go to standard output"
        raise click.UsageError(f"--reliability -: {problem}")
    refuse_output("--reliability", reliability, *(source_name(file) for file in files if file is not None))


def _evaluate_text(
    file: BinaryIO | str, folder: ModelFolder, device: str, kind: str | None, options: FileOptions
) -> AnyScores:
    from taggers.engine import load_stream
    from taggers.language import LanguageModel  # not at the top: taggers have no need of it

    model = LanguageModel(folder, load_stream(folder, device))
    return model.evaluate(read_text(file, folder, kind, options))
