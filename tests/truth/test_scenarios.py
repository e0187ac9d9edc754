"""Every misfortune that was played is found, and blamed on the right thing in the right direction.

In: scenarios.toml, written from truth.json; the events of the logs with the cards that match them,
and the report that `scan --format json` gives. Out: one test for every row, on the lines and on the report.
Never: a number from the program's own output.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

import polars as pl
import pytest

from tests.truth.reading import EventsOf, Json, ScanOf, moment, table, truth

TRUTH = truth("A")
WEB = truth("mod_fastcgi")
TABLE = table()
COMPLETE: Json = TABLE["complete"]
MIXED = [
    pytest.param(scenario, pattern, id=f"{scenario} {pattern}")
    for scenario, rows in TABLE["mixed"].items()
    for pattern in rows
]
#: Reasons whose line, about a client, holds the very reply that it read.
SPOKEN = [
    reason
    for reason, row in TABLE["rejects"].items()
    if row["direction"] == "inbound" and reason not in COMPLETE["wordless_refusals"]
]
LOGS = {
    "mail": "A/logs/mail.log",
    "apache": "A/logs/apache-error.log",
    "php-fpm": "A/logs/php-fpm.log",
    "mod_fastcgi": "mod_fastcgi/error.log",
}
#: A line may come a little after what it tells of; Syslog's old stamps are whole seconds.
EARLY, LATE = timedelta(seconds=1), timedelta(seconds=6)


# --- the table itself ----------------------------------------------------------------------------


def failures(message: Json) -> list[str]:
    """Return the recipients that a mail, once it was in our queue, did not reach at once."""
    return [
        recipient
        for recipient, fate in message["recipients"].items()
        if fate.get("deferrals") or fate["final"] in {"bounced", "expired", "deferred"}
    ]


def refusals(message: Json) -> list[str]:
    return [to for to, fate in message["recipients"].items() if fate["final"] == "rejected"]


def scenarios(unlucky: Callable[[Json], list[str]]) -> set[str]:
    return {message["scenario"] for message in TRUTH["messages"] if unlucky(message)}


def test_no_scenario_is_forgotten() -> None:
    played = {message["scenario"] for message in TRUTH["messages"]}
    failed = set(TABLE["messages"]) | set(TABLE["mixed"])
    refused = set(TABLE["refused"])
    assert failed == scenarios(failures)
    assert refused == scenarios(refusals)
    unharmed = set(COMPLETE["delivered"]) | set(COMPLETE["diverted"])
    assert unharmed & (failed | refused) == set()
    assert unharmed | failed | refused == played


@pytest.mark.parametrize("scenario", COMPLETE["delivered"])
def test_what_is_called_delivered_was(scenario: str, mail: pl.DataFrame) -> None:
    messages = [message for message in TRUTH["messages"] if message["scenario"] == scenario]
    fates = [fate for message in messages for fate in message["recipients"].values()]
    assert {(fate["final"], fate.get("deferrals", 0)) for fate in fates} == {("sent", 0)}
    ids = [queue_id for message in messages for queue_id in queue_ids(message)]
    blamed = mail.filter(
        pl.col("queue_id").is_in(ids) & (pl.col("direction") == "outbound") & pl.col("rule").is_not_null()
    )
    assert blamed.filter(pl.col("kind") == "delivery").select("line", "rule").rows() == []


def test_no_refusal_session_or_signature_is_forgotten() -> None:
    pairs = (
        ({row["reason"] for row in TRUTH["rejects"]}, TABLE["rejects"], COMPLETE["not_refused"]),
        ({row["kind"] for row in TRUTH["sessions"]}, TABLE["sessions"], COMPLETE["quiet_sessions"]),
        ({row["case"] for row in TRUTH["dkim"]}, TABLE["signatures"], COMPLETE["quiet_signatures"]),
    )
    for played, rows, quiet in pairs:
        assert set(rows) & set(quiet) == set()
        assert set(rows) | set(quiet) == played


def test_mixed_fates_are_one_each() -> None:
    for scenario, rows in TABLE["mixed"].items():
        for message in TRUTH["messages"]:
            if message["scenario"] == scenario:
                assert [sum(bool(re.match(pattern, to)) for pattern in rows) for to in failures(message)] == (
                    [1] * len(failures(message))
                )


# --- what the rows ask for -----------------------------------------------------------------------


def explained(rows: pl.DataFrame, row: Json) -> pl.DataFrame:
    """Return the lines that a card explains as the row of the table has it."""
    return rows.filter(pl.col("cause").is_in(row["cause"]) & (pl.col("direction") == row["direction"]))


def findings(report: Json, row: Json) -> list[Json]:
    return [
        finding
        for finding in report["findings"]
        if finding["cause"] in row["cause"] and finding["direction"] == row["direction"]
    ]


def total(found: Iterable[Json], what: str) -> int:
    return sum(finding[what] for finding in found)


def by_client(found: Iterable[Json]) -> Counter[str]:
    """Return how many events of the findings concern each client's address."""
    counts: Counter[str] = Counter()
    for finding in found:
        for name, count in finding["affected"]["clients"].items():
            counts[re.sub(r"^.*\[(.*)\]$", r"\1", name)] += count
    return counts


