"""Pages for users hold settings that can be read, and links that lead somewhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from taggers.settings import make_config

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(DOCS.glob("*.md"))


@pytest.mark.parametrize("page", [page for page in PAGES if "```toml" in page.read_text("utf-8")], ids=lambda p: p.stem)
def test_every_toml_block_that_sets_up_a_run_is_valid(page: Path) -> None:
    blocks = re.findall(r"^```toml\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    settings = [tomllib.loads(block) for block in blocks]
    runs = [values for values in settings if values.keys() <= {"task", "data", "model", "training"}]
    assert len(runs) >= 1
    for values in runs:
        assert make_config(values).model_dump(exclude_unset=True)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"
