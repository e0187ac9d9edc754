"""Requests and outages against what the driver saw: each request, each beginning, each failure.

In: truth.json of A and of mod_fastcgi, the events of their logs with the cards that match them.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import polars as pl
import pytest

from tests.truth.reading import EventsOf, Json, moment, stamp, truth

TRUTH = truth("A")
WEB = truth("mod_fastcgi")


# --- requests -----------------------------------------------------------------------------------------


def test_requests_of_mod_fastcgi(events_of: EventsOf) -> None:
    """Line by line, in order: path, status, and the second."""
    rows = list(events_of("mod_fastcgi/access.log").iter_rows(named=True))
    told = [(row["url"], row["http_status"]) for row in rows]
    assert told == [(request["path"], request["code"]) for request in WEB["requests"]]
    late = [
        (row["line"], row["time"])
        for row, request in zip(rows, WEB["requests"], strict=True)
        if abs(row["time"] - moment(request["time"])) > timedelta(seconds=1)
    ]
    assert late == []


def test_requests_of_mod_fcgid_and_proxy_fcgi(events_of: EventsOf) -> None:
    rows = list(events_of("A/logs/apache-access.log").iter_rows(named=True))
    columns = TRUTH["fcgi"]["columns"]
    requests = [dict(zip(columns, values, strict=True)) for values in TRUTH["fcgi"]["requests"]]
    told = Counter((row["url"], row["http_status"], row["client_ip"]) for row in rows)
    seen = Counter((request["path"], request["status"], request["src"]) for request in requests)
    # Bytes that are no request; and one request that the driver made after it had counted.
    raw = [request for request in seen - told if request[0].startswith("b'")]
    assert seen - told == Counter(raw)
    assert len(raw) == 3
    assert told - seen == Counter(
        {
            ("/", 400, "203.0.113.151"): 1,
            (None, 400, "203.0.113.151"): 1,
            ("/x.php", 503, "203.0.113.152"): 1,
        }
    )
    spans: dict[tuple[str, int, str], list[tuple[datetime, datetime]]] = {}
    for request in requests:
        span = (stamp(request["t"]) - timedelta(seconds=1), stamp(request["end"]))
        spans.setdefault((request["path"], request["status"], request["src"]), []).append(span)
    wrong = [
        row["line"]
        for row in rows
        if (row["url"], row["http_status"], row["client_ip"]) in spans
        and not any(
            begin <= row["time"] <= end
            for begin, end in spans[row["url"], row["http_status"], row["client_ip"]]
        )
    ]
    assert wrong == []


# --- outages: the first failure that the driver saw, and the first line about it -------------------

SOON = timedelta(seconds=3)


def blamed(rows: pl.DataFrame, causes: set[str], since: datetime) -> pl.Series:
    """Return the times of the lines from `since` on that cards explain by one of the causes."""
    return rows.filter(pl.col("cause").is_in(list(causes)) & (pl.col("time") >= since))["time"]


def first(rows: pl.DataFrame, causes: set[str], since: datetime) -> datetime | None:
    found = blamed(rows, causes, since).min()
    return found if isinstance(found, datetime) else None


def near(told: datetime | None, seen: datetime, within: timedelta = SOON) -> bool:
    return told is not None and abs(told - seen) <= within


#: Cause of an outage of mail -> causes of the cards, and the failures that the driver saw.
MAIL_OUTAGES = {
    "stopped": ({"milter-unavailable"}, ("rejects", "milter-unavailable")),
    "key file mode 0644 in world-writable directory, RequireSafeKeys": (
        {"dkim-signing"}, ("messages", "dkim-key-not-secure"),
    ),
    "no PTR for our address": ({"ptr-missing"}, ("messages", "strict-ptr-expire")),
    "spool file system full": ({"local-resources"}, ("messages", "queue-file-write-error")),
    "free space below 1.5*message_size_limit": ({"local-resources"}, ("rejects", "insufficient-storage")),
    "stopped, then refused to start: bad inet_interfaces": (
        {"local-config", "service-lifecycle"}, ("rejects", "postfix-down"),
    ),
}  # fmt: skip


def test_every_outage_of_mail_is_known() -> None:
    assert {outage["cause"] for outage in TRUTH["outages"]} == set(MAIL_OUTAGES)


@pytest.mark.parametrize(
    "outage", TRUTH["outages"], ids=lambda outage: f"{outage['service']}: {outage['cause']}"
)
def test_mail_outages_begin_in_time(outage: Json, events_of: EventsOf) -> None:
    rows = events_of("A/logs/mail-iso.log.gz")  # one outage ends and another begins within a second
    causes, (table, name) = MAIL_OUTAGES[outage["cause"]]
    key = "reason" if table == "rejects" else "scenario"
    begin = moment(outage["begin_iso"])
    failures = [moment(row["time"]) for row in TRUTH[table] if row[key] == name]
    seen = min(failure for failure in failures if failure >= begin)
    told = first(rows, causes, begin)
    assert near(told, seen), (told, seen)


#: (app, cause) -> causes of the cards.
WEB_OUTAGES = {
    ("fcgid", "hang"): {"backend-timeout"},
    ("fcgid", "crash"): {"backend-crash"},
    ("fcgid", "trace"): {"backend-unreachable", "backend-crash"},  # the script dies of a lost database
    ("fcgid", "nostart"): {"backend-crash", "local-config"},
    ("proxy", "down"): {"backend-unreachable"},
    ("proxy", "hang"): {"backend-timeout"},
    ("proxy", "crash"): {"backend-crash", "backend-unreachable"},
}


@pytest.mark.parametrize(
    "outage",
    TRUTH["fcgi"]["outages"],
    ids=lambda outage: f"{outage['app']} {outage['cause']} {outage['begin_iso']}",
)
def test_fastcgi_outages_begin_in_time(outage: Json, events_of: EventsOf) -> None:
    rows = events_of("A/logs/apache-error.log")
    causes = WEB_OUTAGES[outage["app"], outage["cause"]]
    begin = moment(outage["begin_iso"])
    told = first(rows, causes, begin)
    assert near(told, moment(outage["first_failure"])), (told, outage["first_failure"])
    # A line for every request that failed, before the last of them was answered.
    times = blamed(rows, causes, begin)
    assert (times <= moment(outage["last_failure"]) + timedelta(seconds=1)).sum() >= outage["failed"]


#: A hang shows when it times out, and not before.
IDLE = timedelta(seconds=3)
WEB_CAUSES = {
    "backend process died, connection refused until restarted": {"backend-crash", "backend-unreachable"},
    "backend resets connections (single worker broken)": {"backend-crash"},
    "backend closes before headers": {"backend-crash"},
    "backend too slow: idle timeout 3 s": {"backend-timeout"},
    "malformed headers": {"protocol-error"},
    "managed process crashes, module restarts it": {"backend-crash"},
}


@pytest.mark.parametrize("outage", WEB["outages"], ids=lambda outage: f"{outage['cause']} {outage['begin']}")
def test_mod_fastcgi_outages_begin_in_time(outage: Json, events_of: EventsOf) -> None:
    rows = events_of("mod_fastcgi/error.log")
    begin = moment(outage["begin"])
    within = SOON + IDLE if "idle timeout" in outage["cause"] else SOON
    causes = WEB_CAUSES[outage["cause"]]
    told = first(rows, causes, begin)
    assert near(told, begin, within), (told, begin)
    times = blamed(rows, causes, begin)
    assert (times <= moment(outage["end"]) + timedelta(seconds=1)).sum() >= outage["failed"]
