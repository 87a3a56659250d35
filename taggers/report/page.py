"""The report as one HTML page, which needs nothing beside it and loads nothing."""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape
from pathlib import Path
from typing import Any

from taggers.report.facts import Report
from taggers.report.sections import errors_section, layer_section, training_section
from taggers.report.summary import facts, tiles
from taggers.text.wording import escaped

_HERE = Path(__file__).parent


def page(report: Report) -> str:
    """The page: its style, its script and all that it says are in it, and a browser lets nothing else run or load."""
    style, script = ((_HERE / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    policy = f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}"
    several = len(report.layers) > 1
    name = escape(escaped(f"{report.model} on {report.corpus.file.name}"))
    scores = "".join(
        f'<a href="#scores-{escape(layer.name)}">Scores{" of " + escape(escaped(layer.name)) if several else ""}</a>'
        for layer in report.layers
    )
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{name}</title>\n<style>{style}</style>\n</head>\n<body>\n<h1><bdi>{name}</bdi></h1>",
            tiles(report),
            facts(report),
            f'<nav>{scores}<a href="#training">Training</a><a href="#errors">Errors</a></nav>',
            *(layer_section(layer, several) for layer in report.layers),
            training_section(report),
            errors_section(report),
            "<footer>Scores and counts are those of <code>tagger evaluate</code>; shares are in percent.</footer>",
            f'<script type="application/json" id="report">{_data(report.to_json())}</script>',
            f"<script>{script}</script>\n</body>\n</html>\n",
        ]
    )


def _data(values: Any) -> str:
    """JSON that may stand in a page: no < in it can end the element or begin another."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _digest(text: str) -> str:
    """A text as a policy names what it lets pass."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
