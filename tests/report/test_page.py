"""The page as text: what it holds, and that nothing of the data gets out of its place."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

from taggers.report import Report, Training, page
from taggers.report.charts import Bar, bars, curve
from taggers.report.facts import Corpus, File


class Elements(HTMLParser):
    """The elements of a page, and the text of some."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: dict[str, str] = {}
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        self.tags.append(tag)
        self.attributes += attrs
        self._open = f"{tag} {dict(attrs).get('type') or ''}".strip()

    def handle_data(self, data: str) -> None:
        """Note the text of the element that was opened last."""
        self.texts[self._open] = self.texts.get(self._open, "") + data


def data_of(text: str) -> Any:
    """The facts that a page holds."""
    return json.loads(Elements(text).texts["script application/json"])


def test_the_page_holds_the_facts(report: Report) -> None:
    assert data_of(page(report)) == json.loads(json.dumps(report.to_json()))


def test_text_of_the_data_opens_no_element(report: Report) -> None:
    elements = Elements(page(report))
    assert elements.tags.count("script") == 2
    assert "alert(1)" not in elements.texts.get("script", "")
    assert "b" not in elements.tags


def test_nothing_is_loaded_and_no_style_or_handler_stands_in_an_element(report: Report) -> None:
    elements = Elements(page(report))
    named = [value for name, value in elements.attributes if name in ("src", "href", "action")]
    assert named
    assert all(value is not None and value.startswith("#") for value in named)
    assert not [name for name, _ in elements.attributes if name == "style" or name.startswith("on")]
    assert not re.search(r"url\(|@import|fetch\(|XMLHttp", page(report))


def test_without_a_script_each_error_is_a_line(report: Report) -> None:
    [plain] = re.findall("<noscript>(.*)</noscript>", page(report), re.DOTALL)
    assert plain.count("<li>") == report.layers[0].mistakes == 8
    assert "boundary: gold <bdi>PER</bdi> <bdi>Ada Obi</bdi>; predicted <bdi>PER</bdi> 0.90 <bdi>Ada</bdi>" in plain


def test_the_first_screen_says_what_is_not_known(report: Report) -> None:
    absent = replace(report, training=Training(None, absent="train.conll: not <there>"), history=())
    text = page(absent)
    assert "Not known: the training data is not at hand (train.conll: not &lt;there&gt;); name it with --train." in text
    assert "Seen and unseen names are not told apart." in text
    assert "holds no log of its training" in text


def test_the_first_screen_says_what_training_has(report: Report) -> None:
    assert '<p class="big">28.6 %</p><p class="soft">of 7 sentences</p>' in page(report)


def test_a_report_without_errors_says_so(report: Report) -> None:
    [layer] = report.layers
    text = page(replace(report, layers=(replace(layer, cases=()),), corpus=Corpus(File("a", None), 1, 1)))
    assert "There is none." in text


def test_long_names_are_cut_and_told_whole() -> None:
    drawn = bars("F1", [Bar("a" * 40 + "<", 0.5)])
    assert "a" * 25 + "…<title>" + "a" * 40 + "&lt;</title>" in drawn


def test_a_single_epoch_is_a_dot_in_the_middle() -> None:
    drawn = curve("loss", [(1, 0.0)], shares=False)
    assert drawn.count("<circle") == 1
    assert "nan" not in drawn
