"""What the readers of files say: where they stop, and what they could not take as it stood."""

from __future__ import annotations

from collections.abc import Iterator

from taggers.lint.annotated import Annotated
from taggers.lint.findings import Finding, Place, spelt


def faults(data: Annotated) -> Iterator[Finding]:
    """The lines at which the reading of a file ended."""
    for place, fault in data.faults:
        yield Finding("unreadable", spelt(str(fault).removeprefix(f"{place}: ")), (place,))


def notes(data: Annotated) -> Iterator[Finding]:
    """What readers noted of sentences: a finding for each kind of note, with the words of the first case."""
    places: dict[str, list[Place]] = {}
    first: dict[str, str] = {}
    for place, note in data.notes:
        places.setdefault(note.kind, []).append(place)
        first.setdefault(note.kind, spelt(note.line).removeprefix(f"{place}: "))
    for kind, found in places.items():
        yield Finding("changed", f"{kind}: {first[kind]}", tuple(found), weight=len(found))
