"""`tagger compare`: which of two models is better on the same text, and whether that may be chance."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from taggers.cli.options import STANDARD, FileOptions, file_options, print_json
from taggers.cli.pairs import read_labels, read_tags
from taggers.errors import FormatError, TaggerError
from taggers.formats import KINDS, name_of, names
from taggers.text.detection import detect
from taggers.text.schemes import PLAIN

if TYPE_CHECKING:
    from taggers.metrics import Comparison, RunsComparison

_INPUTS = names(read=True, tags=True)
_TEXTS = tuple(name for name in names(read=True, labels=True) if name not in _INPUTS)
_INSIDE = "-2"  # the column of gold tags beside the predicted ones, as the CoNLL scorer reads them
_NAMELESS = ""  # the layer of a file of predictions


@dataclass(frozen=True)
class _Reading:
    """How the files are read, as the command line says."""

    kind: str | None
    layer: str | None
    predicted_column: str | None
    options: FileOptions


@dataclass(frozen=True)
class _Corpus:
    """The predictions of both, one each or several runs, on one gold file (None: it stands beside each of them)."""

    gold: str | None
    first: tuple[str, ...]
    second: tuple[str, ...]

    @property
    def name(self) -> str:
        """What it is called in tables."""
        return self.first[0] if self.gold is None else self.gold


@dataclass(frozen=True)
class _Found:
    """What the comparison of a layer on a corpus gave."""

    corpus: _Corpus
    layer: str | None  # of several, the name
    result: Comparison | RunsComparison

    @property
    def name(self) -> str:
        """What it is called in tables."""
        return self.corpus.name if self.layer is None else f"{self.corpus.name}, {self.layer}"


@click.command(short_help="Say whether one of two models is better, or it is chance.")
@click.argument("one", required=False, metavar="[A]")
@click.argument("other", required=False, metavar="[B]")
@click.option("--a", "first", multiple=True, metavar="FILE|DIR", help="A run of A, in place of the argument; several.")
@click.option("--b", "second", multiple=True, metavar="FILE|DIR", help="A run of B; several.")
@click.option(
    "--gold", "golds", multiple=True, metavar="FILE", help="Gold file; several for several corpora [inside A and B]."
)
@click.option(
    "--input", "kind", type=click.Choice([*_INPUTS, *_TEXTS]), help="Format of the files [by name, else columns]."
)
@click.option(
    "--layer", metavar="NAME|PLACE", help="Column of the gold tags [the last; upos in CoNLL-U; without --gold, -2]."
)
@click.option(
    "--predicted-column", metavar="NAME|PLACE", help="That of A and B [as --layer; without --gold, the last]."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, scores between 0 and 1.")
@file_options
def command(
    one: str | None,
    other: str | None,
    first: tuple[str, ...],
    second: tuple[str, ...],
    golds: tuple[str, ...],
    kind: str | None,
    layer: str | None,
    predicted_column: str | None,
    as_json: bool,
    options: FileOptions,
) -> None:
    """Compare the predictions A and B on the same text: files as `tagger tag` writes them, or model folders.

    Each score comes with its 95 % interval, the difference with its own and with the p of paired approximate
    randomisation. Runs of other seeds are given by --a and --b, once for each; several corpora by --gold, and the files
    of each in the same order, as many for each. Over several corpora p is corrected by Holm's method.
    """
    from taggers.metrics import holm  # not at the top: `--help` has no need of it

    reading = _Reading(kind, layer, predicted_column, options)
    corpora = _corpora(*_sides(one, other, first, second), golds)
    found = [each for corpus in corpora for each in _compare(corpus, reading)]
    adjusted = holm([each.result.p for each in found])
    if as_json:
        print_json([_json(*pair) for pair in zip(found, adjusted, strict=True)])
        return
    click.echo("\n\n".join(f"{each.name}\n{each.result.to_table()}" for each in found))
    if len(found) > 1:
        click.echo("\n" + "\n".join(_over_all(found, adjusted)))


def _sides(
    one: str | None, other: str | None, first: tuple[str, ...], second: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What A and B are, by arguments or by options."""
    if one is not None and (first or second):
        raise click.UsageError(f"{one}: name A and B as arguments, or by --a and --b, not both")
    sides = ((one,) if one else first, (other,) if other else second)
    if not all(sides):
        missing = "B" if sides[0] else "A and B"
        raise click.UsageError(f"{missing} missing: name two files of predictions, or model folders (A B, or --a, --b)")
    return sides


