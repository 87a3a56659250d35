"""Where a run of the suite works and on what: folders, cores, device, and the corpora and models made once for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.speed.process import ROOT, Cores

PRESETS = Path(__file__).parent / "presets"
TAGGER = (sys.executable, "-c", "from taggers.cli import main; main()")  # this checkout's command line
SYNTHETIC = "synthetic"


@dataclass(frozen=True)
class Case:
    """One measurement: its name within the part, and the function that makes it."""

    name: str
    measure: Callable[[], dict[str, Any]]


Cases = Iterator[Case]


@dataclass(frozen=True)
class Place:
    """A run of the suite: `folder` is for what it makes, and is kept; `repeats` are those that a median is taken of,
    `most_tokens` make the longest stream, `limit` is in seconds, for the training of a peer.
    """

    folder: Path
    cores: Cores
    device: str
    repeats: int
    most_tokens: int
    limit: float

    @property
    def threads(self) -> int:
        """One for each core."""
        return len(self.cores.numbers)

    @property
    def corpora(self) -> list[str]:
        """The synthetic corpus, and the shared ones where TAGGERS_DATA says where they are."""
        return [SYNTHETIC, *(["wnut17", "wikigold"] if "TAGGERS_DATA" in os.environ else [])]

    def corpus(self, name: str) -> Path:
        """The folder of a corpus: train, dev and test as columns of tokens and tags in IOB2, and `tokens.txt`."""
        folder = self.folder / "corpora" / name
        if not (folder / "tokens.txt").exists():  # written last
            self.cores.inside("corpora", name=name, folder=str(folder))
        return folder

    def model(self, preset: str) -> Path:
        """The folder of a model trained for a few epochs on the synthetic corpus: how fast it tags is all it is for."""
        folder = self.folder / "models" / preset
        if not folder.exists():
            corpus = self.corpus(SYNTHETIC)
            settings = [f"data.train={corpus / 'train.conll'}", "data.dev=none", "training.epochs=2"]
            recipe, said = PRESETS / f"{preset}.toml", ["--device", self.device, "--resume"]  # where a run was killed
            overrides = [part for setting in settings for part in ("--set", setting)]
            self.cores.run([*TAGGER, "train", recipe, "--output", folder, *said, *overrides])
            if self.device == "cpu":
                self.cores.run([*TAGGER, "export", "--model", folder])
        return folder


def tokens_in(path: Path) -> int:
    """The tokens of a file with a sentence on each line."""
    with path.open(encoding="utf-8") as file:
        return sum(len(line.split(" ")) for line in file if line.strip())


def config(name: str) -> Path:
    """A shipped recipe."""
    return ROOT / "configs" / f"{name}.toml"
