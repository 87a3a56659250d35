"""The page on transductions: its file, its settings, its commands and its code run."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from tests.project.test_readme import blocks, run_shell

PAGE = (Path(__file__).parents[2] / "docs" / "transduction.md").read_text("utf-8")


@pytest.mark.slow
def test_commands_and_code_run_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = (f"settings-{number}.toml" if number else "lemmas.toml" for number in count())
    for block in blocks(PAGE):
        match block.language:
            case "conll":
                (tmp_path / "words.conll").write_text(block.text, "utf-8")
            case "toml":
                (tmp_path / next(settings)).write_text(block.text, "utf-8")
            case "sh":
                run_shell(block, tmp_path)
            case "python":
                exec(compile("\n" * (block.line - 1) + block.text, "transduction.md", "exec"), {})
            case other:
                raise ValueError(other)
    answers = [line.split("\t") for line in (tmp_path / "answers.conll").read_text("utf-8").splitlines() if line]
    assert [answer[:2] for answer in answers] == [["dogs", "NOUN"], ["walked", "VERB"]]
    assert all(len(answer) == 3 for answer in answers)
