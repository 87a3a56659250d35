"""The states at the borders of tokens against reading each sentence up to each token, one by one."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from taggers import make_config
from taggers.build import build_indexer, build_model
from taggers.data.sentences import TOKEN, SentenceStore
from taggers.data.stream import spell
from taggers.engine import contextual
from taggers.engine.contextual import ContextualStates, border_states
from taggers.engine.onnx_stream import OnnxStream
from taggers.engine.stream import Following, StreamEngine
from taggers.engine.torch_engine import TorchEngine
from taggers.export import export_network
from taggers.tasks.language_model import Direction, LanguageModel
from taggers.text import Sentence

TEXT = SentenceStore.of([Sentence(("the", "sea", "is", "wide")), Sentence(("a", "gull"))])
sentences_of = st.lists(
    st.lists(st.text("aeghilstuw", min_size=1, max_size=5), min_size=1, max_size=5), min_size=1, max_size=5
)


def engines(direction: Direction, seed: int = 1) -> tuple[TorchEngine, OnnxStream]:
    """One untrained model of characters under both engines."""
    said = ["task.kind=language_model", f"task.direction={direction}", "model.encoder.hidden_size=6"]
    config = make_config({}, [*said, "model.words.size=4", "model.words.minimum=1"])
    indexer = build_indexer(config.model, spell(TEXT, "character", direction), {})
    torch.manual_seed(seed)
    model = build_model(config, indexer, [LanguageModel("character", direction)]).eval()
    weights = {name: weight.detach().numpy() for name, weight in model.named_parameters()}
    return TorchEngine(model, indexer), OnnxStream(indexer, export_network(model, ()), weights)


def read_one_by_one(engine: StreamEngine, lines: list[list[str]], direction: Direction) -> list[list[float]]:
    """For each token the last state after its sentence up to it, or back to it."""
    states = []
    for line in lines:
        for place in range(len(line)):
            read = " ".join(line[: place + 1]) if direction == "forward" else " ".join(line[place:])[::-1]
            text = engine.follow(SentenceStore.of([Sentence(("\n", *read))]))
            found, _ = text.states(np.array([0]), len(read) + 1, text.start(1))
            states.append(found[0, -1].tolist())
    return states


@pytest.mark.parametrize("direction", ["forward", "backward"])
@settings(max_examples=15)
@given(sentences_of, st.integers(3, 40))
def test_states_are_those_of_each_sentence_by_itself(direction: Direction, lines: list[list[str]], budget: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contextual, "_BUDGET", budget)
        patch.setattr(contextual, "_STEPS", 4)
        store = SentenceStore.of(Sentence(tuple(line)) for line in lines)
        for engine in engines(direction):
            found = border_states(engine, store, direction)
            np.testing.assert_allclose(found, read_one_by_one(engine, lines, direction), atol=2e-3)  # float16


def test_what_is_remembered_is_what_is_read() -> None:
    forward, backward = (engines(way)[1] for way in ("forward", "backward"))
    known = [Sentence(("the", "sea"))]
    fresh, remembering = ContextualStates(forward, backward), ContextualStates(forward, backward, remember=known)
    sentences = [Sentence(("the", "sea")), Sentence(()), Sentence(("a",)), Sentence(("the", "sea"))]
    for some in (sentences, sentences[::-1], sentences[2:3], [Sentence(())]):
        np.testing.assert_allclose(remembering.look_at(some), fresh.look_at(some), atol=2e-3)
    assert fresh.look_at(sentences).shape == (5, 12)
    assert fresh.look_at([]).shape == (0, 12)


def test_only_what_is_to_be_remembered_is_read_once() -> None:
    class Counting:
        """An engine that tells how many symbols it has been given."""

        def __init__(self, engine: StreamEngine) -> None:
            self.engine, self.indexer, self.symbols = engine, engine.indexer, list[int]()

        def follow(self, symbols: SentenceStore) -> Following:
            self.symbols.append(len(symbols.columns[TOKEN].places))
            return self.engine.follow(symbols)

    scored, learnt = [Sentence(("the", "sea"))], [Sentence(("a", "gull")), Sentence(("wide",)), Sentence(("wide",))]
    forward, backward = (Counting(engines(way)[1]) for way in ("forward", "backward"))
    states = ContextualStates(forward, backward, remember=scored)
    for _ in range(2):
        states.look_at(scored)
        states.look_at(learnt)
    assert forward.symbols == backward.symbols == [9, 13, 13]  # a break before each text and after each sentence
