"""`tagger train`: from annotated files to a model folder."""

from __future__ import annotations

import json
import os
import shlex
import statistics
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from taggers.cli.labelled import kind_of_texts
from taggers.cli.options import (
    STANDARD,
    FileOptions,
    file_options,
    parse_columns,
)
from taggers.cli.progress import Progress
from taggers.config import HEADS, Config
from taggers.corpus_card import CARD
from taggers.errors import ConfigError, MissingExtraError, TaggerError
from taggers.formats import name_of, names
from taggers.plain_settings import how_to_tag
from taggers.reading import (
    load_corpus,
    with_card,
    with_default_layer,
    with_label_named,
    with_numbers_named,
    with_vectors_at,
)
from taggers.settings import expand_path, load_config, make_config

if TYPE_CHECKING:
    from taggers.engine.contextual import CharacterModels
    from taggers.metrics import AnyScores

EMBEDDED = Path(__file__).parents[2] / "configs" / "english.toml"
MODELS = Path("models")
_INPUTS = names(read=True)
TASKS = tuple(HEADS)
_PATHS = ("corpus", "train", "dev", "test")


@click.command(short_help="Train a tagger on annotated text.")
@click.argument("config", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--corpus", metavar="FOLDER|CARD", help="A corpus with a card, which says all about its files.")
@click.option("--train", metavar="FILE", help="Training data; dev and test are then those given here too.")
@click.option("--dev", metavar="FILE", help="Development data; `none` trains a fixed number of epochs without.")
@click.option("--test", metavar="FILE", help="Test data, scored once at the end.")
@click.option("--input", "kind", type=click.Choice(_INPUTS), help="What the files are [by their name].")
@click.option("--task", type=click.Choice(TASKS), help="What is learnt [as CONFIG says, else labelling].")
@click.option("--layer", help="The layer that is learnt [the card's; the last column; upos in CoNLL-U].")
@click.option("--on-invalid", type=click.Choice(["repair", "refuse"]), help="What becomes of illegal tags [repair].")
@file_options
@click.option("--output", type=click.Path(path_type=Path), help="The model folder to write [models/NAME].")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="The seed of everything random.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:N.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override a setting.")
@click.option("--resume", is_flag=True, help="Go on with a run of the same command that was killed.")
@click.option("--folds", type=int, help="Cross-validate over this many parts of train instead of writing a model.")
def command(
    config: Path | None,
    corpus: str | None,
    train: str | None,
    dev: str | None,
    test: str | None,
    kind: str | None,
    task: str | None,
    layer: str | None,
    on_invalid: str | None,
    options: FileOptions,
    output: Path | None,
    seed: int | None,
    device: str,
    overrides: tuple[str, ...],
    resume: bool,
    folds: int | None,
) -> None:
    """Train a tagger by the settings of CONFIG (a TOML file), on its data or on the files named here.

    Files hold one token a line, token first and tag last, a blank line after each sentence; --columns names other
    columns. A corpus with a card.toml needs none of this: name its folder, or the card, with --corpus. Without CONFIG,
    --corpus and --train, the English corpus of the checkout is used. With --task it is a classifier of texts, a writer
    of sequences or a language model that is trained.
    """
    set_keys = set(map(_key, overrides))
    if kind is None and train is not None and "data.format" not in set_keys:
        kind = name_of(train, _INPUTS)
    named = _named({"corpus": corpus, "train": train, "dev": dev, "test": test}, set_keys)
    said = {"task.kind": task, "task.layer": layer, "training.seed": seed}
    said |= {"data.format": kind, "data.on_invalid": on_invalid}
    ours = tuple(_overrides(said, options))
    if twice := [key for key in sorted(set_keys) if any(_overlap(key, _key(our)) for our in ours)]:
        raise click.UsageError(f"an option and --set {twice[0]} say the same: leave out one")
    overrides = (*ours, *overrides)
    settings, name = _settings(config, named, overrides)
    if train is not None and kind is None and "data.format" not in set_keys and settings.task.told == "labels":
        texts = kind_of_texts(train)  # a table where it ends in .tsv, which for tags would be columns
        if texts != "text":
            settings, name = _settings(config, named, (f'data.format="{texts}"', *overrides))
    options.refuse_others(settings.data.format, "the files are")
    try:
        from taggers.runs import check_run, train_model
    except ModuleNotFoundError as missing:
        raise MissingExtraError(f"training needs {missing.name}: pip install 'taggers[train]'") from None
    if folds is not None and (output is not None or resume):
        raise click.UsageError("--folds writes no model: leave out --output and --resume")
    if folds is not None and ("test" in named or ("dev" in named and settings.data.dev != "none")):
        raise click.UsageError("--folds scores parts of train: leave out --test and --dev (but for --dev none)")
    contextual = check_run(settings, device)
    with Progress() as progress:
        if folds is not None:
            _cross_validate(settings, folds, device, progress, contextual)
            return
        place = output or _place(name, resume)
        if place == MODELS / "latest":
            raise TaggerError(f"--output {place}: that file holds the name of the last model; choose another")
        if place.parent == MODELS and (MODELS / "latest").is_dir():
            raise TaggerError(f"{MODELS / 'latest'} is a folder, where the name of the last model belongs; rename it")
        annotated = load_corpus(settings, progress.on_note)
        settings = with_label_named(settings)
        progress.on_note(f"writing to {place}")
        folder = train_model(settings, annotated, place, device, resume, progress, contextual)
    if place.parent == MODELS:
        from taggers.checkpoint import set_latest

        set_latest(MODELS, place.name)
    for split, values in folder.scores.items():
        click.echo(scores_line(split, values))
        for layer, others in values.get("further", {}).items():
            click.echo(scores_line(f"{split}, {layer}", others))
    model = "" if place.parent == MODELS else f" --model {shlex.quote(str(place))}"
    next_step = "tagger generate" if folder.is_language_model else how_to_tag(folder.settings)
    click.echo(f"model: {place}\nnext:  {next_step}{model}")


