"""The page on formats: its table is that of the code, its records are read and come back, its commands run."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from taggers.formats import KINDS, JsonlFormat, encode, kind_of, read, resolve
from taggers.formats.lines import Lines
from taggers.formats.table import endings_of
from tests.project.test_readme import Block, blocks, run_shell

PAGE = (Path(__file__).parents[2] / "docs" / "formats.md").read_text("utf-8")
BLOCKS = blocks(PAGE)
RECORDS = [block for block in BLOCKS if block.language in KINDS]


def row(name: str) -> str:
    """What the table should say of a format."""
    kind = KINDS[name]
    yes = {True: "yes", False: "no"}
    tags = [word for word, has in (("spans", kind.spans), ("plain", kind.plain)) if has]
    cells = [
        f"`{name}`",
        ", ".join(f".{ending}" for ending in endings_of(name)[1:]),
        yes[kind.read is not None],
        "folder" if kind.save is not None else yes[kind.write is not None],
        kind.layers,
        ", ".join(tags) or "none",
        *(yes[has] for has in (kind.label, kind.text, kind.tokens, kind.documents)),
    ]
    return "| " + " | ".join(cells).replace("|  |", "| |") + " |"


@pytest.mark.parametrize("name", KINDS)
def test_the_table_says_what_the_code_does(name: str) -> None:
    assert row(name) in PAGE.splitlines()


def test_the_table_has_no_other_rows() -> None:
    assert sum(line.startswith("| `") for line in PAGE.splitlines()) == len(KINDS)


@pytest.mark.parametrize("block", RECORDS, ids=lambda block: block.language)
def test_records_are_seen_for_what_they_are_and_come_back(block: Block) -> None:
    content = block.text.encode()
    format = resolve(Lines(io.BytesIO(content)), JsonlFormat())
    assert kind_of(format).name == block.language
    assert b"".join(encode(read(io.BytesIO(content), format), format)) == content


def test_each_shape_is_shown() -> None:
    assert {block.language for block in RECORDS} == {name for name, kind in KINDS.items() if kind.shape is not None}


@pytest.mark.slow
def test_commands_and_code_run_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for block in BLOCKS:
        if block.language == "sh":
            run_shell(block, tmp_path)
        elif block.language == "python":
            exec(compile("\n" * (block.line - 1) + block.text, "formats.md", "exec"), {})
        else:
            assert block in RECORDS
    assert (tmp_path / "characters.txt").read_text("utf-8") == "北京好\n"
    assert (tmp_path / "talk.conll").read_text("utf-8").startswith("-DOCSTART-\tO\n\nAda\tB-PER\n")
    assert (tmp_path / "brat" / "000001.ann").read_text("utf-8") == "T1\tLOC 0 2\t北京\n"
