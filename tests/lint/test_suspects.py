"""What models find suspicious, in words and as plain values."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import log

import pytest

from taggers.lint import Annotated, lint, page
from taggers.lint.suspects import Odds, suspicious_label, suspicious_spans
from taggers.text import Sentence, Source, Span

TOKENS = ("Ada", "Obi", "left", "Lima", ".")


def data(label: str | None = None) -> Annotated:
    tags = ("B-PER", "O", "O", "O", "O")
    return Annotated.of({"train": [Sentence(TOKENS, {"ner": tags}, label, Source("a.conll", 7))]}, "ner")


@pytest.mark.parametrize(
    ("stretch", "annotated", "instead", "message"),
    [
        (range(1), [Span(0, 1, "PER")], [], "'Ada' as PER (2.0%), rather nothing (97.0%): a.conll:7"),
        (range(3, 4), [], [Span(3, 4, "LOC")], "nothing (2.0%), rather 'Lima' as LOC (97.0%): a.conll:10"),
        (range(1), [Span(0, 1, "PER")], [Span(0, 1, "LOC")], "'Ada' as PER (2.0%), rather LOC (97.0%): a.conll:7"),
        (
            range(2),
            [Span(0, 2, "PER")],
            [Span(0, 1, "PER"), Span(1, 2, "LOC")],
            "'Ada Obi' as PER (2.0%), rather 'Ada' as PER, 'Obi' as LOC (97.0%): a.conll:7",
        ),
    ],
)
def test_a_place_is_told_in_a_line(
    stretch: range, annotated: Sequence[Span], instead: Sequence[Span], message: str
) -> None:
    finding = suspicious_spans(data(), 0, stretch, annotated, instead, Odds(log(0.02), log(0.97)))
    [line] = [line for line in lint(data(), [finding]).to_text().splitlines() if "rather" in line]
    assert line.strip() == message
    assert "rather" in page(lint(data(), [finding]), "a")


def test_programs_are_told_all_of_it() -> None:
    finding = suspicious_spans(data(), 0, range(2), [Span(0, 1, "PER")], [Span(0, 2, "PER")], Odds(log(0.25), log(0.5)))
    report = lint(data(), [finding])
    [told] = [f for f in json.loads(json.dumps(report.to_json()))["findings"] if f["kind"] == "suspect"]
    assert told.pop("message").startswith("'Ada' as PER (25.0%), rather 'Ada Obi' as PER (50.0%)")
    assert told.pop("score") == pytest.approx(log(2.0))
    assert (told.pop("annotated_probability"), told.pop("instead_probability")) == pytest.approx((0.25, 0.5))
    assert told == {
        "kind": "suspect",
        "severity": "warning",
        "places": [{"split": "train", "file": "a.conll", "line": 7}],
        "text": "Ada Obi",
        "annotated": [{"text": "Ada", "start": 0, "end": 1, "label": "PER"}],
        "instead": [{"text": "Ada Obi", "start": 0, "end": 2, "label": "PER"}],
    }


@pytest.mark.parametrize(
    ("annotated", "instead", "message"),
    [
        ("play", "rate", "\"Ada Obi left Lima .\": 'play' (10.0%), rather 'rate' (80.0%)"),
        ("play", None, "\"Ada Obi left Lima .\": 'play' (10.0%), rather without it (80.0%)"),
        (None, "rate", "\"Ada Obi left Lima .\": without 'rate' (10.0%), rather with it (80.0%)"),
    ],
)
def test_a_label_is_told_in_a_line(annotated: str | None, instead: str | None, message: str) -> None:
    finding = suspicious_label(data("play"), 0, annotated, instead, Odds(log(0.1), log(0.8)))
    assert finding.message == message
    assert (finding.facts["annotated"], finding.facts["instead"]) == (annotated, instead)


def test_the_most_suspicious_come_first_and_several_spans_count_for_less() -> None:
    slip = suspicious_spans(data(), 0, range(1), [Span(0, 1, "PER")], [], Odds(-5.0, -0.1))
    mess = suspicious_spans(
        data(), 0, range(2, 5), [], [Span(2, 3, "LOC"), Span(4, 5, "LOC")], Odds(-8.0, -0.1, decisions=2)
    )
    assert [f for f in lint(data(), [mess, slip]).findings if f.kind == "suspect"] == [slip, mess]


def test_what_does_not_print_is_spelt() -> None:
    odd = Annotated.of({"train": [Sentence(("A\u200bda",), {"ner": ("O",)})]}, "ner")
    finding = suspicious_spans(odd, 0, range(1), [], [Span(0, 1, "P\u202eR")], Odds(-5.0, -0.1))
    assert "'A<U+200B>da' as P<U+202E>R" in finding.message
