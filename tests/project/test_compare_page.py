"""The page on comparisons: its commands print what stands below them, its code runs, its figures are those stored."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.test_readme import blocks, commands

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "compare.md").read_text("utf-8")


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
            assert printed == block.text, f"docs/compare.md:{block.line}"
            compared += 1
        else:
            assert block.language == "python"
            exec(compile("\n" * (block.line - 1) + block.text, "compare.md", "exec"), {})
            assert capsys.readouterr().out == "0.333 True 10\n"
    assert compared == 2


def test_the_figures_of_the_simulation_are_those_that_are_stored() -> None:
    stored = json.loads((ROOT / "benchmarks" / "results" / "significance.json").read_text("utf-8"))
    rows = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| ") and "%" in line]
    shown = {name.strip(): [cell.strip() for cell in cells] for name, *cells in rows if name.strip() in stored}
    assert len(shown) >= 8
    for name, cells in shown.items():
        shares = {f"{100 * value:.1f} %" for value in stored[name].values()}
        assert {cell for cell in cells if cell.endswith("%")} <= shares, name
