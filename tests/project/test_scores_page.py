"""The page on scores: its commands print what stands below them, and its code runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.test_readme import blocks, commands

PAGE = (Path(__file__).parents[2] / "docs" / "scores.md").read_text("utf-8")


def test_commands_print_what_the_page_shows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    printed, compared = "", 0
    for block in blocks(PAGE):
        if block.language == "sh":
            for command in commands(block.text):
                done = subprocess.run(
                    ["sh", "-c", command], cwd=tmp_path, env=os.environ | {"PATH": path}, capture_output=True, text=True
                )
                assert done.returncode == 0, f"{command}\n{done.stderr}"
                printed = done.stdout
        elif block.language == "text":
            assert printed == block.text, f"docs/scores.md:{block.line}"
            compared += 1
        else:
            assert block.language == "python"
            exec(compile("\n" * (block.line - 1) + block.text, "scores.md", "exec"), {})
            assert capsys.readouterr().out == "0.0\n0.5 1\n"
    assert compared == 3
