"""From settings to objects: the one file that knows both the config classes and the classes they stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar, assert_never

from taggers import config as c
from taggers.data.batch import Gold, LabelTargets, SequenceTargets
from taggers.data.corpus import Corpus
from taggers.data.features import Buckets, Casings, Feature, Hashed, Values
from taggers.data.indexer import CASING, WORDS, Indexer, Spelling, Vectors, count_column, feature_key
from taggers.data.numbers import NUMBERS, Numbers, NumbersError
from taggers.data.sentences import TOKEN, SentenceStore
from taggers.data.targets import index_targets
from taggers.nn.embeddings.characters import CharacterCNN, CharacterRNN, Characters
from taggers.nn.embeddings.contextual import Contextual
from taggers.nn.embeddings.interface import Embedding
from taggers.nn.embeddings.lookup import Lookup, Table
from taggers.nn.embeddings.ngrams import CharacterNgrams
from taggers.nn.embeddings.pretrained import Pretrained
from taggers.nn.encoder import Encoder
from taggers.nn.heads.decoder import DecoderHead
from taggers.nn.heads.interface import Head
from taggers.nn.heads.labelling import CRFHead, EntityRatio, SoftmaxHead
from taggers.nn.heads.next_symbol import NextSymbolHead
from taggers.nn.heads.pooling import PoolingHead
from taggers.nn.model import Model
from taggers.nn.onward import OnwardEncoder
from taggers.plain_settings import windows_said
from taggers.tasks.classification import Classification
from taggers.tasks.labelling import Labelling
from taggers.tasks.language_model import LanguageModel
from taggers.tasks.transduction import Transduction
from taggers.text import Sentence
from taggers.text.schemes import OUTSIDE, PLAIN, SCHEMES

if TYPE_CHECKING:
    from taggers.tasks import Task

_Kind = TypeVar("_Kind")


def build_tasks(config: c.Config, corpus: Corpus, train: SentenceStore) -> list[Task]:
    """What is learnt of the training sentences, the first task first; TaggerError where they hold nothing of it."""
    match config.task:
        case c.Labelling() as task:
            inside = {task.layer: task.scheme, **{n: layer.scheme for n, layer in task.further.items()}}
            tasks: list[Task] = [
                Labelling.build(
                    train, layer, PLAIN if corpus.schemes[layer] is PLAIN else SCHEMES[scheme], corpus.schemes[layer],
                    config.data.partly,
                )
                for layer, scheme in inside.items()
            ]  # fmt: skip
            return tasks if task.label is None else [*tasks, Classification.build(train, task.label.many)]
        case c.Classification():
            return [Classification.build(train, config.task.many)]
        case c.Transduction() as t:
            return [Transduction.build(train, t.layer, t.beside, t.around, t.without, t.beam, t.length_power)]
        case c.LanguageModel() as task:
            return [LanguageModel(task.unit, task.direction)]
        case never:
            assert_never(never)


def build_gold(task: Task, sentences: Sequence[Sentence]) -> Gold:
    """What is to be learnt of some sentences.

    >>> build_gold(Classification(("bye", "hello")), [Sentence(("Hi",), label="hello")]).labels.tolist()
    [1]
    """
    match task:
        case Labelling():
            return index_targets(task, sentences)
        case Classification():
            return LabelTargets(task.targets(sentences))
        case Transduction():
            return SequenceTargets.of(task.targets(sentences))
        case LanguageModel():
            raise TypeError("what comes next is read off the text: see StreamSource")
        case never:
            assert_never(never)


def build_model(config: c.Config, indexer: Indexer, tasks: Sequence[Task]) -> Model:
    """A new network for some tasks; its initial weights come from torch's seeded generator."""
    model = config.model
    embeddings = build_embeddings(model, indexer)
    encoder = build_encoder(config, sum(embedding.output_size for embedding in embeddings.values()))
    words = embeddings.get(WORDS)  # which models of numbers have not
    table = words.table if isinstance(words, Lookup) else None
    heads = {head_name(task): build_head(config, encoder, task, table) for task in tasks}
    return Model(embeddings, encoder, heads, [_weight(config.task, task) for task in tasks])


