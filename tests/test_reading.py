"""From settings to file formats: what is set counts, what is not set is the format's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from taggers.config import Data
from taggers.errors import ConfigError, TaggerError
from taggers.formats import ColumnFormat, CsvFormat, Format, ParquetFormat
from taggers.plain_settings import how_to_tag
from taggers.reading import file_format, located
from taggers.settings import make_config


@pytest.mark.parametrize(
    ("data", "format"),
    [
        (Data(), ColumnFormat()),
        (Data(columns=["token", "ner"], comments="#"), ColumnFormat(("token", "ner"), comments="#")),
        (Data(format="csv"), CsvFormat()),
        (Data(format="csv", columns=["a", "text"], separator="semicolon"), CsvFormat(("a", "text"), "semicolon")),
        (Data(format="csv", columns={"text": "question", "label": 1}), CsvFormat({"text": "question", "label": 1})),
        (Data(format="parquet", columns={"token": "words"}), ParquetFormat({"token": "words"})),
    ],
)
def test_a_format_is_made_of_what_is_set(data: Data, format: Format) -> None:
    assert file_format(data) == format


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (Data(columns={"token": "words"}), "columns token=words: expected the place of each by its number"),
        (Data(separator="comma"), "separator comma: expected auto, tab or space"),
        (Data(format="csv", separator="space"), "separator space: expected auto or one of comma, tab, semicolon"),
        (Data(format="csv", columns=["token", "tag"]), "columns token,tag: expected one called text"),
    ],
)
def test_what_a_format_cannot_be_is_refused(data: Data, problem: str) -> None:
    with pytest.raises(TaggerError, match=problem):
        file_format(data)


def test_a_language_model_reads_a_corpus_as_its_card_says() -> None:
    settings = make_config({"task": {"kind": "language_model"}, "data": {"corpus": "english"}})
    assert located(settings, Path(__file__).parents[1] / "corpora").data.format == "columns"
    assert make_config({"task": {"kind": "language_model"}}).data.format == "text"


def test_the_command_that_tags_names_a_file_where_more_than_words_is_read() -> None:
    said = {"data": {"format": "conllu"}, "task": {"beside": ["upos"]}, "model": {"features": {}, "numbers": None}}
    assert how_to_tag(said) == "tagger tag FILE --input conllu"
    feature = {"pos": {"kind": "value", "column": None}}
    assert how_to_tag({"data": {}, "task": {}, "model": {"features": feature}}) == "tagger tag FILE --input columns"
    assert how_to_tag({"data": {}, "task": {}, "model": {"features": {}}}) == "echo 'Your text here.' | tagger tag"


def test_a_language_model_reads_no_numbers() -> None:
    with pytest.raises(ConfigError, match=r"model.numbers: a language model reads symbols alone"):
        make_config({}, ["task.kind=language_model", "model.numbers.size=4"])
