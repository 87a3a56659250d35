"""The tokeniser goes from the settings into the model, and from there to whoever tags text, or --tokeniser says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from taggers import Tagger

if TYPE_CHECKING:
    from tests.cli.conftest import Command

TEXT = "王 B-PER\n小 I-PER\n明 I-PER\n说 O\n好 O\n。 O\n\n" * 4


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of characters."""
    path = tmp_path_factory.mktemp("data") / "characters.conll"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def characters(tagger: Command, small: list[str], file: Path) -> Path:
    """A model that is said to be one of characters."""
    folder = file.parent / "model"
    settings = ("--set", "training.epochs=1", "--set", "data.tokeniser.kind=characters")
    outcome = tagger("train", "--train", file, "--dev", file, "--output", folder, *small, *settings)
    assert outcome.code == 0, outcome.err
    return folder


def tokens(tagger: Command, *arguments: object, text: str) -> list[list[str]]:
    """The tokens of each sentence that `tagger tag` finds in a text."""
    out = tagger("tag", "--output", "jsonl", *arguments, stdin=text.encode()).text
    return [json.loads(line)["tokens"] for line in out.splitlines()]


def test_the_model_knows_its_tokeniser(tagger: Command, characters: Path) -> None:
    assert tokens(tagger, "--model", characters, text="王说。Li\n") == [["王", "说", "。"], ["L", "i"]]
    assert [p.sentence.tokens for p in Tagger.load(characters).tag("王说。Li")] == [("王", "说", "。"), ("L", "i")]
    settings = json.loads((characters / "config.json").read_text("utf-8"))
    assert settings["config"]["data"]["tokeniser"] == {"kind": "characters"}
    assert "characters" in tagger("info", "--model", characters).text


def test_the_command_line_overrides_it(tagger: Command, characters: Path, model: Path) -> None:
    assert tokens(tagger, "--model", characters, "--tokeniser", "blanks", text="王说。 Li\n") == [["王说。", "Li"]]
    assert tokens(tagger, "--model", model, text="Don't.\n") == [["Do", "n't", "."]]
    for named in ("icu", "icu:en", "spacy:da"):
        assert tokens(tagger, "--model", model, "--tokeniser", named, text="Don't.\n") == [["Don't", "."]]


def test_text_becomes_columns_by_any_tokeniser(tagger: Command) -> None:
    arguments = ("convert", "-", "-", "--from", "text", "--to", "tokens")
    text = "他说中文。".encode()
    assert tagger(*arguments, "--tokeniser", "icu:zh", stdin=text).text == "他 说 中文 。\n"
    assert tagger(*arguments, "--tokeniser", "characters", stdin=text).text == "他 说 中 文 。\n"
    assert tagger(*arguments, stdin=b"Don't.").text == "Do n't .\n"


def test_a_tokeniser_is_refused_where_there_is_no_text(tagger: Command, model: Path, file: Path) -> None:
    for kind in ("tokens", "columns", "conllu"):
        said = f"--tokeniser says how raw text is split, but the input is {kind}: leave it out"
        fault = tagger("tag", "--model", model, "--input", kind, "--tokeniser", "blanks").fault
        assert fault == f"{said} (see tagger tag --help)"
        fault = tagger("convert", file, "-", "--from", kind, "--tokeniser", "blanks").fault
        assert fault.startswith(f"--tokeniser says how raw text is split, but INPUT is {kind}: leave it out")


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("moses", "tokeniser 'moses': expected one of syntok, icu, spacy, characters, blanks"),
        ("syntok:en", "tokeniser syntok takes no language: leave out 'en'"),
        ("spacy:zz", "tokeniser spacy:zz: spaCy has no such language; try spacy:xx or icu"),
    ],
)
def test_a_tokeniser_that_there_is_not_is_one_line(tagger: Command, model: Path, named: str, said: str) -> None:
    assert tagger("tag", "--model", model, "--tokeniser", named, stdin=b"Ada\n").fault == said
    convert = ("convert", "-", "-", "--from", "text", "--tokeniser", named)
    assert tagger(*convert, stdin=b"Ada\n").fault == said


def test_a_tokeniser_that_there_is_not_is_a_fault_before_training(tagger: Command, file: Path, tmp_path: Path) -> None:
    settings = ("--set", "data.tokeniser.kind=spacy", "--set", "data.tokeniser.language=zz")
    outcome = tagger("train", "--train", file, "--dev", file, "--output", tmp_path / "model", *settings)
    assert outcome.fault == "tokeniser spacy:zz: spaCy has no such language; try spacy:xx or icu"
    assert not (tmp_path / "model").exists()
