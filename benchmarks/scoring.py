"""CPU time of scoring a million tokens, lenient and strict scores and errors told apart: python -m benchmarks.scoring

Sentences of 20 tokens with spans of 1 to 3, three of five predicted without a fault, the others at random.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import click

from taggers.metrics import score_tags
from taggers.metrics.conlleval import count_as_conlleval
from taggers.metrics.errors import span_errors
from taggers.metrics.spans import read_both
from taggers.text import Span
from taggers.text.schemes import IOB2, encode

LENGTH = 20


@click.command()
@click.option("--tokens", default=1_000_000, show_default=True)
@click.option("--times", default=5, show_default=True, help="How often each part is timed; the median is shown.")
def main(tokens: int, times: int) -> None:
    """Print the CPU seconds of each part, the least, the median and the most."""
    generator = random.Random(0)
    gold = [_sentence(generator) for _ in range(tokens // LENGTH)]
    predicted = [tags if generator.random() < 0.6 else _sentence(generator) for tags in gold]

    def errors() -> None:
        span_errors(*read_both(gold, predicted))

    parts: dict[str, Callable[[], object]] = {
        "lenient, strict, accuracy": lambda: score_tags(gold, predicted, IOB2),
        "errors": errors,
        "conlleval": lambda: count_as_conlleval(gold, predicted),
    }
    for name, part in parts.items():
        seconds = sorted(_seconds(part) for _ in range(times))
        print(f"{name}: {seconds[0]:.2f} {seconds[len(seconds) // 2]:.2f} {seconds[-1]:.2f}")


def _seconds(part: Callable[[], object]) -> float:
    start = time.process_time()
    part()
    return time.process_time() - start


def _sentence(generator: random.Random) -> list[str]:
    spans: list[Span] = []
    place = 0
    while place < LENGTH:
        end = place + 1
        if generator.random() < 0.12:
            end = min(LENGTH, place + generator.choice([1, 1, 1, 2, 2, 3]))
            spans.append(Span(place, end, generator.choice(["LOC", "MISC", "ORG", "PER"])))
        place = end
    return encode(spans, LENGTH, IOB2)


if __name__ == "__main__":
    main()
