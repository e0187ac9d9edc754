"""`logscan trace`: the way of one mail."""

from __future__ import annotations

import click

from logscan.cli.configured import GIVEN, NOBODY, standing_paths, strength
from logscan.cli.exits import done
from logscan.cli.options import Common, shared
from logscan.cli.words import files


@click.command("trace")
@click.argument("words", nargs=-1, metavar="QUERY [PATH]...", shell_complete=files)
@click.option("--all", "every", is_flag=True, help="Every message; there is no QUERY then.")
@click.option(
    "--queue-lifetime",
    metavar="DURATION",
    default="5d",
    show_default=True,
    help="How long a mail waits before it is given up: maximal_queue_lifetime.",
)
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
@shared()
def command(words: tuple[str, ...], every: bool, queue_lifetime: str, form: str, common: Common) -> int:
    """Tell the way of one mail, or of all mail of an address, a domain or a client.

    QUERY is a queue ID or the beginning of one, a Message-ID, an address, a domain, a client's name or
    address, a login, or the ID that a remote server gave the mail. PATH is a log file, a folder, a glob or
    `-`; rotated and compressed files are one timeline. Without PATH: the logs below /var/log.
    """
    from logscan.app.asking import settings_of  # noqa: PLC0415
    from logscan.app.drawing import draw_traced  # noqa: PLC0415
    from logscan.app.times import duration  # noqa: PLC0415
    from logscan.cli.output import opened, refuse_unwritable  # noqa: PLC0415
    from logscan.cli.progress import progress  # noqa: PLC0415
    from logscan.pipeline.trace import Trace  # noqa: PLC0415

    if not every and not words:
        raise click.UsageError("What shall be traced? Give a queue ID, an address or the like, or --all.")
    every = every and not (
        words and strength("every") < GIVEN
    )  # a QUERY is stronger than what stands in a file
    query, paths = (None, words) if every else (words[0], words[1:])
    paths = standing_paths(paths)
    settings = settings_of(common)
    lifetime = duration(queue_lifetime, option="--queue-lifetime")
    asked = strength("queue_lifetime") > NOBODY
    refuse_unwritable(common)
    with progress(quiet=common.quiet) as tick:
        trace = Trace(
            paths, settings, query, lifetime_s=lifetime.total_seconds(),
            lifetime_source="option" if asked else "default", tick=tick,
        )  # fmt: skip
        with opened(common) as stream:
            draw_traced(trace, stream, common.look(form))
    return done(common, trace.problems)
