"""What several commands ask about their files: where the columns are, what separates them, how bytes are text."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, BinaryIO, Literal, TypeVar

import click

from taggers.errors import TaggerError
from taggers.formats import (
    ColumnFormat,
    ConlluFormat,
    Lines,
    Tokeniser,
    is_place,
    parse_tokeniser,
    resolve_columns,
    with_layer,
)

STANDARD = "-"  # standard input or output in place of a file

Separator = Literal["auto", "tab", "space"]
_Command = TypeVar("_Command", bound=Callable[..., object])


@dataclass(frozen=True)
class FileOptions:
    """What the user said of the columns of a file; None where nothing was said."""

    columns: str | None
    separator: Separator | None
    comments: str | None
    header: bool | None
    encoding: str | None

    def over(self, base: ColumnFormat) -> ColumnFormat:
        """The format with what the user said in place of what `base` says.

        >>> FileOptions("token,ner", None, None, None, None).over(ColumnFormat()).columns
        ('token', 'ner')
        """
        said = {
            "columns": None if self.columns is None else parse_columns(self.columns),
            "separator": self.separator,
            "comments": self.comments,
            "header": self.header,
            "encoding": self.encoding,
        }
        given: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
        return replace(base, **given)


    @property
    def of_columns(self) -> list[str]:
        """The options given that say how columns are read."""
        return [n for n in ("columns", "separator", "comments", "header") if getattr(self, n) is not None]

    def refuse_columns(self, reason: str, but: str | None = None) -> None:
        """Raise UsageError where something is said of columns, `but` aside, and there are none."""
        for name in self.of_columns:
            if name != but:
                raise click.UsageError(f"--{name} says how columns are read, but {reason}: leave it out")


def file_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add --columns, --separator, --comments, --header and --encoding, handed over as one object, `options`."""

    @click.option("--columns", metavar="NAMES", help="token,upos,ner in order, or token=0,ner=-1 by place.")
    @click.option("--separator", type=click.Choice(["auto", "tab", "space"]), help="What parts the columns.")
    @click.option("--comments", metavar="PREFIX", help="What begins a comment before a sentence ['' for none].")
    @click.option("--header/--no-header", default=None, help="The first line names the columns.")
    @click.option("--encoding", help="Encoding of the file read [utf-8].")
    @wraps(command)
    def with_options(
        *,
        columns: str | None,
        separator: Separator | None,
        comments: str | None,
        header: bool | None,
        encoding: str | None,
        **others: Any,
    ) -> None:
        command(options=FileOptions(columns, separator, comments, header, encoding), **others)

    return with_options


def tokeniser_option(command: _Command) -> _Command:
    """Add --tokeniser, handed over as `tokeniser`: a Tokeniser, or None where nothing was said."""
    help = "What splits text: syntok, icu, spacy, characters or blanks; icu and spacy by language, as spacy:da."
    return click.option("--tokeniser", metavar="KIND[:LANGUAGE]", callback=_tokeniser, help=help)(command)


def _tokeniser(context: click.Context, parameter: click.Parameter, value: str | None) -> Tokeniser | None:
    del context, parameter
    return None if value is None else parse_tokeniser(value)


def refuse_tokeniser(tokeniser: Tokeniser | None, reason: str) -> None:
    """Raise UsageError where a tokeniser is named and there is no raw text."""
    if tokeniser is not None:
        raise click.UsageError(f"--tokeniser says how raw text is split, but {reason}: leave it out")


def model_options(command: _Command) -> _Command:
    """Add --model and --device: which model runs, and where."""
    device = click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:N.")
    model = click.option("--model", metavar="DIR", help="The model folder [the one trained last].")
    return model(device(command))


def parse_columns(text: str) -> tuple[str, ...] | dict[str, int]:
    """The names of columns in order, or with their places (from 0; negative from the end).

    >>> parse_columns("token,upos"), parse_columns("token=0,ner=-1")
    (('token', 'upos'), {'token': 0, 'ner': -1})
    """
    items = [item.strip() for item in text.split(",")]
    if not any("=" in item for item in items):
        if all(items):
            return tuple(items)
    else:
        pairs = [item.partition("=") for item in items]
        if all(name and is_place(place) for name, _, place in pairs):
            names = [name.strip() for name, _, _ in pairs]
            if len(set(names)) < len(names):
                raise TaggerError(f"--columns {text}: expected each name once")
            return {name.strip(): int(place) for name, _, place in pairs}
    raise TaggerError(f"--columns {text}: expected names such as token,upos,ner, or places such as token=0,ner=-1")


def source_of(file: str) -> str | BinaryIO:
    """Standard input for a hyphen, else the path itself."""
    return sys.stdin.buffer if file == STANDARD else file


def refuse_twice(*files: str | None) -> None:
    """Raise UsageError where standard input is named more than once: there is one."""
    if files.count(STANDARD) > 1:
        raise click.UsageError("standard input (-) is named twice: name a file for one of them")


def target_of(file: str) -> str | BinaryIO:
    """Standard output for a hyphen, else the path itself."""
    if not file:
        raise click.UsageError("the file to write has no name: name one, or - for standard output")
    return sys.stdout.buffer if file == STANDARD else file


def open_layer(
    file: str, format: ColumnFormat | ConlluFormat, layer: str | None
) -> tuple[Lines, ColumnFormat | ConlluFormat, str]:
    """The lines of a file (- is standard input), how they are read, and the layer meant: see `with_layer`."""
    lines = Lines(source_of(file), format.encoding)
    resolved = resolve_columns(lines, format) if isinstance(format, ColumnFormat) else format
    return lines, *with_layer(resolved, layer)


def format_name(file: str, names: tuple[str, ...], default: str) -> str:
    """The format that the end of a file's name says, among some.

    >>> format_name("a.conllu.gz", ("columns", "conllu"), "columns"), format_name("-", ("columns",), "columns")
    ('conllu', 'columns')
    """
    ending = file.removesuffix(".gz").rpartition(".")[2]
    return ending if ending in names else default
