"""Tags looked at as a whole before they are used: which scheme, what breaks it and where, repaired or refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from taggers.errors import TagSchemeError
from taggers.formats.layers import layer_of
from taggers.text import Note, Sentence
from taggers.text.detection import TagCounts, detect_scheme
from taggers.text.partial import (
    SEPARATOR,
    UNKNOWN,
    alive,
    is_partial,
    is_well_formed,
    spread,
    tag_sets,
    unlabelled_unknown,
)
from taggers.text.schemes import (
    PLAIN,
    Scheme,
    belongs,
    convert,
    is_span_tag,
    labels_of,
    repair,
    scheme_tags,
    violations,
)
from taggers.text.wording import counted

OnInvalid = Literal["repair", "refuse"]

_SHOWN = 10  # violations that are listed one by one


@dataclass(frozen=True)
class CheckedTags:
    """Sentences whose tags in a layer follow a scheme, and what had to be repaired for it.

    `shown` describes the first violations, each with file and line; `violations` counts all. `notes` are what the
    reader of the sentences could not take as it stood.
    """

    sentences: tuple[Sentence, ...]
    layer: str
    scheme: Scheme
    violations: int = 0
    shown: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()

    def report(self) -> list[str]:
        """Lines for a person: the scheme, and the violations that were repaired.

        >>> sentence = Sentence(("in", "Oslo"), {"ner": ("O", "I-LOC")})
        >>> for line in check_tags([sentence, Sentence(("Rome",), {"ner": ("B-LOC",)})], "ner").report():
        ...     print(line)
        ner: IOB2, 1 violation repaired (a tag that cannot go on with a span begins one)
          <memory>:2: I-LOC after O
        """
        noted = list(_noted(self.notes))
        if not self.violations:
            return [f"{self.layer}: {self.scheme.name}", *noted]
        rule = "repaired (a tag that cannot go on with a span begins one)"
        more = self.violations - len(self.shown)
        return [
            f"{self.layer}: {self.scheme.name}, {counted(self.violations, 'violation')} {rule}",
            *(f"  {line}" for line in self.shown),
            *([f"  and {more} more"] if more else []),
            *noted,
        ]


def check_tags(
    sentences: Iterable[Sentence],
    layer: str,
    on_invalid: OnInvalid = "repair",
    scheme: Scheme | None = None,
    partial: bool = False,
    counts: TagCounts | None = None,
) -> CheckedTags:
    """Find the scheme of a layer over all sentences (unless it is given), and repair or refuse what breaks it.

    `counts` are those of all tags, where these sentences are but some.

    With `partial`, `?` and `B-LOC|B-ORG` are sets of tags (a span labelled `LOC|ORG` or `?` has such, spelt so here);
    sentences that hold some are never repaired. Raises TagSchemeError, with file and line, for tags of no scheme (of
    another one, in sets), for violations where they are to be refused, for sets with an empty member or with `?` beside
    others, and for sets that no legal tags go through; FormatError where there is no such layer.

    >>> checked = check_tags([Sentence(("Oslo", "now"), {"ner": ("I-LOC", "O")})], "ner")
    >>> checked.scheme.name, checked.violations
    ('IOB1', 0)
    """
    sentences = tuple(_spread(s, layer) for s in sentences) if partial else tuple(sentences)
    if counts is None:
        counts = TagCounts()
        for sentence in sentences:
            tags = layer_of(sentence, layer)
            if partial and is_partial(tags):
                counts.tags.update(choice for tag in tags for choice in _choices(tag))
            else:
                counts.add(tags)
    scheme = scheme or detect_scheme(counts).scheme
    _refuse_strangers(sentences, layer, scheme, partial, {tag for tag in counts.tags if not belongs(tag, scheme)})
    every = _every_tag(counts, scheme)
    checked: list[Sentence] = []
    shown: list[str] = []
    number = 0
    for sentence in sentences:
        tags = sentence.layers[layer]
        if partial and is_partial(tags):
            _check_sets(sentence, tags, every, scheme)
        elif broken := violations(tags, scheme):
            described = _describe(sentence, tags, broken, scheme)
            if on_invalid == "refuse":
                raise _refusal(sentences, layer, scheme, partial)
            shown.extend(line for _, line in zip(range(_SHOWN - len(shown)), described, strict=False))
            number += len(broken)
            sentence = replace(sentence, layers={**sentence.layers, layer: tuple(repair(tags, scheme))})
        checked.append(sentence)
    notes = tuple(note for sentence in sentences for note in sentence.notes)
    return CheckedTags(tuple(checked), layer, scheme, number, tuple(shown), notes)


def _noted(notes: Sequence[Note]) -> Iterator[str]:
    """What readers could not take as it stood: how many cases of each kind, and the first of them."""
    for kind in dict.fromkeys(note.kind for note in notes):
        lines = [note.line for note in notes if note.kind == kind]
        yield f"{kind}: {len(lines):,}"
        yield from (f"  {line}" for line in lines[:_SHOWN])
        if len(lines) > _SHOWN:
            yield f"  and {len(lines) - _SHOWN:,} more"


def respell(sentence: Sentence, layer: str, source: Scheme, target: Scheme) -> Sentence:
    """The sentence with the tags of a layer in another scheme; TagSchemeError where it has no room for a label.

    >>> from taggers.text.schemes import IOB2, IOBES
    >>> respell(Sentence(("Oslo",), {"ner": ("B-LOC",)}), "ner", IOB2, IOBES).layers
    {'ner': ('S-LOC',)}
    """
    try:
        tags = tuple(convert(sentence.layers[layer], target, source))
    except ValueError as fault:
        raise TagSchemeError(*sentence.source, f"{fault}; rename that label, or keep {source.name}") from fault
    return replace(sentence, layers={**sentence.layers, layer: tags})


def forget_outside(checked: CheckedTags) -> CheckedTags:
    """The same with each tag that says outside unknown: spans are known, and all else may be anything.

    Plain tags have none that says outside, and stay.

    >>> checked = check_tags([Sentence(("in", "Oslo", "now"), {"ner": ("O", "B-LOC", "O")})], "ner")
    >>> forget_outside(checked).sentences[0].layers
    {'ner': ('?', 'B-LOC', 'O|B-LOC')}
    """
    if checked.scheme is PLAIN:
        return checked
    layer = checked.layer
    named = {choice for s in checked.sentences for tag in s.layers[layer] for choice in _choices(tag)}
    every = scheme_tags(labels_of(named, checked.scheme), checked.scheme)
    return replace(
        checked,
        sentences=tuple(
            replace(s, layers={**s.layers, layer: tuple(unlabelled_unknown(s.layers[layer], every, checked.scheme))})
            for s in checked.sentences
        ),
    )


def _spread(sentence: Sentence, layer: str) -> Sentence:
    """The sentence with labels that are sets, or unknown, as sets of tags; TagSchemeError where one is malformed."""
    tags = layer_of(sentence, layer)
    if not any(SEPARATOR in tag or UNKNOWN in tag for tag in tags):
        return sentence
    for position, tag in enumerate(tags):
        if not is_well_formed(tag):
            message = f"expected a set such as B-LOC{SEPARATOR}B-ORG, or {UNKNOWN} alone, found {tag!r}; mend it"
            raise TagSchemeError(sentence.source.path, sentence.line_of(position), message)
    return replace(sentence, layers={**sentence.layers, layer: tuple(map(spread, tags))})


def _choices(tag: str) -> Iterator[str]:
    if tag != UNKNOWN:
        yield from tag.split(SEPARATOR)


def _every_tag(counts: TagCounts, scheme: Scheme) -> list[str]:
    return scheme_tags(labels_of(counts.tags, scheme), scheme)


def _refuse_strangers(
    sentences: Sequence[Sentence], layer: str, scheme: Scheme, partial: bool, strangers: set[str]
) -> None:
    """Raise at the first tag that cannot be repaired: of no scheme at all, or in a set and not of this one."""
    hopeless = {tag for tag in strangers if not is_span_tag(tag)}
    for sentence in sentences if strangers else ():
        tags = sentence.layers[layer]
        sets = partial and is_partial(tags)
        wrong = strangers if sets else hopeless
        for position, tag in enumerate(tags):
            if not wrong.isdisjoint(_choices(tag) if sets else (tag,)):
                others = f", one of {len(wrong)} such tags" if len(wrong) > 1 else ""
                unsaid = is_partial([tag]) and not partial
                meant = ", or say that the tags are partial (data.partial=true, in training)" if unsaid else ""
                message = f"expected {scheme.expected} ({scheme.name}), found {tag!r}{others}; mend it{meant}"
                raise TagSchemeError(sentence.source.path, sentence.line_of(position), message)


def _refusal(sentences: Sequence[Sentence], layer: str, scheme: Scheme, partial: bool) -> TagSchemeError:
    """All violations counted, the first named and some more by their place."""
    places: list[tuple[Sentence, int]] = []
    for sentence in sentences:
        tags = sentence.layers[layer]
        if not (partial and is_partial(tags)):
            places.extend((sentence, position) for position in violations(tags, scheme))
    sentence, position = places[0]
    what = _violation(sentence.layers[layer], position, scheme)
    line = sentence.line_of(_within(sentence, position))
    others = [f"{s.source.path}:{s.line_of(_within(s, p))}" for s, p in places[1:_SHOWN]]
    dots = ", ..." if len(places) > _SHOWN else ""
    further = f" ({counted(len(places), 'violation')}; next at {', '.join(others)}{dots})" if others else ""
    return TagSchemeError(
        sentence.source.path, line, f"{what} breaks {scheme.name}{further}; mend it, or repair with --on-invalid repair"
    )


def _check_sets(sentence: Sentence, tags: tuple[str, ...], every: list[str], scheme: Scheme) -> None:
    if not every or all(alive(tag_sets(tags, every), scheme)):  # where no tag is named, that is said elsewhere
        return
    raise TagSchemeError(
        sentence.source.path,
        sentence.source.line,
        f"no legal {scheme.name} tags go through the sets of this sentence; widen one, or write {UNKNOWN}",
    )


def _describe(sentence: Sentence, tags: Sequence[str], broken: Iterable[int], scheme: Scheme) -> Iterator[str]:
    for position in broken:
        line = sentence.line_of(_within(sentence, position))
        yield f"{sentence.source.path}:{line}: {_violation(tags, position, scheme)}"


def _violation(tags: Sequence[str], position: int, scheme: Scheme) -> str:
    if position == len(tags):
        return f"{tags[-1]} unfinished at the end"
    if not belongs(tags[position], scheme):
        return f"{tags[position]}, a tag of another scheme"
    return f"{tags[position]} " + (f"after {tags[position - 1]}" if position else "at the start")


def _within(sentence: Sentence, position: int) -> int:
    return min(position, len(sentence) - 1)