def _overrides(said: dict[str, str | int | None], options: FileOptions) -> Iterator[str]:
    """What the options say, as overrides of settings."""
    values: dict[str, object] = {**said, **{f"data.{name}": value for name, value in vars(options).items()}}
    if options.columns is not None:
        columns = parse_columns(options.columns)
        values["data.columns"] = list(columns) if isinstance(columns, tuple) else columns
    if options.tag_names is not None:
        values["data.tag_names"] = list(options.tag_names)
    for key, value in values.items():
        if isinstance(value, dict):
            yield f"{key}={{{', '.join(f'{_toml(n)} = {place}' for n, place in value.items())}}}"
        elif value is not None:
            yield f"{key}={_toml(value)}"


def _toml(value: object) -> str:
    """A string, number or list of strings as TOML writes it, which for these is JSON."""
    return json.dumps(value, ensure_ascii=False)


def _key(override: str) -> str:
    return override.partition("=")[0].strip()


def _overlap(one: str, other: str) -> bool:
    """True where two keys are one, or one is a section that holds the other."""
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def _named(given: dict[str, str | None], set_keys: set[str]) -> dict[str, str | None]:
    """The files that the command line names, by options or by --set; each once, and none of them standard input."""
    for split, path in given.items():
        if path is not None and any(_overlap(key, f"data.{split}") for key in set_keys):
            raise click.UsageError(f"--{split} and --set data.{split} say the same: leave out one")
        if path == STANDARD:
            raise click.UsageError(f"--{split} {STANDARD}: expected the name of a file (/dev/stdin where there is one)")
    return {split: path for split, path in given.items() if path is not None or f"data.{split}" in set_keys}


def _settings(config: Path | None, named: dict[str, str | None], overrides: tuple[str, ...]) -> tuple[Config, str]:
    """The settings with paths as they are to be opened, and the name of the run.

    Paths of the command line are relative to where it runs, those of a file to the file; where the command line names
    the training data, the file's dev and test data are another corpus's.
    """
    if config is None and not named.keys() & {"corpus", "train"}:
        if not EMBEDDED.exists():
            raise ConfigError("nothing to train on: name a CONFIG or --train FILE (token first, tag last), or --corpus")
        config = EMBEDDED
    settings = make_config({}, overrides) if config is None else load_config(config, overrides)
    base = Path() if config is None else config.parent
    data = settings.data
    own = {name: getattr(data, name) for name in _PATHS}  # what --set says stands here already
    said = {name: path if (path := named[name]) is not None else own[name] for name in named}
    filed = {name: _resolved(path, base) for name, path in own.items()}
    if "corpus" in named:
        filed = {}
    elif "train" in named:  # how the columns of the card are read may hold for these files too
        filed = {"corpus": filed["corpus"]}
    paths: dict[str, str | None] = dict.fromkeys(_PATHS) | filed | said

    def opened(key: str, path: str) -> str:
        said_here = any(_overlap(key, _key(override)) for override in overrides)
        return str(expand_path(path, Path() if said_here else base))

    settings = with_vectors_at(settings, opened)
    located = settings.model_copy(update={"data": data.model_copy(update=paths)})
    if (corpus := paths["corpus"]) is not None:
        located = with_card(located, Path(corpus), _own_keys(settings, named, overrides))
    if located.data.train is None:
        missing = f"{config}: data.train is not set" if corpus is None else f"{corpus}: the card names no training data"
        raise ConfigError(f"{missing}, and no --train FILE is given")
    named_after = next((paths[name] for name in ("corpus", "train") if name in named), None) or str(config)
    return with_numbers_named(with_default_layer(located)), _run_name(Path(named_after))