# --- mails that failed ---------------------------------------------------------------------------


def failed(scenario: str, pattern: str = "") -> Iterator[tuple[Json, str]]:
    for message in TRUTH["messages"]:
        if message["scenario"] == scenario:
            yield from ((message, to) for to in failures(message) if re.match(pattern, to))


def queue_ids(message: Json) -> set[str]:
    """Return the queue IDs of a mail in our two instances."""
    own = {message["queue_ids"].get(instance) for instance in ("ours", "out")}
    chain = {hop["queue_id"] for hop in message["queue_ids"].get("all", ()) if hop["instance"] != "remote"}
    return {queue_id for queue_id in own | chain if queue_id}


def check_failed(row: Json, mails: Iterable[tuple[Json, str]], lines: pl.DataFrame) -> None:
    """Every failed attempt of a mail is explained, and by nothing that the truth does not know."""
    wrong = []
    for message, recipient in mails:
        mine = lines.filter(
            pl.col("queue_id").is_in(list(queue_ids(message)))
            & ((pl.col("recipient") == recipient) | (pl.col("orig_recipient") == recipient))
            & ((pl.col("kind") == "reject") | pl.col("status").is_in(["deferred", "bounced"]))
        )
        if not mine.height or explained(mine, row).height < mine.height:
            wrong.append((message["n"], recipient, mine.select("rule", "direction", "reason").rows()))
    assert wrong == []


def check_reported(row: Json, report: Json) -> None:
    """The report counts at least the mails of this row and of every row that asks for no more."""
    rows = [
        (scenario, "", other) for scenario, other in TABLE["messages"].items()
    ] + [
        (scenario, pattern, other)
        for scenario, others in TABLE["mixed"].items()
        for pattern, other in others.items()
    ]  # fmt: skip
    mails = {
        message["n"]
        for scenario, pattern, other in rows
        if other["direction"] == row["direction"] and set(other["cause"]) <= set(row["cause"])
        for message, _ in failed(scenario, pattern)
    }
    found = findings(report, row)
    assert mails
    assert total(found, "messages") >= len(mails)
    assert total(found, "count") >= len(mails)


@pytest.mark.parametrize("scenario", TABLE["messages"])
def test_mails(scenario: str, mail: pl.DataFrame, scan_of: ScanOf) -> None:
    row = TABLE["messages"][scenario]
    check_failed(row, failed(scenario), mail)
    check_reported(row, scan_of(LOGS["mail"]))


@pytest.mark.parametrize(("scenario", "pattern"), MIXED)
def test_mails_with_many_fates(scenario: str, pattern: str, mail: pl.DataFrame, scan_of: ScanOf) -> None:
    row = TABLE["mixed"][scenario][pattern]
    check_failed(row, failed(scenario, pattern), mail)
    check_reported(row, scan_of(LOGS["mail"]))


# --- mails that we did not take ------------------------------------------------------------------


@pytest.mark.parametrize("scenario", TABLE["refused"])
def test_refused_mails_of_ours(scenario: str, mail: pl.DataFrame, scan_of: ScanOf) -> None:
    row = TABLE["refused"][scenario]
    lines = explained(mail, row)
    messages = [m for m in TRUTH["messages"] if m["scenario"] == scenario and refusals(m)]
    wrong = []
    for message in messages:
        when = moment(message["time"])
        near = lines.filter(pl.col("time").is_between(when - EARLY, when + LATE))
        if row["direction"] == "inbound":
            near = near.filter(
                pl.col("recipient").is_in(refusals(message)) & (pl.col("client_ip") == message["smtp"]["src"])
            )
        if not near.height:
            wrong.append(message["n"])
    assert wrong == []
    assert int(lines["repeat"].sum()) >= len(messages)
    assert total(findings(scan_of(LOGS["mail"]), row), "count") >= len(messages)


