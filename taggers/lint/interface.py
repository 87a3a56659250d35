"""What a check is: a function from annotated sentences to findings, and the list of all that there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from taggers.lint import characters, copies, near, reading, spelling, surfaces, tags
from taggers.lint.annotated import Annotated
from taggers.lint.findings import Finding


class Check(Protocol):
    """Looks for faults of its kinds, and changes nothing."""

    def __call__(self, data: Annotated, /) -> Iterator[Finding]:
        """The findings, in order of the text."""


CHECKS: tuple[Check, ...] = (
    reading.faults,
    reading.notes,
    tags.mixed_schemes,
    tags.foreign_tags,
    tags.misplaced_tags,
    spelling.similar_labels,
    spelling.rare_labels,
    characters.odd_characters,
    copies.repeated,
    copies.contradictions,
    near.near_copies,
    surfaces.ambiguous,
    surfaces.unlabelled_mentions,
)
