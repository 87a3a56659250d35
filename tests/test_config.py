"""Settings: every fault found, said in words that a person can act on, and every setting put to use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from taggers import config as c
from taggers.build import build_characters, build_head, build_indexer, build_model
from taggers.config import Config
from taggers.data.indexer import Indexer
from taggers.data.sentences import SentenceStore
from taggers.errors import ConfigError
from taggers.formats import names
from taggers.formats.tokenisers import KINDS, Tokeniser
from taggers.nn.embeddings.characters import CharacterCNN, CharacterRNN, Characters
from taggers.nn.embeddings.ngrams import CharacterNgrams
from taggers.nn.encoder import Encoder
from taggers.nn.heads.decoder import DecoderHead
from taggers.nn.heads.labelling import CRFHead, SoftmaxHead
from taggers.nn.heads.pooling import PoolingHead
from taggers.nn.model import Model
from taggers.plain_settings import tokeniser_said
from taggers.reading import plain_data
from taggers.settings import load_config, make_config
from taggers.tasks.classification import Classification
from taggers.tasks.labelling import Labelling
from taggers.tasks.transduction import Transduction
from taggers.text import Sentence
from taggers.text.schemes import IOB2, IOBES

FORMATS = " or ".join(", ".join(map(repr, names(read=True))).rsplit(", ", 1))
COLUMNS = 'a list of names such as ["token", "tag"], or places such as { token = 0, tag = -1 }'


def faults(values: dict[str, Any], *overrides: str) -> list[str]:
    """The lines of the report on settings that are refused."""
    with pytest.raises(ConfigError) as caught:
        make_config(values, overrides, "run.toml")
    return str(caught.value).splitlines()


def nested(key: str, value: object) -> dict[str, Any]:
    """The tables that a TOML file would hold for `key = value`."""
    for part in reversed(key.split(".")):
        value = {part: value}
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        # A key that nobody knows.
        ("training.epoch", 3, "unknown key; did you mean 'epochs'?"),
        ("modle", {}, "unknown key; did you mean 'model'?"),
        ("model.encoder.hiden_size", 3, "unknown key; did you mean 'hidden_size'?"),
        ("training.optimiser.learning_rat", 0.1, "unknown key; did you mean 'learning_rate'?"),
        ("model.casing.xyz", 1, "unknown key; known keys: size"),
        # A value out of range.
        ("training.epochs", 0, "expected a whole number, at least 1, found 0"),
        ("training.seed", 2**31, "expected a whole number, at least 0 and below 2147483648, found 2147483648"),
        ("training.word_dropout", 1.0, "expected a number, at least 0.0 and below 1.0, found 1.0"),
        ("training.clip_norm", 0.0, "expected a number, above 0.0, found 0.0"),
        ("training.clip_norm", float("inf"), "expected a number, above 0.0, found inf"),
        ("training.unknown", float("nan"), "expected a number, at least 0.0, found nan"),
        ("training.optimiser.learning_rate", 1.5, "expected a number, above 0.0 and at most 1.0, found 1.5"),
        ("model.words.size", 10_001, "expected a whole number, at least 1 and at most 10000, found 10001"),
        ("model.characters.width", 4, "expected 1, 3, 5 or 7, found 4"),
        ("model.encoder.kind", "rnn", "expected 'lstm' or 'gru', found 'rnn'"),
        ("data.format", "xml", f"expected {FORMATS}, found 'xml'"),
        # A value of another type.
        ("training.epochs", 1.0, "expected a whole number, at least 1, found 1.0"),
        ("training.epochs", "3", "expected a whole number, at least 1, found '3'"),
        ("training.epochs", True, "expected a whole number, at least 1, found true"),
        ("training.word_dropout", False, "expected a number, at least 0.0 and below 1.0, found false"),
        ("data.header", 1, "expected true or false, found 1"),
        ("data.train", 3, "expected a string, found 3"),
        ("data.encoding", ["utf-8"], "expected a string, found ['utf-8']"),
        ("data.columns", ["token", 1], f"expected {COLUMNS}, found ['token', 1]"),
        ("data.columns", {"token": 1.5}, f"expected {COLUMNS}, found {{'token': 1.5}}"),
        ("data.columns", 3, f"expected {COLUMNS}, found 3"),
        ("model.encoder", 3, "expected a section, found 3"),
        ("model.encoder", "x" * 999, "expected a section, found 'xxxxxxxxxxxx...xxxxxxxxxxxxx'"),
        ("model.characters", "none", "expected a section, found 'none'"),
        ("training", [], "expected a section, found []"),
        ("data.tokeniser", "icu", "expected a section, found 'icu'"),
        ("data.tokeniser.language", "da", "unknown key; it belongs to the kind 'icu' or 'spacy'"),
        # Tables of sections by name.
        ("model.features.pos.siez", 3, "unknown key; did you mean 'size'?"),
        ("model.features.pos.size", "3", "expected a whole number, at least 1 and at most 10000, found '3'"),
        ("model.features.pos.column", 3, "expected a string, found 3"),
        ("model.features.pos.kind", "x", "expected 'value', 'number', 'prefix', 'suffix' or 'shape', found 'x'"),
        ("model.features.pos.length", 3, "unknown key; it belongs to the kind 'prefix', 'suffix' or 'shape'"),
        ("model.features.a.buckets", 3, "unknown key; it belongs to the kind 'number', 'prefix', 'suffix' or 'shape'"),
        ("model.features.pos", 3, "expected a section, found 3"),
        ("model.features.kind", "value", "expected a section, found 'value'"),
        ("model.features", [], "expected sections by name, found []"),
        ("model.vectors.glove.path", 3, "expected a string, found 3"),
        ("task.further.feats.heads", "crf", "unknown key; did you mean 'head'?"),
        ("task.further.feats.head", "x", "expected 'crf' or 'softmax', found 'x'"),
        ("task.further.feats.weight", 0.0, "expected a number, above 0.0 and at most 1000.0, found 0.0"),
        ("task.further.feats.scheme", "IOB1", "expected 'IOBES' or 'IOB2', found 'IOB1'"),
        ("task.further.feats", 1, "expected a section, found 1"),
        ("task.further", "feats", "expected sections by name, found 'feats'"),
    ],
)
def test_a_fault_is_one_line_with_file_key_what_was_expected_and_what_was_found(
    key: str, value: object, said: str
) -> None:
    assert faults(nested(key, value)) == [f"run.toml: {key}: {said}"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"kind": "cn"}, "kind: expected 'cnn', 'lstm', 'gru', 'ngrams' or 'none', found 'cn'"),
        ({"kind": 3}, "kind: expected 'cnn', 'lstm', 'gru', 'ngrams' or 'none', found 3"),
        ({"kind": "lstm", "filters": 3}, "filters: unknown key; it belongs to the kind 'cnn'"),
        ({"kind": "none", "first": 3}, "first: unknown key; it belongs to the kind 'cnn', 'lstm', 'gru' or 'ngrams'"),
        ({"hidden_size": 3}, "hidden_size: unknown key; it belongs to the kind 'lstm' or 'gru'"),
        ({"kind": "cnn", "filter": 3}, "filter: unknown key; did you mean 'filters'?"),
        ({"kind": "cnn", "cnn": 3}, "cnn: unknown key; known keys: kind, size, filters, width, dropout, first, last"),
        ({"kind": "lstm", "first": 0}, "first: expected a whole number, at least 1 and at most 10000, found 0"),
    ],
)
def test_a_section_that_comes_in_kinds_is_held_to_its_own(values: dict[str, Any], said: str) -> None:
    assert faults({"model": {"characters": values}}) == [f"run.toml: model.characters.{said}"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"kind": "moses"}, "kind: expected 'syntok', 'icu', 'spacy', 'characters' or 'blanks', found 'moses'"),
        ({"kind": "spacy", "language": "Danish"}, "language: expected a language code such as \"da\", found 'Danish'"),
        ({"kind": "icu", "language": "da\n"}, "language: expected a language code such as \"da\", found 'da\\n'"),
        ({"kind": "icu", "language": 3}, 'language: expected a language code such as "da", found 3'),
    ],
)
def test_a_tokeniser_is_held_to_its_kind(values: dict[str, Any], said: str) -> None:
    assert faults({"data": {"tokeniser": values}}) == [f"run.toml: data.tokeniser.{said}"]


def test_every_kind_of_tokeniser_can_be_set() -> None:
    for kind in KINDS:
        assert tokeniser_said(plain_data(make_config({"data": {"tokeniser": {"kind": kind}}}).data)) == Tokeniser(kind)
    named = make_config({}, ["data.tokeniser.kind=icu", "data.tokeniser.language=zh-Hant"])
    assert tokeniser_said(plain_data(named.data)) == Tokeniser("icu", "zh-Hant")


def test_all_faults_are_in_one_report_each_key_once() -> None:
    values = {
        "data": {"columns": ["token", 1]},
        "model": {"encoder": {"kind": "rnn", "layers": 0}, "characters": {"kind": "x"}},
        "training": {"epoch": 3, "optimiser": {"momentum": 0.5}},
    }
    lines = faults(values, "training.seed=-1")
    assert [line.split(": ")[:2] for line in lines] == [
        ["run.toml", "data.columns"],
        ["run.toml", "model.characters.kind"],
        ["run.toml", "model.encoder.kind"],
        ["run.toml", "model.encoder.layers"],
        ["run.toml", "training.optimiser.momentum"],
        ["--set", "training.seed"],
        ["run.toml", "training.epoch"],
    ]


@pytest.mark.parametrize(
    ("features", "said"),
    [
        ({"a.b": {"siz": 3}}, 'model.features."a.b".siz: unknown key; did you mean \'size\'?'),
        ({"a.b": {"kind": "x"}}, 'model.features."a.b".kind: expected \'value\', \'number\', \'prefix\', '
         "'suffix' or 'shape', found 'x'"),
        ({"a": {"kind": "suffix", "minimum": 3}}, "model.features.a.minimum: unknown key; it belongs to the kind "
         "'value'"),
    ],
)  # fmt: skip
def test_a_fault_in_a_table_names_the_section(features: dict[str, Any], said: str) -> None:
    assert faults({"model": {"features": features}}) == [f"run.toml: {said}"]


def test_a_key_that_a_section_cannot_do_without_is_asked_for() -> None:
    vectors = {"glove": {"scale": 1.0}, "a.b": {"path": "x", "most": "all"}}
    assert faults({"model": {"vectors": vectors}}) == [
        "run.toml: model.vectors.glove.path: expected a string, found nothing",
        "run.toml: model.vectors.\"a.b\".most: expected a whole number, at least 1, found 'all'",
    ]
    assert faults({}, "model.vectors.glove.scale=2.0") == [
        "run.toml: model.vectors.glove.path: expected a string, found nothing"
    ]


def test_a_section_of_a_table_is_begun_by_an_override_of_its_key() -> None:
    overrides = ["model.features.pos.size=3", "model.features.end.length=2", "model.features.end.kind=suffix"]
    features = {"pos": c.ValueFeature(size=3), "end": c.SuffixFeature(length=2)}
    assert make_config({}, overrides).model.features == features
    assert make_config({}, ["task.further.feats.head=softmax"]).task.further == {"feats": c.Layer(head="softmax")}  # type: ignore[union-attr]
    assert make_config({}, ["task.further.feats={}"]).task.further == {"feats": c.Layer()}  # type: ignore[union-attr]


def test_another_kind_of_feature_starts_its_section_anew() -> None:
    values = {"model": {"features": {"end": {"kind": "suffix", "length": 2}, "pos": {"size": 3}}}}
    features = make_config(values, ["model.features.end.kind=value"]).model.features
    assert features == {"end": c.ValueFeature(), "pos": c.ValueFeature(size=3)}


def test_a_name_with_a_dot_stands_in_quotes() -> None:
    assert make_config({}, ['model.features."a.b".size=3']).model.features == {"a.b": c.ValueFeature(size=3)}
    values = {"model": {"features": {"a.b": {"size": 9}, "a": {"size": 8}}}}
    features = make_config(values, ['model.features."a.b".size=3']).model.features
    assert features == {"a.b": c.ValueFeature(size=3), "a": c.ValueFeature(size=8)}
    assert faults({}, 'model.features."a.b".siz=3') == [
        "--set: model.features.\"a.b\".siz: unknown key; did you mean 'size'?"
    ]
    assert faults({}, 'model.features."".size=3') == [
        '--set model.features."".size=3: expected section.key=value, such as training.epochs=20'
    ]
    monster = "x" * 200_000
    assert faults({}, f"{monster}=3") == [f"--set {monster}=3: expected section.key=value, such as training.epochs=20"]
    [line] = faults({}, "model\n.x=3")
    assert line == "--set 'model\\n.x=3': expected one setting on one line; say --set once for each"


def test_where_no_kind_is_named_the_default_is_meant() -> None:
    assert make_config({"model": {"characters": {"filters": 7}}}).model.characters == c.CharacterCNN(filters=7)
    assert make_config({}, ["training.optimiser.learning_rate=0.01"]).training.optimiser == c.AdamW(learning_rate=0.01)


def test_the_values_given_are_not_changed() -> None:
    values = {"model": {"characters": {"filters": 7}}}
    make_config(values, ["model.characters.kind=lstm", "model.encoder.layers=2"])
    assert values == {"model": {"characters": {"filters": 7}}}


def test_nothing_changes_after_reading() -> None:
    config = make_config({})
    with pytest.raises(ValidationError):
        config.training.epochs = 3
    assert make_config(config.model_dump()) == config


@pytest.mark.parametrize(
    ("override", "key", "value"),
    [
        ("training.epochs=3", "training.epochs", 3),
        (" training.epochs = 3 ", "training.epochs", 3),
        ("training.clip_norm=2", "training.clip_norm", 2.0),
        ("data.partial=true", "data.partial", True),
        ("data.unlabelled=unknown", "data.unlabelled", "unknown"),
        ("model.encoder.kind=gru", "model.encoder.kind", "gru"),
        ('model.encoder.kind="gru"', "model.encoder.kind", "gru"),
        ("data.train=corpora/my train.conll", "data.train", "corpora/my train.conll"),
        ("data.train=a=b", "data.train", "a=b"),
        ("data.comments=#", "data.comments", "#"),
        ("data.comments=", "data.comments", ""),
        ('data.columns=["token", "tag"]', "data.columns", ["token", "tag"]),
        ("data.columns={token = 1, tag = 3}", "data.columns", {"token": 1, "tag": 3}),
    ],
)
def test_overrides(override: str, key: str, value: object) -> None:
    found: object = make_config({"training": {"epochs": 9}, "data": {"train": "x"}}, [override])
    for part in key.split("."):
        found = getattr(found, part)
    assert found == value


def test_of_two_overrides_the_last_counts() -> None:
    assert make_config({}, ["training.epochs=3", "training.epochs=5"]).training.epochs == 5


def test_another_kind_starts_its_section_anew() -> None:
    values = {"training": {"optimiser": {"kind": "adamw", "learning_rate": 0.002}}}
    assert make_config(values, ["training.optimiser.kind=sgd"]).training.optimiser == c.SGD()
    unnamed = {"training": {"optimiser": {"learning_rate": 0.002}}}
    assert make_config(unnamed, ["training.optimiser.kind=sgd"]).training.optimiser == c.SGD()


def test_the_same_kind_keeps_its_section() -> None:
    values = {"training": {"optimiser": {"learning_rate": 0.5}}}
    assert make_config(values, ["training.optimiser.kind=adamw"]).training.optimiser == c.AdamW(learning_rate=0.5)


def test_no_override_is_lost_whatever_the_order() -> None:
    values = {"training": {"optimiser": {"kind": "adamw", "learning_rate": 0.002}}}
    overrides = ["training.optimiser.momentum=0.5", "training.optimiser.kind=sgd"]
    assert make_config(values, overrides).training.optimiser == c.SGD(momentum=0.5)
    assert make_config(values, reversed(overrides)).training.optimiser == c.SGD(momentum=0.5)


def test_a_kind_that_shares_its_keys_with_the_others_keeps_them() -> None:
    encoder = make_config({"model": {"encoder": {"kind": "lstm", "hidden_size": 7}}}, ["model.encoder.kind=gru"])
    assert encoder.model.encoder == c.Encoder(kind="gru", hidden_size=7)


@pytest.mark.parametrize("override", ["training", "", "=3", "training.=3", ".epochs=3", "training..epochs=3"])
def test_an_override_of_no_key_is_refused_with_its_form(override: str) -> None:
    assert faults({}, override) == [f"--set {override}: expected section.key=value, such as training.epochs=20"]


def test_an_override_below_a_value_is_refused() -> None:
    line = "--set training.epochs.x=3: 'epochs' is a value, not a section"
    assert faults({"training": {"epochs": 3}}, "training.epochs.x=3") == [line]


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("data.columns=[token,tag]", f"data.columns: expected {COLUMNS}, found '[token,tag]'"),
        ("training.epoch=3", "training.epoch: unknown key; did you mean 'epochs'?"),
        (
            "model.characters.kind=x",
            "model.characters.kind: expected 'cnn', 'lstm', 'gru', 'ngrams' or 'none', found 'x'",
        ),
        ("model.characters=none", "model.characters: expected a section, found 'none'"),
        ("model.characters.a.b=1", "model.characters.a: unknown key; known keys: kind, size, filters, width, dropout, "
         "first, last"),
        ("nothing=1", "nothing: unknown key; known keys: task, data, model, training"),
    ],
)  # fmt: skip
def test_a_fault_of_an_override_is_said_to_be_one(override: str, said: str) -> None:
    assert faults({}, override) == [f"--set: {said}"]


keys = st.sampled_from(
    [
        "task",
        "data",
        "model",
        "training",
        "characters",
        "optimiser",
        "kind",
        "encoder",
        "size",
        "columns",
        "cnn",
        "x",
        "",
    ]
)
values_of = st.one_of(
    st.integers(-2, 3), st.floats(), st.booleans(), st.sampled_from(["cnn", "lstm", "gru", "sgd", "", "x.conll"])
)
tables = st.recursive(
    values_of,
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(keys, inner, max_size=3)),
    max_leaves=6,
)


@given(st.dictionaries(keys, tables, max_size=3))
def test_whatever_a_file_holds_it_is_read_or_refused_line_by_line(values: dict[str, Any]) -> None:
    try:
        config = make_config(values, name="run.toml")
    except ConfigError as fault:
        lines = str(fault).splitlines()
        assert lines
        assert all(line.startswith("run.toml: ") for line in lines)
        assert all(" found " in line or "unknown key" in line for line in lines)
    else:
        assert isinstance(config, Config)


@given(st.lists(keys, max_size=3).map(".".join), st.text("=[]{}\"'a1.,", max_size=5))
def test_whatever_an_override_says_it_is_applied_or_refused(key: str, text: str) -> None:
    try:
        said = repr(make_config({}, [f"{key}={text}"]))
    except ConfigError as fault:
        said = str(fault)
    assert said.startswith(("--set", "Config("))


def test_a_file_is_read_with_its_overrides(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_bytes('\ufeff[training]\r\nepochs = 3 # Ελλάδα\r\n[model.encoder]\r\nkind = "gru"\r\n'.encode())
    config = load_config(path, ["training.epochs=4"])
    assert (config.training.epochs, config.model.encoder.kind) == (4, "gru")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[training\nepochs = 3", r"run\.toml: not TOML: .*\(at line 1, column 10\)$"),
        (b"a = 1\na = 2\n", r"run\.toml: not TOML: .*\(at line 2, column 6\)$"),
        (b"[training]\n# caf\xe9\n", r"run\.toml:2: expected UTF-8, found the byte 0xe9; save the file as UTF-8$"),
        (b"[training]\nepoch = 3\n", r"run\.toml: training\.epoch: unknown key; did you mean 'epochs'\?$"),
        (b"\x00", r"run\.toml: not TOML: "),
        (b"a = " + b"[" * 100_000, r"run\.toml: not TOML that can be read: nested too deeply$"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "run.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=said) as caught:
        load_config(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_said_not_to_be(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"run\.toml: cannot be read: No such file or directory$"):
        load_config(tmp_path / "run.toml")
    with pytest.raises(ConfigError, match=r"cannot be read: "):
        load_config(tmp_path)


# From settings to objects.

SENTENCES = [Sentence(("Ada", "Obi", "saw", "the", "the", "abcdefgh"), {"ner": ("B-PER", "I-PER", "O", "O", "O", "O")})]
STORE = SentenceStore.of(SENTENCES)
TASK = Labelling.build(SENTENCES, "ner", IOBES, IOB2)


def weights(*overrides: str) -> dict[str, int]:
    """The number of weights of each part of a model."""
    return network(*overrides).sizes


def network(*overrides: str) -> Model:
    """A model of the layer `ner`."""
    config = make_config({"task": {"layer": "ner"}}, overrides)
    return build_model(config, build_indexer(config.model, STORE, {}), [TASK])


def test_the_weights_are_counted_by_part() -> None:
    parts = weights("model.words.size=3", "model.encoder.hidden_size=5", "model.characters.kind=none")
    tags = 5
    assert parts == {
        "words": (5 + 2) * 3,
        "casing": 9 * 8,
        "encoder": 2 * 4 * 5 * (3 + 8 + 5 + 2),
        "tags ner": 10 * tags + tags + 2 * tags + tags * tags,
    }


@pytest.mark.parametrize(
    ("override", "part"),
    [
        ("model.words.size=7", "words"),
        ("model.words.minimum=2", "words"),
        ("model.words.lowercase=false", None),
        ("model.characters.size=7", "characters"),
        ("model.characters.filters=7", "characters"),
        ("model.characters.width=5", "characters"),
        ("model.characters.first=1", None),
        ("model.characters.kind=lstm", "characters"),
        ("model.characters.kind=gru", "characters"),
        ("model.casing.size=3", "casing"),
        ("model.encoder.kind=gru", "encoder"),
        ("model.encoder.hidden_size=7", "encoder"),
        ("model.encoder.layers=2", "encoder"),
        ("model.head.kind=softmax", "tags ner"),
    ],
)
def test_each_setting_of_the_model_reaches_its_part(override: str, part: str | None) -> None:
    if part is not None:
        assert weights(override)[part] != weights()[part]
    else:
        settings = make_config({}, [override]).model
        assert build_indexer(settings, STORE, {}) != build_indexer(Config().model, STORE, {})


def test_what_is_left_out_is_not_built() -> None:
    assert "characters" not in weights("model.characters.kind=none")
    assert "casing" not in weights("model.casing.size=0")


def test_dropout_reaches_every_layer_that_has_it() -> None:
    rates = ("input", "output", "recurrent")
    overrides = [f"model.encoder.{name}_dropout=0.{place}" for place, name in enumerate(rates, start=1)]
    for kind in ("cnn", "lstm", "gru", "ngrams"):
        characters = [f"model.characters.kind={kind}", "model.characters.dropout=0.4"]
        model = network(*overrides, "model.encoder.layers=2", *characters)
        assert (model.encoder.input_dropout.rate, model.encoder.output_dropout.rate) == (0.1, 0.2)
        directions = [m for m in model.encoder.modules() if hasattr(m, "recurrent_dropout")]
        assert [m.recurrent_dropout for m in directions] == [0.3] * 4
        spelling = model.embeddings["characters"]
        assert isinstance(spelling, Characters)
        assert isinstance(spelling.network, CharacterCNN | CharacterRNN | CharacterNgrams)
        assert spelling.network.dropout.rate == 0.4


def test_what_is_usual_for_a_task_is_so_however_it_is_said() -> None:
    model = c.Model(encoder=c.Encoder(hidden_size=9), characters=c.CharacterCNN(size=5))
    training = c.Training(optimiser=c.AdamW(weight_decay=0.1), schedule=c.Constant())
    config = Config(task=c.LanguageModel(steps=8), model=model, training=training)
    overrides = ["task.kind=language_model", "task.steps=8", "model.encoder.hidden_size=9", "model.characters.size=5"]
    overrides += ["training.optimiser.weight_decay=0.1", "training.schedule.kind=constant"]
    assert config == make_config({}, overrides)
    assert not config.problems
    assert config.model.encoder.directions == "forward"
    assert config.training.optimiser == c.AdamW(learning_rate=0.008, weight_decay=0.1)
    assert Config.model_validate(config.model_dump()) == config
    assert Config(task=c.Labelling()) == Config() == make_config({})


@pytest.mark.parametrize(
    ("overrides", "problem"),
    [
        (["task.kind=language_model", "training.batch_tokens=63"],
         "training.batch_tokens: expected at least task.steps, 64, found 63"),
        (["task.kind=language_model", "model.numbers.size=3"],
         "model.numbers: a language model reads symbols, no numbers; leave it out"),
        (["task.kind=transduction", "model.numbers.size=3"],
         "model.numbers: what writes reads symbols, no numbers; leave it out"),
        (["task.kind=transduction", "data.partial=true"],
         "data.partial: only tags may be partly annotated, not the task 'transduction'; leave it out"),
        (["task.kind=classification", "data.unlabelled=unknown"],
         "data.unlabelled: only tags may be partly annotated, not the task 'classification'; leave it out"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_said_before_any_text_is_read(overrides: list[str], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        make_config({}, overrides)


def test_every_kind_has_its_class() -> None:
    kinds = {"cnn": CharacterCNN, "lstm": CharacterRNN, "gru": CharacterRNN, "ngrams": CharacterNgrams}
    for kind, built in kinds.items():
        characters = build_characters(make_config({}, [f"model.characters.kind={kind}"]).model, 9)
        assert characters is not None
        if isinstance(characters.network, CharacterRNN):
            assert characters.network.layer.rightward.kind == kind
        assert type(characters.network) is built
    assert build_characters(make_config({}, ["model.characters.kind=none"]).model, 9) is None
    encoder = Encoder("lstm", 3, 2)
    heads = {"crf": CRFHead, "softmax": SoftmaxHead}
    for kind, head in heads.items():
        assert type(build_head(make_config({}, [f"model.head.kind={kind}"]), encoder, TASK)) is head
    labels = make_config({}, ["task.kind=classification"])
    assert type(build_head(labels, encoder, Classification(("a", "b")))) is PoolingHead
    lemmas = make_config({}, ["task.kind=transduction", "task.layer=lemma"])
    assert type(build_head(lemmas, encoder, Transduction("lemma", ("a",)))) is DecoderHead


def test_the_indexer_is_bounded_as_the_settings_say() -> None:
    model = make_config({}, ["model.characters.first=2", "model.characters.last=1"]).model
    spelling = build_indexer(model, STORE, {}).spelling
    assert (spelling.first, spelling.last) == (2, 1)
    assert "f" in Indexer.build(SENTENCES).spelling.vocabulary
    assert "f" not in spelling.vocabulary  # stands only where nothing reads it
