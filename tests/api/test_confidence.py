"""What a trained model says of its own answers: confidences, candidates, alternatives and decisions of least risk."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from taggers import (
    Asked,
    ColumnFormat,
    Corpus,
    Prediction,
    Sentence,
    Span,
    Tagger,
    TaggerError,
    Temperatures,
    make_config,
)
from taggers.chain import Chain
from taggers.engine.onnx_engine import load as load_onnx
from taggers.tasks.labelling import Labelling
from taggers.text.schemes import decode
from taggers.text.types import LABEL

TEXT = """\
# label = news
Ada NOUN B-PER
Obi NOUN I-PER
met VERB O
Lin NOUN B-PER
. PUNCT O

# label = chat
Nobody PRON O
slept VERB O
. PUNCT O

# label = news
Oslo NOUN B-LOC
slept VERB O
. PUNCT O

"""
SENTENCES = [
    Sentence(("Ada", "Obi", "slept")), Sentence(()), Sentence(("Lin",)), Sentence(("Ada", "met", "Oslo")),
    Sentence(("Oslo", "Lin", ".")), Sentence(("Who", "?")),
]  # fmt: skip
LEAST = 0.01


def trained(folder: Path, task: Mapping[str, object], **model: object) -> Tagger:
    file = folder / "train.conll"
    file.write_text(TEXT, encoding="utf-8")
    config = make_config(
        {
            "task": {"layer": "ner", **task},
            "model": {
                "words": {"size": 8}, **model,
                "encoder": {"hidden_size": 8, "input_dropout": 0.0, "output_dropout": 0.0},
            },
            "training": {
                "epochs": 14, "patience": 14, "unknown": 0.0, "word_dropout": 0.0, "optimiser": {"learning_rate": 0.02}
            },
        }
    )  # fmt: skip
    format = ColumnFormat(("token", "upos", "ner"), comments="#", label="label")
    layers = ["ner", *(["upos"] if "further" in task else [])]
    corpus = Corpus.read(file, file, layer=layers, label="label" in task, format=format)
    return Tagger.train(config, corpus, folder / "model", device="cpu")


@pytest.fixture(scope="module")
def joint(tmp_path_factory: pytest.TempPathFactory) -> Tagger:
    """Names by a CRF, parts of speech by a softmax, and the label of the sentence, after too little training."""
    task = {"further": {"upos": {"head": "softmax"}}, "label": {}}
    return trained(tmp_path_factory.mktemp("joint"), task)


@pytest.fixture(scope="module", params=["IOB2 crf", "IOB2 softmax", "IOBES softmax"])
def alone(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Tagger:
    """Names alone, in another scheme or by a softmax."""
    scheme, head = request.param.split()
    return trained(tmp_path_factory.mktemp("alone"), {"scheme": scheme}, head={"kind": head})


def scores_of(tagger: Tagger, sentence: Sentence) -> tuple[tuple[Chain | None, ...], tuple[NDArray[np.float32], ...]]:
    """What the network gives to a sentence."""
    engine = load_onnx(tagger.folder)
    reading = engine.read([sentence])
    return engine.chains, reading.score(reading.starts, reading.lengths)


def sequences(
    tagger: Tagger, sentence: Sentence, temperatures: Temperatures | None = None
) -> dict[tuple[str, ...], float]:
    """Every legal sequence of the first layer's tags, spelt as in the training file, and its probability."""
    task, milder = tagger.tasks[0], temperatures or Temperatures()
    assert isinstance(task, Labelling)
    chains, scores = scores_of(tagger, sentence)
    chain, rows = chains[0], scores[0].astype(np.float64) / milder.emissions
    assert chain is not None
    start, moves, end = (part / milder.transitions for part in (chain.start, chain.transitions, chain.end))
    found: dict[tuple[str, ...], float] = {}
    for path in itertools.product(range(len(task.tags)), repeat=len(sentence)):
        score = start[path[0]] + end[path[-1]] + sum(moves[a, b] for a, b in itertools.pairwise(path))
        score += sum(row[tag] for row, tag in zip(rows, path, strict=True))
        if score > -np.inf:
            [spelt] = task.predictions([sentence], np.array(path, dtype=np.int32))
            found[spelt.tags] = float(np.exp(score))
    total = sum(found.values())
    return {tags: weight / total for tags, weight in found.items()}


def shares(found: dict[tuple[str, ...], float]) -> dict[Span, float]:
    of_spans: dict[Span, float] = defaultdict(float)
    for tags, share in found.items():
        for span in decode(tags):
            of_spans[span] += share
    return of_spans