def _own_keys(settings: Config, named: Collection[str], overrides: Iterable[str]) -> set[str]:
    """The keys of the data and the layer that a card does not settle, since the user has.

    A corpus that the command line names is another than that of the file, so that the file says nothing about it.
    """
    keys = {"task.layer", *(f"data.{key}" for key in type(settings.data).model_fields)}
    if "corpus" in named:
        said = [*map(_key, overrides), *(f"data.{name}" for name in named)]
        return {key for key in keys if any(_overlap(key, one) for one in said)}
    given = {f"{section}.{key}" for section in ("data", "task") for key in getattr(settings, section).model_fields_set}
    return given & keys | ({f"data.{name}" for name in _PATHS} if "train" in named else set())


def _run_name(place: Path) -> str:
    """What a run is called: as its config, its training file or its corpus."""
    named_after = place.parent if place.name == CARD else place
    return os.path.basename(os.path.abspath(named_after)).lstrip(".").split(".")[0]


def _resolved(path: str | None, base: Path) -> str | None:
    """A path of a config file: variables of the environment put in, relative to the file."""
    if path is None or path == "none":
        return path
    return str(expand_path(path, base))


def _place(name: str, resume: bool) -> Path:
    """The first free models/NAME, models/NAME-2, ...; with `resume`, the unfinished or else the last one."""
    number = 1
    place = MODELS / name
    while place == MODELS / "latest" or place.exists() or (MODELS / f"{place.name}.partial").exists():
        if resume and (MODELS / f"{place.name}.partial").exists():
            return place
        number += 1
        last, place = place, MODELS / f"{name}-{number}"
        if resume and not place.exists() and not (MODELS / f"{place.name}.partial").exists():
            return last
    return place


def _cross_validate(
    settings: Config, number: int, device: str, progress: Progress, contextual: Mapping[str, CharacterModels]
) -> None:
    """Train and score fold by fold over the whole training data; mean and spread at the end."""
    from taggers.runs import cross_validate

    only_train = settings.data.model_copy(update={"dev": "none", "test": None})
    corpus = load_corpus(settings.model_copy(update={"data": only_train}), progress.on_note)
    with tempfile.TemporaryDirectory() as working:
        scores = []
        folds = cross_validate(settings, corpus, number, Path(working), device, progress, contextual)
        for turn, fold in enumerate(folds, start=1):
            scores.append(fold)
            click.echo(f"fold {turn}: {fold_line(fold)}")
    headlines = [100 * fold.headline for fold in scores]
    mean, spread = statistics.mean(headlines), statistics.stdev(headlines)
    click.echo(f"{number} folds, {scores[0].headline_name}: mean {mean:.2f}, standard deviation {spread:.2f}")


def fold_line(scores: AnyScores) -> str:
    """The scores of one fold in a line."""
    return scores_line("held out", scores.to_json())


def scores_line(split: str, values: Mapping[str, Any]) -> str:
    """The main scores of one split in a line, in percent, the first with its interval."""
    from taggers.metrics.summary import between, main_intervals, shown, summary  # not at the top: `--help` needs none

    figures = {name: figure for name, figure in summary(values).items() if figure is not None}
    first = next(iter(figures))
    said = [f"{name} {shown(name, figure)}" for name, figure in figures.items()]
    return f"{split}: {'; '.join([said[0] + between(first, main_intervals(values)[first]), *said[1:]])}"
