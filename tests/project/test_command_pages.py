"""Every command has a page with an example, every page stands in the index, and examples print what the pages show."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from taggers.cli import VERBS
from tests.project.test_readme import Block, blocks, commands

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
INDEX = (DOCS / "README.md").read_text("utf-8")
PAGES = dict(re.findall(r"^\| `tagger (\w+)` \|[^|]*\| \[[^]]*\]\((\w+\.md)\) \|$", INDEX, re.MULTILINE))

TRAINING = "tagger train --corpus corpora/greek --layer upos --output models/greek --set training.epochs=12"
ON_THE_MODEL = ("training", "tagging", "evaluating", "exporting", "models", "reproduce")
WITHOUT_A_MODEL = ("converting", "corpora")


def test_the_table_holds_every_command() -> None:
    assert PAGES.keys() == VERBS.keys()


@pytest.mark.parametrize(("verb", "page"), PAGES.items())
def test_the_page_of_a_command_has_an_example_of_it(verb: str, page: str) -> None:
    shells = [block for block in blocks((DOCS / page).read_text("utf-8")) if block.language == "sh"]
    assert any(re.search(rf"\btagger {verb}\b", command) for block in shells for command in commands(block.text))


def test_the_index_has_a_line_for_every_page() -> None:
    lines = re.findall(r"^(?:- |\| `tagger \w+` \|[^|]*\| )\[(\w+\.md)\]\(\1\)", INDEX, re.MULTILINE)
    assert set(lines) == {page.name for page in DOCS.glob("*.md")} - {"README.md"}
    assert "(docs/README.md)" in (ROOT / "README.md").read_text("utf-8")


def run(command: str, folder: Path) -> tuple[int, str]:
    """The exit code of a command, and what a terminal shows of it."""
    environment = os.environ | {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, done.stdout


def examples(page: str) -> Iterator[tuple[Block, Block | None]]:
    """Each shell block of a page, and the output below it, where it is shown."""
    found = blocks((DOCS / f"{page}.md").read_text("utf-8"))
    for block, after in zip(found, [*found[1:], None], strict=True):
        if block.language == "sh":
            yield block, after if after is not None and after.language == "text" else None


def follow(page: str, folder: Path, known: Mapping[str, str]) -> Iterator[tuple[str, str, int]]:
    """Run a page; give each shown output, what was printed, and its line.

    The last command of a block fails with exit code 2 where a line of error is shown below it, and all others work.
    What a `known` command prints is taken from there.
    """
    for block, shown in examples(page):
        *before, last = commands(block.text)
        fails = shown is not None and re.search("^error: ", shown.text, re.MULTILINE) is not None
        for command in (*before, last):
            code, printed = (0, known[command]) if command in known else run(command, folder)
            expected = 2 if fails and command is last else 0
            assert code == expected, f"docs/{page}.md:{block.line}: {command}\n{printed}"
            assert "Traceback" not in printed, printed
        if shown is not None:
            yield shown.text, printed, shown.line


def without_figures(printed: str) -> str:
    """What is printed but for figures, which differ between processors, and the star at an epoch that is the best."""
    return re.sub(" +", " ", re.sub(r"[+-]?\d[\d.,]*(e-\d+)?", "#", printed).replace(" *", ""))


def fits(shown: str, printed: str) -> bool:
    """True where both are the same; `...` alone on a line is any lines."""
    pattern = "".join("(?:.*\n)*" if line == "...\n" else re.escape(line) for line in shown.splitlines(keepends=True))
    return re.fullmatch(pattern, printed) is not None


def test_dots_are_any_lines_and_figures_any_figures() -> None:
    assert fits("a\n...\nb\n", "a\nc\nd\nb\n")
    assert fits("a\n...\nb\n", "a\nb\n")
    assert not fits("a\n...\nb\n", "a\nc\n")
    assert not fits("a.\n", "ab\n")
    assert without_figures("dev  3.5 * rate 2e-05\n") == without_figures("dev 64.04   rate 0.002\n")
    assert without_figures("dev 3\n") != without_figures("test 3\n")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A working copy with the model that the pages train, each by the same command, and what that printed."""
    folder = tmp_path_factory.mktemp("pages")
    shutil.copytree(ROOT / "corpora", folder / "corpora")
    code, printed = run(TRAINING, folder)
    assert code == 0, printed
    return folder, printed


@pytest.mark.slow
@pytest.mark.parametrize("page", ON_THE_MODEL)
def test_examples_on_a_model_print_what_is_shown_but_for_figures(page: str, trained: tuple[Path, str]) -> None:
    folder, printed_by_training = trained
    shown = 0
    for expected, printed, line in follow(page, folder, {TRAINING: printed_by_training}):
        assert fits(without_figures(expected), without_figures(printed)), f"docs/{page}.md:{line}\n{printed}"
        shown += 1
    assert shown


@pytest.mark.parametrize("page", WITHOUT_A_MODEL)
def test_examples_without_a_model_print_what_is_shown(page: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "corpora", tmp_path / "corpora")
    shown = 0
    for expected, printed, line in follow(page, tmp_path, {}):
        assert printed == expected, f"docs/{page}.md:{line}\n{printed}"
        shown += 1
    assert shown