def check(tagger: Tagger, asked: Asked, predictions: Sequence[Prediction]) -> None:
    """Compare predictions of SENTENCES with all legal sequences."""
    temperatures = (asked.temperatures or {}).get("ner")
    best = [prediction.tags for prediction in tagger.stream(SENTENCES)]
    for sentence, prediction, plain in zip(SENTENCES, predictions, best, strict=True):
        if not sentence.tokens:
            assert (prediction.confidences, prediction.candidates) == ((), ())
            assert [one.probability for one in prediction.alternatives] == [1.0]
            continue
        every = sequences(tagger, sentence, temperatures)
        of_spans = shares(every)
        assert prediction.tags == plain
        assert prediction.confidences == pytest.approx([of_spans[span] for span in prediction.spans], abs=1e-6)
        assert [entity.confidence for entity in prediction.entities] == list(prediction.confidences or ())
        expected = {span: share for span, share in of_spans.items() if share >= LEAST}
        found = {one.span: one.probability for one in prediction.candidates or ()}
        assert found == pytest.approx(expected, abs=1e-6)
        likely = sorted(every.values(), reverse=True)[:4]
        assert [one.probability for one in prediction.alternatives] == pytest.approx(likely, abs=1e-6)
        for one in prediction.alternatives:
            assert every[one.tags] == pytest.approx(one.probability, abs=1e-6)
            assert decode(one.tags) == list(one.spans)


ASKED = Asked(confidence=True, candidates=LEAST, k_best=4)


def test_a_crf_beside_other_layers_equals_enumeration(joint: Tagger) -> None:
    check(joint, ASKED, list(joint.stream(SENTENCES, asked=ASKED)))


def test_other_schemes_and_heads_equal_enumeration(alone: Tagger) -> None:
    check(alone, ASKED, list(alone.stream(SENTENCES, asked=ASKED)))


def test_temperatures_change_probabilities_and_no_tag(joint: Tagger) -> None:
    asked = replace(ASKED, temperatures={"ner": Temperatures(emissions=0.5, transitions=3.0)})
    sharper = list(joint.stream(SENTENCES, asked=asked))
    check(joint, asked, sharper)
    plain = list(joint.stream(SENTENCES, asked=ASKED))
    assert [p.confidences for p in sharper] != [p.confidences for p in plain]
    assert [p.further for p in sharper] == [p.further for p in plain]


def test_plain_tags_and_labels_have_their_probabilities(joint: Tagger) -> None:
    warm = Temperatures(emissions=2.0)
    asked = Asked(confidence=True, temperatures={"upos": warm, LABEL: warm})
    predictions = list(joint.stream(SENTENCES, asked=asked))
    for sentence, prediction in zip(SENTENCES, predictions, strict=True):
        tags, label = prediction.further
        if not sentence.tokens:
            assert (tags.confidences, label.confidences, label.label) == ((), (), None)
            continue
        _, scores = scores_of(joint, sentence)
        for rows, answers, names in (
            (scores[1], tags.tags, joint.tasks[1].tags),  # type: ignore[union-attr]
            (scores[2], (label.label,), joint.tasks[2].labels),  # type: ignore[union-attr]
        ):
            weights = np.exp(rows.astype(np.float64) / 2.0)
            expected = [row[names.index(one)] / row.sum() for row, one in zip(weights, answers, strict=True)]
            found = tags.confidences if answers is tags.tags else label.confidences
            assert found == pytest.approx(expected, abs=1e-6)
    [simple] = [p.further[1] for p in joint.stream([SENTENCES[0]], confidence=True)]
    assert simple.label is not None
    assert simple.confidences == pytest.approx((simple.scores[simple.label],), abs=1e-6)


def test_sets_of_labels_have_one_each(tmp_path: Path) -> None:
    several = trained(tmp_path, {"label": {"many": True}})
    [answer] = [p.further[0] for p in several.stream([SENTENCES[0]], confidence=True)]
    labels = (answer.label or "").split("|")
    assert answer.confidences == pytest.approx([answer.scores[one] for one in labels if one], abs=1e-6)
    asked = Asked(confidence=True, temperatures={LABEL: Temperatures(emissions=4.0)})
    [milder] = [p.further[0] for p in several.stream([SENTENCES[0]], asked=asked)]
    assert milder.label == answer.label
    odds = [np.log(p / (1.0 - p)) / 4.0 for p in answer.confidences or ()]
    assert milder.confidences == pytest.approx([1.0 / (1.0 + np.exp(-one)) for one in odds], abs=1e-5)


@pytest.mark.parametrize("threshold", [0.05, 0.2, 0.5, 0.7])
def test_decisions_of_least_risk_are_the_best_of_all_sets(joint: Tagger, threshold: float) -> None:
    asked = Asked(confidence=True, decoding="risk", threshold=threshold)
    for sentence, prediction in zip(SENTENCES, joint.stream(SENTENCES, asked=asked), strict=True):
        if not sentence.tokens:
            continue
        every = sequences(joint, sentence)
        of_spans = shares(every)
        best = max(sum(of_spans[span] - threshold for span in decode(tags)) for tags in every)
        assert sum(of_spans[span] - threshold for span in prediction.spans) == pytest.approx(max(best, 0.0), abs=1e-6)
        assert prediction.confidences == pytest.approx([of_spans[span] for span in prediction.spans], abs=1e-6)
        assert list(prediction.spans) == decode(prediction.tags)


