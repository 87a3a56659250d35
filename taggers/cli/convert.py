"""`tagger convert`: a corpus in another format or tag scheme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import click

from taggers.cli.options import (
    STANDARD,
    FileOptions,
    Separator,
    file_options,
    refuse_tokeniser,
    source_of,
    target_of,
    tokeniser_option,
    with_tokeniser,
)
from taggers.errors import FormatError, TagSchemeError
from taggers.formats import (
    KINDS,
    CheckedTags,
    ColumnFormat,
    Format,
    Lines,
    OnInvalid,
    Tokeniser,
    check_tags,
    fit,
    kind_of,
    name_of,
    names,
    no_tags,
    read,
    resolve,
    respell,
    with_layer,
    write,
)
from taggers.text import Sentence
from taggers.text.partial import SEPARATOR, UNKNOWN, convert_sets, is_partial, tag_sets
from taggers.text.schemes import IOB2, PLAIN, SCHEMES, Scheme, labels_of, scheme_tags
from taggers.text.wording import counted

_INPUTS = names(read=True)
_OUTPUTS = names(write=True)


@click.command(short_help="Turn a corpus into another format or tag scheme.")
@click.argument("input_file", metavar="INPUT")
@click.argument("output_file", metavar="OUTPUT")
@click.option("--from", "from_name", type=click.Choice(_INPUTS), help="Format of INPUT [by file name, else columns].")
@click.option("--to", "to_name", type=click.Choice(_OUTPUTS), help="Format of OUTPUT [by file name, else columns].")
@click.option(
    "--output-separator", type=click.Choice(["tab", "space"]), help="What parts the columns of OUTPUT [as in INPUT]."
)
@click.option("--layer", metavar="NAME|PLACE", help="Column, or name, of the tags [the last; upos in CoNLL-U].")
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
    from_name = from_name or name_of(input_file, _INPUTS) or "columns"
    said_to = to_name is not None
    to_name = to_name or name_of(output_file, _OUTPUTS) or "columns"
    options.refuse_others(from_name, "INPUT is", but="comments" if to_name == "columns" else None)
    refuse_tokeniser(tokeniser, from_name, "INPUT is")
    chosen = layer is not None
    source = with_tokeniser(options.over(KINDS[from_name].format()), tokeniser)
    sentences: Sequence[Sentence]
    checked: CheckedTags | None = None
    lines = Lines(source_of(input_file), source.encoding)
    source = resolve(lines, source)
    if chosen and KINDS[from_name].layers == "none":
        raise no_tags(from_name)
    if chosen or not _has_no_tags(source):
        source, layer = with_layer(source, layer)
    sentences = tuple(read(lines, source, _note))
    if not chosen and not any(sentence.layers for sentence in sentences):
        layer = None
    if layer is not None:
        checked = check_tags(sentences, layer, on_invalid, partial=partial)
        if KINDS[to_name].shows_spans and SCHEMES.get(scheme or "", checked.scheme).dialect is not None:
            scheme = IOB2.name  # these show spans, which they read from the usual letters
        sentences = _in_scheme(checked, scheme, partial)
    elif (scheme is not None or partial) and any(sentence.tokens for sentence in sentences):
        raise no_tags(from_name)
    plain = checked is not None and checked.scheme is PLAIN and any(sentence.tokens for sentence in sentences)
    from_name = kind_of(source).name
    if not said_to and from_name in _OUTPUTS and name_of(output_file, [from_name]):
        to_name = from_name  # another shape of JSON lines than the first that the name could mean
    said = {**vars(options), "encoding": None, "layer": layer, "plain": plain}
    if output_separator is not None and to_name != "columns":
        raise click.UsageError(f"--output-separator parts columns, but OUTPUT is {to_name}: leave it out")
    target = _target(to_name, output_file, source, said, output_separator)
    if partial and checked is not None and KINDS[to_name].shows_spans:
        _refuse_sets(checked, to_name)
    fitted = fit(sentences, target, from_name, layer, plain, chosen)
    _say_found(lines.name, sentences, checked)
    for lost in fitted.lost:
        click.echo(f"not kept: {lost}", err=True)
    write(fitted.sentences, target_of(output_file), target)
    if output_file != STANDARD:
        click.echo(f"wrote {output_file}", err=True)


def _has_no_tags(format: Format) -> bool:
    """True for a format without tags, and for columns of which the tokens alone have a name."""
    if not isinstance(format, ColumnFormat):
        return kind_of(format).layers == "none"
    return (format.names(len(format.header_names)) if format.header_names else tuple(format.columns)) == ("token",)


def _note(line: str) -> None:
    click.echo(line, err=True)


def _target(
    name: str, output_file: str, source: Format, said: Mapping[str, object], separator: Separator | None
) -> Format:
    """How OUTPUT is written: columns as INPUT has them, where it has some, and else by what is said."""
    if name == "columns" and isinstance(source, ColumnFormat):
        return replace(source, encoding="utf-8", separator=separator or source.separator)
    if name == "csv":
        from taggers.formats import CsvFormat  # not at the top, so that other formats start sooner

        own = replace(source, encoding="utf-8") if isinstance(source, CsvFormat) else CsvFormat()
        ending = output_file.removesuffix(".gz").rpartition(".")[2]
        return replace(own, separator="tab", quotes="auto") if ending == "tsv" and own.separator != "tab" else own
    columns = [name for name in ("token", said["layer"]) if name is not None]
    target: Format = KINDS[name].make({**said, "columns": tuple(columns), "header": None, "separator": separator})
    return target


def _refuse_sets(checked: CheckedTags, to_name: str) -> None:
    """Raise FormatError at the first sentence with sets of tags: a span is there or not."""
    for sentence in checked.sentences:
        if is_partial(sentence.layers[checked.layer]):
            problem = f"{to_name} holds spans and no sets of tags such as {UNKNOWN}"
            raise FormatError(*sentence.source, f"{problem}; write columns, conllu or huggingface")


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
