"""Who may import whom: the room table of docs/architecture.md, held against the imports of every module."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "taggers"

ALL_ABOVE = {"all above"}


class Room(NamedTuple):
    """What a room may import: other rooms or single modules of them (its own is always open), and third parties."""

    rooms: set[str]
    packages: set[str]


# Lowest first. A file of its own rules stands below its room, and the longest name that fits a module counts.
ROOMS = {
    "errors": Room(set(), set()),
    "files": Room({"errors"}, set()),
    "text": Room({"errors"}, set()),
    "compiling": Room(set(), {"numba"}),
    "chain": Room({"errors", "compiling"}, {"numpy"}),
    "formats": Room({"errors", "files", "text"}, {"syntok", "icu4py", "spacy", "pyarrow"}),
    "metrics": Room({"errors", "text"}, {"numpy"}),
    "tasks": Room({"errors", "text", "chain", "metrics"}, {"numpy"}),
    "data": Room({"errors", "files", "text", "formats", "tasks"}, {"numpy", "gensim", "safetensors", "tokenizers"}),
    "lint": Room({"errors", "text", "formats", "data"}, {"numpy"}),
    "nn": Room({"errors", "compiling", "chain", "data.batch"}, {"numpy", "torch", "torchcrf"}),
    "export": Room({"nn"}, {"numpy", "torch", "onnx"}),
    "config": Room({"errors", "text", "formats"}, {"pydantic"}),
    "settings": Room({"errors", "config"}, {"pydantic"}),
    "plain_settings": Room({"formats", "data"}, set()),
    "corpus_card": Room({"errors", "formats", "config", "settings"}, {"pydantic"}),
    "reading": Room(
        {"errors", "text", "formats", "data", "config", "settings", "plain_settings", "corpus_card"}, set()
    ),
    "verification": Room({"errors", "text", "formats", "config", "settings", "corpus_card", "reading"}, set()),
    "build": Room(ALL_ABOVE, {"torch"}),
    "calibration": Room({"chain", "metrics", "text"}, set()),
    "checkpoint": Room(ALL_ABOVE, {"numpy", "safetensors"}),
    "saving": Room(ALL_ABOVE, set()),
    "digests": Room({"errors", "checkpoint"}, set()),
    "engine": Room({"errors", "text", "chain", "tasks", "data", "checkpoint"}, {"numpy", "onnxruntime"}),
    "engine.torch_engine": Room(ALL_ABOVE, {"numpy", "torch", "safetensors"}),
    "evaluation": Room(ALL_ABOVE, {"numpy"}),
    "confidence": Room(ALL_ABOVE, {"numpy"}),
    "fitting": Room(ALL_ABOVE, {"numpy"}),
    "row_kernels": Room(set(), {"numpy"}),
    "row_optimiser": Room({"compiling", "nn", "row_kernels"}, {"numpy", "torch"}),
    "optimisation": Room({"errors", "config", "nn", "row_optimiser"}, {"torch"}),
    "training": Room(ALL_ABOVE, {"numpy", "torch", "safetensors"}),
    "sources": Room(ALL_ABOVE, set()),
    "provenance": Room(ALL_ABOVE, {"torch"}),
    "record": Room(ALL_ABOVE, set()),
    "plots": Room({"errors"}, {"numpy", "matplotlib"}),
    "card": Room(ALL_ABOVE, set()),
    "runs": Room(ALL_ABOVE, {"numpy", "torch", "safetensors"}),
    "suspects": Room(ALL_ABOVE, {"numpy"}),
    "reproduction": Room(ALL_ABOVE, {"numpy", "safetensors"}),
    "int8": Room(ALL_ABOVE, {"safetensors"}),
    "tagger": Room(ALL_ABOVE, {"numpy"}),
    "pipeline": Room(ALL_ABOVE, set()),
    "language": Room(ALL_ABOVE, {"numpy"}),
    "suggestion": Room(ALL_ABOVE, set()),
    "report": Room({"errors", "text", "metrics", "tasks", "lint", "checkpoint"}, set()),
    "cli": Room(ALL_ABOVE, {"click", "rich", "safetensors", "seqeval"}),
}


def module_name(path: Path) -> str:
    """Name a module below the package: `taggers/text/types.py` is `text.types`, `taggers/cli/__init__.py` is `cli`."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def within(module: str, name: str) -> bool:
    """Say whether `module` is `name` or something in it."""
    return module == name or module.startswith(f"{name}.")


