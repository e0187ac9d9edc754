"""`logscan scan`: the main job."""

from __future__ import annotations

import click

from logscan.cli.exits import done
from logscan.cli.options import Common, fail_on, shared
from logscan.cli.words import files


@click.command("scan")
@click.argument("paths", nargs=-1, metavar="[PATH]...", shell_complete=files)
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json", "html", "markdown")),
    default="text",
    show_default=True,
)
@fail_on
@shared()
def command(paths: tuple[str, ...], form: str, common: Common) -> int:
    """Find, explain and prove what is wrong.

    PATH is a log file, a folder, a glob or `-`; rotated and compressed files are one timeline.
    Without PATH: the mail and web logs below /var/log, and the systemd journal where no mail log is there;
    `journal` asks for it by name.
    """
    from logscan.app.asking import settings_of  # noqa: PLC0415
    from logscan.app.drawing import draw  # noqa: PLC0415
    from logscan.cli.output import opened, refuse_unwritable  # noqa: PLC0415
    from logscan.cli.progress import progress  # noqa: PLC0415
    from logscan.pipeline.scan import report  # noqa: PLC0415

    settings = settings_of(common)
    refuse_unwritable(common)
    with progress(quiet=common.quiet) as tick:
        result = report(paths, settings, tick)
    with opened(common) as stream:
        draw(result, stream, common.look(form))
    return done(common, result.problems, (finding.severity for finding in result.findings))
