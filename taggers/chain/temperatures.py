"""How sure a chain is of its answers: its scores divided by temperatures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Temperatures:
    """What emissions, and what starts, transitions and ends are divided by before probabilities are read from them.

    Above 1 the model is less sure than its scores say, below 1 surer.
    """

    emissions: float = 1.0
    transitions: float = 1.0
