"""One period by all verbs, beside the periods before it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from logscan.app.periods import Wish, asked
from logscan.model.baseline import HIGH, NOTICE, WARNING, Anomaly, Baseline, Guide
from logscan.model.outages import Limits
from logscan.model.problems import NothingRead
from logscan.model.report import GREEN, RED, UNKNOWN, YELLOW, Nightly, Rule
from logscan.model.settings import Settings
from logscan.model.vocabulary import Severity
from logscan.pipeline.bounces import bounces
from logscan.pipeline.flow import flow
from logscan.pipeline.outages import report as outages_of
from logscan.pipeline.report import light, report
from tests.unit.pipeline import weeks
from tests.unit.pipeline.written import iso, write
from tests.unit.reports import made

ROOT = Path(__file__).parents[3]
WEEKS = ROOT / "sample-logs" / "weeks"
MORNING = datetime(2026, 11, 25, 5, tzinfo=UTC)
RULE = Rule()
ODD = Anomaly(
    metric="bounced", direction=HIGH, since=MORNING, until=MORNING + timedelta(hours=1), seen=0.5, usual=0.1, low=0.0, high=0.2,
    score=5.0, weight=WARNING,
)  # fmt: skip


def told(
    *paths: str | Path,
    now: datetime = MORNING,
    wish: Wish | None = None,
    zone: str = "UTC",
    rule: Rule = RULE,
) -> Nightly:
    settings = Settings(zone=zone, jobs=1, now=now)
    wanted = asked(wish or Wish(), now, ZoneInfo(zone), rule.weeks)
    return report([str(path) for path in paths], settings, wanted, rule)


@pytest.fixture(scope="module")
def tuesday() -> Nightly:
    return told(WEEKS)


def test_the_sample_is_what_its_maker_makes(tmp_path: Path) -> None:
    for place in weeks.write(tmp_path):
        assert place.read_bytes() == (WEEKS / place.name).read_bytes()


def test_what_happened_on_tuesday_is_new_and_mondays_newsletter_is_gone(tuesday: Nightly) -> None:
    before = {
        (one.kind, one.subject, one.key): (one.before, one.now)
        for one in tuesday.changes
        if one.against == "before"
    }
    assert before == {
        ("new", "finding", "postfix.smtpd.milter-unavailable"): (0, 4),
        ("new", "finding", "postfix.smtp.no-reverse-dns"): (0, 14),
        ("new", "finding", "postfix.smtp.blocklisted"): (0, 9),
        ("new", "cause", "ptr-missing"): (0, 14),
        ("new", "cause", "ip-blocklisted"): (0, 9),
        ("new", "destination", "strict.example"): (0, 14),
        ("new", "destination", "shop.example"): (0, 9),
        ("gone", "finding", "postfix.smtp.mailbox-full"): (12, 0),
        ("gone", "cause", "mailbox-full"): (12, 0),
        ("gone", "destination", "mailbox.example"): (12, 0),
    }


def test_against_tuesdays_the_newsletter_is_nothing(tuesday: Nightly) -> None:
    weekly = [one for one in tuesday.changes if one.against == "weekday"]
    assert {one.kind for one in weekly} == {"new"}
    assert "mailbox-full" not in {one.key for one in weekly}
    assert [len(one.periods) for one in tuesday.compared_to] == [1, 4]


def test_a_day_like_all_others_has_no_change() -> None:
    thursday = told(WEEKS, now=datetime(2026, 11, 20, 5, tzinfo=UTC))
    assert (thursday.light, thursday.changes) == (GREEN, ())
    assert thursday.signed.signed == thursday.signed.mails == 16


def test_how_far_the_logs_reach() -> None:
    # The 10th of November is a Tuesday; of the 20th of October the logs hold only what came after eight.
    third = told(WEEKS, now=datetime(2026, 11, 11, 5, tzinfo=UTC))
    assert [len(one.periods) for one in third.compared_to] == [1, 2]
    first = told(WEEKS, now=datetime(2026, 10, 21, 5, tzinfo=UTC))
    assert [len(one.periods) for one in first.compared_to] == [0, 0]
    assert (first.changes, first.before, first.weekday) == ((), None, ())
    assert first.logs[0] is not None
    assert first.logs[0].date() == date(2026, 10, 20)


def test_numbers_are_those_of_the_verbs(tuesday: Nightly) -> None:
    settings = Settings(
        zone="UTC", jobs=1, since=tuesday.period.since, until=tuesday.period.until, now=tuesday.period.until
    )
    paths = [str(WEEKS)]
    assert tuesday.flow.sums == flow(paths, settings).sums
    assert tuesday.bounces.by_cause == bounces(paths, settings).by_cause
    assert tuesday.bounces.still_queued == bounces(paths, settings).still_queued
    alone = outages_of(paths, settings, Limits())
    assert tuesday.outages.outages == alone.outages
    assert tuesday.scan.findings == alone.scanned.findings
    monday = replace(settings, since=tuesday.period.since - timedelta(days=1), until=tuesday.period.since)
    assert tuesday.before is not None
    assert tuesday.before.sums == flow(paths, monday).sums


def test_a_week_is_compared_with_weeks() -> None:
    found = told(WEEKS, wish=Wish(length="week"))
    assert found.period.seconds == 7 * 86_400
    assert [len(one.periods) for one in found.compared_to] == [1, 3]
    assert found.changes == ()


def test_statements_are_of_the_end_of_the_period_and_not_of_later(tuesday: Nightly) -> None:
    assert tuesday.as_of == tuesday.period.until == tuesday.bounces.as_of
    assert len(tuesday.bounces.still_queued) == 14


# --- hours of a day ------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_a_day_of_another_length_holds_all_its_hours(day: date, hours: int, tmp_path: Path) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    midnight = datetime(day.year, day.month, day.day, tzinfo=berlin).astimezone(UTC)
    lines = [
        iso(midnight + timedelta(minutes=30 * half), f"{1000 + half:06X}A1: to=<a@b.example>, relay=local, delay=1, delays=0/0/0/1, "
            "dsn=2.0.0, status=sent (delivered to maildir)", program="postfix/local[7]")
        for half in range(-2 * 48, 2 * 48)
    ]  # fmt: skip
    log = write(tmp_path / "mail.log", lines)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=berlin)
    found = told(log, zone="Europe/Berlin", now=midnight + timedelta(days=3), wish=Wish(date=noon))
    assert found.period.seconds == hours * 3600
    assert found.flow.sums.delivered == 2 * hours
    assert found.before is not None
    assert found.before.sums.delivered == 48
    assert found.changes == ()


# --- what cannot be said -------------------------------------------------------------------------


def test_a_period_without_a_line_is_no_quiet_one() -> None:
    found = told(WEEKS, now=datetime(2026, 12, 5, 5, tzinfo=UTC))
    assert (found.light, found.scan.totals.events) == (UNKNOWN, 0)
    assert found.signed.why == "none-sent"


def test_nothing_to_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NothingRead):
        told(tmp_path / "none.log")


def test_logs_that_begin_later_than_others_are_not_compared(tmp_path: Path) -> None:
    weeks.write(tmp_path)
    error = (
        "[{:%a %b %d %H:%M:%S} 2026] [error] [client 192.0.2.7] Premature end of script headers: mail.fcgi\n"
    )
    times = [datetime(2026, 11, 24, 8, minute, tzinfo=UTC) for minute in range(20)]
    (tmp_path / "error.log").write_text("".join(error.format(time) for time in times))
    found = told(tmp_path)
    assert found.compared_to[0].missing == ("apache-error",)
    assert "fastcgi.cgi.no-headers" in {finding.rule for finding in found.scan.findings}
    assert "fastcgi.cgi.no-headers" not in {change.key for change in found.changes}
    assert found.changes


def test_where_signing_is_not_logged_its_share_is_unknown(tmp_path: Path) -> None:
    lines = [line for of in range(3) for line in weeks.day(date(2026, 11, 22 + of)).text()]
    silent = [line for line in lines if "field added" not in line]
    absent = told(write(tmp_path / "a" / "mail.log", silent))
    assert (absent.signed.mails, absent.signed.signed, absent.signed.why) == (None, None, "absent")
    starts = "2026-11-24T00:00:01+00:00 mail opendkim[871]: OpenDKIM Filter v2.11.0 starting (args: -x /etc/opendkim.conf)\n"
    heard = told(write(tmp_path / "b" / "mail.log", [*silent, starts]))
    assert (heard.signed.signed, heard.signed.why) == (None, "silent")


def test_mail_of_which_some_left_unsigned(tmp_path: Path) -> None:
    lines = list(weeks.day(date(2026, 11, 24)).text())
    lines.remove(next(line for line in lines if "field added" in line))
    found = told(write(tmp_path / "mail.log", lines))
    assert (found.signed.mails, found.signed.signed) == (16, 15)


# --- the light -----------------------------------------------------------------------------------


def test_the_light_is_that_of_the_worst() -> None:
    assert light(made.quiet()) == GREEN
    assert light(made.REPORT) == YELLOW
    critical = replace(made.FINDING, severity=Severity.CRITICAL)
    assert light(replace(made.REPORT, findings=(made.NOTICE, critical))) == RED
    assert light(replace(made.quiet(), findings=(made.NOTICE,))) == GREEN
    assert light(replace(made.quiet(), problems=made.REPORT.problems)) == YELLOW
    assert light(replace(made.quiet(), unexplained=made.REPORT.unexplained)) == YELLOW
    nothing = replace(made.quiet().totals, events=0)
    assert light(replace(made.quiet(), totals=nothing)) == UNKNOWN


def test_hours_that_ask_for_a_look_turn_a_green_light_yellow_and_nothing_else() -> None:
    warning, notice = (
        Baseline(enough=True, days=30, guide=Guide(), anomalies=(replace(ODD, weight=weight),))
        for weight in (WARNING, NOTICE)
    )
    assert light(made.quiet(), warning) == YELLOW
    assert light(made.quiet(), notice) == GREEN
    assert light(made.quiet(), Baseline(enough=False, days=3, guide=Guide())) == GREEN
    nothing = replace(made.quiet().totals, events=0)
    assert light(replace(made.quiet(), totals=nothing), warning) == UNKNOWN
    critical = replace(made.FINDING, severity=Severity.CRITICAL)
    assert light(replace(made.REPORT, findings=(critical,)), warning) == RED


# --- what is usual -------------------------------------------------------------------------------


def test_the_days_that_are_read_anyway_are_no_history_for_a_day(tuesday: Nightly) -> None:
    assert tuesday.baseline is not None
    assert (tuesday.baseline.enough, tuesday.baseline.days) == (False, 5)
    assert tuesday.odd == ()


def test_weeks_are_history_for_a_week() -> None:
    found = told(WEEKS, wish=Wish(length="week"))
    assert found.baseline is not None
    assert (found.baseline.enough, found.baseline.days, found.baseline.hours) == (True, 21, 7 * 24)
    assert found.baseline.judged == ("silence", "received", "delivered", "bounced", "deferrals", "rejected")
    assert found.odd == ()


def test_hours_after_the_last_line_are_not_judged(tuesday: Nightly) -> None:
    assert tuesday.baseline is not None
    assert tuesday.baseline.hours == 15
