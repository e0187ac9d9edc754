"""`logscan outages`: when a service failed, and with which rhythm."""

from __future__ import annotations

import click

from logscan.cli.exits import done
from logscan.cli.options import Common, fail_on, shared
from logscan.cli.words import files


@click.command("outages")
@click.argument("paths", nargs=-1, metavar="[PATH]...", shell_complete=files)
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json", "html")),
    default="text",
    show_default=True,
)
@click.option(
    "--gap",
    type=click.FloatRange(0, min_open=True),
    default=900.0,
    show_default=True,
    metavar="SECONDS",
    help="Failures further apart begin a new outage.",
)
@click.option(
    "--min-failures",
    type=click.IntRange(1),
    default=3,
    show_default=True,
    metavar="N",
    help="Fewer failures are no outage.",
)
@fail_on
@shared()
def command(paths: tuple[str, ...], form: str, gap: float, min_failures: int, common: Common) -> int:
    """Tell when webmail, a milter, a destination or a daemon failed, its rhythm, its cause and its cure.

    PATH as for scan. Give it the access log too: only what succeeded tells when an outage was over.
    """
    from logscan.app.asking import settings_of  # noqa: PLC0415
    from logscan.app.drawing import draw_outages  # noqa: PLC0415
    from logscan.cli.output import opened, refuse_unwritable  # noqa: PLC0415
    from logscan.cli.progress import progress  # noqa: PLC0415
    from logscan.model.outages import Limits  # noqa: PLC0415
    from logscan.pipeline.outages import report  # noqa: PLC0415

    settings = settings_of(common)
    refuse_unwritable(common)
    with progress(quiet=common.quiet) as tick:
        result = report(paths, settings, Limits(gap_s=gap, min_failures=min_failures), tick)
    with opened(common) as stream:
        draw_outages(result, stream, common.look(form))
    ruled = {rule for outage in result.outages for rule in outage.rules}
    read = result.scanned
    return done(
        common, read.problems, (finding.severity for finding in read.findings if finding.rule in ruled)
    )
