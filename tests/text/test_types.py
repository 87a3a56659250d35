"""The values that travel: what they refuse, and where they say a token stands."""

from __future__ import annotations

import dataclasses

import pytest

from taggers.text import Extra, Note, Prediction, Sentence, Source, Span


def test_a_layer_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="'ner' has 1 values for 2 tokens"):
        Sentence(("Ada", "slept"), {"ner": ("O",)})


def test_offsets_of_another_number_are_refused() -> None:
    with pytest.raises(ValueError, match="1 offsets for 2 tokens"):
        Sentence(("Ada", "slept"), text="Ada slept", offsets=((0, 3),))


def test_a_sentence_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Sentence(("Ada",)).tokens = ()  # type: ignore[misc]


def test_lines_between_tokens_count_in_the_line_of_a_token() -> None:
    extras = (Extra(0, "# text"), Extra(0, "1-2\tdon't"), Extra(2, "2.1\tgone"))
    sentence = Sentence(("do", "n't", "go"), source=Source("a.conllu", 3), extras=extras)
    assert [sentence.line_of(token) for token in range(3)] == [3, 4, 6]


def test_entities_have_their_place_in_the_text() -> None:
    sentence = Sentence(("Ada", "Obi", "slept"), text="  Ada  Obi slept", offsets=((2, 5), (7, 10), (11, 16)))
    [entity] = Prediction(sentence, "ner", ("B-PER", "I-PER", "O"), (Span(0, 2, "PER"),)).entities
    assert entity[:4] == ("Ada  Obi", "PER", 2, 10)


def test_entities_of_tokens_alone_have_their_place_in_the_joined_tokens() -> None:
    sentence = Sentence(("in", "New", "York"))
    [entity] = Prediction(sentence, "ner", ("O", "B-LOC", "I-LOC"), (Span(1, 3, "LOC"),)).entities
    assert entity[:4] == ("New York", "LOC", 3, 11)


def test_other_layers_leave_all_else_as_it_was() -> None:
    sentence = Sentence(
        ("Ada",),
        {"ner": ("B-PER",)},
        label="name",
        source=Source("a.txt", 3),
        text="Ada",
        offsets=((0, 3),),
        extras=(Extra(0, "# a"),),
        starts_document=True,
        on_one_line=True,
        notes=(Note("kind", "line"),),
    )
    unset = Sentence(())
    fields = [field.name for field in dataclasses.fields(Sentence)]
    fields.remove("judgement")  # which is about the layers that were there
    assert all(getattr(sentence, name) != getattr(unset, name) for name in fields)
    layers = {"upos": ("PROPN",)}
    assert sentence.with_layers(layers) == dataclasses.replace(sentence, layers=layers)
