"""`logscan report`: what is to be known of yesterday."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from logscan.cli.clashes import settle
from logscan.cli.configured import NOBODY, strength
from logscan.cli.exits import Exit, done
from logscan.cli.mailing import Posting, clock, mail, mail_options
from logscan.cli.options import Common, fail_on, shared
from logscan.cli.remembering import Remembering, memory_options
from logscan.cli.timer import timed
from logscan.cli.words import files

if TYPE_CHECKING:
    from logscan.app.mailing import Outcome
    from logscan.app.posting import Post
    from logscan.model.report import Nightly
    from logscan.model.settings import Settings

#: A plugin's code for every failure.
PLUGIN_UNKNOWN = 3


class _Plugin(click.Command):
    """A command that ends as a plugin does where --status-line is given: 3 for every failure, wrong usage included."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        if "--status-line" not in args:
            return settle(super().make_context(info_name, args, parent, **extra))
        with _unknown():
            return settle(super().make_context(info_name, args, parent, **extra))
        raise AssertionError  # `_unknown` has raised

    def invoke(self, ctx: click.Context) -> Any:
        if not ctx.params.get("status_line"):
            return super().invoke(ctx)
        with _unknown():
            return super().invoke(ctx)
        raise AssertionError


@contextmanager
def _unknown() -> Iterator[None]:
    """Turn what goes wrong into a plugin's line and code."""
    import sys  # noqa: PLC0415

    from logscan.app.drawing import line  # noqa: PLC0415
    from logscan.model.problems import LogscanError  # noqa: PLC0415
    from logscan.reports import status  # noqa: PLC0415

    try:
        yield
    except click.ClickException as error:
        reason = error.format_message()
    except LogscanError as error:
        reason = str(error)
    else:
        return
    line(status.failure(reason), sys.stdout)
    raise click.exceptions.Exit(PLUGIN_UNKNOWN)


@click.command("report", cls=_Plugin)
@click.argument("paths", nargs=-1, metavar="[PATH]...", shell_complete=files)
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "html", "markdown", "json")),
    default="text",
    show_default=True,
)
@click.option("--date", metavar="DAY", help="A day of the period [default: of the last whole one].")
@click.option(
    "--period",
    "length",
    type=click.Choice(("day", "week", "month")),
    default="day",
    show_default=True,
    help="How much; weeks begin on Monday.",
)
@click.option(
    "--only-if",
    type=click.Choice(("problems", "changes")),
    help="Print nothing, and mail once a week only, when there is no problem, or when nothing changed.",
)
@click.option(
    "--prometheus",
    metavar="FILE",
    shell_complete=files,
    help="Write the numbers there too, for node_exporter's textfile collector.",
)
@click.option(
    "--charts",
    metavar="DIR",
    shell_complete=files,
    help="Write the charts there as PNGs, too; made if it is not there.",
)
@click.option(
    "--status-line",
    is_flag=True,
    help="Print one line with performance data, and end with a plugin's exit code: 0 ok, 1 warning, 2 critical, 3 unknown.",
)
@timed
@mail_options
@memory_options
@fail_on
@shared()
def command(
    paths: tuple[str, ...],
    form: str,
    date: str | None,
    length: str,
    only_if: str | None,
    prometheus: str | None,
    charts: str | None,
    *,
    status_line: bool,
    posting: Posting,
    remembering: Remembering,
    common: Common,
) -> int:
    """Tell of a day, a week or a month: the verdict, what changed, what to do, and the numbers.

    It is compared with the period before and the same weekday of up to four last weeks, as far as the logs reach: give
    the rotated ones too. PATH as for scan. `ongoing` and `still queued` are meant as of the end of the period; --now is
    the clock by which `yesterday` is known.
    """
    post = posting.ready()
    report = _made(paths, date, length, prometheus, charts, common, posting, remembering)
    outcome = _mailed(report, post, only_if, common) if post is not None else None
    if status_line:
        return _plugin(report, common, outcome)
    if post is None or strength("form") > NOBODY or common.output is not None:
        _told(report, form, only_if, common)
    elif outcome is None and not common.quiet:
        _nothing(report, str(only_if), common)
    if outcome is not None and outcome.left:
        return Exit.NOT_MAILED
    return done(common, report.problems, (finding.severity for finding in report.scan.findings))


