"""How many floating-point operations a model needs for a token: what the rate of matrix products is divided by."""

from __future__ import annotations

from dataclasses import dataclass

LETTERS = 4.4  # characters of a token, on average, in English news


@dataclass(frozen=True)
class Sizes:
    """The sizes of a model with a character CNN and one BiLSTM layer."""

    words: int
    characters: int
    filters: int
    width: int
    hidden: int
    tags: int

    @property
    def forward(self) -> float:
        """Operations for a token, a multiplication and an addition as two, nothing kept from token to token.

        >>> round(STANDARD.forward / 1e6, 2)
        1.17
        """
        convolution = 2 * self.characters * self.width * self.filters * LETTERS
        inputs = 2 * 2 * (self.words + self.filters) * 4 * self.hidden
        recurrent = 2 * 2 * self.hidden * 4 * self.hidden
        return convolution + inputs + recurrent + 2 * 2 * self.hidden * self.tags

    @property
    def training(self) -> float:
        """The same with the gradients of weights and of inputs: three times as many."""
        return 3 * self.forward


STANDARD = Sizes(words=100, characters=30, filters=50, width=3, hidden=200, tags=17)
SMALL = Sizes(words=100, characters=30, filters=50, width=3, hidden=100, tags=17)
PRESETS = {"standard": STANDARD, "small": SMALL}
