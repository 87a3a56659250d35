"""`tagger convert`: a corpus in another format or tag scheme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import click

from taggers.cli.options import (
    STANDARD,
    FileOptions,
    Separator,
    file_options,
    format_name,
    open_layer,
    refuse_tokeniser,
    source_of,
    target_of,
    tokeniser_option,
)
from taggers.errors import TaggerError, TagSchemeError
from taggers.formats import (
    CheckedTags,
    ColumnFormat,
    ConlluFormat,
    InlineFormat,
    JsonlFormat,
    Lines,
    OnInvalid,
    OutputFormat,
    TextFormat,
    Tokeniser,
    TokensFormat,
    check_tags,
    read,
    respell,
    write,
)
from taggers.formats.column_writer import keeps_line
from taggers.formats.conllu_writer import is_conllu_extra
from taggers.text import Sentence
from taggers.text.partial import SEPARATOR, UNKNOWN, convert_sets, is_partial, tag_sets
from taggers.text.schemes import IOB2, PLAIN, SCHEMES, Scheme, labels_of, scheme_tags
from taggers.text.wording import counted

_INPUTS = ("columns", "conllu", "tokens", "text")
_OUTPUTS = ("columns", "conllu", "tokens", "jsonl", "inline")


@click.command(short_help="Turn a corpus into another format or tag scheme.")
@click.argument("input_file", metavar="INPUT")
@click.argument("output_file", metavar="OUTPUT")
@click.option("--from", "from_name", type=click.Choice(_INPUTS), help="Format of INPUT [by file name, else columns].")
@click.option("--to", "to_name", type=click.Choice(_OUTPUTS), help="Format of OUTPUT [by file name, else columns].")
@click.option(
    "--output-separator", type=click.Choice(["tab", "space"]), help="What parts the columns of OUTPUT [as in INPUT]."
)
@click.option("--layer", metavar="NAME|PLACE", help="Column of the tags [the last; upos in CoNLL-U].")
@click.option("--scheme", type=click.Choice(list(SCHEMES)), help="Tag scheme of OUTPUT [that of INPUT].")
@click.option(
    "--on-invalid", type=click.Choice(["repair", "refuse"]), default="repair", help="Where tags break their scheme."
)
@click.option("--partial", is_flag=True, help="The tags ? and A|B are sets of tags.")
@tokeniser_option
@file_options
def command(
    input_file: str,
    output_file: str,
    from_name: str | None,
    to_name: str | None,
    output_separator: Separator | None,
    layer: str | None,
    scheme: str | None,
    on_invalid: OnInvalid,
    partial: bool,
    tokeniser: Tokeniser | None,
    options: FileOptions,
) -> None:
    """Convert INPUT to OUTPUT (- for standard input or output), and say what was found and what cannot be kept.

    OUTPUT is UTF-8, appears when it is whole, and is gzip where its name ends in .gz.
    """
    from_name = from_name or format_name(input_file, _INPUTS, "columns")
    to_name = to_name or format_name(output_file, _OUTPUTS, "columns")
    if from_name != "columns":
        options.refuse_columns(f"INPUT is {from_name}", but="comments" if to_name == "columns" else None)
    if from_name != "text":
        refuse_tokeniser(tokeniser, f"INPUT is {from_name}")
    format = options.over(ColumnFormat())
    sentences: Sequence[Sentence]
    checked: CheckedTags | None = None
    if from_name in ("tokens", "text"):
        if scheme is not None or layer is not None or partial or to_name in ("jsonl", "inline"):
            raise TaggerError(f"{from_name} has no tags to write; name a format with tags by --from")
        lines = Lines(source_of(input_file), format.encoding)
        text = TextFormat(tokeniser=tokeniser or Tokeniser())
        sentences = list(read(lines, text if from_name == "text" else TokensFormat()))
        format = ColumnFormat(("token",))
    else:
        given = ConlluFormat(format.encoding) if from_name == "conllu" else format
        lines, source, layer = open_layer(input_file, given, layer)
        own = ColumnFormat(("token", layer), comments=format.comments)
        format = source if isinstance(source, ColumnFormat) else own
        checked = check_tags(read(lines, source), layer, on_invalid, partial=partial)
        if to_name in ("jsonl", "inline") and SCHEMES.get(scheme or "", checked.scheme).dialect is not None:
            scheme = IOB2.name  # these show spans, which they read from the usual letters
        sentences = _in_scheme(checked, scheme, partial)
    target = _target(to_name, replace(format, encoding="utf-8"), output_separator, checked)
    _say_found(lines.name, sentences, checked)
    sentences = _reduce(sentences, from_name, target, layer)
    write(sentences, target_of(output_file), target)
    if output_file != STANDARD:
        click.echo(f"wrote {output_file}", err=True)


def _target(
    name: str, columns: ColumnFormat, separator: Separator | None, checked: CheckedTags | None
) -> OutputFormat:
    layer = "tag" if checked is None else checked.layer
    plain = checked is not None and checked.scheme is PLAIN
    formats: dict[str, OutputFormat] = {
        "columns": columns if separator is None else replace(columns, separator=separator),
        "conllu": ConlluFormat(),
        "tokens": TokensFormat(),
        "jsonl": JsonlFormat(layer, plain),
        "inline": InlineFormat(layer, plain),
    }
    return formats[name]


def _in_scheme(checked: CheckedTags, name: str | None, partial: bool) -> Sequence[Sentence]:
    """The sentences with their tags in another scheme, spans unchanged."""
    if name is None or SCHEMES[name] is checked.scheme or not any(s.tokens for s in checked.sentences):
        return checked.sentences
    target = SCHEMES[name]
    if PLAIN in (checked.scheme, target):
        first = checked.sentences[0].source
        problem = f"layer {checked.layer!r} is {checked.scheme.name}: there is no way to {target.name}"
        raise TagSchemeError(first.path, first.line, f"{problem}; name another --layer or --scheme")
    layer = checked.layer
    tags = [s.layers[layer] for s in checked.sentences]
    named = {choice for ts in tags for t in ts for choice in t.split(SEPARATOR)} - {UNKNOWN}
    every = scheme_tags(labels_of(named, checked.scheme), checked.scheme)
    return [
        _respell_sets(s, layer, checked.scheme, target, every)
        if partial and is_partial(s.layers[layer])
        else respell(s, layer, checked.scheme, target)
        for s in checked.sentences
    ]


def _respell_sets(sentence: Sentence, layer: str, source: Scheme, target: Scheme, every: Sequence[str]) -> Sentence:
    tags = sentence.layers[layer]
    try:
        sets = convert_sets(tag_sets(tags, every), source, target)
    except ValueError as fault:
        raise TagSchemeError(*sentence.source, f"{fault}; rename that label, or keep {source.name}") from fault
    spelt = (t if t == UNKNOWN else SEPARATOR.join(sorted(s)) for t, s in zip(tags, sets, strict=True))
    return replace(sentence, layers={**sentence.layers, layer: tuple(spelt)})


def _say_found(name: str, sentences: Sequence[Sentence], checked: CheckedTags | None) -> None:
    number = sum(bool(sentence.tokens) for sentence in sentences)
    tokens = counted(sum(map(len, sentences)), "token")
    click.echo(f"{name}: {counted(number, 'sentence')}, {tokens}", err=True)
    for line in [] if checked is None else checked.report():
        click.echo(line, err=True)


def _reduce(
    sentences: Sequence[Sentence], from_name: str, target: OutputFormat, layer: str | None
) -> Sequence[Sentence]:
    """The sentences with the layers that the target takes; what it cannot take is said before anything is written."""
    there = list(sentences[0].layers) if sentences else []
    match target:
        case ColumnFormat():
            kept = there if from_name == "columns" else [name for name in there if name == layer]
            lost = sum(not keeps_line(e.line, target) for s in sentences for e in s.extras)
        case ConlluFormat():
            kept = [name for name in there if not name.removeprefix("column").isdecimal()]
            lost = sum(not is_conllu_extra(e.line) for s in sentences for e in s.extras)
        case _:
            kept = [] if isinstance(target, TokensFormat) else [name for name in there if name == layer]
            lost = sum(bool(e.line.strip()) for s in sentences for e in s.extras)
    dropped = [name for name in there if name not in kept]
    if dropped:
        click.echo(f"not kept: layers {', '.join(dropped)}", err=True)
    if lost:
        lines = counted(lost, "line")
        click.echo(f"not kept: {lines} between tokens (comments, ranges, empty nodes, boundaries)", err=True)
    if not dropped:
        return sentences
    return [replace(s, layers={name: s.layers[name] for name in kept}) for s in sentences]
