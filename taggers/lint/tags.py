"""Tags against their scheme: those of another one, those that stand where they may not, splits that follow another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from taggers.data.legality import count_tags, suspects
from taggers.lint.annotated import Annotated
from taggers.lint.findings import Finding, Place, shown
from taggers.lint.spelling import alike
from taggers.text.detection import detect_scheme, judge
from taggers.text.schemes import PLAIN, belongs, is_span_tag, violations
from taggers.text.wording import counted


def mixed_schemes(data: Annotated) -> Iterator[Finding]:
    """The splits that another scheme fits better than that of the whole."""
    for number, name in enumerate(data.splits if data.layer is not None and data.scheme is not PLAIN else ()):
        part = data.select(number)
        if not len(part):
            continue
        counts = count_tags(part, data.layer or "")
        found, broken = detect_scheme(counts), judge(counts, data.scheme).violations
        if found.violations < broken:
            said = f"{name} follows {found.scheme.name}; {counted(broken, 'tag')} of it would break {data.scheme.name}"
            first = int((data.split == number).argmax())
            yield Finding("mixed-schemes", said, (data.place(first),), weight=broken)


def foreign_tags(data: Annotated) -> Iterator[Finding]:
    """The tags that the scheme does not know, each with what it may have been meant to be."""
    if data.layer is None:
        return
    column = data.sentences.columns[data.layer]
    strangers = [number for number, tag in enumerate(column.values) if not belongs(tag, data.scheme)]
    own = [tag for tag in column.values if belongs(tag, data.scheme)]
    for number, positions in data.positions_of(column, strangers).items():
        tag = column.values[number]
        likely = () if is_span_tag(tag) else own  # of another scheme it is no slip
        meant = next((f"; did you mean {shown(known)}?" for known in likely if alike(tag, known)), "")
        places = tuple(map(data.place_of, positions))
        said = f"'{shown(tag)}', expected {data.scheme.expected} ({data.scheme.name}){meant}"
        yield Finding("foreign-tag", said, places, weight=len(places))


def misplaced_tags(data: Annotated) -> Iterator[Finding]:
    """The tags of the scheme that break it, a finding for each pair of neighbours that may not be."""
    if data.layer is None:
        return
    found: dict[tuple[str, str], list[Place]] = {}
    for number in suspects(data.sentences, data.layer, data.scheme, count_tags(data.sentences, data.layer)).tolist():
        tags = data.sentences[number].layers[data.layer]
        for position in violations(tags, data.scheme):
            if position == len(tags):
                found.setdefault((tags[-1], "at the end"), []).append(data.place(number, position - 1))
            elif belongs(tags[position], data.scheme):
                before = f"after {tags[position - 1]}" if position else "at the start"
                found.setdefault((tags[position], before), []).append(data.place(number, position))
    yield from _misplaced(found, data.scheme.name)


def _misplaced(found: Mapping[tuple[str, str], list[Place]], scheme: str) -> Iterator[Finding]:
    for (tag, where), places in found.items():
        said = f"{shown(tag)} {shown(where)}, which {scheme} does not know"
        yield Finding("violation", said, tuple(places), weight=len(places))
