"""`outages` against what the driver did and saw: each outage found once, in time, and none that was not.

The driver compressed outages to seconds, so the gap that tells two of them apart is compressed too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from logscan.model.outages import Limits, Outage, OutageReport
from logscan.pipeline.outages import report
from tests.truth.reading import REAL, SETTINGS, Json, moment, stamp, truth

TRUTH = truth("A")
WEB = truth("mod_fastcgi")
CLOSE = timedelta(seconds=3)


def told(gap_s: float, *names: str) -> OutageReport:
    return report([str(REAL / name) for name in names], SETTINGS, Limits(gap_s=gap_s))


@pytest.fixture(scope="module")
def of_a() -> OutageReport:
    logs = ("apache-access.log", "apache-error.log", "php-fpm.log", "mail-iso.log.gz")
    return told(2.5, *(f"A/logs/{name}" for name in logs))


@pytest.fixture(scope="module")
def of_mod_fastcgi() -> OutageReport:
    return told(1.4, "mod_fastcgi/access.log", "mod_fastcgi/error.log")


def matching(
    outages: Sequence[Outage], service: str, causes: set[str], begin: datetime, end: datetime
) -> list[Outage]:
    return [
        outage
        for outage in outages
        if outage.service == service
        and outage.cause in causes
        and abs(outage.begin - begin) <= CLOSE
        and abs((outage.end or outage.last) - end) <= CLOSE
    ]


# --- webmail behind mod_fcgid and proxy_fcgi -------------------------------------------------------

SERVICES = {"fcgid": "app.fcgi", "proxy": "127.0.0.1:9000"}
WEB_CAUSES = {
    ("fcgid", "hang"): {"backend-timeout"},
    ("fcgid", "crash"): {"backend-crash"},
    ("fcgid", "trace"): {"backend-unreachable"},  # the script dies of a lost database
    ("fcgid", "nostart"): {"backend-crash"},
    ("proxy", "down"): {"backend-unreachable"},
    ("proxy", "hang"): {"backend-timeout"},
    ("proxy", "crash"): {"backend-crash", "backend-unreachable"},
}


@pytest.mark.parametrize(
    "outage", TRUTH["fcgi"]["outages"], ids=lambda one: f"{one['app']} {one['cause']} {one['begin_iso']}"
)
def test_webmail_outages(outage: Json, of_a: OutageReport) -> None:
    service, causes = SERVICES[outage["app"]], WEB_CAUSES[outage["app"], outage["cause"]]
    begin, last = moment(outage["begin_iso"]), moment(outage["last_failure"])
    found = matching(of_a.outages, service, causes, begin, last)
    assert len(found) == 1
    # one more where the server was still dying when the driver had counted
    assert found[0].failures - outage["failed"] in {0, 1}
    assert found[0].evidence


def test_no_webmail_outage_that_was_not(of_a: OutageReport) -> None:
    columns = TRUTH["fcgi"]["columns"]
    requests = [dict(zip(columns, values, strict=True)) for values in TRUTH["fcgi"]["requests"]]
    failed = [stamp(one["end"]) for one in requests if (one["status"] or 500) >= 500]
    for outage in of_a.outages:
        if outage.kind == "webmail":
            inside = [time for time in failed if outage.begin <= time <= outage.last + timedelta(seconds=1)]
            assert len(inside) >= 3, outage.service


# --- mail ------------------------------------------------------------------------------------------

#: The driver's words -> our service and cause. Where no card can tell the difference, two are one.
MAIL = {
    "stopped": ("milter inet:127.0.0.1:8891", "milter-unavailable"),
    "key file mode 0644 in world-writable directory, RequireSafeKeys": ("opendkim signing", "dkim-signing"),
    "spool file system full": ("spool /var/spool/postfix-out", "local-resources"),
    "free space below 1.5*message_size_limit": ("spool /var/spool/postfix-out", "local-resources"),
    "stopped, then refused to start: bad inet_interfaces": ("postfix/master", "local-config"),
    "no PTR for our address": ("domain kestrelbank.example", "ptr-missing"),
}
#: What the driver saw fail first; an outage begins when somebody notices.
FIRST = {
    "stopped": ("rejects", "reason", "milter-unavailable"),
    "key file mode 0644 in world-writable directory, RequireSafeKeys": (
        "messages", "scenario", "dkim-key-not-secure",
    ),
    "no PTR for our address": ("messages", "scenario", "strict-ptr-expire"),
}  # fmt: skip


def joined(outages: Sequence[Json]) -> list[tuple[str, datetime, datetime]]:
    """Return (cause, begin, end); an outage that begins as another of its service ends goes on with it.

    In between nothing succeeded, so no log can tell them apart.
    """
    made: list[tuple[str, datetime, datetime, str]] = []
    for one in outages:
        begin, end = moment(one["begin_iso"]), moment(one["end_iso"])
        if made and made[-1][3] == one["service"] and begin - made[-1][2] < timedelta(seconds=0.1):
            made[-1] = (made[-1][0], made[-1][1], end, one["service"])
        else:
            made.append((one["cause"], begin, end, one["service"]))
    return [row[:3] for row in made]


@pytest.mark.parametrize(("cause", "begin", "end"), joined(TRUTH["outages"]), ids=str)
def test_mail_outages(cause: str, begin: datetime, end: datetime, of_a: OutageReport) -> None:
    service, means = MAIL[cause]
    if cause in FIRST:
        table, key, name = FIRST[cause]
        begin = min(t for row in TRUTH[table] if row[key] == name and (t := moment(row["time"])) >= begin)
    assert len(matching(of_a.outages, service, {means}, begin, end)) == 1


def test_no_mail_outage_that_was_not(of_a: OutageReport) -> None:
    known = {service for service, _ in MAIL.values()}
    rest = [one for one in of_a.outages if one.kind != "webmail" and one.service not in known]
    # remotes that the driver made refuse, hang up, stay silent or not exist; none that accepted all along
    assert {one.service for one in rest if one.service.startswith("domain ")} == {
        f"domain {name}.example"
        for name in (
            "badtls", "brightmill", "brokendns", "cleartext", "closedport", "doorman", "farland", "flaky", "halfway",
            "mute", "oldguard", "overquota-soon", "trickle", "vaultpost",
        )
    }  # fmt: skip
    # three clients were refused for a milter that the driver had configured and not started
    others = [one for one in rest if not one.service.startswith("domain ")]
    assert [(one.service, one.cause) for one in others] == [
        ("milter inet:localhost:9999", "milter-unavailable")
    ]
    refused = [moment(row["time"]) for row in TRUTH["rejects"] if row["reason"] == "milter-unavailable"]
    assert sum(others[0].begin - CLOSE <= time <= others[0].last + CLOSE for time in refused) == 3


def test_the_start_of_what_failed_brought_it_back(of_a: OutageReport) -> None:
    by = {outage.service: outage.recovered_by for outage in of_a.outages}
    assert by["milter inet:127.0.0.1:8891"] == ("start", "opendkim")
    assert by["postfix/master"] == ("start", "postfix")
    assert by["domain kestrelbank.example"] is None


# --- webmail behind mod_fastcgi, the case that logscan was made for --------------------------------

FASTCGI = {
    "backend process died, connection refused until restarted": {"backend-unreachable"},
    "backend resets connections (single worker broken)": {"backend-crash"},
    "backend closes before headers": {"backend-crash"},
    "backend too slow: idle timeout 3 s": {"backend-timeout"},
}
ONES = [one for one in WEB["outages"] if one["cause"] in FASTCGI]


@pytest.mark.parametrize("outage", ONES, ids=lambda one: f"{one['cause']} {one['begin']}")
def test_mod_fastcgi_outages(outage: Json, of_mod_fastcgi: OutageReport) -> None:
    causes = FASTCGI[outage["cause"]]
    begin, end = moment(outage["begin"]), moment(outage["end"])
    found = matching(of_mod_fastcgi.outages, WEB["backend"], causes, begin, end)
    assert len(found) == 1
    assert found[0].failures == outage["failed"]


def test_malformed_headers_and_a_lost_database_are_one_outage(of_mod_fastcgi: OutageReport) -> None:
    """The driver broke the headers, then the database, with nothing that succeeded in between."""
    [malformed] = [one for one in WEB["outages"] if one["cause"] == "malformed headers"]
    found = of_mod_fastcgi.outages[-2]
    assert abs(found.begin - moment(malformed["begin"])) <= CLOSE
    assert abs((found.end or found.last) - moment(malformed["end"])) <= CLOSE
    assert {"fastcgi.mod-fastcgi.malformed-header", "fastcgi.app.database-lost"} <= set(found.rules)


def test_a_server_that_crashes_until_apache_waits_stays_down(of_mod_fastcgi: OutageReport) -> None:
    """The driver stopped counting after six failures; its own requests show that not one succeeded later."""
    [crashes] = [one for one in WEB["outages"] if one["cause"].startswith("managed process crashes")]
    begin = moment(crashes["begin"])
    later = [r for r in WEB["requests"] if r["path"].startswith("/managed") and moment(r["time"]) >= begin]
    assert {request["code"] for request in later} == {500}
    found = of_mod_fastcgi.outages[-1]
    assert (found.service, found.cause) == ("/srv/webmail/managed.fcgi", "backend-crash")
    assert abs(found.begin - begin) <= CLOSE
    assert found.failures == len(later)
    assert (found.end, found.end_reason) == (None, "silence")


def test_mod_fastcgi_has_no_other_outage(of_mod_fastcgi: OutageReport) -> None:
    assert len(of_mod_fastcgi.outages) == len(WEB["outages"])
    assert [one.service for one in of_mod_fastcgi.outages].count(WEB["backend"]) == len(WEB["outages"]) - 1


def test_a_driver_that_keeps_no_time_has_no_rhythm(of_mod_fastcgi: OutageReport) -> None:
    patterns = {rhythm.service: rhythm.pattern for rhythm in of_mod_fastcgi.rhythms}
    assert patterns == {"/usr/bin/dispatch.fcgi": "none", "/srv/webmail/managed.fcgi": "few"}
