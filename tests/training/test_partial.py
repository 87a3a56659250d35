"""Training data that says of no token that it is outside spans: what becomes of it, and what an expected share does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from taggers import Corpus, Sentence, Tagger
from taggers.config import EntityRatio, Labelling
from taggers.engine.torch_engine import load
from taggers.errors import ConfigError
from taggers.runs import train_model
from taggers.text.schemes import IOB2, PLAIN

if TYPE_CHECKING:
    from tests.training.conftest import Ears, MakeConfig

UNKNOWN = "data.unlabelled=unknown"
OF_DEV = "task.entity_ratio.expected=dev"


@pytest.fixture
def marked(sentences: tuple[Sentence, ...]) -> Corpus:
    """The sentences, with all but their spans unknown; as dev annotated in full."""
    return Corpus.of(sentences, sentences, layer="ner", unlabelled="unknown")


def inside(tags: list[str]) -> float:
    return sum(tag != "O" for tag in tags) / len(tags)


def test_the_expected_share_keeps_spans_from_being_everywhere(
    marked: Corpus, small: MakeConfig, listening: type[Ears], tmp_path: Path
) -> None:
    train_alone = Corpus(marked.train, schemes=marked.schemes)
    share = inside([tag for sentence in marked.dev for tag in sentence.layers["ner"]])
    found, notes = {}, {}
    for name, said in {"without": [], "with": [f"task.entity_ratio.expected={share:.2f}"]}.items():
        ears = listening()
        settings = small(UNKNOWN, "training.epochs=40", *said)
        train_model(settings, train_alone, tmp_path / name, "cpu", listener=ears)
        found[name] = inside([tag for p in Tagger.load(tmp_path / name).stream(marked.dev) for tag in p.tags])
        notes[name] = [note for note in ears.notes if note.startswith("no token of train is sure to be outside spans")]
    assert found["without"] > 0.8
    assert abs(found["with"] - share) < 0.15
    assert len(notes["without"]) == 1
    assert not notes["with"]


def test_nothing_is_said_where_some_token_is_outside(
    sentences: tuple[Sentence, ...], small: MakeConfig, listening: type[Ears], tmp_path: Path
) -> None:
    ears = listening()
    corpus = Corpus.of(sentences, layer="ner", partial=True)
    train_model(small("data.partial=true"), corpus, tmp_path / "model", "cpu", listener=ears)
    assert not [note for note in ears.notes if "outside" in note]


def test_the_share_of_dev_is_said_and_kept_as_it_was_asked_for(
    marked: Corpus, small: MakeConfig, listening: type[Ears], tmp_path: Path
) -> None:
    ears = listening()
    folder = train_model(small(UNKNOWN, OF_DEV), marked, tmp_path / "model", "cpu", listener=ears)
    share = inside([tag for sentence in marked.dev for tag in sentence.layers["ner"]])
    assert f"{share:.1%} of the tokens of dev are inside spans, and as many are expected in train" in ears.notes
    assert isinstance(folder.config.task, Labelling)
    assert folder.config.task.entity_ratio == EntityRatio(expected="dev")
    assert len(load(folder, "cpu").chains) == 1  # a model that is trained needs no share


def test_a_killed_run_goes_on_bit_by_bit(
    marked: Corpus, small: MakeConfig, listening: type[Ears], tmp_path: Path
) -> None:
    settings = small(UNKNOWN, OF_DEV)
    whole = train_model(settings, marked, tmp_path / "whole", "cpu")

    def stop(step: int) -> None:
        if step == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_model(settings, marked, tmp_path / "killed", "cpu", listener=listening(after_step=stop))
    resumed = train_model(settings, marked, tmp_path / "killed", "cpu", resume=True)
    assert resumed.weights.read_bytes() == whole.weights.read_bytes()


@pytest.mark.parametrize(
    ("expected", "problem"),
    [
        ("0.05", r"expected at most 10.0% inside, with a margin of 5.0%, and .*% .* known to be inside spans; mend it"),
        ("dev", "there is no dev to count in; say a number, such as 0.15"),
    ],
)
def test_a_share_that_cannot_be_is_refused(
    marked: Corpus, small: MakeConfig, tmp_path: Path, expected: str, problem: str
) -> None:
    settings = small(UNKNOWN, f"task.entity_ratio.expected={expected}")
    with pytest.raises(ConfigError, match=f"task.entity_ratio.expected: {problem}"):
        train_model(settings, Corpus(marked.train, schemes=marked.schemes), tmp_path / "model", "cpu")
    assert not list(tmp_path.iterdir())


def test_a_share_above_what_is_left_is_refused(
    sentences: tuple[Sentence, ...], small: MakeConfig, tmp_path: Path
) -> None:
    settings = small("data.partial=true", "task.entity_ratio.expected=0.9")
    with pytest.raises(ConfigError, match=r"expected at most 15.0% outside, .* are known to be outside spans; mend it"):
        train_model(settings, Corpus(sentences, schemes={"ner": IOB2}), tmp_path / "model", "cpu")


def test_plain_tags_have_no_share(small: MakeConfig, tmp_path: Path) -> None:
    corpus = Corpus((Sentence(("it",), {"ner": ("PRON",)}),), schemes={"ner": PLAIN})
    settings = small("data.partial=true", "task.entity_ratio.expected=0.5")
    with pytest.raises(ConfigError, match=r"task.entity_ratio: the tags of 'ner' are plain and spell no spans"):
        train_model(settings, corpus, tmp_path / "model", "cpu")


def test_the_share_is_that_of_the_first_layer(
    sentences: tuple[Sentence, ...], small: MakeConfig, tmp_path: Path
) -> None:
    both = [Sentence(s.tokens, {"ner": s.layers["ner"], "shape": tuple(map(len_of, s.tokens))}) for s in sentences]
    corpus = Corpus.of(both, both, layer=("ner", "shape"), unlabelled="unknown")
    assert corpus.train[0].layers["shape"] == both[0].layers["shape"]  # plain tags have none that says outside
    settings = small(UNKNOWN, OF_DEV, "task.further.shape.weight=0.5")
    folder = train_model(settings, corpus, tmp_path / "model", "cpu")
    assert set(folder.scores["dev"]["further"]) == {"shape"}


def len_of(token: str) -> str:
    return f"L{len(token)}"
