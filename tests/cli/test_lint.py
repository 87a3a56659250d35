"""`tagger lint` as a user runs it: cards, configs and files, text, JSON and HTML, exit codes, faults."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Command

ROOT = Path(__file__).parents[2]
CLEAN = "Ada B-PER\nflew O\nto O\nLima B-LOC\n\nNobody O\nslept O\n\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: Path, text: str) -> Path:
    """Write a file."""
    path.write_text(text, encoding="utf-8")
    return path


def findings(tagger: Command, *arguments: object) -> dict[str, list[list[str]]]:
    """The places of findings by kind."""
    found: dict[str, list[list[str]]] = {}
    for finding in json.loads(tagger("lint", "--json", *arguments).text)["findings"]:
        found.setdefault(finding["kind"], []).append([f"{p['file']}:{p['line']}" for p in finding["places"]])
    return found


def test_clean_data_has_nothing_but_a_summary(tagger: Command, folder: Path) -> None:
    write(folder / "a.conll", CLEAN)
    done = tagger("lint", "a.conll", "--strict")
    assert (done.code, done.err) == (0, "")
    assert done.text.splitlines() == [
        "train: 2 sentences, 6 tokens, 2 spans",
        "tag: IOB2, 2 labels: PER 1, LOC 1",
        "found: 0 errors, 0 warnings, 2 notes",
        "",
        "note: rare-label (2): labels that occur once",
        "  'PER' occurs once: a.conll:1",
        "  'LOC' occurs once: a.conll:4",
    ]


def test_the_page_shows_what_is_printed(tagger: Command, folder: Path) -> None:
    page = (ROOT / "docs" / "lint.md").read_text("utf-8")
    train, test = re.findall(r"^printf '(.*)' > ", page, re.MULTILINE)
    write(folder / "train.conll", train.replace("\\n", "\n"))
    write(folder / "test.conll", test.replace("\\n", "\n"))
    shown, _ = re.findall("```text\n(.*?)```", page, re.DOTALL)
    assert tagger("lint", "train.conll", "--test", "test.conll").text == shown


PERCENT = re.compile(r"[<>]?\d+\.\d%")  # the last digits of a training differ from machine to machine


def test_the_page_shows_what_models_find_suspicious(tagger: Command, folder: Path) -> None:
    page = (ROOT / "docs" / "lint.md").read_text("utf-8")
    [script] = re.findall(
        "```sh\n(for name in .*?)tagger lint trips.conll --folds 3 --set training.epochs=8", page, re.DOTALL
    )
    subprocess.run(["sh", "-c", script], check=True)
    _, shown = re.findall("```text\n(.*?)```", page, re.DOTALL)
    found = tagger("lint", "trips.conll", "--folds", "3", "--set", "training.epochs=8").text
    assert PERCENT.sub("%", found) == PERCENT.sub("%", shown)
    for kept in re.findall(r"\((.*?%)\), rather .*? \((.*?%)\)", found):
        less, more = (float(share.strip("<>%")) for share in kept)
        assert less < 25 < 50 < more


SMALL = ["--set", "model.characters.kind=none", "--set", "training.epochs=1", "--set", "training.batch_tokens=500"]


def test_models_of_a_config_read_its_columns_and_judge_the_layer_asked_for(tagger: Command, folder: Path) -> None:
    write(folder / "a.conll", "Ada N B-PER\nslept V O\n\nNobody P O\nslept V O\n\n" * 6)
    settings = '[data]\ntrain = "a.conll"\ncolumns = ["token", "upos", "ner"]\n[task]\nlayer = "ner"\n'
    write(folder / "a.toml", settings + '[model.features.upos]\nkind = "value"\n')
    done = tagger("lint", "a.toml", "--folds", "2", "--json", *SMALL)
    report = json.loads(done.text)
    assert report["layer"] == "ner"
    assert "fold 2 of 2: 6 sentences held out" in done.err
    suspects = [finding for finding in report["findings"] if finding["kind"] == "suspect"]
    assert report["counts"].get("suspect", 0) == len(suspects)
    assert [s["score"] for s in suspects] == sorted((s["score"] for s in suspects), reverse=True)
    write(folder / "b.toml", settings)
    other = json.loads(tagger("lint", "b.toml", "--layer", "upos", "--folds", "2", "--json", *SMALL).text)
    assert (other["layer"], other["scheme"]) == ("upos", "plain")


def test_labels_of_texts_are_ranked_too(tagger: Command, folder: Path) -> None:
    write(folder / "a.csv", "text,label\n" + "play a song,Play\nrate a book,Rate\n" * 8 + "rate a song,Play\n")
    done = tagger("lint", "a.csv", "--folds", "3", "--json", *SMALL)
    for finding in json.loads(done.text)["findings"]:
        if finding["kind"] == "suspect":
            assert {finding["annotated"], finding["instead"]} == {"Play", "Rate"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("a.conll --folds 1", "--folds 1: expected 2 or more"),
        ("a.conll --folds 20", "--folds 20: expected between 2 and the number of documents, 2"),
        (
            "a.conll --set training.epochs=2",
            "--set training.epochs=2 is for the models of --folds: leave it out, or say",
        ),
        ("a.conll --folds 2 --set training.epoch=2", "--set: training.epoch: unknown key; did you mean 'epochs'?"),
        (
            "a.conll --folds 2 --set task.layer=tag",
            "--set task.layer=tag: expected a key of model or training, all else",
        ),
        ("a.conll --folds 2 --device cuda:x", "--device cuda:x: expected auto, cpu, cuda or cuda:N"),
        ("partial.toml --folds 2", "partial.toml: partly annotated data cannot be judged: leave out --folds"),
        (
            "lemmas.toml --folds 2",
            "lemmas.toml: --folds is for tags and labels of texts, found task.kind 'transduction'",
        ),
        ("texts.csv --folds 2", "nothing is annotated: --folds judges tags, or labels of texts"),
        ("broken.csv --folds 2", "broken.csv:2: expected a label, found none; fill it in, or leave the row out"),
    ],
)
def test_what_models_cannot_judge_is_said_in_a_line(tagger: Command, folder: Path, arguments: str, said: str) -> None:
    write(folder / "a.conll", CLEAN)
    write(folder / "texts.csv", "text\nplay it\nrate it\n")
    write(folder / "broken.csv", "text,label\nplay it,\nrate it,Rate\n")
    write(folder / "partial.toml", '[data]\ntrain = "a.conll"\npartial = true\n')
    write(folder / "lemmas.toml", '[data]\ntrain = "a.conll"\n[task]\nkind = "transduction"\nlayer = "tag"\n')
    assert tagger("lint", *arguments.split()).fault.startswith(said)


def test_only_errors_make_a_strict_run_fail(tagger: Command, folder: Path) -> None:
    write(folder / "a.conll", CLEAN + "Bo B-PER\nand O\nLi I-LOC\n\n")
    write(folder / "b.conll", CLEAN + "B\u200bo B-PER\nand O\n\n")
    assert tagger("lint", "a.conll").code == 0
    assert tagger("lint", "a.conll", "--strict").code == 1
    assert b"error: violation (1)" in tagger("lint", "a.conll", "--strict").out
    assert tagger("lint", "b.conll", "--strict").code == 0


def test_a_line_that_cannot_be_read_is_a_finding_and_the_other_files_are_looked_at(
    tagger: Command, folder: Path
) -> None:
    write(folder / "a.conll", CLEAN + "Ada\nslept O\n\n")
    (folder / "b.conll").write_bytes(b"Ada B-PER\n\nBo\xff B-PER\n\n")
    write(folder / "c.conll", "Li I-PER\nslept O\n\nso O\nBo B-PER\n\n")
    done = tagger("lint", "a.conll", "--dev", "b.conll", "--test", "c.conll", "--strict")
    assert done.code == 1
    assert b"error: unreadable (2)" in done.out
    assert b"  expected 2 columns as in line 1, found 1 in 'Ada'; " in done.out
    assert b": a.conll:9\n" in done.out
    assert b"found byte 0xff" in done.out
    assert b": b.conll:3\n" in done.out
    assert b"  I-PER at the start, which IOB2 does not know: c.conll:1\n" in done.out


def test_a_file_whose_beginning_cannot_be_read_leaves_the_others(tagger: Command, folder: Path) -> None:
    (folder / "a.conll").write_bytes(CLEAN.encode("utf-16"))
    write(folder / "b.conll", "Li I-PER\nslept O\n\nso O\nBo B-PER\n\n".replace(" ", "\t"))
    found = findings(tagger, "a.conll", "--test", "b.conll")
    assert (found["unreadable"], found["violation"]) == ([["a.conll:1"]], [["b.conll:1"]])
    done = tagger("lint", "-", "--strict", stdin=b"\xff\n")
    assert (done.code, done.err) == (1, "")
    assert b"found byte 0xff at byte offset 0; name the encoding with --encoding: <stream>:1\n" in done.out


def test_a_file_of_which_nothing_can_be_read_is_a_finding_too(tagger: Command, folder: Path) -> None:
    write(folder / "a.conll", "Ada\nslept\n\n")
    assert list(findings(tagger, "a.conll")) == ["unreadable"]
    write(folder / "b.conll", CLEAN)
    assert findings(tagger, "a.conll", "--test", "b.conll")["unreadable"] == [["a.conll:1"]]


def test_partly_annotated_tags_are_not_looked_at(tagger: Command, folder: Path) -> None:
    write(folder / "a.conll", "Ada B-PER|B-LOC\nslept ?\n\n")
    write(folder / "a.toml", '[data]\ntrain = "a.conll"\npartial = true\n')
    done = tagger("lint", "a.toml", "--strict")
    assert done.text.startswith("train: 1 sentence, 2 tokens\nfound: 0 errors")
    assert done.err == "partly annotated, so that tags may be sets: they are not looked at\n"


def test_a_corpus_a_card_and_a_config_name_their_files_and_layer(tagger: Command) -> None:
    whole = tagger("lint", ROOT / "corpora" / "english").text
    assert tagger("lint", ROOT / "corpora" / "english" / "card.toml").text == whole
    assert "\nner: IOB2, 4 labels: PER 700" in whole
    by_config = tagger("lint", ROOT / "configs" / "english.toml").text
    assert [line for line in by_config.splitlines() if line[0:1] not in ("", " ")] == [
        line for line in whole.splitlines() if line[0:1] not in ("", " ")
    ]
    tags = tagger("lint", ROOT / "corpora" / "english", "--layer", "upos").text
    assert "\nupos: plain, " in tags
    train = findings(tagger, ROOT / "corpora" / "english", "--test", ROOT / "corpora" / "english" / "train.conll")
    assert len(train["leak"]) > 1000


def test_other_formats_are_read_by_their_names(tagger: Command, folder: Path) -> None:
    rest = 6 * "\t_"
    write(folder / "a.conllu", f"1\tGo\t_\tVERB{rest}\n2\t!\t_\tX{rest}\n\n")
    assert "upos: plain, 2 labels" in tagger("lint", "a.conllu").text
    write(folder / "a.jsonl", json.dumps({"text": "Ada slept", "label": [[0, 2, "PER"]]}) + "\n")
    assert findings(tagger, "a.jsonl")["changed"] == [["a.jsonl:1"]]
    write(folder / "a.csv", "text,label\nplay it,Play\nplay it,Rate\n")
    assert findings(tagger, "a.csv")["contradiction"] == [["a.csv:2", "a.csv:3"]]
    write(folder / "b.jsonl", '{"tokens": ["a\\ud800", "b"], "ner_tags": ["O", "O"]}\n')
    assert findings(tagger, "b.jsonl")["damaged-character"] == [["b.jsonl:1"]]


def test_standard_input_is_a_file(tagger: Command) -> None:
    assert "train: 2 sentences" in tagger("lint", "-", stdin=CLEAN.encode()).text
    assert tagger("lint", "-", "--test", "-").fault.startswith("standard input (-) is named twice")


class _Tags(HTMLParser):
    """The tags, attributes and text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_for_a_browser_is_escaped_and_needs_nothing_beside_it(tagger: Command, folder: Path) -> None:
    odd = "<script>alert(1)</script>"
    write(folder / "a.conll", CLEAN + f"{odd}\u200b\u202e B-PER\n{odd} I-<img/src=x>\n\n")
    done = tagger("lint", "a.conll", "--html", "a.html")
    assert done.err == "wrote a.html\n"
    page = _Tags()
    page.feed((folder / "a.html").read_text("utf-8"))
    assert not {"script", "img", "link", "iframe"} & set(page.tags)
    assert not {"src", "href", "onclick"} & set(page.attributes)
    assert f"'{odd}<U+200B><U+202E>': ZERO WIDTH SPACE: a.conll:9" in page.text
    assert "I-<img/src=x> after B-PER" in page.text
    assert not re.search("https?:", (folder / "a.html").read_text("utf-8"))


