"""The page on comparisons: its commands print what stands below them, its code runs, its figures are those stored."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.project.pages import ROOT, outputs_are_those_shown


def test_commands_print_what_the_page_shows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outputs_are_those_shown("compare.md", tmp_path, "0.333 True 10\n", capsys) == 2


def test_the_figures_of_the_simulation_are_those_that_are_stored() -> None:
    stored = json.loads((ROOT / "benchmarks" / "results" / "significance.json").read_text("utf-8"))
    page = (ROOT / "docs" / "compare.md").read_text("utf-8")
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ") and "%" in line]
    shown = {name.strip(): [cell.strip() for cell in cells] for name, *cells in rows if name.strip() in stored}
    assert len(shown) >= 8
    for name, cells in shown.items():
        shares = {f"{100 * value:.1f} %" for value in stored[name].values()}
        assert {cell for cell in cells if cell.endswith("%")} <= shares, name
