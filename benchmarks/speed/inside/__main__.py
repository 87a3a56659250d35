"""Calls the function `measure` of a module beside this one and prints what it returns: NAME, then arguments as JSON."""

from __future__ import annotations

import json
import sys
from importlib import import_module

if __name__ == "__main__":
    name, arguments = sys.argv[1:]
    print(json.dumps(import_module(f"benchmarks.speed.inside.{name}").measure(**json.loads(arguments))))
