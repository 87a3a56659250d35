"""README and pages that show sessions are run: every fenced block, in order, in one working copy, as a reader would."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from taggers.settings import load_config

ROOT = Path(__file__).parents[2]

# Lines that make an environment or check the checkout itself: not run here, but they must stand in the README.
SETUP = {"bin/tagger train", "bin/test", "pip install -c constraints.txt -e '.[train]'"}


class Block(NamedTuple):
    """A fenced block: its language, and the line of the README where its text begins."""

    language: str
    line: int
    text: str


def blocks(markdown: str) -> list[Block]:
    """Find the fenced blocks of a page."""
    fences = re.finditer(r"^```([^\n]*)\n(.*?)^```$", markdown, re.MULTILINE | re.DOTALL)
    return [Block(fence[1].strip(), markdown.count("\n", 0, fence.start(2)) + 1, fence[2]) for fence in fences]


BLOCKS = blocks((ROOT / "README.md").read_text("utf-8"))
PAGES = ["README.md", *(f"docs/{name}.md" for name in ("language_models", "lint", "partial", "pipeline", "report"))]


def commands(text: str) -> list[str]:
    """Split a shell block into its lines; one that ends with a backslash goes on in the next."""
    lines = text.replace("\\\n", " ").splitlines()
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


def run_shell(block: Block, folder: Path, page: str = "README.md") -> None:
    """Run a shell block line by line, with the commands of this environment first on the path."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    for command in commands(block.text):
        if command in SETUP:
            continue
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=folder,
            env=os.environ | {"PATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        said = f"{page}, block at line {block.line}: {command}\n{done.stdout}{done.stderr}"
        assert done.returncode == 0, said
        assert "Traceback" not in done.stderr, said


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_every_block_works_in_order(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for needed in ("corpora", "configs"):
        shutil.copytree(ROOT / needed, tmp_path / needed)
    monkeypatch.chdir(tmp_path)
    session: dict[str, object] = {"__name__": "__main__"}
    for block in blocks((ROOT / page).read_text("utf-8")):
        if block.language == "sh":
            run_shell(block, tmp_path, page)
        elif block.language == "python":
            exec(compile("\n" * (block.line - 1) + block.text, page, "exec"), session)
        elif block.language == "toml":
            settings = tmp_path / f"readme-line-{block.line}.toml"
            settings.write_text(block.text, encoding="utf-8")
            load_config(settings)
        else:
            assert block.language == "text", f"{page}:{block.line - 1}: name the language: sh, python, toml, text"


def test_the_readme_shows_each_kind_of_block() -> None:
    assert {block.language for block in BLOCKS} >= {"sh", "python", "toml"}


def test_the_setup_lines_stand_in_the_readme() -> None:
    assert {command for block in BLOCKS if block.language == "sh" for command in commands(block.text)} >= SETUP


def test_a_block_is_found_with_its_line() -> None:
    assert blocks("a\n\n```sh\none \\\n  two\n# three\n```\n") == [Block("sh", 4, "one \\\n  two\n# three\n")]
    assert commands("one \\\n  two\n# three\n") == ["one    two"]


def test_a_command_that_fails_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"line 7: false"):
        run_shell(Block("sh", 7, "true\nfalse\n"), tmp_path)
