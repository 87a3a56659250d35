"""What several commands ask about their files: where the columns are, what separates them, how bytes are text."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, TypeVar

import click

from taggers.errors import FormatError, TaggerError
from taggers.formats import (
    KINDS,
    Format,
    Lines,
    Tokeniser,
    is_place,
    kind_of,
    parse_tokeniser,
    resolve,
    with_layer,
)

if TYPE_CHECKING:
    from taggers.formats.marks import OnCut
    from taggers.tasks.asked import Asked, Decoding

STANDARD = "-"  # standard input or output in place of a file

Separator = Literal["auto", "tab", "space"]
F = TypeVar("F", bound=Format)
_Command = TypeVar("_Command", bound=Callable[..., object])


_PURPOSES = {
    **dict.fromkeys(("columns", "separator", "comments", "header"), "how columns are read"),
    "on_cut": "how spans of characters are read",
    "tag_names": "what the numbers of tags mean",
    "unspaced": "how tokens are a text",
}


@dataclass(frozen=True)
class FileOptions:
    """What the user said of the columns of a file; None where nothing was said."""

    columns: str | None
    separator: Separator | None
    comments: str | None
    header: bool | None
    encoding: str | None
    on_cut: OnCut | None = None
    tag_names: tuple[str, ...] | None = None
    unspaced: bool | None = None

    def over(self, base: F) -> F:
        """The format with what the user said in place of what `base` says; see `refuse_others` for what it has not.

        >>> from taggers.formats import ColumnFormat
        >>> FileOptions("token,ner", None, None, None, None).over(ColumnFormat()).columns
        ('token', 'ner')
        """
        said = {**vars(self), "columns": None if self.columns is None else parse_columns(self.columns)}
        known = kind_of(base).options
        given: dict[str, Any] = {n: value for n, value in said.items() if n in known and value is not None}
        return replace(base, **given)

    @property
    def of_columns(self) -> list[str]:
        """The options given that say how columns are read."""
        return [n for n in ("columns", "separator", "comments", "header") if getattr(self, n) is not None]

    def refuse_others(self, name: str, what: str, but: str | None = None) -> None:
        """Raise UsageError where something is said, `but` aside, that a file of format `name` has no use for."""
        for option, purpose in _PURPOSES.items():
            if getattr(self, option) is not None and option not in KINDS[name].options and option != but:
                spelt = option.replace("_", "-")
                raise click.UsageError(f"--{spelt} says {purpose}, but {what} {name}: leave it out")


def file_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add --columns, --encoding, --on-cut and the like, handed over as one object, `options`."""

    @click.option("--columns", metavar="NAMES", help="token,upos,ner in order, or token=0,ner=-1 by place.")
    @click.option("--separator", type=click.Choice(["auto", "tab", "space"]), help="What parts the columns.")
    @click.option("--comments", metavar="PREFIX", help="What begins a comment before a sentence ['' for none].")
    @click.option("--header/--no-header", default=None, help="The first line names the columns.")
    @click.option("--encoding", help="Encoding of the file read [utf-8].")
    @click.option("--on-cut", type=click.Choice(["snap", "refuse"]), help="Where a span cuts a token [snap: widen it].")
    @click.option("--tag-names", metavar="NAMES", help="O,B-PER,...: the tags that numbers stand for, from 0.")
    @click.option("--unspaced", is_flag=True, default=None, help="No blanks stand between tokens in the text.")
    @wraps(command)
    def with_options(
        *,
        columns: str | None,
        separator: Separator | None,
        comments: str | None,
        header: bool | None,
        encoding: str | None,
        on_cut: OnCut | None,
        tag_names: str | None,
        unspaced: bool | None,
        **others: Any,
    ) -> None:
        names = None if tag_names is None else tuple(name.strip() for name in tag_names.split(","))
        said = FileOptions(columns, separator, comments, header, encoding, on_cut, names, unspaced)
        command(options=said, **others)

    return with_options


