"""Speed, memory and size of taggers and of its peers: python -m benchmarks.speed [PART ...]

Without a part all are run, one case after another, each in processes of its own held to one core (or to --cores), and
each is written to benchmarks/results/speed/ and docs/performance.md at once: a run that was killed goes on with what is
missing.
"""

from __future__ import annotations

import time
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from benchmarks.speed.page import write_page
from benchmarks.speed.place import Case, Place
from benchmarks.speed.process import ROOT, Clock, Cores
from benchmarks.speed.store import RESULTS, Store

PARTS = ("training", "profile", "tagging", "start", "growth", "crf", "curve", "peers")


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice(PARTS))
@click.option("--cores", default=1, show_default=True, help="Cores, and threads, that what is measured may use.")
@click.option("--device", default="cpu", show_default=True, help="Where ours runs: cpu or cuda.")
@click.option("--only", default="", help="Measure only cases whose names hold this.")
@click.option("--repeats", default=5, show_default=True, help="Measurements that a median is taken of.")
@click.option("--most-tokens", default=10_000_000, show_default=True, help="The longest stream that is tagged.")
@click.option("--limit", default=1800.0, show_default=True, help="Seconds that a peer may train.")
@click.option("--again", is_flag=True, help="Measure cases anew that are there already.")
@click.option("--work", type=click.Path(path_type=Path), default=ROOT / "build" / "speed", help="Corpora and models.")
@click.option("--page-only", is_flag=True, help="Measure nothing, write the tables of what is there.")
def main(
    parts: tuple[str, ...],
    cores: int,
    device: str,
    only: str,
    repeats: int,
    most_tokens: int,
    limit: float,
    again: bool,
    work: Path,
    page_only: bool,
) -> None:
    """Measure PARTS (default: all), and write the page."""
    place = Place(work, Cores.last(cores), device, repeats, most_tokens, limit)
    for part in () if page_only else parts or PARTS:
        kind = "".join([f"-{cores}-cores" if cores > 1 else "", f"-{device}" if device != "cpu" else ""])
        store = Store(RESULTS / f"{part}{kind}.json", rates(place)["machine"])
        for case in import_module(f"benchmarks.speed.parts.{part}").cases(place):
            if only in case.name and (again or case.name not in store):
                store.add(case.name, measured(case, place))
                write_page()
                click.echo(f"{time.strftime('%H:%M:%S')} {part}: {case.name}", err=True)
    if page_only:
        write_page()


def measured(case: Case, place: Place) -> dict[str, Any]:
    """A case's result with the rates of matrix products before it, and how many cores others kept busy meanwhile."""
    found = {name: rate for name, rate in rates(place).items() if name != "machine"}
    clock = Clock.now()
    return {**case.measure(), "rates": found, "others": round(clock.others(), 2), "repeats": place.repeats}


def rates(place: Place) -> dict[str, Any]:
    """The rates of matrix products now, and the machine."""
    return place.cores.inside("gemm", device=place.device)


if __name__ == "__main__":
    main()
