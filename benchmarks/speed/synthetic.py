"""A corpus with the lengths of news, made by rule and seed: Zipfian words, spans of four labels that can be learnt.

Lengths are log-normal, 14.5 tokens on average and 113 at the most, so that few sentences make the long tail of news.
Words are spelt in syllables, frequent ones short. Each label has name endings and words that announce it; one name in
six is of no label's own spelling, so that only what stands before it tells, and often nothing does: no model is perfect
on it. New words and names go on appearing, however long the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

LABELS = ("LOC", "MISC", "ORG", "PER")
MEAN, SPREAD, LONGEST = 14.5, 0.72, 113  # tokens of a sentence; the spread is that of the logarithm
_WORDS, _NAMES = 400_000, 40_000  # ranks that can be drawn
_NAME, _CUED, _SHARED, _CAPITAL, _COMMA = 0.135, 0.5, 0.17, 0.03, 0.05  # chances, per token, span, span, word, word
_RIMES = ("a", "e", "an", "el", "ain", "ol", "ist", "or", "ou", "ing")
_SYLLABLES = [consonant + rime for consonant in "bcdfghjklmnprstvwz" for rime in _RIMES]
_ENDINGS = {"LOC": ("burg", "ton", "land", "mar"), "MISC": ("ish", "ese", "ic", "ian"),
            "ORG": ("corp", "tek", "com", "bank"), "PER": ("ov", "sen", "ez", "elli")}  # fmt: skip
_CUES = {label: tuple(range(20 + 12 * i, 32 + 12 * i)) for i, label in enumerate(LABELS)}  # ranks of words
_BLOCK = 1 << 16


@dataclass(frozen=True)
class Made:
    """A sentence and its tags, in IOB2."""

    tokens: list[str]
    tags: list[str]


def word(rank: int) -> str:
    """The word of a rank, different for each; the lower the rank, the shorter.

    >>> word(0), word(89), word(180), word(9000)
    ('ba', 'ling', 'baba', 'gingba')
    """
    spelt = ""
    rank += 1
    while rank:
        rank, digit = divmod(rank - 1, len(_SYLLABLES))
        spelt = _SYLLABLES[digit] + spelt
    return spelt


def name(rank: int, ending: str) -> str:
    """A name, capitalised.

    >>> name(200, "burg")
    'Badaburg'
    """
    return (word(rank) + ending).capitalize()


def sentences(tokens: int, seed: int) -> Iterator[Made]:
    """Sentences until they hold that many tokens; the same ones for the same seed."""
    rng = np.random.default_rng(seed)
    words, names = _zipf(rng, _WORDS, 1.25), _zipf(rng, _NAMES, 1.2)
    chances = _uniform(rng)
    written = 0
    while written < tokens:
        # The mean of a log-normal distribution lies half its variance above the median.
        for length in rng.lognormal(np.log(MEAN) - SPREAD**2 / 2, SPREAD, 256).tolist():
            made = _sentence(max(1, min(round(length), LONGEST)), words, names, chances)
            yield made
            written += len(made.tokens)
            if written >= tokens:
                return


def _sentence(length: int, words: Iterator[int], names: Iterator[int], chances: Iterator[float]) -> Made:
    tokens: list[str] = []
    tags: list[str] = []
    while len(tokens) < length - 1:
        if next(chances) < _NAME:
            _add_span(tokens, tags, length - 1, names, chances)
            continue
        chance = next(chances)
        spelt = "," if chance < _COMMA and tokens else word(next(words))
        tokens.append(spelt.capitalize() if chance > 1 - _CAPITAL else spelt)
        tags.append("O")
    tokens.append(".")
    tags.append("O")
    if tags[0] == "O":
        tokens[0] = tokens[0].capitalize()
    return Made(tokens, tags)


def _add_span(tokens: list[str], tags: list[str], end: int, names: Iterator[int], chances: Iterator[float]) -> None:
    """A span of one to three names of one label, with a word before it that announces the label, if there is room."""
    label = LABELS[int(next(chances) * len(LABELS))]
    if next(chances) < _CUED and len(tokens) + 1 < end:
        cues = _CUES[label]
        tokens.append(word(cues[int(next(chances) * len(cues))]))
        tags.append("O")
    shared = next(chances) < _SHARED
    endings = ("", "na", "ra") if shared else _ENDINGS[label]
    size = min(1 + int(next(chances) ** 2 * 3), end - len(tokens))
    for i in range(size):
        tokens.append(name(next(names), endings[int(next(chances) * len(endings))]))
        tags.append(("I-" if i else "B-") + label)


def _zipf(rng: np.random.Generator, ranks: int, exponent: float) -> Iterator[int]:
    """Ranks, each drawn in proportion to 1 / (rank + 2.7) ** exponent (Mandelbrot's form of Zipf's law)."""
    summed: NDArray[np.float64] = np.cumsum((np.arange(ranks) + 2.7) ** -exponent)
    while True:
        yield from np.searchsorted(summed, rng.random(_BLOCK) * summed[-1]).tolist()


def _uniform(rng: np.random.Generator) -> Iterator[float]:
    while True:
        yield from rng.random(_BLOCK).tolist()


def write_columns(path: Path, tokens: int, seed: int) -> None:
    """A file of tokens and tags, a token a line."""
    with path.open("w", encoding="utf-8") as file:
        for made in sentences(tokens, seed):
            file.writelines(f"{t}\t{tag}\n" for t, tag in zip(made.tokens, made.tags, strict=True))
            file.write("\n")


def write_tokens(path: Path, tokens: int, seed: int) -> None:
    """A file of tokens, a sentence a line."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(" ".join(made.tokens) + "\n" for made in sentences(tokens, seed))
