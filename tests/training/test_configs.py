"""Each shipped recipe loads and trains for some steps on the beginning of its own corpus."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from taggers import LanguageModel, Tagger, load_config
from taggers.config import Config
from taggers.reading import load_corpus, located
from taggers.runs import train_model

if TYPE_CHECKING:
    from tests.training.conftest import Ears

CONFIGS = Path(__file__).parents[2] / "configs"
SENTENCES = 40


def beginning(path: Path, copy: Path, end: bytes) -> None:
    """The first sentences of a file, as they stand, each of which has an end of that pattern."""
    packed = path.suffix == ".gz"
    content = gzip.decompress(path.read_bytes()) if packed else path.read_bytes()
    ends = [blank.end() for blank in re.finditer(end, content)]
    content = content[: ends[:SENTENCES][-1]]
    copy.write_bytes(gzip.compress(content) if packed else content)


def here(config: Config, folder: Path) -> Config:
    """The settings with their files cut and copied."""
    paths = {}
    for split in ("train", "dev", "test"):
        if (named := getattr(config.data, split)) is not None:
            path = Path(named)
            copy = folder / f"{split}-{path.name}"
            by_line = config.data.format in ("text", "csv")
            beginning(path, copy, rb"\n" if by_line else rb"\n[ \t\r]*\n")
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
    folder = train_model(config, corpus, tmp_path / "model", "cpu", listener=ears)
    assert ears.steps > 1
    if folder.is_language_model:
        assert len(corpus.train) > SENTENCES / 2
        found = LanguageModel.load(folder.path).evaluate(corpus.dev)
        assert found.perplexity == pytest.approx(folder.scores["dev"]["perplexity"], rel=1e-5)
        return
    assert min(len(corpus.train), len(corpus.dev), len(corpus.test)) > SENTENCES / 2
    assert Tagger.load(folder.path).evaluate(corpus.test).to_json() == folder.scores["test"]


def test_there_are_recipes() -> None:
    assert len(list(CONFIGS.glob("*.toml"))) > 5
