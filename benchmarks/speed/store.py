"""What was measured, as JSON, written after every measurement: a run that was killed goes on with what is missing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[1] / "results" / "speed"


class Store:
    """The results of one part by the names of their cases; those of another machine or version are dropped."""

    def __init__(self, path: Path, machine: Mapping[str, Any]) -> None:
        self._path, self._machine = path, dict(machine)
        found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        self._cases: dict[str, Any] = found["cases"] if found.get("machine") == self._machine else {}

    def __contains__(self, case: str) -> bool:
        return case in self._cases

    def add(self, case: str, result: Mapping[str, Any]) -> None:
        """Keep a result, in the file too."""
        self._cases[case] = dict(result)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"machine": self._machine, "cases": self._cases}, indent=1) + "\n"
        beside = self._path.with_suffix(".tmp")
        beside.write_text(text, encoding="utf-8")
        beside.replace(self._path)


def stored(folder: Path = RESULTS) -> Iterator[tuple[str, dict[str, Any]]]:
    """The name of every file of results, and its content."""
    for path in sorted(folder.glob("*.json")):
        yield path.stem, json.loads(path.read_text(encoding="utf-8"))
