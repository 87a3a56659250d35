"""The counts and the report of the CoNLL scorer, conlleval, as its script of 2004 gives them, to the letter.

It knows the prefixes B, I, E and O (and `[`, `]`, `.` of older files); any other goes on with a chunk of its label, so
that of `S-PER S-PER` it makes one chunk. The lenient scores of the project are the same but for that.
Source: Tjong Kim Sang 2000, conlleval of 2004-01-26.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

from taggers.metrics.spans import PRF
from taggers.text.schemes import OUTSIDE, Tag
from taggers.text.wording import escaped

_STARTS = {("B", "B"), ("I", "B"), ("O", "B"), ("O", "I"), ("E", "E"), ("E", "I"), ("O", "E")}
_ENDS = {("B", "B"), ("B", "O"), ("I", "B"), ("I", "O"), ("E", "E"), ("E", "I"), ("E", "O")}
_OUTSIDES = {"O", "."}
_SINGLES = {"[", "]"}  # chunks of one token


@dataclass(frozen=True, slots=True)
class ConllCounts:
    """What conlleval counts: tokens, those with the right tag, and for each label the chunks of either side and those
    of both; a label stands only where it has some.
    """

    tokens: int
    right_tags: int
    gold: Mapping[str, int]
    predicted: Mapping[str, int]
    correct: Mapping[str, int]

    @property
    def accuracy(self) -> float:
        """The share of tokens whose tag is right, between 0 and 1; 0 where there is none."""
        return self.right_tags / self.tokens if self.tokens else 0.0

    @property
    def overall(self) -> PRF:
        """The scores over all chunks."""
        return PRF.of(*(sum(side.values()) for side in (self.gold, self.predicted, self.correct)))

    @property
    def by_label(self) -> dict[str, PRF]:
        """The scores of each label, in sorted order."""
        labels = sorted(self.gold.keys() | self.predicted.keys())
        return {x: PRF.of(self.gold.get(x, 0), self.predicted.get(x, 0), self.correct.get(x, 0)) for x in labels}

    def to_json(self) -> dict[str, Any]:
        """The counts as plain dicts.

        >>> count_as_conlleval([["B-PER", "O"]], [["B-PER", "O"]]).to_json()["correct"]
        {'PER': 1}
        """
        return {
            "tokens": self.tokens,
            "right_tags": self.right_tags,
            "gold": dict(self.gold),
            "predicted": dict(self.predicted),
            "correct": dict(self.correct),
        }

    def to_text(self) -> str:
        """What the script prints, without the last line break.

        >>> print(count_as_conlleval([["B-PER", "I-PER", "O", "B-LOC"]], [["B-PER", "I-PER", "O", "O"]]).to_text())
        processed 4 tokens with 2 phrases; found: 1 phrases; correct: 1.
        accuracy:  75.00%; precision: 100.00%; recall:  50.00%; FB1:  66.67
                      LOC: precision:   0.00%; recall:   0.00%; FB1:   0.00  0
                      PER: precision: 100.00%; recall: 100.00%; FB1: 100.00  1
        """
        overall = self.overall
        lines = [
            f"processed {self.tokens} tokens with {overall.gold} phrases; found: {overall.predicted} phrases; "
            f"correct: {overall.correct}."
        ]
        if self.tokens:
            lines.append(f"accuracy: {100 * self.right_tags / self.tokens:6.2f}%; {_figures(overall)}")
        for label, prf in self.by_label.items():
            # The script counts bytes where it pads, and names an empty label once for each side that has it.
            width = max(0, 17 - len(label.encode()))
            line = f"{' ' * width}{escaped(label)}: {_figures(prf)}  {prf.predicted}"
            lines += [line] * (1 if label else (prf.gold > 0) + (prf.predicted > 0))
        return "\n".join(lines)


def _figures(prf: PRF) -> str:
    """Percentages by the script's own steps: other steps may round to another last digit."""
    precision = 100 * prf.correct / prf.predicted if prf.predicted else 0.0
    recall = 100 * prf.correct / prf.gold if prf.gold else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return f"precision: {precision:6.2f}%; recall: {recall:6.2f}%; FB1: {f1:6.2f}"


class _Step(NamedTuple):
    """From one token, with the label `left`, to the next, whose tag is `tag`: a chunk ends between them, one starts."""

    ends: bool
    starts: bool
    left: str
    tag: Tag


def count_as_conlleval(gold: Iterable[Sequence[str]], predicted: Iterable[Sequence[str]]) -> ConllCounts:
    """Count as the script does, sentence by sentence, tags in the usual letters.

    Raises ValueError where a sentence has not as many tags on both sides.

    >>> count_as_conlleval([["S-X", "S-X"]], [["S-X", "S-X"]]).overall.gold
    1
    """
    tokens = right_tags = 0
    wanted: Counter[str] = Counter()
    found: Counter[str] = Counter()
    right: Counter[str] = Counter()
    edge = (OUTSIDE,)
    agree = False  # a chunk that starts alike on both sides has not yet ended, nor differed
    for gold_tags, predicted_tags in zip(gold, predicted, strict=True):
        before = before_guess = OUTSIDE
        tokens += len(gold_tags)
        for tag, guess in zip(chain(gold_tags, edge), chain(predicted_tags, edge), strict=True):
            if tag == guess == before == before_guess == OUTSIDE:
                right_tags += 1
                continue
            step, guessed = _step(before, tag), _step(before_guess, guess)
            same_label = step.tag.label == guessed.tag.label
            if agree and step.ends and guessed.ends:
                right[step.left] += 1
                agree = False
            elif agree and (step.ends != guessed.ends or not same_label):
                agree = False
            if step.starts:
                wanted[step.tag.label] += 1
            if guessed.starts:
                found[guessed.tag.label] += 1
            if step.starts and guessed.starts and same_label:
                agree = True
            right_tags += step.tag == guessed.tag
            before, before_guess = tag, guess
        right_tags -= 1  # the edge, which is no token
    right[""] += agree  # the script knows no end of a strange prefix without a label
    return ConllCounts(tokens, right_tags, _sorted(wanted), _sorted(found), _sorted(right))


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return {label: count for label, count in sorted(counts.items()) if count}


@lru_cache(maxsize=65_536)
def _step(before: str, after: str) -> _Step:
    left, right = _parse(before), _parse(after)
    prefixes, differ = (left.prefix, right.prefix), left.label != right.label
    ends = prefixes in _ENDS or (left.prefix not in _OUTSIDES and differ) or left.prefix in _SINGLES
    starts = prefixes in _STARTS or (right.prefix not in _OUTSIDES and differ) or right.prefix in _SINGLES
    return _Step(ends, starts, left.label, right)


def _parse(tag: str) -> Tag:
    """Split at the first hyphen; `0`, which Perl takes for false, is no label."""
    prefix, _, label = tag.partition("-")
    return Tag(prefix, "" if label == "0" else label)
