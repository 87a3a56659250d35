"""From settings to file formats and corpora: `build` for data, without torch."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any, assert_never, get_args

from taggers import config as c
from taggers.corpus_card import find_card, folder_of, load_card, pick_layer
from taggers.data.corpus import Corpus, with_dev
from taggers.errors import ConfigError
from taggers.formats import ColumnFormat, ConlluFormat, Lines, resolve_columns, with_layer
from taggers.text.schemes import SCHEMES


def file_format(data: c.Data) -> ColumnFormat | ConlluFormat:
    """How the corpus's files are read."""
    match data.format:
        case "columns":
            columns = tuple(data.columns) if isinstance(data.columns, list) else data.columns
            return ColumnFormat(
                columns,
                separator=data.separator,
                comments=data.comments,
                header=data.header,
                encoding=data.encoding,
            )
        case "conllu":
            return ConlluFormat(data.encoding)
        case never:
            assert_never(never)


TRAINED_ON: tuple[str, ...] = get_args(c.Data.model_fields["format"].annotation)


def with_card(settings: c.Config, place: Path, own: Collection[str]) -> c.Config:
    """The settings with what the card of a corpus says of their data and layer, but for the keys that are their `own`.

    Raises ConfigError where the card has faults, or names no files that can be trained on, or not the layer.

    >>> settings = with_card(c.Config(), Path("corpora/english"), {"data.dev"})
    >>> settings.task.layer, settings.data.columns, settings.data.dev
    ('ner', ['token', 'upos', 'ner'], None)
    """
    card = load_card(place)
    if card.format not in TRAINED_ON and "data.format" not in own:
        known = " or ".join(TRAINED_ON)
        raise ConfigError(f"{find_card(place)}: format: expected {known} to train on, found {card.format}")
    asked = settings.task.layer if "task.layer" in own else None
    layer = asked if asked is not None and "data.columns" in own else pick_layer(card, asked, place)
    said: dict[str, Any] = {**card.reading(), **{split: None for split, _ in card.splits}}
    for split, file in card.splits:
        if file is not None:
            said[split] = str(folder_of(card, place) / file.file)
    if layer in card.layers:
        said["scheme"] = card.layers[layer]
    data = settings.data.model_copy(update={key: value for key, value in said.items() if f"data.{key}" not in own})
    task = settings.task if layer is None else settings.task.model_copy(update={"layer": layer})
    return settings.model_copy(update={"data": data, "task": task})


def with_default_layer(settings: c.Config) -> c.Config:
    """The settings with the layer that their data means where they name none; a header is read for it.

    >>> with_default_layer(c.Config(data=c.Data(columns=["token", "upos"]))).task.layer
    'upos'
    """
    if "layer" in settings.task.model_fields_set:
        return settings
    format = file_format(settings.data)
    if isinstance(format, ColumnFormat) and settings.task.layer in format.columns and not format.header:
        return settings
    if isinstance(format, ColumnFormat) and format.header and settings.data.train is not None:
        if Path(settings.data.train).exists() and not Path(settings.data.train).is_file():
            raise ConfigError(f"{settings.data.train} can be read once: name the layer that is learnt with --layer")
        format = resolve_columns(Lines(settings.data.train, format.encoding), format)
    task = settings.task.model_copy(update={"layer": with_layer(format, None)[1]})
    return settings.model_copy(update={"task": task})


def load_corpus(settings: c.Config, note: Callable[[str], None]) -> Corpus:
    """The corpus that the settings name; a tenth of train becomes dev where none is named."""
    data = settings.data
    if data.train is None:
        raise ConfigError("data.train is not set: name the training file")
    named_dev = None if data.dev == "none" else data.dev
    corpus = Corpus.read(
        data.train,
        named_dev,
        data.test,
        layer=settings.task.layer,
        format=file_format(data),
        scheme=None if data.scheme == "auto" else SCHEMES[data.scheme],
        on_invalid=data.on_invalid,
        partial=data.partial,
        note=note,
    )
    if data.dev is None and data.partial:
        raise ConfigError("partly annotated training data: name fully annotated --dev data, or train with --dev none")
    return corpus if data.dev is not None else with_dev(corpus, settings.training.seed, note)


def token_format(data: c.Data) -> ColumnFormat:
    """How the columns of a file are read that holds tokens where the corpus has them, and whatever else.

    >>> token_format(c.Data(columns=["index", "token", "ner"])).columns
    {'token': 1}
    """
    format = file_format(data)
    columns = format if isinstance(format, ColumnFormat) else ColumnFormat(encoding=format.encoding)
    return replace(columns, columns={"token": columns.places["token"]})
