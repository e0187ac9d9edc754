"""`logscan bounces`: what failed or waits, why, and how far it reaches."""

from __future__ import annotations

import click

from logscan.cli.configured import GIVEN, NOBODY, strength
from logscan.cli.exits import done
from logscan.cli.options import Common, shared
from logscan.cli.words import files


@click.command("bounces")
@click.argument("paths", nargs=-1, metavar="[PATH]...", shell_complete=files)
@click.option(
    "--format", "form", type=click.Choice(("text", "json", "csv")), default="text", show_default=True
)
@click.option(
    "--queue",
    metavar="FILE|-|live",
    shell_complete=files,
    help="What still waits, by Postfix itself: a file with the output of `postqueue -j`, `-` for standard input, `live` to ask "
    "the Postfix of this host. Without it: by the logs.",
)
@click.option(
    "--queue-lifetime",
    metavar="DURATION",
    default="5d",
    show_default=True,
    help="How long a mail waits before it is given up: maximal_queue_lifetime. Unasked, and where the logs are this host's, its Postfix tells.",
)
@click.option(
    "--bounce-lifetime",
    metavar="DURATION",
    default="5d",
    show_default=True,
    help="The same for mail of the null sender: bounce_queue_lifetime.",
)
@shared()
def command(
    paths: tuple[str, ...],
    form: str,
    queue: str | None,
    queue_lifetime: str,
    bounce_lifetime: str,
    common: Common,
) -> int:
    """Tell which deliveries failed or wait, why, whose move it is, and how far the trouble reaches.

    By cause, by provider (told by the names of its servers) and by domain; what was put off and arrived after all
    stands apart. PATH is a log file, a folder, a glob or `-`; rotated and compressed files are one timeline. Without
    PATH: the logs below /var/log.
    """
    from logscan.app.asking import settings_of  # noqa: PLC0415
    from logscan.app.drawing import draw_bounced  # noqa: PLC0415
    from logscan.app.times import duration  # noqa: PLC0415
    from logscan.cli.output import opened, refuse_unwritable  # noqa: PLC0415
    from logscan.cli.progress import progress  # noqa: PLC0415
    from logscan.pipeline.bounces import bounces  # noqa: PLC0415
    from logscan.pipeline.mails.waiting import Lifetimes  # noqa: PLC0415

    if queue == "-" and "-" in paths:
        if strength("queue") == GIVEN:
            raise click.UsageError("Standard input cannot be the log and the queue at once.")
        queue = None  # what stands in a file gives way
    settings = settings_of(common)
    lifetimes = Lifetimes(
        mail=duration(queue_lifetime, option="--queue-lifetime"),
        source=_source("queue_lifetime"),
        bounce=duration(bounce_lifetime, option="--bounce-lifetime"),
        bounce_source=_source("bounce_lifetime"),
    )
    refuse_unwritable(common)
    with progress(quiet=common.quiet) as tick:
        answer = bounces(paths, settings, lifetimes=lifetimes, queue_at=queue, tick=tick)
    with opened(common) as stream:
        draw_bounced(answer, stream, common.look(form))
    return done(common, answer.problems)


def _source(name: str) -> str:
    return "option" if strength(name) > NOBODY else "default"
