"""`tagger train`: from annotated files to a model folder."""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from taggers.cli.progress import Progress
from taggers.config import Config, load_config, make_config
from taggers.errors import ConfigError, MissingExtraError
from taggers.reading import load_corpus

if TYPE_CHECKING:
    from taggers.data.corpus import Corpus
    from taggers.metrics import Scores

EMBEDDED = Path(__file__).parents[2] / "configs" / "english.toml"
MODELS = Path("models")


@click.command(short_help="Train a tagger on annotated text.")
@click.argument("config", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--train", metavar="FILE", help="Training data; dev and test are then those given here too.")
@click.option("--dev", metavar="FILE", help="Development data; `none` trains a fixed number of epochs without.")
@click.option("--test", metavar="FILE", help="Test data, scored once at the end.")
@click.option("--output", type=click.Path(path_type=Path), help="The model folder to write [models/NAME].")
@click.option("--seed", type=int, help="The seed of everything random.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:N.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override a setting.")
@click.option("--resume", is_flag=True, help="Go on with a run of the same command that was killed.")
@click.option("--folds", type=int, help="Cross-validate over this many parts of train instead of writing a model.")
def command(
    config: Path | None,
    train: str | None,
    dev: str | None,
    test: str | None,
    output: Path | None,
    seed: int | None,
    device: str,
    overrides: tuple[str, ...],
    resume: bool,
    folds: int | None,
) -> None:
    """Train a tagger by the settings of CONFIG (a TOML file), on its data or on the files named here.

    Files hold one token a line, token first and tag last, a blank line after each sentence; `--set data.columns=...`
    names other columns. Without CONFIG and --train, the English corpus of the checkout is used.
    """
    settings, name = _settings(config, train, dev, test, seed, overrides)
    try:
        from taggers.runs import train_model
    except ModuleNotFoundError as missing:
        raise MissingExtraError(f"training needs {missing.name}: pip install 'taggers[train]'") from None
    with Progress() as progress:
        corpus = load_corpus(settings, progress.on_note)
        if folds is not None:
            _cross_validate(settings, corpus, folds, device, progress)
            return
        place = output or _place(name, resume)
        progress.on_note(f"writing to {place}")
        folder = train_model(settings, corpus, place, device, resume, progress)
    if place.parent == MODELS:
        from taggers.checkpoint import set_latest

        set_latest(MODELS, place.name)
    for split, values in folder.scores.items():
        click.echo(scores_line(split, values))
    model = "" if place.parent == MODELS else f" --model {place}"
    click.echo(f"model: {place}\nnext:  echo 'Your text here.' | tagger tag{model}")


def _settings(
    config: Path | None,
    train: str | None,
    dev: str | None,
    test: str | None,
    seed: int | None,
    overrides: tuple[str, ...],
) -> tuple[Config, str]:
    """The settings with paths as they are to be opened, and the name of the run."""
    if config is None and train is None:
        if not EMBEDDED.exists():
            raise ConfigError("nothing to train on: name a CONFIG or --train FILE (column file, token first, tag last)")
        config = EMBEDDED
    if seed is not None:
        overrides = (*overrides, f"training.seed={seed}")
    settings = make_config({}, overrides) if config is None else load_config(config, overrides)
    base = Path() if config is None else config.parent
    data = settings.data
    if train is None:
        paths = {"train": data.train, "dev": dev or data.dev, "test": test or data.test}
        paths = {split: p if p is None or p in (dev, test, "none") else resolve(p, base) for split, p in paths.items()}
        if paths["train"] is None:
            raise ConfigError(f"{config}: data.train is not set, and no --train FILE is given")
    else:
        paths = {"train": train, "dev": dev, "test": test}
    name = config.stem if config is not None and train is None else Path(str(paths["train"])).name.split(".")[0]
    return settings.model_copy(update={"data": data.model_copy(update=paths)}), name


def resolve(path: str, base: Path) -> str:
    """A path of a config file: variables of the environment put in, relative to the file."""
    expanded = os.path.expandvars(path)
    if "$" in expanded:
        raise ConfigError(f"{path}: this variable of the environment is not set")
    return str(base / expanded)


def _place(name: str, resume: bool) -> Path:
    """The first free models/NAME, models/NAME-2, ...; with `resume`, the unfinished or else the last one."""
    number = 1
    place = MODELS / name
    while place.exists() or (MODELS / f"{place.name}.partial").exists():
        if resume and (MODELS / f"{place.name}.partial").exists():
            return place
        number += 1
        last, place = place, MODELS / f"{name}-{number}"
        if resume and not place.exists() and not (MODELS / f"{place.name}.partial").exists():
            return last
    return place


def _cross_validate(settings: Config, corpus: Corpus, number: int, device: str, progress: Progress) -> None:
    """Train and score fold by fold; mean and spread at the end."""
    from taggers.runs import cross_validate

    with tempfile.TemporaryDirectory() as working:
        scores = []
        for turn, fold in enumerate(cross_validate(settings, corpus, number, Path(working), device, progress), start=1):
            scores.append(fold.headline)
            click.echo(f"fold {turn}: {fold_line(fold)}")
    spread = statistics.stdev(scores)
    click.echo(f"mean of {number} folds: {100 * statistics.mean(scores):.2f}, standard deviation {100 * spread:.2f}")


def fold_line(scores: Scores) -> str:
    """The scores of one fold in a line."""
    return scores_line("held out", scores.to_json())


def scores_line(split: str, values: Mapping[str, Any]) -> str:
    """The scores of one split in a line, in percent."""
    shown = []
    for reading in ("lenient", "strict"):
        if values[reading] is not None:
            overall = values[reading]["overall"]
            shown.append(f"{reading} F1 {100 * overall['f1']:.2f}")
    if values["lenient"] is not None:
        overall = values["lenient"]["overall"]
        shown.append(f"precision {100 * overall['precision']:.2f}, recall {100 * overall['recall']:.2f}")
    unknown = values["unknown_accuracy"]
    beside = "" if unknown is None else f" (unknown words {100 * unknown:.2f})"
    return f"{split}: " + "; ".join([*shown, f"accuracy {100 * values['accuracy']:.2f}{beside}"])
