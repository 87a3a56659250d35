"""What examples, answers and scores of a transduction are."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taggers.chain.search import END
from taggers.checkpoint import as_json
from taggers.errors import FormatError, TaggerError
from taggers.tasks.transduction import UNKNOWN, Key, Transduction
from taggers.text import Prediction, Sentence, Source
from taggers.text.types import LABEL


def tokens(words: str, lemmas: str, tags: str = "") -> Sentence:
    layers = {"lemma": tuple(lemmas.split()), **({"upos": tuple(tags.split())} if tags else {})}
    return Sentence(tuple(words.split()), layers, source=Source("a.conllu", 3))


TRAIN = [tokens("saws saw saw", "saw see saw", "NOUN VERB NOUN"), tokens("saw saw", "see _", "VERB NOUN")]


def answered(task: Transduction, sentences: list[Sentence], answers: list[str]) -> list[Prediction]:
    return list(task.predictions(sentences, np.array(answers, dtype=np.object_)))


def test_an_example_is_a_token_with_what_stands_beside_it() -> None:
    task = Transduction.build(TRAIN, "lemma", ["upos"])
    assert list(task.keys(TRAIN)) == [
        ("saws", "NOUN"), ("saw", "VERB"), ("saw", "NOUN"), ("saw", "VERB"), ("saw", "NOUN"),
    ]  # fmt: skip
    assert task.source(("saws", "Case=Nom|Number=Plur")).tokens == (*"saws", "upos=Case=Nom", "upos=Number=Plur")


def test_a_training_example_is_a_distinct_source_with_its_most_frequent_target() -> None:
    task = Transduction.build(TRAIN, "lemma", ["upos"], minimum=1)
    examples = task.training_examples(TRAIN)
    read = [task.read(("", ""), ids) for ids in task.targets(examples)]
    learnt = dict(zip([example.tokens for example in examples], read, strict=True))
    assert learnt == {
        (*"saws", "upos=NOUN"): "saw", (*"saw", "upos=VERB"): "see", (*"saw", "upos=NOUN"): "saw",
    }  # fmt: skip


def test_targets_that_are_as_frequent_are_examples_each() -> None:
    sentences = [Sentence(("a",), label="AH"), Sentence(("a",), label="EY"), Sentence(("b",), label="B IY")]
    task = Transduction.build(sentences, LABEL, minimum=1)
    examples = task.training_examples(sentences)
    assert [example.tokens for example in examples] == [("a",), ("a",), ("b",)]
    assert [task.read(("x",), ids) for ids in task.targets(examples)] == ["AH", "EY", "B IY"]


def test_characters_around_stand_on_either_side() -> None:
    task = Transduction.build(TRAIN, "lemma", around=4)
    [_, key, _] = task.keys([TRAIN[0]])
    assert task.source(key).tokens == (*"saw", "<before>", *"aws ", "<after>", *" saw")


@given(st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=5), st.integers(1, 9))
def test_around_a_token_is_the_text_of_its_sentence(words: list[str], around: int) -> None:
    task, text = Transduction("lemma", (), around=around), " ".join(words)
    start = 0
    for word, (form, before, after) in zip(words, task.keys([Sentence(tuple(words))]), strict=True):
        end = start + len(word)
        assert (form, before, after) == (word, text[max(0, start - around) : start], text[end : end + around])
        start = end + 1


def test_rare_symbols_are_unknown_and_copied_in_order() -> None:
    task = Transduction("lemma", ("a", "b"))
    key: Key = ("xaŷ",)
    assert task.read(key, [UNKNOWN, 2, UNKNOWN, UNKNOWN, END, 3]) == "xaŷ"
    assert task.read(key, [END]) == "_"


@given(st.lists(st.text("abc", min_size=1, max_size=5), min_size=1, max_size=6))
def test_what_is_learnt_is_read_back(lemmas: list[str]) -> None:
    sentences = [Sentence(tuple(lemmas), {"lemma": tuple(lemmas)})]
    task = Transduction.build(sentences, "lemma")
    examples = task.training_examples(sentences)
    read = [task.read(("".join(s.tokens),), ids) for s, ids in zip(examples, task.targets(examples), strict=True)]
    assert Counter(read) == {lemma: number.bit_length() for lemma, number in Counter(lemmas).items()}


def test_answers_go_to_the_tokens_they_are_for() -> None:
    sentences = [Sentence(("a", "b")), Sentence(()), Sentence(("c",))]
    assert [p.tags for p in answered(Transduction("lemma", ()), sentences, ["1", "2", "3"])] == [("1", "2"), (), ("3",)]
    labels = answered(Transduction(LABEL, ()), sentences, ["x y", "", "z"])
    assert [p.label for p in labels] == ["x y", None, "z"]


def test_missing_values_are_neither_learnt_nor_scored() -> None:
    sentence = tokens("a _ b", "_ _ c")
    task = Transduction.build([sentence], "lemma", minimum=1)
    assert [example.tokens for example in task.training_examples([sentence])] == [("_",), ("b",)]
    scores = task.score([sentence], answered(task, [sentence], ["wrong", "_", "c"]), [])
    assert (scores.examples, scores.accuracy, scores.unknown) == (2, 1.0, 0)
    other = tokens("b d", "c e")
    scores = task.score([other], answered(task, [other], ["c", "x"]), [])
    assert (scores.accuracy, scores.unknown_accuracy, scores.unknown) == (0.5, 0.0, 1)


def test_a_source_with_several_labels_counts_once() -> None:
    sentences = [Sentence(("a",), label="AH"), Sentence(("a",), label="EY"), Sentence(("b",), label="B IY")]
    task = Transduction.build(sentences, LABEL)
    scores = task.score(sentences, answered(task, sentences, ["EY", "EY", "B"]), [])
    assert (scores.examples, scores.accuracy) == (2, 0.5)
    assert scores.error_rate == pytest.approx(1 / 3)


def test_characters_that_are_left_out_are_neither_learnt_nor_scored() -> None:
    sentences = [Sentence(("a",), label="AH0"), Sentence(("a",), label="AH1"), Sentence(("b",), label="B IY1")]
    task = Transduction.build(sentences, LABEL, without="012", minimum=1)
    examples = task.training_examples(sentences)
    assert {task.read(("x",), ids) for ids in task.targets(examples)} == {"AH", "B IY"}
    assert task.score(sentences, answered(task, sentences, ["AH", "AH", "B IY"]), []).accuracy == 1.0


def test_a_label_of_which_nothing_is_left_is_not_scored() -> None:
    sentences = [Sentence(("a",), label="012"), Sentence(("b",), label="B IY1"), Sentence(("b",), label="2")]
    task = Transduction.build(sentences, LABEL, without="012", minimum=1)
    scores = task.score(sentences, answered(task, sentences, ["AH", "B IY", "B IY"]), [])
    assert (scores.examples, scores.accuracy) == (1, 1.0)


def test_sources_of_labels_are_remembered() -> None:
    sentences = [Sentence(tuple(word), label="x") for word in ("ab", "c", "d")]
    task = Transduction.build(sentences, LABEL)
    task = Transduction.from_json(json.loads(json.dumps(task.to_json())))
    asked = [Sentence(tuple(word), label="x") for word in ("ab", "abc", "d")] + [Sentence(("ab",), label="x")]
    scores = task.score(asked, answered(task, asked, ["x", "x", "y", "y"]), [])
    assert scores.unknown == 2
    assert scores.unknown_accuracy == pytest.approx(0.5)


def test_many_sources_take_little_room_and_too_many_none(monkeypatch: pytest.MonkeyPatch) -> None:
    sentences = [Sentence((*str(number),) * 5, label="x") for number in range(100_000)]
    task = Transduction.build(sentences, LABEL)
    assert len(as_json(task.to_json())) < 1_000_000
    assert task.score(sentences, answered(task, sentences, ["x"] * 100_000), []).unknown == 0
    monkeypatch.setattr("taggers.tasks.transduction._MOST_KNOWN", 99_999)
    task = Transduction.build(sentences, LABEL)
    assert task.known == ()
    assert task.score(sentences[:1], answered(task, sentences[:1], ["x"]), []).unknown_accuracy is None


def test_symbols_that_no_answer_can_hold_are_told() -> None:
    task = Transduction.build([tokens("ab ba", "a b")], "lemma", minimum=1)
    assert task.unseen([tokens("aŷ zx q", "aŷ zy _"), tokens("ab", "c")]) == ["c", "y"]
    sounds = Transduction.build([Sentence(("a",), label="AH")], LABEL, without="0")
    assert sounds.unseen([Sentence(("a", "?"), label="AH0 ? EY")]) == ["EY"]


def test_what_is_kept_comes_back() -> None:
    task = Transduction.build(TRAIN, "lemma", ["upos"], around=3, beam=4, length_power=0.5)
    assert json.loads(json.dumps(task.to_json()))["known"] == ["saw", "saws"]
    assert Transduction.from_json(json.loads(json.dumps(task.to_json()))) == task


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(FormatError, match=r"a\.conllu:3: no column 'upos'; there are lemma"):
        list(Transduction("lemma", (), ("upos",)).keys([tokens("a", "b")]))


@pytest.mark.parametrize("layer", ["lemma", LABEL])
def test_training_without_targets_is_refused(layer: str) -> None:
    with pytest.raises(TaggerError, match="the training data has no"):
        Transduction.build([tokens("a", "_")], layer)
