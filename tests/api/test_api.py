"""The Python API: its names, and three lines from text to entities."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_overloads

import pytest

import taggers
from taggers import (
    ColumnFormat,
    Corpus,
    InlineFormat,
    Prediction,
    Sentence,
    Span,
    Tagger,
    TaggerError,
    evaluate,
    make_config,
    read,
    write,
)

NAMES = [
    "Asked", "ColumnFormat", "Config", "ConlluFormat", "Corpus", "Entity", "InlineFormat", "JsonlFormat",
    "LanguageModel", "Pipeline", "Prediction",
    "Sentence", "Span", "Tagger", "TaggerError", "Temperatures", "TextFormat", "Tokeniser",
    "TokensFormat", "evaluate", "load_config",
    "make_config", "read", "score_tags", "write",
]  # fmt: skip

TEXT = """\
Ada B-PER
Obi I-PER
met O
Lin B-PER
in O
Oslo B-LOC
. O

Nobody O
slept O
. O

Oslo B-LOC
slept O
. O

"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An annotated file."""
    path = tmp_path_factory.mktemp("data") / "train.conll"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def tagger(file: Path) -> Tagger:
    """A tagger that knows the file by heart, trained and loaded through the API."""
    config = make_config(
        {
            "model": {
                "words": {"size": 16},
                "encoder": {"hidden_size": 16, "input_dropout": 0.0, "output_dropout": 0.0},
            },
            "training": {
                "epochs": 40, "patience": 40, "unknown": 0.0, "word_dropout": 0.0, "optimiser": {"learning_rate": 0.02}
            },
        }
    )  # fmt: skip
    return Tagger.train(config, Corpus.read(file, file), file.parent / "model", device="cpu")


def test_the_names_of_the_api_are_frozen() -> None:
    assert sorted(taggers.__all__) == NAMES
    assert dir(taggers) == NAMES
    assert all(getattr(taggers, name).__doc__ for name in NAMES)


def test_another_name_is_refused_as_python_does() -> None:
    with pytest.raises(AttributeError, match=r"^module 'taggers' has no attribute 'Taggers'$"):
        taggers.Taggers  # noqa: B018


def test_the_signatures_of_the_api_are_frozen() -> None:
    assert {
        name: str(inspect.signature(getattr(Tagger, name))) for name in ("load", "train", "tag", "stream", "k_best")
    } == {
        "load": (
            "(path: 'str | Path | None' = None, device: 'str' = 'auto', precision: 'Precision' = 'float32', "
            "beam: 'int | None' = None, length_power: 'float | None' = None) -> 'Tagger'"
        ),
        "train": ("(config: 'Config', corpus: 'Corpus', output: 'str | Path', device: 'str' = 'auto') -> 'Tagger'"),
        "tag": (
            "(self, text: 'str | list[str] | tuple[str, ...] | Iterable[Sentence | Sequence[str]]', *, "
            "confidence: 'bool' = False, asked: 'Asked | None' = None) "
            "-> 'list[Prediction] | Prediction | Iterator[Prediction]'"
        ),
        "stream": (
            "(self, sentences: 'Iterable[Sentence]', window: 'int' = 1024, workers: 'int' = 1, "
            "note: 'Callable[[str], None] | None' = None, confidence: 'bool' = False, asked: 'Asked | None' = None) "
            "-> 'Iterator[Prediction]'"
        ),
        "k_best": "(self, text: 'str | Sentence | Sequence[str]', k: 'int') -> 'list[tuple[Alternative, ...]]'",
    }
    assert list(inspect.signature(Corpus.read).parameters) == [
        "train", "dev", "test", "layer", "label", "columns", "format", "scheme", "on_invalid", "partial", "unlabelled",
        "note",
    ]  # fmt: skip
    assert len(get_overloads(Tagger.tag)) == 3


