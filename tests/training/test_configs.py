"""Each shipped recipe loads and trains for some steps on the beginning of its own corpus."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from taggers import Tagger, load_config
from taggers.config import Config
from taggers.reading import load_corpus, located
from taggers.runs import train_model

if TYPE_CHECKING:
    from tests.training.conftest import Ears

CONFIGS = Path(__file__).parents[2] / "configs"
SENTENCES = 40


def beginning(path: Path, copy: Path) -> None:
    """The first sentences of a file, as they stand; where no blank lines part them, each is a line."""
    packed = path.suffix == ".gz"
    content = gzip.decompress(path.read_bytes()) if packed else path.read_bytes()
    between = rb"\n[ \t\r]*\n" if re.search(rb"\n[ \t\r]*\n", content) else rb"\n"
    ends = [blank.end() for blank in re.finditer(between, content)]
    content = content[: ends[:SENTENCES][-1]]
    copy.write_bytes(gzip.compress(content) if packed else content)


def here(config: Config, folder: Path) -> Config:
    """The settings with their files cut and copied."""
    paths = {}
    for split in ("train", "dev", "test"):
        path = Path(getattr(config.data, split))
        copy = folder / f"{split}-{path.name}"
        beginning(path, copy)
        paths[split] = str(copy)
    return config.model_copy(update={"data": config.data.model_copy(update=paths)})


def needs_data(path: Path) -> bool:
    """True for a recipe of a corpus that does not come with the project."""
    settings = load_config(path)
    return settings.data.corpus is not None or str(settings.data.train).startswith("$TAGGERS_DATA")


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.toml")), ids=lambda path: path.name)
def test_a_shipped_recipe_trains(
    path: Path, data: Callable[[str], Path], listening: type[Ears], tmp_path: Path
) -> None:
    if needs_data(path):
        data(".")
    config = here(located(load_config(path, ["training.epochs=1", "training.batch_tokens=100"]), CONFIGS), tmp_path)
    ears = listening()
    corpus = load_corpus(config, ears.on_note)
    assert min(len(corpus.train), len(corpus.dev), len(corpus.test)) > SENTENCES / 2
    folder = train_model(config, corpus, tmp_path / "model", "cpu", listener=ears)
    assert ears.steps > 1
    assert Tagger.load(folder.path).evaluate(corpus.test).to_json() == folder.scores["test"]


def test_there_are_recipes() -> None:
    assert len(list(CONFIGS.glob("*.toml"))) > 5

