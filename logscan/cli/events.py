"""`logscan events`: the normalised events."""

from __future__ import annotations

import click

from logscan.cli.exits import done
from logscan.cli.options import Common, shared
from logscan.cli.words import files


@click.command("events")
@click.argument("paths", nargs=-1, metavar="[PATH]...", shell_complete=files)
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "jsonl", "csv", "parquet")),
    default="text",
    show_default=True,
)
@shared()
def command(paths: tuple[str, ...], form: str, common: Common) -> int:
    """Print the normalised events: one per record of the logs, with every field that it holds."""
    import sys  # noqa: PLC0415

    from logscan.app.asking import settings_of  # noqa: PLC0415
    from logscan.cli.output import opened, packed, refuse_unwritable  # noqa: PLC0415
    from logscan.cli.progress import progress  # noqa: PLC0415
    from logscan.pipeline.events import Events  # noqa: PLC0415
    from logscan.reports import tables  # noqa: PLC0415
    from logscan.reports.paper import Paper  # noqa: PLC0415

    if form == "parquet" and common.output in (None, "-") and sys.stdout.isatty():
        raise click.UsageError("Parquet is not for terminals: add -o FILE or redirect the output.")
    refuse_unwritable(common)
    with progress(quiet=common.quiet) as tick:
        events = Events(paths, settings_of(common), tick)
        if form == "parquet":
            with packed(common) as place:
                tables.write_parquet(events, place)
        else:
            with opened(common) as stream:
                paper = Paper(stream, color=common.color)
                {"text": tables.write_text, "jsonl": tables.write_jsonl, "csv": tables.write_csv}[form](
                    events, paper
                )
    notes = Paper(sys.stderr, color=common.color)
    for problem in events.problems:
        notes.line(f"{problem.where}: {problem.reason}; {problem.help}")
    return done(common, events.problems)
