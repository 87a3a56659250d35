"""What a model may be wrong about in a sentence, and how probable that is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from taggers.text import Prediction
from taggers.text.types import LABEL, split_labels

FLOOR = 0.02  # the probability from which on a span, or a label, that is not predicted is a doubt

Matter = tuple[str, str]  # a layer, and the words that are in doubt there
Doubts = dict[Matter, float]


def doubts(predictions: Iterable[Prediction], many: bool = False) -> Doubts:
    """Of each matter of some sentences the probability that the model is wrong about it, by its own posterior; `many`
    where texts have any number of labels.

    It is wrong where a span that it predicts is none, or a candidate that it does not predict is one; these matter by
    their words, without case. Of plain tags each word is a matter, of labels the text. What occurs more than once
    counts once, as the probability of a mistake at any of the places, were they independent.

    >>> from taggers.text import Sentence, Span
    >>> from taggers.text.types import Candidate
    >>> lima, sentence = Span(2, 3, "LOC"), Sentence(("Ada", "saw", "Lima"))
    >>> found = (Candidate(lima, 0.75), Candidate(Span(0, 1, "PER"), 0.25))
    >>> doubts([Prediction(sentence, "ner", ("O", "O", "B-LOC"), (lima,), confidences=(0.75,), candidates=found)])
    {('ner', 'ada'): 0.25, ('ner', 'lima'): 0.25}
    """
    found: Doubts = {}
    for own in (one for prediction in predictions for one in prediction.every):
        for words, wrong in _wrong(own, many):
            matter = (own.layer, words)
            found[matter] = 1.0 - (1.0 - found.get(matter, 0.0)) * (1.0 - wrong)
    return dict(sorted(found.items()))  # in one order, so that sums are the same


def _wrong(prediction: Prediction, many: bool) -> Iterator[tuple[str, float]]:
    """The words of each answer, given or withheld, and the probability that this is wrong."""
    tokens, sure = prediction.sentence.tokens, prediction.confidences or ()
    if prediction.layer == LABEL:
        words = " ".join(tokens)
        yield from ((words, 1.0 - p) for p in sure)
        if many:  # of a text with one label another one is right just where this is wrong
            said = split_labels(prediction.label or "")
            yield from ((words, p) for label, p in prediction.scores.items() if p >= FLOOR and label not in said)
    elif prediction.candidates is None:
        yield from ((token.lower(), 1.0 - p) for token, p in zip(tokens, sure, strict=True))
    else:
        found = dict(zip(prediction.spans, sure, strict=True))
        every = {candidate.span: candidate.probability for candidate in prediction.candidates} | found
        for span, p in every.items():
            yield " ".join(tokens[span.start : span.end]).lower(), 1.0 - p if span in found else p