def build_encoder(config: c.Config, input_size: int) -> Encoder:
    """The recurrent layers."""
    settings = config.model.encoder
    sizes = settings.kind, input_size, settings.hidden_size, settings.layers
    dropout = settings.input_dropout, settings.output_dropout, settings.recurrent_dropout
    if isinstance(config.task, c.LanguageModel):
        return OnwardEncoder(*sizes, *dropout, rows=rows_of(config.task, config.training))
    return Encoder(*sizes, *dropout, 2 if settings.directions == "both" else 1)


def rows_of(task: c.LanguageModel, training: c.Training) -> int:
    """In how many parallel rows a text is read.

    >>> rows_of(c.LanguageModel(steps=64), c.Training(batch_tokens=8192))
    128
    """
    return training.batch_tokens // task.steps


def head_name(task: Task) -> str:
    """What the head of a task is called among the parts of the network."""
    return f"tags {task.layer}" if isinstance(task, Labelling) else task.layer


def _weight(settings: c.Task, task: Task) -> float:
    """That of a task's loss."""
    if not isinstance(settings, c.Labelling):
        return 1.0
    if isinstance(task, Classification):
        assert settings.label is not None
        return settings.label.weight
    return settings.weight if task.layer == settings.layer else settings.further[task.layer].weight


def build_embeddings(model: c.Model, indexer: Indexer) -> dict[str, Embedding]:
    """The embeddings by name, in the order in which their vectors stand side by side."""
    if model.numbers is not None:
        dimensions = indexer.vectors[NUMBERS].dimensions
        return {
            f"vectors {NUMBERS}": Pretrained(NUMBERS, dimensions, 1.0, model.numbers.size, words=0),
            **_build_features(model, indexer),
        }
    embeddings: dict[str, Embedding] = {WORDS: Lookup(WORDS, indexer.words.size, model.words.size)}
    if (characters := build_characters(model, len(indexer.spelling.vocabulary))) is not None:
        embeddings["characters"] = characters
    if model.casing.size:
        embeddings[CASING] = Lookup(CASING, indexer.features[CASING].size, model.casing.size)
    embeddings |= _build_features(model, indexer)
    for name, given in model.vectors.items():
        words = indexer.words.size if given.tuned else 0
        dimensions = indexer.vectors[name].dimensions
        embeddings[f"vectors {name}"] = Pretrained(name, dimensions, given.scale, given.projection, words)
    for name, read in model.contextual.items():
        embeddings[f"contextual {name}"] = Contextual(name, indexer.contextual[name], read.projection)
    return embeddings


def _build_features(model: c.Model, indexer: Indexer) -> dict[str, Embedding]:
    keys = {feature_key(name): settings.size for name, settings in model.features.items()}
    return {key: Lookup(key, indexer.features[key].size, size) for key, size in keys.items()}


def build_characters(model: c.Model, symbols: int) -> Characters | None:
    """The network that reads a word's characters."""
    match model.characters:
        case c.CharacterCNN() as cnn:
            return Characters(CharacterCNN(symbols, cnn.size, cnn.filters, cnn.width, cnn.dropout))
        case c.CharacterGRU() as gru:
            return Characters(CharacterRNN("gru", symbols, gru.size, gru.hidden_size, gru.dropout))
        case c.CharacterLSTM() as lstm:
            return Characters(CharacterRNN("lstm", symbols, lstm.size, lstm.hidden_size, lstm.dropout))
        case c.CharacterNgrams() as n:
            network = CharacterNgrams(symbols, n.size, n.shortest, n.longest, n.buckets, n.dropout)
            return Characters(network)
        case c.NoCharacters():
            return None
        case never:
            assert_never(never)


