"""From settings to file formats and corpora: `build` for data, without torch."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from taggers import config as c
from taggers.corpus_card import Card, find_card, folder_of, load_card, pick_layer
from taggers.data.corpus import Corpus, with_dev
from taggers.data.vectors import VectorStore
from taggers.data.vectors.building import build_store
from taggers.errors import ConfigError
from taggers.formats import (
    ColumnFormat,
    CsvFormat,
    Format,
    Lines,
    SeriesFormat,
    kind_of,
    make_splitter,
    names,
    resolve,
    with_layer,
)
from taggers.plain_settings import columns_read, format_said, labels_said, tokeniser_said
from taggers.settings import expand_path
from taggers.text.schemes import SCHEMES
from taggers.text.wording import counted

_SPLITS = ("train", "dev", "test")


def file_format(data: c.Data, layer: str | None = None) -> Format:
    """How the corpus's files are read; `layer` is what spans of characters are called.

    >>> file_format(c.Data(format="conllu", encoding="latin-1"))
    ConlluFormat(encoding='latin-1', layer='upos', label=None)
    """
    return format_said(plain_data(data), layer)


def format_of(settings: c.Config) -> Format:
    """How the files of a run are read.

    >>> format_of(c.Config(task=c.Classification(many=True), data=c.Data(format="jsonl"))).many
    True
    """
    task = settings.task.model_dump()
    return format_said({**plain_data(settings.data), **labels_said(task, settings.data.format)}, task.get("layer"))


def plain_data(data: c.Data) -> dict[str, Any]:
    """What was said of data, as plain values; for all else formats have defaults of their own."""
    said = data.model_dump(exclude_unset=True)
    return {**said, "tokeniser": data.tokeniser.model_dump()} if "tokeniser" in said else said


def trained_on(task: c.Task) -> tuple[str, ...]:
    """The formats that hold what is learnt.

    >>> "csv" in trained_on(c.Classification()), "csv" in trained_on(c.Labelling())
    (True, False)
    """
    return names(read=True, tags=task.told == "tags", labels=task.told == "labels")


def with_card(settings: c.Config, place: Path, own: Collection[str]) -> c.Config:
    """The settings with what the card of a corpus says of their data and layer, but for the keys that are their `own`.

    Raises ConfigError where the card has faults, or names no files that can be trained on, or not the layer.

    >>> settings = with_card(c.Config(), Path("corpora/english"), {"data.dev"})
    >>> settings.task.layer, settings.data.columns, settings.data.dev
    ('ner', ['token', 'upos', 'ner'], None)
    """
    card = load_card(place)
    fitting = trained_on(settings.task)
    if card.format not in fitting and "data.format" not in own:
        known = " or ".join(fitting)
        raise ConfigError(f"{find_card(place)}: format: expected {known} to train on, found {card.format}")
    layer = _layer_of(settings, card, place, own)
    said: dict[str, Any] = {**card.reading(), **{split: None for split, _ in card.splits}}
    for split, file in card.splits:
        if file is not None:
            said[split] = str(folder_of(card, place) / file.file)
    if layer in card.layers:
        said["scheme"] = card.layers[layer]
    data = settings.data.model_copy(update={key: value for key, value in said.items() if f"data.{key}" not in own})
    task = settings.task if layer is None else settings.task.model_copy(update={"layer": layer})
    return settings.model_copy(update={"data": data, "task": task})


def _layer_of(settings: c.Config, card: Card, place: Path, own: Collection[str]) -> str | None:
    """The layer of a card that is learnt; None where none is meant, or the labels of sentences are learnt."""
    if not isinstance(settings.task, c.Labelling):
        return None
    asked = settings.task.layer if "task.layer" in own else None
    return asked if asked is not None and "data.columns" in own else pick_layer(card, asked, place)


def located(settings: c.Config, base: Path) -> c.Config:
    """The settings of a file in the folder `base`: paths as they are to be opened, what its corpus's card says put in.

    >>> located(c.Config(data=c.Data(corpus="english")), Path("corpora")).data.train
    'corpora/english/train.conll'
    """
    data = settings.data
    named = {name: getattr(data, name) for name in ("corpus", "train", "dev", "test")}
    paths = {n: p if p == "none" else str(expand_path(p, base)) for n, p in named.items() if p is not None}
    settings = with_vectors_at(settings, lambda _, path: str(expand_path(path, base)))
    there = settings.model_copy(update={"data": data.model_copy(update=paths)})
    if "corpus" not in paths:
        return there
    layer = {"task.layer"} if "layer" in settings.task.model_fields_set else set()
    return with_card(there, Path(paths["corpus"]), {f"data.{key}" for key in data.model_fields_set} | layer)


def with_default_layer(settings: c.Config) -> c.Config:
    """The settings with the layer that their data means where they name none; a header is read for it.

    >>> with_default_layer(c.Config(data=c.Data(columns=["token", "upos"]))).task.layer
    'upos'
    """
    if not isinstance(settings.task, c.Labelling) or "layer" in settings.task.model_fields_set:
        return settings
    format = file_format(settings.data)
    if kind_of(format).layers == "none":
        raise ConfigError(
            f"{settings.data.train}: expected tags to learn, found {settings.data.format}, which has none; "
            "name another format, or say --task classification where labels of texts are learnt"
        )
    if isinstance(format, ColumnFormat) and settings.task.layer in format.columns and not format.header:
        return settings
    if settings.data.train is not None and (not isinstance(format, ColumnFormat) or format.header):
        format = _as_it_begins(settings.data.train, format)
    task = settings.task.model_copy(update={"layer": with_layer(format, None)[1]})
    return settings.model_copy(update={"task": task})


def with_numbers_named(settings: c.Config) -> c.Config:
    """The settings with the columns of a series in the order that the training file has them, so that other files of
    the same columns are read alike; a header is read for it.
    """
    data = settings.data
    if data.format != "series" or "columns" in data.model_fields_set or data.train is None:
        return settings
    format = _as_it_begins(data.train, file_format(data))
    assert isinstance(format, SeriesFormat)
    return _with_columns(settings, list(format.numbers))


def with_label_named(settings: c.Config) -> c.Config:
    """The settings with the column that was read as the label, where the header of a table calls it otherwise."""
    data = settings.data
    said = "columns" in data.model_fields_set or not settings.task.learns_label
    if data.format != "csv" or said or data.train is None:
        return settings
    format = _as_it_begins(data.train, file_format(data))
    assert isinstance(format, CsvFormat)
    columns = dict(zip(format.names, format.header_names, strict=False))
    called: dict[str, str] = {name: columns[name] for name in ("text", "label") if name in columns}
    return settings if called.get("label", "label") == "label" else _with_columns(settings, called)


def _with_columns(settings: c.Config, columns: list[str] | dict[str, str]) -> c.Config:
    return settings.model_copy(update={"data": settings.data.model_copy(update={"columns": columns})})


def _as_it_begins(train: str, format: Format) -> Format:
    """The format as the first lines of the training file settle it, where they say something of layers."""
    if kind_of(format).resolve is None or not Path(train).exists():
        return format
    if not Path(train).is_file():
        raise ConfigError(f"{train} can be read once: name the layer that is learnt with --layer")
    return resolve(Lines(train, format.encoding), format)


def load_corpus(settings: c.Config, note: Callable[[str], None]) -> Corpus:
    """The corpus that the settings name; a tenth of train becomes dev where none is named."""
    data = settings.data
    if data.train is None:
        raise ConfigError("data.train is not set: name the training file")
    make_splitter(tokeniser_said(plain_data(data)))  # one that there is not is a fault now, not after training
    if data.dev is None and data.partly:
        raise ConfigError("partly annotated training data: name fully annotated --dev data, or train with --dev none")
    named_dev = None if data.dev == "none" else data.dev
    corpus = Corpus.read(
        data.train,
        named_dev,
        data.test,
        layer=settings.task.layers,
        columns=columns_of(settings),
        label=settings.task.learns_label,
        format=format_of(settings),
        scheme=None if data.scheme == "auto" else SCHEMES[data.scheme],
        on_invalid=data.on_invalid,
        partial=data.partly,
        unlabelled=data.unlabelled,
        note=note,
    )
    if data.dev is not None:
        return corpus
    return with_dev(corpus, settings.training.seed, note, settings.task.several_answers)


def columns_of(settings: c.Config) -> list[str]:
    """The columns beside the tokens that are read, but for the tags that are learnt.

    >>> columns_of(c.Config(task=c.Transduction(layer="lemma", beside=["upos"])))
    ['lemma', 'upos']
    """
    return list(dict.fromkeys([*settings.task.columns, *feature_columns(settings.model)]))


def feature_columns(model: c.Model) -> list[str]:
    """The columns beside the tokens that the features of a model read.

    >>> feature_columns(c.Model(features={"pos": c.ValueFeature(), "ending": c.SuffixFeature()}))
    ['pos']
    """
    return columns_read(model.model_dump()["features"])


def load_vectors(model: c.Model, note: Callable[[str], None]) -> dict[str, VectorStore]:
    """The pretrained vectors that a model reads, by name; FormatError at a file that is none."""
    stores: dict[str, VectorStore] = {}
    for name, given in model.vectors.items():
        pieces = None if given.pieces is None else Path(given.pieces)
        stores[name] = store = build_store(Path(given.path), pieces=pieces, most=given.most, note=note)
        behind = "" if store.parts is None else ", all others by their parts"
        note(f"vectors {name}: {counted(store.words, 'word')} of {store.dimensions} dimensions{behind}")
    return stores


def with_vectors_at(settings: c.Config, resolve: Callable[[str, str], str]) -> c.Config:
    """The settings with the paths of pretrained vectors and models as they are to be opened; `resolve` is given key and
    path.

    >>> settings = c.Config(model=c.Model(vectors={"mine": c.Vectors(path="words.txt")}))
    >>> with_vectors_at(settings, lambda key, path: f"data/{path}").model.vectors["mine"].path
    'data/words.txt'
    """
    resolved: dict[str, c.Vectors] = {}
    for name, given in settings.model.vectors.items():
        paths = {"path": given.path, "pieces": given.pieces}
        opened = {n: resolve(f"model.vectors.{name}.{n}", path) for n, path in paths.items() if path is not None}
        resolved[name] = given.model_copy(update=opened)
    contextual: dict[str, c.Contextual] = {}
    for name, read in settings.model.contextual.items():
        opened = {n: resolve(f"model.contextual.{name}.{n}", getattr(read, n)) for n in ("forward", "backward")}
        contextual[name] = read.model_copy(update=opened)
    model = settings.model.model_copy(update={"vectors": resolved, "contextual": contextual})
    return settings.model_copy(update={"model": model})


def files_of(settings: c.Config) -> dict[str, str]:
    """The files and folders that a training reads, by the settings that name them.

    >>> files_of(c.Config(data=c.Data(train="a.conll", dev="none")))
    {'data.train': 'a.conll'}
    """
    splits = {f"data.{name}": getattr(settings.data, name) for name in _SPLITS}
    files = {key: path for key, path in splits.items() if path not in (None, "none")}
    with_vectors_at(settings, files.setdefault)  # which calls it with each
    return files


def with_files_at(settings: c.Config, files: Mapping[str, str]) -> c.Config:
    """The settings with the files of `files_of` elsewhere.

    >>> with_files_at(c.Config(data=c.Data(dev="none")), {"data.train": "b.conll"}).data.train
    'b.conll'
    """
    splits = {name: files[key] for name in _SPLITS if (key := f"data.{name}") in files}
    there = settings.model_copy(update={"data": settings.data.model_copy(update=splits)})
    return with_vectors_at(there, lambda key, _: files[key])
