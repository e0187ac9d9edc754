"""What a memory holds, and what it says of days that it does not hold or cannot read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from logscan.model.own import OwnMail
from logscan.model.report import Stretch
from logscan.model.settings import Settings
from logscan.pipeline.logs.grounds import SYSLOG
from logscan.pipeline.memory.keeping import kept
from logscan.pipeline.memory.recalled import KEPT, Recalled, parts_of, whole_days
from logscan.store.store import Store, opened

DAY = date(2026, 11, 24)
PERIOD = Stretch(since=datetime(2026, 11, 24, tzinfo=UTC), until=datetime(2026, 11, 25, tzinfo=UTC))
SETTINGS = Settings(zone="UTC", year=2026)
MAIL = """\
Nov 24 {h}:00:01 mx1 postfix/smtpd[7]: connect from c.example[203.0.113.9]
Nov 24 {h}:00:01 mx1 postfix/smtpd[7]: {id}: client=c.example[203.0.113.9]
Nov 24 {h}:00:01 mx1 postfix/cleanup[8]: {id}: message-id=<{id}@c.example>
Nov 24 {h}:00:02 mx1 postfix/qmgr[9]: {id}: from=<a@c.example>, size=900, nrcpt=1 (queue active)
Nov 24 {h}:00:04 mx1 postfix/smtp[10]: {id}: to=<b@d.example>, relay=mx.d.example[198.51.100.7]:25, delay={wait}, delays=0.1/0/1/{wait}, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 1)
Nov 24 {h}:00:04 mx1 postfix/qmgr[9]: {id}: removed
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "state") as memory:
        yield memory


def put_down(store: Store, folder: Path, text: str, own: tuple[OwnMail, ...] = ()) -> None:
    folder.mkdir()
    (folder / "mail.log").write_text(text)
    made = kept([str(folder)], SETTINGS, {str(folder / "mail.log"): ("/var/log/mail.log", ((1, 1),))})
    store.add(DAY, parts_of(made, PERIOD, UTC, own), [])


def test_a_day_in_two_stretches_is_one_day(store: Store, tmp_path: Path) -> None:
    put_down(store, tmp_path / "one", MAIL.format(h="07", id="AAAAAAA", wait=3))
    put_down(
        store,
        tmp_path / "two",
        MAIL.format(h="07", id="BBBBBBB", wait=9) + MAIL.format(h="09", id="CCCCCCC", wait=1),
    )
    memory = Recalled(store=store, settings=SETTINGS)
    told = memory.told(PERIOD, PERIOD.until, top=5)
    assert (told.flow.sums.received, told.flow.sums.delivered, told.flow.sums.connections) == (3, 3, 3)
    assert told.read.report.inputs[0].path == "/var/log/mail.log"
    assert told.read.report.totals.lines == 18
    hours = {hour.start.hour: hour for hour in memory.hours(PERIOD.until)}
    assert sorted(hours) == list(range(24))
    assert (hours[7].received, hours[7].delivered, hours[7].connections) == (2, 2, 2)
    assert (hours[9].received, hours[9].delay_p90) == (1, 1.0)
    assert (hours[8].received, hours[8].delay_p90) == (0, None)
    assert hours[7].delay_p90 == 9.0
    assert not memory.hours(PERIOD.since)


def test_it_knows_since_when_it_can_tell(store: Store, tmp_path: Path) -> None:
    put_down(store, tmp_path / "one", MAIL.format(h="07", id="AAAAAAA", wait=3))
    memory = Recalled(store=store, settings=SETTINGS)
    assert memory.since == {SYSLOG: datetime(2026, 11, 24, 7, 0, 1, tzinfo=UTC)}
    assert memory.covered[1] == datetime(2026, 11, 24, 7, 0, 4, tzinfo=UTC)
    assert memory.holds(PERIOD)
    assert not memory.holds(Stretch(since=PERIOD.since, until=datetime(2026, 11, 24, 12, tzinfo=UTC)))
    assert not memory.holds(Stretch(since=datetime(2026, 11, 23, tzinfo=UTC), until=PERIOD.since))


def test_a_day_without_a_line_is_told_as_one(store: Store) -> None:
    told = Recalled(store=store, settings=SETTINGS).told(PERIOD, PERIOD.until, top=5)
    assert (told.read.report.totals.events, told.flow.sums.received, told.bounces.messages) == (0, 0, 0)
    assert told.signed is not None
    assert told.signed.why == "none-sent"


def test_own_mails_are_counted_once(store: Store, tmp_path: Path) -> None:
    at = datetime(2026, 11, 24, 7, tzinfo=UTC)
    own = OwnMail(first=at, last=at, queue_id="AAAAAAA", host="mx1", message_id="one@logscan")
    other = OwnMail(first=PERIOD.until, last=PERIOD.until, queue_id="B", host="mx1", message_id="two@logscan")
    for name in ("one", "two"):
        put_down(store, tmp_path / name, MAIL.format(h="07", id="AAAAAAA", wait=3), (own, other))
    assert Recalled(store=store, settings=SETTINGS).own_mails(PERIOD) == 1


def test_a_day_of_another_version_is_named(store: Store) -> None:
    store.add(DAY, {KEPT: ("another form", b"\x00")}, [])
    memory = Recalled(store=store, settings=SETTINGS)
    told = memory.told(PERIOD, PERIOD.until, top=5)
    assert told.flow.sums.received == 0
    assert [(problem.where, problem.unreadable) for problem in memory.problems] == [
        ("memory of 2026-11-24", True)
    ]


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        ((2026, 3, 28, 23), (2026, 3, 29, 22), (date(2026, 3, 29), date(2026, 3, 29))),  # 23 hours
        ((2026, 10, 24, 22), (2026, 10, 25, 23), (date(2026, 10, 25), date(2026, 10, 25))),  # 25 hours
        ((2026, 2, 28, 23), (2026, 3, 31, 22), (date(2026, 3, 1), date(2026, 3, 31))),
        ((2026, 3, 1, 0), (2026, 3, 2, 0), None),
    ],
)
def test_days_are_the_calendars(
    since: tuple[int, int, int, int], until: tuple[int, int, int, int], days: tuple[date, date] | None
) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    period = Stretch(since=datetime(*since, tzinfo=UTC), until=datetime(*until, tzinfo=UTC))
    assert whole_days(period, berlin) == days
