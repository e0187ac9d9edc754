"""The laws of the flow fold: cut the lines anywhere, merge in any grouping, the answer is the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logscan.analyses import flow as fold
from tests.examples import scaled

START = datetime(2026, 10, 24, 22, 50, tzinfo=UTC)  # the clock is put back that night in Berlin

#: (kind, queue ID or process, name): few, so that IDs are used again and sessions meet.
Line = tuple[str, str, str]
KINDS = (
    "client", "queued", "sent", "forwarded", "deferred", "bounced", "removed", "canceled", "connect", "reject", "hold",
    "expired", "tls", "auth", "message_id", "loop", "pickup", "origin", "given", "piped", "named",
)  # fmt: skip
lines = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.sampled_from(["AAAAAA", "BBBBBB"]),
        st.sampled_from(["a@x.example", "b@Y.example", "c"]),
    ),
    max_size=30,
)
#: An example takes dozens of merges, each of them dozens of small tables.
few = settings(max_examples=scaled(30))
HANDED = {"given": "loop", "piped": "pipe", "named": "named"}
_TABLE = {
    "loop": "client",
    "pickup": "client",
    "origin": "client",
    "given": "delivery",
    "piped": "delivery",
    "named": "delivery",
    "sent": "delivery",
    "forwarded": "delivery",
    "deferred": "delivery",
    "bounced": "delivery",
    "canceled": "removed",
    "reject": "refusal",
    "hold": "refusal",
}


def row(number: int, line: Line) -> tuple[str, dict[str, object]]:
    what, key, name = line
    table = _TABLE.get(what, what)
    pid = ["AAAAAA", "BBBBBB"].index(key)
    columns: dict[str, object] = {
        "source": 0, "block": number // 7, "row": number % 7, "column": 0, "host": "mx1", "pid": pid, "repeat": 1,
        "time": START + timedelta(minutes=10 * (number // 5), seconds=3 * (number % 5)), "program": "postfix/smtpd", "queue_id": key,
        "client_name": "mx.example", "client_ip": "192.0.2.1", "direction": "inbound", "sender": name,
        "size": 1000 + number, "nrcpt": 2, "recipient": name, "status": "sent" if what in {"forwarded", *HANDED} else what,
        "delay": number / 8, "delays": [0.1, 0.2, 0.3, 0.4], "forwarded": what == "forwarded",
        "canceled": what == "canceled", "action": "held" if what == "hold" else "rejected", "daemon": "smtpd",
        "client_port": None, "stage": "RCPT", "cause": "policy", "tls_level": "Trusted", "tls_protocol": "TLSv1.3",
        "sasl_user": name, "orig_queue_id": None, "message_id": name, "handed": HANDED.get(what), "next_id": None,
    }  # fmt: skip
    other = "BBBBBB" if key == "AAAAAA" else "AAAAAA"
    client: dict[str, dict[str, object]] = {
        "loop": {"client_ip": "127.0.0.1"},
        "pickup": {"client_ip": None, "client_name": None, "direction": "local"},
        "origin": {"client_ip": "::1", "orig_queue_id": other},
        "named": {"next_id": other},
    }
    columns |= client.get(what, {})
    if table == "refusal":
        # A milter's refusals come without recipient, then without either.
        columns |= {"queue_id": None} | ({"recipient": None} if name == "c" else {})
        columns |= {"sender": None, "recipient": None} if name.startswith("b") else {}
    return table, columns


def batch(some: Sequence[tuple[int, Line]]) -> fold.Batch:
    tables: dict[str, list[dict[str, object]]] = {}
    for number, line in some:
        table, columns = row(number, line)
        tables.setdefault(table, []).append(columns)
    frames = {}
    for table, rows in tables.items():
        schema = getattr(fold.Batch(), table).schema
        frames[table] = pl.DataFrame([{name: each[name] for name in schema} for each in rows], schema=schema)
    return fold.Batch(**frames)


def answer(partial: fold.Partial) -> fold.Answer:
    return fold.finish(partial, ZoneInfo("Europe/Berlin"), 100)


def of(some: Sequence[tuple[int, Line]]) -> fold.Partial:
    return fold.absorb(fold.empty(), batch(some))


@few
@given(lines, st.lists(st.integers(0, 40), max_size=4), st.randoms(use_true_random=False))
def test_any_cuts_and_any_grouping_give_the_same_answer(
    lines: list[Line], cuts: list[int], random: Random
) -> None:
    numbered = list(enumerate(lines))
    edges = [0, *sorted(cuts), len(numbered)]
    parts = [of(numbered[low:high]) for low, high in pairwise(edges)]
    whole = answer(of(numbered))
    assert answer(reduce(fold.merge, parts, fold.empty())) == whole
    while len(parts) > 1:  # neighbours in any order
        at = random.randrange(len(parts) - 1)
        parts[at : at + 2] = [fold.merge(parts[at], parts[at + 1])]
    assert answer(parts[0]) == whole


@few
@given(lines)
def test_the_empty_partial_says_nothing(lines: list[Line]) -> None:
    some = of(list(enumerate(lines)))
    assert answer(fold.merge(fold.empty(), some)) == answer(some) == answer(fold.merge(some, fold.empty()))


@few
@given(lines)
def test_the_totals_are_the_sums_of_their_parts(lines: list[Line]) -> None:
    found = answer(of(list(enumerate(lines))))
    sums = found.sums
    for periods in (found.per_hour, found.per_day):
        for name in ("received", "delivered", "deferrals", "bounced", "rejected"):
            assert sum(getattr(each, name) for each in periods) == getattr(sums, name)
    assert sum(each.count for each in found.rejects) == sums.rejected
    assert sum(each.messages for each in found.top.senders) == sums.received
    assert sum(each.bytes for each in found.top.senders) == sums.bytes_received
    assert sum(each.recipients for each in found.top.recipients) == sums.delivered
    assert sum(each.bytes for each in found.top.recipients) == sums.bytes_delivered
    assert sum(each.recipients for each in found.top.recipient_domains) <= sums.delivered
    assert len(found.top.recipients) == sums.recipients
    assert sums.rejected <= sums.reject_lines
    fates = found.tracked
    assert (fates.recovered or 0) + (fates.still_deferred or 0) <= sums.deferred
    assert sums.rejected + found.merged.get("rejected", (0, 0))[0] == sums.reject_lines


#: What has to do with filters.
FILTERED = {*HANDED, "loop", "pickup", "origin"}


def simple(lines: Sequence[Line]) -> tuple[int, int, int]:
    """Return received, mails deferred and bytes delivered, told line by line; of lines that no filter has to do with."""
    open_: dict[str, dict[str, int]] = {}
    over: list[dict[str, int]] = []
    for number, (what, key, _) in enumerate(lines):
        if what == "client" and key in open_:
            over.append(open_.pop(key))
        if what not in {
            "client",
            "queued",
            "sent",
            "forwarded",
            "deferred",
            "bounced",
            "removed",
            "canceled",
        }:
            continue
        mail = open_.setdefault(key, {"entered": 0, "deferred": 0, "copies": 0})
        if what == "client":
            mail["entered"] = 1
        elif what == "queued":
            mail.setdefault("size", 1000 + number)
        elif what == "sent":
            mail["copies"] += 1
        elif what == "deferred":
            mail["deferred"] = 1
        elif what in {"removed", "canceled"}:
            over.append(open_.pop(key))
    over += open_.values()
    return (
        sum(mail["entered"] and "size" in mail for mail in over),
        sum(mail["deferred"] for mail in over),
        sum(mail["copies"] * mail.get("size", 0) for mail in over),
    )


@few
@given(lines.map(lambda some: [each for each in some if each[0] not in FILTERED]))
def test_queue_ids_are_followed_as_one_would_by_hand(lines: list[Line]) -> None:
    sums = answer(of(list(enumerate(lines)))).sums
    assert (sums.received, sums.deferred, sums.bytes_delivered) == simple(lines)


def told(whats: str) -> fold.Answer:
    return answer(of(list(enumerate((what, "AAAAAA", "a@x.example") for what in whats.split()))))


def test_what_no_client_brought_is_internal_once_qmgr_took_it_up() -> None:
    assert told("message_id queued sent removed message_id queued").tracked.internal == 2
    assert told("client message_id queued removed").tracked.internal == 0
    assert told("queued message_id removed").tracked.internal == 1  # syslog may turn two lines round
    assert told("message_id").tracked.internal == 0
    assert told("queued sent removed").tracked.internal == 0  # who knows what stood before


@pytest.mark.parametrize(
    ("whats", "recovered", "still", "expired"),
    [
        ("client queued deferred", 0, 1, 0),
        ("client queued deferred deferred sent removed", 1, 0, 0),
        ("client queued deferred forwarded removed", 1, 0, 0),
        ("client queued deferred bounced removed", 0, 0, 0),
        ("client queued deferred expired removed", 0, 0, 1),
        ("client queued deferred expired", 0, 0, 1),
        ("client queued deferred removed client queued sent", 0, 0, 0),
        ("client queued deferred client queued sent", 0, 0, 0),
        ("deferred", 0, 1, 0),
    ],
)
def test_what_became_of_a_recipient_who_had_to_wait(
    whats: str, recovered: int, still: int, expired: int
) -> None:
    found = told(whats).tracked
    assert (found.recovered, found.still_deferred, found.expired_recipients) == (recovered, still, expired)


def test_a_mail_is_recovered_when_nobody_waits_any_more() -> None:
    said = [("client", "a"), ("queued", "a"), ("deferred", "a"), ("deferred", "b"), ("sent", "a")]
    lines: list[Line] = [(what, "AAAAAA", name) for what, name in said]
    half = answer(of(list(enumerate(lines)))).tracked
    assert (half.recovered, half.still_deferred) == (0, 1)
    both = answer(of(list(enumerate([*lines, ("sent", "AAAAAA", "b")])))).tracked
    assert (both.recovered, both.still_deferred) == (1, 0)


Step = tuple[str, str]


def came_back(*steps: Step) -> tuple[int | None, int | None, int]:
    """Return mails, filtered and delivered recipients of what happens to queue IDs; Message-ID and recipient are alike."""
    found = answer(of([(number, (what, key * 6, "a@x.example")) for number, (what, key) in enumerate(steps)]))
    return found.tracked.messages_real, found.tracked.filtered, found.sums.delivered


A: tuple[Step, ...] = (("client", "A"), ("message_id", "A"), ("queued", "A"))
B: tuple[Step, ...] = (("message_id", "B"), ("queued", "B"), ("sent", "B"), ("removed", "B"))


def test_a_mail_that_a_filter_gives_back_is_one_mail_and_delivered_once() -> None:
    done: Step = ("removed", "A")
    assert came_back(*A, ("given", "A"), done) == (1, 0, 1)  # nothing came back: that was the delivery
    for hand in ("given", "piped"):
        for back in ("loop", "pickup"):
            assert came_back(*A, (back, "B"), (hand, "A"), done, *B) == (1, 1, 1)
        assert came_back(*A, ("client", "B"), (hand, "A"), done, *B) == (2, 0, 2)  # a stranger's copy
    assert came_back(*A, ("client", "B"), ("named", "A"), done, *B) == (1, 1, 1)
    assert came_back(*A, ("loop", "B"), ("sent", "A"), done, *B) == (2, 0, 2)  # that relay is no filter
    assert came_back(*A, ("origin", "B"), ("given", "A"), done, *B) == (1, 1, 1)


def test_a_mail_is_not_what_came_back_of_itself() -> None:
    assert came_back(("loop", "A"), *A[1:], ("given", "A"), ("removed", "A")) == (1, 0, 1)


def test_what_comes_back_much_later_is_another_mail() -> None:
    away: list[Step] = [("tls", "A")] * 10  # twenty minutes
    hand = (*A, ("given", "A"), ("removed", "A"))
    assert came_back(*hand, ("loop", "B"), *B) == (1, 1, 1)
    assert came_back(*hand, *away, ("loop", "B"), *B) == (2, 0, 2)


def test_an_id_that_was_used_in_between_parts_what_lies_before_and_behind() -> None:
    used: list[Line] = [
        (what, "AAAAAA", "a@x.example") for what in ("client", "client", "removed", "queued", "sent")
    ]
    before, between, behind = (of(list(enumerate(used))[low:high]) for low, high in ((0, 1), (1, 3), (3, 5)))
    whole = answer(of(list(enumerate(used))))
    assert answer(fold.merge(fold.merge(before, between), behind)) == whole
    assert answer(fold.merge(before, fold.merge(between, behind))) == whole
    assert (whole.sums.received, whole.untaken[0]) == (0, 2)
