"""`logscan rules test`."""

from __future__ import annotations

import click

from logscan.cli.exits import Exit
from logscan.cli.options import Common, shared
from logscan.cli.words import cards


@click.command("test")
@click.argument("ids", nargs=-1, metavar="[ID]...", shell_complete=cards)
@shared(window=False)
def command(ids: tuple[str, ...], common: Common) -> int:
    """Run the examples of all cards, or of those named, by the real road: exit 1 when one fails."""
    from logscan.app.cards import tried  # noqa: PLC0415
    from logscan.cli.output import opened  # noqa: PLC0415
    from logscan.reports.cards import complaints  # noqa: PLC0415
    from logscan.reports.paper import Paper  # noqa: PLC0415

    found, cards, examples = tried(common.patterns, ids)
    with opened(common) as stream:
        complaints(found, f"{cards} cards, {examples} examples", Paper(stream, color=common.color))
    return Exit.FOUND if found else Exit.DONE
