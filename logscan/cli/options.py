"""Options that several commands share, each said once.

In: what click has parsed. Out: `Common`, and from it `Settings`.
Never: heavier than click; the command's module imports the rest when it runs.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from logscan.cli.configured import joint, located, standing_paths
from logscan.cli.words import files, zones
from logscan.model.problems import UsageError
from logscan.model.vocabulary import LANGUAGES, Severity

if TYPE_CHECKING:
    from logscan.app.drawing import Look

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """The shared options, still as the user wrote them."""

    since: str | None = None
    until: str | None = None
    tz: str | None = None
    year: int | None = None
    now: str | None = None
    jobs: int | None = None
    lang: str | None = None
    patterns: tuple[str, ...] = ()
    color: str = "auto"
    output: str | None = None
    strict: bool = False
    fail_on: str | None = None
    quiet: bool = False
    verbose: bool = False

    @property
    def language(self) -> str:
        """The language asked for, else that of the locale, else English."""
        return self.lang or language_of(os.environ)

    def look(self, form: str) -> Look:
        """Return how an answer is to look, in this form."""
        from logscan.app.drawing import Look  # noqa: PLC0415  help needs none of it

        return Look(
            form=form, lang=self.language, patterns=self.patterns,
            color=self.color, verbose=self.verbose, quiet=self.quiet,
        )  # fmt: skip


def language_of(environ: Any) -> str:
    """Return the language of LC_ALL, LC_MESSAGES or LANG that we speak, else English."""
    locale = environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG") or ""
    return "zh" if locale.lower().startswith("zh") else "en"


_WINDOW = (
    joint("--since", metavar="T", help="From this time on: a date, `yesterday`, `-24h`, `2 hours ago`."),
    joint("--until", metavar="T", help="Before this time."),
    joint(
        "--tz",
        metavar="ZONE",
        shell_complete=zones,
        help="Zone of stamps that have none [default: this system's].",
    ),
    joint(
        "--year",
        type=click.IntRange(1970, 9999),
        metavar="Y",
        help="Year of a log's first line, for stamps that have none.",
    ),
    joint(
        "--now",
        metavar="T",
        help="The time as of which `ongoing` is judged [default: the last one in the logs].",
    ),
    joint("--jobs", type=click.IntRange(1, 64), metavar="N", help="Threads that parse [default: the cores]."),
    joint("--strict", is_flag=True, help="Exit 4 when some input could not be read."),
    joint("-v", "--verbose", is_flag=True, help="Explain notices and information too."),
)
_TALK = (
    joint("--lang", type=click.Choice(LANGUAGES), help="Language [default: from LC_ALL or LANG]."),
    joint(
        "--patterns", multiple=True, metavar="DIR", type=click.Path(exists=True, file_okay=False),
        help="Folder with rule cards of your own; may be repeated.",
    ),
    joint("--color", type=click.Choice(("auto", "always", "never")), default="auto", show_default=True, help="NO_COLOR is honoured."),
    click.option("-o", "--output", metavar="FILE", shell_complete=files, help="Write there, whole or not at all."),
    joint("-q", "--quiet", is_flag=True, help="Say less."),
)  # fmt: skip

fail_on = joint(
    "--fail-on", type=click.Choice([severity.value for severity in Severity]),
    help="Exit 1 when there is a finding at or above this severity.",
)  # fmt: skip


def shared(*, window: bool = True) -> Callable[[Function], Function]:
    """Give a command the shared options; it gets them as one argument `common`."""

    def decorate(function: Function) -> Function:
        @wraps(function)
        def call(**given: Any) -> Any:
            names = Common.__dataclass_fields__.keys() & given.keys()
            common = Common(**{name: given.pop(name) for name in names})
            if "paths" in given:
                given["paths"] = standing_paths(given["paths"])
            try:
                return function(common=common, **given)
            except UsageError as error:
                raise located(error) from error

        wrapped: Any = call
        for option in reversed((*(_WINDOW if window else ()), *_TALK)):
            wrapped = option(wrapped)
        return wrapped  # type: ignore[no-any-return]

    return decorate
