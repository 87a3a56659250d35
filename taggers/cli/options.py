"""What several commands ask about their files: where the columns are, what separates them, how bytes are text."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, BinaryIO, Literal, TypeVar

import click

from taggers.errors import TaggerError
from taggers.formats import KINDS, Format, Lines, is_place, kind_of, resolve, with_layer

STANDARD = "-"  # standard input or output in place of a file

Separator = Literal["auto", "tab", "space"]
F = TypeVar("F", bound=Format)
_Command = TypeVar("_Command", bound=Callable[..., object])


@dataclass(frozen=True)
class FileOptions:
    """What the user said of the columns of a file; None where nothing was said."""

    columns: str | None
    separator: Separator | None
    comments: str | None
    header: bool | None
    encoding: str | None

    def over(self, base: F) -> F:
        """The format with what the user said in place of what `base` says; see `refuse_others` for what it has not.

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
        known = kind_of(base).options
        given: dict[str, Any] = {n: value for n, value in said.items() if n in known and value is not None}
        return replace(base, **given)

    @property
    def of_columns(self) -> list[str]:
        """The options given that say how columns are read."""
        return [n for n in ("columns", "separator", "comments", "header") if getattr(self, n) is not None]

    def refuse_others(self, name: str, what: str, but: str | None = None) -> None:
        """Raise UsageError where something is said, `but` aside, that a file of format `name` has no use for."""
        for option in self.of_columns:
            if option not in KINDS[name].options and option != but:
                raise click.UsageError(f"--{option} says how columns are read, but {what} {name}: leave it out")


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


def open_layer(file: str, format: Format, layer: str | None) -> tuple[Lines, Format, str]:
    """The lines of a file (- is standard input), how they are read, and the layer meant: see `with_layer`."""
    lines = Lines(source_of(file), format.encoding)
    return lines, *with_layer(resolve(lines, format), layer)