def test_what_was_found_is_printed_before_the_page_is_written(tagger: Command, folder: Path) -> None:
    write(folder / "a.conll", CLEAN)
    for place in ("nowhere/a.html", ".", ""):
        done = tagger("lint", "a.conll", "--html", place)
        assert done.fault.split(": ")[1] == "cannot be written"
        assert done.out.startswith(b"train: 2 sentences")


def test_the_page_is_never_written_over_the_data(tagger: Command, folder: Path) -> None:
    write(folder / "a.conll", CLEAN)
    (folder / "link").symlink_to("a.conll")
    for place in ("a.conll", "./a.conll", "link"):
        said = f"--html {place} is data that is read: name another file (see tagger lint --help)"
        assert tagger("lint", "--dev", "a.conll", "--html", place).fault == said
    assert tagger("lint", "a.conll", "--html", "-").fault.startswith("--html -: expected the name of a file")
    assert (folder / "a.conll").read_text("utf-8") == CLEAN


def test_a_line_with_several_such_tokens_is_named_once(tagger: Command, folder: Path) -> None:
    write(folder / "a.csv", "text,label\na \u00ad b \u00ad c,x\n")
    assert "'<U+00AD>': SOFT HYPHEN: a.csv:2\n" in tagger("lint", "a.csv").text


