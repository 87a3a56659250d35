"""Tags looked at before they are used: what breaks the scheme is repaired or refused, never in silence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from taggers.errors import FormatError, TagSchemeError
from taggers.formats import ColumnFormat, check_tags, layer_of, read
from taggers.text import Extra, Sentence, Source
from taggers.text.schemes import IOB2, IOBES


def sentences(*tags: str) -> list[Sentence]:
    """One sentence a string of tags, ten lines apart from line 10 on."""
    return [
        Sentence(("w",) * len(t.split()), {"ner": tuple(t.split())}, source=Source("a.conll", 10 * n))
        for n, t in enumerate(tags, start=1)
    ]


def test_violations_are_repaired_and_listed_with_their_places() -> None:
    given = sentences("B-PER O I-PER", "I-LOC O", "B-PER I-LOC", "B-PER O B-PER", "O B-LOC I-LOC")
    checked = check_tags(given, "ner")
    assert [s.layers["ner"] for s in checked.sentences] == [
        ("B-PER", "O", "B-PER"),
        ("B-LOC", "O"),
        ("B-PER", "B-LOC"),
        ("B-PER", "O", "B-PER"),
        ("O", "B-LOC", "I-LOC"),
    ]
    assert (checked.scheme, checked.violations) == (IOB2, 3)
    assert checked.report() == [
        "ner: IOB2, 3 violations repaired (a tag that cannot go on with a span begins one)",
        "  a.conll:12: I-PER after O",
        "  a.conll:20: I-LOC at the start",
        "  a.conll:31: I-LOC after B-PER",
    ]
    assert given[0].layers["ner"] == ("B-PER", "O", "I-PER")  # what was given stays


def test_a_span_that_does_not_end_is_placed_at_its_last_token() -> None:
    checked = check_tags(sentences("S-X O B-X", "B-X E-X"), "ner")
    assert checked.shown == ("a.conll:12: B-X unfinished at the end",)
    assert checked.sentences[0].layers["ner"] == ("S-X", "O", "S-X")


def test_of_many_violations_ten_are_listed_and_all_are_counted() -> None:
    checked = check_tags(sentences(*["O I-X"] * 24, *["B-X I-X O"] * 30), "ner", scheme=IOB2)
    assert (checked.violations, len(checked.shown)) == (24, 10)
    assert checked.report()[-1] == "  and 14 more"


def test_legal_tags_pass_as_they_are() -> None:
    given = sentences("B-PER I-PER O", "")
    checked = check_tags(given, "ner")
    assert checked.sentences == tuple(given)
    assert checked.report() == ["ner: IOB2"]


def test_violations_are_refused_where_that_is_asked_for() -> None:
    with pytest.raises(TagSchemeError) as caught:
        check_tags(sentences("B-X", "O I-X", "B-X I-X", "I-X"), "ner", "refuse", scheme=IOB2)
    assert str(caught.value) == (
        "a.conll:21: I-X after O breaks IOB2 (2 violations; next at a.conll:40); "
        "mend it, or repair with --on-invalid repair"
    )
    with pytest.raises(TagSchemeError, match=r"a\.conll:10: I-X at the start breaks IOB2; mend it"):
        check_tags(sentences("I-X"), "ner", "refuse", scheme=IOB2)


@pytest.mark.parametrize("on_invalid", ["repair", "refuse"])
def test_a_tag_of_no_scheme_is_always_refused(on_invalid: str) -> None:
    with pytest.raises(TagSchemeError) as caught:
        check_tags(sentences("B-LOC O", "O LOC PER LOC"), "ner", "repair" if on_invalid == "repair" else "refuse")
    assert str(caught.value) == (
        "a.conll:21: expected O or B- I- with a label (IOB2), found 'LOC', one of 2 such tags; mend it"
    )


def test_tags_of_another_scheme_are_violations_with_their_places() -> None:
    given = sentences("O S-X", *["B-X I-X O"] * 9, "B-X M-X E-X")
    checked = check_tags(given, "ner")
    assert (checked.scheme, checked.violations) == (IOB2, 3)
    assert checked.shown == (
        "a.conll:11: S-X, a tag of another scheme",
        "a.conll:111: M-X, a tag of another scheme",
        "a.conll:112: E-X, a tag of another scheme",
    )
    assert [checked.sentences[i].layers["ner"] for i in (0, 10)] == [("O", "B-X"), ("B-X", "I-X", "I-X")]
    with pytest.raises(TagSchemeError, match=r"a\.conll:11: S-X, a tag of another scheme breaks IOB2"):
        check_tags(given, "ner", "refuse")


def test_tags_of_another_scheme_are_refused_in_sets() -> None:
    with pytest.raises(TagSchemeError, match=r"a\.conll:20: expected O or B- I- with a label .* found 'S-X\|O'; mend"):
        check_tags(sentences("B-X I-X O", "S-X|O O", "B-X I-X O"), "ner", partial=True)


def test_sets_of_tags_are_tags_only_where_they_are_meant() -> None:
    given = sentences("B-X|B-Y ? O", "B-X I-X O")
    checked = check_tags(given, "ner", partial=True)
    assert (checked.scheme, checked.violations, checked.sentences) == (IOB2, 0, tuple(given))
    with pytest.raises(TagSchemeError, match="or say that the tags are partial"):
        check_tags(given, "ner")


def test_sets_that_no_legal_tags_go_through_are_refused() -> None:
    with pytest.raises(TagSchemeError, match=r"a\.conll:20: no legal IOB2 tags go through the sets of this sentence"):
        check_tags(sentences("B-X I-X", "O I-X|I-Y ?"), "ner", partial=True)


@pytest.mark.parametrize("tag", ["B-PER|", "B-PER||B-LOC", "|B-PER", "B-PER|?", "?|B-PER", "B-?|PER", "|", "NOUN|"])
def test_a_set_with_an_empty_member_or_an_unknown_one_is_refused(tag: str) -> None:
    with pytest.raises(TagSchemeError) as caught:
        check_tags(sentences("O B-PER", f"O {tag}"), "ner", partial=True)
    assert str(caught.value) == f"a.conll:21: expected a set such as B-LOC|B-ORG, or ? alone, found {tag!r}; mend it"


def test_a_stranger_in_a_set_is_refused() -> None:
    with pytest.raises(TagSchemeError, match=r"a\.conll:21: .* found 'B-X\|S-X'"):
        check_tags(sentences("B-X I-X O", "O B-X|S-X"), "ner", partial=True)


def test_only_whole_sentences_are_repaired_beside_partial_ones() -> None:
    checked = check_tags(sentences("? O", "O I-X", "B-X I-X O"), "ner", partial=True)
    assert checked.violations == 1
    assert checked.sentences[1].layers["ner"] == ("O", "B-X")
    with pytest.raises(TagSchemeError, match=r"a\.conll:21: I-X after O breaks IOB2; mend"):
        check_tags(sentences("? O", "O I-X", "B-X I-X O"), "ner", "refuse", partial=True)


def test_plain_tags_have_no_violations() -> None:
    checked = check_tags(sentences("DET NOUN", "VERB ?"), "ner", partial=True)
    assert checked.scheme.name == "plain"


def test_nothing_can_be_checked_in_no_sentences() -> None:
    assert check_tags([], "ner").sentences == ()


def test_a_layer_that_is_not_there_is_named_beside_those_that_are_nearest_first() -> None:
    sentence = Sentence(("a",), {"annotator": ("s",), "upos": ("X",), "ner": ("O",)}, source=Source("a", 7))
    with pytest.raises(FormatError, match="a:7: no layer 'nre'; there are ner, annotator, upos"):
        layer_of(sentence, "nre")
    with pytest.raises(FormatError, match="there are none: the file holds tokens only"):
        check_tags([Sentence(("a",))], "ner")


def test_lines_between_tokens_are_counted() -> None:
    sentence = Sentence(("a", "b"), {"ner": ("O", "E-X")}, source=Source("a", 7), extras=(Extra(1, "1.1"),))
    assert check_tags([sentence], "ner", scheme=IOBES).shown == ("a:9: E-X after O",)


def test_the_violations_of_a_real_file_are_those_of_its_card(data: Callable[[str], Path]) -> None:
    columns = ColumnFormat(("index", "token", "ner", "nested", "annotator"), comments="#")
    path = data("uner_danish_ddt") / "train.iob2"
    checked = check_tags(read(path, columns), "ner")
    assert (checked.scheme, checked.violations) == (IOB2, 6)
    rows = path.read_text("utf-8").split("\n")
    for shown in checked.shown:
        place, _, what = shown.partition(": ")
        line = int(place.rpartition(":")[2])
        assert rows[line - 1].split("\t")[2] == what.split()[0]
    kinds = [what.split(" after ")[-1][:2] for what in checked.shown]
    assert sorted(kinds) == ["B-", "B-", "O", "O", "O", "O"]  # 4 after O, 2 after another type
    assert check_tags(checked.sentences, "ner", "refuse").violations == 0


def test_a_path_with_a_colon_does_not_break_the_refusal() -> None:
    sentence = Sentence(("in", "Oslo"), {"ner": ("O", "I-LOC")}, source=Source("my: file.conll", 3))
    legal = Sentence(("Rome",), {"ner": ("B-LOC",)})
    with pytest.raises(TagSchemeError, match=r"^my: file\.conll:4: I-LOC after O breaks IOB2"):
        check_tags([sentence, legal], "ner", "refuse")
