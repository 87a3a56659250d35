"""`tagger pipeline`: several models in one pass."""

from __future__ import annotations

from typing import BinaryIO

import click

from taggers.cli.labelled import is_series, kind_for, texts_format
from taggers.cli.options import (
    FileOptions,
    FileOrFolder,
    file_options,
    refuse_tokeniser,
    tell,
    tokeniser_option,
    with_tokeniser,
)
from taggers.cli.tag import INPUTS, LOOKED_AT, NAMED, refuse_files_taken_for_text, without_empty, write_stream
from taggers.formats import KINDS, Format, Lines, Tokeniser, encode, name_of, read, resolve, source_name
from taggers.pipeline import Pipeline
from taggers.text.schemes import PLAIN
from taggers.text.types import LABEL


@click.command(short_help="Run several models in one pass, each on what those before it say.")
@click.argument("file", type=FileOrFolder("rb"), default="-")
@click.option("--model", "models", multiple=True, required=True, metavar="DIR", help="A model; in order, one each.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:N.")
@click.option("--input", "kind", type=click.Choice(INPUTS), help="What comes in [by its name, else text].")
@click.option("--output", type=click.Choice(["conllu", "jsonl"]), default="conllu", show_default=True)
@tokeniser_option
@file_options
def command(
    file: BinaryIO | str,
    models: tuple[str, ...],
    device: str,
    kind: str | None,
    output: str,
    tokeniser: Tokeniser | None,
    options: FileOptions,
) -> None:
    """Run FILE (standard input by default) through all models and write what they say, sentence by sentence, in order.

    A model may read what one before it gives: lemmas, say, the parts of speech. CoNLL-U has upos, xpos, feats and lemma
    in their columns, other layers in MISC and the label of a sentence in a comment, `# label = ...`; JSON lines have
    the first layer as spans or tags, and the others under `layers`.
    """
    pipeline = Pipeline.load(models, device)
    first = pipeline.taggers[0].folder
    numbers = is_series(first)
    kind = kind or (kind_for(source_name(file), first) if numbers else name_of(source_name(file), NAMED))
    options.refuse_others(kind or "text", "the input is")
    refuse_tokeniser(tokeniser, kind or "text", "the input is")
    given: Format
    if kind == "series" and numbers:
        given = texts_format(kind, first)
    else:
        given = first.token_format if kind == "columns" else KINDS[kind or "text"].make({})
    source = with_tokeniser(options.over(given), tokeniser or first.tokeniser)
    lines = Lines(file, encoding=source.encoding)
    if kind is None:
        refuse_files_taken_for_text(lines.name, lines.peek(LOOKED_AT))
    sentences = pipeline.stream(read(lines, resolve(lines, source)), note=tell)
    if output == "conllu":
        write_stream(encode(without_empty(sentences), _conllu(pipeline)))
    else:
        write_stream(encode(sentences, _jsonl(pipeline)))


def _conllu(pipeline: Pipeline) -> Format:
    """CoNLL-U, with a comment for the label where a model gives one."""
    format: Format = KINDS["conllu"].make({"label": LABEL if pipeline.labels else None})
    return format


def _jsonl(pipeline: Pipeline) -> Format:
    """JSON lines whose spans are those of the first model that gives any; without tags, of texts and labels."""
    layers = pipeline.layers
    format: Format
    if not layers:
        format = KINDS["labels"].make({"many": pipeline.many_labels})
        return format
    spans = [task.layer for tagger in pipeline.taggers for task in tagger.tasks if task.outside not in (None, PLAIN)]
    first = (spans or layers)[0]
    others = tuple(layer for layer in layers if layer != first)
    format = KINDS["jsonl"].make({"layer": first, "plain": not spans, "further": others, "many": pipeline.many_labels})
    return format
