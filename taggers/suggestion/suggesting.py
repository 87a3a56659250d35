"""From a stream of sentences to those that are to be annotated next."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from taggers.errors import TaggerError
from taggers.suggestion.choosing import Budget, Item, Suggestion, choose
from taggers.suggestion.doubts import FLOOR, doubts
from taggers.suggestion.pool import HELD, Pool, letters, text_of
from taggers.tagger import Tagger
from taggers.tasks.asked import Asked
from taggers.tasks.classification import Classification
from taggers.text import Prediction, Sentence


@dataclass(frozen=True, eq=False)
class Suggested:
    """The suggestions, best first, and what they were chosen from: how many items (sentences, or documents) and tokens,
    with how many mistakes expected in them all, those that were `excluded` among them.

    `cut` is True where items were let go for want of memory that might have been chosen.
    """

    suggestions: tuple[Suggestion, ...]
    items: int
    tokens: int
    mistakes: float
    excluded: int
    cut: bool


def suggest(
    tagger: Tagger,
    sentences: Iterable[Sentence],
    budget: Budget,
    *,
    annotated: Iterable[Sentence] = (),
    documents: bool = False,
    seed: int = 1,
    workers: int = 1,
    held: int = HELD,
) -> Suggested:
    """What to annotate next of a stream of sentences, which is read once, `held` tokens being kept at most.

    Copies of what is `annotated`, and of one another, are left out, and so are sentences without tokens. With
    `documents` these are chosen as a whole. The `seed` decides between those that are worth the same. `workers` are as
    in `Tagger.stream`. Raises TaggerError where the model gives no probabilities, and where documents are asked for and
    no borders are marked.
    """
    has_spans = any(task.has_spans for task in tagger.tasks)
    many = any(isinstance(task, Classification) and task.many for task in tagger.tasks)
    asked = Asked(confidence=True, candidates=FLOOR if has_spans else None)
    known = frozenset(map(letters, annotated))
    predictions = tagger.stream(_with_tokens(sentences), workers=workers, asked=asked)
    pool = Pool(held)
    items = tokens = excluded = 0
    mistakes = 0.0
    for number, group in enumerate(_documents(predictions) if documents else ((one,) for one in predictions)):
        item = _item(group, seed, number, many)
        items, tokens, mistakes = items + 1, tokens + item.tokens, mistakes + item.mistakes
        if all(letters(prediction.sentence) in known for prediction in group):
            excluded += 1
        else:
            pool.take(item)
    chosen = choose(pool, budget)
    cut = bool(chosen) and pool.lost > chosen[-1].score
    return Suggested(tuple(chosen), items, tokens, mistakes, excluded, cut)


def _with_tokens(sentences: Iterable[Sentence]) -> Iterator[Sentence]:
    """The sentences that hold tokens, of which one begins a document where one without tokens before it does."""
    begins = False
    for sentence in sentences:
        begins = begins or sentence.starts_document
        if sentence.tokens:
            yield replace(sentence, starts_document=True) if begins and not sentence.starts_document else sentence
            begins = False


def _documents(predictions: Iterable[Prediction]) -> Iterator[tuple[Prediction, ...]]:
    """The sentences of each document; TaggerError where the first border that is marked is the end."""
    group: list[Prediction] = []
    marked = False
    for prediction in predictions:
        marked = marked or prediction.sentence.starts_document
        if prediction.sentence.starts_document and group:
            yield tuple(group)
            group = []
        group.append(prediction)
    if group and not marked:
        raise TaggerError("no documents are marked in what is read, to be chosen as a whole: choose sentences")
    if group:
        yield tuple(group)


def _item(predictions: tuple[Prediction, ...], seed: int, number: int, many: bool) -> Item:
    """The item of some sentences; of their predictions only what is written is kept."""
    digest = hashlib.blake2b(f"{seed}\n{text_of(predictions)}".encode(errors="surrogatepass"), digest_size=8).digest()
    slim = tuple(_without_candidates(prediction) for prediction in predictions)
    return Item(slim, doubts(predictions, many), int.from_bytes(digest), number)


def _without_candidates(prediction: Prediction) -> Prediction:
    further = tuple(map(_without_candidates, prediction.further))
    return replace(prediction, candidates=None, further=further)
