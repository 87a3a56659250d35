"""How well a language model predicts a text: perplexity of a symbol, bits of a character."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import Any

# What names one of the code points of Unicode; a symbol that training has not seen is spelt out in them.
_SPELLING = math.log2(0x110000)
_MOST = math.log(sys.float_info.max)  # nats


@dataclass(frozen=True, slots=True)
class LanguageScores:
    """The surprise at a text, in `nats`, over all its `symbols`, and the `characters` that these stand for.

    An end of sentence is a symbol and a character, as is the blank between two words. Of the symbols `unknown` were not
    known to the model, of `unknown_characters` in all: its surprise at them is that at the unknown symbol.

    >>> scores = LanguageScores(nats=20 * math.log(8), symbols=20, characters=60)
    >>> round(scores.perplexity, 6), round(scores.bits_per_character, 6)
    (8.0, 1.0)
    """

    nats: float
    symbols: int
    characters: int
    unknown: int = 0
    unknown_characters: int = 0

    @property
    def perplexity(self) -> float:
        """To how many symbols of like chances the model's doubt comes down, by geometric mean; inf beyond a float."""
        nats = self.nats / self.symbols
        return math.exp(nats) if nats <= _MOST else math.inf

    @property
    def bits_per_character(self) -> float:
        """What the text would take, coded by the model, unknown symbols spelt out in code points of 20.09 bits each.

        So that models of characters and of words compare with each other and with compressors.
        """
        return (self.nats / math.log(2.0) + _SPELLING * self.unknown_characters) / self.characters

    @property
    def headline(self) -> float:
        """The score that models are chosen by, from 0 to 1: the geometric mean of the probabilities of the symbols."""
        return math.exp(-self.nats / self.symbols)

    @property
    def headline_name(self) -> str:
        """What the headline is."""
        return "mean probability of a symbol"

    def to_json(self) -> dict[str, Any]:
        """The scores as plain values, those beyond a float, which JSON has no number for, as None."""
        return {
            "perplexity": self.perplexity if math.isfinite(self.perplexity) else None,
            "bits_per_character": self.bits_per_character,
            "mean_probability": self.headline,
            "nats": self.nats,
            "symbols": self.symbols,
            "characters": self.characters,
            "unknown": self.unknown,
            "unknown_characters": self.unknown_characters,
        }

    def to_table(self) -> str:
        """The scores as lines of text.

        >>> print(LanguageScores(nats=20 * math.log(8), symbols=20, characters=60, unknown=1).to_table())
        perplexity of a symbol    8.000
        bits per character        1.000
        symbols                      20  (unknown 5.00 %)
        characters                   60
        """
        unknown = f"  (unknown {100 * self.unknown / self.symbols:.2f} %)" if self.unknown else ""
        return "\n".join(
            [
                f"perplexity of a symbol {self.perplexity:>8,.3f}",
                f"bits per character     {self.bits_per_character:>8.3f}",
                f"symbols            {self.symbols:>12,}{unknown}",
                f"characters         {self.characters:>12,}",
            ]
        )
