"""From settings to file formats and corpora: `build` for data, without torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import assert_never

from taggers import config as c
from taggers.data.corpus import Corpus, with_dev
from taggers.data.sentences import TOKEN
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


def layers_of(task: c.Task) -> list[str]:
    """The layers that are learnt, the first one first; ConfigError where it is among the others.

    >>> layers_of(c.Task(layer="upos", further={"feats": c.Layer()}))
    ['upos', 'feats']
    """
    if task.layer in task.further:
        raise ConfigError(f"task.further.{task.layer}: that layer is task.layer already; leave it out of one of them")
    return [task.layer, *task.further]


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
        layer=layers_of(settings.task),
        columns=feature_columns(settings.model),
        format=file_format(data),
        scheme=None if data.scheme == "auto" else SCHEMES[data.scheme],
        on_invalid=data.on_invalid,
        partial=data.partial,
        note=note,
    )
    if data.dev is None and data.partial:
        raise ConfigError("partly annotated training data: name fully annotated --dev data, or train with --dev none")
    return corpus if data.dev is not None else with_dev(corpus, settings.training.seed, note)


def feature_columns(model: c.Model) -> list[str]:
    """The columns beside the tokens that the features of a model read.

    >>> feature_columns(c.Model(features={"pos": c.ValueFeature(), "ending": c.SuffixFeature()}))
    ['pos']
    """
    columns = {feature.column or name: None for name, feature in model.features.items()}
    return [column for column in columns if column != TOKEN]


def token_format(settings: c.Config) -> ColumnFormat:
    """How the columns of a file are read that has those that the model reads where the corpus has them, and others.

    >>> token_format(c.Config(data=c.Data(columns=["index", "token", "ner"]))).columns
    {'token': 1}
    """
    format = file_format(settings.data)
    columns = format if isinstance(format, ColumnFormat) else ColumnFormat(encoding=format.encoding)
    needed = [TOKEN, *feature_columns(settings.model)]
    return replace(columns, columns={name: place for name, place in columns.places.items() if name in needed})
