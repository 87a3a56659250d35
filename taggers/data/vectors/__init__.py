"""Pretrained word vectors as a store of their own: read from the usual formats, looked up in a mapped file."""

from taggers.data.vectors.building import build_store
from taggers.data.vectors.coverage import Coverage
from taggers.data.vectors.kinds import Kind
from taggers.data.vectors.store import VectorStore

__all__ = ["Coverage", "Kind", "VectorStore", "build_store"]