def test_json_is_json_whatever_the_encoding_of_standard_output(folder: Path) -> None:
    write(folder / "a.conll", "\U0001f600é B-\U0001f600\nslept O\n\n")
    program = "import sys; sys.argv[1:] = ['lint', 'a.conll', '--json']\nfrom taggers.cli import main\nmain()"
    for encoding in ("latin-1", "ascii", "utf-8"):
        environment = {**os.environ, "PYTHONIOENCODING": encoding}
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, env=environment)
        assert json.loads(done.stdout.decode(encoding))["labels"] == {"tag": {"\U0001f600": 1}}


def test_findings_are_left_out_unless_all_are_asked_for(tagger: Command, folder: Path) -> None:
    write(folder / "a.conll", "".join(f"Bo{n} B-T{n}\nslept{n} O\n\n" for n in range(15)))
    some, every = tagger("lint", "a.conll").text, tagger("lint", "a.conll", "--all").text
    assert "  and 5 more (--all)\n" in some
    assert (some.count("occurs once: "), every.count("occurs once: ")) == (10, 15)
    assert len(findings(tagger, "a.conll")["rare-label"]) == 15


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("", "nothing to look at: name a CORPUS, or --train FILE (see tagger lint --help)"),
        ("gone.conll", "gone.conll: cannot be read: No such file or directory"),
        ("gone.toml", "gone.toml: cannot be read: No such file or directory"),
        ("empty.conll", "empty.conll: expected sentences, found none; name another file"),
        ("a.conll --train a.conll", "a.conll and --train a.conll are both training data: leave out one"),
        ("a.conll --layer nerr", "a.conll:1: no layer 'nerr'; there are "),
        ("a.csv --layer ner", "--layer ner names tags, but the files are csv: leave it out"),
        ("a.csv --on-cut snap", "--on-cut says how spans of characters are read, but the files are csv"),
        ("a.conll --html nowhere/a.html", "nowhere/a.html: cannot be written: No such file or directory"),
        ("a.conll --encoding utf-9", "unknown encoding 'utf-9'"),
        ("bare.toml", "bare.toml: expected files for train, dev or test, found none; name them with --train"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(tagger: Command, folder: Path, arguments: str, said: str) -> None:
    write(folder / "a.conll", CLEAN)
    write(folder / "empty.conll", "\n\n")
    write(folder / "a.csv", "text,label\nplay it,Play\n")
    write(folder / "bare.toml", '[task]\nlayer = "ner"\n')
    assert tagger("lint", *arguments.split()).fault.startswith(said)


def test_no_torch_is_loaded(folder: Path) -> None:
    write(folder / "a.conll", CLEAN)
    run = "from taggers.cli import main\ntry: main()\nfinally: print(*sys.modules)"
    program = f"import sys; sys.argv[1:] = ['lint', 'a.conll']\n{run}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "taggers.lint" in done.stdout.split()
    assert not {"torch", "onnxruntime", "numba", "scipy"} & set(done.stdout.split())


@pytest.mark.parametrize(
    ("name", "errors", "leaked"),
    [
        ("wikigold", {}, {"dev": 0, "test": 8}),
        ("wnut17", {"contradiction": 13}, {"dev": 0, "test": 0}),
        ("uner_danish_ddt", {"violation": 5}, {"dev": 2, "test": 1}),
    ],
)
def test_real_corpora(
    tagger: Command, data: Callable[[str], Path], name: str, errors: dict[str, int], leaked: dict[str, int]
) -> None:
    data(name)
    report = json.loads(tagger("lint", ROOT / "configs" / "corpora" / f"{name}.toml", "--json").text)
    grave = [finding for finding in report["findings"] if finding["severity"] == "error"]
    assert {kind: sum(f["kind"] == kind for f in grave) for kind in {f["kind"] for f in grave}} == errors
    assert {split: leak["exact"] for split, leak in report["leakage"].items()} == leaked
    if name == "uner_danish_ddt":  # as many as its card says
        assert sum(len(finding["places"]) for finding in grave) == 7
