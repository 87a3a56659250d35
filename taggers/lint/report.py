"""All that was found of some data: counts, leakage, and the findings with the worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from taggers.lint.annotated import Annotated
from taggers.lint.copies import repeated
from taggers.lint.findings import KINDS, Finding, Severity, shown, spelt, worst_first
from taggers.lint.interface import CHECKS
from taggers.lint.near import near_copies
from taggers.text.schemes import PLAIN
from taggers.text.wording import counted

SHOWN = 10  # findings of a kind that are shown where not all are, and places of one
_PLACES = 4
_LABELS = 30


@dataclass(frozen=True)
class Leakage:
    """Of a split of so many sentences, how many stand in an earlier one: as they are, or nearly."""

    sentences: int
    exact: int
    near: int

    @property
    def share(self) -> float:
        """The part that stands in an earlier split, as it is or nearly."""
        return (self.exact + self.near) / self.sentences


@dataclass(frozen=True)
class Split:
    """The size of a split; spans are those of the layer, tokens where its tags are plain."""

    sentences: int
    tokens: int
    spans: int


@dataclass(frozen=True)
class Report:
    """What there is, and what was found, the worst first.

    `labels` are how often each label occurs, by layer ("label" for those of whole sentences), `leaks` the leakage into
    each split but the first.
    """

    splits: dict[str, Split]
    layer: str | None
    scheme: str
    labels: dict[str, dict[str, int]]
    leaks: dict[str, Leakage]
    findings: tuple[Finding, ...]

    def of(self, severity: Severity) -> int:
        """How many findings are that grave."""
        return sum(KINDS[finding.kind].severity == severity for finding in self.findings)

    @property
    def kinds(self) -> dict[str, list[Finding]]:
        """The findings of each kind that has any, in order."""
        found: dict[str, list[Finding]] = {}
        for finding in self.findings:
            found.setdefault(finding.kind, []).append(finding)
        return found

    def to_json(self) -> dict[str, Any]:
        """As plain values, with all findings and places."""
        return {
            "splits": {name: vars(split) for name, split in self.splits.items()},
            "layer": self.layer,
            "scheme": None if self.layer is None else self.scheme,
            "labels": self.labels,
            "leakage": {name: {**vars(leak), "share": leak.share} for name, leak in self.leaks.items()},
            "counts": {kind: len(found) for kind, found in self.kinds.items()},
            "errors": self.of("error"),
            "warnings": self.of("warning"),
            "notes": self.of("note"),
            "findings": [
                {
                    "kind": finding.kind,
                    "severity": KINDS[finding.kind].severity,
                    "message": finding.message,
                    "places": [{"split": p.split, "file": p.path, "line": p.line} for p in finding.places],
                    **finding.facts,
                }
                for finding in self.findings
            ],
        }

    def summary(self) -> Iterator[str]:
        """Lines of what there is, how much of it leaks, and how much was found."""
        spans = "" if self.layer is None or self.scheme == PLAIN.name else "span"
        for name, split in self.splits.items():
            also = f", {counted(split.spans, spans)}" if spans else ""
            yield f"{name}: {counted(split.sentences, 'sentence')}, {counted(split.tokens, 'token')}{also}"
        for layer, labels in self.labels.items():
            often = sorted(labels.items(), key=lambda item: -item[1])
            named = ", ".join(f"{shown(label)} {number:,}" for label, number in often[:_LABELS])
            more = ", ..." if len(often) > _LABELS else ""
            scheme = f"{self.scheme}, " if layer == self.layer else ""
            yield f"{spelt(layer)}: {scheme}{counted(len(often), 'label')}{': ' if named else ''}{named}{more}"
        for name, leak in self.leaks.items():
            said = f"{leak.exact:,} of {counted(leak.sentences, 'sentence')} stand in an earlier split"
            yield f"{name}: {said}, {leak.near:,} more nearly: {leak.share:.1%}"
        found = (counted(self.of(severity), severity) for severity in ("error", "warning", "note"))
        yield f"found: {', '.join(found)}"

    def sections(self, every: bool = False) -> Iterator[tuple[str, list[str], int]]:
        """For each kind its heading, lines for findings, and how many are left out; none with `every`."""
        for kind, found in self.kinds.items():
            chosen = found if every else found[:SHOWN]
            lines = [f"{finding.message}: {_places(finding, every)}" for finding in chosen]
            heading = f"{KINDS[kind].severity}: {kind} ({len(found):,}): {KINDS[kind].meaning}"
            yield heading, lines, len(found) - len(chosen)

    def to_text(self, every: bool = False) -> str:
        """For a terminal: the summary, and some findings of each kind, or `every` one with all its places."""
        lines = list(self.summary())
        for heading, found, left in self.sections(every):
            lines += ["", heading, *(f"  {line}" for line in found)]
            if left:
                lines.append(f"  and {left:,} more (--all)")
        return "\n".join(lines)


def lint(data: Annotated, suspects: Iterable[Finding] = ()) -> Report:
    """Run all checks; `suspects` are what models have found besides.

    >>> from taggers.text import Sentence
    >>> report = lint(Annotated.of({"train": [Sentence(("Ada", "Obi"), {"ner": ("B-PER", "I-LOC")})]}, "ner"))
    >>> [(finding.kind, finding.message) for finding in report.findings][0]
    ('violation', 'I-LOC after B-PER, which IOB2 does not know')
    """
    findings = worst_first((*(finding for check in CHECKS for finding in check(data)), *suspects))
    lengths, spans = data.sentences.lengths, np.fromiter(map(len, data.spans), np.int64, len(data.spans))
    splits: dict[str, Split] = {}
    for number, name in enumerate(data.splits):
        own = data.split == number
        splits[name] = Split(int(own.sum()), int(lengths[own].sum()), int(spans[own].sum()))
    labels = {name: dict(counts) for name, counts in data.labels.items()}
    leaks = _leakage(data, findings)
    return Report(splits, data.layer, data.scheme.name, labels, leaks, tuple(findings))


def find_leaks(data: Annotated) -> dict[str, Leakage]:
    """The leakage into each split but the first, as `lint` finds it among all else.

    >>> from taggers.text import Sentence
    >>> find_leaks(Annotated.of({"train": [Sentence(("Hello",))], "test": [Sentence(("Hello",))]}))
    {'test': Leakage(sentences=1, exact=1, near=0)}
    """
    return _leakage(data, [*repeated(data), *near_copies(data)])


def _leakage(data: Annotated, findings: Sequence[Finding]) -> dict[str, Leakage]:
    exact = _leaked(findings, "leak", data.splits)
    near = _leaked(findings, "near-leak", data.splits) - exact
    number = Counter(data.splits[data.split[sentence]] for sentence in exact)
    nearly = Counter(data.splits[data.split[sentence]] for sentence in near)
    sizes = np.bincount(data.split, minlength=len(data.splits)).tolist()
    later = [(name, size) for name, size in list(zip(data.splits, sizes, strict=True))[1:] if size]
    return {name: Leakage(size, number[name], nearly[name]) for name, size in later}


def _leaked(findings: Sequence[Finding], kind: str, splits: Sequence[str]) -> set[int]:
    """The sentences that findings name in a later split than the first that they name."""
    order = {name: number for number, name in enumerate(splits)}
    found: set[int] = set()
    for finding in findings:
        if finding.kind == kind:
            first = min(order[place.split] for place in finding.places)
            found.update(place.sentence for place in finding.places if order[place.split] > first)
    return found


def _places(finding: Finding, every: bool) -> str:
    different = list(dict.fromkeys(finding.places))  # a line may hold several tokens
    places = different if every else different[:_PLACES]
    more = len(different) - len(places)
    return ", ".join(spelt(str(place)) for place in places) + (f" and {more:,} more" if more else "")
