"""Which sentences belong together: scores go apart by document, and are as sure as there are documents."""

from __future__ import annotations

from collections.abc import Iterable

from taggers.text import Sentence


def documents_of(sentences: Iterable[Sentence]) -> list[str]:
    """Of each sentence the file and line where its document begins: at a boundary, or in another file.

    >>> from taggers.text.types import Source
    >>> documents_of([Sentence((), source=Source("a", 1)), Sentence((), source=Source("a", 3), starts_document=True)])
    ['a:1', 'a:3']
    """
    documents: list[str] = []
    path = None
    for sentence in sentences:
        starts = sentence.starts_document or sentence.source.path != path
        documents.append(str(sentence.source) if starts else documents[-1])
        path = sentence.source.path
    return documents
