"""Sequences learnt from sequences: through the loop, the folder and both engines, killed and gone on with."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from taggers import Config, Corpus, Sentence, Tagger
from taggers.chain.search import Search
from taggers.checkpoint import load_folder
from taggers.engine import load_engine
from taggers.engine.interface import Answers, Decoder, JudgedAnswers, decode
from taggers.engine.remembering import Remembering
from taggers.engine.torch_engine import load as load_torch
from taggers.errors import CheckpointError, ConfigError, FormatError, TaggerError
from taggers.evaluation import predict
from taggers.metrics.strings import StringScores
from taggers.reading import columns_of, load_corpus
from taggers.runs import Silent, cross_validate, train_model
from taggers.settings import make_config
from taggers.tasks.transduction import Transduction

SMALL = [
    "model.words.size=16", "model.characters.kind=none", "model.casing.size=0", "model.encoder.hidden_size=24",
    "model.encoder.input_dropout=0", "model.encoder.output_dropout=0", "model.encoder.recurrent_dropout=0",
    "model.head.kind=decoder", "model.head.size=12", "model.head.hidden_size=24", "model.head.dropout=0",
    "training.optimiser.learning_rate=0.01", "training.word_dropout=0", "training.unknown=0",
    "training.batch_tokens=128",
]  # fmt: skip


def settings(*overrides: str, layer: str = "lemma") -> Config:
    return make_config({"task": {"kind": "transduction", "layer": layer}}, [*SMALL, *overrides])


def words(number: int, seed: int) -> list[Sentence]:
    """Made up words; as nouns they end in -s, as verbs in -ed, and their lemmas do not."""
    rng = np.random.default_rng(seed)
    sentences = []
    for _ in range(number):
        stems = ["".join(rng.choice(list("abdeiknort"), size=rng.integers(2, 6))) for _ in range(4)]
        tags = rng.choice(["NOUN", "VERB", "X"], size=4).tolist()
        forms = [stem + {"NOUN": "s", "VERB": "ed", "X": ""}[tag] for stem, tag in zip(stems, tags, strict=True)]
        sentences.append(Sentence(tuple(forms), {"lemma": tuple(stems), "upos": tuple(tags)}))
    return sentences


def corpus_of(config: Config, train: Sequence[Sentence], dev: Sequence[Sentence] = ()) -> Corpus:
    return Corpus.of(train, dev, layer=[], columns=columns_of(config))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of lemmas that has seen the tags."""
    config = settings("task.beside=['upos']", "training.epochs=12")
    place = tmp_path_factory.mktemp("models") / "lemmas"
    train_model(config, corpus_of(config, words(150, 1), words(20, 2)), place, "cpu")
    return place


def test_endings_are_cut_off_words_never_seen(trained: Path) -> None:
    scores = load_folder(trained).scores["dev"]
    assert scores["unknown"] > 40
    assert scores["unknown_accuracy"] > 0.9
    assert Tagger.load(trained).evaluate(words(20, 2)).to_json() == pytest.approx(scores)


def test_both_engines_answer_alike(trained: Path) -> None:
    folder = load_folder(trained)
    under_torch, under_onnx = load_torch(folder, "cpu"), load_engine(folder, "cpu")
    sentences = words(30, 3)
    tasks = folder.expect_answers()
    for one, other in zip(*(predict(e, tasks, sentences) for e in (under_torch, under_onnx)), strict=True):
        assert one.tags == other.tags


@pytest.mark.parametrize("budget", [1, 40, 4096])
def test_an_answer_does_not_depend_on_its_batch(trained: Path, budget: int) -> None:
    folder = load_folder(trained)
    engine, (task,) = load_engine(folder, "cpu"), folder.tasks
    assert isinstance(task, Transduction)
    sources = [task.source(key) for key in task.keys(words(8, 4))]
    (together,) = decode(engine, sources, budget)
    for source, row in zip(sources, together.tolist(), strict=True):
        (alone,) = decode(engine, [source])
        assert [i for i in alone[0].tolist() if i] == [i for i in row if i]


@pytest.mark.parametrize("token", ["x", "ζ" * 3, "ab" * 400, "\U0001f600", "_", "|"])
def test_whatever_stands_there_is_answered_within_the_limit(trained: Path, token: str) -> None:
    answer = Tagger.load(trained).tag([Sentence((token,), {"upos": ("SURPRISE",)})])
    [[lemma]] = [list(p.tags) for p in answer]
    assert 1 <= len(lemma) <= min(256, 2 * (len(token) + 1) + 10)


def test_a_column_that_the_model_reads_must_be_there(trained: Path) -> None:
    with pytest.raises(FormatError, match="no column 'upos'"):
        list(Tagger.load(trained).tag([Sentence(("saws",))]))


