"""`logscan rules show ID`."""

from __future__ import annotations

import click

from logscan.cli.options import Common, shared
from logscan.cli.words import cards


@click.command("show")
@click.argument("ids", nargs=-1, required=True, metavar="ID...", shell_complete=cards)
@shared(window=False)
def command(ids: tuple[str, ...], common: Common) -> None:
    """Show what a card says: what it means, why it happens, what to do, and its examples."""
    import difflib  # noqa: PLC0415

    from logscan.cli.output import opened  # noqa: PLC0415
    from logscan.packs.load import load  # noqa: PLC0415
    from logscan.packs.texts import words  # noqa: PLC0415
    from logscan.reports.cards import page  # noqa: PLC0415
    from logscan.reports.paper import Paper  # noqa: PLC0415

    pack = load(common.patterns)
    for name in ids:
        if name not in pack.cards:
            near = difflib.get_close_matches(name, pack.cards, n=1, cutoff=0.5)
            raise click.UsageError(f"No card {name!r}." + (f" Did you mean {near[0]}?" if near else ""))
    with opened(common) as stream:
        paper = Paper(stream, color=common.color)
        for name in ids:
            page(pack.cards[name], words(pack.cards[name], common.language, pack), paper)
