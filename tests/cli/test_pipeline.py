"""Several models in one pass: what each says is what it says alone, given what those before it have said."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from taggers import ConlluFormat, Corpus, JsonlFormat, Pipeline, Sentence, Tagger, TaggerError, make_config, read
from taggers.errors import FormatError
from taggers.formats import as_sentence

if TYPE_CHECKING:
    from tests.cli.conftest import Command

TEXT = [
    ("Ada sleeps", "PROPN VERB", "ada sleep", "B-PER O", "rest"),
    ("Lin saw ships", "PROPN VERB NOUN", "lin see ship", "B-PER O O", "news"),
    ("ships sleep", "NOUN VERB", "ship sleep", "O O", "rest"),
    ("Ada saw Lin", "PROPN VERB PROPN", "ada see lin", "B-PER O B-PER", "news"),
]
SENTENCES = [
    Sentence(
        tuple(words.split()),
        {"upos": tuple(tags.split()), "lemma": tuple(lemmas.split()), "ner": tuple(names.split())},
        label=label,
    )
    for words, tags, lemmas, names, label in TEXT
]
SMALL = ["model.encoder.hidden_size=8", "training.epochs=3", "data.dev=none", "training.optimiser.learning_rate=0.02"]


def train(place: Path, corpus: Corpus, *settings: str) -> Path:
    """A small model of the sentences."""
    Tagger.train(make_config({}, [*SMALL, *settings]), corpus, place, device="cpu")
    return place


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Four models: parts of speech, lemmas that read them, names, and what a sentence is about."""
    base = tmp_path_factory.mktemp("models")
    lemmas = Corpus.of(SENTENCES, layer=(), columns=["upos", "lemma"])
    read = ["task.kind=transduction", "task.layer=lemma", 'task.beside=["upos"]']
    return {
        "upos": train(base / "upos", Corpus.of(SENTENCES, layer="upos"), "task.layer=upos"),
        "lemma": train(base / "lemma", lemmas, *read, "model.characters.kind=none", "model.casing.size=0"),
        "ner": train(base / "ner", Corpus.of(SENTENCES, layer="ner"), "task.layer=ner"),
        "label": train(base / "label", Corpus.of(SENTENCES, layer=(), label=True), "task.kind=classification"),
    }


@pytest.fixture(scope="module")
def pipeline(folders: dict[str, Path]) -> Pipeline:
    """All of them, lemmas after the parts of speech that they read."""
    return Pipeline.load(list(folders.values()), "cpu")


def untagged() -> list[Sentence]:
    return [Sentence(sentence.tokens) for sentence in SENTENCES]


def one_by_one(folders: Sequence[Path], sentences: Sequence[Sentence]) -> list[Sentence]:
    for folder in folders:
        tagger = Tagger.load(folder, "cpu")
        layers = {task.layer: task.layer for task in tagger.tasks}
        sentences = [as_sentence(prediction, layers) for prediction in tagger.stream(sentences)]
    return list(sentences)


def test_each_model_says_what_it_says_alone(pipeline: Pipeline, folders: dict[str, Path]) -> None:
    found = list(pipeline.stream(untagged()))
    assert found == one_by_one(list(folders.values()), untagged())
    assert all(set(sentence.layers) == {"upos", "lemma", "ner"} and sentence.label for sentence in found)
    assert pipeline.layers == ("upos", "lemma", "ner")
    assert pipeline.labels


def test_blank_lines_are_no_sentences_of_conllu(tagger: Command, folders: dict[str, Path]) -> None:
    outcome = tagger("pipeline", "--model", folders["upos"], stdin=b"Ada sleeps\n\n\nLin\n")
    assert "\n\n\n" not in outcome.text
    assert outcome.err == "not kept: 2 sentences without tokens\n"
    tagged = tagger("tag", "--model", folders["upos"], "--output", "conllu", stdin=b"Ada sleeps\n\n\nLin\n")
    assert tagged == outcome


def test_a_model_reads_what_one_before_it_says(pipeline: Pipeline, folders: dict[str, Path]) -> None:
    tagged = [Tagger.load(folders["upos"], "cpu").tag(list(s.tokens)).tags for s in SENTENCES]
    said = [Sentence(s.tokens, {"upos": tags}) for s, tags in zip(SENTENCES, tagged, strict=True)]
    lemmas = [p.tags for p in Tagger.load(folders["lemma"], "cpu").stream(said)]
    assert [s.layers["lemma"] for s in pipeline.stream(untagged())] == lemmas
    with pytest.raises(FormatError, match="no column 'upos'"):
        list(Pipeline.load([folders["lemma"], folders["upos"]], "cpu").stream(untagged()))


def test_a_text_is_split_by_the_first_model(pipeline: Pipeline) -> None:
    assert [s.tokens for s in pipeline.run("Ada saw ships. Lin sleeps!")] == [
        ("Ada", "saw", "ships", "."), ("Lin", "sleeps", "!")
    ]  # fmt: skip


def test_a_stream_without_end_is_answered_as_it_comes(pipeline: Pipeline) -> None:
    drawn = 0

    def endless() -> object:
        nonlocal drawn
        for number in count():
            drawn = number + 1
            yield SENTENCES[number % len(SENTENCES)]

    some = list(islice(pipeline.stream(endless(), window=4), 6))  # type: ignore[arg-type]
    assert [s.tokens for s in some] == [SENTENCES[number % 4].tokens for number in range(6)]
    assert drawn <= 16


