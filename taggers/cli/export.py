"""`tagger export`: the variant of a model that tags faster."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import click

from taggers.checkpoint import latest_model, load_folder
from taggers.cli.gold import INPUTS, read_gold
from taggers.cli.options import FileOptions, FileOrFolder, file_options
from taggers.errors import MissingExtraError, TaggerError


@click.command(short_help="Write the int8 variant of a model; --check compares it.")
@click.option("--model", type=click.Path(path_type=Path), help="The model folder [the one trained last].")
@click.option("--check", metavar="FILE", type=FileOrFolder("rb"), help="Annotated text on which both are compared.")
@click.option("--input", "kind", type=click.Choice(INPUTS), help="What FILE is [by its name, else as in training].")
@click.option("--layer", help="The layer of FILE that holds the gold tags [as in training].")
@file_options
def command(
    model: Path | None, check: BinaryIO | str | None, kind: str | None, layer: str | None, options: FileOptions
) -> None:
    """Write the variant of a model in whole numbers (int8) into its folder, for --numbers int8.

    With --check FILE (the dev data, say), changed tags, spans and labels of sentences and the scores of both are shown,
    and nothing is written where fewer than 99.9 % of the tags, or of the labels, are equal, more than 0.3 % of the
    spans change (of each more than one), or the score falls by more than 0.1.
    """
    folder = load_folder(latest_model(Path("models")) if model is None else model)
    try:
        from taggers.int8 import compare, make_variant
        from taggers.saving import add_int8
    except ModuleNotFoundError as missing:
        raise MissingExtraError(f"tagger export needs {missing.name}: pip install 'taggers[train]'") from None
    if check is None and (kind, layer, *vars(options).values()) != (None,) * (2 + len(vars(options))):
        raise click.UsageError("what is said of FILE has no use without --check FILE: name it, or leave the rest out")
    variant = make_variant(folder)
    if check is not None:
        found = compare(folder, variant, read_gold(check, folder, kind, layer, "repair", options))
        if found.tags:
            click.echo(f"changed tags   {_share(found.changed_tags, found.tags)}")
        if found.spans:
            click.echo(f"changed spans  {_share(found.changed_spans, found.spans)}")
        if found.labels:
            click.echo(f"changed labels {_share(found.changed_labels, found.labels)}")
        before, after = 100 * found.float32.headline, 100 * found.int8.headline
        click.echo(f"{found.float32.headline_name}  {before:.2f} float32, {after:.2f} int8 ({after - before:+.2f})")
        if not found.holds:
            raise TaggerError("int8 changes more than it may: nothing was written; keep to float32, or train longer")
    add_int8(folder.path, variant.graph, variant.weights)
    click.echo(f"written: use it with --numbers int8 --model {folder.path}", err=True)


def _share(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,} ({100 * part / whole:.3f} %)"
