"""`logscan flow`: the numbers of mail traffic."""

from __future__ import annotations

import click

from logscan.cli.configured import strength
from logscan.cli.exits import done
from logscan.cli.options import Common, shared
from logscan.cli.words import files


@click.command("flow")
@click.argument("paths", nargs=-1, metavar="[PATH]...", shell_complete=files)
@click.option(
    "--format", "form", type=click.Choice(("text", "json", "csv")), default="text", show_default=True
)
@click.option(
    "--top", type=click.IntRange(1, 1_000_000), default=10, show_default=True, metavar="N",
    help="Names in each list of senders, recipients, domains and clients.",
)  # fmt: skip
@click.option(
    "--compat",
    type=click.Choice(("pflogsumm-1.1.5", "pflogsumm-1.3.0")),
    help="Print what that program would print of the same logs: its Grand Totals and tables.",
)
@click.option(
    "--why-differs",
    is_flag=True,
    help="Print our numbers, and where and why those of --compat [pflogsumm-1.1.5] are others.",
)
@shared()
def command(
    paths: tuple[str, ...], form: str, top: int, compat: str | None, *, why_differs: bool, common: Common
) -> int:
    """Count mail: received, delivered, deferred, bounced, refused; by hour, day, name and cause.

    PATH is a log file, a folder, a glob or `-`; rotated and compressed files are one timeline.
    Without PATH: the mail logs below /var/log.
    """
    import sys  # noqa: PLC0415

    from logscan.app.asking import settings_of  # noqa: PLC0415
    from logscan.app.drawing import draw_flow, draw_pflogsumm, notes  # noqa: PLC0415
    from logscan.cli.output import opened, refuse_unwritable  # noqa: PLC0415
    from logscan.cli.progress import progress  # noqa: PLC0415
    from logscan.pipeline import flow  # noqa: PLC0415

    imitated = compat is not None and not why_differs
    if imitated and form != "text":
        form, compat = _stronger(form, compat)
        imitated = compat is not None
    if imitated and form != "text":
        raise click.UsageError(
            f"--compat prints text as that program does, not {form}; --why-differs has it."
        )
    settings = settings_of(common)
    refuse_unwritable(common)
    version = (compat or "pflogsumm-1.1.5").removeprefix("pflogsumm-")
    with progress(quiet=common.quiet) as tick:
        if imitated:
            summary, problems = flow.compat(paths, settings, version, tick)
        elif why_differs:
            counted = flow.compared(paths, settings, version, tick, top=top)
        else:
            counted = flow.flow(paths, settings, tick, top=top)
    with opened(common) as stream:
        if imitated:
            draw_pflogsumm(summary, stream)
            notes(summary, problems, sys.stderr, common.look("text"))
        else:
            problems = counted.read.problems
            draw_flow(counted, stream, common.look(form))
    return done(common, problems)


def _stronger(form: str, compat: str | None) -> tuple[str, str | None]:
    """Return the stronger of two wishes that exclude each other, or both where neither is."""
    ahead = strength("form") - strength("compat")
    if ahead > 0:
        return form, None
    return ("text", compat) if ahead < 0 else (form, compat)
