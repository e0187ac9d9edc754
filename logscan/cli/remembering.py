"""Options of a report's memory, each said once.

In: what click has parsed. Out: `Remembering`, and from it a report. Never: heavier than click; a memory of logs that somebody just
wants to look at: it is used where it was asked for, by a service, or where no PATH is named.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from logscan.cli.configured import Act

if TYPE_CHECKING:
    from pathlib import Path

    from logscan.model.report import Asked, Nightly, Rule
    from logscan.model.settings import Settings
    from logscan.pipeline.logs.reading import Tick

Function = TypeVar("Function", bound=Callable[..., Any])

#: Days that are kept, unless asked otherwise, and at least: five weeks to compare with.
DAYS = 100
LEAST = 36


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembering:
    """The options, as the user gave them."""

    rebuild: bool = False
    private: bool = False
    retention: int = DAYS
    without_memory: bool = False

    def wanted(self, paths: Sequence[str]) -> bool:
        """Return whether there is to be a memory."""
        named = bool(click.get_current_context().params.get("state")) or bool(
            os.environ.get("STATE_DIRECTORY")
        )
        asked = self.rebuild or self.private or named
        if self.without_memory:
            if self.rebuild or self.private:
                raise click.UsageError("--rebuild and --private are about the memory: leave --no-memory out.")
            return False
        return asked or not paths

    def report(
        self,
        paths: Sequence[str],
        settings: Settings,
        asked: Asked,
        rule: Rule,
        folder: Path,
        tick: Tick | None,
    ) -> Nightly:
        """Make the report. folder: where the memory lies, or lay."""
        from dataclasses import replace  # noqa: PLC0415

        from logscan.app.mailed import every_id, sent_ids  # noqa: PLC0415
        from logscan.app.remembered import Memory, remembered  # noqa: PLC0415
        from logscan.pipeline.report import report  # noqa: PLC0415

        if not self.wanted(paths):
            return report(paths, replace(settings, sent=sent_ids(folder, asked)), asked, rule, tick)
        memory = Memory(folder=folder, rebuild=self.rebuild, private=self.private, days=self.retention)
        return remembered(paths, replace(settings, sent=every_id(folder)), asked, rule, memory, tick)


_OPTIONS = (
    click.option(
        "--rebuild", is_flag=True, cls=Act, help="Forget what is remembered in --state, and read all logs that are there anew."
    ),
    click.option(
        "--private", is_flag=True,
        help="Remember pseudonyms instead of addresses, hosts and names; a memory that began so goes on so.",
    ),
    click.option(
        "--retention", type=click.IntRange(min=LEAST), default=DAYS, show_default=True, metavar="DAYS",
        help="How many days are remembered.",
    ),
    click.option(
        "--no-memory", "without_memory", is_flag=True,
        help="Read the logs for everything that is told. So it is anyway where PATHs are named and --state is not.",
    ),
)  # fmt: skip


def memory_options(function: Function) -> Function:
    """Give a command the options of a memory; it gets them as one argument `remembering`."""

    @wraps(function)
    def call(**given: Any) -> Any:
        mine = {name: given.pop(name) for name in Remembering.__dataclass_fields__}
        return function(remembering=Remembering(**mine), **given)

    wrapped: Any = call
    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[no-any-return]