def test_importing_the_package_loads_nothing_until_a_name_is_asked_for() -> None:
    program = (
        "import sys, taggers\n"
        "assert not [m for m in sys.modules if m.startswith('taggers.')], sys.modules\n"
        "taggers.Sentence(('Ada',))\n"
        "assert not {'torch', 'numba', 'pydantic', 'numpy'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_three_lines_from_text_to_entities(tagger: Tagger) -> None:
    again = Tagger.load(tagger.folder.path)
    predictions = again.tag("Ada Obi met Lin in Oslo. Nobody slept.")
    assert [(e.text, e.label) for p in predictions for e in p.entities] == [
        ("Ada Obi", "PER"), ("Lin", "PER"), ("Oslo", "LOC")
    ]  # fmt: skip


@pytest.mark.parametrize("before", ["", "  ", "\U0001f40c\u0301 slept.  ", "e\u0301\u00a0\u200b\t\n\n", "\u2028\u202e"])
def test_offsets_of_entities_are_places_in_the_text(tagger: Tagger, before: str) -> None:
    text = f"{before}Ada Obi met Lin in Oslo.\tNobody slept. Ada Obi met Lin in Oslo."
    entities = [e for p in tagger.tag(text) for e in p.entities]
    assert len(entities) >= 4
    assert all(text[e.start : e.end] == e.text for e in entities)
    assert [e.start for e in entities] == sorted(e.start for e in entities)


def test_tokens_are_one_sentence(tagger: Tagger) -> None:
    for tokens in (["Ada", "Obi", "met", "Lin", "in", "Oslo", "."], ("Ada", "Obi", "met", "Lin", "in", "Oslo", ".")):
        prediction = tagger.tag(tokens)
        assert prediction.tags == ("B-PER", "I-PER", "O", "B-PER", "O", "B-LOC", "O")
        assert prediction.spans == (Span(0, 2, "PER"), Span(3, 4, "PER"), Span(5, 6, "LOC"))
        assert prediction.entities[0][:4] == ("Ada Obi", "PER", 0, 7)
    assert tagger.tag([]).tags == ()
    assert tagger.tag("") == []


def test_a_stream_is_answered_as_it_comes(tagger: Tagger) -> None:
    sentence = Sentence(("Oslo", "slept", "."))
    stream = tagger.tag([sentence, ("Nobody", "slept", "."), Sentence(())])
    assert isinstance(stream, Iterator)
    found = list(stream)
    assert all(isinstance(p, Prediction) for p in found)
    assert found[0].sentence is sentence
    assert [p.tags for p in found] == [("B-LOC", "O", "O"), ("O", "O", "O"), ()]

    def endless() -> Iterator[Sentence]:
        while True:
            yield sentence

    assert next(tagger.tag(endless())).tags == ("B-LOC", "O", "O")


def test_a_stream_of_texts_is_not_taken_for_tokens(tagger: Tagger) -> None:
    with pytest.raises(TypeError, match=r"^expected a Sentence or its tokens, found the text 'Ada slept\.'; tag texts"):
        list(tagger.tag(text for text in ["Ada slept."]))


def test_gold_is_never_overwritten(tagger: Tagger) -> None:
    gold = Sentence(("Oslo", "slept"), {"tag": ("O", "B-LOC")})
    [prediction] = tagger.tag([gold])
    assert prediction.sentence is gold
    assert gold.layers["tag"] == ("O", "B-LOC")


def test_evaluate_takes_a_tagger_or_its_folder_and_any_scheme(tagger: Tagger, file: Path) -> None:
    sentences = list(read(file, ColumnFormat()))
    scores = evaluate(tagger, sentences)
    assert scores.lenient is not None  # type: ignore[attr-defined]
    assert (scores.lenient.overall.f1, scores.lenient.overall.gold) == (1.0, 4)  # type: ignore[attr-defined]
    assert evaluate(tagger.folder.path, iter(sentences)) == scores
    single = [Sentence(("Oslo", "slept", "."), {"tag": ("S-LOC", "O", "O")})]
    found = evaluate(str(tagger.folder.path), single).strict  # type: ignore[attr-defined]
    assert found is not None
    assert found.overall.f1 == 1.0
    with pytest.raises(TaggerError, match="no layer 'tag'"):
        evaluate(tagger, [Sentence(("Oslo",))])


def test_a_corpus_is_read_with_its_scheme(file: Path) -> None:
    notes: list[str] = []
    corpus = Corpus.read(file, test=file, note=notes.append)
    assert [len(corpus.train), len(corpus.dev), len(corpus.test)] == [3, 0, 3]
    assert corpus.scheme.name == "IOB2"
    assert notes[0] == f"train: 3 sentences, 13 tokens in {file}"


def test_what_was_tagged_is_written(tagger: Tagger, tmp_path: Path) -> None:
    sentences = [Sentence(p.sentence.tokens, {"tag": p.tags}) for p in tagger.tag([("Oslo", "slept", ".")])]
    write(sentences, tmp_path / "out.txt", InlineFormat())
    assert (tmp_path / "out.txt").read_text(encoding="utf-8") == "[Oslo](LOC) slept .\n"
