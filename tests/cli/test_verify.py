"""`tagger verify`: what is as the card says is said in a line, what is not ends in exit code 2."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from taggers.cli.verify import CARDS
from taggers.corpus_card import load_card

if TYPE_CHECKING:
    from tests.cli.conftest import Command

GREEK = Path(__file__).parents[2] / "corpora" / "greek"
COUNTS = "documents 2, sentences 23, tokens 228, entities 23"


@pytest.fixture
def greek(tmp_path: Path) -> Path:
    """A copy of a corpus with its card."""
    return Path(shutil.copytree(GREEK, tmp_path / "greek"))


def change(greek: Path, old: str, new: str, file: str = "card.toml") -> None:
    """Change a file of the corpus at one place."""
    text = (greek / file).read_text("utf-8")
    assert old in text
    (greek / file).write_text(text.replace(old, new, 1), "utf-8")


def differences(tagger: Command, place: Path) -> dict[str, list[str]]:
    """What differs, file by file."""
    done = tagger("verify", place, "--json")
    return {v["name"]: v["differences"] for v in map(json.loads, done.out.decode().splitlines()) if v["differences"]}


def test_a_whole_corpus_is_said_to_be_so_file_by_file(tagger: Command, greek: Path) -> None:
    lines = tagger("verify", greek).text.splitlines()
    assert lines[1] == f"{greek}/dev.conll: ok ({COUNTS})"
    assert [line.partition(": ")[0] for line in lines] == [f"{greek}/{part}.conll" for part in ("train", "dev", "test")]


def test_json_holds_the_counts(tagger: Command, greek: Path) -> None:
    [_, dev, _] = map(json.loads, tagger("verify", greek / "card.toml", "--json").text.splitlines())
    counts = {"documents": 2, "sentences": 23, "tokens": 228, "entities": 23}
    assert dev == {"path": f"{greek}/dev.conll", "name": "dev", "format": "columns", **counts, "differences": []}


def test_a_changed_file_is_named_with_all_that_differs(tagger: Command, greek: Path) -> None:
    change(greek, "B-LOC", "B-PER", "dev.conll")
    done = tagger("verify", greek)
    assert done.code == 2
    assert done.fault == "1 of 3 files differ from what the card says"
    [line] = [line for line in done.out.decode().splitlines() if "ok (" not in line]
    digest = hashlib.sha256((greek / "dev.conll").read_bytes()).hexdigest()
    assert line.startswith(f"{greek}/dev.conll: DIFFERS: sha256: the card says ")
    assert f"the file has {digest}; entities LOC: the card says" in line
    assert "entities PER: the card says" in line


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("tokens = 228", "tokens = 229", ["tokens: the card says 229, the file has 228"]),
        ("sentences = 23", "sentences = 1", ["sentences: the card says 1, the file has 23"]),
        ("documents = 2\nsentences = 23", "documents = 1", ["documents: the card says 1, the file has 2"]),
        ("tokens = 228", "violations = 3", ["ner: the card says that 3 tags break IOB2, in the file 0 do"]),
    ],
)
def test_a_count_that_differs_is_named(tagger: Command, greek: Path, old: str, new: str, said: list[str]) -> None:
    change(greek, old, new)
    assert differences(tagger, greek) == {"dev": said}


def test_a_label_that_the_card_does_not_know_is_named(tagger: Command, greek: Path) -> None:
    card = (greek / "card.toml").read_text("utf-8").replace("LOC = 29, ", "")
    (greek / "card.toml").write_text(card, "utf-8")
    assert differences(tagger, greek) == {"train": ["entities LOC: the card says 0, the file has 29"]}


def test_another_scheme_or_layer_is_named(tagger: Command, greek: Path) -> None:
    change(greek, 'ner = "IOB2"', 'ner = "IOBES"')
    found = differences(tagger, greek)
    assert set(found) == {"train", "dev", "test"}
    assert all(line.startswith("ner: the card says IOBES, which ") for lines in found.values() for line in lines)
    change(greek, 'ner = "IOBES"', 'ner = "plain"')
    assert "ner: the card says plain tags, the file has IOB2" in differences(tagger, greek)["dev"]
    change(greek, 'upos = "plain"', 'upos = "IOB2"')
    assert any("upos: the card says IOB2, which " in line for line in differences(tagger, greek)["dev"])
    change(greek, '["token", "upos", "ner"]', "{ token = 0, upos = 1, ner = 2, more = 3 }")
    [line] = differences(tagger, greek)["dev"]
    assert re.match(rf"{greek}/dev\.conll:\d+: expected 4 columns or more for token=0,.* found 3 in ", line)


def test_a_layer_without_a_column_is_a_difference(tagger: Command, tmp_path: Path) -> None:
    content = "1\tAda\t_\tPROPN\t_\t_\t0\troot\t_\t_\n\n"
    (tmp_path / "a.conllu").write_text(content)
    (tmp_path / "card.toml").write_text(
        'name = "a"\nlanguage = "a"\ntask = "a"\nformat = "conllu"\nlicence = "a"\nsource = "a"\nlayer = "uppos"\n'
        'layers = { uppos = "plain" }\n[others.only]\nfile = "a.conllu"\n'
        f'sha256 = "{hashlib.sha256(content.encode()).hexdigest()}"\n'
    )
    [line] = differences(tagger, tmp_path)["only"]
    assert line.startswith(f"{tmp_path}/a.conllu:1: no layer 'uppos'; there are upos, ")


def test_bytes_of_another_encoding_and_a_missing_file_are_differences(tagger: Command, greek: Path) -> None:
    (greek / "dev.conll").write_bytes((greek / "dev.conll").read_text("utf-8").encode("iso-8859-7", "replace"))
    (greek / "test.conll").unlink()
    found = differences(tagger, greek)
    assert found["test"] == ["cannot be read: No such file or directory"]
    assert found["dev"][-1].startswith(f"{greek}/dev.conll:")
    assert "utf-8" in found["dev"][-1].lower()


def test_what_nothing_reads_is_held_against_its_hash(tagger: Command, greek: Path) -> None:
    text = (greek / "card.toml").read_text("utf-8").replace('format = "columns"', 'format = "vectors"')
    (greek / "card.toml").write_text(text, "utf-8")
    [line, *_] = tagger("verify", greek).text.splitlines()
    assert line == f"{greek}/train.conll: ok (bytes and encoding; nothing reads its format yet)"
    change(greek, "B-LOC", "B-PER", "dev.conll")
    assert len(differences(tagger, greek)["dev"]) == 1


def test_an_encoding_that_nobody_knows_is_a_difference(tagger: Command, greek: Path) -> None:
    change(greek, 'encoding = "utf-8"', 'encoding = "utf-9"')
    [line] = differences(tagger, greek)["dev"]
    assert line.startswith("unknown encoding 'utf-9'")


def test_lines_of_text_are_counted(tagger: Command, greek: Path) -> None:
    text = (greek / "card.toml").read_text("utf-8").replace('format = "columns"', 'format = "text"')
    (greek / "card.toml").write_text(text, "utf-8")
    assert "sentences: the card says 23, the file has " in differences(tagger, greek)["dev"][1]


def test_without_the_corpora_there_is_nothing_to_verify(
    tagger: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for folder in (None, str(tmp_path)):
        if folder is None:
            monkeypatch.delenv("TAGGERS_DATA", raising=False)
        else:
            monkeypatch.setenv("TAGGERS_DATA", folder)
        done = tagger("verify")
        assert done.fault == ("no corpus to verify: name a folder or card, or set TAGGERS_DATA to the folder of them")
        assert "wnut17: not there\n" in done.err
    monkeypatch.setenv("TAGGERS_DATA", str(tmp_path))
    (tmp_path / "wikigold").mkdir()
    done = tagger("verify")
    assert done.fault == "3 of 3 files differ from what the card says"


@pytest.mark.parametrize("path", sorted(CARDS.glob("*.toml")), ids=lambda path: path.stem)
def test_a_real_corpus_is_what_its_card_says(tagger: Command, data: Callable[[str], Path], path: Path) -> None:
    data(load_card(path).folder.partition("/")[2])
    lines = tagger("verify", path).text.splitlines()
    assert len(lines) == len(list(load_card(path).files))
    assert all(": ok (" in line for line in lines)


@pytest.mark.parametrize(("file", "reason"), [("/dev/zero", "it is no file"), ("\\u0000", "No such file or directory")])
def test_what_is_no_file_is_a_difference(tagger: Command, greek: Path, file: str, reason: str) -> None:
    change(greek, 'file = "dev.conll"', f'file = "{file}"')
    assert differences(tagger, greek)["dev"] == [f"cannot be read: {reason}"]
