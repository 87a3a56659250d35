"""The whole network: what a sentence gets does not depend on what it travels with, and every option learns."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Literal, TypeVar

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from taggers.data.batch import Batch, Noise, gather
from taggers.data.features import CASINGS, Ints
from taggers.data.indexer import Indexer
from taggers.data.targets import index_targets
from taggers.data.vocabulary import UNK
from taggers.engine import decode
from taggers.engine.torch_engine import TorchEngine
from taggers.nn.batch import to_device
from taggers.nn.embeddings.characters import CharacterCNN, CharacterRNN, Characters
from taggers.nn.embeddings.interface import Embedding
from taggers.nn.embeddings.lookup import Lookup
from taggers.nn.encoder import Encoder
from taggers.nn.heads.labelling import CRFHead, SoftmaxHead
from taggers.nn.model import Model
from taggers.nn.recurrent import Kind
from taggers.tasks.labelling import Labelling
from taggers.text import Sentence
from taggers.text.schemes import IOB2, IOBES

Spelling = Literal["cnn", "lstm", "gru", "none"]
Head = Literal["crf", "softmax"]

TRAIN = [
    Sentence(("Ada", "Obi", "saw", "the", "Sea"), {"ner": ("B-PER", "I-PER", "O", "O", "B-LOC")}),
    Sentence(("the", "gulls", "of", "Lagos"), {"ner": ("O", "O", "O", "B-LOC")}),
    Sentence(("Obi",), {"ner": ("B-PER",)}),
]
Value = TypeVar("Value")
INDEXER = Indexer.build(TRAIN)
TASK = Labelling.build(TRAIN, "ner", IOBES, IOB2)
OPTIONS = [*product(["lstm", "gru"], [1, 2], ["cnn", "lstm"], ["crf", "softmax"]), ("lstm", 1, "gru", "crf")]


def build(
    kind: Kind = "lstm",
    layers: int = 1,
    characters: Spelling = "cnn",
    head: Head = "crf",
    dropout: float = 0.0,
    casing: bool = True,
) -> Model:
    torch.manual_seed(7)
    symbols = len(INDEXER.spelling.vocabulary)
    embeddings: dict[str, Embedding] = {"words": Lookup("words", INDEXER.words.size, 6)}
    if characters == "cnn":
        embeddings["characters"] = Characters(CharacterCNN(symbols, 5, 6, 3, dropout))
    elif characters != "none":
        embeddings["characters"] = Characters(CharacterRNN(characters, symbols, 5, 3, dropout))
    if casing:
        embeddings["casing"] = Lookup("casing", len(CASINGS), 2)
    size = 6 + (6 if characters != "none" else 0) + (2 if casing else 0)
    encoder = Encoder(kind, size, 8, layers, dropout, dropout, dropout)
    top = (CRFHead if head == "crf" else SoftmaxHead)(16, TASK.constraints)
    return Model(embeddings, encoder, {f"tags {TASK.layer}": top}, [1.0])


def only(values: Sequence[Value]) -> Value:
    """What the one layer has."""
    [value] = values
    return value


def split(ids: Ints, sentences: list[Sentence]) -> list[Ints]:
    """The ids (N,) of each sentence."""
    return np.split(ids, np.cumsum([len(sentence) for sentence in sentences])[:-1])


def batch_of(sentences: list[Sentence], noise: Noise | None = None) -> Batch:
    return gather(INDEXER.index(sentences), np.arange(len(sentences)), noise=noise)


# Words of training, unknown ones, long ones, and none at all.
tokens = st.one_of(st.sampled_from(["Ada", "the", "Sea", "gulls"]), st.text("abgOS1", max_size=12))
drawn = st.lists(st.lists(tokens, max_size=6).map(lambda t: Sentence(tuple(t))), min_size=1, max_size=5)


@pytest.mark.parametrize(("kind", "layers", "characters", "head"), OPTIONS)
@settings(max_examples=8)
@given(drawn, st.sampled_from([1, 7, 999]), st.randoms())
def test_a_sentence_does_not_depend_on_its_neighbours_its_position_or_the_batch_size(
    kind: Kind,
    layers: int,
    characters: Spelling,
    head: Head,
    sentences: list[Sentence],
    budget: int,
    random: np.random.Generator,
) -> None:
    engine = TorchEngine(build(kind, layers, characters, head), INDEXER)
    sentences = [*sentences, TRAIN[0]]
    scores = only(engine.emissions(batch_of(sentences)))
    tags = split(only(decode(engine, sentences, budget)), sentences)
    order = list(range(len(sentences)))
    random.shuffle(order)
    shuffled = [sentences[i] for i in order]
    moved = split(only(decode(engine, shuffled, budget=50)), shuffled)
    for place, row in enumerate(order):
        assert moved[place].tolist() == tags[row].tolist()
    for row, sentence in enumerate(sentences):
        assert len(tags[row]) == len(sentence)
        if not len(sentence):
            continue
        alone = only(engine.emissions(batch_of([sentence])))[0]  # (T, K)
        np.testing.assert_allclose(scores[row, : len(sentence)], alone, atol=1e-5)
        assert only(decode(engine, [sentence])).tolist() == tags[row].tolist()


@pytest.mark.parametrize("characters", ["cnn", "lstm", "gru"])
@settings(max_examples=20)
@given(tokens, st.lists(tokens, max_size=5), st.integers(1, 3))
def test_a_tokens_vector_does_not_depend_on_an_equal_token_beside_it_as_in_ncrfpp_and_flair(
    characters: Spelling, token: str, others: list[str], copies: int
) -> None:
    model = build(characters=characters).eval()
    beside = Sentence((token, *others, *[token] * copies))
    with torch.no_grad():
        alone = model.embed(to_device(batch_of([Sentence((token,))]), torch.device("cpu")))[0, 0]  # (E,)
        together = model.embed(to_device(batch_of([Sentence(tuple(others)), beside]), torch.device("cpu")))[1]  # (T, E)
    for place in (0, *range(len(others) + 1, len(beside))):
        torch.testing.assert_close(together[place], alone, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("characters", ["cnn", "lstm", "gru"])
def test_a_tokens_vector_does_not_depend_on_the_longest_word_of_the_batch_as_in_ncrfpp(characters: Spelling) -> None:
    model = build(characters=characters).eval()
    with torch.no_grad():
        alone = model.embed(to_device(batch_of([Sentence(("gull",))]), torch.device("cpu")))[0, 0]
        beside = model.embed(to_device(batch_of([Sentence(("gull", "x" * 300_000))]), torch.device("cpu")))[0, 0]
    torch.testing.assert_close(beside, alone, atol=1e-6, rtol=1e-5)


def test_evaluation_mode_is_deterministic_and_training_mode_is_not() -> None:
    model = build(dropout=0.5)
    features = to_device(batch_of(TRAIN), torch.device("cpu"))
    with torch.no_grad():
        assert not torch.equal(only(model.emissions(features)), only(model.emissions(features)))
        model.eval()
        assert torch.equal(only(model.emissions(features)), only(model.emissions(features)))


def test_the_engine_drops_nothing_and_touches_no_mode_that_another_thread_relies_on() -> None:
    model = build(dropout=0.5).eval()
    engine = TorchEngine(model, INDEXER)
    assert np.array_equal(only(engine.emissions(batch_of(TRAIN))), only(engine.emissions(batch_of(TRAIN))))
    assert not model.training


@pytest.mark.parametrize(
    ("kind", "layers", "characters", "head", "casing", "partial"),
    [
        ("lstm", 1, "cnn", "crf", True, False),
        ("lstm", 2, "lstm", "softmax", True, False),
        ("gru", 1, "lstm", "crf", False, True),
        ("lstm", 1, "gru", "crf", True, True),
        ("gru", 2, "cnn", "softmax", False, True),
        ("lstm", 1, "none", "crf", True, False),
        ("gru", 1, "none", "softmax", False, False),
    ],
)
def test_every_option_overfits_one_batch(
    kind: Kind, layers: int, characters: Spelling, head: Head, casing: bool, partial: bool
) -> None:
    model = build(kind, layers, characters, head, dropout=0.1, casing=casing)
    task = Labelling(TASK.layer, TASK.labels, IOBES, IOB2, partial)
    gold = [Sentence(TRAIN[0].tokens, {"ner": ("B-PER", "?", "O", "?", "B-LOC")}), *TRAIN[1:]] if partial else TRAIN
    targets = index_targets(task, gold)
    assert (targets.sets is not None) == partial
    features = to_device(gather(INDEXER.index(gold), np.arange(3), [targets]), torch.device("cpu"))
    optimiser = torch.optim.Adam(model.parameters(), 0.03)
    first = float(model.loss(features).detach())
    for _ in range(60):
        optimiser.zero_grad()
        model.loss(features).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    model.eval()
    last = float(model.loss(features).detach())
    assert last < 0.1 < first
    tags = [p.tags for p in task.predictions(gold, only(decode(TorchEngine(model, INDEXER), gold)))]
    assert tags[1:] == [s.layers["ner"] for s in TRAIN[1:]]
    known = [(gold_tag, tag) for gold_tag, tag in zip(gold[0].layers["ner"], tags[0], strict=True) if gold_tag != "?"]
    assert all(gold_tag == tag for gold_tag, tag in known)


def test_unknown_words_and_characters_are_really_trained() -> None:
    targets = index_targets(TASK, TRAIN)
    indexed = INDEXER.index(TRAIN)

    def moved(chance: float) -> tuple[bool, bool]:
        model = build()
        values = {"words": np.full(len(indexed.features["words"].numbers), chance)}
        characters = np.full(len(INDEXER.spelling.vocabulary), chance)
        batch = gather(indexed, np.arange(3), [targets], Noise(values, characters, np.random.default_rng(1)))
        model.loss(to_device(batch, torch.device("cpu"))).backward()  # type: ignore[no-untyped-call]
        words = model.get_parameter("embeddings.words.table.weight").grad
        spelling = model.get_parameter("embeddings.characters.network.table.weight").grad
        assert words is not None
        assert spelling is not None
        return bool(words[UNK].any()), bool(spelling[UNK].any())

    assert moved(0.5) == (True, True)
    assert moved(0.0) == (False, False)  # where nothing passes as unknown, the unknown learns nothing


def test_a_part_left_out_leaves_the_others() -> None:
    model = build(characters="none", casing=False)
    features = to_device(batch_of(TRAIN), torch.device("cpu"))
    assert model.embed(features).shape == (3, 5, 6)
    assert model.states(features).shape == (3, 5, 16)
    assert only(model.emissions(features)).shape == (3, 5, len(TASK.tags))


@pytest.mark.cuda
@pytest.mark.parametrize(("kind", "layers", "characters", "head"), OPTIONS)
def test_a_gpu_gives_the_scores_the_loss_and_the_gradients_of_the_cpu(
    kind: Kind, layers: int, characters: Spelling, head: Head
) -> None:
    batch = gather(INDEXER.index(TRAIN), np.arange(3), [index_targets(TASK, TRAIN)])
    results = []
    for device in (torch.device("cpu"), torch.device("cuda")):
        model = build(kind, layers, characters, head).to(device)
        features = to_device(batch, device)
        loss = model.loss(features)
        loss.backward()  # type: ignore[no-untyped-call]
        gradients = [p.grad.cpu() for p in model.parameters() if p.grad is not None]
        results.append((loss.detach().cpu(), only(TorchEngine(model, INDEXER).emissions(batch))[batch.mask], gradients))
    (loss, scores, gradients), (loss_there, scores_there, gradients_there) = results
    torch.testing.assert_close(loss_there, loss, atol=1e-3, rtol=1e-4, check_dtype=False)
    np.testing.assert_allclose(scores_there, scores, atol=1e-3)
    torch.testing.assert_close(gradients_there, gradients, atol=1e-3, rtol=1e-3)
