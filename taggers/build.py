"""From settings to objects: the one file that knows both the config classes and the classes they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from torch import nn

from taggers import config as c
from taggers.chain import Chain
from taggers.data.indexer import CASINGS, Indexer
from taggers.nn.embeddings.characters import CharacterCNN, CharacterLSTM
from taggers.nn.embeddings.words import Table
from taggers.nn.encoder import Encoder
from taggers.nn.heads.labelling import CRFHead, SoftmaxHead
from taggers.nn.model import TaggingModel
from taggers.text import Sentence


def build_model(model: c.Model, indexer: Indexer, constraints: Chain) -> TaggingModel:
    """A new network for a task; its initial weights come from torch's seeded generator."""
    words = Table(len(indexer.words), model.words.size)
    characters = build_characters(model, len(indexer.characters))
    casings = Table(len(CASINGS), model.casing.size) if model.casing.size else None
    parts: list[Table | CharacterCNN | CharacterLSTM | None] = [words, characters, casings]
    encoder = Encoder(
        model.encoder.kind,
        sum(part.output_size for part in parts if part is not None),
        model.encoder.hidden_size,
        model.encoder.layers,
        model.encoder.input_dropout,
        model.encoder.output_dropout,
        model.encoder.recurrent_dropout,
    )
    head = build_head(model.head, encoder.output_size, constraints)
    return TaggingModel(words, characters, casings, encoder, head)


def build_indexer(model: c.Model, sentences: Sequence[Sentence]) -> Indexer:
    """Vocabularies of the training sentences."""
    words, characters = model.words, model.characters
    if isinstance(characters, c.NoCharacters):
        return Indexer.build(sentences, words.minimum, words.lowercase)
    return Indexer.build(sentences, words.minimum, words.lowercase, characters.first, characters.last)


def build_characters(model: c.Model, symbols: int) -> CharacterCNN | CharacterLSTM | None:
    """The network that reads a word's characters."""
    match model.characters:
        case c.CharacterCNN() as cnn:
            return CharacterCNN(symbols, cnn.size, cnn.filters, cnn.width, cnn.dropout)
        case c.CharacterLSTM() as lstm:
            return CharacterLSTM(symbols, lstm.size, lstm.hidden_size, lstm.dropout)
        case c.NoCharacters():
            return None
        case never:
            assert_never(never)


def build_head(head: c.Head, states: int, constraints: Chain) -> CRFHead | SoftmaxHead:
    """The layer over the encoder's states."""
    match head.kind:
        case "crf":
            return CRFHead(states, constraints)
        case "softmax":
            return SoftmaxHead(states, constraints)
        case never:
            assert_never(never)


def parameters_by_part(model: nn.Module) -> dict[str, int]:
    """Number of weights of each part of a network."""
    return {name: sum(p.numel() for p in part.parameters()) for name, part in model.named_children()}
