"""The page on suggestions: its commands and its code run, and print what is of the shape that it shows."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.project.pages import ROOT, run, run_code, train_english
from tests.project.test_readme import blocks, commands

PAGE = (ROOT / "docs" / "suggest.md").read_text("utf-8")


@pytest.mark.slow
def test_commands_and_code_run_and_print_as_the_page_shows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    train_english(tmp_path)
    told = ""
    seen = []
    for block in blocks(PAGE):
        if block.language == "sh":
            for command in commands(block.text):
                told = run(command, tmp_path).stderr or told
        elif block.language == "text":
            assert re.sub("[0-9]+", "0", told) == re.sub("[0-9]+", "0", block.text)
        elif block.language == "jsonl":
            expected = json.loads(block.text)
            lines = (tmp_path / "batch.jsonl").read_text("utf-8").splitlines()
            found = [json.loads(line) for line in lines]
            assert len(found) == 2
            assert all(record.keys() == expected.keys() for record in found)
            assert all(record["suggestion"].keys() == expected["suggestion"].keys() for record in found)
        else:
            assert block.language == "python"
            run_code(block, "suggest.md")
            assert capsys.readouterr().out.count("\n") == 1
        seen.append(block.language)
    assert seen == ["sh", "text", "jsonl", "sh", "python"]
    [left] = [json.loads(line)["text"] for line in (tmp_path / "next.jsonl").read_text("utf-8").splitlines()]
    assert left not in (tmp_path / "batch.jsonl").read_text("utf-8")