def _corpora(first: tuple[str, ...], second: tuple[str, ...], golds: tuple[str, ...]) -> list[_Corpus]:
    """The files of each corpus: model folders tag all of them, files come in the order of the gold files."""
    if STANDARD in (*first, *second, *golds):
        raise click.UsageError("standard input (-) cannot be read twice: name a file")
    for place in golds or (*first, *second):  # with gold files those of A and B are read once
        if os.path.exists(place) and not (os.path.isfile(place) or os.path.isdir(place)):
            raise click.UsageError(f"{place} is a pipe or device, which cannot be read twice: name a file")
    if not golds:
        if models := [place for place in (*first, *second) if _is_model(place)]:
            raise click.UsageError(f"{models[0]} is a model, which needs a text to tag: name one by --gold")
        return [_Corpus(None, first, second)]
    parts = [_divided(side, len(golds), name) for side, name in ((first, "A"), (second, "B"))]
    return [_Corpus(gold, *own) for gold, *own in zip(golds, *parts, strict=True)]


def _divided(side: tuple[str, ...], corpora: int, name: str) -> list[tuple[str, ...]]:
    if all(map(_is_model, side)):
        return [side] * corpora
    if len(side) % corpora:
        problem = f"expected as many files of {name} for each of {corpora} gold files, found {len(side)}"
        raise click.UsageError(f"{problem}; name those of the first corpus first, then those of the next")
    size = len(side) // corpora
    return [side[start : start + size] for start in range(0, len(side), size)]


def _is_model(place: str) -> bool:
    if not Path(place).is_dir():
        return False
    from taggers.checkpoint import MANIFEST  # not at the top: files need none of it

    return (Path(place) / MANIFEST).exists()


def _compare(corpus: _Corpus, reading: _Reading) -> list[_Found]:
    """The comparison on one corpus, of each layer that all runs have."""
    from taggers.metrics import compare_runs, compare_scores

    if corpus.gold is None:
        _same_gold(corpus, reading)
    runs = [[_score(place, corpus.gold, reading) for place in side] for side in (corpus.first, corpus.second)]
    every = [layers for side in runs for layers in side]
    shared = _shared(every)
    if not shared and (reading.layer is not None or any(_NAMELESS in layers for layers in every)):
        # Files of predictions, and the gold column that is named, are of the first layer of models, whatever its name.
        runs = [[{_NAMELESS: next(iter(layers.values()))} for layers in side] for side in runs]
        every, shared = [layers for side in runs for layers in side], [_NAMELESS]
    if not shared:
        said = " and ".join(sorted({", ".join(layers) for layers in every}))
        raise TaggerError(f"{corpus.name}: the models have no layer in common ({said}); name the column by --layer")
    found = []
    for layer in shared:
        first, second = ([layers[layer] for layers in side] for side in runs)
        try:
            result = compare_scores(*first, *second) if len(every) == 2 else compare_runs(first, second)
        except ValueError as fault:  # scores of one kind are compared
            raise TaggerError(f"{corpus.name}: {fault}; name two that answer the same question") from None
        found.append(_Found(corpus, layer if any(len(layers) > 1 for layers in every) else None, result))
    return found


def _shared(every: Sequence[Mapping[str, Any]]) -> list[str]:
    """The layers that all have."""
    return [layer for layer in every[0] if all(layer in layers for layers in every)]


