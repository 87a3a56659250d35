"""Time and peak memory of tagging as the stream grows: the one should be linear, the other flat."""

from __future__ import annotations

from functools import partial
from typing import Any

from benchmarks.speed.parts.tagging import tag_command
from benchmarks.speed.place import Case, Cases, Place, tokens_in

_SMALLEST = 10_000


def cases(place: Place) -> Cases:
    """Streams of ten thousand tokens, ten times as many, and so on."""
    tokens = _SMALLEST
    while tokens <= place.most_tokens:
        yield Case(f"small, {tokens} tokens", partial(_stream, place, tokens))
        tokens *= 10


def _stream(place: Place, tokens: int) -> dict[str, Any]:
    """One run of the command line; the text is made before and removed after it."""
    text = place.folder / "stream.txt"
    place.cores.inside("stream", path=str(text), tokens=tokens)
    try:
        ran = place.cores.run(tag_command(place, place.model("small"), text), stdout=place.folder / "tagged")
        return {"tokens": tokens_in(text), "seconds": round(ran.seconds, 3), "peak_bytes": ran.peak}
    finally:
        text.unlink()
        (place.folder / "tagged").unlink(missing_ok=True)
