"""What several commands ask about their files: where the columns are, what separates them, how bytes are text."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, BinaryIO, Literal, TypeVar

import click

from taggers.errors import TaggerError
from taggers.formats import ColumnFormat, ConlluFormat, Lines, resolve_columns

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


def file_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add --columns, --separator, --comments, --header and --encoding, handed over as one object, `options`."""

    @click.option("--columns", metavar="NAMES", help="token,upos,ner in order, or token=0,ner=-1 by place.")
    @click.option("--separator", type=click.Choice(["auto", "tab", "space"]), help="What parts the columns.")
    @click.option("--comments", metavar="PREFIX", help="What begins a comment before a sentence, such as '#'.")
    @click.option("--header", is_flag=True, default=None, help="The first line names the columns.")
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


def is_place(text: str) -> bool:
    """True for the number of a column, which may count from the end.

    >>> is_place("-1"), is_place("ner")
    (True, False)
    """
    digits = text.strip().removeprefix("-")
    return digits.isascii() and digits.isdecimal()


def with_layer(format: ColumnFormat | ConlluFormat, layer: str | None) -> tuple[ColumnFormat | ConlluFormat, str]:
    """The format and the layer that a name, a column's place or nothing means: by default the last column, or UPOS.

    >>> format, layer = with_layer(ColumnFormat(("token", "upos", "ner")), None)
    >>> layer
    'ner'
    >>> format, layer = with_layer(ColumnFormat(), "2")
    >>> format.columns, layer
    ({'token': 0, 'tag': 2}, 'tag')
    """
    if isinstance(format, ConlluFormat):
        return format, layer or "upos"
    if format.header_names:
        return _with_header_layer(format, layer)
    if layer is not None and is_place(layer):
        return replace(format, columns={"token": format.places["token"], "tag": int(layer)}), "tag"
    if layer is None:
        named = [name for name in format.columns if name != "token"]
        if not named:
            raise TaggerError("the columns are tokens only: name one of tags with --columns or --layer")
        layer = named[-1]
    return format, layer


def open_layer(
    file: str, format: ColumnFormat | ConlluFormat, layer: str | None
) -> tuple[Lines, ColumnFormat | ConlluFormat, str]:
    """The lines of a file (- is standard input), how they are read, and the layer meant: see `with_layer`."""
    lines = Lines(source_of(file), format.encoding)
    resolved = resolve_columns(lines, format) if isinstance(format, ColumnFormat) else format
    return lines, *with_layer(resolved, layer)


def _with_header_layer(format: ColumnFormat, layer: str | None) -> tuple[ColumnFormat, str]:
    """The layer by the header's names, and the format in which that column is one that must be filled."""
    names = format.names(len(format.header_names))
    others = [name for name in names if name != "token"]
    if layer is None:
        if not others:
            raise TaggerError("the columns are tokens only: name one of tags with --columns or --layer")
        layer = others[-1]
    elif is_place(layer) and -len(names) <= int(layer) < len(names):
        layer = names[int(layer)]
    if layer in others:
        format = replace(format, columns={"token": names.index("token"), layer: names.index(layer)})
    return format, layer


def source_of(file: str) -> str | BinaryIO:
    """Standard input for a hyphen, else the path itself."""
    return sys.stdin.buffer if file == STANDARD else file


def target_of(file: str) -> str | BinaryIO:
    """Standard output for a hyphen, else the path itself."""
    return sys.stdout.buffer if file == STANDARD else file


def format_name(file: str, names: tuple[str, ...], default: str) -> str:
    """The format that the end of a file's name says, among some.

    >>> format_name("a.conllu.gz", ("columns", "conllu"), "columns"), format_name("-", ("columns",), "columns")
    ('conllu', 'columns')
    """
    ending = file.removesuffix(".gz").rpartition(".")[2]
    return ending if ending in names else default
