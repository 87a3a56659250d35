"""The page on classifiers: its commands, its code and its records run."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from taggers.formats import JsonlFormat, read
from tests.project.test_readme import blocks, run_shell

PAGE = (Path(__file__).parents[2] / "docs" / "classification.md").read_text("utf-8")


@pytest.mark.slow
def test_commands_and_code_run_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for block in blocks(PAGE):
        match block.language:
            case "sh":
                run_shell(block, tmp_path)
            case "csv":
                (tmp_path / "reviews.csv").write_text(block.text, "utf-8")
            case "python":
                exec(compile("\n" * (block.line - 1) + block.text, "classification.md", "exec"), {})
            case "jsonl":
                [text] = read(io.BytesIO(block.text.encode()), JsonlFormat())
                assert text.label == json.loads(block.text)["label"]
            case other:
                assert other == "toml"  # which test_docs.py reads
    with (tmp_path / "answers.csv").open(newline="") as answers:
        header, *rows = csv.reader(answers)
    assert header == ["text", "label"]
    assert [text for text, _ in rows] == ["a lovely book", "too long"]
