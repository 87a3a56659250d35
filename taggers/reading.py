"""From settings to file formats and corpora: `build` for data, without torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from taggers import config as c
from taggers.data.corpus import Corpus, with_dev
from taggers.errors import ConfigError
from taggers.formats import ColumnFormat, ConlluFormat


def file_format(data: c.Data) -> ColumnFormat | ConlluFormat:
    """How the corpus's files are read."""
    match data.format:
        case "columns":
            columns = tuple(data.columns) if isinstance(data.columns, list) else data.columns
            return ColumnFormat(columns, data.separator, data.comments, data.header, data.encoding)
        case "conllu":
            return ConlluFormat(data.encoding)
        case never:
            assert_never(never)


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
    columns = ColumnFormat(tuple(data.columns) if isinstance(data.columns, list) else data.columns)
    place = {"token": columns.places["token"]}
    return ColumnFormat(place, data.separator, data.comments, data.header, data.encoding)
