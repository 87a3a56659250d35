"""constraints.txt: exact, portable, and true to the ranges of pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LINES = [
    line for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines() if line and not line.startswith("#")
]
PINS = {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in LINES)}
REQUIREMENTS = [
    Requirement(text)
    for texts in [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    for text in texts
    if not text.startswith("taggers[")
]


@pytest.mark.parametrize("line", LINES)
def test_a_pin_is_exact_and_names_no_build(line: str) -> None:
    assert re.fullmatch(r"[\w.-]+==\d+(\.\d+)*(\.post\d+)?", line)


def test_no_package_is_pinned_twice() -> None:
    assert len(PINS) == len(LINES)


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=str)
def test_a_pin_lies_in_the_range_that_the_project_asks_for(requirement: Requirement) -> None:
    assert requirement.specifier.contains(PINS[canonicalize_name(requirement.name)])
