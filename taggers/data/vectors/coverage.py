"""How much of a text pretrained vectors know."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Coverage:
    """How many words, each as often as it was counted, are in a store as they are, lower-cased, by parts, or not."""

    exact: int
    lowered: int
    composed: int
    unknown: int

    @property
    def total(self) -> int:
        """All of the words."""
        return self.exact + self.lowered + self.composed + self.unknown

    def report(self) -> str:
        """One line for people.

        >>> Coverage(exact=70, lowered=20, composed=6, unknown=4).report()
        '96.0 % of 100 words have vectors (70.0 % as they are, 20.0 % lower-cased, 6.0 % by parts), 4.0 % have none'
        """
        share = {
            name: f"{100 * number / max(self.total, 1):.1f} %"
            for name, number in [*vars(self).items(), ("known", self.total - self.unknown)]
        }
        return (
            f"{share['known']} of {self.total} words have vectors ({share['exact']} as they are, "
            f"{share['lowered']} lower-cased, {share['composed']} by parts), {share['unknown']} have none"
        )
