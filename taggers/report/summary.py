"""The first screen of the page: how good the model is, and what that is worth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

from taggers.metrics.breakdown import UNSEEN
from taggers.report.charts import between, percent
from taggers.report.facts import PREDICTED, File, Layer, Report
from taggers.text.wording import counted, escaped

_FEW = 12  # digits of a hash that are shown


def tiles(report: Report) -> str:
    """The main figures of each layer, and what of the corpus stands in training, as tiles."""
    several = len(report.layers) > 1
    own = [tile for layer in report.layers for tile in _of_layer(layer, report, several)]
    sure = [
        _calibration(_of(layer, several), layer.reliability, PREDICTED[layer.form])
        for layer in report.layers
        if layer.reliability is not None
    ]
    return f'<div class="tiles">{"".join([*own, _leakage(report), *sure])}</div>'


def facts(report: Report) -> str:
    """What model and files these are."""
    corpus = report.corpus
    rows = {
        "model": f"{_text(report.model)}, a {escape(report.noun)} {_hash(report.digest)}",
        "corpus": f"{_file(corpus.file)}: {counted(corpus.sentences, 'sentence')}, {counted(corpus.tokens, 'token')}",
        "training data": _file(report.training.file)
        if report.training.file
        else f"not at hand: {_text(report.training.absent)}",
    }
    inside = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows.items())
    return f'<dl class="facts">{inside}</dl>'


def _of_layer(layer: Layer, report: Report, several: bool) -> Iterator[str]:
    of = _of(layer, several)
    if layer.form == "spans":
        place = ("lenient", "overall")
        rows = [(name, _score(layer, *place, name)) for name in ("precision", "recall")]
        rows += [("strict F1", _score(layer, "strict", "overall", "f1")), ("token accuracy", _score(layer, "accuracy"))]
        yield _tile(f"{of}F1 of spans", _score(layer, *place, "f1"), _interval(layer, *place, "f1"), rows)
        yield _seen(of, layer.scores["detail"]["breakdown"]["seen"], report)
    elif layer.form == "tags":
        rows = [("on words that training has not", _score(layer, "unknown_accuracy"))]
        yield _tile(f"{of}Accuracy of tags", _score(layer, "accuracy"), _interval(layer, "accuracy"), rows)
    elif layer.confusions is None:
        rows = [("whole sets right", _score(layer, "accuracy")), ("macro F1", _score(layer, "macro_f1"))]
        yield _tile(f"{of}Micro F1 of labels", _score(layer, "micro", "f1"), _interval(layer, "micro", "f1"), rows)
    else:
        rows = [("macro F1", _score(layer, "macro_f1"))]
        yield _tile(f"{of}Accuracy of labels", _score(layer, "accuracy"), _interval(layer, "accuracy"), rows)


def _of(layer: Layer, several: bool) -> str:
    """Of which layer a figure is, where there are several."""
    return f"{_text(layer.name)}: " if several else ""


def _seen(of: str, groups: Mapping[str, Any] | None, report: Report) -> str:
    title = f"{of}F1 of unseen spans"
    if groups is None:
        why = escape(f"The training data is not at hand ({escaped(report.training.absent)}); name it with --train.")
        return _tile(title, None, f"Seen and unseen names are not told apart. {why}", ())
    rows = [(f"{name}, {group['gold']:,} gold", percent(group["f1"])) for name, group in groups.items()]
    unseen = groups.get(UNSEEN)
    below = "whose words are no span in training" if unseen else "The words of every span are one in training."
    return _tile(title, percent(unseen["f1"]) if unseen else None, below, rows)


def _leakage(report: Report) -> str:
    leak, title = report.training.leakage, "Sentences also in training"
    if leak is None:
        why = escape(escaped(report.training.absent))
        return _tile(title, None, f"Not known: the training data is not at hand ({why}); name it with --train.", ())
    rows = [("the same", f"{leak.exact:,}"), ("nearly the same", f"{leak.near:,}")]
    return _tile(title, f"{percent(leak.share)} %", f"of {counted(leak.sentences, 'sentence')}", rows)


def _calibration(of: str, figures: Mapping[str, Any], noun: str) -> str:
    low, high = figures["interval"]
    rows = [
        ("mean confidence", percent(figures["mean_confidence"])),
        ("right", percent(figures["right"])),
        ("error if perfect", percent(figures["perfect"]["mean"])),
        ("error before calibration", percent(figures["before"]["error"]) if figures.get("before") else None),
    ]
    below = f"{between((low, high))}; of {figures['number']:,} {noun}"
    return _tile(f"{of}Calibration error", percent(figures["error"]), below, rows)


def _tile(title: str, figure: str | None, below: str, rows: Iterable[tuple[str, str | None]]) -> str:
    """A heading, the figure, a line below it, and further figures."""
    big = "" if figure is None else f'<p class="big">{figure}</p>'
    said = f'<p class="soft">{below}</p>' if below else ""
    shown = "".join(f"<dt>{escape(name)}</dt><dd>{value}</dd>" for name, value in rows if value is not None)
    more = f"<dl>{shown}</dl>" if shown else ""
    return f'<section class="tile"><h3>{title}</h3>{big}{said}{more}</section>'


def _score(layer: Layer, *place: str) -> str | None:
    figure = layer.figure(*place)
    return None if figure is None else percent(figure)


def _interval(layer: Layer, *place: str) -> str:
    """The interval in words; the empty string for none."""
    found = layer.interval(*place)
    if found is None:
        return ""
    drawn = layer.scores["intervals"]
    return f"{between(found)}, {100 * drawn['level']:.0f} % interval over {drawn['number']:,} {drawn['over']}"


def _file(file: File) -> str:
    return f"{_text(file.name)} {_hash(file.sha256)}"


def _hash(sha256: str | None) -> str:
    return f'<small class="soft" title="SHA-256 {sha256}">{sha256[:_FEW]}</small>' if sha256 else ""


def _text(text: str) -> str:
    return f"<bdi>{escape(escaped(text))}</bdi>"
