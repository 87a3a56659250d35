"""The simulation of an annotation: budgets, rounds that are not done twice, and the tokens that a curve needs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import suggestion

ENGLISH = Path(__file__).parents[2] / "configs" / "english.toml"
SMALL = ["training.threads=1", "model.encoder.hidden_size=8", "training.batch_tokens=64"]


def test_the_tokens_needed_stand_on_the_line_between_two_rounds() -> None:
    points = [{"tokens": n, "f1": f1} for n, f1 in ((100, 0.4), (200, 0.3), (300, 0.7))]
    assert suggestion.needed(points, 0.35) == 100
    assert suggestion.needed(points, 0.5) == pytest.approx(250)
    assert suggestion.needed(points, 0.8) is None


def test_shares_are_of_the_tokens_that_another_way_needs_for_the_same_f1() -> None:
    def run(*f1: float) -> list[suggestion.Point]:
        return [{"tokens": 100 * (n + 1), "f1": one} for n, one in enumerate(f1)]

    runs = {"random 1": run(0.2, 0.4, 0.6), "suggested 1": run(0.2, 0.6, 0.8), "random 2": run(0.2)}
    found = suggestion.summary(runs)
    assert found["random"] == {"seeds": 1, "final f1": [0.6, 0.0], "share": [pytest.approx(200 / 300), 0.0]}
    assert found["suggested"] == {"seeds": 1, "final f1": [0.8, 0.0]}  # the other seed has not come to its end
    assert suggestion.share(run(0.2, 0.3), run(0.2, 0.5)) == pytest.approx(200 / (100 + 100 / 3))
    assert suggestion.curves([{"config": "a.toml", "runs": runs}]).startswith(b"\x89PNG")


@pytest.mark.slow
def test_a_round_is_done_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = [str(ENGLISH), "--rounds", "1", "--tokens", "300", "--read", "600", "--folder", str(tmp_path)]
    arguments += [part for setting in SMALL for part in ("--set", setting)]
    first = CliRunner().invoke(suggestion.main, arguments, catch_exceptions=False)
    assert first.exit_code == 0, first.output
    [place] = tmp_path.iterdir()
    assert place.name == "english-dev.json"
    runs = json.loads(place.read_text("utf-8"))["runs"]
    assert runs.keys() == {"suggested 1", "random 1", "longest 1"}
    for begin, further in runs.values():
        assert begin == runs["random 1"][0]
        assert 200 < begin["tokens"] <= 300
        assert begin["tokens"] < further["tokens"] <= begin["tokens"] + 300
        assert not set(begin["chosen"]) & set(further["chosen"])
        assert further["sentences"] == len(begin["chosen"]) + len(further["chosen"])
    assert len(runs["longest 1"][1]["chosen"]) < len(runs["random 1"][1]["chosen"])
    monkeypatch.setattr(suggestion, "train_model", None)
    again = CliRunner().invoke(suggestion.main, arguments, catch_exceptions=False)
    assert json.loads(place.read_text("utf-8"))["runs"] == runs
    assert again.exit_code == 0
