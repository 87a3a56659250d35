"""What settings say of files and texts, read from plain values: tagging needs none of the classes of `config`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from taggers.data.sentences import TOKEN
from taggers.data.windows import Windows
from taggers.formats import KINDS, ColumnFormat, Format, Tokeniser

Said = Mapping[str, Any]  # a table of settings; those of data hold what was said, all others every key


def format_said(data: Said, layer: str | None = None) -> Format:
    """How the files of a corpus are read: the format that is named, with the settings that it has a field for.

    `layer` is what spans of characters are called.

    >>> format_said({"format": "conllu", "encoding": "latin-1"})
    ConlluFormat(encoding='latin-1', layer='upos', label=None)
    """
    said = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
    format: Format = KINDS[data.get("format", "columns")].make(
        {**said, "layer": layer, "tokeniser": tokeniser_said(data)}
    )
    return format


def format_trained(data: Said, layer: str | None = None) -> Format:
    """How files are read as those of a model's training were: what separated the columns of a table gives way where the
    first line does not hold it.

    >>> format = format_trained({"format": "csv", "separator": "tab"})
    >>> format.separator, format.usual
    ('auto', 'tab')
    """
    if "usual" in KINDS[data.get("format", "columns")].options:
        data = {**data, "separator": None, "usual": data.get("separator")}
    return format_said(data, layer)


def labels_said(task: Said, format: str) -> dict[str, Any]:
    """What a task says of the files of its corpus, which may be of a `format`: whether texts have many labels (None
    where labels are not learnt).

    JSON lines hold a text and its label where nothing else is learnt.

    >>> labels_said({"kind": "classification", "many": True}, "jsonl")
    {'many': True, 'format': 'labels'}
    """
    alone = task["kind"] == "classification"
    many = task["many"] if alone else (task.get("label") or {}).get("many")
    return {"many": many} | ({"format": "labels"} if alone and format == "jsonl" else {})


def tokeniser_said(data: Said) -> Tokeniser:
    """What splits the raw text that a model trained on this data tags.

    >>> tokeniser_said({"tokeniser": {"kind": "spacy", "language": "da"}})
    Tokeniser(kind='spacy', language='da')
    """
    return Tokeniser(**data.get("tokeniser", {"kind": "syntok"}))


def columns_read(features: Mapping[str, Said]) -> list[str]:
    """The columns beside the tokens that the features of a model read.

    >>> columns_read({"pos": {"kind": "value", "column": None}, "ending": {"kind": "suffix", "column": "token"}})
    ['pos']
    """
    columns = {feature["column"] or name: None for name, feature in features.items()}
    return [column for column in columns if column != TOKEN]


def token_format(data: Said, features: Mapping[str, Said], beside: Sequence[str] = ()) -> ColumnFormat:
    """How the columns of a file are read that has those that the model reads where the corpus has them, and others.

    Those are the columns of its features, and `beside`.

    >>> token_format({"columns": ["index", "token", "ner"]}, {}).columns
    {'token': 1}
    """
    format = format_said(data)
    columns = format if isinstance(format, ColumnFormat) else ColumnFormat(encoding=format.encoding)
    needed = [TOKEN, *columns_read(features), *beside]
    return replace(columns, columns={name: place for name, place in columns.places.items() if name in needed})


def how_to_tag(settings: Said) -> str:
    """The command that tags with a model: text, or a file as that of training where the model reads more than words.

    >>> how_to_tag({"data": {"format": "series"}, "task": {}, "model": {"features": {}, "numbers": {"size": 8}}})
    'tagger tag FILE --input series'
    """
    data, task, model = (settings[section] for section in ("data", "task", "model"))
    if task.get("beside") or columns_read(model["features"]) or model.get("numbers") is not None:
        return f"tagger tag FILE --input {data.get('format', 'columns')}"
    return "echo 'Your text here.' | tagger tag"


def windows_said(windows: Said) -> Windows | None:
    """The windows in which long sequences are read; None where they are read as a whole."""
    return None if windows["length"] is None else Windows(windows["length"], windows["overlap"])
