"""The same work by ours and by the peers: training to a dev F1, tagging, start, memory and size.

Each runs in processes of its own and by a recipe of its own, which stands in its file in benchmarks/speed/peers. A
model is trained once; tagging and start are measured in turn, each contestant once a round.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.speed.parts.start import sentence_file
from benchmarks.speed.parts.tagging import precisions, tag_command
from benchmarks.speed.place import PRESETS, TAGGER, Case, Cases, Place, tokens_in
from benchmarks.speed.process import ROOT, Ran

PEERS = ("crfsuite", "wapiti", "spacy", "flair")
_NEEDED = {"crfsuite": "sklearn_crfsuite", "wapiti": "wapiti", "spacy": "spacy", "flair": "flair"}


@dataclass(frozen=True)
class Contestant:
    """One of those compared: how it trains on a corpus into a model folder, and the command that tags a text."""

    name: str
    train: Callable[[Path, Path], Ran]
    tag: Callable[[Path, Path], list[str]]
    trained: str = ""  # the contestant whose model it tags with, if not its own


def cases(place: Place) -> Cases:
    """For each corpus the training of each contestant, then the tagging of all."""
    contestants = [*_ours(place), *_peers(place)]
    for corpus in place.corpora:
        for contestant in contestants:
            if not contestant.trained:
                yield Case(f"train, {corpus}, {contestant.name}", partial(_train, place, corpus, contestant))
        yield Case(f"tag, {corpus}", partial(_tag, place, corpus, contestants))


def _ours(place: Place) -> list[Contestant]:
    """The default recipe, the small and the quick preset, the first two in int8 too where the device has it."""
    int8 = precisions(place).get("int8")
    found = []
    for name, recipe in (("taggers", "default"), ("taggers small", "small")):
        found.append(
            Contestant(name, partial(_train_ours, place, PRESETS / f"{recipe}.toml"), partial(tag_command, place))
        )
        if int8:
            tag = partial(tag_command, place, options=int8)
            found.append(Contestant(f"{name} int8", found[-1].train, tag, trained=name))
    quick = partial(_train_ours, place, PRESETS / "quick.toml")  # its model tags as fast as the small one
    return [*found, Contestant("taggers quick", quick, partial(tag_command, place))]


def _train_ours(place: Place, recipe: Path, corpus: Path, model: Path) -> Ran:
    """By the command line; the log that lies in the model folder holds the curve."""
    settings = [f"data.train={corpus / 'train.conll'}", f"data.dev={corpus / 'dev.conll'}"]
    settings.append(f"training.threads={place.threads}")
    command: list[str | Path] = [*TAGGER, "train", recipe, "--output", model]
    ran = place.cores.run([*command, "--device", place.device, *(p for s in settings for p in ("--set", s))])
    if place.device == "cpu":
        place.cores.run([*TAGGER, "export", "--model", model])
    epochs = [json.loads(line) for line in (model / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    seconds, curve = 0.0, []
    for epoch in epochs:
        seconds += epoch["seconds"]
        curve.append((round(seconds, 2), round(epoch["score"], 4)))
    return Ran(ran.seconds, ran.peak, json.dumps({"curve": curve}))


def _peers(place: Place) -> list[Contestant]:
    """Those that could be installed."""
    python = environment(place)
    found = []
    for name in PEERS:
        asked = subprocess.run([python, "-c", f"import {_NEEDED[name]}"], capture_output=True, check=False)
        if asked.returncode == 0:
            script = [str(python), "-m", f"benchmarks.speed.peers.with_{name}"]
            found.append(Contestant(name, partial(_train_peer, place, script), partial(_tag_by, script)))
    return found


def environment(place: Place) -> Path:
    """The interpreter of the peers' environment, which is made where there is none."""
    folder = place.folder / "peers"
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pins = Path(__file__).parents[1] / "peers" / "peers.txt"
        for line in pins.read_text(encoding="utf-8").splitlines():
            if not line.startswith("#"):  # one by one: a peer that cannot be had keeps no other away
                subprocess.run([python, "-m", "pip", "install", "-q", line], cwd=ROOT, check=False)
    return python


def _train_peer(place: Place, script: list[str], corpus: Path, model: Path) -> Ran:
    return place.cores.run([*script, "train", corpus, model, str(place.limit), str(place.threads)])


def _tag_by(script: list[str], model: Path, text: Path) -> list[str]:
    return [*script, "tag", str(model), str(text)]


def _model(place: Place, corpus: str, name: str) -> Path:
    return place.folder / "contest" / corpus / name.replace(" ", "-")


def _train(place: Place, corpus: str, contestant: Contestant) -> dict[str, Any]:
    """One training: dev F1 against seconds, memory, and the size of what is needed to tag."""
    model = _model(place, corpus, contestant.name)
    for left in (model, model.with_name(f"{model.name}.partial")):  # by a run that was killed
        shutil.rmtree(left, ignore_errors=True)
    model.parent.mkdir(parents=True, exist_ok=True)
    ran = contestant.train(place.corpus(corpus), model)
    kept = [file for file in model.rglob("*") if file.is_file() and file.suffix not in (".tsv", ".log", ".png")]
    return {
        **json.loads(ran.out.splitlines()[-1]),
        "seconds": round(ran.seconds, 1),
        "peak_bytes": ran.peak,
        "model_bytes": sum(file.stat().st_size for file in kept),
    }


def _tag(place: Place, corpus: str, contestants: list[Contestant]) -> dict[str, Any]:
    """Whole processes, on the text of the corpus and on one sentence: medians over the rounds, the first left out."""
    text, one = place.corpus(corpus) / "tokens.txt", sentence_file(place)
    tokens = tokens_in(text)
    runs: dict[str, list[tuple[Ran, Ran]]] = {}
    for _ in range(place.repeats + 1):
        for contestant in contestants:
            model = _model(place, corpus, contestant.trained or contestant.name)
            if model.exists():
                long = place.cores.run(contestant.tag(model, text), stdout=place.folder / "tagged")
                short = place.cores.run(contestant.tag(model, one), stdout=place.folder / "tagged")
                runs.setdefault(contestant.name, []).append((long, short))
    return {"tokens": tokens, "contestants": {name: _medians(found[1:], tokens) for name, found in runs.items()}}


def _medians(runs: list[tuple[Ran, Ran]], tokens: int) -> dict[str, float]:
    seconds = statistics.median(long.seconds for long, _ in runs)
    cold = statistics.median(short.seconds for _, short in runs)
    return {
        "tokens_per_second": round(tokens / seconds),
        "tokens_per_second_once_started": round(tokens / max(seconds - cold, 1e-9)),
        "cold_seconds": round(cold, 4),
        "cold_peak_bytes": round(statistics.median(short.peak for _, short in runs)),
        "peak_bytes": round(statistics.median(long.peak for long, _ in runs)),
    }
