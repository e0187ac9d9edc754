"""`logscan config`: what the configuration files say, and what may stand there."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from logscan.cli.configured import configuration, tree


def _tables(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    names = (".".join(place) for place in tree(ctx))
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


@click.command("config")
@click.argument("words", nargs=-1, metavar="[COMMAND]", shell_complete=_tables)
@click.option("--template", is_flag=True, help="Print a file to begin with: every option, as a comment.")
def command(words: tuple[str, ...], *, template: bool) -> None:
    """Show what stands in the configuration files; for a COMMAND, all its options, what holds and who said so.

    The files are /etc/logscan.toml and ~/.config/logscan.toml ($XDG_CONFIG_HOME/logscan.toml); --config FILE, before the
    command, or LOGSCAN_CONFIG names another one, and an empty name none. What is printed is TOML.

    Whatever does not hold in a file is told with its line, and the exit code is 2.
    """
    import sys  # noqa: PLC0415

    from logscan.app.config import toml  # noqa: PLC0415
    from logscan.reports.paper import Paper  # noqa: PLC0415

    ctx = click.get_current_context()
    known = tree(ctx)
    if template:
        lines = [*toml.template(known)]
    else:
        kept = configuration(ctx)
        lines = [*toml.looked(kept)]
        place = tuple(".".join(words).split(".")) if words else ()
        if place and place not in known:
            raise click.UsageError(
                f"No such table: {'.'.join(place)}. There are: {', '.join(map('.'.join, known))}."
            )
        lines += toml.holding(kept, place, known[place]) if place else toml.stated(kept)
    paper = Paper(sys.stdout, color="never")
    for line in lines:
        paper.line(line)
