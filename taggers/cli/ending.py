"""Being asked to end, by Ctrl-C or SIGTERM: an exception, so that what is half-written is taken away."""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType

_asked = 0  # the signal that came


def end_when_asked() -> None:
    """Let both signals raise; one that is ignored (Ctrl-C in a background job) stays so."""
    global _asked
    _asked = 0
    if threading.current_thread() is not threading.main_thread():
        return
    if signal.getsignal(signal.SIGTERM) is not signal.SIG_IGN:
        signal.signal(signal.SIGTERM, _ask)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _ask)


def _ask(number: int, _: FrameType | None) -> None:
    global _asked
    _asked = number
    end_if_asked()


def end_if_asked() -> None:
    """Raise where a signal came; for long work, since compiled libraries can lose an exception that meets them."""
    if _asked == signal.SIGINT:
        raise KeyboardInterrupt
    if _asked:
        sys.exit(128 + _asked)
