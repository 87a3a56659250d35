"""`tagger compare`: files and models, one run or several, one corpus or several; what cannot be compared is refused."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Command

GOLD = "Ada B-PER\nObi I-PER\nslept O\n\nOslo B-LOC\n\n" * 10
FIRST = GOLD.replace("Oslo B-LOC", "Oslo O", 6)
SECOND = GOLD.replace("Oslo B-LOC", "Oslo O", 1)
ENGLISH = Path(__file__).parents[2] / "corpora" / "english" / "test.conll"


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gold file `g` and predictions `a` and `b`."""
    monkeypatch.chdir(tmp_path)
    for name, content in (("g", GOLD), ("a", FIRST), ("b", SECOND)):
        Path(name).write_text(content, "utf-8")


def compared(tagger: Command, *arguments: object) -> list[dict[str, Any]]:
    """What the command prints as JSON."""
    found: list[dict[str, Any]] = json.loads(tagger("compare", *arguments, "--json").text)
    return found


def test_two_files_and_their_gold(tagger: Command) -> None:
    lines = tagger("compare", "a", "b", "--gold", "g").text.splitlines()
    assert lines[0] == "g"
    assert [line.split()[0] for line in lines[2:7]] == ["lenient", "strict", "precision", "recall", "accuracy"]
    assert lines[-2] == "sentences wholly right: 14 of both, 0 of A alone, 5 of B alone, 1 of none"
    assert lines[-1] == "over 20 sentences"
    [found] = compared(tagger, "a", "b", "--gold", "g")
    f1 = found["differences"]["lenient F1"]
    assert (f1["first"], f1["second"]) == (pytest.approx(28 / 34), pytest.approx(38 / 39))
    assert f1["difference"] == pytest.approx(38 / 39 - 28 / 34)
    assert (found["gold"], found["a"], found["b"]) == ("g", ["a"], ["b"])
    assert found["p"] == found["p_holm"] == f1["p"] < 0.1


def test_scores_and_intervals_are_those_of_score(tagger: Command) -> None:
    [found] = compared(tagger, "a", "b", "--gold", "g")
    scores = json.loads(tagger("score", "g", "a", "--json").text)
    f1 = found["differences"]["lenient F1"]
    assert f1["first"] == scores["lenient"]["overall"]["f1"]
    assert f1["first_interval"] == scores["intervals"]["lenient"]["overall"]["f1"]


def test_options_do_for_arguments_and_runs_are_many(tagger: Command) -> None:
    assert compared(tagger, "--a", "a", "--b", "b", "--gold", "g") == compared(tagger, "a", "b", "--gold", "g")
    [found] = compared(tagger, "--a", "a", "--a", "a", "--b", "b", "--b", "b", "--b", "g", "--gold", "g")
    accuracy = found["differences"]["accuracy"]
    assert (len(accuracy["first"]), len(accuracy["second"])) == (2, 3)
    assert (accuracy["p_runs"], accuracy["effect"]) == (0.1, 1.0)
    text = tagger("compare", "--a", "a", "--a", "a", "--b", "b", "--gold", "g").text
    assert text.splitlines()[-1] == "over 2 runs of A, 1 of B, and 20 sentences"


def test_several_corpora_are_corrected_for(tagger: Command) -> None:
    every = ["--gold", "g", "--a", "a", "--b", "b", "--gold", "g", "--a", "b", "--b", "g"]
    first, second = compared(tagger, *every)
    assert (first["a"], second["a"], second["b"]) == (["a"], ["b"], ["g"])
    assert first["p_holm"] == pytest.approx(min(1, 2 * first["p"]))
    assert second["p_holm"] == second["p"] == 1.0
    table = tagger("compare", *every).text.split("\n\n")[-1].splitlines()
    assert table[0].split() == "corpus score B - A p p (Holm)".split()  # noqa: SIM905
    assert len(table) == 3


def test_gold_may_stand_beside_the_predicted_tags(tagger: Command) -> None:
    for name, content in (("a2", FIRST), ("b2", SECOND)):
        pairs = zip(GOLD.splitlines(), content.splitlines(), strict=True)
        Path(name).write_text("\n".join(f"{g} {p.split()[-1]}" if g else "" for g, p in pairs) + "\n", "utf-8")
    [inside], [beside] = compared(tagger, "a2", "b2"), compared(tagger, "a", "b", "--gold", "g")
    assert inside["differences"] == beside["differences"]
    Path("b2").write_text(Path("b2").read_text("utf-8").replace("Oslo B-LOC B-LOC", "Oslo B-ORG B-LOC", 1), "utf-8")
    said = "a2:11: expected the same gold tags as in b2, found 'B-LOC' where that has 'B-ORG'; name one gold file by "
    assert tagger("compare", "a2", "b2").fault.startswith(said)


def test_plain_tags_and_labels_of_texts_are_compared(tagger: Command) -> None:
    for name, tag in (("g", "N"), ("a", "V"), ("b", "N")):
        Path(f"{name}.plain").write_text(f"dog {tag}\n\n" * 8, "utf-8")
        Path(f"{name}.csv").write_text("text,label\n" + f"a dog,{tag}\n" * 8, "utf-8")
    for ending in ("plain", "csv"):
        [found] = compared(tagger, f"a.{ending}", f"b.{ending}", "--gold", f"g.{ending}")
        assert found["headline"] == "accuracy"
        assert found["differences"]["accuracy"]["difference"] == 1.0
        assert found["p"] == 2 / 2**8  # all or none swapped, of all ways to swap


