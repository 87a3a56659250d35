"""The findings as one HTML page that needs nothing beside it."""

from __future__ import annotations

from html import escape

from taggers.lint.findings import spelt
from taggers.lint.report import Report

# Whatever a browser is led to believe, it loads nothing and runs nothing.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
li { margin: .3rem 0; overflow-wrap: anywhere }
summary { cursor: pointer; margin: .8rem 0 }
.error { border-left: .4rem solid #c33; padding-left: .6rem }
.warning { border-left: .4rem solid #d90; padding-left: .6rem }
.note { border-left: .4rem solid #69c; padding-left: .6rem }
"""


def page(report: Report, title: str, every: bool = False) -> str:
    """The page; text of the data is escaped, and what does not print in it is spelt.

    >>> from taggers.lint.annotated import Annotated
    >>> from taggers.lint.report import lint
    >>> "<h1>a &amp; b</h1>" in page(lint(Annotated.of({})), "a & b")
    True
    """
    name = escape(spelt(title))
    parts = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{name}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{name}</h1>",
        _list(list(report.summary())),
    ]
    for heading, lines, left in report.sections(every):
        grave = heading.partition(":")[0]
        more = f"<p>and {left:,} more</p>\n" if left else ""
        opened = f'<details class="{grave}"{" open" if grave == "error" else ""}>'
        parts.append(f"{opened}\n<summary>{escape(heading)}</summary>\n{_list(lines)}\n{more}</details>")
    return "\n".join([*parts, "</body>\n</html>\n"])


def _list(lines: list[str]) -> str:
    return "\n".join(["<ul>", *(f"<li>{escape(line)}</li>" for line in lines), "</ul>"])
