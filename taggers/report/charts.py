"""Charts as SVG, 360 units wide, so that their text is as large as that around them on the screen of a phone.

Colours are the page's, by class; whatever a chart shows it also says in numbers or in titles.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

from taggers.metrics.intervals import Interval, told
from taggers.text.wording import escaped

WIDTH = 360
_ROW = 40  # units from one bar to the next
_LONGEST = 26  # letters of a name that are shown
_LEFT, _RIGHT, _TOP, _BOTTOM = 36, 14, 16, 34  # around a chart with axes
_CURVE, _DIAGRAM = 210, 300  # their heights
_QUARTERS = ("0", "25", "50", "75", "100")


class Bar(NamedTuple):
    """A score between 0 and 1 with what it is of; `interval` is drawn across its end where there is one."""

    name: str
    value: float
    interval: tuple[float, float] | None = None
    note: str = ""


def percent(share: float) -> str:
    """A share in percent, as charts and tiles have it.

    >>> percent(0.6571)
    '65.7'
    """
    return f"{100 * share:.1f}"


def between(interval: tuple[float, float] | None) -> str:
    """An interval in percent, the empty string for none.

    >>> between((0.6, 0.7)), between(None)
    ('60.0 to 70.0', '')
    """
    return "" if interval is None else told(Interval(*interval))


def bars(title: str, rows: Sequence[Bar]) -> str:
    """A bar for each row, its name and numbers above it.

    >>> bars("F1", [Bar("PER", 0.5)]).count("<rect")
    2
    """
    parts = []
    for number, row in enumerate(rows):
        top = number * _ROW
        ends = f" ({between(row.interval)})" if row.interval else ""
        note = f'<tspan class="soft" dx="6">{escape(row.note)}</tspan>' if row.note else ""
        value = f'{percent(row.value)}<tspan class="soft">{ends}</tspan>'
        parts.append(
            f'<text x="0" y="{top + 15}">{_name(row.name)}{note}</text>'
            f'<text x="{WIDTH}" y="{top + 15}" class="end">{value}</text>'
            f'<rect x="0" y="{top + 22}" width="{WIDTH}" height="8" rx="2" class="track"/>'
            f'<rect x="0" y="{top + 22}" width="{_n(WIDTH * row.value)}" height="8" rx="2" class="bar"/>'
        )
        if row.interval:
            low, high = (_n(WIDTH * bound) for bound in row.interval)
            parts.append(f'<path d="M{low} {top + 26}H{high}M{low} {top + 22}v8M{high} {top + 22}v8" class="whisker"/>')
    return _svg(title, len(rows) * _ROW, parts)


class _Axes(NamedTuple):
    """Where numbers stand in a chart: x from `first` to `last`, y from 0 to `top`."""

    height: int
    first: float
    last: float
    top: float

    def at(self, x: float, y: float) -> tuple[str, str]:
        """The place of a point; a single x stands in the middle."""
        across = (x - self.first) / (self.last - self.first) if self.last > self.first else 0.5
        right = _LEFT + (WIDTH - _LEFT - _RIGHT) * across
        return _n(right), _n(_TOP + (self.height - _TOP - _BOTTOM) * (1 - y / self.top))

    def frame(self, ys: Sequence[str], xs: Mapping[float, str], title: str) -> list[str]:
        """Lines across at even distances from 0 on, with the names of both axes."""
        parts = []
        for number, name in enumerate(ys):
            down = self.at(self.first, self.top * number / (len(ys) - 1))[1]
            parts.append(f'<path d="M{_LEFT} {down}H{WIDTH - _RIGHT}" class="grid"/>')
            parts.append(f'<text x="{_LEFT - 6}" y="{_n(float(down) + 4)}" class="end soft">{name}</text>')
        for x, name in xs.items():
            parts.append(f'<text x="{self.at(x, 0)[0]}" y="{self.height - 18}" class="middle soft">{name}</text>')
        middle = _n((WIDTH + _LEFT - _RIGHT) / 2)
        return [*parts, f'<text x="{middle}" y="{self.height - 3}" class="middle soft">{title}</text>']

    def line(self, points: Sequence[tuple[float, float]]) -> str:
        """A line through points."""
        return f'<polyline points="{" ".join(",".join(self.at(*point)) for point in points)}" class="line"/>'

    def dot(self, x: float, y: float, radius: float, said: str) -> str:
        """A dot that says what it is when it is pointed at."""
        right, down = self.at(x, y)
        return f'<circle cx="{right}" cy="{down}" r="{radius}" class="dot"><title>{said}</title></circle>'


def curve(title: str, points: Sequence[tuple[float, float]], shares: bool, best: int | None = None) -> str:
    """A line through points (epoch, y) from y = 0 on, the axis of y in percent for `shares`; `best` is marked.

    >>> "epoch 2: 50.0" in curve("dev score", [(1, 0.25), (2, 0.5)], shares=True, best=1)
    True
    """

    def said(y: float) -> str:
        return percent(y) if shares else f"{y:.3g}"

    step = 0.25 if shares else _round_step(max(y for _, y in points) / 4)
    axes = _Axes(_CURVE, points[0][0], points[-1][0], 4 * step)
    ys = [f"{100 * step * n:g}" if shares else f"{step * n:g}" for n in range(5)]
    inner = _between(axes.first, axes.last)
    parts = axes.frame(ys, {x: f"{x:g}" for x in (axes.first, *inner, axes.last)}, "epoch")
    parts.append(axes.line(points))
    for number, (x, y) in enumerate(points):
        parts.append(axes.dot(x, y, 4.5 if number == best else 2.5, f"epoch {x:g}: {said(y)}"))
    if best is not None:
        right, down = axes.at(*points[best])
        where = "end" if float(right) > WIDTH - 60 else "middle"
        parts.append(
            f'<text x="{right}" y="{_n(float(down) - 8)}" class="{where} strong">{said(points[best][1])}</text>'
        )
    return _svg(title, axes.height, parts)


def diagram(title: str, bins: Sequence[Mapping[str, Any]]) -> str:
    """How often what is so sure is right: a dot for each bin, on the dashed line where both are equal.

    >>> "confidence 80.0, right 70.0, of 10" in diagram("spans", [{"number": 10, "confidence": 0.8, "right": 0.7}])
    True
    """
    axes = _Axes(_DIAGRAM, 0.0, 1.0, 1.0)
    parts = axes.frame(_QUARTERS, {n / 4: name for n, name in enumerate(_QUARTERS)}, "confidence, %")
    parts.append(f'<text x="{_LEFT + 6}" y="{_TOP + 16}" class="soft">right, %</text>')
    start, end = axes.at(0, 0), axes.at(1, 1)
    parts.append(f'<path d="M{start[0]} {start[1]}L{end[0]} {end[1]}" class="ideal"/>')
    parts.append(axes.line([(one["confidence"], one["right"]) for one in bins]))
    for one in bins:
        said = f"confidence {percent(one['confidence'])}, right {percent(one['right'])}, of {one['number']:,}"
        parts.append(axes.dot(one["confidence"], one["right"], 4.0, said))
    return _svg(title, axes.height, parts)


def _svg(title: str, height: int, parts: Iterable[str]) -> str:
    inside = "".join(parts)
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">{inside}</svg>'


def _round_step(least: float) -> float:
    """The least of 1, 2, 2.5, 5 times a power of ten that is no smaller."""
    if least <= 0:
        return 0.25
    power = 10.0 ** math.floor(math.log10(least))
    return power * next(n for n in (1, 2, 2.5, 5, 10) if n * power >= least)


def _between(first: float, last: float) -> list[float]:
    """Round numbers between two, five at most, none next to an end."""
    span = last - first
    if span < 4:
        return []
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, span) if span / step <= 6)
    inner = [step * n for n in range(math.ceil(first / step), math.floor(last / step) + 1)]
    return [x for x in inner if x - first >= step / 2 and last - x >= step / 2]


def _name(name: str) -> str:
    shown = escaped(name)
    if len(shown) <= _LONGEST:
        return escape(shown)
    return f"{escape(shown[: _LONGEST - 1])}…<title>{escape(shown)}</title>"


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
