"""What stands below the first screen: charts and tables of each layer, and the errors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import urlencode

from taggers.metrics.errors import KINDS, SPURIOUS
from taggers.report.charts import Bar, bars, curve, diagram, percent
from taggers.report.facts import Case, Layer, Marked, Report
from taggers.text.wording import counted, escaped

_MOST = 25  # labels of a chart, and rows of a list of confusions
_WIDEST = 14  # labels of a table of confusions
_GROUPS = {
    "length": "F1 by length of spans in tokens",
    "frequency": "F1 by times that training has the surface",
    "seen": "F1 by surface in training",
    "words": "F1 by words of the span",
}
_ERRORS = KINDS[1:]


def training_section(report: Report) -> str:
    """The learning curves; a line where there is no log."""
    if not report.history:
        return _section("training", "Training", "<p>The model folder holds no log of its training.</p>")
    losses = [(epoch["epoch"], epoch["loss"]) for epoch in report.history]
    scored = [(epoch["epoch"], epoch["score"]) for epoch in report.history if epoch.get("score") is not None]
    charts = []
    if scored:
        best = max(range(len(scored)), key=lambda number: scored[number][1])
        charts.append(_figure("Score on dev by epoch, %", curve("score on dev by epoch", scored, True, best)))
    charts.append(_figure("Training loss by epoch", curve("training loss by epoch", losses, False)))
    return _section("training", "Training", _charts(charts))


def layer_section(layer: Layer, several: bool) -> str:
    """The charts and tables of a layer."""
    charts = [_figure(*_by_label(layer))]
    if layer.form == "spans":
        breakdown = layer.scores["detail"]["breakdown"]
        for name, title in _GROUPS.items():
            if breakdown[name]:
                charts.append(_figure(title, bars(title, [_group(*item) for item in breakdown[name].items()])))
    if layer.reliability is not None:
        title = "Confidence and share that is right"
        below = "On the dashed line both are equal; each dot is about a tenth of the predictions."
        charts.append(_figure(title, diagram(title, layer.reliability["bins"]), below))
    tables = [_confusions(layer)] if layer.confusions else []
    if layer.form == "spans":
        tables.insert(0, _kinds(layer))
    name = f"Scores of {escape(escaped(layer.name))}" if several else "Scores"
    return _section(f"scores-{escape(layer.name)}", name, _charts(charts) + "".join(tables))


def errors_section(report: Report) -> str:
    """The errors: what a script leafs through, and a list for a browser without."""
    total = sum(layer.mistakes for layer in report.layers)
    sentences = sum(len(layer.cases) for layer in report.layers)
    if not total:
        return _section("errors", "Errors", "<p>There is none.</p>") + _browser(report)
    said = f"<p>{counted(total, 'error')} in {counted(sentences, 'sentence')}.</p>"
    plain = "".join(f"<li>{line}</li>" for layer in report.layers for case in layer.cases for line in _plain(case))
    return _section("errors", "Errors", f"{said}{_browser(report)}<noscript><ul>{plain}</ul></noscript>")


def _browser(report: Report) -> str:
    """The form of filters, the buttons to leaf, and the place of the list; hidden until the script is there."""
    every = [case for layer in report.layers for case in layer.cases]
    kinds = Counter(mistake.kind for case in every for mistake in case.mistakes)
    gold = _labels(every, lambda case, mistake: None if mistake.gold is None else case.gold[mistake.gold])
    found = _labels(
        every, lambda case, mistake: None if mistake.predicted is None else case.predicted[mistake.predicted]
    )
    controls = [
        _select("kind", "kind", {kind: kinds[kind] for kind in KINDS if kinds[kind]}),
        _select("gold", "gold", gold),
        _select("predicted", "predicted", found),
    ]
    if len(report.layers) > 1:
        controls.insert(0, _select("layer", "layer", {layer.name: layer.mistakes for layer in report.layers}))
    if any(layer.reliability for layer in report.layers):
        number = '<input type="number" name="{}" min="0" max="1" step="0.05" value="{}" aria-label="{} confidence">'
        least, most = number.format("least", 0, "least"), number.format("most", 1, "most")
        controls.append(f"<fieldset><legend>confidence</legend><div>{least} to {most}</div></fieldset>")
        orders = '<option value="">as in the file</option><option value="sure">surest first</option>'
        orders += '<option value="unsure">least sure first</option>'
        controls.append(f'<label>order<select name="order">{orders}</select></label>')
    controls.append('<label>text or file<input type="search" name="text"></label>')
    controls.append('<div><button type="reset">all errors</button></div>')
    leaf = (
        '<output aria-live="polite"></output><button type="button">previous</button><button type="button">next</button>'
    )
    return (
        f'<div id="browser" hidden><form aria-label="which errors">{"".join(controls)}</form>'
        f'<div class="leaf">{leaf}</div><ol id="cases" class="cases"></ol></div>'
    )


def _labels(cases: Iterable[Case], of: Callable[[Case, Any], Marked | None]) -> dict[str, int]:
    counts = Counter(marked.label for case in cases for mistake in case.mistakes if (marked := of(case, mistake)))
    return dict(sorted(counts.items()))


def _select(name: str, label: str, options: Mapping[str, int]) -> str:
    rows = "".join(
        f'<option value="{escape(value)}">{escape(escaped(value))} ({number:,})</option>'
        for value, number in options.items()
    )
    return f'<label>{label}<select name="{name}"><option value="">all</option>{rows}</select></label>'


def _plain(case: Case) -> Iterator[str]:
    """A line for each error of a sentence."""
    for kind, gold, predicted in case.mistakes:
        sides = []
        for name, marked in (
            ("gold", case.gold[gold] if gold is not None else None),
            ("predicted", case.predicted[predicted] if predicted is not None else None),
        ):
            if marked is not None:
                sure = "" if marked.confidence is None else f" {marked.confidence:.2f}"
                words = _isolated(" ".join(case.tokens[marked.start : marked.end]))
                sides.append(f"{name} {_isolated(marked.label)}{sure} {words}".strip())
        yield f"{_isolated(case.place)} {kind}: {'; '.join(sides)}. {_isolated(' '.join(case.tokens))}"


def _by_label(layer: Layer) -> tuple[str, str]:
    """The chart of all labels, the most frequent first."""
    if layer.form == "spans":
        place: tuple[str, ...] = ("lenient", "by_label")
        groups = layer.scores["lenient"]["by_label"]
    else:
        place = ("by_tag",) if layer.form == "tags" else ("by_label",)
        groups = layer.scores[place[0]]
    often = sorted(groups.items(), key=lambda item: (-item[1]["gold"], item[0]))
    rows = [_group(name, group, layer.interval(*place, name, "f1")) for name, group in often[:_MOST]]
    more = f", the {_MOST} most frequent of {len(often):,}" if len(often) > _MOST else ""
    title = f"F1 by {'tag' if layer.form == 'tags' else 'label'}{more}"
    return title, bars(title, rows)


def _group(name: str, group: Mapping[str, Any], interval: tuple[float, float] | None = None) -> Bar:
    return Bar(name, group["f1"], interval, f"{group['gold']:,} gold")


def _kinds(layer: Layer) -> str:
    """Errors by kind and label, each number leading to its errors."""
    rows = []
    for label, counts in layer.scores["detail"]["errors"]["by_label"].items():
        cells = []
        for kind in _ERRORS:
            side = "predicted" if kind == "spurious" else "gold"
            where = urlencode({"layer": layer.name, "kind": kind, side: label})
            number = counts[kind]
            cells.append(f'<a href="#{escape(where)}">{number:,}</a>' if number else "0")
        scores = layer.scores["lenient"]["by_label"].get(label)
        shares = [percent(scores[name]) for name in ("precision", "recall", "f1")] if scores else ["", "", ""]
        every = [*shares, f"{counts['correct']:,}", *cells]
        rows.append((label, [f"<td>{cell}</td>" for cell in every]))
    heads = ["precision", "recall", "F1", "correct", *_ERRORS]
    return f"<h3>Errors by kind and label</h3>{_table(heads, rows)}"


def _confusions(layer: Layer) -> str:
    """What was taken for what, as a table whose cells are as dark as their share of the row, or a list of the most."""
    taken = layer.confusions or {}
    labels = list(dict.fromkeys([*taken, *(label for row in taken.values() for label in row)]))
    title = "<h3>What was taken for what: gold down, predicted across</h3>"
    if len(labels) > _WIDEST:
        wrong = sorted((-n, g, p) for g, row in taken.items() for p, n in row.items() if g != p)
        rows = [(f"{g} → {p}", [f"<td>{-n:,}</td>"]) for n, g, p in wrong[:_MOST]]
        more = f", the {_MOST} most frequent of {len(wrong):,}" if len(wrong) > _MOST else ""
        return f"<h3>What was taken for what: gold → predicted{more}</h3>{_table(['times'], rows)}"
    golds = sorted(taken, key=_brackets_last)
    founds = sorted({label for row in taken.values() for label in row} | set(golds) - {SPURIOUS}, key=_brackets_last)
    rows = [(gold, [_cell(taken[gold], gold, found) for found in founds]) for gold in golds]
    return title + _table(founds, rows)


def _brackets_last(label: str) -> tuple[bool, str]:
    return label.startswith("("), label


def _cell(row: Mapping[str, int], gold: str, found: str) -> str:
    number, total = row.get(found, 0), sum(row.values())
    if gold == found:
        return f'<td class="right">{number:,}</td>'
    shade = 0 if not number else min(4, 1 + int(8 * number / total))
    return f'<td class="h{shade}">{number:,}</td>' if shade else "<td>0</td>"


def _table(heads: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> str:
    """A table of cells that are HTML, with a name before each row."""
    top = "".join(f"<th>{_isolated(head)}</th>" for head in heads)
    body = "".join(f"<tr><th>{_isolated(name)}</th>{''.join(cells)}</tr>" for name, cells in rows)
    return f'<div class="wide"><table><thead><tr><th></th>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def _section(name: str, title: str, inside: str) -> str:
    return f'<section><h2 id="{name}">{title}</h2>{inside}</section>'


def _charts(figures: Iterable[str]) -> str:
    return f'<div class="charts">{"".join(figures)}</div>'


def _figure(title: str, chart: str, below: str = "") -> str:
    caption = f"<figcaption>{below}</figcaption>" if below else ""
    return f"<figure><h3>{escape(title)}</h3>{chart}{caption}</figure>"


def _isolated(text: str) -> str:
    """Text of the data, whose direction does not reach beyond it."""
    return f"<bdi>{escape(escaped(text))}</bdi>"
