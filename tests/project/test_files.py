"""The files of the project: portable, finished, small, and where a newcomer looks for them."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from taggers.settings import load_config

ROOT = Path(__file__).parents[2]

# Spelt so that they do not find themselves.
MACHINE_PATH = re.compile(r"(?<![\w.$}])/(?:work|root|home|Users|farm)/")
REGISTRY = re.compile(r"pypi\.(?:org|python)|pythonhosted\.org|download\.pytorch\.org|--(?:extra-)?index[-]url \S*//")
UNFINISHED = re.compile(r"\b(?:TO[D]O|FIX[M]E|X[X]X)\b")
CODE = {".py", ".toml", ".md", ".sh", ""}


@pytest.fixture(scope="module")
def files() -> list[Path]:
    """Every file that belongs to the project: in git or about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        pytest.skip("not a git checkout: nothing says which files belong to the project")
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return [path for path in paths if path.is_file()]


def found(pattern: re.Pattern[str], files: list[Path]) -> list[str]:
    """List the lines of text files that hold a pattern, as file:line: text."""
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in files
        if path.suffix in CODE
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]


def test_no_file_knows_a_machine(files: list[Path]) -> None:
    assert not found(MACHINE_PATH, files)


def test_no_file_knows_a_package_registry(files: list[Path]) -> None:
    assert not found(REGISTRY, files)


def test_nothing_is_marked_unfinished(files: list[Path]) -> None:
    assert not found(UNFINISHED, files)


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (MACHINE_PATH, "cd " + "/home" + "/ada"),
        (REGISTRY, "https://" + "pypi" + ".org/simple"),
        (UNFINISHED, "# TO" + "DO: later"),
    ],
)
def test_the_patterns_find_what_they_name(pattern: re.Pattern[str], line: str) -> None:
    assert pattern.search(line)


def test_no_file_is_larger_than_a_megabyte(files: list[Path]) -> None:
    assert not [str(path) for path in files if path.stat().st_size > 1_000_000]


def test_no_module_outgrows_its_idea(files: list[Path]) -> None:
    modules = [path for path in files if path.suffix == ".py" and path.is_relative_to(ROOT / "taggers")]
    assert modules
    assert not {str(path): lines for path in modules if (lines := len(path.read_text("utf-8").splitlines())) > 400}


@pytest.mark.parametrize("script", ["bin/tagger", "bin/test", ".ci/run"])
def test_the_scripts_can_be_run(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)
    assert (ROOT / script).read_text("utf-8").startswith("#!/bin/sh\n")


@pytest.mark.parametrize("config", sorted((ROOT / "configs").glob("*.toml")), ids=lambda path: path.name)
def test_every_config_loads_says_what_it_is_for_and_is_listed(config: Path) -> None:
    load_config(config)
    assert config.read_text("utf-8").startswith("# "), "the first line says what the recipe is for"
    assert f"configs/{config.name}" in (ROOT / "docs" / "architecture.md").read_text("utf-8")


def test_every_relative_link_leads_somewhere(files: list[Path]) -> None:
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in files
        if path.suffix == ".md"
        for target in re.findall(r"\]\(([^)#\s]+)", path.read_text("utf-8"))
        if "://" not in target and not (path.parent / target).exists()
    ]
    assert not broken
