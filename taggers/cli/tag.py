"""`tagger tag`: text in, tags out, sentence by sentence, in constant memory."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, count
from typing import BinaryIO

import click

from taggers.cli.options import FileOptions, file_options, model_options
from taggers.errors import FormatError
from taggers.evaluation import WINDOW
from taggers.formats import (
    KINDS,
    ColumnFormat,
    Format,
    Lines,
    as_sentence,
    encode,
    kind_of,
    looks_like_columns,
    looks_like_conllu,
    name_of,
    names,
    read,
    resolve_columns,
    source_name,
)
from taggers.reading import token_format
from taggers.tagger import Tagger
from taggers.tasks.labelling import Labelling
from taggers.text.schemes import PLAIN

INPUTS = names(read=True)
OUTPUTS = names(write=True, tags=True)
_NAMED = names(read=True, tags=True, among=(name for name in INPUTS if name != "columns"))
_LOOKED_AT = 20  # lines by which a column file is told from text


@click.command(short_help="Tag text, tokens, columns or CoNLL-U from a file or a pipe.")
@click.argument("file", type=click.File("rb"), default="-")
@model_options
@click.option("--input", "kind", type=click.Choice(INPUTS), help="What comes in [by its name, else text].")
@click.option("--output", type=click.Choice(OUTPUTS), help="What goes out [as the input: inline, columns or conllu].")
@click.option("--line-buffered", is_flag=True, help="Answer every sentence at once, for use in a dialogue.")
@file_options
def command(
    file: BinaryIO,
    model: str | None,
    device: str,
    kind: str | None,
    output: str | None,
    line_buffered: bool,
    options: FileOptions,
) -> None:
    """Tag FILE (standard input by default) and write it to standard output, as many sentences as came in, in order.

    Text is split into sentences and tokens, and comes back line by line with its entities in brackets; columns come
    back with the predicted tags as a further column; CoNLL-U with the predicted layer in its place, or in MISC.
    """
    tagger = Tagger.load(model, device)
    kind = kind or name_of(source_name(file), _NAMED)
    options.refuse_others(kind or "text", "the input is")
    trained_on = tagger.folder.config.data
    source = options.over(token_format(trained_on) if kind == "columns" else KINDS[kind or "text"].format())
    lines = Lines(file, encoding=source.encoding)
    # Where every line waits for its answer, there is no looking ahead.
    if kind is None and not line_buffered:
        _refuse_files_taken_for_text(lines.name, lines.peek(_LOOKED_AT))
    if isinstance(source, ColumnFormat):
        source = resolve_columns(lines, source)
    target, layer = _output(output, source, tagger.task)
    predictions = tagger.stream(read(lines, source), window=1 if line_buffered else WINDOW)
    _write(encode((as_sentence(p, layer) for p in predictions), target), line_buffered)


def _without_mark(encoding: str) -> str:
    """UTF-8 is written without a byte order mark, whether the input had one or not."""
    return "utf-8" if codecs.lookup(encoding).name == "utf-8-sig" else encoding


def _refuse_files_taken_for_text(name: str, first_lines: Sequence[str]) -> None:
    if looks_like_conllu(first_lines):
        raise FormatError(name, 1, "looks like CoNLL-U: say --input conllu, or --input text if it is not")
    if looks_like_columns(first_lines):
        raise FormatError(name, 1, "looks like a column file: say --input columns, or --input text if it is not")


def _output(name: str | None, source: Format, task: Labelling) -> tuple[Format, str]:
    """The format to write (as the input, or inline where that has no place for tags), and the layer for the tags."""
    if name is None:
        name = kind_of(source).name
        name = name if name in OUTPUTS else "inline"
    if name != "columns":
        return KINDS[name].make({"layer": task.layer, "plain": task.outside is PLAIN}), task.layer
    if not isinstance(source, ColumnFormat):
        return ColumnFormat({"token": 0}), "predicted"
    taken = {*source.columns, *source.header_names}
    free = (f"predicted{number}" for number in count(2))
    layer = next(name for name in chain(["predicted"], free) if name not in taken)
    return replace(source, encoding=_without_mark(source.encoding)), layer


def _write(pieces: Iterator[bytes], flush: bool) -> None:
    out = sys.stdout.buffer
    for piece in pieces:
        out.write(piece)
        if flush:
            out.flush()
    out.flush()