def test_a_folder_without_the_graph_of_a_step_is_refused(trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained, tmp_path / "copy")
    manifest = tmp_path / "copy" / "manifest.json"
    values = json.loads(manifest.read_text(encoding="utf-8"))
    del values["sha256"]["step.onnx"]
    manifest.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"step\.onnx is not listed"):
        load_folder(tmp_path / "copy")


class Counting(Decoder):
    """Notes what it is asked for."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder, self.asked = decoder, []  # type: ignore[var-annotated]

    def submit(self, sentences: Sequence[Sentence]) -> Callable[[], Answers | JudgedAnswers]:
        self.asked += [s.tokens for s in sentences]
        return self._decoder.submit(sentences)


@pytest.mark.parametrize("room", [1000, 3])
def test_the_same_example_is_decoded_once_while_there_is_room(trained: Path, room: int) -> None:
    folder = load_folder(trained)
    (task,) = folder.tasks
    assert isinstance(task, Transduction)
    plain = Decoder(load_engine(folder, "cpu"))
    counting = Counting(plain)
    remembering = Remembering(counting, task, room)
    sentences = words(5, 5)
    expected = None
    for _ in range(3):
        [answers] = remembering.submit([*sentences, *sentences])()
        expected = expected or answers.tolist()
        assert answers.tolist() == expected
    distinct = set(task.keys(sentences))
    assert len(counting.asked) == len(distinct) * (1 if room == 1000 else 3)


def test_a_run_that_feeds_itself_goes_on_where_it_stopped(tmp_path: Path) -> None:
    config = settings("training.epochs=3", "model.head.teacher_forcing=0.0", "training.checkpoint_steps=2",
                      "model.head.dropout=0.2", "model.encoder.output_dropout=0.2")  # fmt: skip
    corpus = corpus_of(config, words(30, 1), words(5, 2))
    whole = train_model(config, corpus, tmp_path / "whole", "cpu")

    class KilledError(Exception):
        """In the midst of it."""

    class Killer(Silent):
        def on_step(self, epoch: int, step: int, steps: int, loss: float | None) -> None:
            if epoch == 1 and step == 4:
                raise KilledError

    with pytest.raises(KilledError):
        train_model(config, corpus, tmp_path / "killed", "cpu", listener=Killer())
    resumed = train_model(config, corpus, tmp_path / "killed", "cpu", resume=True)
    assert resumed.weights.read_bytes() == whole.weights.read_bytes()


@pytest.mark.parametrize(
    "overrides",
    [["model.encoder.kind=gru"], ["model.encoder.layers=2"], ["model.encoder.directions=forward"], ["task.beam=3"],
     ["task.around=3"], ["training.precision=bfloat16"],
     ["model.encoder.kind=gru", "training.precision=bfloat16"]],
    ids="-".join,
)  # fmt: skip
def test_every_variant_trains_and_both_engines_agree(overrides: list[str], tmp_path: Path) -> None:
    config = settings("training.epochs=1", *overrides)
    folder = train_model(config, corpus_of(config, words(10, 1)), tmp_path / "model", "cpu")
    under_torch, under_onnx = load_torch(folder, "cpu"), load_engine(folder, "cpu")
    tasks = folder.expect_answers()
    for one, other in zip(*(predict(e, tasks, words(3, 3)) for e in (under_torch, under_onnx)), strict=True):
        assert one.tags == other.tags


def test_words_become_other_words(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    numerals = {"one": "un", "two": "deux", "three": "trois", "four": "quatre"}
    pairs = []
    for _ in range(200):
        chosen = rng.choice(list(numerals), size=rng.integers(1, 5)).tolist()
        pairs.append(Sentence(tuple(chosen), label=" ".join(numerals[word] for word in reversed(chosen))))
    config = settings("training.epochs=40", layer="label")
    place = tmp_path / "reversed"
    train_model(config, Corpus.of(pairs, layer=[], label=True), place, "cpu")
    tagger = Tagger.load(place)
    assert tagger.tag(["two", "one", "four"]).label == "quatre un deux"
    [answer] = tagger.tag("two one. Four two.")
    assert answer.sentence.tokens == ("two", "one", ".", "Four", "two", ".")
    assert tagger.tag(" ") == []


def test_symbols_have_no_columns_of_their_own() -> None:
    with pytest.raises(ConfigError, match=r"name it in task\.beside"):
        settings("model.features.upos.kind=value")
    with pytest.raises(ConfigError, match="are for tokens"):
        settings("task.around=3", layer="label")


@pytest.mark.parametrize("layer", ["lemma", "label"])
def test_sources_are_never_cut_into_windows(layer: str) -> None:
    with pytest.raises(ConfigError, match="leave windows out"):
        settings("model.windows.length=20", layer=layer)


def test_a_trained_model_is_searched_otherwise_on_request(trained: Path) -> None:
    """By either engine, beside it or not, as the task would have it that was trained so."""
    rng = np.random.default_rng(7)  # of strange words it is not sure
    forms = ["".join(rng.choice(list("abdeiknort"), size=15)) for _ in range(40)]
    sentences = [Sentence((form,), {"upos": ("X",)}) for form in forms]
    folder = load_folder(trained)
    (task,) = folder.tasks
    assert isinstance(task, Transduction)
    wider = replace(folder, tasks=(replace(task, beam=4, length_power=2.0),))
    expected = [p.tags for p in predict(load_engine(wider, "cpu"), wider.expect_answers(), sentences)]
    assert expected != [p.tags for p in Tagger.load(trained, "cpu").stream(sentences)]
    tagger = Tagger.load(trained, "cpu", beam=4, length_power=2.0)
    assert [p.tags for p in tagger.stream(sentences)] == expected
    assert [p.tags for p in tagger.stream(sentences, workers=2)] == expected
    assert load_torch(tagger.folder, "cpu").search == load_engine(tagger.folder, "cpu").search == Search(4, 2.0)
    assert load_engine(Tagger.load(trained, "cpu", length_power=0.5).folder, "cpu").search == Search(1, 0.5)
    for asked in ({"beam": 0}, {"beam": 1001}, {"length_power": -0.1}, {"length_power": 2.1}):
        with pytest.raises(TaggerError, match=rf"{next(iter(asked))}: expected .* found"):
            Tagger.load(trained, "cpu", **asked)


def test_targets_that_no_answer_is_as_long_as_are_told_of(tmp_path: Path) -> None:
    class Notes(Silent):
        def __init__(self) -> None:
            self.told: list[str] = []

        def on_note(self, message: str) -> None:
            self.told.append(message)

    config = settings("training.epochs=1")
    fits, long = (Sentence(("abe", "d"), {"lemma": ("a" * number, "_")}) for number in (16, 17))
    notes = Notes()
    train_model(config, corpus_of(config, [fits, long, long], [long]), tmp_path / "some", "cpu", listener=notes)
    [told] = [note for note in notes.told if "longer" in note]
    assert told == (
        "targets that are longer than their answers may be (twice the symbols that are read and 10 more, 256 at most): "
        "train 2 of 3, dev 1 of 1; they count as missed: leave them out, or cut the examples into shorter ones"
    )
    notes = Notes()
    train_model(config, corpus_of(config, [fits], [fits]), tmp_path / "none", "cpu", listener=notes)
    assert not [note for note in notes.told if "longer" in note]
    with pytest.raises(TaggerError, match=r"^every target of the training data is longer than its answer may be"):
        train_model(config, corpus_of(config, [long], [fits]), tmp_path / "all", "cpu")


@pytest.mark.parametrize("room", [1000, 3])
def test_answers_that_are_cut_are_counted(trained: Path, room: int) -> None:
    folder = load_folder(trained)
    (task,) = folder.tasks
    assert isinstance(task, Transduction)

    class Endless(Decoder):
        """Answers what begins with x for as long as it may, and anything else by one symbol less."""

        def submit(self, sentences: Sequence[Sentence]) -> Callable[[], Answers]:
            rows = np.zeros((len(sentences), 300), np.int32)
            for row, sentence in zip(rows, sentences, strict=True):
                row[: min(2 * len(sentence) + 10, 256) - (sentence.tokens[0] != "x")] = 2
            return lambda: [rows]

    remembering = Remembering(Endless(load_engine(folder, "cpu")), task, room)
    sentences = [Sentence(("xa", "b", "x" * 200, "xa"), {"upos": ("X", "X", "X", "X")})]
    for turn in (1, 2):
        remembering.submit(sentences)()
        assert remembering.cut == 3 * turn


def test_folds_are_scored(tmp_path: Path) -> None:
    config = settings("training.epochs=1", "data.dev='none'")
    scores = list(cross_validate(config, corpus_of(config, words(12, 1)), 2, tmp_path, "cpu"))
    assert [one.headline_name for one in scores] == ["exact match accuracy"] * 2


def test_several_answers_to_one_source_are_never_on_both_sides(tmp_path: Path) -> None:
    table = tmp_path / "train.tsv"
    written = product(("a b", "b", "c a", "d a b", "e d"), ("A B", "B", "E D"))
    rows = ["\t".join(row) + "\n" for row in written]
    table.write_text("".join(rows), encoding="utf-8")
    said = ["data.format=csv", "data.columns=['text', 'label']", "data.separator=tab", "data.tokeniser.kind=blanks",
            f"data.train='{table}'", "training.epochs=1"]  # fmt: skip
    corpus = load_corpus(settings(*said, layer="label"), lambda _: None)
    assert len(corpus.dev) == 3
    assert not {s.tokens for s in corpus.dev} & {s.tokens for s in corpus.train}
    folds = settings(*said, "data.dev='none'", layer="label")
    for scores in cross_validate(folds, load_corpus(folds, lambda _: None), 5, tmp_path, "cpu"):
        assert isinstance(scores, StringScores)
        assert (scores.examples, scores.unknown) == (1, 1)
