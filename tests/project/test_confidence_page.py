"""The page on confidence: its commands and its code run, and print what is of the shape that it shows."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.project.pages import ROOT, run, run_code, train_english
from tests.project.test_readme import blocks, commands

PAGE = (ROOT / "docs" / "confidence.md").read_text("utf-8")
ROW = re.compile(r"([^\t\n]+)\t(?:O\t_|[BI]-[A-Z]+\t[01]\.[0-9]{4})\n")


def tokens(rows: str) -> list[str]:
    """The tokens of columns with a tag and its confidence, all of which have that shape."""
    assert ROW.sub("", rows) == "\n"
    return ROW.findall(rows)


@pytest.mark.slow
def test_commands_and_code_run_and_print_as_the_page_shows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    train_english(tmp_path)
    printed = ""
    seen = 0
    for block in blocks(PAGE):
        if block.language == "sh":
            for command in commands(block.text):
                printed = run(command, tmp_path).stdout
        elif block.language == "python":
            run_code(block, "confidence.md")
            printed = capsys.readouterr().out
        elif block.language == "jsonl":
            expected, found = json.loads(block.text), json.loads(printed)
            assert found.keys() == expected.keys()
            assert {*found["alternatives"][0]} == {*expected["alternatives"][0]}
            assert len(found["alternatives"]) == len(expected["alternatives"])
            seen += 1
        elif ROW.match(block.text):  # with a model's own numbers
            assert tokens(printed) == tokens(block.text)
            seen += 1
        else:
            assert printed == block.text, f"docs/confidence.md:{block.line}"
            seen += 1
    assert seen == 3
