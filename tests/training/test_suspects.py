"""Errors planted in text that is easy to learn, found by models that have not seen them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

import pytest

from taggers import Config, make_config
from taggers.errors import TaggerError
from taggers.lint import Annotated, Finding
from taggers.suspects import find_suspects
from taggers.text import Sentence, Source
from tests.training.conftest import Ears

PEOPLE, TOWNS = ("Ada", "Bo", "Cem", "Dia", "Eli"), ("Oslo", "Lima", "Rome", "Bern")
ENDINGS = ((), ("again",), ("by", "boat"))
MODEL = {
    "words": {"size": 12},
    "characters": {"kind": "none"},
    "casing": {"size": 2},
    "encoder": {"hidden_size": 12, "input_dropout": 0.0, "output_dropout": 0.0, "recurrent_dropout": 0.0},
}


def config(task: dict[str, object], epochs: int = 10) -> Config:
    """A small network that learns such text in some epochs."""
    training = {"epochs": epochs, "patience": epochs, "batch_tokens": 40, "optimiser": {"learning_rate": 0.02}}
    return make_config({"task": task, "data": {"dev": "none"}, "model": MODEL, "training": training})


def trips() -> list[Sentence]:
    """Sixty sentences such as `Ada flew to Oslo by boat`, with names, parts of speech and labels."""
    made = []
    for number, (person, town, ending) in enumerate(product(PEOPLE, TOWNS, ENDINGS)):
        tokens = (person, "flew", "to", town, *ending)
        layers = {
            "ner": ("B-PER", "O", "O", "B-LOC", *("O" for _ in ending)),
            "upos": ("PROPN", "VERB", "ADP", "PROPN", *("ADV" for _ in ending)),
        }
        label = "again" if ending == ("again",) else "once"
        made.append(Sentence(tokens, layers, label, Source("a.conll", 100 * number)))
    return made


def mistaken(layer: str, errors: Mapping[int, Sequence[str]]) -> list[Sentence]:
    """The trips with other tags in some of them."""
    made = trips()
    for number, tags in errors.items():
        made[number] = made[number].with_layers({**made[number].layers, layer: tuple(tags)})
    return made


def found(sentences: list[Sentence], layer: str, ears: Ears | None = None, folds: int = 3) -> list[Finding]:
    """What some models find."""
    data = Annotated.of({"train": sentences}, layer)
    return find_suspects(config({"layer": layer}), data, folds, "cpu", ears)


ERRORS = {
    7: ["O", "O", "O", "B-LOC", "O"],  # missed
    20: ["B-PER", "O", "O", "B-PER", "O", "O"],  # of another type
    34: ["B-PER", "O", "O", "B-LOC", "I-LOC"],  # one token too long
    41: ["B-PER", "O", "B-LOC", "B-LOC", "O", "O"],  # spurious
}


@pytest.fixture(scope="module")
def findings() -> list[Finding]:
    """What is found where errors are planted."""
    return found(mistaken("ner", ERRORS), "ner")


def test_planted_errors_are_found_first_each_once_with_what_is_right(findings: list[Finding]) -> None:
    first = {f.places[0].line // 100: f for f in findings[: len(ERRORS)]}
    assert sorted(first) == sorted(ERRORS)
    said = {n: (f.facts["annotated"], f.facts["instead"]) for n, f in first.items()}
    names = {n: [[(s["text"], s["label"]) for s in side] for side in sides] for n, sides in said.items()}
    assert names[7] == [[], [("Ada", "PER")]]
    assert [label for [(_, label)] in names[20]] == ["PER", "LOC"]
    assert [text.split()[-1] == "again" for [(text, _)] in names[34]] == [True, False]
    assert names[41] == [[("to", "LOC")], []]
    assert first[41].places[0].line == 4102
    assert all(f.facts["instead_probability"] > 0.5 > f.facts["annotated_probability"] for f in first.values())


def test_a_place_is_named_once_and_the_same_every_time(findings: list[Finding]) -> None:
    tokens = [
        (f.places[0].sentence, t)
        for f in findings
        for t in {t for side in ("annotated", "instead") for s in f.facts[side] for t in range(s["start"], s["end"])}
    ]
    assert len(tokens) == len(set(tokens))
    assert [f.weight for f in findings] == sorted((f.weight for f in findings), reverse=True)
    assert found(mistaken("ner", ERRORS), "ner") == findings


def test_plain_tags_are_judged_token_by_token() -> None:
    first, *_ = found(mistaken("upos", {12: ["PROPN", "ADP", "ADP", "PROPN"]}), "upos")
    assert first.message.startswith("'flew' as ADP (")
    assert ", rather VERB (" in first.message
    assert first.places[0].line == 1201


def test_labels_of_texts_are_judged_as_a_whole() -> None:
    sentences = trips()
    sentences[4] = replace(sentences[4], label="once")  # which ends in "again"
    sentences.append(replace(sentences[0], label=None))
    data = Annotated.of({"train": sentences})
    first, *_ = find_suspects(config({"kind": "classification"}), data, 3, "cpu")
    assert (first.facts["annotated"], first.facts["instead"], first.places[0].line) == ("once", "again", 400)


def test_sets_of_labels_are_judged_label_by_label() -> None:
    sentences = [replace(s, label="trip|again" if s.label == "again" else "trip") for s in trips()]
    sentences[4] = replace(sentences[4], label="trip")
    sentences[9] = replace(sentences[9], label="again|trip")
    data = Annotated.of({"train": sentences})
    findings = find_suspects(config({"kind": "classification", "many": True}, epochs=20), data, 3, "cpu")
    told = {f.places[0].line: (f.facts["annotated"], f.facts["instead"]) for f in findings[:2]}
    assert told == {400: (None, "again"), 900: ("again", None)}


def test_all_splits_are_judged_and_what_no_other_part_knows_is_said_and_left() -> None:
    ears, errors = Ears(), {7: ERRORS[7], 50: ["B-PER", "O", "O", "B-ODD", "O", "O"]}
    made = mistaken("ner", errors)
    data = Annotated.of({"train": made[20:], "test": made[:20]}, "ner")
    findings = find_suspects(config({"layer": "ner"}), data, 3, "cpu", ears)
    assert (findings[0].places[0].split, findings[0].places[0].line) == ("test", 700)
    assert 5000 not in {f.places[0].line for f in findings}
    assert ears.notes.count("1 sentence with labels that no other part has: not judged") == 1


@pytest.mark.parametrize("folds", [1, 61])
def test_a_number_of_folds_that_cannot_be_is_refused(folds: int) -> None:
    with pytest.raises(TaggerError, match=f"--folds {folds}: expected between 2 and the number of documents, 60"):
        found(trips(), "ner", folds=folds)
