"""Faults of other taggers that must never happen here, each with who has it and the test that it does not.

From the issues and sources of NCRF++, Flair, Stanza, DeLFT, AllenNLP, spaCy, pytorch-crf, seqeval, sklearn-crfsuite,
bi-lstm-crf and UKPLab's tagger. Tests without a path are of this file; a test holds the list to its word.

    a row without a step stops the CRF, unnamed (pytorch-crf)
        nn/test_crf.py::test_a_row_with_no_step_is_named
    a gap in a mask gives a wrong loss in silence (pytorch-crf)
        nn/test_crf.py::test_a_gap_in_a_mask_is_not_silently_wrong
    the CRF warns about its own masks (pytorch-crf)
        nn/test_crf.py::test_no_mask_gives_no_warning_and_means_that_all_steps_are_on
    probabilities that are none (Flair, DeLFT)
        chain/test_partition.py::test_values_and_gradient_equal_enumeration
    n-best of one token fails (NCRF++)
        chain/test_decoding.py::test_k_best_has_fewer_paths_where_fewer_exist_and_none_twice
    tags that break their scheme (all but spaCy)
        tasks/test_labelling.py::test_no_decoded_sequence_violates_its_scheme
    a gold tag sequence out of scheme crashes (AllenNLP)
        cli/test_evaluate.py::test_tags_that_break_their_scheme_are_refused_when_asked
    tags change with the size of the batch (NCRF++)
        training/test_evaluation.py::test_tags_do_not_depend_on_the_window
    a word's vector changes with the longest word (NCRF++)
        nn/test_model.py::test_a_tokens_vector_does_not_depend_on_the_longest_word_of_the_batch_as_in_ncrfpp
    of equal tokens only the last has its vector (Flair)
        nn/test_model.py::test_a_tokens_vector_does_not_depend_on_an_equal_token_beside_it_as_in_ncrfpp_and_flair
    every unknown word is the last word (bi-lstm-crf)
        test_an_unknown_word_is_no_other_word
    the unknown word is never trained (NCRF++)
        nn/test_model.py::test_unknown_words_and_characters_are_really_trained
    words of dev and test are in the vocabulary (NCRF++)
        test_nothing_of_dev_or_test_enters_the_model
    labels of dev join the model (NCRF++, sklearn-crfsuite)
        test_nothing_of_dev_or_test_enters_the_model
    a label that only dev or test has crashes (NCRF++, Flair, anago)
        training/test_runs.py::test_labels_that_only_dev_or_test_hold_are_reported_count_as_missed_and_join_no_model
    long sentences are dropped in silence (NCRF++)
        cli/test_tag.py::test_a_token_of_a_hundred_thousand_characters_and_a_sentence_of_twenty_thousand_tokens
    long sentences are cut in silence (DeLFT, bi-lstm-crf)
        training/test_runs.py::test_a_sentence_of_five_thousand_tokens_and_a_token_of_three_hundred_thousand_characters
    empty sentences are skipped or crash (Flair, Stanza, bi-lstm-crf)
        cli/test_tag.py::test_as_many_lines_go_out_as_came_in
    an empty file crashes, or passes for a corpus (NCRF++, Stanza, Flair)
        cli/test_train.py::test_a_file_without_sentences_is_named
    a lone surrogate or NUL crashes (sklearn-crfsuite)
        test_a_token_of_any_characters_is_tagged
    an empty token crashes (spaCy)
        test_a_token_of_any_characters_is_tagged
    a no-break space makes the tag the word (NCRF++)
        formats/test_columns.py::test_a_character_that_only_looks_blank_is_no_separator
    text to tag needs a column of tags (NCRF++)
        test_tokens_alone_can_be_tagged
    tokens that begin with # are lost (Flair)
        test_a_token_that_begins_with_a_hash_is_not_lost
    a blank line that holds a tab joins two sentences (many)
        formats/test_columns.py::test_a_blank_line_that_holds_a_tab_ends_a_sentence
    a bad byte is a traceback (NCRF++, spaCy, Flair)
        cli/test_tag.py::test_a_bad_byte_is_named_with_its_line
    files are read in the encoding of the machine (Flair)
        test_the_locale_does_not_change_how_a_file_is_read
    entities stand beside their place in the text (spaCy)
        api/test_api.py::test_offsets_of_entities_are_places_in_the_text
    gold is overwritten by what is predicted (Flair)
        api/test_api.py::test_gold_is_never_overwritten
    IOB1 is not read (NCRF++)
        cli/test_evaluate.py::test_gold_in_another_scheme_scores_the_same
    F1 is -1 where nothing is predicted (NCRF++)
        metrics/test_spans.py::test_nothing_predicted_is_zero_not_minus_one
    F1 is not that of the CoNLL scorer (NCRF++, Flair, UKPLab)
        metrics/test_spans.py::test_lenient_scores_are_those_of_seqeval
    tags without prefix lose their first letter (seqeval)
        text/test_schemes.py::test_plain_tags_pass_unchanged
    sentences of other lengths are scored in silence (seqeval)
        metrics/test_spans.py::test_tags_of_other_lengths_are_refused
    a model file runs code when it is loaded (NCRF++, Flair, sklearn-crfsuite)
        test_checkpoint.py::test_nothing_is_ever_unpickled
    a model without its vocabulary is gigabytes (Flair)
        test_twenty_thousand_words_fit_in_ten_megabytes
    a failed save is only logged (Stanza)
        test_a_disk_that_is_full_ends_the_training_in_one_line
    a damaged model is loaded (many)
        test_checkpoint.py::test_no_single_damaged_byte_passes
    a resumed training is another training (Flair, Stanza, NCRF++)
        cli/test_resume.py::test_ten_kills_at_random_moments_change_no_weight
    runs of one seed differ by the order of sets (Flair, CRFsuite)
        test_the_order_of_sets_does_not_change_a_run
    the seed cannot be chosen (NCRF++, DeLFT)
        training/test_trainer.py::test_another_seed_gives_other_weights
    training diverges without a word (Flair, spaCy)
        training/test_trainer.py::test_in_a_step
    open tags are learnt as O (Flair, NCRF++)
        cli/test_train.py::test_it_trains_when_settings_say_so
    an unknown setting is ignored (NCRF++)
        cli/test_train.py::test_all_faults_come_in_one_report
    memory grows with the stream (Stanza, Flair)
        cli/test_tag.py::test_memory_stays_flat_while_a_stream_goes_through
    a closed pipe is a traceback (many)
        cli/test_tag.py::test_a_closed_pipe_ends_it_without_a_word
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save

from taggers import ColumnFormat, Corpus, Sentence, Tagger, make_config, read
from taggers.build import build_model
from taggers.data.features import Casings, Values
from taggers.data.indexer import Indexer, Spelling
from taggers.data.vocabulary import UNK, Vocabulary
from taggers.errors import TaggerError
from taggers.export import export_network
from taggers.runs import train_model
from taggers.saving import save_model
from taggers.tasks.labelling import Labelling
from taggers.text.schemes import IOB2, IOBES

TESTS = Path(__file__).parents[1]
SMALL = make_config(
    {
        "model": {"words": {"size": 4}, "characters": {"size": 3, "filters": 3}, "encoder": {"hidden_size": 4}},
        "training": {"epochs": 1},
    }
)
TRAIN = [Sentence(("Ada", "slept"), {"tag": ("B-PER", "O")}), Sentence(("Oslo", "too"), {"tag": ("B-LOC", "O")})]


def listed() -> list[tuple[str, str]]:
    """The faults and tests of the list above."""
    assert __doc__ is not None
    lines = [line.strip() for line in __doc__.splitlines() if line.startswith("    ")]
    return list(zip(lines[::2], lines[1::2], strict=True))


@pytest.mark.parametrize(("fault", "test"), listed())
def test_the_list_names_tests_that_are(fault: str, test: str) -> None:
    assert fault.endswith(")")
    path, _, name = test.rpartition("::")
    tree = ast.parse((TESTS / path if path else Path(__file__)).read_text(encoding="utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.fixture(scope="module")
def tagger(tmp_path_factory: pytest.TempPathFactory) -> Tagger:
    """A tagger that has seen little."""
    corpus = Corpus.of(TRAIN)
    return Tagger.train(SMALL, corpus, tmp_path_factory.mktemp("models") / "small", "cpu")


def test_an_unknown_word_is_no_other_word(tagger: Tagger) -> None:
    indexer = tagger.folder.indexer
    indexed = indexer.index([Sentence(("zvezda", "slept", "Zuse"))])
    words = indexer.words.vocabulary
    assert indexed.features["words"].numbers.tolist() == [UNK, words.index("slept"), UNK]
    assert UNK not in [words.index(word) for word in words.symbols]


def test_nothing_of_dev_or_test_enters_the_model(tmp_path: Path) -> None:
    strange = [Sentence(("Żubr",), {"tag": ("B-ORG",)})]
    folders = [
        train_model(SMALL, Corpus.of(TRAIN, dev, test), tmp_path / str(turn), "cpu")
        for turn, (dev, test) in enumerate([((), ()), (strange, ()), ((), strange), (strange, strange)])
    ]
    for name in ("vocabulary.json", "weights.safetensors"):
        assert len({(folder.path / name).read_bytes() for folder in folders}) == 1
    assert {folder.task.labels for folder in folders} == {("LOC", "PER")}


@settings(max_examples=50)
@given(tokens=st.lists(st.text(st.characters(exclude_categories=()), max_size=5), max_size=6))
def test_a_token_of_any_characters_is_tagged(tagger: Tagger, tokens: list[str]) -> None:
    assert len(tagger.tag([*tokens, "", "\ud800", "\x00"]).tags) == len(tokens) + 3


def test_tokens_alone_can_be_tagged(tagger: Tagger, tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text("Ada\nslept\n\nOslo\n", encoding="utf-8")
    found = list(tagger.stream(read(tmp_path / "tokens", ColumnFormat(("token",)))))
    assert [p.sentence.tokens for p in found] == [("Ada", "slept"), ("Oslo",)]


def test_a_token_that_begins_with_a_hash_is_not_lost(tagger: Tagger, tmp_path: Path) -> None:
    (tmp_path / "tweets").write_text("#Oslo\tO\n#\tO\nrain\tO\n\n# one\tO\n", encoding="utf-8")
    found = list(tagger.stream(read(tmp_path / "tweets", ColumnFormat())))
    assert [p.sentence.tokens for p in found] == [("#Oslo", "#", "rain"), ("# one",)]


def test_the_locale_does_not_change_how_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.conll").write_text("Όσλο\tB-ΤΟΠΟΣ\n\n", encoding="utf-8")
    environment = {**os.environ, "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    convert = [sys.executable, "-c", "from taggers.cli import main; main()", "convert", "a.conll", "-"]
    done = subprocess.run(convert, env=environment, cwd=tmp_path, capture_output=True, check=True)
    assert done.stdout == (tmp_path / "a.conll").read_bytes()


def test_twenty_thousand_words_fit_in_ten_megabytes(tmp_path: Path) -> None:
    config = make_config({}, ["task.layer=ner"])
    characters = Vocabulary([chr(code) for code in range(32, 232)])
    words = Values("token", Vocabulary([f"an ordinary word {n}" for n in range(20_000)]))
    indexer = Indexer({"words": words, "casing": Casings()}, Spelling(characters))
    task = Labelling("ner", tuple(f"LABEL{n}" for n in range(18)), IOBES, IOB2)
    model = build_model(config, indexer, [task])
    weights = save({name: p.detach() for name, p in model.named_parameters()})
    graphs = export_network(model, indexer.beside)
    save_model(tmp_path / "model", config, [task], indexer, weights, graphs, {}, {}, "", {}, {})
    assert sum(path.stat().st_size for path in (tmp_path / "model").iterdir()) < 10_000_000


@pytest.mark.parametrize("number", [1, 3])
def test_a_disk_that_is_full_ends_the_training_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    calls = 0

    def full(descriptor: int) -> None:
        nonlocal calls
        calls += 1
        if calls == number:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(TaggerError, match=r": cannot be written: No space left on device; choose another place$"):
        train_model(SMALL, Corpus.of(TRAIN), tmp_path / "model", "cpu")
    assert not (tmp_path / "model").exists()
    monkeypatch.undo()
    assert train_model(SMALL, Corpus.of(TRAIN), tmp_path / "model", "cpu", resume=True).path.is_dir()


PARTS = """
import json, sys
from taggers.data.indexer import Indexer
from taggers.data.targets import index_targets
from taggers.tasks.labelling import Labelling
from taggers.text import Sentence
from taggers.text.detection import detect
from taggers.text.schemes import IOBES
tags = [f"B-{letter}" for letter in "QWERTYUIOP"] + ["?", "B-Q|B-W|O"]
sentence = Sentence(tuple(f"word{n}" for n in range(12)), {"tag": tuple(tags)})
scheme = detect([tags[:10]]).scheme
task = Labelling.build([sentence], "tag", IOBES, scheme, partial=True)
indexer = Indexer.build([sentence])
targets = index_targets(task, [sentence])
symbols = [indexer.words.vocabulary.symbols, indexer.spelling.vocabulary.symbols]
print(json.dumps([scheme.name, task.tags, symbols, targets.sets.tolist()]))
"""


def test_the_order_of_sets_does_not_change_a_run() -> None:
    outcomes = {
        subprocess.run(
            [sys.executable, "-c", PARTS],
            env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip
    [outcome] = outcomes
    assert json.loads(outcome)[0] == "IOB2"
