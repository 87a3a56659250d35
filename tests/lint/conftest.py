"""Annotated sentences written as `Ada/B-PER slept/O`, a line each."""

from __future__ import annotations

import pytest

from taggers.lint import Annotated, Finding
from taggers.lint.interface import CHECKS
from taggers.text import Sentence, Source
from taggers.text.schemes import Scheme

# Clean: nothing of it is like anything else of it.
CLEAN = """
Ada/B-PER Obi/I-PER flew/O from/O Lagos/B-LOC to/O Lima/B-LOC ./O
The/O tide/O rose/O while/O Emre/B-PER slept/O near/O Oslo/B-LOC ./O
Nobody/O at/O all/O had/O seen/O Rosa/B-PER leave/O ,/O had/O they/O ?/O
"""


def sentences(text: str, name: str = "train") -> list[Sentence]:
    """The sentences of some lines; each begins at the line of the number that it has, times 100."""
    read = []
    for number, line in enumerate(filter(None, text.splitlines()), start=1):
        tokens, tags = zip(*(word.rsplit("/", 1) for word in line.split(" ")), strict=True)
        read.append(Sentence(tokens, {"ner": tags}, source=Source(f"{name}.conll", 100 * number)))
    return read


def annotated(train: str, dev: str = "", test: str = "", scheme: Scheme | None = None) -> Annotated:
    """Three splits of lines."""
    splits = {"train": sentences(train), "dev": sentences(dev, "dev"), "test": sentences(test, "test")}
    return Annotated.of(splits, "ner", scheme)


def found(data: Annotated, *kinds: str) -> list[Finding]:
    """All findings, of all checks, of some kinds or of any."""
    every = [finding for check in CHECKS for finding in check(data)]
    return [finding for finding in every if not kinds or finding.kind in kinds]


def places(finding: Finding) -> list[str]:
    """The places of a finding in short."""
    return [str(place).replace(".conll", "") for place in finding.places]


def told(data: Annotated, *kinds: str) -> list[tuple[str, str, list[str]]]:
    """Kind, message and places of each finding."""
    return [(finding.kind, finding.message, places(finding)) for finding in found(data, *kinds)]


@pytest.fixture
def clean() -> Annotated:
    """Data without a fault."""
    return annotated(CLEAN)
