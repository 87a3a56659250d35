"""What figures were measured on."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

import torch


def machine() -> dict[str, Any]:
    """What figures were measured on."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        cores = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = f"{cores[0].split(':', 1)[1].strip()}, {len(cores)} cores" if cores else model
    versions = {"torch": torch.__version__, "python": platform.python_version()}
    instructions = torch.backends.cpu.get_cpu_capability()  # what torch computes with, such as AVX2
    return {"cpu": model, "instructions": instructions, "threads": torch.get_num_threads(), **versions}
