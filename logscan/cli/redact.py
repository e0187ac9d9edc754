"""`logscan redact`: the same lines, fit for strangers."""

from __future__ import annotations

import click

from logscan.cli.exits import done
from logscan.cli.options import Common, shared
from logscan.cli.words import files


@click.command("redact")
@click.argument("paths", nargs=-1, metavar="[PATH]...", shell_complete=files)
@click.option(
    "--key",
    metavar="FILE|TEXT",
    shell_complete=files,
    help="The same pseudonyms in every run with this key: a file's content, or the text itself, which others see in the list of"
    " processes [default: a key that nobody knows and that is gone afterwards].",
)
@shared()
def command(paths: tuple[str, ...], key: str | None, common: Common) -> int:
    """Print the same lines with pseudonyms, to be shown to strangers.

    Mail addresses, accounts, host names, IP addresses, Message-IDs, subjects, session ids, selectors, values in URLs and names of folders and
    files become other ones, the same in all files of one run; times, queue IDs, codes and the words of programs stay, and so do the names of
    large providers and of block lists, because findings hang on them. Name all logs in one call: they come out one after the other, each
    line once.

    Without --key nobody can find out a name by trying. Whoever has the key can: keep it to yourself.

    What people or other servers wrote as free text stays, but for what looks like a name or an address in it: read the result
    before you publish it.
    """
    import sys  # noqa: PLC0415

    from logscan.app.asking import settings_of  # noqa: PLC0415
    from logscan.app.secrets import key_of  # noqa: PLC0415
    from logscan.cli.output import opened, refuse_unwritable  # noqa: PLC0415
    from logscan.cli.progress import progress  # noqa: PLC0415
    from logscan.pipeline.redact import Redacted  # noqa: PLC0415
    from logscan.reports.paper import Paper  # noqa: PLC0415
    from logscan.reports.redacted import write  # noqa: PLC0415

    refuse_unwritable(common)
    secret = key_of(key)
    with progress(quiet=common.quiet) as tick:
        redacted = Redacted(paths, settings_of(common), secret, tick)
        with opened(common) as stream:
            write(redacted, Paper(stream, color="never"))
    notes = Paper(sys.stderr, color=common.color)
    for problem in redacted.problems:
        notes.line(f"{problem.where}: {problem.reason}; {problem.help}")
    if not common.quiet:
        notes.line(
            f"{redacted.lines:,} line{'' if redacted.lines == 1 else 's'} printed, {redacted.unparsed:,} of them not understood."
            " Read them before you publish them: free text is left as it was."
        )
    return done(common, redacted.problems)
