"""Predictions: one per sentence, in order, the same whatever is looked at together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from taggers.build import build_indexer, build_model
from taggers.data.sentences import as_store
from taggers.engine.torch_engine import TorchEngine
from taggers.errors import FormatError, TaggerError
from taggers.evaluation import evaluate, in_scheme, predict
from taggers.tasks.labelling import Labelling
from taggers.text import Sentence
from taggers.text.schemes import IOB2, IOBES, PLAIN

if TYPE_CHECKING:
    from tests.training.conftest import MakeConfig

Parts = tuple[TorchEngine, list[Labelling]]


@pytest.fixture(scope="module")
def parts(sentences: Sequence[Sentence], small: MakeConfig) -> Parts:
    """An untrained network, whose tags are as good as random."""
    task = Labelling.build(sentences, "ner", IOBES, IOB2)
    config = small()
    indexer = build_indexer(config.model, as_store(sentences), {})
    torch.manual_seed(3)
    model = build_model(config, indexer, [task])
    with torch.no_grad():
        model.get_parameter("heads.tags ner.emit.weight").mul_(30.0)
    return TorchEngine(model.eval(), indexer), [task]


words = st.lists(st.sampled_from(["Ada", "slept", "Obi", "?", "tide", "", "x" * 50, "\u2028"]), max_size=7)


@settings(max_examples=40)
@given(texts=st.lists(words, max_size=9), window=st.integers(1, 10))
def test_tags_do_not_depend_on_the_window(parts: Parts, texts: list[list[str]], window: int) -> None:
    sentences = [Sentence(tuple(text)) for text in texts]
    alone = [next(predict(*parts, [sentence])).tags for sentence in sentences]
    together = list(predict(*parts, iter(sentences), window))
    assert [p.sentence for p in together] == sentences
    assert [p.tags for p in together] == alone


def test_the_network_is_not_deaf(parts: Parts, sentences: Sequence[Sentence]) -> None:
    tags = {tag for p in predict(*parts, sentences) for tag in p.tags}
    assert tags == {"O", "B-PER", "I-PER"}


@pytest.mark.parametrize("length", [1, 40_000])
def test_no_more_than_a_window_is_read_ahead(parts: Parts, length: int) -> None:
    read = 0

    def stream() -> Iterator[Sentence]:
        nonlocal read
        while True:
            read += 1
            yield Sentence(("Ada",) * length)

    list(islice(predict(*parts, stream(), window=3), 1))
    assert read == (3 if length == 1 else 2)  # 65,536 tokens are enough for any window


def test_words_not_seen_in_training_are_told_apart(parts: Parts) -> None:
    seen, unseen = Sentence(("Ada",), {"ner": ("O",)}), Sentence(("Zoe",), {"ner": ("O",)})
    predicted = next(predict(*parts, [unseen])).tags
    assert evaluate(*parts, [seen, unseen]).tokens.unknown_accuracy == float(predicted == ("O",))  # type: ignore[attr-defined]
    assert evaluate(*parts, [seen]).tokens.unknown_accuracy is None  # type: ignore[attr-defined]


def test_no_sentences_have_scores(parts: Parts) -> None:
    assert evaluate(*parts, []).headline == 0.0


def test_a_fault_of_any_kind_comes_after_the_answers_that_are_due(parts: Parts) -> None:
    def source() -> Iterator[Sentence]:
        yield Sentence(("Ada",))
        raise KeyError("the caller's own")

    answers = predict(*parts, source())
    assert next(answers).sentence.tokens == ("Ada",)
    with pytest.raises(KeyError, match="the caller's own"):
        next(answers)


def test_a_device_without_enough_memory_is_one_line(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object) -> None:
        raise torch.cuda.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr("taggers.nn.model.Model.emissions", full)
    with pytest.raises(TaggerError, match="cpu has not enough memory for this; say --device cpu"):
        list(predict(*parts, [Sentence(("Ada",))]))


@pytest.mark.parametrize("tags", ["S", "O S", "B I", "O"])
def test_few_plain_tags_are_not_taken_for_spans(tags: str) -> None:
    task = Labelling("pos", ("B", "I", "N", "O", "S"), PLAIN, PLAIN)
    gold = tuple(tags.split())
    checked = in_scheme(task, [Sentence(("w",) * len(gold), {"pos": gold})])
    assert (checked.scheme, checked.sentences[0].layers["pos"]) == (PLAIN, gold)
    with pytest.raises(FormatError, match="holds IOB2 tags, the model gives plain ones"):
        in_scheme(task, [Sentence(("w", "w"), {"pos": ("B-PER", "O")})])
