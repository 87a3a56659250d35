"""From settings and corpus to a model folder: what it holds, what is refused, what a corpus may be like."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

from taggers import Corpus, Sentence, Tagger
from taggers.engine.torch_engine import choose_device
from taggers.errors import CheckpointError, ConfigError, TaggerError, TagSchemeError
from taggers.runs import cross_validate, train_model
from taggers.text.schemes import IOB2, PLAIN

if TYPE_CHECKING:
    from tests.training.conftest import Ears, MakeConfig


@pytest.fixture
def corpus(sentences: tuple[Sentence, ...]) -> Corpus:
    """Six sentences to train on, two as dev."""
    return Corpus(sentences[:6], sentences[6:], schemes={"ner": IOB2})


def lines(path: Path) -> list[dict[str, object]]:
    """The objects of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_folder_holds_model_log_curves_scores_and_card(
    corpus: Corpus, small: MakeConfig, listening: type[Ears], tmp_path: Path
) -> None:
    ears = listening()
    folder = train_model(small(), corpus, tmp_path / "model", "cpu", listener=ears)
    assert {path.name for path in folder.path.iterdir()} == {
        "config.json", "vocabulary.json", "weights.safetensors", "scores.json", "README.md", "manifest.json",
        "log.jsonl", "run.json", "curves.png", "forms.onnx", "emissions.onnx", "calibration.json",
    }  # fmt: skip
    assert lines(folder.path / "log.jsonl") == [epoch.as_dict() for epoch in ears.epochs]
    assert (folder.path / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert list(folder.scores) == ["dev"]
    assert folder.scores["dev"] == Tagger.load(folder.path).evaluate(corpus.dev).to_json()
    card = (folder.path / "README.md").read_text(encoding="utf-8")
    assert card.startswith("# model\n")
    assert "| train | 6 | " in card
    assert folder.provenance["data"]["dev"]["sentences"] == 2
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_dev_chooses_the_weights_that_are_written(corpus: Corpus, small: MakeConfig, tmp_path: Path) -> None:
    settings = small("training.epochs=6", "training.optimiser.learning_rate=0.3", "training.optimiser.kind=sgd")
    folder = train_model(settings, corpus, tmp_path / "model", "cpu")
    log = lines(folder.path / "log.jsonl")
    assert folder.scores["dev"]["lenient"]["overall"]["f1"] == max(float(str(e["score"])) for e in log)


def test_test_is_scored_once_training_is_over(corpus: Corpus, small: MakeConfig, tmp_path: Path) -> None:
    folder = train_model(small(), replace(corpus, test=corpus.train), tmp_path / "model", "cpu")
    assert list(folder.scores) == ["dev", "test"]
    assert folder.scores["test"]["lenient"]["overall"]["gold"] == 6


def test_the_same_seed_gives_the_same_file_of_weights_and_another_seed_another(
    corpus: Corpus, small: MakeConfig, tmp_path: Path
) -> None:
    files = [
        train_model(small(f"training.seed={seed}"), corpus, tmp_path / str(turn), "cpu").weights.read_bytes()
        for turn, seed in enumerate((1, 1, 2))
    ]
    assert files[0] == files[1] != files[2]


KINDS = {
    "gru": ["model.encoder.kind=gru"],
    "two layers": ["model.encoder.layers=2"],
    "lstm characters": ["model.characters.kind=lstm", "model.characters.hidden_size=3"],
    "no characters": ["model.characters.kind=none"],
    "no casing": ["model.casing.size=0"],
    "cased words": ["model.words.lowercase=false"],
    "frequent words": ["model.words.minimum=2"],
    "softmax": ["model.head.kind=softmax"],
    "IOB2 inside": ["task.scheme=IOB2"],
    "sgd": ["training.optimiser.kind=sgd"],
    "linear": ["training.schedule.kind=linear"],
    "constant": ["training.schedule.kind=constant"],
    "running mean": ["training.average=0.9"],
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_model_trains_and_comes_back_as_it_was(
    corpus: Corpus, small: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr("taggers.runs.learning_curves", lambda history: b"")
    folder = train_model(small("training.epochs=1", *KINDS[kind]), corpus, tmp_path / "model", "cpu")
    tagger = Tagger.load(folder.path)
    assert tagger.folder.config == folder.config
    assert tagger.evaluate(corpus.dev).to_json() == folder.scores["dev"]
    assert [len(p.tags) for p in tagger.stream(corpus.train)] == [len(s) for s in corpus.train]


def test_bfloat16_trains_or_says_that_the_processor_has_none(corpus: Corpus, small: MakeConfig, tmp_path: Path) -> None:
    settings = small("training.precision=bfloat16")
    if torch.ops.mkldnn._is_mkldnn_bf16_supported():
        train_model(settings, corpus, tmp_path / "model", "cpu")
        assert (tmp_path / "model").exists()
    else:
        with pytest.raises(ConfigError, match=r'^training\.precision: this processor has no bfloat16; set it to "fl'):
            train_model(settings, corpus, tmp_path / "model", "cpu")


class TestTags:
    """Which tags a model learns, and what becomes of others."""

    def test_labels_that_only_dev_or_test_hold_are_reported_count_as_missed_and_join_no_model(
        self, corpus: Corpus, small: MakeConfig, listening: type[Ears], tmp_path: Path
    ) -> None:
        strange = Sentence(("Oslo", "slept"), {"ner": ("B-LOC", "O")})
        ears = listening()
        corpus = replace(corpus, dev=(*corpus.dev, strange), test=(strange,))
        folder = train_model(small(), corpus, tmp_path / "model", "cpu", listener=ears)
        assert "dev holds labels that train does not: LOC; they count as missed" in ears.notes
        assert "test holds labels that train does not: LOC; they count as missed" in ears.notes
        assert folder.task.labels == ("PER",)
        missed = folder.scores["test"]["lenient"]["by_label"]["LOC"]
        assert (missed["gold"], missed["correct"], missed["recall"]) == (1, 0, 0.0)

    def test_plain_tags_that_only_dev_holds_are_reported_too(
        self, small: MakeConfig, listening: type[Ears], tmp_path: Path
    ) -> None:
        train = Sentence(("it", "sleeps"), {"ner": ("PRON", "VERB")})
        dev = Sentence(("Oslo",), {"ner": ("PROPN",)})
        ears = listening()
        corpus = Corpus((train,), (dev,), schemes={"ner": PLAIN})
        folder = train_model(small(), corpus, tmp_path / "model", listener=ears)
        assert "dev holds labels that train does not: PROPN; they count as missed" in ears.notes
        assert folder.scores["dev"]["accuracy"] == 0.0
        assert folder.scores["dev"]["lenient"] is None

    def test_a_long_list_of_labels_is_cut(self, small: MakeConfig, listening: type[Ears], tmp_path: Path) -> None:
        train = Sentence(("it",), {"ner": ("B-PER",)})
        dev = Sentence(("it",) * 12, {"ner": tuple(f"B-{letter}" for letter in "ABCDEFGHIJKL")})
        ears = listening()
        train_model(small(), Corpus((train,), (dev,), schemes={"ner": IOB2}), tmp_path / "model", listener=ears)
        cut = "A, B, C, D, E, F, G, H, I, J, ..."
        assert f"dev holds labels that train does not: {cut}; they count as missed" in ears.notes

    def test_partly_annotated_sentences_train(
        self, corpus: Corpus, small: MakeConfig, listening: type[Ears], tmp_path: Path
    ) -> None:
        partly = Sentence(("Ada", "met", "Lin", "."), {"ner": ("B-PER", "?", "B-PER|B-LOC", "?")})
        ears = listening()
        settings = small("data.partial=true", "training.epochs=5")
        folder = train_model(
            settings, replace(corpus, train=(*corpus.train, partly)), tmp_path / "model", listener=ears
        )
        assert folder.task.labels == ("LOC", "PER")
        assert ears.epochs[-1].loss < ears.epochs[0].loss
        tagger = Tagger.load(folder.path)
        assert not [tag for p in tagger.stream(corpus.train) for tag in p.tags if "?" in tag or "|" in tag]

    def test_sets_that_admit_no_legal_tags_are_refused_and_leave_nothing(
        self, corpus: Corpus, small: MakeConfig, tmp_path: Path
    ) -> None:
        partly = Sentence(("Ada", "met"), {"ner": ("O", "I-PER|I-LOC")})
        corpus = replace(corpus, train=(*corpus.train, partly))
        with pytest.raises(TagSchemeError, match="no legal IOB2 sequence"):
            train_model(small("data.partial=true"), corpus, tmp_path / "model")
        assert not list(tmp_path.iterdir())


class TestSizes:
    """Corpora of odd sizes."""

    def test_a_single_sentence(self, sentences: Sequence[Sentence], small: MakeConfig, tmp_path: Path) -> None:
        folder = train_model(small(), Corpus(tuple(sentences[:1]), schemes={"ner": IOB2}), tmp_path / "model")
        assert folder.scores == {}
        assert len(lines(folder.path / "log.jsonl")) == 2

    def test_a_single_token(self, small: MakeConfig, tmp_path: Path) -> None:
        corpus = Corpus((Sentence(("a",), {"ner": ("O",)}),), schemes={"ner": IOB2})
        folder = train_model(small(), corpus, tmp_path / "model")
        assert folder.task.labels == ()
        assert Tagger.load(folder.path).tag(["a", "b"]).tags == ("O", "O")

    def test_empty_sentences(self, corpus: Corpus, small: MakeConfig, tmp_path: Path) -> None:
        empty = Sentence((), {"ner": ()})
        padded = Corpus((empty, *corpus.train, empty), (empty, *corpus.dev), (empty,), schemes=corpus.schemes)
        folder = train_model(small(), padded, tmp_path / "padded", "cpu")
        plain = train_model(small(), corpus, tmp_path / "plain", "cpu")
        assert folder.weights.read_bytes() == plain.weights.read_bytes()
        assert folder.scores["dev"] == plain.scores["dev"]

    def test_no_token_at_all(self, small: MakeConfig, tmp_path: Path) -> None:
        with pytest.raises(TaggerError, match=r"^the training data holds no token$"):
            train_model(small(), Corpus((Sentence((), {"ner": ()}),), schemes={"ner": IOB2}), tmp_path / "model")
        assert not list(tmp_path.iterdir())

    def test_a_sentence_of_five_thousand_tokens_and_a_token_of_three_hundred_thousand_characters(
        self, corpus: Corpus, small: MakeConfig, tmp_path: Path
    ) -> None:
        long = Sentence(("Ada", "slept") * 2500, {"ner": ("B-PER", "O") * 2500})
        wide = Sentence(("x" * 300_000, "slept"), {"ner": ("B-PER", "O")})
        folder = train_model(
            small("training.epochs=1"), replace(corpus, train=(*corpus.train, long, wide)), tmp_path / "model"
        )
        assert folder.weights.stat().st_size < 20_000
        predictions = list(Tagger.load(folder.path).stream([wide, long, Sentence(())]))
        assert [len(p.tags) for p in predictions] == [2, 5000, 0]


class TestOutput:
    """Where the folder goes, and what is in its way."""

    def test_what_is_there_is_never_overwritten(self, corpus: Corpus, small: MakeConfig, tmp_path: Path) -> None:
        for resume in (False, True):
            (tmp_path / "model").mkdir(exist_ok=True)
            (tmp_path / "model" / "thesis.txt").write_text("precious", encoding="utf-8")
            with pytest.raises(TaggerError, match=r"model exists already; choose another --output, or remove it$"):
                train_model(small(), corpus, tmp_path / "model", resume=resume)
            assert (tmp_path / "model" / "thesis.txt").read_text(encoding="utf-8") == "precious"

    def test_what_a_killed_run_left_of_the_folder_is_not_in_it(
        self, corpus: Corpus, small: MakeConfig, tmp_path: Path
    ) -> None:
        left = tmp_path / "model.partial" / "model"
        left.mkdir(parents=True)
        (left / ".weights.safetensors.1.new").write_bytes(b"half")
        folder = train_model(small(), corpus, tmp_path / "model", resume=True)
        assert ".weights.safetensors.1.new" not in [path.name for path in folder.path.iterdir()]

    def test_what_no_run_has_put_into_the_working_folder_is_not_removed(
        self, corpus: Corpus, small: MakeConfig, tmp_path: Path
    ) -> None:
        working = tmp_path / "model.partial"
        working.mkdir()
        (working / "thesis.txt").write_text("precious", encoding="utf-8")
        with pytest.raises(TaggerError, match=r"thesis\.txt: no part of a run; move it away, or choose another"):
            train_model(small(), corpus, tmp_path / "model", "moon", resume=True)
        assert (working / "thesis.txt").read_text(encoding="utf-8") == "precious"
        train_model(small(), corpus, tmp_path / "other")
        (tmp_path / "other").rename(tmp_path / "model")
        with pytest.raises(TaggerError, match=r"thesis\.txt: no part of a run"):
            train_model(small(), corpus, tmp_path / "model", resume=True)
        (working / "thesis.txt").unlink()
        train_model(small(), corpus, tmp_path / "model", resume=True)
        assert not working.exists()

    @pytest.mark.parametrize("name", ["", "some/..", ".."])
    def test_a_place_without_a_name_is_refused(
        self, corpus: Corpus, small: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        with pytest.raises(TaggerError, match="expected the name of a folder to make"):
            train_model(small(), corpus, Path(name))

    def test_training_leaves_the_callers_threads_and_random_numbers_alone(
        self, corpus: Corpus, small: MakeConfig, tmp_path: Path
    ) -> None:
        torch.manual_seed(5)
        state, threads = torch.get_rng_state(), torch.get_num_threads()
        train_model(small("training.threads=2"), corpus, tmp_path / "model")
        list(cross_validate(small("training.threads=2", "data.dev=none"), corpus, 2, tmp_path))
        assert torch.equal(torch.get_rng_state(), state)
        assert torch.get_num_threads() == threads

    def test_folders_above_it_are_made(self, corpus: Corpus, small: MakeConfig, tmp_path: Path) -> None:
        assert train_model(small(), corpus, tmp_path / "a" / "b" / "c").path.is_dir()

    def test_a_place_that_cannot_be_written_is_named(self, corpus: Corpus, small: MakeConfig, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("", encoding="utf-8")
        with pytest.raises(TaggerError, match=r"file: cannot be written: File exists; choose"):
            train_model(small(), corpus, tmp_path / "file" / "model")

    def test_a_damaged_finished_model_is_not_taken_for_a_whole_one(
        self, corpus: Corpus, small: MakeConfig, tmp_path: Path
    ) -> None:
        folder = train_model(small(), corpus, tmp_path / "model")
        folder.weights.write_bytes(folder.weights.read_bytes()[:-1])
        with pytest.raises(CheckpointError, match="changed or damaged"):
            train_model(small(), corpus, tmp_path / "model", resume=True)

    def test_a_run_that_fails_before_it_begins_leaves_nothing_in_the_way_of_the_next(
        self, corpus: Corpus, small: MakeConfig, tmp_path: Path
    ) -> None:
        with pytest.raises(TaggerError, match=r"^--device moon: expected auto, cpu, cuda or cuda:N$"):
            train_model(small(), corpus, tmp_path / "model", "moon")
        assert not list(tmp_path.iterdir())
        train_model(small(), corpus, tmp_path / "model")


@pytest.mark.parametrize("name", ["moon", "mps", "cuda:x"])
def test_a_device_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(TaggerError, match=f"^--device {name}: expected auto, cpu, cuda or cuda:N$"):
        choose_device(name)


def test_cuda_is_chosen_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert choose_device("auto") == torch.device("cuda")
    with pytest.raises(TaggerError, match="--device cuda:2: torch sees 2 CUDA devices here, from cuda:0 on"):
        choose_device("cuda:2")
    assert choose_device("cuda:1") == torch.device("cuda:1")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device("auto") == torch.device("cpu")
    with pytest.raises(TaggerError, match=r"^--device cuda: torch sees no CUDA device here; use --device cpu$"):
        choose_device("cuda")


class TestCrossValidation:
    """Every document scored once, by a model that has not seen it."""

    def test_each_sentence_is_scored_once(
        self, sentences: tuple[Sentence, ...], small: MakeConfig, listening: type[Ears], tmp_path: Path
    ) -> None:
        ears = listening()
        corpus = Corpus(sentences, schemes={"ner": IOB2})
        scores = list(cross_validate(small(), corpus, 4, tmp_path, "cpu", ears))
        assert sum(s.lenient.overall.gold for s in scores if s.lenient) == 9  # type: ignore[attr-defined]
        assert [note for note in ears.notes if note.startswith("fold")] == [
            f"fold {turn} of 4: 2 sentences held out" for turn in (1, 2, 3, 4)
        ]
        assert sum(note.startswith("dev: none named; 1 of 6 documents") for note in ears.notes) == 4
        assert not list(tmp_path.iterdir())

    def test_without_dev_all_that_is_not_scored_is_trained_on(
        self, sentences: tuple[Sentence, ...], small: MakeConfig, listening: type[Ears], tmp_path: Path
    ) -> None:
        ears = listening()
        settings = small("data.dev=none", "training.epochs=3", "training.patience=1")
        corpus = Corpus(sentences, schemes={"ner": IOB2})
        assert len(list(cross_validate(settings, corpus, 2, tmp_path, "cpu", ears))) == 2
        assert [epoch.score for epoch in ears.epochs] == [None] * 6

    def test_partly_annotated_data_is_not_scored(
        self, sentences: tuple[Sentence, ...], small: MakeConfig, tmp_path: Path
    ) -> None:
        with pytest.raises(ConfigError, match="cross-validate whole data"):
            next(cross_validate(small("data.partial=true"), Corpus(sentences, schemes={"ner": IOB2}), 2, tmp_path))

    def test_it_is_silent_where_nobody_listens(
        self, sentences: tuple[Sentence, ...], small: MakeConfig, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        next(cross_validate(small(), Corpus(sentences, schemes={"ner": IOB2}), 2, tmp_path))
        assert capfd.readouterr() == ("", "")


def test_training_through_the_api_is_silent(
    corpus: Corpus, small: MakeConfig, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    Tagger.train(small(), corpus, tmp_path / "model")
    assert capfd.readouterr() == ("", "")


@pytest.mark.cuda
def test_training_and_tagging_on_cuda_give_what_the_cpu_gives(
    sentences: tuple[Sentence, ...], small: MakeConfig, tmp_path: Path
) -> None:
    dropouts = ["model.encoder.input_dropout=0.0", "model.encoder.output_dropout=0.0", "training.word_dropout=0.0"]
    settings = small("training.epochs=30", "training.patience=30", "training.unknown=0.0", *dropouts)
    folder = train_model(settings, Corpus(sentences, sentences, schemes={"ner": IOB2}), tmp_path / "model", "cuda")
    assert folder.scores["dev"]["lenient"]["overall"]["f1"] == 1.0
    tags = [[p.tags for p in Tagger.load(folder.path, device).stream(sentences)] for device in ("cpu", "cuda")]
    assert tags[0] == tags[1]


@pytest.mark.cuda
def test_reduced_precision_on_cuda_learns(sentences: tuple[Sentence, ...], small: MakeConfig, tmp_path: Path) -> None:
    settings = small("training.epochs=10", "training.precision=bfloat16")
    folder = train_model(settings, Corpus(sentences, schemes={"ner": IOB2}), tmp_path / "model", "cuda")
    losses = [float(str(epoch["loss"])) for epoch in lines(folder.path / "log.jsonl")]
    assert losses[-1] < losses[0]