def build_head(config: c.Config, encoder: Encoder, task: Task, words: Table | None = None) -> Head:
    """The layer over the encoder's states that answers a task; `words` is the table of a language model's symbols."""
    size, directions = encoder.output_size, encoder.directions
    match _head_of(config, task):
        case c.CRF():
            return CRFHead(size, _of(Labelling, task).constraints, _ratio_of(config.task, _of(Labelling, task)))
        case c.Softmax():
            return SoftmaxHead(size, _of(Labelling, task).constraints)
        case c.Pooling() | c.Label() as settings:
            labels = _of(Classification, task)
            return PoolingHead(size, len(labels.labels), settings.pooling, labels.many, directions)
        case c.Decoder() as settings:
            return DecoderHead(
                config.model.encoder.kind,
                size,
                _of(Transduction, task).size,
                settings.size,
                settings.hidden_size,
                settings.dropout,
                settings.teacher_forcing,
                directions,
            )
        case c.NextSymbol() as settings:
            assert words is not None
            return NextSymbolHead(size, len(words.weight), words if settings.tied else None)
        case never:
            assert_never(never)


def _head_of(config: c.Config, task: Task) -> c.Head | c.Label:
    """The settings of the head that answers a task."""
    if isinstance(config.task, c.Labelling):
        if config.task.label is not None and isinstance(task, Classification):
            return config.task.label
        if task.layer in config.task.further and (named := config.task.further[task.layer].head) is not None:
            return c.CRF() if named == "crf" else c.Softmax()
    return config.head


def _ratio_of(settings: c.Task, task: Labelling) -> EntityRatio | None:
    """How large a share of the tokens should be inside spans, where that is said of the layer; "dev" is settled before
    a training, and nothing to a model that is trained already.
    """
    if not isinstance(settings, c.Labelling) or task.layer != settings.layer:
        return None
    ratio = settings.entity_ratio
    if ratio is None or ratio.expected == "dev":
        return None
    return EntityRatio(tuple(tag != OUTSIDE for tag in task.tags), ratio.expected, ratio.margin, ratio.weight)


def _of(kind: type[_Kind], task: Task) -> _Kind:
    """The task, which is of the kind that the head is for: `Config.problems` lets no other pass."""
    assert isinstance(task, kind)
    return task


def build_indexer(
    model: c.Model, store: SentenceStore, vectors: Mapping[str, Vectors], contextual: Mapping[str, int] | None = None
) -> Indexer:
    """Vocabularies and features of the training sentences; `contextual` says how many numbers each gives a token."""
    words, characters = model.words, model.characters
    counts = count_column(store.columns[TOKEN])
    if model.numbers is not None:  # each token is another, and no word
        try:
            vectors, counts = {NUMBERS: Numbers.build(counts)}, {}
        except NumbersError as fault:
            raise fault.placed(store) from None
    features: dict[str, Feature] = {WORDS: Values.build(TOKEN, counts, words.minimum, words.lowercase)}
    if model.casing.size and model.numbers is None:
        features[CASING] = Casings()
    for name, settings in model.features.items():
        features[feature_key(name)] = build_feature(name, settings, store)
    if isinstance(characters, c.NoCharacters):
        spelling = Spelling.build(counts)
    else:
        spelling = Spelling.build(counts, characters.first, characters.last)
    return Indexer(features, spelling, vectors, windows_said(model.windows.model_dump()), contextual or {})


def build_feature(name: str, settings: c.Feature, store: SentenceStore) -> Feature:
    """What a feature's values are in the training sentences."""
    match settings:
        case c.ValueFeature():
            column = settings.column or name
            return Values.build(column, count_column(store.columns[column]), settings.minimum, settings.lowercase)
        case c.NumberFeature():
            column = settings.column or name
            return Buckets.build(column, count_column(store.columns[column]), settings.buckets)
        case c.SuffixFeature():
            return Hashed(settings.column, "suffix", settings.length, settings.buckets)
        case c.ShapeFeature():
            return Hashed(settings.column, "shape", settings.length, settings.buckets)
        case c.PrefixFeature():
            return Hashed(settings.column, "prefix", settings.length, settings.buckets)
        case never:
            assert_never(never)