@pytest.mark.parametrize("reason", TABLE["rejects"])
def test_refused_clients(reason: str, mail: pl.DataFrame, scan_of: ScanOf) -> None:
    row = TABLE["rejects"][reason]
    rejects = [reject for reject in TRUTH["rejects"] if reject["reason"] == reason]
    lines = explained(mail, row)
    found = findings(scan_of(LOGS["mail"]), row)
    assert int(lines["repeat"].sum()) >= len(rejects)
    assert total(found, "count") >= len(rejects)
    if row["direction"] == "local":
        return
    seen = Counter(reject["client"] for reject in rejects)
    told: Counter[str] = Counter()
    for client, repeat in lines.select("client_ip", "repeat").drop_nulls().iter_rows():
        told[client] += repeat
    assert {client: told[client] >= count for client, count in seen.items()} == dict.fromkeys(seen, True)
    in_report = by_client(found)
    assert {client: in_report[client] >= count for client, count in seen.items()} == dict.fromkeys(seen, True)


@pytest.mark.parametrize("reason", SPOKEN)
def test_the_very_words_that_a_client_read_are_explained(reason: str, mail: pl.DataFrame) -> None:
    said = {(reject["client"], reject["reply"]) for reject in TRUTH["rejects"] if reject["reason"] == reason}
    spoken = pl.DataFrame(sorted(said), schema=["client_ip", "reply"], orient="row")
    lines = mail.filter(pl.col("kind").is_in(["reject", "milter-reject"])).join(
        spoken, on=["client_ip", "reply"]
    )
    assert lines.height
    wrong = lines.join(explained(lines, TABLE["rejects"][reason]), on="line", how="anti")
    assert wrong.select("line", "rule", "direction").rows() == []


def test_a_milter_outage_counts_once_per_session(mail: pl.DataFrame, scan_of: ScanOf) -> None:
    """Three lines a client, CONNECT, EHLO and MAIL, and one refusal."""
    row = TABLE["rejects"]["milter-unavailable"]
    rejects = [reject for reject in TRUTH["rejects"] if reject["reason"] == "milter-unavailable"]
    assert len(rejects) == 9
    (client,) = {reject["client"] for reject in rejects}
    found = findings(scan_of(LOGS["mail"]), row)
    assert total(found, "sessions") == len(rejects)
    assert by_client(found)[client] == 3 * len(rejects)
    (finding,) = [one for one in found if one["sessions"]]
    # And the one that sendmail(1) wanted to hand over in the meantime, which waits.
    waiting = [m for m in TRUTH["messages"] if m["scenario"] == "sendmail-during-milter-outage"]
    assert finding["count"] == 3 * len(rejects) + len(waiting)
    stages = explained(mail, row).filter(pl.col("client_ip") == client)["stage"].to_list()
    assert Counter(stages) == dict.fromkeys(("CONNECT", "EHLO", "MAIL"), len(rejects))


# --- sessions and signatures ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", TABLE["sessions"])
def test_sessions(kind: str, mail: pl.DataFrame, scan_of: ScanOf) -> None:
    row = TABLE["sessions"][kind]
    sessions = [session for session in TRUTH["sessions"] if session["kind"] == kind]
    lines = explained(mail, row)
    found = findings(scan_of(LOGS["mail"]), row)
    wrong = []
    for session in sessions:
        when = moment(session["time"])
        near = lines.filter(pl.col("time").is_between(when - EARLY, when + LATE))
        if row["direction"] == "inbound":
            near = near.filter(pl.col("client_ip") == session["client"])
        if not near.height:
            wrong.append(session["time"])
    assert wrong == []
    assert total(found, "count") >= len(sessions)
    if row["direction"] == "inbound":
        seen = Counter(session["client"] for session in sessions)
        in_report = by_client(found)
        assert all(in_report[client] >= count for client, count in seen.items())
        assert total(found, "sessions") >= len(sessions)


