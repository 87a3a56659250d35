"""Cards of corpora: every fault found and said in words, and all that a card says put to use."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from taggers.config import Data
from taggers.corpus_card import Card, SchemeName, find_card, folder_of, load_card, pick_layer
from taggers.errors import ConfigError
from taggers.reading import with_card
from taggers.settings import make_config
from taggers.text.schemes import SCHEMES

ROOT = Path(__file__).parents[1]
HASH = "0" * 64
MOST = f"""\
name = "Some"
language = "English"
task = "names"
format = "columns"
columns = ["token", "upos", "ner"]
comments = "#"
layer = "ner"
layers = {{ upos = "plain", ner = "IOB1" }}
licence = "MIT"
source = "ours"
[splits.train]
file = "train.conll"
sha256 = "{HASH}"
"""


def write(folder: Path, *changes: tuple[str, str], more: str = "") -> Path:
    """Write a card with some text changed and some added."""
    text = MOST
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "card.toml").write_text(text + more)
    return folder


def fault(place: Path) -> str:
    """The report on a card that is refused, without the name of the file."""
    with pytest.raises(ConfigError) as caught:
        load_card(place)
    return str(caught.value).replace(f"{find_card(place)}: ", "")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('name = "Some"\n', ""), "name: expected a string, found nothing"),
        (("licence", "license"), "licence: expected a string, found nothing"),
        (("licence", "license"), "license: unknown key; did you mean 'licence'?"),
        (('format = "columns"', 'format = "colums"'), "'vectors', found 'colums'"),
        (('"IOB1"', '"IOB"'), "layers.ner: expected 'IOB1', 'IOB2', 'IOE', 'IOBES', 'BMES', 'BILOU', "),
        (('layer = "ner"', 'layer = "nr"'), "layer: expected one of layers, found 'nr'; did you mean 'ner'?"),
        (('layer = "ner"', 'layer = "x"'), "layer: expected one of layers, found 'x'; there are upos, ner"),
        (('layer = "ner"\n', ""), "layer: expected the one that is meant where nobody names one, such as 'upos'"),
        (('"token", ', ""), "columns: expected one called 'token'"),
        (('"upos", ', ""), "columns: expected one called 'upos'"),
        (('["token", "upos", "ner"]', "3"), "columns: expected a list of names"),
        (("[splits.train]", "[splits.tain]"), "splits.tain: unknown key; did you mean 'train'?"),
        ((f'sha256 = "{HASH}"', 'sha256 = "abc"'), "splits.train.sha256: expected 64 hexadecimal digits, found 'abc'"),
        (("file =", "fil ="), "splits.train.file: expected a string, found nothing\nsplits.train.fil: unknown key"),
        (('comments = "#"', 'separator = "comma"'), "separator: expected auto, tab or space for columns, found 'com"),
    ],
)
def test_a_fault_is_named_with_its_key(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    assert said in fault(write(tmp_path, change))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("tokens = -1", "splits.train.tokens: expected a whole number, at least 0, found -1"),
        ('entities = { PER = "3" }', "splits.train.entities: expected a whole number, or a table of labels"),
        ("violations = -1", "splits.train.violations: expected a whole number, at least 0, found -1"),
        ('encoding = "latin-1"', "splits.train: expected the format and the encoding of the card, found its own"),
        ('[others.a]\nfile = "a"\nsha256 = "1"', "others.a.sha256: expected 64 hexadecimal digits, found '1'"),
        ("[others]\na = 3", "others.a: expected a section, found 3"),
    ],
)
def test_a_fault_of_a_file_is_named_with_its_key(tmp_path: Path, more: str, said: str) -> None:
    assert said in fault(write(tmp_path, more=more))


def test_all_faults_are_in_one_report(tmp_path: Path) -> None:
    report = fault(write(tmp_path, ("language", "langage"), ("sha256", "sha")))
    assert [line.partition(":")[0] for line in report.splitlines()] == [
        *("language", "splits.train.sha256", "splits.train.sha", "langage")
    ]


def test_a_folder_without_a_card_is_told_what_a_card_is(tmp_path: Path) -> None:
    assert fault_of(tmp_path) == (
        f"{tmp_path}: expected a card.toml, which names the files, columns and layers of a corpus, found none; "
        "write one (docs/corpora.md), or name the files with --train, --dev and --test"
    )
    assert fault_of(tmp_path / "nowhere") == f"{tmp_path}/nowhere: cannot be read: No such file or directory"


def fault_of(place: Path) -> str:
    """The whole report."""
    with pytest.raises(ConfigError) as caught:
        load_card(place)
    return str(caught.value)


def test_the_files_lie_beside_the_card_or_in_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert folder_of(load_card(write(tmp_path)), tmp_path) == tmp_path
    write(tmp_path, ('name = "Some"', 'name = "Some"\nfolder = "$SOME_FOLDER/a"'))
    monkeypatch.delenv("SOME_FOLDER", raising=False)
    with pytest.raises(ConfigError) as caught:
        folder_of(load_card(tmp_path), tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}/card.toml: folder: $SOME_FOLDER/a: this variable of the environment is not set"
    )
    monkeypatch.setenv("SOME_FOLDER", str(tmp_path))
    assert folder_of(load_card(tmp_path), tmp_path) == tmp_path / "a"


def test_a_layer_is_the_cards_own_or_one_of_its_layers(tmp_path: Path) -> None:
    card = load_card(write(tmp_path))
    assert [pick_layer(card, layer, tmp_path) for layer in (None, "upos", "ner")] == ["ner", "upos", "ner"]
    with pytest.raises(ConfigError, match=r"card\.toml: no layer 'upo'; did you mean 'upos'\?$"):
        pick_layer(card, "upo", tmp_path)
    write(tmp_path, ("layers = { upos", "# "), ('layer = "ner"\n', ""))
    assert pick_layer(load_card(tmp_path), "any", tmp_path) == "any"


def test_what_a_file_has_of_its_own_goes_before_what_the_card_says(tmp_path: Path) -> None:
    more = f"""
        [others.old]
        file = "old.conll"
        sha256 = "{HASH}"
        encoding = "latin-1"
        [others.native]
        file = "a.json"
        sha256 = "{HASH}"
        format = "snips"
    """
    card = load_card(write(tmp_path, more=more))
    files = dict(card.files)
    assert list(files) == ["train", "old", "native"]
    columns = {"columns": ["token", "upos", "ner"], "comments": "#"}
    assert card.reading() == card.reading(files["train"]) == {"format": "columns", **columns, "encoding": "utf-8"}
    assert card.reading(files["old"]) == {"format": "columns", **columns, "encoding": "latin-1"}
    assert card.reading(files["native"]) == {"format": "snips", "encoding": "utf-8"}


def test_the_card_settles_what_the_settings_leave_open(tmp_path: Path) -> None:
    settings = with_card(make_config({"data": {"scheme": "IOB2"}, "training": {"epochs": 3}}), write(tmp_path), set())
    data: dict[str, Any] = {key: value for key, value in settings.data if key in settings.data.model_fields_set}
    assert data == {
        "format": "columns",
        "columns": ["token", "upos", "ner"],
        "comments": "#",
        "encoding": "utf-8",
        "scheme": "IOB1",
        "train": str(tmp_path / "train.conll"),
        "dev": None,
        "test": None,
    }
    assert (settings.task.layer, settings.training.epochs) == ("ner", 3)  # type: ignore[union-attr]


def test_keys_of_ones_own_stay(tmp_path: Path) -> None:
    own = {"data.scheme": "IOB2", "data.dev": "none", "task.layer": "upos"}
    settings = with_card(make_config({}, [f"{k}={v}" for k, v in own.items()]), write(tmp_path), own)
    assert (settings.data.scheme, settings.data.dev, settings.task.layer) == ("IOB2", "none", "upos")  # type: ignore[union-attr]
    assert settings.data.comments == "#"
    with pytest.raises(ConfigError, match="no layer 'pos'; did you mean 'upos'"):
        with_card(make_config({"task": {"layer": "pos"}}), tmp_path, {"task.layer"})
    renamed = make_config({"task": {"layer": "pos"}, "data": {"columns": ["token", "pos"]}})
    assert with_card(renamed, tmp_path, {"task.layer", "data.columns"}).task.layer == "pos"  # type: ignore[union-attr]


def test_a_format_that_is_not_learnt_from_is_refused(tmp_path: Path) -> None:
    write(tmp_path, ('format = "columns"', 'format = "vectors"'))
    with pytest.raises(ConfigError, match=r"card\.toml: format: expected columns or .* to train on, found vectors$"):
        with_card(make_config({}), tmp_path, set())


def test_a_card_knows_every_scheme_and_every_format_of_the_settings() -> None:
    assert set(get_args(SchemeName)) == set(SCHEMES)
    trained = get_args(Data.model_fields["format"].annotation)
    assert set(trained) <= set(get_args(Card.model_fields["format"].annotation))


CARDS = sorted((ROOT / "configs" / "corpora").glob("*.toml"))


@pytest.mark.parametrize("path", CARDS, ids=lambda path: path.stem)
def test_a_shipped_card_has_no_faults_and_says_where_the_corpus_comes_from(path: Path) -> None:
    card = load_card(path)
    assert card.folder.startswith("$TAGGERS_DATA/")
    assert path.stem.startswith(card.folder.partition("/")[2])
    assert path.read_text("utf-8").startswith("# ")
    assert card.licence
    assert "/" in card.source
    assert all(file.bytes for _, file in card.files)


def test_there_is_a_card_for_each_corpus() -> None:
    assert len(CARDS) == 18
