"""The page on calibration: its commands run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.test_readme import blocks, commands

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "calibration.md").read_text("utf-8")
SETTINGS = {
    "training.epochs": 15,
    "training.batch_tokens": 128,
    "training.optimiser.learning_rate": 0.02,
    "training.calibration": 0.3,
    "model.encoder.hidden_size": 16,
}


@pytest.mark.slow
def test_commands_run_on_a_model_that_has_learnt_its_dev_by_heart(tmp_path: Path) -> None:
    environment = os.environ | {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    shutil.copytree(ROOT / "corpora", tmp_path / "corpora")
    (tmp_path / "text.txt").write_text("Ms. Adaeze Obi flew from Lagos to Lima.\n", encoding="utf-8")
    small = "corpora/english/dev.conll"
    said = [word for key, value in SETTINGS.items() for word in ("--set", f"{key}={value}")]
    train = ["tagger", "train", "--train", small, "--dev", small, "--columns", "token,upos,ner", *said]
    told = []
    for command in (
        [*train, "--output", "models/english"],
        *(["sh", "-c", line] for block in blocks(PAGE) if block.language == "sh" for line in commands(block.text)),
    ):
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        told.append((done.stdout, done.stderr))
    trained, drawn, tagged, scored = told
    assert "of dev set aside; early stopping looks at the other " in trained[1]
    assert (tmp_path / "reliability.png").exists()
    assert "\npredicted spans " in drawn[0]
    for _, errors in (tagged, scored):
        assert "of dev that training has not seen" in errors
