"""Time and memory of loading a corpus of ten million tokens: TAGGERS_DATA=... python -m benchmarks.loading

The corpus is made of raw_english, a sentence of 60 tokens at the most, one token a line with a tag beside it. Memory is
the peak of the process above what it held before loading, as Linux counts it; characters included.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import click

from benchmarks.accuracy import RESULTS
from benchmarks.machine import machine
from taggers import Corpus
from taggers.data.indexer import Indexer

TOKENS = 10_000_000


@click.command()
@click.option("--tokens", default=TOKENS, show_default=True)
def main(tokens: int) -> None:
    """Make the corpus, load it, index it, and write what that took to benchmarks/results/loading.json."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "corpus.tsv"
        with path.open("w", encoding="utf-8") as file:
            for line in lines(Path(os.environ["TAGGERS_DATA"]) / "raw_english", tokens):
                file.write(line)
        before, started, worked = resident("VmRSS"), time.perf_counter(), time.process_time()
        corpus = Corpus.read(path)
        seconds, busy = time.perf_counter() - started, time.process_time() - worked
        Indexer.build(corpus.train).index(corpus.train)
        peak = resident("VmHWM") - before
    number = sum(map(len, corpus.train))
    result = {
        "tokens": number,
        "sentences": len(corpus.train),
        "seconds": round(seconds, 1),
        "processor_seconds": round(busy, 1),
        "peak_bytes_per_token": round(peak / number, 2),
        "machine": machine(),
    }
    (RESULTS / "loading.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    click.echo(json.dumps(result))


def lines(folder: Path, most: int) -> Iterator[str]:
    """Sentences of tokens and tags, from the files in turn until there are enough."""
    written = 0
    while written < most:
        for path in sorted(folder.glob("*.gz")):
            with gzip.open(path, "rt", encoding="utf-8") as text:
                for line in text:
                    tokens = re.findall(r"\w+|[^\w\s]", line)
                    for start in range(0, len(tokens), 60):
                        some = tokens[start : start + 60]
                        yield "".join(f"{t}\t{'B-X' if t.istitle() else 'O'}\n" for t in some) + "\n"
                        written += len(some)
                    if written >= most:
                        return


def resident(field: str) -> int:
    """Bytes of memory that this process holds (VmRSS), or has held at the most (VmHWM)."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    found = re.search(rf"^{field}:\s+(\d+) kB$", status, re.MULTILINE)
    assert found is not None
    return 1024 * int(found[1])


if __name__ == "__main__":
    main()
