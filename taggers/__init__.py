"""taggers: a BiLSTM-CRF sequence labelling toolkit.

The names of the API are loaded when they are first asked for, so that importing the package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from taggers.chain.temperatures import Temperatures as Temperatures
    from taggers.config import Config as Config
    from taggers.data.corpus import Corpus as Corpus
    from taggers.errors import TaggerError as TaggerError
    from taggers.formats import ColumnFormat as ColumnFormat
    from taggers.formats import ConlluFormat as ConlluFormat
    from taggers.formats import InlineFormat as InlineFormat
    from taggers.formats import JsonlFormat as JsonlFormat
    from taggers.formats import TextFormat as TextFormat
    from taggers.formats import Tokeniser as Tokeniser
    from taggers.formats import TokensFormat as TokensFormat
    from taggers.formats import read as read
    from taggers.formats import write as write
    from taggers.language import LanguageModel as LanguageModel
    from taggers.metrics import score_tags as score_tags
    from taggers.pipeline import Pipeline as Pipeline
    from taggers.settings import load_config as load_config
    from taggers.settings import make_config as make_config
    from taggers.tagger import Tagger as Tagger
    from taggers.tagger import evaluate as evaluate
    from taggers.tasks.asked import Asked as Asked
    from taggers.text import Entity as Entity
    from taggers.text import Prediction as Prediction
    from taggers.text import Sentence as Sentence
    from taggers.text import Span as Span

_HOMES = {
    "Asked": "taggers.tasks.asked",
    "ColumnFormat": "taggers.formats",
    "ConlluFormat": "taggers.formats",
    "InlineFormat": "taggers.formats",
    "JsonlFormat": "taggers.formats",
    "TextFormat": "taggers.formats",
    "Tokeniser": "taggers.formats",
    "TokensFormat": "taggers.formats",
    "Config": "taggers.config",
    "Corpus": "taggers.data.corpus",
    "Entity": "taggers.text",
    "LanguageModel": "taggers.language",
    "Pipeline": "taggers.pipeline",
    "Prediction": "taggers.text",
    "Sentence": "taggers.text",
    "Span": "taggers.text",
    "Tagger": "taggers.tagger",
    "TaggerError": "taggers.errors",
    "Temperatures": "taggers.chain.temperatures",
    "evaluate": "taggers.tagger",
    "load_config": "taggers.settings",
    "make_config": "taggers.settings",
    "read": "taggers.formats",
    "score_tags": "taggers.metrics",
    "write": "taggers.formats",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'taggers' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
