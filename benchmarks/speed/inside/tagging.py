"""How many tokens a second a model tags that are sentences in memory already: ids, network and best paths."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from taggers.chain import accelerate
from taggers.checkpoint import load_folder
from taggers.engine import decode, load_engine
from taggers.evaluation import WINDOW
from taggers.formats import KINDS, read
from taggers.formats.lines import Lines


def measure(model: str, text: str, device: str, repeats: int) -> dict[str, object]:
    """The median of some passes, each with an engine that has met no word yet, after one that is not counted."""
    accelerate()
    folder = load_folder(Path(model))
    with Path(text).open("rb") as file:
        sentences = list(read(Lines(file), KINDS["tokens"].make({"layer": folder.task.layer})))
    tokens = sum(map(len, sentences))
    speeds = []
    for _ in range(repeats + 1):
        engine = load_engine(folder, device)
        started = time.perf_counter()
        for start in range(0, len(sentences), WINDOW):
            decode(engine, sentences[start : start + WINDOW])
        speeds.append(round(tokens / (time.perf_counter() - started)))
    return {"tokens": tokens, "tokens_per_second": statistics.median(speeds[1:]), "all": speeds[1:]}
