"""conlleval: the script's rules written out plainly are the oracle, its own output the example."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from taggers.metrics import score_spans
from taggers.metrics.conlleval import ConllCounts, count_as_conlleval

Tags = list[list[str]]

TAGS = {
    "IOB": ["O", "O", "B-X", "I-X", "I-X", "B-Y", "I-Y"],
    "IOBES": ["O", *(f"{prefix}-{label}" for prefix in "BIES" for label in "XY")],
    "IOE": ["O", "I-X", "E-X", "I-Y", "E-Y"],
    "odd": ["O", "O", "B", "I", "E", "S", ".", "[", "]", "B-0", "I-0", "B-", "O-X", "-X", "B-X-Y", "I-X-Y", "U-Ü"],
}


def draw(generator: random.Random, tags: list[str], sentences: int) -> tuple[Tags, Tags]:
    """Gold and predicted tags of some sentences, most of them equal."""
    gold = [generator.choices(tags, k=generator.randint(1, 8)) for _ in range(sentences)]
    return gold, [[t if generator.random() < 0.6 else generator.choice(tags) for t in s] for s in gold]


def as_the_script(gold: Tags, predicted: Tags) -> ConllCounts:
    """The script line by line over the whole file, a boundary outside of chunks after each sentence."""
    rows: list[tuple[str, str, bool]] = []
    for gold_tags, predicted_tags in zip(gold, predicted, strict=True):
        rows += [(g, p, False) for g, p in zip(gold_tags, predicted_tags, strict=True)]
        rows.append(("O", "O", True))
    counts: dict[str, Counter[str]] = {name: Counter() for name in ("gold", "predicted", "correct")}
    tokens = right = 0
    last, last_guess, within = ("O", ""), ("O", ""), False
    for tag, guess, boundary in rows:
        this, guessed = parts(tag), parts(guess)
        ends, guess_ends = ended(last, this), ended(last_guess, guessed)
        if within and ends and guess_ends and last[1] == last_guess[1]:
            within = False
            counts["correct"][last[1]] += 1
        elif within and (ends != guess_ends or this[1] != guessed[1]):
            within = False
        if started(last, this) and started(last_guess, guessed) and this[1] == guessed[1]:
            within = True
        counts["gold"][this[1]] += started(last, this)
        counts["predicted"][guessed[1]] += started(last_guess, guessed)
        if not boundary:
            tokens, right = tokens + 1, right + (this == guessed)
        last, last_guess = this, guessed
    if within:
        counts["correct"][last[1]] += 1
    return ConllCounts(tokens, right, *({k: v for k, v in sorted(c.items()) if v} for c in counts.values()))


def parts(tag: str) -> tuple[str, str]:
    prefix, hyphen, label = tag.partition("-")
    return prefix, label if hyphen and label != "0" else ""


def ended(before: tuple[str, str], after: tuple[str, str]) -> bool:
    if before[0] + after[0] in "BB BO IB IO EE EI EO".split() and before[0] and after[0]:  # noqa: SIM905
        return True
    if before[0] not in ("O", ".") and before[1] != after[1]:
        return True
    return before[0] in ("[", "]")


def started(before: tuple[str, str], after: tuple[str, str]) -> bool:
    if before[0] + after[0] in "BB IB OB OI EE EI OE".split() and before[0] and after[0]:  # noqa: SIM905
        return True
    if after[0] not in ("O", ".") and before[1] != after[1]:
        return True
    return after[0] in ("[", "]")


@pytest.mark.parametrize("kind", TAGS)
def test_counts_are_those_of_the_scripts_rules(kind: str) -> None:
    generator = random.Random(kind)
    for _ in range(500):
        gold, predicted = draw(generator, TAGS[kind], generator.randint(1, 5))
        assert count_as_conlleval(gold, predicted) == as_the_script(gold, predicted), (gold, predicted)


@pytest.mark.parametrize("kind", ["IOB", "IOE"])
def test_lenient_scores_are_those_of_conlleval_where_it_knows_the_prefixes(kind: str) -> None:
    generator = random.Random(7)
    for _ in range(500):
        gold, predicted = draw(generator, TAGS[kind], 3)
        counts, lenient = count_as_conlleval(gold, predicted), score_spans(gold, predicted)
        assert (counts.overall, counts.by_label) == (lenient.overall, lenient.by_label), (gold, predicted)


def test_the_report_is_what_the_script_prints() -> None:
    gold = [["I-PER", "I-PER", "O"], ["B-PER", "I-ΤΌΠΟΣ", "S-LOC", "S-LOC", "E-PER"], ["B", "I", "O"]]
    predicted = [["I-PER", "I-LOC", "B-LOC"], ["I-PER", "I-ΤΌΠΟΣ", "S-LOC", "S-LOC", "O"], ["B", "O", "B"]]
    assert count_as_conlleval(gold, predicted).to_text() == REPORT.strip("\n")


REPORT = """
processed 11 tokens with 6 phrases; found: 8 phrases; correct: 3.
accuracy:  45.45%; precision:  37.50%; recall:  50.00%; FB1:  42.86
                 : precision:   0.00%; recall:   0.00%; FB1:   0.00  2
                 : precision:   0.00%; recall:   0.00%; FB1:   0.00  2
              LOC: precision:  33.33%; recall: 100.00%; FB1:  50.00  3
              PER: precision:  50.00%; recall:  33.33%; FB1:  40.00  2
       ΤΌΠΟΣ: precision: 100.00%; recall: 100.00%; FB1: 100.00  1
"""


def test_a_report_of_nothing_has_no_percentages() -> None:
    counts = count_as_conlleval([], [])
    assert counts.to_text() == "processed 0 tokens with 0 phrases; found: 0 phrases; correct: 0."
    assert (counts.accuracy, counts.overall.f1) == (0.0, 0.0)


def test_no_label_of_either_side_is_lost() -> None:
    counts = count_as_conlleval([["B-A", "O"]], [["O", "B-B"]])
    assert (counts.gold, counts.predicted, counts.correct, counts.right_tags) == ({"A": 1}, {"B": 1}, {}, 0)
    assert [line.split()[0] for line in counts.to_text().splitlines()[2:]] == ["A:", "B:"]


def test_sentences_of_other_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        count_as_conlleval([["O", "B-X"]], [["O"]])
