"""docs/performance.md: prose by hand, and between marks the tables, made of what is stored."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.speed.process import ROOT
from benchmarks.speed.store import RESULTS, stored
from benchmarks.speed.tables import TABLES, markdown

PAGE = ROOT / "docs" / "performance.md"
_MARKED = re.compile(r"(?ms)^<!-- table: ([\w ]+) -->\n.*?^<!-- end -->$")


def write_page(page: Path = PAGE, results: Path = RESULTS) -> None:
    """Put the tables of the stored results in place of those that the page has."""
    page.write_text(with_tables(page.read_text(encoding="utf-8"), dict(stored(results))), encoding="utf-8")


def with_tables(text: str, results: Mapping[str, Mapping[str, Any]]) -> str:
    """A page with its tables made anew.

    >>> print(with_tables("<!-- table: start -->\\n<!-- end -->", {}))
    <!-- table: start -->
    <BLANKLINE>
    Not measured yet.
    <BLANKLINE>
    <!-- end -->
    """
    return _MARKED.sub(
        lambda found: f"<!-- table: {found[1]} -->\n\n{markdown(TABLES[found[1]](results))}\n\n<!-- end -->", text
    )
