"""Dev divided, temperatures fitted on what training has not seen, thresholds counted, and all of it kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from taggers import Corpus, Sentence, Tagger, Temperatures
from taggers.chain import log_likelihood
from taggers.checkpoint import ModelFolder, load_folder
from taggers.confidence import outcomes_of
from taggers.data.corpus import set_aside
from taggers.engine import load_engine
from taggers.errors import CheckpointError, ConfigError
from taggers.fitting import divide_dev
from taggers.runs import cross_validate, train_model
from taggers.tasks.asked import Asked
from taggers.tasks.labelling import Labelling
from taggers.tasks.language_model import LanguageModel
from taggers.text import Prediction, Span
from taggers.text.schemes import IOB2, IOBES, PLAIN

if TYPE_CHECKING:
    from tests.training.conftest import Ears, MakeConfig

TASK = Labelling("ner", ("PER",), IOBES, IOB2)


def many(number: int) -> list[Sentence]:
    return [Sentence((f"w{i}",), {"ner": ("O",)}) for i in range(number)]


def test_a_fifth_of_a_large_dev_is_set_aside_and_of_a_small_one_nothing() -> None:
    said: list[str] = []
    kept, held = divide_dev(many(500), None, [TASK], said.append)
    assert (len(kept), len(held)) == (400, 100)
    assert [s.tokens for s in held][:2] == [("w4",), ("w9",)]
    assert said == ["calibration: 100 of 500 sentences of dev set aside; early stopping looks at the other 400"]
    kept, held = divide_dev(small := many(499), None, [TASK], said.append)
    assert kept is small
    assert not held
    assert len(said) == 1


def test_a_share_that_is_asked_for_is_taken_of_any_dev_and_zero_of_none() -> None:
    kept, held = divide_dev(many(20), 0.3, [TASK], lambda _: None)
    assert (len(kept), len(held)) == (14, 6)
    assert not divide_dev(many(900), 0.0, [TASK], lambda _: None)[1]


def test_documents_stay_whole() -> None:
    dev = [Sentence((f"{d}",), {"ner": ("O",)}, starts_document=i == 0) for d in range(10) for i in range(60)]
    held = divide_dev(dev, None, [TASK], lambda _: None)[1]
    assert {s.tokens[0] for s in held} == {"4", "9"}
    assert len(held) == 120


@pytest.mark.parametrize("documents", [4, 20])
def test_intervals_of_confidences_are_over_what_those_of_scores_are_over(documents: int) -> None:
    starts = [place % (40 // documents) == 0 for place in range(40)]
    gold = [Sentence(("Ada",), {"ner": ("B-PER",)}, starts_document=start) for start in starts]
    said = [Prediction(s, "ner", ("B-PER",), (Span(0, 1, "PER"),), confidences=(0.9,)) for s in gold]
    answers = outcomes_of(TASK, gold, said)["predicted spans"]
    assert len(set(answers.clusters.tolist())) == TASK.score(gold, said, [[True]] * 40).counts.units


def test_what_has_no_confidences_keeps_all_of_dev() -> None:
    assert not divide_dev(many(900), None, [LanguageModel("word", "forward")], lambda _: None)[1]


@pytest.mark.parametrize(
    ("dev", "share", "task", "message"),
    [
        (many(9), 0.2, LanguageModel("word", "forward"), "a model for language_model gives no confidences"),
        ([], 0.2, TASK, "there is no dev to set a part of aside"),
        (many(4), 0.2, TASK, r"0\.2 of 4 documents of dev is none; name a larger share"),
    ],
)
def test_a_share_of_nothing_is_refused(dev: list[Sentence], share: float, task: Labelling, message: str) -> None:
    with pytest.raises(ConfigError, match=f"^training.calibration: {message}"):
        divide_dev(dev, share, [task], lambda _: None)


@pytest.fixture(scope="module")
def corpus(sentences: tuple[Sentence, ...]) -> Corpus:
    """Eight sentences to train on; twelve as dev, ten times each, of which one holds a label that training has not."""
    odd = Sentence(("Ada", "slept"), {"ner": ("B-LOC", "O")})
    return Corpus(sentences, (*sentences[:4], odd, *sentences[4:], *sentences[1:4]) * 10, schemes={"ner": IOB2})


@pytest.fixture(scope="module")
def trained(
    corpus: Corpus, small: MakeConfig, listening: type[Ears], tmp_path_factory: pytest.TempPathFactory
) -> tuple[ModelFolder, Ears]:
    """A model that has learnt a little, of whose dev each other sentence was set aside, and what was said of it."""
    ears = listening()
    learning = ("training.optimiser.learning_rate=0.05", "training.schedule.kind=constant", "training.patience=30")
    config = small("training.calibration=0.5", "training.epochs=30", *learning)
    return train_model(config, corpus, tmp_path_factory.mktemp("calibrated") / "model", "cpu", listener=ears), ears


def test_early_stopping_sees_the_rest_and_the_score_is_of_all(
    trained: tuple[ModelFolder, Ears], corpus: Corpus
) -> None:
    folder, ears = trained
    rest = set_aside(corpus.dev, 0.5).kept
    tagger = Tagger.load(folder.path, "cpu")
    assert len(rest) == 60
    assert tagger.evaluate(rest).headline == max(epoch.score or 0.0 for epoch in ears.epochs)
    assert folder.scores["dev"] == tagger.evaluate(corpus.dev).to_json()


def test_the_fit_is_that_of_the_sentences_set_aside_whose_gold_the_model_can_give(
    trained: tuple[ModelFolder, Ears], corpus: Corpus
) -> None:
    folder, ears = trained
    fit = folder.calibration.of("ner").fit
    assert fit is not None
    held = [s for s in set_aside(corpus.dev, 0.5).held if "B-LOC" not in s.layers["ner"]]
    assert (fit.sentences, folder.calibration.sentences) == (len(held), 60)

    def likelihood(temperatures: Temperatures) -> float:
        engine = load_engine(folder, "cpu")
        chain = engine.chains[0]
        assert chain is not None
        reading = engine.read(held)
        (rows,) = reading.score(reading.starts, reading.lengths)
        gold = np.concatenate([TASK.target(s) for s in held])
        offsets = np.concatenate(([0], np.cumsum(reading.lengths)))
        scaled = temperatures.scale_emissions(rows)
        return float(log_likelihood(temperatures.scale_chain(chain), scaled, offsets, gold).sum())

    assert fit.before == pytest.approx(likelihood(Temperatures()), abs=1e-3)
    assert fit.after == pytest.approx(likelihood(fit.temperatures), abs=1e-3)
    assert fit.after > fit.before
    assert ears.notes[-1].startswith(f"confidence of ner: temperature {fit.temperatures.emissions:.3f} of emissions")
    assert f"fitted on {len(held)} sentences of dev" in (folder.path / "README.md").read_text(encoding="utf-8")


def test_confidences_are_told_by_the_temperatures_and_tags_are_not(
    trained: tuple[ModelFolder, Ears], corpus: Corpus
) -> None:
    folder, _ = trained
    tagger = Tagger.load(folder.path, "cpu")
    plain = list(tagger.stream(corpus.dev))
    asked, raw = (
        list(tagger.stream(corpus.dev, asked=Asked(confidence=True, temperatures=t)))
        for t in (None, {"ner": Temperatures()})
    )
    own = Asked(confidence=True, temperatures=folder.calibration.temperatures)
    assert [p.tags for p in plain] == [p.tags for p in asked] == [p.tags for p in raw]
    assert [p.confidences for p in asked] == [p.confidences for p in tagger.stream(corpus.dev, asked=own)]
    assert [p.confidences for p in asked] != [p.confidences for p in raw]


def test_thresholds_count_what_is_kept_of_the_sentences_set_aside(
    trained: tuple[ModelFolder, Ears], corpus: Corpus
) -> None:
    folder, _ = trained
    held = set_aside(corpus.dev, 0.5).held
    table = folder.calibration.of("ner").thresholds
    assert table is not None
    for row in (table.rows[0], table.rows[50], table.rows[90]):
        scores = Tagger.load(folder.path, "cpu").evaluate(held, min_confidence=row.threshold).to_json()
        overall = scores["lenient"]["overall"]
        assert (row.predicted, row.correct, row.gold) == (overall["predicted"], overall["correct"], overall["gold"])


def test_where_nothing_is_set_aside_temperatures_stay_and_all_of_dev_tells_thresholds(
    corpus: Corpus, small: MakeConfig, listening: type[Ears], tmp_path: Path
) -> None:
    ears = listening()
    folder = train_model(small(), corpus, tmp_path / "model", "cpu", listener=ears)
    assert folder.calibration.temperatures == {"ner": Temperatures()}
    assert folder.calibration.where == "120 sentences of dev that early stopping has seen"
    table = folder.calibration.of("ner").thresholds
    assert table is not None
    assert table.rows[0].predicted == folder.scores["dev"]["lenient"]["overall"]["predicted"]
    assert not [note for note in ears.notes if "calibration" in note or "confidence" in note]
    assert "temperature 1: none was fitted" in (folder.path / "README.md").read_text(encoding="utf-8")


def test_without_dev_nothing_is_known_of_confidences(corpus: Corpus, small: MakeConfig, tmp_path: Path) -> None:
    folder = train_model(small(), Corpus(corpus.train, schemes=corpus.schemes), tmp_path / "model", "cpu")
    assert not (folder.path / "calibration.json").exists()
    assert folder.calibration.facts == {}
    with pytest.raises(ConfigError, match="there is no dev"):
        train_model(
            small("training.calibration=0.2"), Corpus(corpus.train, schemes=corpus.schemes), tmp_path / "other", "cpu"
        )
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_layers_and_labels_have_temperatures_of_their_own(
    sentences: Sequence[Sentence], small: MakeConfig, tmp_path: Path
) -> None:
    told = [
        Sentence(
            s.tokens,
            {**s.layers, "case": tuple("UP" if t[0].isupper() else "LOW" for t in s.tokens)},
            label="long" if len(s) > 6 else "short",
        )
        for s in sentences
    ]
    corpus = Corpus.of(told, told * 10, layer=("ner", "case"), label=True)
    layers = ('task.further={case={head="softmax"}}', 'task.label={pooling="max"}')
    learning = ("training.optimiser.learning_rate=0.05", "training.epochs=10")
    config = small(*layers, *learning, "training.calibration=0.5")
    folder = train_model(config, corpus, tmp_path / "model", "cpu")
    fits = {name: layer.fit for name, layer in folder.calibration.layers.items()}
    assert list(fits) == ["ner", "case", "label"]
    for layer in ("case", "label"):
        fit = fits[layer]
        assert fit is not None
        assert fit.temperatures.transitions == 1.0 != fit.temperatures.emissions
        assert folder.calibration.of(layer).thresholds is None
    assert folder.calibration.of("ner").thresholds is not None
    scores = Tagger.load(folder.path, "cpu").evaluate(told, confidence=True).to_json()
    assert list(scores["confidence"]) == ["predicted spans", "candidate spans"]
    assert list(scores["further"]["case"]["confidence"]) == ["predicted tags"]
    labels = scores["further"]["label"]["confidence"]["predicted labels"]
    assert labels["number"] == 8
    assert labels["right"] == scores["further"]["label"]["accuracy"]
    assert labels["before"]["brier"] != labels["brier"]


@pytest.mark.parametrize("many", [False, True])
def test_labels_of_texts_have_a_temperature(many: bool, small: MakeConfig, tmp_path: Path) -> None:
    texts = [
        Sentence((word, "it", "is"), label=label)
        for word, label in [("hello", "meet"), ("bye", "part"), ("oh", "meet|part" if many else "part")] * 8
    ]
    corpus = Corpus.of(texts, texts * 10, layer=(), label=True)
    said = ['task={kind="classification"}' if not many else 'task={kind="classification", many=true}']
    folder = train_model(small(*said, "training.calibration=0.5"), corpus, tmp_path / "model", "cpu")
    fit = folder.calibration.of("label").fit
    assert fit is not None
    assert fit.after > fit.before
    assert fit.sentences == 120  # of many too, where each label is an answer


def test_cross_validation_stops_as_a_training_would(
    sentences: Sequence[Sentence], small: MakeConfig, listening: type[Ears], tmp_path: Path
) -> None:
    ears = listening()
    corpus = Corpus(tuple(sentences) * 10, schemes={"ner": IOB2})
    list(cross_validate(small("training.calibration=0.5", "training.epochs=1"), corpus, 2, tmp_path, "cpu", ears))
    assert sum(note.startswith("calibration: ") for note in ears.notes) == 2


def changed(folder: ModelFolder, place: Path, content: bytes | None) -> Path:
    """A copy of a model whose calibration.json is another one, or none, and whose manifest knows it."""
    place.mkdir()
    for file in folder.path.iterdir():
        (place / file.name).write_bytes(file.read_bytes())
    manifest = json.loads((place / "manifest.json").read_bytes())
    if content is None:
        del manifest["sha256"]["calibration.json"]
        (place / "calibration.json").unlink()
    else:
        manifest["sha256"]["calibration.json"] = hashlib.sha256(content).hexdigest()
        (place / "calibration.json").write_bytes(content)
    (place / "manifest.json").write_bytes((json.dumps(manifest, indent=2) + "\n").encode())
    return place


def test_a_model_of_before_there_was_calibration_loads_at_temperature_1(
    trained: tuple[ModelFolder, Ears], corpus: Corpus, tmp_path: Path
) -> None:
    old = Tagger.load(changed(trained[0], tmp_path / "old", None), "cpu")
    assert old.folder.calibration.temperatures == {}
    raw = Asked(confidence=True, temperatures={})
    one, other = (
        [p.confidences for p in tagger.stream(corpus.dev, asked=asked)]
        for tagger, asked in ((old, Asked(confidence=True)), (Tagger.load(trained[0].path, "cpu"), raw))
    )
    assert one == other


@pytest.mark.parametrize(
    "content",
    ["[]", "{}", '{"sentences": 1, "set_aside": true, "layers": {"ner": {"fit": {"temperatures": {}}}}}'],
)
def test_a_calibration_that_is_none_is_refused(trained: tuple[ModelFolder, Ears], tmp_path: Path, content: str) -> None:
    folder = load_folder(changed(trained[0], tmp_path / "odd", content.encode()))
    with pytest.raises(CheckpointError):
        _ = folder.calibration


def test_a_calibration_that_was_changed_is_refused(trained: tuple[ModelFolder, Ears], tmp_path: Path) -> None:
    place = changed(trained[0], tmp_path / "odd", b"{}")
    (place / "calibration.json").write_bytes(b"{ }")
    with pytest.raises(CheckpointError, match=r"calibration.json: changed or damaged"):
        load_folder(place)


def test_plain_tags_have_temperatures_and_no_thresholds(small: MakeConfig, tmp_path: Path) -> None:
    sentences = [Sentence((w, "runs"), {"ner": ("NOUN", "VERB")}) for w in "abcdefgh"]
    corpus = Corpus(tuple(sentences), tuple(sentences), schemes={"ner": PLAIN})
    folder = train_model(small("training.calibration=0.5"), corpus, tmp_path / "model", "cpu")
    own = folder.calibration.of("ner")
    assert own.thresholds is None
    assert own.fit is not None
