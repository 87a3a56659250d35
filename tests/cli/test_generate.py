"""`tagger generate`, and what the other verbs say of a language model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Command

VERSES = "the sea is wide .\nthe gull is white .\nwide is the sea , white is the gull .\n" * 5
SETTINGS = ["model.encoder.hidden_size=16", "training.batch_tokens=64", "task.steps=8", "training.epochs=3"]


@pytest.fixture(scope="module")
def writer(tagger: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder trained by the command line on a file of text."""
    place = tmp_path_factory.mktemp("writer")
    (place / "verses.txt").write_text(VERSES)
    overrides = [part for setting in ["task.kind=language_model", *SETTINGS] for part in ("--set", setting)]
    outcome = tagger("train", "--train", place / "verses.txt", "--output", place / "sea", "--device", "cpu", *overrides)
    assert "dev: perplexity" in outcome.text
    assert f"next:  tagger generate --model {place / 'sea'}" in outcome.text
    return place / "sea"


def test_it_writes_on_from_the_prompt_and_the_seed_says_what(tagger: Command, writer: Path) -> None:
    one, same, other = (
        tagger("generate", "--model", writer, "--prompt", "the ", "--length", 50, "--seed", seed).text
        for seed in (1, 1, 2)
    )
    assert one == same != other
    assert one.startswith("the ")
    assert len(one) == len("the ") + 50 + 1


def test_at_temperature_zero_and_of_one_symbol_it_writes_the_same(tagger: Command, writer: Path) -> None:
    said = ("generate", "--model", writer, "--length", 30)
    assert tagger(*said, "--temperature", 0).text == tagger(*said, "--top-k", 1, "--seed", 5).text


def test_evaluate_judges_a_text(tagger: Command, writer: Path) -> None:
    values = json.loads(tagger("evaluate", "-", "--model", writer, "--json", stdin=b"the sea is wide .\n").text)
    assert values["symbols"] == values["characters"] == len("the sea is wide .\n")
    table = tagger("evaluate", "-", "--model", writer, stdin=b"the sea is wide .\n").text
    assert f"bits per character     {values['bits_per_character']:>8.3f}" in table


def test_info_says_what_it_predicts(tagger: Command, writer: Path) -> None:
    text = tagger("info", "--model", writer).text
    assert "task: language_model\npredicts: the next character, forward\n" in text
    assert "dev: perplexity" in text
    assert "language model trained by taggers" in (writer / "README.md").read_text()
    assert "tagger generate --model DIR" in (writer / "README.md").read_text()


@pytest.mark.parametrize("verb", [["tag"], ["export"]])
def test_what_is_for_taggers_names_the_command_that_fits(tagger: Command, writer: Path, verb: list[str]) -> None:
    fault = tagger(*verb, "--model", writer, stdin=b"the sea\n").fault
    assert fault == (
        f"{writer}: a language model, which gives neither tags nor labels; "
        "let it write by `tagger generate`, or judge a text by `tagger evaluate`"
    )


def test_a_tagger_does_not_write(tagger: Command, model: Path) -> None:
    assert tagger("generate", "--model", model).fault == (
        f"{model}: a model for labelling, no language model; run it by `tagger tag`"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--temperature", "-1"], "-1.0 is not in the range x>=0.0"),
        (["--top-k", "-1"], "-1 is not in the range x>=0"),
        (["--length", "-1"], "-1 is not in the range x>=0"),
    ],
)
def test_odd_wishes_are_refused(tagger: Command, writer: Path, options: list[str], message: str) -> None:
    assert message in tagger("generate", "--model", writer, *options).fault


def test_options_of_taggers_are_refused(tagger: Command, writer: Path) -> None:
    fault = tagger("evaluate", "-", "--model", writer, "--workers", "2", stdin=b"a\n").fault
    assert fault.startswith("--layer, --workers, --numbers and --train are for taggers: leave them out")


def test_nothing_to_judge_is_said(tagger: Command, writer: Path) -> None:
    assert "found none" in tagger("evaluate", "-", "--model", writer, stdin=b"\n").fault
