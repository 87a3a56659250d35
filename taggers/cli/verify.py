"""`tagger verify`: the files of corpora against what their cards say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from taggers.cli.options import print_json
from taggers.corpus_card import folder_of, load_card
from taggers.errors import ConfigError, TaggerError
from taggers.text.wording import counted
from taggers.verification import Verified, verify_corpus

CARDS = Path(__file__).parents[2] / "configs" / "corpora"


@click.command(short_help="Hold the files of corpora against their cards.")
@click.argument("places", nargs=-1, metavar="[FOLDER|CARD]...", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each file.")
def command(places: tuple[Path, ...], as_json: bool) -> None:
    """Check hash, size, encoding, layers, tag scheme and counts of every file that a card names, a line for each.

    A FOLDER holds a card.toml. Without any, all cards in configs/corpora are checked whose files are there. The exit
    code is 2 where a file differs from its card.
    """
    number = different = 0
    for place in places or _there():
        for file in verify_corpus(place):
            number += 1
            different += bool(file.differences)
            if as_json:
                print_json(_values(file), indent=None)
            else:
                click.echo(_line(file))
    if different:
        raise TaggerError(f"{different} of {counted(number, 'file')} differ from what the card says")


def _there() -> Iterator[Path]:
    """The cards of the checkout whose folders are there; what is passed over is said."""
    cards = sorted(CARDS.glob("*.toml"))
    found = 0
    for path in cards:
        try:
            there = folder_of(load_card(path), path).is_dir()
        except ConfigError as fault:
            if "TAGGERS_DATA" not in str(fault):
                raise
            there = False
        if there:
            found += 1
            yield path
        else:
            click.echo(f"{path.stem}: not there", err=True)
    if not found:
        raise TaggerError("no corpus to verify: name a folder or card, or set TAGGERS_DATA to the folder of them")


def _line(file: Verified) -> str:
    if file.differences:
        return f"{file.path}: DIFFERS: {'; '.join(file.differences)}"
    if file.format is None:
        return f"{file.path}: ok (bytes and encoding; nothing reads its format yet)"
    counts = (f"{noun} {number:,}" for noun, number in file.counts.items() if number)
    return f"{file.path}: ok ({', '.join(counts)})"


def _values(file: Verified) -> dict[str, object]:
    return {
        "path": str(file.path),
        "name": file.name,
        "format": file.format,
        **file.counts,
        "differences": file.differences,
    }