def tokeniser_option(command: _Command) -> _Command:
    """Add --tokeniser, handed over as `tokeniser`: a Tokeniser, or None where nothing was said."""
    help = "What splits text: syntok, icu, spacy, characters or blanks; icu and spacy by language, as spacy:da."
    return click.option("--tokeniser", metavar="KIND[:LANGUAGE]", callback=_tokeniser, help=help)(command)


def _tokeniser(context: click.Context, parameter: click.Parameter, value: str | None) -> Tokeniser | None:
    del context, parameter
    return None if value is None else parse_tokeniser(value)


def refuse_tokeniser(tokeniser: Tokeniser | None, name: str, what: str) -> None:
    """Raise UsageError where a tokeniser is named and a file of format `name` holds no raw text."""
    if tokeniser is not None and "tokeniser" not in KINDS[name].options:
        raise click.UsageError(f"--tokeniser says how raw text is split, but {what} {name}: leave it out")


def with_tokeniser(format: F, tokeniser: Tokeniser | None) -> F:
    """The format with a tokeniser, if it has a use for one and one is given."""
    if tokeniser is None or "tokeniser" not in kind_of(format).options:
        return format
    given: dict[str, Any] = {"tokeniser": tokeniser}
    return replace(format, **given)


def model_options(command: _Command) -> _Command:
    """Add --model and --device: which model runs, and where."""
    model = click.option("--model", metavar="DIR", help="The model folder [the one trained last].")
    return model(device_option(command))


def device_option(command: _Command) -> _Command:
    """Add --device."""
    return click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:N.")(command)


def speed_options(command: _Command) -> _Command:
    """Add --numbers and --workers: in what numbers a model runs, and how many processes tag side by side."""
    help = "int8 is about a quarter faster, on the CPU, where `tagger export` has written it."
    precision = click.option(
        "--numbers",
        "precision",
        type=click.Choice(["float32", "int8"]),
        default="float32",
        show_default=True,
        help=help,
    )
    help = "How many processes tag side by side, on as many cores."
    workers = click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help=help)
    return precision(workers(command))


def search_options(command: _Command) -> _Command:
    """Add --beam and --length-power: how a model that writes sequences searches for them."""
    help = "How many beginnings of an answer are kept, of models that write; 1 is greedy [as trained]."
    beam = click.option("--beam", type=click.IntRange(1, 1000), metavar="N", help=help)
    help = "The power of an answer's length that its log probability is divided by [as trained]."
    power = click.option("--length-power", type=click.FloatRange(0.0, 2.0), metavar="X", help=help)
    return beam(power(command))


def threshold_options(command: _Command) -> _Command:
    """Add --precision and --recall, each a share that spans are to reach."""
    share = click.FloatRange(0.0, 1.0, min_open=True)
    help = "Leave out unsure spans, as many as it takes to reach this precision on dev, between 0 and 1."
    precision = click.option("--precision", "min_precision", type=share, metavar="X", help=help)
    help = "Leave out unsure spans, as many as can be to keep this recall on dev, between 0 and 1."
    recall = click.option("--recall", "min_recall", type=share, metavar="X", help=help)
    return precision(recall(command))


