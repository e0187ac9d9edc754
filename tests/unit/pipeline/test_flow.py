"""`flow` on small logs: queue IDs, hours of a clock that is put back, windows, refusals in one session."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from logscan.model.flow import Flow
from logscan.model.problems import NothingRead
from logscan.model.settings import Settings
from logscan.pipeline.flow import compared, compat, flow

HERE = Settings(zone="UTC", year=2026, now=datetime(2026, 11, 30, tzinfo=UTC))


def mail(stamp: str, queue_id: str, *, to: str = "a@x.example", status: str = "sent (250 ok)") -> str:
    return (
        f"{stamp} mx1 postfix/smtpd[1]: {queue_id}: client=mx.y.example[192.0.2.1]\n"
        f"{stamp} mx1 postfix/qmgr[2]: {queue_id}: from=<B@Y.Example>, size=1000, nrcpt=1 (queue active)\n"
        f"{stamp} mx1 postfix/smtp[3]: {queue_id}: to=<{to}>, relay=mx.x.example[192.0.2.9]:25, delay=1.5, "
        f"delays=0.1/0.2/0.4/0.8, dsn=2.0.0, status={status}\n"
        f"{stamp} mx1 postfix/qmgr[2]: {queue_id}: removed\n"
    )


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "mail.log"


def told(log: Path, text: str, settings: Settings = HERE) -> Flow:
    log.write_text(text, encoding="utf-8")
    return flow([str(log)], settings)


def test_an_id_that_is_used_again_is_another_mail(log: Path) -> None:
    found = told(log, mail("Nov  1 10:00:00", "AAAAAA1") + mail("Nov  1 11:00:00", "AAAAAA1"))
    assert (found.sums.received, found.sums.delivered, found.sums.bytes_received) == (2, 2, 2000)
    assert found.sums.bytes_delivered == 2000
    [sender] = found.top.senders
    assert (sender.name, sender.messages, sender.recipients, sender.bytes) == ("B@y.example", 2, 2, 2000)
    assert [(each.name, each.messages) for each in found.top.recipient_domains] == [("x.example", 2)]


def test_a_mail_of_two_recipients_in_one_domain_is_one_mail_there(log: Path) -> None:
    lines = mail("Nov  1 10:00:00", "AAAAAA1").splitlines(keepends=True)
    second = lines[2].replace("a@x.example", "c@X.EXAMPLE")
    found = told(log, "".join([*lines[:3], second, lines[3]]))
    [domain] = found.top.recipient_domains
    assert (domain.messages, domain.recipients, domain.bytes) == (1, 2, 2000)
    assert {each.name for each in found.top.recipients} == {"a@x.example", "c@x.example"}


def test_delays_are_exact(log: Path) -> None:
    found = told(log, mail("Nov  1 10:00:00", "AAAAAA1"))
    by_stage = {each.stage: (each.p50, each.max, each.count) for each in found.delays}
    assert by_stage == {
        "before_qmgr": (0.1, 0.1, 1),
        "in_qmgr": (0.2, 0.2, 1),
        "connection": (0.4, 0.4, 1),
        "transmission": (0.8, 0.8, 1),
        "total": (1.5, 1.5, 1),
    }


def test_percentiles_are_the_smallest_value_that_so_many_do_not_exceed(log: Path) -> None:
    text = "".join(
        mail("Nov  1 10:00:00", f"AAAAAA{number:03}").replace("delay=1.5", f"delay={number}")
        for number in range(1, 101)
    )
    total = told(log, text).delays[-1]
    assert (total.p50, total.p90, total.p95, total.p98, total.max) == (50, 90, 95, 98, 100)


def test_an_hour_that_the_clock_shows_twice_is_two_hours(log: Path) -> None:
    text = "".join(
        mail(stamp, f"AAAAAA{number}")
        for number, stamp in enumerate(
            ("2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z", "2026-10-25T22:59:00Z")
        )
    )
    found = told(log, text, replace(HERE, zone="Europe/Berlin"))
    assert [(each.start.isoformat(), each.received) for each in found.per_hour] == [
        ("2026-10-25T02:00:00+02:00", 1),
        ("2026-10-25T02:00:00+01:00", 1),
        ("2026-10-25T03:00:00+01:00", 1),
        ("2026-10-25T23:00:00+01:00", 1),
    ]
    # The day began in summer time.
    assert [(each.start.isoformat(), each.delivered) for each in found.per_day] == [
        ("2026-10-25T00:00:00+02:00", 4)
    ]


def test_hours_of_a_zone_of_half_an_hour(log: Path) -> None:
    found = told(log, mail("2026-11-01T10:15:00Z", "AAAAAA1"), replace(HERE, zone="Asia/Kolkata"))
    assert [each.start.isoformat() for each in found.per_hour] == ["2026-11-01T15:00:00+05:30"]


def hop(queue_id: str, client: str, relay: str, said: str, program: str = "smtp") -> list[str]:
    """Return the lines of a queue ID: until it waits, and from its delivery on."""
    begin = f"Nov  1 10:00:00 mx1.y.example postfix/{{}}[1]: {queue_id}: "
    client = f"smtpd client=mx[{client}]" if client != "pickup" else "pickup uid=8 from=<b@y.example>"
    lines = [
        client,
        "cleanup message-id=<m1@y.example>",
        "qmgr from=<b@y.example>, size=1000, nrcpt=1 (queue active)",
        f"{program} to=<a@x.example>, relay={relay}, delay=0.5, delays=0.1/0/0/0.4, dsn=2.0.0, status=sent ({said})",
        "qmgr removed",
    ]
    parts = (line.partition(" ") for line in lines)
    told = [begin.format(program) + text + "\n" for program, _, text in parts]
    return ["".join(told[:3]), "".join(told[3:])]


AWAY = ("mx.x.example[192.0.2.9]:25", "250 2.0.0 Ok: queued as 4jYSvC1fMnzp3qy")


@pytest.mark.parametrize(
    ("relay", "said", "program", "back", "is_filter"),
    [
        ("127.0.0.1[127.0.0.1]:10024", "250 2.0.0 Ok: queued as BBBBBB2", "smtp", "127.0.0.1", True),
        ("127.0.0.1[127.0.0.1]:10024", "250 2.0.0 Ok, id=1-2, from MTA: 250 Ok", "lmtp", "127.0.0.1", True),
        ("av[172.18.0.3]:10024", "250 2.0.0 Ok: queued as BBBBBB2", "smtp", "172.18.0.3", True),
        (
            "av[172.18.0.3]:10024",
            "250 2.0.0 Ok",
            "smtp",
            "172.18.0.3",
            False,
        ),  # another server may send it on
        ("filter", "delivered via filter service", "pipe", "pickup", True),
        ("filter", "delivered via filter service", "pipe", "192.0.2.1", False),
        # a rule of the mailbox's owner sends a copy on: the mailbox has the mail
        ("127.0.0.1[127.0.0.1]:24", "250 2.0.0 <a@x.example> x4b Saved", "lmtp", "127.0.0.1", False),
    ],
)
def test_a_filter_is_what_gives_the_mail_back(
    log: Path, relay: str, said: str, program: str, back: str, *, is_filter: bool
) -> None:
    first, second = hop("AAAAAA1", "192.0.2.1", relay, said, program), hop("BBBBBB2", back, *AWAY)
    lines = first[0] + second[0] + first[1] + second[1]
    found = told(log, lines)
    assert found.tracked.filtered == is_filter
    assert (found.tracked.messages_real, found.sums.delivered) == ((1, 1) if is_filter else (2, 2))
    assert found.sums.bytes_delivered == 1000 * found.sums.delivered
    [hour] = found.per_hour
    assert (hour.received, hour.delivered) == (2, found.sums.delivered)
    assert [each.recipients for each in found.top.recipient_domains] == [found.sums.delivered]
    assert {each.count for each in found.delays} == {found.sums.delivered}
    alone = told(log, "".join(first))  # its re-injection is not in the log
    assert (alone.tracked.filtered, alone.sums.delivered) == (0, 1)
    assert alone.unreturned == (("127.0.0.1" in relay or program == "pipe") and "Saved" not in said)


def test_trace_and_flow_agree_about_what_a_mailboxs_owner_sends_on(log: Path) -> None:
    from logscan.pipeline.trace import Trace  # noqa: PLC0415

    relay = ("127.0.0.1[127.0.0.1]:24", "250 2.0.0 <a@x.example> x4b Saved", "lmtp")
    first, second = hop("AAAAAA1", "192.0.2.1", *relay), hop("BBBBBB2", "127.0.0.1", *AWAY)
    log.write_text(first[0] + second[0] + first[1] + second[1], encoding="utf-8")
    messages = Trace([str(log)], HERE, None, lifetime_s=432_000, lifetime_source="default").messages()
    assert sorted(message.queue_ids for message in messages) == [("AAAAAA1",), ("BBBBBB2",)]


def test_a_window_is_half_open(log: Path) -> None:
    text = mail("Nov  1 10:00:00", "AAAAAA1") + mail("Nov  1 11:00:00", "AAAAAA2")
    until = replace(HERE, until=datetime(2026, 11, 1, 11, tzinfo=UTC))
    since = replace(HERE, since=datetime(2026, 11, 1, 11, tzinfo=UTC))
    for settings in (until, since):
        found = told(log, text, settings)
        assert (found.sums.received, found.sums.delivered) == (1, 1)
        summary, _ = compat([str(log)], settings, "1.1.5")
        assert (summary.totals["received"], summary.totals["delivered"]) == (1, 1)


def test_a_mail_that_began_before_the_window_has_deliveries_and_no_size(log: Path) -> None:
    lines = mail("Nov  1 10:00:00", "AAAAAA1").splitlines(keepends=True)
    late = "".join(line.replace("10:00", "12:00") for line in lines[2:])
    since = replace(HERE, since=datetime(2026, 11, 1, 11, tzinfo=UTC))
    sums = told(log, "".join(lines[:2]) + late, since).sums
    assert (sums.received, sums.delivered, sums.bytes_delivered) == (0, 1, 0)


REJECT = "NOQUEUE: {action}: {stage} from mx.y.example[192.0.2.1]: 451 4.7.1 Service unavailable;{envelope} proto=ESMTP helo=<h>"


def refusal(pid: int, stage: str, envelope: str = "", action: str = "reject") -> str:
    said = REJECT.format(action=action, stage=stage, envelope=envelope)
    return f"Nov  1 10:00:00 mx1 postfix/smtpd[{pid}]: {said}\n"


def test_a_milter_that_is_down_refuses_a_client_once(log: Path) -> None:
    connect = "Nov  1 10:00:00 mx1 postfix/smtpd[7]: connect from mx.y.example[192.0.2.1]\n"
    three = "".join(
        refusal(7, stage, envelope, "milter-reject")
        for stage, envelope in (("CONNECT", ""), ("EHLO", ""), ("MAIL", " from=<b@y.example>"))
    )
    found = told(log, connect + three + connect + three)
    assert (found.sums.rejected, found.sums.reject_lines, found.sums.connections) == (2, 6, 2)
    assert [(each.stage, each.count) for each in found.rejects] == [("MAIL", 2)]


def test_two_recipients_that_are_refused_are_two(log: Path) -> None:
    lines = "".join(
        refusal(7, "RCPT", f" from=<b@y.example> to=<{name}@x.example>") for name in ("a", "c", "a")
    )
    found = told(log, lines)
    assert (found.sums.rejected, found.sums.reject_lines) == (2, 3)


def test_a_repeated_line_counts_as_often_as_it_stands_for(log: Path) -> None:
    line = "AAAAAA1: to=<a@x.example>, relay=none, delay=1, delays=1/0/0/0, dsn=4.4.1, status=deferred (connect to x)"
    text = f"Nov  1 10:00:00 mx1 postfix/smtp[3]: message repeated 3 times: [ {line}]\n"
    found = told(log, text)
    assert (found.sums.deferrals, found.sums.deferred) == (3, 1)
    both = compared([str(log)], HERE, "1.1.5")
    assert [(each.measure, each.count) for each in both.differences or ()] == [("deferrals", -2)]


def test_an_offset_without_colon_is_a_difference(log: Path) -> None:
    log.write_text(mail("2026-11-01T10:00:00+0000", "AAAAAA1"), encoding="utf-8")
    both = compared([str(log)], HERE, "1.1.5")
    reasons = {each.measure: each.reason for each in both.differences or () if each.example}
    assert reasons["received"] == reasons["delivered"]
    assert "time stamp" in reasons["received"]


def test_pflogsumm_lets_years_be_the_clocks(log: Path) -> None:
    log.write_text(mail("Dec 30 10:00:00", "AAAAAA1") + mail("Jan  2 10:00:00", "AAAAAA2"), encoding="utf-8")
    summary, _ = compat([str(log)], HERE, "1.1.5")
    assert list(summary.days) == [(2025, 11, 30), (2026, 0, 2)]


def test_logs_without_mail_are_all_zero_and_nothing_is_invented(log: Path) -> None:
    found = told(log, "Nov  1 10:00:00 mx1 CRON[1]: x\n")
    assert not found.sums.received
    assert not any(asdict(found.tracked).values())
    assert found.tracked.messages_real == found.tracked.filtered == 0
    assert found.per_hour == ()
    assert all(each.p50 is None for each in found.delays)


def test_nothing_to_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(NothingRead):
        flow([str(tmp_path)], HERE)
    with pytest.raises(NothingRead):
        compat([str(tmp_path)], HERE, "1.1.5")


def test_how_the_log_is_cut_into_blocks_changes_nothing() -> None:
    log = "sample-logs/real/A/logs/mail.log"
    whole = flow([log], HERE, top=1000)
    for size in (20_000, 130_000):
        cut = flow([log], replace(HERE, block_bytes=size), top=1000)
        names = [name for name in Flow.__dataclass_fields__ if name != "read"]
        assert [getattr(cut, name) for name in names] == [getattr(whole, name) for name in names]
        assert cut.read.totals == whole.read.totals


def test_totals_of_what_was_read_are_those_of_scan() -> None:
    from logscan.pipeline.scan import report  # noqa: PLC0415

    log = "sample-logs/real/A/logs/mail.log"
    assert flow([log], HERE).read.totals == report([log], HERE).totals
    assert compared([log], HERE, "1.1.5").read.totals == report([log], HERE).totals
