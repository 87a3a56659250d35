"""Where a model comes from: digests of what its training read, versions, and the machine's arithmetic."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from taggers.config import Config
from taggers.data.corpus import Corpus
from taggers.digests import digest_of
from taggers.reading import with_vectors_at
from taggers.text import Sentence

_PACKAGES = ("taggers", "torch", "numpy", "numba", "onnxruntime")  # whatever computes in a training


def _digest(sentences: Sequence[Sentence]) -> str:
    digest = hashlib.sha256()
    for s in sentences:
        digest.update(repr((s.tokens, sorted(s.layers.items()), s.label)).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def identity_of(config: Config, corpus: Corpus, device: torch.device) -> str:
    """What must be the same for a checkpoint to be gone on with: settings, data, how it is read, code and device."""
    named = config.model.model_copy(update={"head": config.head})  # the usual one, where none is said
    config = config.model_copy(update={"model": named})
    parts = (
        with_vectors_at(config, lambda key, path: digest_of(key, path) or "").model_dump_json(exclude={"data"}),
        config.data.partly,
        [(layer, scheme.name) for layer, scheme in corpus.schemes.items()],
        _digest(corpus.train),
        _digest(corpus.dev),
        version("taggers"),
        device.type,
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def data_of(corpus: Corpus) -> dict[str, dict[str, object]]:
    """Size and hash of each split that is not empty."""
    splits = {"train": corpus.train, "dev": corpus.dev, "test": corpus.test}
    return {
        name: {"sentences": len(split), "tokens": sum(map(len, split)), "sha256": _digest(split)}
        for name, split in splits.items()
        if split
    }


def provenance_of(config: Config, corpus: Corpus, identity: str, device: torch.device) -> dict[str, Any]:
    """Where the model comes from, the same wherever it is trained with the same versions: data, seed, threads."""
    return {
        "identity": identity,
        "data": data_of(corpus),
        "seed": config.training.seed,
        "threads": config.training.threads,
        "device": device.type,
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """The versions of Python and of the packages that compute in a training, those that are installed."""
    installed = {name: version(name) for name in _PACKAGES if find_spec(name) is not None}
    return {"python": platform.python_version(), **installed}


def machine_of(device: torch.device) -> dict[str, str]:
    """What the order of sums may hang on: platform, processor, the instructions that torch uses, and the GPU, if any.

    >>> list(machine_of(torch.device("cpu")))
    ['platform', 'processor', 'instructions']
    """
    facts = {
        "platform": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
    }
    return facts | ({"gpu": torch.cuda.get_device_name(device)} if device.type == "cuda" else {})


def _processor() -> str:
    """The name of the processor, which Linux alone tells in a file."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or "unknown"
