"""Long sequences in windows that overlap, so that what is read together does not grow with their length."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Windows:
    """Windows of `length` tokens, of which the share `overlap` is common to each and the next.

    >>> Windows(4, overlap=0.5).over(10)
    [(0, 4), (2, 6), (4, 8), (6, 10)]
    """

    length: int
    overlap: float

    @property
    def shared(self) -> int:
        """Tokens common to a window and the next."""
        return min(int(self.length * self.overlap), self.length - 1)

    def over(self, length: int) -> list[tuple[int, int]]:
        """Start and end of each window over a sequence; the last is as long as the others where there are tokens."""
        starts = list(range(0, max(1, length - self.shared), self.length - self.shared))
        starts[-1] = max(0, length - self.length)
        return [(start, min(start + self.length, length)) for start in starts]
