"""`logscan rules`: what the packs hold, and the tools to write cards."""

from __future__ import annotations

import click

from logscan.cli.main import LazyGroup

COMMANDS = {
    "list": ("logscan.cli.rules.list", "List the cards."),
    "show": ("logscan.cli.rules.show", "Show what one card says."),
    "lint": ("logscan.cli.rules.lint", "Check cards without running them."),
    "test": ("logscan.cli.rules.test", "Run the cards' examples by the real road."),
    "new": ("logscan.cli.rules.new", "Draft a card from a line."),
}


@click.group("rules", cls=LazyGroup, lazy=COMMANDS)
def command() -> None:
    """Rule cards: what is there, what one says, and the tools to write one."""