def test_a_model_is_compared_with_what_it_wrote(tagger: Command, model: Path) -> None:
    sentences = ENGLISH.read_text("utf-8").split("\n\n")[:30]
    Path("gold.conll").write_text("\n\n".join(sentences) + "\n\n", "utf-8")
    columns = ("--columns", "token,upos,ner")
    written = tagger("tag", "gold.conll", "--model", model, "--input", "columns", *columns).text
    Path("tagged.conll").write_text(written, "utf-8")
    [found] = compared(tagger, model, "tagged.conll", "--gold", "gold.conll")
    assert found["sentences"]["first_alone"] == found["sentences"]["second_alone"] == 0
    for name in ("lenient F1", "strict F1", "accuracy"):
        assert (found["differences"][name]["difference"], found["differences"][name]["p"]) == (0.0, 1.0)
    assert "needs a text to tag: name one by --gold" in tagger("compare", model, "tagged.conll").fault


def test_layers_are_compared_by_name(tagger: Command, small: list[str], tmp_path: Path) -> None:
    Path("text.conll").write_text("\n\n".join(ENGLISH.read_text("utf-8").split("\n\n")[:30]) + "\n\n", "utf-8")
    said = ("--train", "text.conll", "--dev", "none", "--columns", "token,upos,ner", *small)
    own = {"ner": ["ner"], "upos": ["upos"], "both": ["ner", "--set", "task.further.upos={}"]}
    for name, options in own.items():
        outcome = tagger("train", *said, "--set", "training.epochs=1", "--layer", *options, "--output", tmp_path / name)
        assert outcome.code == 0, outcome.err
    form = ("--gold", "text.conll", "--columns", "token,upos,ner")
    [found] = compared(tagger, "both", "upos", *form)
    assert found["layer"] == "upos"
    assert list(found["differences"]) == ["accuracy"]
    assert [one["layer"] for one in compared(tagger, "both", "both", *form)] == ["ner", "upos"]
    Path("tagged.conll").write_text(
        tagger("tag", "text.conll", "--model", "both", "--input", "columns", *form[2:]).text
    )
    for other in ("ner", "tagged.conll"):
        [found] = compared(tagger, "both", other, "--predicted-column", "3", *form)
        assert "lenient F1" in found["differences"]
    assert found["sentences"]["first_alone"] == found["sentences"]["second_alone"] == 0  # it wrote what it says
    fault = tagger("compare", "ner", "upos", *form).fault
    assert fault.startswith("text.conll: the models have no layer in common (ner and upos); name the column by --layer")
    Path("other.conll").write_text(Path("text.conll").read_text("utf-8"), "utf-8")
    renamed = ("--train", "other.conll", "--dev", "none", "--columns", "token,upos,tag", *small)
    assert tagger("train", *renamed, "--set", "training.epochs=1", "--output", tmp_path / "tag").code == 0
    [found] = compared(tagger, "ner", "tag", *form, "--layer", "ner")
    assert "lenient F1" in found["differences"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("", "A and B missing: name two files of predictions, or model folders"),
        ("a", "B missing: name two files of predictions"),
        ("a b --a a", "a: name A and B as arguments, or by --a and --b, not both"),
        ("a - --gold g", "standard input (-) cannot be read twice: name a file"),
        ("--a a --b b --gold g --gold g", "expected as many files of A for each of 2 gold files, found 1; name those"),
        ("a b", "a:1: expected 2 columns or more for token=0,tag=-2, found 2 in 'Ada B-PER'; name the"),
        ("beside beside", "beside: expected gold tags in the last column but one, found plain tags beside"),
        ("a none --gold g", "none: cannot be read: No such file"),
        ("a other --gold g", "g:1: gold has the token 'Ada', predicted 'Eve' at other:1; score files of the same text"),
        ("a short --gold g", "g:5: expected no more sentences, since short ends after the sentence at g:1, found "),
        ("a t.csv --gold g", "t.csv:1: expected"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused_in_a_line(tagger: Command, arguments: str, said: str) -> None:
    Path("other").write_text(FIRST.replace("Ada", "Eve", 1), "utf-8")
    Path("short").write_text(FIRST.split("\n\n")[0] + "\n", "utf-8")
    Path("beside").write_text("Ada PROPN B-PER\nslept VERB O\n", "utf-8")
    Path("t.csv").write_text("text,label\na,b\n", "utf-8")
    assert tagger("compare", *arguments.split()).fault.startswith(said)


def test_what_is_read_twice_is_no_pipe(tagger: Command) -> None:
    os.mkfifo("pipe")
    said = "pipe is a pipe or device, which cannot be read twice: name a file (see tagger compare --help)"
    assert tagger("compare", "a", "b", "--gold", "pipe").fault == said
    assert tagger("compare", "pipe", "b").fault == said


def test_json_is_json_where_standard_output_lacks_a_letter() -> None:
    shutil.copy("g", "\U0001f600.conll")
    arguments = ["compare", "a", "b", "--gold", "\U0001f600.conll", "--json"]
    program = f"import sys; sys.argv[1:] = {arguments}\nfrom taggers.cli import main\nmain()"
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, env=environment)
    assert json.loads(done.stdout.decode("latin-1"))[0]["gold"] == "\U0001f600.conll"
