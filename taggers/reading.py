"""From settings to file formats and corpora: `build` for data, without torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from taggers import config as c
from taggers.data.corpus import Corpus, with_dev
from taggers.errors import ConfigError
from taggers.formats import KINDS, ColumnFormat, Format, Lines, resolve_columns, with_layer
from taggers.text.schemes import SCHEMES


def file_format(data: c.Data) -> Format:
    """How the corpus's files are read: the format of that name, with the settings that it has a field for.

    >>> file_format(c.Data(format="conllu", encoding="latin-1"))
    ConlluFormat(encoding='latin-1')
    """
    set_ones = ((name, value) for name, value in data if name in data.model_fields_set)  # else the format's own default
    said = {name: tuple(value) if isinstance(value, list) else value for name, value in set_ones}
    format: Format = KINDS[data.format].make(said)
    return format


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
