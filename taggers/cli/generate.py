"""`tagger generate`: text that a language model draws, symbol by symbol."""

from __future__ import annotations

import click

from taggers.cli.options import model_options
from taggers.language import LanguageModel


@click.command(short_help="Let a language model write on from a prompt.")
@model_options
@click.option("--prompt", default="", help="What the text begins with (ends with, where a model reads backward).")
@click.option("--length", type=click.IntRange(min=0), default=400, show_default=True, help="Symbols to draw.")
@click.option(
    "--temperature", type=click.FloatRange(min=0.0), default=1.0, show_default=True,
    help="Below 1 what is likely gets likelier; at 0 the likeliest symbol is taken.",
)  # fmt: skip
@click.option(
    "--top-k", type=click.IntRange(min=0), default=0, help="Draw from so many of the likeliest symbols [all]."
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True, help="The seed of the draws.")
def command(
    model: str | None, device: str, prompt: str, length: int, temperature: float, top_k: int, seed: int
) -> None:
    """Draw a text from a language model, characters or words as it was trained on, and write it to standard output."""
    writer = LanguageModel.load(model, device)
    if writer.task.direction == "backward":
        click.echo(writer.generate(prompt, length, temperature, top_k, seed))
        return
    click.echo(prompt.strip(" ") if writer.task.unit == "word" else prompt, nl=False)
    for piece in writer.stream(prompt, length, temperature, top_k, seed):
        click.echo(piece, nl=False)
    click.echo()