def _score(place: str, gold: str | None, reading: _Reading) -> dict[str, Any]:
    """The scores of each layer of a model by its name, or of a file of predictions, which has none."""
    if gold is not None and _is_model(place):
        return _score_model(place, gold, reading)
    from taggers.metrics import documents_of, score_labels, score_tags

    against = place if gold is None else gold
    kind = reading.kind or name_of(against, (*_INPUTS, *_TEXTS)) or "columns"
    reading.options.refuse_others(kind, "the files are")
    form = reading.options.over(KINDS[kind].format())
    if kind in _TEXTS:
        if gold is None:
            raise TaggerError(f"{place}: labels have no gold beside them; name the gold file by --gold")
        texts, wanted, found = read_labels(gold, place, form)
        return {_NAMELESS: score_labels(wanted, found, documents_of(texts))}
    layer = reading.layer or (_INSIDE if gold is None else None)
    column = reading.predicted_column or (reading.layer if gold is not None else None)
    try:
        pairs = read_tags(against, place, form, layer, column, say=False)
    except FormatError as fault:
        if gold is not None or reading.layer is not None:
            raise
        hint = "without --gold the gold tags are looked for in the last column but one; name them by --gold FILE"
        raise TaggerError(f"{fault} ({hint}, or --layer)") from None
    if gold is None and pairs.scheme is PLAIN and (other := detect(pairs.predicted).scheme) is not PLAIN:
        problem = f"expected gold tags in the last column but one, found plain tags beside predictions in {other.name}"
        raise FormatError(place, None, f"{problem}; name the gold tags by --gold FILE, or by --layer")
    return {_NAMELESS: score_tags(pairs.gold, pairs.predicted, pairs.scheme, documents=documents_of(pairs.sentences))}


def _score_model(place: str, gold: str, reading: _Reading) -> dict[str, Any]:
    # Not at the top: files need none of it.
    from taggers.checkpoint import load_folder
    from taggers.cli.gold import read_gold
    from taggers.engine import load_engine
    from taggers.metrics import Scores
    from taggers.tagger import Tagger

    folder = load_folder(Path(place))
    tagger = Tagger(folder, load_engine(folder, "auto", "float32"))
    scores = tagger.evaluate(read_gold(gold, folder, reading.kind, reading.layer, "repair", reading.options))
    first = folder.tasks[0].layer
    if not isinstance(scores, Scores):
        return {first: scores}
    return {first: replace(scores, further={}), **scores.further}  # each of its layer alone, as those of other models


def _same_gold(corpus: _Corpus, reading: _Reading) -> None:
    """Raise FormatError where files that hold their gold are of other text, or have other gold."""
    first, *others = (*corpus.first, *corpus.second)
    kind = reading.kind or name_of(first, _INPUTS) or "columns"
    form = reading.options.over(KINDS[kind].format())
    layer = reading.layer or _INSIDE
    for place in others:
        pairs = read_tags(first, place, form, layer, layer, say=False)
        for sentence, ours, theirs in zip(pairs.sentences, pairs.gold, pairs.predicted, strict=True):
            if ours != theirs:
                at = next(i for i, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b)
                problem = f"expected the same gold tags as in {place}, found {ours[at]!r} where that has {theirs[at]!r}"
                raise FormatError(first, sentence.line_of(at), f"{problem}; name one gold file by --gold")


def _json(found: _Found, adjusted: float) -> dict[str, Any]:
    about: Mapping[str, object] = {
        "gold": found.corpus.gold,
        "a": found.corpus.first,
        "b": found.corpus.second,
        "layer": found.layer,
    }
    return {**about, **found.result.to_json(), "p": found.result.p, "p_holm": adjusted}


def _over_all(found: Sequence[_Found], adjusted: Sequence[float]) -> list[str]:
    """The headline of each corpus, with the p that holds for all of them."""
    from taggers.metrics.confusions import count_table

    rows = {}
    for number, (each, p) in enumerate(zip(found, adjusted, strict=True), start=1):
        result = each.result
        difference = f"{100 * result.differences[result.headline].difference:+.2f}"
        rows[f"{number}. {each.name}"] = [result.headline, difference, f"{result.p:.4f}", f"{p:.4f}"]
    return count_table("corpus", ("score", "B - A", "p", "p (Holm)"), rows)
