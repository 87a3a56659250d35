"""What tests/conftest.py promises to every test: shown in small test runs of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"

BY_FIXTURE = "def test_real(data):\n    assert (data('wnut17') / 'a').read_text() == 'b'\n"
BY_MARK = """
import os, pytest
@pytest.mark.skipif("TAGGERS_DATA" not in os.environ, reason="set TAGGERS_DATA to the folder of the real corpora")
def test_real(): ...
"""
BY_FILE = """
import os, pytest
if "TAGGERS_DATA" not in os.environ:
    pytest.skip("set TAGGERS_DATA to the folder of the real corpora", allow_module_level=True)
def test_real(): ...
"""
WAYS = pytest.mark.parametrize("text", [BY_FIXTURE, BY_MARK, BY_FILE], ids=["fixture", "mark", "file"])


def run(folder: Path, text: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run pytest on one small file below the project's conftest."""
    shutil.copy(CONFTEST, folder)
    (folder / "test_it.py").write_text(text)
    env = {name: value for name, value in os.environ.items() if not name.startswith(("TAGGERS_", "PYTEST_", "COV_"))}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rs", folder],
        cwd=folder,
        env=env | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


@WAYS
def test_a_test_without_its_data_is_skipped_with_the_reason(tmp_path: Path, text: str) -> None:
    done = run(tmp_path, text)
    assert done.returncode in (0, 5)  # 5: the whole file was skipped
    assert "set TAGGERS_DATA to the folder of the real corpora" in done.stdout
    assert "1 skipped" in done.stdout


@WAYS
def test_where_data_is_required_a_test_without_it_fails(tmp_path: Path, text: str) -> None:
    done = run(tmp_path, text, TAGGERS_REQUIRE_DATA="1")
    assert done.returncode not in (0, 5)
    assert "TAGGERS_REQUIRE_DATA=1 forbids" in done.stdout
    assert "skipped" not in done.stdout.splitlines()[-1]


def test_a_corpus_that_is_there_is_found(tmp_path: Path) -> None:
    (tmp_path / "wnut17").mkdir()
    (tmp_path / "wnut17" / "a").write_text("b")
    done = run(tmp_path, BY_FIXTURE, TAGGERS_DATA=str(tmp_path), TAGGERS_REQUIRE_DATA="1")
    assert done.stdout.splitlines()[-1].startswith("=") and "1 passed" in done.stdout


def test_where_data_is_required_a_missing_corpus_fails(tmp_path: Path) -> None:
    done = run(tmp_path, BY_FIXTURE, TAGGERS_DATA=str(tmp_path), TAGGERS_REQUIRE_DATA="1")
    assert "TAGGERS_DATA has no folder wnut17" in done.stdout
    assert done.returncode == 1


def test_another_skip_stays_a_skip_where_data_is_required(tmp_path: Path) -> None:
    done = run(tmp_path, "import pytest\ndef test_it():\n    pytest.skip('no moon')\n", TAGGERS_REQUIRE_DATA="1")
    assert done.returncode == 0
    assert "1 skipped" in done.stdout


def test_the_outcomes_of_bin_test_stand_above_the_closing_line(tmp_path: Path) -> None:
    done = run(tmp_path, "def test_it(): ...\n", TAGGERS_CHECKS="mypy FAILED")
    *_, outcomes, closing = done.stdout.splitlines()
    assert outcomes == "mypy FAILED"
    assert "1 passed" in closing
