"""The pages of figures show what the results say."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from benchmarks import table, trust_table

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(("page", "command"), [("results.md", table.main), ("trust.md", trust_table.main)])
def test_tables_stand_in_the_page_as_they_are_printed(page: str, command: click.Command) -> None:
    printed = CliRunner().invoke(command, [], catch_exceptions=False).stdout.strip()
    shown = (DOCS / page).read_text("utf-8")
    for one in printed.split("\n\n"):
        assert len(one.splitlines()) > 2
        assert one in shown, one
