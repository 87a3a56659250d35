"""The same sentence more than once: within a split, in several, and annotated in different ways."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from taggers.lint.annotated import Annotated
from taggers.lint.findings import Finding, quoted, shown
from taggers.text import Span
from taggers.text.wording import counted

_NAMED = 4  # spans of an annotation that are named


def repeated(data: Annotated) -> Iterator[Finding]:
    """The sentences that several splits hold, and those that one holds more than once."""
    for numbers in data.copies:
        if len(numbers) > 1:
            tokens = data.tokens[numbers[0]]
            kind = "duplicate" if len({int(data.split[number]) for number in numbers}) == 1 else "leak"
            said = f"{quoted(tokens)}, {counted(len(numbers), 'time')}"
            # A long sentence that occurs again is a worse sign than a greeting that does.
            yield Finding(kind, said, tuple(map(data.place, numbers)), weight=len(tokens))


Annotation = tuple[str | None, tuple[Span, ...]]  # the label of the sentence, and its spans


def contradictions(data: Annotated) -> Iterator[Finding]:
    """The sentences whose copies have other spans or another label; the rarer annotations stand last."""
    for numbers in () if data.several_answers else data.copies:
        ways: dict[Annotation, list[int]] = {}
        for number in numbers if len(numbers) > 1 else ():
            ways.setdefault((data.sentences.labels[number], data.spans[number]), []).append(number)
        if len(ways) > 1:
            ranked = sorted(ways.items(), key=lambda way: -len(way[1]))
            tokens = data.tokens[numbers[0]]
            shared = set.intersection(*(set(spans) for (_, spans), _ in ranked))
            one_label = len({label for (label, _), _ in ranked}) == 1
            described = "; ".join(
                f"{counted(len(some), 'time')} {_described(tokens, way, shared, one_label)}" for way, some in ranked
            )
            places = tuple(data.place(number) for _, some in ranked for number in some)
            yield Finding("contradiction", f"{quoted(tokens)}: {described}", places, weight=len(places))


def _described(tokens: Sequence[str], way: Annotation, shared: set[Span], one_label: bool) -> str:
    """What an annotation has that the others have not all."""
    label, spans = way
    own = [span for span in spans if span not in shared]
    named = [f"{shown(' '.join(tokens[s.start : s.end]))} as {shown(s.label)}" for s in own[:_NAMED]]
    said = named + (["..."] if len(own) > _NAMED else [])
    if not one_label:
        said.insert(0, "no label" if label is None else f"label '{shown(label)}'")
    return ", ".join(said) or "without these"
