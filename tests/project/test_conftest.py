"""What tests/conftest.py promises to every test: shown in small test runs of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"

FILES = {
    "test_by_fixture.py": """
def test_real(data):
    assert (data("wnut17") / "a").read_text() == "b"
""",
    "test_by_mark.py": """
import os, pytest
@pytest.mark.skipif("TAGGERS_DATA" not in os.environ, reason="set TAGGERS_DATA to the folder of the real corpora")
def test_real(): ...
""",
    "test_whole_file.py": """
import os, pytest
if "TAGGERS_DATA" not in os.environ:
    pytest.skip("set TAGGERS_DATA to the folder of the real corpora", allow_module_level=True)
def test_real(): ...
""",
    "test_other.py": """
import pytest
def test_other():
    pytest.skip("no moon")
""",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of tests that want data in each way there is, below the project's conftest."""
    folder = tmp_path_factory.mktemp("tests")
    shutil.copy(CONFTEST, folder)
    for name, text in FILES.items():
        (folder / name).write_text(text)
    return folder


def run(folder: Path, **variables: str) -> list[str]:
    """Run pytest there, with nothing of this run's own in the environment, and give the lines of its summary."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("TAGGERS_", "PYTEST_", "COV_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-ra", "--continue-on-collection-errors", "."],
        cwd=folder,
        env=env | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    return [line for line in done.stdout.splitlines() if line]


def outcome(summary: list[str], name: str) -> str:
    """Give the word that the short summary begins with where it names a file."""
    return next((line.split()[0] for line in summary if line.startswith(("SKIP", "FAIL", "ERR")) and name in line), "")


def test_without_data_a_test_that_needs_it_is_skipped_with_the_reason(folder: Path) -> None:
    summary = run(folder)
    assert sum("set TAGGERS_DATA to the folder of the real corpora" in line for line in summary) == 3
    assert "4 skipped" in summary[-1]


def test_where_data_is_required_no_test_is_skipped_for_want_of_it(folder: Path) -> None:
    summary = run(folder, TAGGERS_REQUIRE_DATA="1")
    assert {name: outcome(summary, name) for name in FILES} == {
        "test_by_fixture.py": "FAILED",
        "test_by_mark.py": "ERROR",
        "test_whole_file.py": "ERROR",
        "test_other.py": "SKIPPED",
    }
    assert "1 failed, 1 skipped, 2 errors" in summary[-1]


def test_where_data_is_required_a_missing_corpus_is_a_failure(folder: Path, tmp_path: Path) -> None:
    summary = run(folder, TAGGERS_REQUIRE_DATA="1", TAGGERS_DATA=str(tmp_path))
    assert any("TAGGERS_REQUIRE_DATA=1 forbids: Skipped: TAGGERS_DATA has no folder wnut17" in line for line in summary)
    assert "1 failed" in summary[-1]


def test_data_that_is_there_is_found_and_the_outcomes_of_bin_test_stand_last(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "wnut17").mkdir()
    (tmp_path / "wnut17" / "a").write_text("b")
    summary = run(folder, TAGGERS_DATA=str(tmp_path), TAGGERS_REQUIRE_DATA="1", TAGGERS_CHECKS="mypy FAILED")
    assert "3 passed, 1 skipped" in summary[-1]
    assert summary.index("mypy FAILED") > next(place for place, line in enumerate(summary) if "[100%]" in line)
