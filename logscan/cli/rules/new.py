"""`logscan rules new LINE`."""

from __future__ import annotations

import click

from logscan.cli.options import Common, shared


@click.command("new")
@click.argument("line")
@shared(window=False)
def command(line: str, common: Common) -> None:
    """Draft a card from LINE, a whole log line, or `-` for the first line of standard input.

    The draft has the line as its hit, its masked text as pattern, and says what is left to write.
    """
    import sys  # noqa: PLC0415

    from logscan.app.cards import draft  # noqa: PLC0415
    from logscan.cli.output import opened  # noqa: PLC0415
    from logscan.reports.paper import Paper  # noqa: PLC0415

    text = sys.stdin.buffer.readline().decode("utf-8", "replace") if line == "-" else line
    with opened(common) as stream:
        Paper(stream, color="never").raw(draft(text.rstrip("\r\n"), common.patterns))
