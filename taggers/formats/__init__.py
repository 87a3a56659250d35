"""Files and streams of sentences: read and written one by one, with the line of each.

The names here are loaded when they are first asked for, so that a format costs nothing to those who read another.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from taggers.formats.brat import BratFormat as BratFormat
    from taggers.formats.checks import CheckedTags as CheckedTags
    from taggers.formats.checks import OnInvalid as OnInvalid
    from taggers.formats.checks import check_tags as check_tags
    from taggers.formats.checks import forget_outside as forget_outside
    from taggers.formats.checks import respell as respell
    from taggers.formats.columns import ColumnFormat as ColumnFormat
    from taggers.formats.columns import resolve_columns as resolve_columns
    from taggers.formats.conllu import ConlluFormat as ConlluFormat
    from taggers.formats.csv_format import CsvFormat as CsvFormat
    from taggers.formats.doccano import DoccanoFormat as DoccanoFormat
    from taggers.formats.folder_writer import write_folder as write_folder
    from taggers.formats.folders import FoldersFormat as FoldersFormat
    from taggers.formats.folders import folder_of as folder_of
    from taggers.formats.huggingface import HuggingFaceFormat as HuggingFaceFormat
    from taggers.formats.jsonl import JsonlFormat as JsonlFormat
    from taggers.formats.kind import Format as Format
    from taggers.formats.kind import Kind as Kind
    from taggers.formats.labels import LabelsFormat as LabelsFormat
    from taggers.formats.layers import is_place as is_place
    from taggers.formats.layers import layer_of as layer_of
    from taggers.formats.layers import with_layer as with_layer
    from taggers.formats.lines import Lines as Lines
    from taggers.formats.lines import PathOrStream as PathOrStream
    from taggers.formats.lines import source_name as source_name
    from taggers.formats.losses import Fitted as Fitted
    from taggers.formats.losses import fit as fit
    from taggers.formats.losses import is_empty as is_empty
    from taggers.formats.losses import no_tags as no_tags
    from taggers.formats.output import open_output as open_output
    from taggers.formats.parquet import ParquetFormat as ParquetFormat
    from taggers.formats.plain import TextFormat as TextFormat
    from taggers.formats.plain import TokensFormat as TokensFormat
    from taggers.formats.plain import split_text as split_text
    from taggers.formats.predictions import as_sentence as as_sentence
    from taggers.formats.prodigy import ProdigyFormat as ProdigyFormat
    from taggers.formats.recognition import looks_like_columns as looks_like_columns
    from taggers.formats.recognition import looks_like_conllu as looks_like_conllu
    from taggers.formats.resolution import resolve as resolve
    from taggers.formats.series import SeriesFormat as SeriesFormat
    from taggers.formats.snips import SnipsFormat as SnipsFormat
    from taggers.formats.spacy import SpacyFormat as SpacyFormat
    from taggers.formats.spans import InlineFormat as InlineFormat
    from taggers.formats.streams import default_format as default_format
    from taggers.formats.streams import encode as encode
    from taggers.formats.streams import read as read
    from taggers.formats.streams import write as write
    from taggers.formats.table import KINDS as KINDS
    from taggers.formats.table import keeps_label as keeps_label
    from taggers.formats.table import kind_of as kind_of
    from taggers.formats.table import name_of as name_of
    from taggers.formats.table import names as names
    from taggers.formats.tokenisers import Tokeniser as Tokeniser
    from taggers.formats.tokenisers import make_splitter as make_splitter
    from taggers.formats.tokenisers import parse_tokeniser as parse_tokeniser
    from taggers.formats.units import as_unit as as_unit

_HOMES = {
    "KINDS": "table",
    "BratFormat": "brat",
    "CheckedTags": "checks",
    "ColumnFormat": "columns",
    "ConlluFormat": "conllu",
    "CsvFormat": "csv_format",
    "DoccanoFormat": "doccano",
    "Fitted": "losses",
    "FoldersFormat": "folders",
    "Format": "kind",
    "HuggingFaceFormat": "huggingface",
    "InlineFormat": "spans",
    "JsonlFormat": "jsonl",
    "Kind": "kind",
    "LabelsFormat": "labels",
    "Lines": "lines",
    "OnInvalid": "checks",
    "ParquetFormat": "parquet",
    "PathOrStream": "lines",
    "ProdigyFormat": "prodigy",
    "SeriesFormat": "series",
    "SnipsFormat": "snips",
    "SpacyFormat": "spacy",
    "TextFormat": "plain",
    "Tokeniser": "tokenisers",
    "TokensFormat": "plain",
    "as_sentence": "predictions",
    "as_unit": "units",
    "check_tags": "checks",
    "default_format": "streams",
    "encode": "streams",
    "fit": "losses",
    "folder_of": "folders",
    "forget_outside": "checks",
    "is_empty": "losses",
    "is_place": "layers",
    "keeps_label": "table",
    "kind_of": "table",
    "layer_of": "layers",
    "looks_like_columns": "recognition",
    "looks_like_conllu": "recognition",
    "make_splitter": "tokenisers",
    "name_of": "table",
    "names": "table",
    "no_tags": "losses",
    "open_output": "output",
    "parse_tokeniser": "tokenisers",
    "read": "streams",
    "resolve": "resolution",
    "resolve_columns": "columns",
    "respell": "checks",
    "source_name": "lines",
    "split_text": "plain",
    "with_layer": "layers",
    "write": "streams",
    "write_folder": "folder_writer",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'taggers.formats' has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(f"taggers.formats.{_HOMES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
