"""A command in a process of its own, held to some cores: its seconds on the clock and the most memory it held.

This module and those that import it are light on purpose: Linux counts in a process's peak what its parent held when it
was started, so that whoever starts what is measured must be smaller than that.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).parents[2]
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")


@dataclass(frozen=True)
class Ran:
    """How a process went; `peak` is in bytes."""

    seconds: float
    peak: int
    out: str


@dataclass(frozen=True)
class Cores:
    """The cores that a measured process may use, a thread for each.

    >>> len(Cores.last(1).numbers)
    1
    """

    numbers: tuple[int, ...]

    @classmethod
    def last(cls, many: int) -> Cores:
        """The highest-numbered of those that this process may use: the first core also serves the system."""
        allowed = sorted(os.sched_getaffinity(0))
        if len(allowed) < many:
            raise ValueError(f"{many} cores are asked for, and this process may use {len(allowed)}")
        return cls(tuple(allowed[-many:]))

    def run(self, command: Sequence[str | Path], stdout: Path | None = None) -> Ran:
        """Run a command to its end; raises RuntimeError with what it said where it fails."""
        threads = dict.fromkeys(_THREADS, str(len(self.numbers)))
        pinned = ["taskset", "-c", ",".join(map(str, self.numbers)), *map(str, command)]
        with TemporaryDirectory() as folder:
            out, said = stdout or Path(folder) / "out", Path(folder) / "errors"
            with out.open("wb") as taken, said.open("wb") as errors:
                started = time.perf_counter()
                process = subprocess.Popen(
                    pinned, cwd=ROOT, env=os.environ | threads, stdin=subprocess.DEVNULL, stdout=taken, stderr=errors
                )
                _, status, usage = os.wait4(process.pid, 0)  # which says what the process took, as Popen does not
                seconds = time.perf_counter() - started
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                last = said.read_text(encoding="utf-8", errors="replace")[-2000:]
                raise RuntimeError(f"{' '.join(pinned)} ended with {process.returncode}:\n{last}")
            return Ran(seconds, usage.ru_maxrss * 1024, "" if stdout else out.read_text(encoding="utf-8"))

    def inside(self, what: str, **arguments: object) -> dict[str, Any]:
        """What a function `measure` of `benchmarks.speed.inside` returns, called in a process of its own."""
        command = [sys.executable, "-m", "benchmarks.speed.inside", what, json.dumps(arguments)]
        result: dict[str, Any] = json.loads(self.run(command).out.splitlines()[-1])
        return result


@dataclass(frozen=True)
class Clock:
    """How busy the machine has been, by which a measurement knows whether others were at work."""

    wall: float
    busy: float  # seconds, of all cores
    own: float  # seconds of this process and its children

    @classmethod
    def now(cls) -> Clock:
        """The present counts of Linux."""
        user, nice, system, _, _, *interrupts = map(int, _first_line(Path("/proc/stat")).split()[1:9])
        times = os.times()
        own = times.user + times.system + times.children_user + times.children_system
        ticks = user + nice + system + sum(interrupts)
        return cls(time.perf_counter(), ticks / os.sysconf("SC_CLK_TCK"), own)

    def others(self) -> float:
        """Cores that others have kept busy since, on average."""
        now = Clock.now()
        spent = (now.busy - self.busy) - (now.own - self.own)
        return max(0.0, spent / max(now.wall - self.wall, 1e-9))


def _first_line(path: Path) -> str:
    with path.open() as file:
        return file.readline()
