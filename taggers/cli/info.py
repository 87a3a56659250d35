"""`tagger info`: what a model is."""

from __future__ import annotations

import json
from pathlib import Path

import click
from safetensors import safe_open

from taggers.checkpoint import RECORD, ModelFolder, latest_model, load_folder, read_json
from taggers.cli.options import print_json
from taggers.errors import CheckpointError
from taggers.metrics.summary import summaries
from taggers.text.wording import escaped


@click.command(short_help="Say what a model is: settings, scores, sizes by part.")
@click.option("--model", type=click.Path(path_type=Path), help="The model folder [the one trained last].")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
def command(model: Path | None, as_json: bool) -> None:
    """Show labels, settings, scores and sizes of a model; its hashes are verified on the way."""
    folder = load_folder(latest_model(Path("models")) if model is None else model)
    facts = describe(folder)
    if as_json:
        print_json(facts)
        return
    for name, value in facts.items():
        if isinstance(value, dict):
            click.echo(f"{name}:")
            for key, inner in value.items():
                click.echo(f"  {key}: {_shown(inner)}")
        else:
            click.echo(f"{name}: {_shown(value)}")


def _shown(value: object) -> str:
    if value is None or value in ([], (), {}):
        return "none"
    if isinstance(value, (list, tuple)):
        return ", ".join(escaped(str(item)) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{k} {_shown(v)}" for k, v in value.items())
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else escaped(str(value))


def describe(folder: ModelFolder) -> dict[str, object]:
    """The facts of a model folder as plain values."""
    weights: dict[str, int] = {}
    with safe_open(folder.weights, framework="numpy") as tensors:
        for name in tensors.keys():  # noqa: SIM118 - not a mapping
            part = part_of(name)
            count = 1
            for size in tensors.get_slice(name).get_shape():
                count *= size
            weights[part] = weights.get(part, 0) + count
    files = {str(p.relative_to(folder.path)): p.stat().st_size for p in sorted(folder.path.rglob("*")) if p.is_file()}
    indexer, spelling = folder.indexer, folder.indexer.spelling
    first, *others = folder.tasks
    model = folder.settings["model"]
    reads_characters = model["characters"]["kind"] != "none" and model.get("numbers") is None
    return {
        "model": str(folder.path),
        "task": folder.kind,
        **first.facts,
        **({"further layers": {t.layer: t.facts["labels"] for t in others}} if others else {}),
        "vocabulary": {"words": len(indexer.words.vocabulary.symbols), "characters": len(spelling.vocabulary.symbols)},
        "characters read of a word": (
            f"the first {spelling.first} and the last {spelling.last}" if reads_characters else "none"
        ),
        "tokeniser of text": str(folder.tokeniser),
        "settings": {part: folder.settings[part] for part in ("model", "training")},
        "weights": {**weights, "together": sum(weights.values())},
        "bytes": {**files, "together": sum(files.values())},
        "scores": dict(summaries(folder.scores)),
        "confidence": folder.calibration.facts,
        "data": dict(folder.provenance["data"]),
        "versions": dict(folder.provenance["versions"]),
        "seed": folder.provenance["seed"],
        **_recorded(folder.path),
    }


def _recorded(path: Path) -> dict[str, object]:
    """The record of the run and what each epoch gave; a model may do without either."""
    facts: dict[str, object] = {}
    if (path / RECORD).exists():
        run = read_json(path / RECORD)
        facts = {"run": {name: value for name, value in run.items() if name != "files"}, "files": run.get("files")}
    if (log := path / "log.jsonl").exists():
        try:
            epochs = list(map(json.loads, log.read_text(encoding="utf-8").splitlines()))
            facts["epochs"] = {str(epoch.pop("epoch")): epoch for epoch in epochs}
        except (ValueError, AttributeError, KeyError) as fault:
            raise CheckpointError(f"{log}: not a log of epochs ({fault}); restore it, or remove it") from None
    return facts


def part_of(tensor: str) -> str:
    """The part of the network that a tensor belongs to, by its name.

    >>> part_of("embeddings.feature a%2Eb.table.weight"), part_of("encoder.layers.0.weight")
    ('feature a.b', 'encoder')
    """
    group, name, *_ = tensor.split(".")
    return name.replace("%2E", ".") if group in ("embeddings", "heads") else group
