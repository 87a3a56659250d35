"""Which scheme a file's tags follow, decided over all of them and reported, never guessed from a few."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from taggers.text.schemes import OUTSIDE, PLAIN, SCHEMES, Scheme, is_span_tag, legal, parse_tag


@dataclass
class TagCounts:
    """Counts of tags and of neighbouring pairs (None: the edge of a sentence), all that detection needs to know.

    >>> counts = TagCounts()
    >>> counts.add(["B-PER", "O"])
    >>> counts.tags["O"], counts.pairs[None, "B-PER"]
    (1, 1)
    """

    tags: Counter[str] = field(default_factory=Counter)
    pairs: Counter[tuple[str | None, str | None]] = field(default_factory=Counter)

    def add(self, tags: Sequence[str]) -> None:
        """Count one sentence."""
        edged: list[str | None] = [None, *tags, None]
        self.tags.update(tags)
        self.pairs.update(pairwise(edged))


@dataclass(frozen=True)
class Detection:
    """The scheme found, how many neighbouring pairs break it, and the tags that are none of its own."""

    scheme: Scheme
    violations: int
    strangers: tuple[str, ...] = ()


def detect_scheme(counts: TagCounts) -> Detection:
    """The scheme with the fewest violations among those that know the prefixes seen; ties by the order of SCHEMES.

    Tags are spans where `O` is seen beside a known prefix with a label, or nothing but such prefixes; else plain.

    >>> detect([["I-PER", "I-PER", "O"], ["O", "I-LOC"]]).scheme.name
    'IOB1'
    >>> detect([["DET", "NOUN"]]).scheme.name
    'plain'
    """
    seen = set(counts.tags)
    span_tags = {tag for tag in seen if is_span_tag(tag)}
    if not span_tags or (OUTSIDE not in seen and span_tags != seen):
        return Detection(PLAIN, 0)
    if span_tags == {OUTSIDE} and len(seen) > 1:  # `O` is one plain tag among others, such as a part of speech
        return Detection(PLAIN, 0)
    prefixes = {parse_tag(tag).prefix for tag in span_tags} - {""}
    candidates = [s for s in SCHEMES.values() if s is not PLAIN and prefixes <= set(s.prefixes)]
    if not candidates:  # prefixes of several schemes in one file: the one that knows most of them
        candidates = [max(SCHEMES.values(), key=lambda s: len(prefixes & set(s.prefixes)))]
    counted = [
        (sum(n for (a, b), n in counts.pairs.items() if not legal(scheme, a, b)), order, scheme)
        for order, scheme in enumerate(candidates)
    ]
    least, _, scheme = min(counted, key=lambda item: item[:2])
    strangers = sorted(t for t in seen if not is_span_tag(t) or parse_tag(t).prefix not in {"", *scheme.prefixes})
    return Detection(scheme, least, tuple(strangers))


def detect(sequences: Iterable[Sequence[str]]) -> Detection:
    """`detect_scheme` over the tags of sentences.

    >>> found = detect([["B-PER", "I-PER"], ["B-LOC", "O", "I-PER"]])
    >>> found.scheme.name, found.violations
    ('IOB2', 1)
    """
    counts = TagCounts()
    for tags in sequences:
        counts.add(tags)
    return detect_scheme(counts)
