"""The page on confidence: its commands and its code run, and print what is of the shape that it shows."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.test_readme import blocks, commands

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "confidence.md").read_text("utf-8")
ROW = re.compile(r"([^\t\n]+)\t(?:O\t_|[BI]-[A-Z]+\t[01]\.[0-9]{4})\n")
TRAINING = [
    "--set", "training.epochs=1", "--set", "training.batch_tokens=128", "--set", "model.encoder.hidden_size=16",
]  # fmt: skip


def tokens(rows: str) -> list[str]:
    """The tokens of columns with a tag and its confidence, all of which have that shape."""
    assert ROW.sub("", rows) == "\n"
    return ROW.findall(rows)


@pytest.mark.slow
def test_commands_and_code_run_and_print_as_the_page_shows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    environment = os.environ | {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    english = [f"--{name}={ROOT}/corpora/english/{name}.conll" for name in ("train", "dev")]
    training = ["tagger", "train", *english, "--columns=token,upos,ner", "--output=models/english", *TRAINING]
    subprocess.run(training, env=environment, check=True, capture_output=True)
    printed = ""
    seen = 0
    for block in blocks(PAGE):
        if block.language == "sh":
            for command in commands(block.text):
                done = subprocess.run(["sh", "-c", command], env=environment, capture_output=True, text=True)
                assert done.returncode == 0, f"{command}\n{done.stderr}"
                printed = done.stdout
        elif block.language == "python":
            exec(compile("\n" * (block.line - 1) + block.text, "confidence.md", "exec"), {})
            printed = capsys.readouterr().out
        elif block.language == "jsonl":
            expected, found = json.loads(block.text), json.loads(printed)
            assert found.keys() == expected.keys()
            assert {*found["alternatives"][0]} == {*expected["alternatives"][0]}
            assert len(found["alternatives"]) == len(expected["alternatives"])
            seen += 1
        elif ROW.match(block.text):  # with a model's own numbers
            assert tokens(printed) == tokens(block.text)
            seen += 1
        else:
            assert printed == block.text, f"docs/confidence.md:{block.line}"
            seen += 1
    assert seen == 3