def test_spans_below_the_least_confidence_are_left_out(joint: Tagger) -> None:
    every = list(joint.stream(SENTENCES, confidence=True))
    numbers = sorted(number for prediction in every for number in prediction.confidences or ())
    assert len(numbers) >= 3
    least = (numbers[1] + numbers[2]) / 2
    kept = list(joint.stream(SENTENCES, asked=Asked(min_confidence=least)))
    for before, after in zip(every, kept, strict=True):
        pairs = zip(before.spans, before.confidences or (), strict=True)
        expected = [(span, number) for span, number in pairs if number >= least]
        assert list(zip(after.spans, after.confidences or (), strict=True)) == expected
        assert decode(after.tags) == list(after.spans)
    assert sum(len(p.spans) for p in kept) == len(numbers) - 2


@pytest.mark.parametrize(("window", "workers"), [(1024, 2), (5, 2), (2, 1)])
def test_workers_and_windows_say_the_same(joint: Tagger, window: int, workers: int) -> None:
    """Up to rounding, since a network rounds as the words that it met before lie."""
    expected = list(joint.stream(SENTENCES * 2, asked=ASKED))
    found = list(joint.stream(SENTENCES * 2, window, workers, asked=ASKED))
    for one, other in zip(expected, found, strict=True):
        for own, beside in zip((one, *one.further), (other, *other.further), strict=True):
            assert (own.tags, own.spans, own.label) == (beside.tags, beside.spans, beside.label)
            assert own.confidences == pytest.approx(beside.confidences, abs=1e-5)
        assert [a.tags for a in one.alternatives] == [a.tags for a in other.alternatives]
        assert dict(one.candidates or ()) == pytest.approx(dict(other.candidates or ()), abs=1e-5)


def test_long_sentences_are_judged_as_a_whole(tmp_path: Path) -> None:
    cut = trained(tmp_path, {}, windows={"length": 8, "overlap": 0.5})
    words = SENTENCES[0].tokens + SENTENCES[3].tokens + SENTENCES[4].tokens
    [long] = cut.stream([Sentence(words)], asked=Asked(confidence=True, candidates=LEAST, k_best=2))
    covered = np.zeros(len(words))
    for span, probability in long.candidates or ():
        covered[span.start : span.end] += probability
    assert (len(long.tags), len(long.confidences or ())) == (len(words), len(long.spans))
    assert 0.0 < covered.max() <= 1.0 + 1e-9
    assert {span for span, _ in long.candidates or ()} >= set(long.spans)


def test_texts_tokens_and_streams_are_asked_alike(joint: Tagger) -> None:
    text = "Ada Obi met Lin ."
    [of_text] = joint.tag(text, confidence=True)
    of_tokens = joint.tag(text.split(), asked=Asked(confidence=True))
    [of_stream] = joint.tag([Sentence(tuple(text.split()))], confidence=True)
    assert of_text.confidences == of_tokens.confidences == of_stream.confidences is not None
    assert [entity.confidence for entity in of_text.entities] == list(of_text.confidences or ())
    assert (
        joint.k_best(text, 3)
        == joint.k_best(text.split(), 3)
        == [joint.tag(text, asked=Asked(k_best=3))[0].alternatives]
    )
    assert joint.tag(text)[0].confidences is None
    assert joint.tag(text, asked=Asked()) == joint.tag(text)


def test_other_answers_beside_confidence_do_not_hang_together(joint: Tagger) -> None:
    few = next(joint.stream([SENTENCES[0]], asked=Asked(candidates=LEAST)))
    assert (few.confidences, few.alternatives) == (None, ())
    assert few.candidates


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"candidates": 0.0}, "candidates: expected a probability above 0, at most 1, found 0.0"),
        ({"candidates": 1.5}, "candidates: expected a probability above 0, at most 1, found 1.5"),
        ({"k_best": -1}, "k_best: expected 0 to 1000, found -1"),
        ({"threshold": 1.0}, "threshold: expected a cost between 0 and 1, found 1.0"),
        ({"min_confidence": float("nan")}, "min_confidence: expected 0 to 1, found nan"),
    ],
)
def test_what_cannot_be_asked_is_refused(asked: dict[str, float], message: str) -> None:
    with pytest.raises(TaggerError) as fault:
        Asked(**asked)  # type: ignore[arg-type]
    assert str(fault.value) == message
