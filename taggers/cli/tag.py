"""`tagger tag`: text in, tags out, sentence by sentence, in constant memory."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, count
from typing import BinaryIO, assert_never

import click

from taggers.cli.options import (
    FileOptions,
    file_options,
    format_name,
    model_options,
    refuse_tokeniser,
    tokeniser_option,
)
from taggers.errors import FormatError
from taggers.evaluation import WINDOW
from taggers.formats import (
    ColumnFormat,
    ConlluFormat,
    InlineFormat,
    InputFormat,
    JsonlFormat,
    Lines,
    OutputFormat,
    TextFormat,
    Tokeniser,
    TokensFormat,
    as_sentence,
    encode,
    looks_like_columns,
    looks_like_conllu,
    read,
    resolve_columns,
    source_name,
)
from taggers.reading import token_format, tokeniser_of
from taggers.tagger import Tagger
from taggers.tasks.labelling import Labelling
from taggers.text.schemes import PLAIN, usual

INPUTS = ("text", "tokens", "columns", "conllu")
OUTPUTS = ("columns", "conllu", "jsonl", "inline")
_LOOKED_AT = 20  # lines by which a column file is told from text


@click.command(short_help="Tag text, tokens, columns or CoNLL-U from a file or a pipe.")
@click.argument("file", type=click.File("rb"), default="-")
@model_options
@click.option("--input", "kind", type=click.Choice(INPUTS), help="What comes in [conllu by its name, else text].")
@click.option("--output", type=click.Choice(OUTPUTS), help="What goes out [as the input: inline, columns or conllu].")
@click.option("--line-buffered", is_flag=True, help="Answer every sentence at once, for use in a dialogue.")
@tokeniser_option
@file_options
def command(
    file: BinaryIO,
    model: str | None,
    device: str,
    kind: str | None,
    output: str | None,
    line_buffered: bool,
    tokeniser: Tokeniser | None,
    options: FileOptions,
) -> None:
    """Tag FILE (standard input by default) and write it to standard output, as many sentences as came in, in order.

    Text is split into sentences and tokens by the tokeniser of the model, or the one named by --tokeniser, and comes
    back line by line with its entities in brackets; columns come back with the predicted tags as a further column;
    CoNLL-U with the predicted layer in its place, or in MISC.
    """
    tagger = Tagger.load(model, device)
    kind = kind or format_name(source_name(file), ("conllu",), "") or None
    if kind != "columns":
        options.refuse_columns(f"the input is {kind or 'text'}")
    if kind not in ("text", None):
        refuse_tokeniser(tokeniser, f"the input is {kind}")
    config = tagger.folder.config
    source = _input_format(kind or "text", options, token_format(config), tokeniser or tokeniser_of(config.data))
    lines = Lines(file, encoding=source.encoding)
    # Where every line waits for its answer, there is no looking ahead.
    if kind is None and not line_buffered:
        _refuse_files_taken_for_text(lines.name, lines.peek(_LOOKED_AT))
    if isinstance(source, ColumnFormat):
        source = resolve_columns(lines, source)
    target, names = _output(output, source, tagger.tasks)
    predictions = tagger.stream(read(lines, source), window=1 if line_buffered else WINDOW)
    if isinstance(target, JsonlFormat | InlineFormat):  # these show spans, which they read from the usual letters
        outside = tagger.task.outside
        predictions = (replace(p, tags=tuple(usual(tag, outside) for tag in p.tags)) for p in predictions)
    _write(encode((as_sentence(p, names) for p in predictions), target), line_buffered)


def _without_mark(encoding: str) -> str:
    """UTF-8 is written without a byte order mark, whether the input had one or not."""
    return "utf-8" if codecs.lookup(encoding).name == "utf-8-sig" else encoding


def _refuse_files_taken_for_text(name: str, first_lines: Sequence[str]) -> None:
    if looks_like_conllu(first_lines):
        raise FormatError(name, 1, "looks like CoNLL-U: say --input conllu, or --input text if it is not")
    if looks_like_columns(first_lines):
        raise FormatError(name, 1, "looks like a column file: say --input columns, or --input text if it is not")


def _input_format(kind: str, options: FileOptions, trained_on: ColumnFormat, tokeniser: Tokeniser) -> InputFormat:
    """How the input is read: columns as those of the training file, all else by its own rules."""
    encoding = options.encoding or "utf-8"
    match kind:
        case "text":
            return TextFormat(encoding, tokeniser)
        case "tokens":
            return TokensFormat(encoding)
        case "conllu":
            return ConlluFormat(encoding)
        case _:
            return options.over(trained_on)


def _output(
    name: str | None, source: InputFormat, tasks: Sequence[Labelling]
) -> tuple[OutputFormat, dict[str, str]]:
    """The format to write, and the layer that the predicted tags of each layer go to."""
    task = tasks[0]
    own = {task.layer: task.layer for task in tasks}
    match name:
        case "columns":
            if not isinstance(source, ColumnFormat):
                return ColumnFormat({"token": 0}), _free_names(tasks, set())
            taken = {*source.columns, *source.header_names}
            return replace(source, encoding=_without_mark(source.encoding)), _free_names(tasks, taken)
        case "conllu":
            return ConlluFormat(), own
        case "jsonl":
            return JsonlFormat(task.layer, plain=task.outside is PLAIN), own
        case "inline":
            return InlineFormat(task.layer, plain=task.outside is PLAIN), own
        case None:
            pass
    match source:
        case ColumnFormat():
            return _output("columns", source, tasks)
        case ConlluFormat():
            return _output("conllu", source, tasks)
        case TextFormat() | TokensFormat():
            return _output("inline", source, tasks)
        case never:
            assert_never(never)


def _free_names(tasks: Sequence[Labelling], taken: set[str]) -> dict[str, str]:
    """Names for the columns of the predicted layers that no column has."""
    names: dict[str, str] = {}
    for task in tasks:
        wanted = f"predicted-{task.layer}" if names else "predicted"
        numbered = (f"{wanted}{number}" for number in count(2))
        names[task.layer] = next(n for n in chain([wanted], numbered) if n not in {*taken, *names.values()})
    return names


def _write(pieces: Iterator[bytes], flush: bool) -> None:
    out = sys.stdout.buffer
    for piece in pieces:
        out.write(piece)
        if flush:
            out.flush()
    out.flush()