@pytest.mark.parametrize("case", TABLE["signatures"])
def test_signatures(case: str, mail: pl.DataFrame, scan_of: ScanOf) -> None:
    row = TABLE["signatures"][case]
    signatures = [signature for signature in TRUTH["dkim"] if signature["case"] == case]
    lines = explained(mail.filter(pl.col("family") == "opendkim"), row)
    wrong = []
    for signature in signatures:
        if queue_id := signature["queue_id"]:
            mine = lines.filter(pl.col("queue_id") == queue_id)
        else:  # a mail of ours that was refused while it was handed over: the driver never saw its queue ID
            when = moment(signature["time"])
            mine = lines.filter(pl.col("time").is_between(when - EARLY, when + LATE))
        if not mine.height:
            wrong.append(signature["time"])
    assert wrong == []
    others = [
        signature
        for other, asked in TABLE["signatures"].items()
        if set(asked["cause"]) <= set(row["cause"])
        for signature in TRUTH["dkim"]
        if signature["case"] == other
    ]
    found = findings(scan_of(LOGS["mail"]), row)
    assert total(found, "count") >= len(others)
    assert total(found, "messages") >= sum(1 for signature in others if signature["queue_id"])


@pytest.mark.parametrize("case", COMPLETE["quiet_signatures"])
def test_good_signatures_are_not_blamed(case: str, mail: pl.DataFrame) -> None:
    ids = [signature["queue_id"] for signature in TRUTH["dkim"] if signature["case"] == case]
    lines = mail.filter((pl.col("family") == "opendkim") & pl.col("queue_id").is_in(ids))
    assert lines.height >= len(ids) > 0
    assert lines.filter(pl.col("rule").is_not_null()).select("line", "rule").rows() == []


# --- faults of our own ---------------------------------------------------------------------------


def _outages(service: str, *causes: str) -> int:
    return sum(o["failed"] for o in TRUTH["outages"] if o["service"] == service and o["cause"] in causes)


def _fastcgi(app: str, *causes: str) -> int:
    return sum(o["failed"] for o in TRUTH["fcgi"]["outages"] if o["app"] == app and o["cause"] in causes)


def _mod_fastcgi(words: str) -> int:
    return sum(outage["failed"] for outage in WEB["outages"] if re.match(words, outage["cause"]))


def _signed(*cases: str) -> int:
    return sum(signature["case"] in cases for signature in TRUTH["dkim"])


def _events(kind: str) -> int:
    return sum(event["kind"] == kind for event in TRUTH["events"])


#: Beginning of `what` -> the number in the truth that `least` must be.
NUMBERS = {
    "opendkim stopped": _outages("opendkim", "stopped"),
    "opendkim key readable": _signed("key-not-secure", "key-unreadable"),
    "DKIM verification": _signed("bad-body", "bad-header", "wrong-key"),
    "spool file system full": _outages("postfix-out", "spool file system full"),
    "postfix refused to start": sum("bad inet_interfaces" in o["cause"] for o in TRUTH["outages"]),
    "php-fpm behind proxy_fcgi": _fastcgi("proxy", "down", "crash"),
    "proxy_fcgi backend hung": _fastcgi("proxy", "hang"),
    "mod_fcgid worker crashed": _fastcgi("fcgid", "crash"),
    "all workers of Apache busy": _events("max-request-workers"),
    "mod_fastcgi: the external server died": _mod_fastcgi("backend process died"),
    "mod_fastcgi: connections reset": _mod_fastcgi("backend resets|backend closes"),
    "mod_fastcgi: idle timeout": _mod_fastcgi("backend too slow"),
    "PHP script killed": sum(
        app == "php-fpm" and status == 503 for _, _, app, status, *_ in TRUTH["fcgi"]["requests"]
    ),
}


@pytest.mark.parametrize("fault", TABLE["faults"], ids=lambda fault: fault["what"])
def test_faults(fault: Json, events_of: EventsOf, scan_of: ScanOf) -> None:
    (number,) = [number for words, number in NUMBERS.items() if fault["what"].startswith(words)]
    assert fault["least"] == number
    assert int(explained(events_of(LOGS[fault["log"]]), fault)["repeat"].sum()) >= number
    assert total(findings(scan_of(LOGS[fault["log"]]), fault), "count") >= number
