"""Bits per character of held-out English: our character models beside compressors and n-grams.

    python -m benchmarks.language_model baselines --work FOLDER
    python -m benchmarks.language_model ours --work FOLDER --seeds 3

The text is raw_english of TAGGERS_DATA, split into sentences and tokens, which blanks then join, a sentence a line;
all read the same characters. A message or paragraph goes to test, to dev or to train by the CRC-32 of its line, so that
one that is repeated is never on two sides. Results stand in benchmarks/results/language_model.json, written after each
part.
"""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import math
import time
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import machine
from benchmarks.ngrams import NGrams, Smoothing
from taggers import load_config
from taggers.data.vocabulary import UNK, Vocabulary
from taggers.formats import Lines, split_text
from taggers.metrics.language import LanguageScores
from taggers.reading import load_corpus
from taggers.runs import train_model
from taggers.settings import expand_path

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "language_model.json"
SPLITS = ("train", "dev", "test")
MINIMUM = 3  # occurrences that a character needs to be known, as in the recipe
COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "gzip -9": lambda content: gzip.compress(content, 9),
    "bzip2 -9": lambda content: bz2.compress(content, 9),
    "xz -9e": lambda content: lzma.compress(content, preset=9 | lzma.PRESET_EXTREME),
}
ORDERS = (5, 6, 7)
SMOOTHINGS: tuple[Smoothing, ...] = ("witten-bell", "kneser-ney")


@click.group()
def main() -> None:
    """Measure language models."""


@main.command()
@click.option("--work", type=click.Path(path_type=Path), required=True, help="A folder for the splits and models.")
def baselines(work: Path) -> None:
    """Compressors and n-grams."""
    texts = splits(work)
    contents = {split: text.encode() for split, text in texts.items()}
    rows: dict[str, Any] = {}
    for name, compress in COMPRESSORS.items():
        before = len(compress(contents["train"]))
        rows[name] = {
            split: {
                "alone": 8 * len(compress(contents[split])) / len(texts[split]),
                "after_train": 8 * (len(compress(contents["train"] + contents[split])) - before) / len(texts[split]),
            }
            for split in ("dev", "test")
        }
        click.echo(f"{name}: {json.dumps(rows[name])}", err=True)
    note({"compressors": rows})
    counts = Counter(texts["train"])
    vocabulary = Vocabulary.build(counts.elements(), MINIMUM)
    ids = {split: np.array(vocabulary.index_all(text), dtype=np.int32) for split, text in texts.items()}
    found: dict[str, Any] = {}
    for smoothing in SMOOTHINGS:
        for order in ORDERS:
            started = time.perf_counter()
            model = NGrams(ids["train"], len(vocabulary), order, smoothing)
            of = {split: bits_of_ngrams(model, ids[split], vocabulary) for split in ("dev", "test")}
            found[f"{order}-gram, {smoothing}"] = of | {"seconds": round(time.perf_counter() - started, 1)}
            click.echo(f"{order} {smoothing}: {json.dumps(found[f'{order}-gram, {smoothing}'])}", err=True)
    note({"ngrams": found})


def bits_of_ngrams(model: NGrams, text: NDArray[np.int32], vocabulary: Vocabulary) -> float:
    """Bits per character of a text that a break stands before, as before every line."""
    read_after = np.concatenate((np.full(model.order, vocabulary.index("\n")), text))
    nats = -math.fsum(np.log(model.probabilities(read_after, model.order)).tolist())
    unknown = int((text == UNK).sum())
    return LanguageScores(nats, len(text), len(text), unknown, unknown).bits_per_character


@main.command()
@click.option("--work", type=click.Path(path_type=Path), required=True, help="A folder for the splits and models.")
@click.option("--config", type=click.Path(path_type=Path), default=ROOT / "configs" / "raw_english_forward.toml")
@click.option("--seeds", default=3, show_default=True)
@click.option("--set", "overrides", multiple=True)
def ours(work: Path, config: Path, seeds: int, overrides: tuple[str, ...]) -> None:
    """The models of a recipe, trained on the splits of this benchmark."""
    splits(work)
    files = {split: str(work / f"{split}.txt") for split in SPLITS}
    runs: list[dict[str, Any]] = []
    for seed in range(1, seeds + 1):
        said = [f"training.seed={seed}", "data.format=tokens", *(f"data.{s}={f}" for s, f in files.items())]
        settings = load_config(config, [*overrides, *said])
        corpus = load_corpus(settings, lambda message: click.echo(message, err=True))
        place = work / "models" / f"{config.stem}-{seed}"
        started, worked = time.perf_counter(), time.process_time()
        folder = train_model(settings, corpus, place, device="cpu", resume=True)
        log = [json.loads(line) for line in (place / "log.jsonl").read_text("utf-8").splitlines()]
        runs.append(
            {
                "seed": seed,
                "seconds": round(time.perf_counter() - started, 1),
                "processor_seconds": round(time.process_time() - worked, 1),
                "symbols_per_second": log[-1]["tokens_per_second"],
                "bytes": sum(file.stat().st_size for file in folder.path.iterdir()),
                "dev": folder.scores["dev"],
                "test": folder.scores["test"],
            }
        )
        click.echo(f"seed {seed}: {runs[-1]['dev']['bits_per_character']:.4f} bits per character on dev", err=True)
        note({"ours": {config.stem: {"runs": runs, "overrides": list(overrides)}}})


def splits(work: Path) -> dict[str, str]:
    """The normalised text of each split, written below `work` when it is first asked for."""
    files = {split: work / f"{split}.txt" for split in SPLITS}
    if not files["test"].exists():  # written last
        work.mkdir(parents=True, exist_ok=True)
        parts: dict[str, list[str]] = {split: [] for split in SPLITS}
        for source in sorted(expand_path("$TAGGERS_DATA/raw_english", Path()).glob("*.txt.gz")):
            for line in Lines(source):
                part = parts[split_of(line)]
                part += (" ".join(s.tokens) + "\n" for s in split_text(line) if s.tokens)
        for split, lines in parts.items():
            files[split].write_text("".join(lines), encoding="utf-8")
    return {split: file.read_text("utf-8") for split, file in files.items()}


def split_of(line: str) -> str:
    """The split that a line belongs to: one of fifty to test, one to dev.

    >>> split_of("Call me Ishmael.")
    'train'
    """
    return {0: "test", 1: "dev"}.get(zlib.crc32(line.encode()) % 50, "train")


def note(part: dict[str, Any]) -> None:
    """Put a part of the results in place of what was measured before."""
    results: dict[str, Any] = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    for key, value in part.items():
        results[key] = {**results.get(key, {}), **value}
    results["machine"] = machine()
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
