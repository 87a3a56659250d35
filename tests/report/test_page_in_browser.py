"""The page as a person has it before them: in Chromium, without a window, at the sizes of a desk and of a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from taggers.report import Report, page
from tests.report.browser import Browser, browser, file_address, find_chromium
from tests.report.conftest import report_on, sentence

CHROMIUM = find_chromium()
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine to look at pages with")

COUNT = "document.querySelector('.leaf output').textContent"
CARDS = "document.querySelectorAll('.case').length"


@pytest.fixture(scope="module")
def tab() -> Iterator[Browser]:
    """A tab of a browser."""
    assert CHROMIUM is not None
    with browser(CHROMIUM) as opened:
        yield opened


def written(report: Report, folder: Path) -> str:
    """The address of the page of a report."""
    file = folder / "report.html"
    file.write_bytes(page(report).encode("utf-8", "backslashreplace"))
    return file_address(file)


@pytest.fixture(scope="module")
def address(report: Report, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of the small report."""
    return written(report, tmp_path_factory.mktemp("page"))


def choose(tab: Browser, **values: str) -> None:
    """Fill in the form as a person does."""
    for name, value in values.items():
        tab.value(
            f"{{const e = document.querySelector('form').elements[{name!r}]; e.value = {value!r};"
            "e.dispatchEvent(new Event('input', {bubbles: true})); null}"
        )


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("dark", [False, True])
def test_it_opens_without_a_network_and_fits_the_screen(tab: Browser, address: str, width: int, dark: bool) -> None:
    tab.open(address, width=width, dark=dark)
    assert tab.requests == [address]
    assert tab.complaints == []
    assert tab.value("document.documentElement.scrollWidth <= innerWidth")
    assert tab.value(COUNT) == "8 errors in 6 sentences"
    paper = tab.value("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") != dark


def test_the_first_screen_of_a_phone_has_the_figures(tab: Browser, address: str) -> None:
    tab.open(address, width=390, height=844)
    tiles = "[...document.querySelectorAll('.tile')].map(t => [t.querySelector('h3').textContent, t.offsetTop])"
    tops: dict[str, int] = dict(tab.value(tiles))
    assert list(tops) == ["F1 of spans", "F1 of unseen spans", "Sentences also in training", "Calibration error"]
    assert max(tops.values()) < 844


def test_filters_choose_errors_and_are_kept_in_the_address(tab: Browser, address: str) -> None:
    tab.open(address)
    choose(tab, kind="missed")
    assert tab.value(COUNT) == "4 errors in 4 sentences"
    choose(tab, gold="LOC")
    assert tab.value(COUNT) == "3 errors in 3 sentences"
    assert tab.value("location.hash") == "#kind=missed&gold=LOC"
    tab.open(address + "#kind=missed&gold=LOC")
    assert tab.value(COUNT) == "3 errors in 3 sentences"
    assert tab.value("document.querySelector('form').elements.kind.value") == "missed"
    tab.value("document.querySelector('form button').click()")
    assert tab.value(COUNT) == "8 errors in 6 sentences"


@pytest.mark.parametrize(
    ("chosen", "errors"),
    [
        ({"least": "0.5"}, "2 errors in 2 sentences"),
        ({"least": "0.3", "most": "0.5"}, "1 error in 1 sentence"),
        ({"predicted": "</script><b>"}, "1 error in 1 sentence"),
        ({"text": "ada OBI"}, "2 errors in 1 sentence"),
        ({"text": "st.conll:20"}, "0 errors in 0 sentences"),
        ({"text": "st.conll:22"}, "2 errors in 1 sentence"),
        ({"kind": "spurious", "gold": "PER"}, "0 errors in 0 sentences"),
    ],
)
def test_each_filter(tab: Browser, address: str, chosen: dict[str, str], errors: str) -> None:
    tab.open(address)
    choose(tab, **chosen)
    assert tab.value(COUNT) == errors
    assert tab.complaints == []


def test_a_number_of_the_table_of_errors_leads_to_them(tab: Browser, address: str, report: Report) -> None:
    tab.open(address)
    links: list[list[Any]] = tab.value(
        "[...document.querySelectorAll('td a')].map(a => [a.getAttribute('href'), Number(a.textContent)])"
    )
    assert sum(number for _, number in links) == report.layers[0].mistakes
    for link, number in links:
        tab.open(address + link)
        assert tab.value(COUNT).startswith(f"{number} error"), link


def test_the_surest_come_first(tab: Browser, address: str) -> None:
    tab.open(address + "#order=sure")
    shown = tab.value("[...document.querySelectorAll('.case header span:first-child')].map(s => s.textContent)")
    assert shown[:3] == ["te<st.conll:1", "te<st.conll:22", "te<st.conll:10"]


def test_text_is_shown_as_it_is(tab: Browser, address: str) -> None:
    tab.open(address + "#text=alert")
    lines = tab.value("[...document.querySelectorAll('.case p')].map(p => p.textContent.trim())")
    assert lines[0] == "</script><script>alert(1)</script> & <b> \"'"
    assert lines[1] == "</script><script>alert(1)</script></script><b>0.25 & <b> \"'"


def test_text_from_right_to_left_stands_so(tab: Browser, address: str) -> None:
    tab.open(address + "#text=דוד")
    left = (
        "(place => {const r = document.createRange();"
        "r.selectNodeContents(document.querySelectorAll('.gold mark bdi:first-child')[place]);"
        "return r.getBoundingClientRect().left})"
    )
    assert tab.value("document.querySelector('.gold p').dir") == "rtl"
    assert tab.value(f"{left}(0) > {left}(1)")  # David, who comes first, to the right of London


def test_a_character_that_turns_text_turns_its_own_token_alone(tab: Browser, address: str) -> None:
    tab.open(address + "#text=gnitteg")
    assert tab.value("document.querySelector('.gold mark bdi bdi').textContent") == "\u202egnitteg"
    assert "a\\x00b" in tab.value("document.querySelector('.gold p').textContent")


def test_of_a_long_sentence_what_is_near_the_error_is_shown(tab: Browser, address: str) -> None:
    tab.open(address + "#text=Lima")
    text: str = tab.value("document.querySelector('.gold p').textContent")
    assert text.count("x") == text.count("y") == 15
    assert text.count("…") == 2


def test_without_scripts_there_is_a_list(tab: Browser, address: str) -> None:
    tab.open(address, script=False)
    assert tab.value("document.querySelectorAll('noscript li').length") == 8
    assert tab.value("document.querySelector('noscript li').getBoundingClientRect().height > 10")
    assert tab.value("document.getElementById('browser').getBoundingClientRect().height") == 0


def test_ten_thousand_errors_are_leafed_through(tab: Browser, tmp_path: Path) -> None:
    many = report_on([sentence(n, f"Ada met no{n}", "B-PER O O", "O O B-LOC", 0.5) for n in range(5000)])
    tab.open(written(many, tmp_path), width=390)
    assert tab.value(COUNT) == "10,000 errors in 5,000 sentences, page 1 of 100"
    assert tab.value(CARDS) == 50
    tab.value("document.querySelectorAll('.leaf button')[1].click()")
    assert tab.value(COUNT).endswith("page 2 of 100")
    assert tab.value("location.hash") == "#page=2"
    choose(tab, text="no4999")
    assert tab.value(COUNT) == "2 errors in 1 sentence"
