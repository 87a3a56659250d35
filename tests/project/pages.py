"""Running the commands and the code of a page of the documentation."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.test_readme import Block, blocks, commands

ROOT = Path(__file__).parents[2]
SMALL = [
    "--set", "training.epochs=1", "--set", "training.batch_tokens=128", "--set", "model.encoder.hidden_size=16",
]  # fmt: skip


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A command of a page in a folder, which has to end well; those of this environment come first on the path."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, env=os.environ | {"PATH": path}, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    return done


def run_code(block: Block, name: str) -> None:
    """The code of a block; faults name the page and its line."""
    exec(compile("\n" * (block.line - 1) + block.text, name, "exec"), {})


def train_english(folder: Path) -> None:
    """A small model of English, trained into models/english."""
    english = " ".join(f"--{split}={ROOT}/corpora/english/{split}.conll" for split in ("train", "dev"))
    run(f"tagger train {english} --columns=token,upos,ner --output=models/english {' '.join(SMALL)}", folder)


def outputs_are_those_shown(name: str, folder: Path, code: str, capsys: pytest.CaptureFixture[str]) -> int:
    """Runs docs/NAME, whose code prints `code`; how many outputs stand in it, each of the command before."""
    printed, compared = "", 0
    for block in blocks((ROOT / "docs" / name).read_text("utf-8")):
        if block.language == "sh":
            for command in commands(block.text):
                printed = run(command, folder).stdout
        elif block.language == "text":
            assert printed == block.text, f"docs/{name}:{block.line}"
            compared += 1
        else:
            assert block.language == "python"
            run_code(block, name)
            assert capsys.readouterr().out == code
    return compared
