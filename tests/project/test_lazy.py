"""What starts at once: the light rooms and `--help` load nothing heavy, shown in processes of their own."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("torch", "numba", "pydantic", "seqeval", "sklearn", "scipy", "gensim", "matplotlib", "onnx", "onnxruntime")


def loaded_by(statement: str) -> set[str]:
    """Run one statement in a fresh interpreter and give the heavy packages that it leaves loaded."""
    program = f"import sys\ntry:\n    {statement}\nexcept SystemExit:\n    pass\nprint('loaded:', *sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rpartition("loaded:")[2].split()) & set(HEAVY)


@pytest.mark.parametrize("module", ["", ".text", ".formats", ".metrics", ".chain"])
def test_importing_a_light_room_loads_nothing_heavy(module: str) -> None:
    assert loaded_by(f"import taggers{module}") == set()


@pytest.mark.parametrize("arguments", ["--help", "--version", "score --help", "convert --help", "tag --help"])
def test_help_loads_nothing_heavy(arguments: str) -> None:
    run = f"sys.argv[1:] = {arguments.split()}; from taggers.cli import main; main()"
    assert loaded_by(run) == set()


def test_a_heavy_package_would_be_seen() -> None:
    assert loaded_by("import pydantic") == {"pydantic"}
