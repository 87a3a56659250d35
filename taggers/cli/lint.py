"""`tagger lint`: what is wrong with annotated data, before a model is trained on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from taggers.cli.labelled import kind_of_texts
from taggers.cli.options import (
    STANDARD,
    FileOptions,
    file_options,
    print_json,
    refuse_output,
    refuse_twice,
    source_of,
    tell,
)
from taggers.config import Data, Labelling
from taggers.corpus_card import CARD, find_card, folder_of, load_card, pick_layer
from taggers.errors import ConfigError, FormatError
from taggers.files import write_text
from taggers.formats import KINDS, Format, Lines, kind_of, name_of, names, read, resolve, with_layer
from taggers.lint import Annotated, lint, page
from taggers.reading import file_format, format_of, located
from taggers.settings import fill, load_config, read_toml
from taggers.text import Sentence
from taggers.text.schemes import SCHEMES, Scheme

_INPUTS = names(read=True)
_SPLITS = ("train", "dev", "test")


@click.command(short_help="Find what is wrong with annotated data.")
@click.argument("corpus", required=False, metavar="[CORPUS]")
@click.option("--train", metavar="FILE", help="Training data, in place of that of CORPUS.")
@click.option("--dev", metavar="FILE", help="Development data.")
@click.option("--test", metavar="FILE", help="Test data.")
@click.option("--input", "kind", type=click.Choice(_INPUTS), help="What the files are [as CORPUS says; by their name].")
@click.option("--layer", metavar="NAME|PLACE", help="The layer of tags [that of CORPUS; the last; upos in CoNLL-U].")
@file_options
@click.option("--folds", type=int, help="Train this many models, each without a part, and rank what they doubt.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override a setting of these models.")
@click.option("--device", default="auto", show_default=True, help="Where they are trained: auto, cpu, cuda or cuda:N.")
@click.option("--all", "every", is_flag=True, help="Show every finding with all its places, not the worst alone.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with every finding.")
@click.option("--html", metavar="FILE", help="Write a page for a browser too.")
@click.option("--strict", is_flag=True, help="Exit with 1 where there are errors.")
@click.pass_context
def command(
    context: click.Context,
    corpus: str | None,
    train: str | None,
    dev: str | None,
    test: str | None,
    kind: str | None,
    layer: str | None,
    options: FileOptions,
    folds: int | None,
    overrides: tuple[str, ...],
    device: str,
    every: bool,
    as_json: bool,
    html: str | None,
    strict: bool,
) -> None:
    """Look for faults in CORPUS: a folder with a card.toml, a card, a config, or a file of training data.

    Errors, of which --strict makes exit code 1, are lines that cannot be read, tags that break their scheme or are of
    another one, damaged characters, and copies of a sentence that are annotated in different ways. All else (leakage
    between splits, names not annotated, odd characters, labels misspelt, ...) is a warning or a note: it may be meant.
    With --folds, models are trained, each without a part of the data, and what they would annotate otherwise is ranked.
    """
    named = {name: file for name, file in zip(_SPLITS, (train, dev, test), strict=True) if file is not None}
    if corpus is None and not named:
        raise click.UsageError("nothing to look at: name a CORPUS, or --train FILE")
    chosen = _chosen(corpus, named, kind, layer)
    options.refuse_others(kind_of(chosen.format).name, "the files are")
    refuse_twice(*chosen.files.values())
    if folds is None and overrides:
        raise click.UsageError(f"--set {overrides[0]} is for the models of --folds: leave it out, or say --folds 5")
    if folds is not None and chosen.partial:
        raise ConfigError(f"{corpus}: partly annotated data cannot be judged: leave out --folds")
    if html is not None:
        _refuse_read(html, chosen.files)
    chosen = replace(chosen, format=options.over(chosen.format))
    if folds is None:
        report = lint(_read(chosen, layer))
    else:
        from taggers.cli.doubting import Doubting  # not at the top: without it lint starts sooner

        doubting = Doubting.of(_config_of(corpus), overrides, folds, device)
        data = _read(chosen, layer, doubting.columns)
        report = lint(data, doubting.suspects(data))
    if as_json:
        print_json(report.to_json())
    else:
        click.echo(report.to_text(every))
    if html is not None:  # last: what was found is not lost where it cannot be written
        write_text(Path(html), page(report, f"tagger lint {corpus or next(iter(named.values()))}", every))
        tell(f"wrote {html}")
    if strict and report.of("error"):
        context.exit(1)


def _refuse_read(html: str, files: Mapping[str, str]) -> None:
    """Raise UsageError where the page has no file of its own to stand in."""
    if html == STANDARD:
        raise click.UsageError("--html -: expected the name of a file, since the findings go to standard output")
    refuse_output("--html", html, *files.values())


@dataclass(frozen=True)
class _Chosen:
    """The files of each split, how they are read, and what is known of their tags."""

    files: dict[str, str]
    format: Format
    layer: str | None = None
    scheme: Scheme | None = None
    several_answers: bool = False
    partial: bool = False


def _chosen(corpus: str | None, named: dict[str, str], kind: str | None, layer: str | None) -> _Chosen:
    """What CORPUS says, with the files of the command line and its format in place of what it has."""
    place = None if corpus is None else Path(corpus)
    if place is not None and _has_settings(place):
        found = _of_card(place, layer) if _is_card(place) else _of_config(place)
        files = {name: file for name in _SPLITS if (file := named.get(name, found.files.get(name))) is not None}
        if not files:
            raise ConfigError(f"{corpus}: expected files for train, dev or test, found none; name them with --train")
        found = replace(found, files=files)
        return found if kind is None else replace(found, format=KINDS[kind].format())
    if corpus is not None:
        if "train" in named:
            raise click.UsageError(f"{corpus} and --train {named['train']} are both training data: leave out one")
        named = {"train": corpus, **named}
    first = next(iter(named.values()))
    kind = kind or name_of(first, _INPUTS) or ("csv" if kind_of_texts(first) == "csv" else "columns")
    return _Chosen(named, KINDS[kind].format())


def _has_settings(place: Path) -> bool:
    return place.suffix == ".toml" or (place / CARD).exists()


def _is_card(place: Path) -> bool:
    """True for the card of a corpus, which has a licence, while settings have sections alone."""
    return place.is_dir() or "licence" in read_toml(place)


def _of_card(place: Path, layer: str | None) -> _Chosen:
    card = load_card(place)
    if card.format not in _INPUTS:
        raise ConfigError(f"{find_card(place)}: format: nothing annotated is read from {card.format}")
    layer = pick_layer(card, layer, place)
    folder = folder_of(card, place)
    files = {name: str(folder / file.file) for name, file in card.splits if file is not None}
    format = file_format(fill(Data, card.reading(), str(place)), layer)
    return _Chosen(files, format, layer, SCHEMES.get(card.layers.get(layer or "", "")))


def _of_config(path: Path) -> _Chosen:
    settings = located(load_config(path), path.parent)
    data, task = settings.data, settings.task
    files = {name: file for name in _SPLITS if (file := getattr(data, name)) not in (None, "none")}
    layer = task.layer if isinstance(task, Labelling) and "layer" in task.model_fields_set else None
    scheme = SCHEMES.get(data.scheme)
    return _Chosen(files, format_of(settings), layer, scheme, task.several_answers, data.partly)


def _config_of(corpus: str | None) -> Path | None:
    """CORPUS, where it is a config."""
    place = None if corpus is None else Path(corpus)
    return place if place is not None and _has_settings(place) and not _is_card(place) else None


def _read(chosen: _Chosen, layer: str | None, columns: Sequence[str] = ()) -> Annotated:
    """The sentences of all files, with some columns; FormatError where there is none, and no fault that explains it."""
    lines = {name: Lines(source_of(file), chosen.format.encoding) for name, file in chosen.files.items()}
    format, faults = _resolved(lines, chosen.format)
    has_tags = kind_of(format).layers != "none"
    if chosen.partial:
        tell("partly annotated, so that tags may be sets: they are not looked at")
        has_tags = False
    if layer is not None and kind_of(format).layers == "none":
        raise click.UsageError(f"--layer {layer} names tags, but the files are {kind_of(format).name}: leave it out")
    which = layer or chosen.layer
    if has_tags:
        format, which = with_layer(format, which)
    scheme = chosen.scheme if which == chosen.layer else None
    splits = {name: _sentences(some, format, faults.get(name)) for name, some in lines.items()}
    data = Annotated.of(splits, which if has_tags else None, scheme, chosen.several_answers, columns)
    if not len(data.sentences) and not data.faults:
        raise FormatError(next(iter(lines.values())).name, None, "expected sentences, found none; name another file")
    return data


def _resolved(files: Mapping[str, Lines], format: Format) -> tuple[Format, dict[str, FormatError]]:
    """The format as the first split settles it whose beginning can be read, and the faults of those before it."""
    faults: dict[str, FormatError] = {}
    for name, lines in files.items():
        try:
            return resolve(lines, format), faults
        except FormatError as fault:
            if fault.line is None:
                raise
            faults[name] = fault
    return format, faults


def _sentences(lines: Lines, format: Format, fault: FormatError | None) -> Iterator[Sentence]:
    if fault is not None:
        raise fault
    yield from read(lines, format, tell)
