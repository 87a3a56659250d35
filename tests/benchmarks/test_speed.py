"""The pieces of the speed suite on tiny sizes: what is measured is another matter, and no test looks at a clock."""

from __future__ import annotations

import doctest
import statistics
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks.speed import __main__ as command
from benchmarks.speed import operations, page, process, synthetic, tables
from benchmarks.speed.inside import crf, profile, training
from benchmarks.speed.operations import LETTERS, SMALL, STANDARD, Sizes
from benchmarks.speed.page import PAGE, with_tables
from benchmarks.speed.parts import crf as crf_part
from benchmarks.speed.peers import common
from benchmarks.speed.place import PRESETS, Place
from benchmarks.speed.process import Cores
from benchmarks.speed.store import Store, stored
from benchmarks.speed.synthetic import LABELS, LONGEST, sentences, write_columns
from benchmarks.speed.tables import TABLES
from taggers import Corpus, load_config
from taggers.build import build_model
from taggers.data.batch import shuffled
from taggers.data.indexer import Indexer
from taggers.metrics import score_tags
from taggers.tasks.labelling import Labelling
from taggers.text import Sentence
from taggers.text.schemes import IOB2, IOBES

TOKENS = 60_000


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A run on one core that makes hardly anything."""
    return Place(tmp_path_factory.mktemp("speed"), Cores.last(1), "cpu", repeats=1, most_tokens=10, limit=1.0)


def test_the_synthetic_corpus_has_the_lengths_of_news_and_follows_from_its_seed() -> None:
    made = list(sentences(TOKENS, seed=1))
    lengths = [len(s.tokens) for s in made]
    assert 14.0 < statistics.mean(lengths) < 15.0
    assert statistics.median(lengths) <= 12
    assert 90 < max(lengths) <= LONGEST
    assert made[:50] == list(sentences(TOKENS, seed=1))[:50]
    assert made[:50] != list(sentences(TOKENS, seed=2))[:50]


def test_synthetic_words_are_zipfian_and_go_on_appearing() -> None:
    counts = Counter(token for s in sentences(TOKENS, seed=1) for token in s.tokens)
    frequent = [count for _, count in counts.most_common(200)]
    assert frequent[10] > 5 * frequent[100]
    assert sum(count == 1 for count in counts.values()) > len(counts) / 2
    unknown = Counter(token in counts for s in sentences(TOKENS // 4, seed=2) for token in s.tokens)
    assert 0.05 < unknown[False] / unknown.total() < 0.25


def test_synthetic_tags_are_spans_of_four_labels(tmp_path: Path) -> None:
    write_columns(tmp_path / "train.conll", 5000, seed=1)
    notes: list[str] = []
    corpus = Corpus.read(tmp_path / "train.conll", note=notes.append)
    assert corpus.scheme is IOB2
    assert not [note for note in notes if "violat" in note]
    assert Labelling.build(corpus.train, "tag", IOBES, IOB2).labels == LABELS


@pytest.mark.parametrize(("preset", "sizes"), [("standard", STANDARD), ("small", SMALL)])
def test_operations_are_those_of_the_presets(preset: str, sizes: Sizes) -> None:
    made = [Sentence(tuple(s.tokens), {"tag": tuple(s.tags)}) for s in sentences(3000, seed=1)]
    task = Labelling.build(made, "tag", IOBES, IOB2)
    settings = load_config(PRESETS / f"{preset}.toml")
    model = build_model(settings, Indexer.build(made), [task])
    weights = dict(model.named_parameters())
    multiplied = [w.numel() for name, w in weights.items() if name.endswith(("input_weight", "recurrent_weight"))]
    emitted = [w.numel() for name, w in weights.items() if name.endswith("emit.weight")]
    convolved = [w.numel() for name, w in weights.items() if name.endswith("convolution.weight")]
    assert sizes.forward == pytest.approx(2 * (sum(multiplied) + sum(emitted) + LETTERS * sum(convolved)))


def test_batches_hold_as_many_sentences_as_are_asked_for() -> None:
    lengths = np.array([len(s.tokens) for s in sentences(TOKENS, seed=1)], dtype=np.int32)
    batches = shuffled(lengths, training.budget_for(lengths, 32), np.random.default_rng(1))
    assert len(lengths) / len(batches) == pytest.approx(32, rel=0.05)


@pytest.mark.parametrize("tags", crf_part.TAGS)
def test_the_constrained_crf_allows_what_iobes_allows(tags: int) -> None:
    allowed = crf.constrained(tags).transitions_allowed
    assert allowed is not None
    assert allowed.shape == (tags, tags)
    labels = (tags - 1) // 4
    outside = tags - 4 * labels  # O, and what is like it
    # From O, E and S to O, B and S; from B and I to the I and E of the same label.
    assert int(allowed.sum()) == (outside + 2 * labels) ** 2 + 2 * labels * 2


@pytest.mark.parametrize(
    "module", [synthetic, operations, process, tables, page, common, training], ids=lambda module: module.__name__
)
def test_the_examples_of_its_documentation_hold(module: ModuleType) -> None:
    outcome = doctest.testmod(module)
    assert outcome.attempted
    assert not outcome.failed


def test_a_crf_cell_gives_seconds_of_both_sides() -> None:
    found = crf.measure(tags=9, steps=3, sentences=2, device="cpu", repeats=1)
    assert set(found) == {"ours", "log_space", "pytorch_crf", "ours_decode", "ours_viterbi", "pytorch_crf_decode"}


def test_the_profile_names_functions_that_are_there_and_puts_them_back(tmp_path: Path) -> None:
    write_columns(tmp_path / "train.conll", 3000, seed=1)
    before = [getattr(owner, name) for owner, name, _ in profile._PARTS]
    overrides = [f"data.train={tmp_path / 'train.conll'}", "model.encoder.hidden_size=4"]
    found = profile.measure(str(PRESETS / "small.toml"), overrides, "cpu", sentences=4, steps=3)
    assert [getattr(owner, name) for owner, name, _ in profile._PARTS] == before
    parts = found["microseconds"]
    assert isinstance(parts, dict)
    assert {part for *_, part in profile._PARTS} < set(parts)
    assert {"backward of encoder", "backward of head and CRF"} < set(parts)


def test_f1_of_peers_is_that_of_the_product() -> None:
    gold = [s.tags for s in sentences(3000, seed=1)]
    predicted = [tags[1:] + tags[:1] for tags in gold]  # some right by chance, many with an I- that continues nothing
    predicted[::2] = gold[::2]
    assert 0.4 < common.f1(gold, predicted) < 0.9
    assert common.f1(gold, predicted) == pytest.approx(score_tags(gold, predicted, IOB2).headline)


def test_a_process_is_held_to_its_cores_and_says_what_failed(place: Place) -> None:
    code = "import os; print(len(os.sched_getaffinity(0)), os.environ['OMP_NUM_THREADS'])"
    ran = place.cores.run([sys.executable, "-c", code])
    assert ran.out.split() == ["1", "1"]
    assert ran.peak > 2**20
    with pytest.raises(RuntimeError, match="no such thing"):
        place.cores.run([sys.executable, "-c", "raise SystemExit('no such thing')"])


def test_a_killed_run_goes_on_and_another_machine_begins_anew(tmp_path: Path) -> None:
    path, here = tmp_path / "part.json", {"cpu": "this"}
    Store(path, here).add("first", {"seconds": 1})
    again = Store(path, here)
    assert "first" in again
    again.add("second", {"seconds": 2})
    (kept,) = stored(tmp_path)
    assert list(kept[1]["cases"]) == ["first", "second"]
    assert "first" not in Store(path, {"cpu": "another"})


def test_the_command_measures_what_is_missing_and_writes_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = tmp_path / "page.md"
    text.write_text("Before.\n\n<!-- table: crf -->\n<!-- end -->\n\nAfter.\n")
    monkeypatch.setattr(command, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(command, "write_page", lambda: page.write_page(text, tmp_path / "results"))
    arguments = ["crf", "--only", "K=9 T=15 B=32", "--repeats", "1", "--work", str(tmp_path)]
    for _ in range(2):
        done = CliRunner().invoke(command.main, arguments)
        assert done.exit_code == 0, done.output
    assert not done.output  # all was there
    ((name, content),) = stored(tmp_path / "results")
    assert name == "crf"
    assert set(content["cases"]) == {"K=9 T=15 B=32"}
    assert "| K=9 | 1 core | 1 |" in text.read_text()
    assert text.read_text().startswith("Before.")
    assert text.read_text().endswith("After.\n")


def test_the_page_holds_every_table_of_what_is_stored() -> None:
    text = PAGE.read_text("utf-8")
    assert with_tables(text, dict(stored())) == text, "say: python -m benchmarks.speed --page-only"
    assert [name for name in TABLES if f"<!-- table: {name} -->" not in text] == []