def room_of(module: str) -> str | None:
    """Find the room of a module: the longest name in the table that holds it."""
    return max((room for room in ROOMS if within(module, room)), key=len, default=None)


def imports(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the full name of everything imported, wherever in the file it stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{base}.{name.name}") for name in node.names)


def forbidden(room: str, source: str) -> Iterator[str]:
    """Yield one line for each import in `source`, a module of `room`, that the table does not allow."""
    rooms, packages = ROOMS[room]
    order = list(ROOMS)
    allowed = set(order[: order.index(room)]) if rooms == ALL_ABOVE else rooms
    for line, name in imports(source):
        top, _, target = name.partition(".")
        if top == "taggers":
            if not any(within(target, other) for other in allowed | {room.split(".")[0]}):
                yield f"{line}: imports {name}; `{room}` may import {', '.join(sorted(rooms)) or 'no other room'}"
        elif top not in packages and top not in sys.stdlib_module_names:
            yield f"{line}: imports {name}; `{room}` may import {', '.join(sorted(packages)) or 'no third party'}"


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py")) if module_name(path)}


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_what_its_room_may(module: str) -> None:
    room = room_of(module)
    assert room is not None, f"{module} has no room: add it to the table here and in docs/architecture.md"
    faults = [f"{MODULES[module]}:{fault}" for fault in forbidden(room, MODULES[module].read_text("utf-8"))]
    assert not faults, "\n".join(faults)


def test_the_package_root_imports_nothing_when_it_is_imported() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text("utf-8"))
    eager = ast.Module([node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)], [])
    foreign = [name for _, name in imports(ast.unparse(eager)) if name.split(".")[0] not in sys.stdlib_module_names]
    assert not foreign, f"taggers/__init__.py is lazy, but imports {foreign}"


def test_no_room_reaches_upwards_in_the_table() -> None:
    order = list(ROOMS)
    for room, (rooms, _) in ROOMS.items():
        above = order[: order.index(room)]
        assert rooms == ALL_ABOVE or all(any(within(name, other) for other in above) for name in rooms), room


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("text", "import torch"),
        ("data", "def f() -> None:\n    from torch import Tensor"),
        ("nn", "from taggers.data.corpus import Corpus"),
        ("formats", "from taggers import metrics"),
        ("data", "import transformers"),
        ("nn", "import gensim.models"),
        ("config", "import taggers.build"),
        ("tasks", "from . import labelling"),
        ("engine", "if TYPE_CHECKING:\n    from taggers.nn.model import Model"),
    ],
)
def test_a_forbidden_import_is_found(room: str, line: str) -> None:
    assert list(forbidden(room, line))


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("nn", "from taggers.data.batch import Batch"),
        ("nn", "from taggers.data import batch"),
        ("engine", "from taggers.engine.torch_engine import load"),
        ("cli", "from taggers.training import train"),
        ("engine.torch_engine", "from taggers.nn.model import Model"),
        ("text", "import re, os.path"),
    ],
)
def test_an_allowed_import_passes(room: str, line: str) -> None:
    assert not list(forbidden(room, line))


def test_the_table_in_the_docs_is_this_one() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    table = {}
    for row in re.findall(r"^\| `taggers/.*\|$", text, re.MULTILINE):
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        names, packages = ({name.strip(" `") for name in cell.split(",")} - {"nothing"} for cell in cells[2:4])
        for path in re.findall(r"`taggers/([\w/.]+)`", cells[0]):
            table[path.removesuffix(".py").strip("/").replace("/", ".")] = Room(names, packages)
    assert list(table.items()) == list(ROOMS.items())
