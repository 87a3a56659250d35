"""The page on scores: its commands print what stands below them, and its code runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.project.pages import outputs_are_those_shown


def test_commands_print_what_the_page_shows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outputs_are_those_shown("scores.md", tmp_path, "0.0\n0.5 1\n", capsys) == 3
