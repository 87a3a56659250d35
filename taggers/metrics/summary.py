"""The main figures of scores, of whatever task, read from their JSON."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Protocol


class AnyScores(Protocol):
    """What scores of every task have."""

    @property
    def headline(self) -> float:
        """The score that models are chosen by, higher where it is better."""

    @property
    def headline_name(self) -> str:
        """What the headline is."""

    def to_json(self) -> dict[str, Any]:
        """The scores as plain dicts."""

    def to_table(self) -> str:
        """The scores as lines of text."""


# Of each kind of scores a key that only it has, and the places of its main figures by their names.
_KINDS: dict[str, dict[str, tuple[str, ...]]] = {
    "lenient": {
        "lenient F1": ("lenient", "overall", "f1"),
        "strict F1": ("strict", "overall", "f1"),
        "precision": ("lenient", "overall", "precision"),
        "recall": ("lenient", "overall", "recall"),
        "accuracy": ("accuracy",),
        "accuracy, unknown words": ("unknown_accuracy",),
    },
    "confusions": {
        "accuracy": ("accuracy",),
        "macro F1": ("macro_f1",),
        "micro F1": ("micro", "f1"),
    },
    "error_rate": {
        "accuracy": ("accuracy",),
        "accuracy, unknown words": ("unknown_accuracy",),
        "symbol error rate": ("error_rate",),
    },
    "perplexity": {
        "perplexity": ("perplexity",),
        "bits per character": ("bits_per_character",),
    },
}


def summary(values: Mapping[str, Any]) -> dict[str, float | None]:
    """The main figures by name, None for one that these scores do not have.

    Raises LookupError or TypeError where the values are no scores.

    >>> summary({"lenient": None, "strict": None, "accuracy": 0.5, "unknown_accuracy": None})["accuracy"]
    0.5
    """
    kind = next((key for key in _KINDS if key in values), None)
    if kind is None:
        raise LookupError(f"scores: expected one of {', '.join(_KINDS)}, found {', '.join(values) or 'nothing'}")
    figures = {name: _at(values, path) for name, path in _KINDS[kind].items()}
    for name, figure in figures.items():
        if not isinstance(figure, float | None):
            raise TypeError(f"{name}: expected a number, found {figure!r}")
    return figures


def main_places(figures: Collection[tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The main figures among some, by name: their places in JSON.

    >>> main_places([("accuracy",), ("by_tag", "DET", "f1")])
    {'accuracy': ('accuracy',)}
    """
    kinds = [{name: place for name, place in kind.items() if place in figures} for kind in _KINDS.values()]
    return max(kinds, key=len)


def main_intervals(values: Mapping[str, Any]) -> dict[str, tuple[float, float] | None]:
    """The intervals of the main figures by name, None for one that has none.

    >>> found = {"accuracy": 0.5, "intervals": {"accuracy": [0.25, 0.75]}}
    >>> main_intervals({"lenient": None, "strict": None, "unknown_accuracy": None, **found})["accuracy"]
    (0.25, 0.75)
    """
    found: dict[str, tuple[float, float] | None] = {}
    for name in summary(values):
        kind = next(key for key in _KINDS if key in values)
        try:
            low, high = _at(values["intervals"], _KINDS[kind][name])
            found[name] = (float(low), float(high))
        except (LookupError, TypeError, ValueError):  # scores of before, or without numbers
            found[name] = None
    return found


def _at(values: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        if values is None:
            return None
        values = values[key]
    return values


def summaries(scores: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, float | None]]]:
    """The main figures of each split, those of its further layers after it.

    >>> plain = {"lenient": None, "strict": None, "accuracy": 0.5, "unknown_accuracy": None}
    >>> [name for name, _ in summaries({"dev": {**plain, "further": {"upos": plain}}})]
    ['dev', 'dev, upos']
    """
    for name, values in layers(scores):
        yield name, summary(values)


def layers(scores: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The scores of each split, those of its further layers after it."""
    for split, values in scores.items():
        yield split, values
        for layer, others in values.get("further", {}).items():
            yield f"{split}, {layer}", others


_NO_SHARES = _KINDS["perplexity"].keys()


def shown(name: str, figure: float | None) -> str:
    """A figure in percent, where it is a share, or a dash.

    >>> shown("accuracy", 0.5), shown("accuracy", None), shown("perplexity", 3.25)
    ('50.00', '-', '3.250')
    """
    if figure is None:
        return "-"
    return f"{figure:.3f}" if name in _NO_SHARES else f"{100 * figure:.2f}"


def between(name: str, interval: tuple[float, float] | None) -> str:
    """The interval of a figure in brackets, or nothing.

    >>> between("accuracy", (0.25, 0.5)), between("accuracy", None)
    (' (25.00 to 50.00)', '')
    """
    return "" if interval is None else f" ({' to '.join(shown(name, bound) for bound in interval)})"
