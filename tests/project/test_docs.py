"""Pages for users hold settings that can be read, and links that lead somewhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from taggers.settings import make_config

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(DOCS.glob("*.md"))


SECTIONS = {"task", "data", "model", "training"}
RUNS = [
    pytest.param(values, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, block in enumerate(re.findall(r"(?ms)^```toml\n(.*?)^```$", page.read_text("utf-8")))
    if (values := tomllib.loads(block)).keys() <= SECTIONS
]


@pytest.mark.parametrize("values", RUNS)
def test_every_toml_block_that_sets_up_a_run_is_valid(values: dict[str, Any]) -> None:
    assert make_config(values).model_dump(exclude_unset=True)


def test_pages_show_settings() -> None:
    assert len(RUNS) > 5


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"