def _mailed(report: Nightly, post: Post, only_if: str | None, common: Common) -> Outcome | None:
    """Mail the report, or a sign of life when it has nothing to tell and one is due. Return what came of it, if anything."""
    from logscan.app.mailing import alive_due  # noqa: PLC0415

    if only_if is None or _worth(report, only_if):
        return mail(report, post, common)
    if alive_due(post, clock(common)):
        return mail(report, post, common, only_if=only_if)
    return None


def _nothing(report: Nightly, only_if: str, common: Common) -> None:
    import sys  # noqa: PLC0415

    from logscan.app.drawing import draw_nothing  # noqa: PLC0415

    draw_nothing(report, sys.stderr, common.look("text"), only_if=only_if)


def _told(report: Nightly, form: str, only_if: str | None, common: Common) -> None:
    from logscan.app.drawing import draw_report  # noqa: PLC0415
    from logscan.cli.output import opened  # noqa: PLC0415

    if only_if is not None and not _worth(report, only_if):
        if not common.quiet:
            _nothing(report, only_if, common)
    else:
        with opened(common) as stream:
            draw_report(report, stream, common.look(form))


def _plugin(report: Nightly, common: Common, outcome: Outcome | None) -> int:
    from logscan.app.drawing import draw_status  # noqa: PLC0415
    from logscan.cli.output import opened  # noqa: PLC0415

    with opened(common) as stream:
        unsent = outcome is not None and bool(outcome.left)
        return draw_status(report, stream, common.look("text"), unsent=unsent)


def _made(
    paths: tuple[str, ...],
    date: str | None,
    length: str,
    prometheus: str | None,
    charts: str | None,
    common: Common,
    posting: Posting,
    remembering: Remembering,
) -> Nightly:
    """Return the report, its numbers written for Prometheus and its charts as pictures where that was asked for."""
    from datetime import UTC, datetime  # noqa: PLC0415

    from logscan.app.asking import settings_of  # noqa: PLC0415
    from logscan.app.periods import Wish, asked  # noqa: PLC0415
    from logscan.app.times import moment  # noqa: PLC0415
    from logscan.cli.output import refuse_unwritable  # noqa: PLC0415
    from logscan.cli.pictures import refuse_unready  # noqa: PLC0415
    from logscan.cli.progress import progress  # noqa: PLC0415
    from logscan.model.report import Rule  # noqa: PLC0415
    from logscan.parsers.zone import zone  # noqa: PLC0415

    settings = settings_of(common)
    local, now, rule = zone(settings.zone).info, settings.now or datetime.now(UTC), Rule()
    day = moment(date, now=now, zone=local, option="--date") if date else None
    wish = Wish(length=length, date=day, since=settings.since, until=settings.until)
    wanted = asked(wish, now, local, rule.weeks)
    for target in (common, replace(common, output=prometheus)):
        refuse_unwritable(target)
    refuse_unready(charts)
    with progress(quiet=common.quiet) as tick:
        made = remembering.report(paths, settings, wanted, rule, posting.folder, tick)
    if prometheus is not None:
        _numbers(made, prometheus)
    if charts is not None:
        _pictures(made, settings, charts)
    return made


def _numbers(report: Nightly, target: str) -> None:
    from pathlib import Path  # noqa: PLC0415

    from logscan.cli.output import whole  # noqa: PLC0415
    from logscan.reports import prometheus  # noqa: PLC0415

    with whole(Path(target)) as place:
        place.write_text(prometheus.text(report), encoding="utf-8")


def _pictures(report: Nightly, settings: Settings, folder: str) -> None:
    from logscan.app.drawing import report_pictures  # noqa: PLC0415
    from logscan.cli.pictures import save  # noqa: PLC0415
    from logscan.reports.report_pictures import FILES  # noqa: PLC0415

    save(folder, report_pictures(report, settings.lang, settings.patterns), FILES)


def _worth(report: Nightly, only_if: str) -> bool:
    """Return whether the report is to be printed: where nothing could be compared, a problem is a change."""
    from logscan.model.report import GREEN  # noqa: PLC0415

    compared = any(one.periods for one in report.compared_to)
    if only_if == "changes" and compared:
        return bool(report.changes or report.odd)
    return report.light != GREEN
