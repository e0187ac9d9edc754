"""A report as one HTML file: to be mailed, kept, printed, read on a phone.

In: `Report`, phrases, the language's tag. Out: a page that holds all it needs and no script.
Never: a word that was not escaped twice (controls and bidi characters spelled out, then HTML); anything
that a browser would load or run; a moment of its own making: the same report gives the same bytes.

Both escapes happen in the environment (`finalize`, `autoescape`), so that no template can forget them.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from logscan.model.findings import Report
from logscan.model.safety import escape
from logscan.model.version import __version__
from logscan.reports import outage_words, sentences
from logscan.reports.wording import Wording

TEMPLATES = Path(__file__).parent / "templates"
STYLE = (TEMPLATES / "report.css").read_text(encoding="utf-8")


def policy(style: str, script: str | None = None) -> str:
    """Return what a browser may do with a page: nothing may load; style sheet and script are known by their digests."""
    runs = f"script-src {_digest(script)}; " if script else ""
    return f"default-src 'none'; style-src {_digest(style)}; {runs}base-uri 'none'; form-action 'none'"


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


POLICY = policy(STYLE)

#: Tags of HTML's `lang`, from our languages.
TAGS = {"en": "en", "zh": "zh-Hans"}

#: How much of long lists is shown; the rest is counted.
NAMES = 20
UNEXPLAINED = 50
INPUTS = 50
OUTAGES = 20

_CODE = re.compile(r"`([^`]+)`")


def page(report: Report, words: Wording, *, lang: str, verbose: bool = False, quiet: bool = False) -> str:
    """Return the whole page. verbose: notices and information stand open too. quiet: glance only."""
    return environment().get_template("report.html.j2").render(
        report=report,
        words=words,
        say=words.say,
        s=sentences,
        o=outage_words,
        lang=TAGS[lang],
        verbose=verbose,
        quiet=quiet,
        style=Markup(STYLE),  # noqa: S704  our own file
        policy=Markup(POLICY),  # noqa: S704  our own words; its quotes are not to be spelled out
        version=__version__,
        tally=sentences.tally(report),
        most={"names": NAMES, "outages": OUTAGES, "unexplained": UNEXPLAINED, "inputs": INPUTS},
    )  # fmt: skip


def environment() -> Environment:
    """Return what makes pages of templates; both escapes are in it."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["marked"] = marked
    made.filters["links"] = sentences.links
    return made


def _visible(value: Any) -> Any:
    """Return what is about to be written with everything invisible spelled out."""
    return escape(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def marked(text: str) -> Markup:
    """Return prose in which `what stands between backticks` is code.

    >>> marked("set `a<b` to <i>")
    Markup('set <code>a&lt;b</code> to &lt;i&gt;')
    """
    # split with one group: prose and code take turns
    turns = (
        Markup("<code>{}</code>").format(piece) if index % 2 else Markup("{}").format(piece)
        for index, piece in enumerate(_CODE.split(escape(text)))
    )
    return Markup("").join(turns)
