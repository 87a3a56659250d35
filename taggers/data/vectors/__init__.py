"""Pretrained word vectors as a store of their own: read from the usual formats, looked up in a mapped file."""

from taggers.data.vectors.store import VectorStore

__all__ = ["VectorStore"]
