"""docs/vectors.md is run: its Python blocks in order, on a small text in place of the real one."""

from __future__ import annotations

import gzip
import re
import tomllib
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "vectors.md"
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def test_the_page_works_as_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "raw_english").mkdir()
    lines = "The gulls are at the sea. The sea is cold!\n" * 20
    (tmp_path / "raw_english" / "a.txt.gz").write_bytes(gzip.compress(lines.encode()))
    monkeypatch.setenv("TAGGERS_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for language, block in BLOCKS:
        if language == "python":
            exec(block, names)
        else:
            assert language == "toml"
            tomllib.loads(block)
    shape, report = capsys.readouterr().out.splitlines()
    assert shape == "(3, 100)"
    assert f"`{report}`" in PAGE.read_text("utf-8").replace("\n", " ")
