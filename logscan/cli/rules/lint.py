"""`logscan rules lint`."""

from __future__ import annotations

import click

from logscan.cli.exits import Exit
from logscan.cli.options import Common, shared


@click.command("lint")
@shared(window=False)
def command(common: Common) -> int:
    """Check every card without running it; exit 1 when something is wrong."""
    from logscan.app.cards import faults  # noqa: PLC0415
    from logscan.cli.output import opened  # noqa: PLC0415
    from logscan.reports.cards import complaints  # noqa: PLC0415
    from logscan.reports.paper import Paper  # noqa: PLC0415

    found, count = faults(common.patterns)
    with opened(common) as stream:
        complaints(found, f"{count} cards", Paper(stream, color=common.color))
    return Exit.FOUND if found else Exit.DONE
