"""A long text of the synthetic corpus, a sentence a line."""

from __future__ import annotations

from pathlib import Path

from benchmarks.speed.synthetic import write_tokens


def measure(path: str, tokens: int) -> dict[str, object]:
    """Write it."""
    write_tokens(Path(path), tokens, seed=tokens)
    return {}
