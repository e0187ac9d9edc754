"""`logscan rules list`."""

from __future__ import annotations

import click

from logscan.cli.options import Common, shared


@click.command("list")
@click.argument("words", nargs=-1, metavar="[WORD]...")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
@shared(window=False)
def command(words: tuple[str, ...], form: str, common: Common) -> None:
    """List the cards, or those whose id or title holds every WORD."""
    from logscan.cli.output import opened  # noqa: PLC0415
    from logscan.packs.load import load  # noqa: PLC0415
    from logscan.packs.texts import words as texts  # noqa: PLC0415
    from logscan.reports.cards import listing  # noqa: PLC0415
    from logscan.reports.paper import Paper  # noqa: PLC0415

    pack = load(common.patterns)
    chosen = [
        (card, texts(card, common.language, pack))
        for card in pack.cards.values()
        if all(word.lower() in f"{card.id} {card.text.title}".lower() for word in words)
    ]
    with opened(common) as stream:
        listing(chosen, Paper(stream, color=common.color), form=form)