def asking_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add --confidence and the like, handed over as `asked`: an `Asked`, or None where nothing is asked."""

    @click.option("--confidence", is_flag=True, help="Write how probable each span, plain tag or label is.")
    @click.option(
        "--min-confidence", type=click.FloatRange(0.0, 1.0), metavar="X", help="Leave out spans less probable than X."
    )
    @click.option("--k-best", type=click.IntRange(1, 1000), metavar="N", help="The N best tag sequences too (jsonl).")
    @click.option(
        "--decoding", type=click.Choice(["viterbi", "risk"]), default="viterbi", show_default=True,
        help="viterbi: the best sequence of tags; risk: spans that are each more likely right than wrong.",
    )  # fmt: skip
    @click.option(
        "--threshold", type=click.FloatRange(0.0, 1.0, min_open=True, max_open=True), metavar="X",
        help="With --decoding risk: how probable a span has to be [0.5].",
    )  # fmt: skip
    @wraps(command)
    def with_options(
        *,
        confidence: bool,
        min_confidence: float | None,
        k_best: int | None,
        decoding: Decoding,
        threshold: float | None,
        **others: Any,
    ) -> None:
        if threshold is not None and decoding != "risk":
            raise click.UsageError("--threshold says which spans --decoding risk gives: add that, or leave it out")
        asked = None
        if confidence or min_confidence or k_best or decoding == "risk":
            from taggers.tasks.asked import Asked  # not at the top: tagging starts sooner without

            asked = Asked(
                confidence=confidence,
                k_best=k_best or 0,
                decoding=decoding,
                threshold=0.5 if threshold is None else threshold,
                min_confidence=min_confidence or 0.0,
            )
        command(asked=asked, **others)

    return with_options


def refuse_placeless(asked: Asked | None, target: Format, labels: bool = False) -> None:
    """Raise UsageError where something is asked that has no place in the format to be written, of labels or of tags."""
    if asked is None:
        return
    kind = kind_of(target)
    if asked.confidence and not kind.confidence and (labels or kind.layers != "many"):
        raise click.UsageError(f"--confidence has no place in the output {kind.name}: add --output jsonl")
    if asked.k_best and labels:
        raise click.UsageError("--k-best is of sequences of tags, and this model gives labels of texts: leave it out")
    if asked.k_best and not kind.alternatives:
        raise click.UsageError(f"--k-best has no place in the output {kind.name}: add --output jsonl")


def print_json(value: object, indent: int | None = 2) -> None:
    """Print a value as JSON: where standard output lacks a character of it, all are escaped as JSON escapes them."""
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value, indent=indent)
    click.echo(text)


def tell(note: str) -> None:
    """Say something on standard error."""
    click.echo(note, err=True)


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


class FileOrFolder(click.File):
    """A file to read as bytes, or the path of a folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path of a folder as it is, a file opened."""
        return value if isinstance(value, str) and os.path.isdir(value) else super().convert(value, param, ctx)


def source_of(file: str) -> str | BinaryIO:
    """Standard input for a hyphen, else the path itself."""
    return sys.stdin.buffer if file == STANDARD else file


def refuse_twice(*files: str | None) -> None:
    """Raise UsageError where standard input is named more than once: there is one."""
    if files.count(STANDARD) > 1:
        raise click.UsageError("standard input (-) is named twice: name a file for one of them")


def refuse_output(option: str, output: str, *files: str | None) -> None:
    """Raise UsageError where what an option names to be written is a file that is read, which would be lost."""
    for file in files:
        if file is not None and os.path.exists(output) and os.path.exists(file) and os.path.samefile(output, file):
            raise click.UsageError(f"{option} {output} is data that is read: name another file")


def target_of(file: str) -> str | BinaryIO:
    """Standard output for a hyphen, else the path itself."""
    if not file:
        raise click.UsageError("the file to write has no name: name one, or - for standard output")
    return sys.stdout.buffer if file == STANDARD else file


def open_layer(file: str, format: Format, layer: str | None) -> tuple[Lines, Format, str]:
    """The lines of a file (- is standard input), how they are read, and the layer meant: see `with_layer`."""
    lines = Lines(source_of(file), format.encoding)
    if kind_of(format).layers != "none":
        format = resolve(lines, format)
    if kind_of(format).layers == "none":
        problem = f"expected tags, found the format {kind_of(format).name}, which has none"
        raise FormatError(lines.name, None, f"{problem}; name another, or score labels by `tagger evaluate`")
    try:
        return lines, *with_layer(format, layer)
    except TaggerError as fault:
        raise FormatError(lines.name, None, str(fault)) from None