def test_what_comes_before_a_fault_is_answered(pipeline: Pipeline) -> None:
    def broken() -> object:
        yield from untagged()[:2]
        raise FormatError("a.txt", 3, "odd")

    stream = pipeline.stream(broken())  # type: ignore[arg-type]
    assert [next(stream).tokens for _ in range(2)] == [s.tokens for s in SENTENCES[:2]]
    with pytest.raises(FormatError, match=r"a\.txt:3: odd"):
        next(stream)


def test_two_models_of_one_layer_are_refused(folders: dict[str, Path]) -> None:
    with pytest.raises(TaggerError, match=r"ner and .*ner both give the layer 'ner'; leave one of them out"):
        Pipeline.load([folders["ner"], folders["ner"]], "cpu")
    with pytest.raises(TaggerError, match="a pipeline without a model"):
        Pipeline([])


def options(folders: dict[str, Path], *names: str) -> list[object]:
    return ["--device", "cpu", *(word for name in names or folders for word in ("--model", folders[name]))]


def test_all_is_written_as_conllu_that_reads_back(
    tagger: Command, folders: dict[str, Path], pipeline: Pipeline
) -> None:
    done = tagger("pipeline", *options(folders), stdin=b"Ada saw ships.\nLin sleeps!\n")
    back = list(read(BytesIO(done.out), ConlluFormat(label="label")))
    expected = pipeline.run("Ada saw ships.\nLin sleeps!")
    for layer in ("upos", "lemma", "ner"):
        assert [s.layers[layer] for s in back] == [s.layers[layer] for s in expected]
    assert [(s.tokens, s.label) for s in back] == [(s.tokens, s.label) for s in expected]
    assert f"# label = {expected[0].label}" in done.text.splitlines()


def test_all_is_written_as_json_lines_that_read_back(
    tagger: Command, folders: dict[str, Path], pipeline: Pipeline
) -> None:
    done = tagger("pipeline", *options(folders), "--output", "jsonl", stdin=b"Ada saw ships.\n")
    back = list(read(BytesIO(done.out), JsonlFormat(layer="ner")))
    [expected] = pipeline.run("Ada saw ships.")
    assert [(s.tokens, s.label, dict(s.layers)) for s in back] == [(expected.tokens, expected.label, expected.layers)]


def test_columns_and_conllu_come_in_by_their_names(tagger: Command, folders: dict[str, Path], tmp_path: Path) -> None:
    columns, conllu = tmp_path / "a.conll", tmp_path / "a.conllu"
    columns.write_text("Ada\nsleeps\n\n", encoding="utf-8")
    conllu.write_text("1\tAda\t_\tPROPN\t_\t_\t_\t_\t_\t_\n2\tsleeps\t_\tVERB\t_\t_\t_\t_\t_\t_\n\n", encoding="utf-8")
    names = tagger("pipeline", *options(folders, "ner"), "--input", "columns", columns).text
    assert [line.split("\t")[1] for line in names.splitlines() if line] == ["Ada", "sleeps"]
    lemmas = tagger("pipeline", *options(folders, "lemma"), conllu).text  # reads the parts of speech of the file
    assert [line.split("\t")[3] for line in lemmas.splitlines() if line] == ["PROPN", "VERB"]


def test_labels_alone_are_written_as_records_of_texts(tagger: Command, folders: dict[str, Path]) -> None:
    done = tagger("pipeline", *options(folders, "label"), "--output", "jsonl", stdin=b"Ada sleeps.\n")
    assert done.text.startswith('{"text": "Ada sleeps.", "label": "')


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ((), "Missing option '--model'"),
        (("--model", "nowhere"), "nowhere/manifest.json: missing"),
    ],
)
def test_a_pipeline_that_cannot_be_is_refused(tagger: Command, arguments: tuple[str, ...], fault: str) -> None:
    assert tagger("pipeline", *arguments, stdin=b"Ada\n").fault.startswith(fault)


def test_columns_taken_for_text_are_refused(tagger: Command, folders: dict[str, Path]) -> None:
    fault = tagger("pipeline", *options(folders, "ner"), stdin=b"Ada\tB-PER\nsleeps\tO\n\n").fault
    assert fault.endswith("looks like a column file: say --input columns, or --input text if it is not")


def test_a_language_model_has_no_place_in_a_pipeline(tagger: Command, tmp_path: Path) -> None:
    lines = "".join(f"the sea is {word}\n" for word in ("calm", "high", "grey", "cold") * 8)
    (tmp_path / "sea.txt").write_text(lines, encoding="utf-8")
    small = ("task.kind=language_model", "task.steps=4", "training.batch_tokens=32", "model.encoder.hidden_size=4")
    settings = [word for setting in (*small, "data.dev=none") for word in ("--set", setting)]
    place = tmp_path / "model"
    assert tagger("train", "--train", tmp_path / "sea.txt", *settings, "--output", place, "--device", "cpu").code == 0
    fault = tagger("pipeline", "--model", place, stdin=b"the sea\n").fault
    assert fault.startswith(f"{place}: a language model, which gives neither tags nor labels")
