"""Whatever the cuts, the same mails; and of made-up traffic, the true ones."""

from __future__ import annotations

from functools import reduce
from itertools import pairwise

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from logscan.model.messages import Message
from logscan.tracking import mail
from logscan.tracking.messages import told
from tests.examples import scaled
from tests.laws.mail_traffic import Traffic, rows_of, traffic

SEEDS = st.integers(0, 10_000)


def sorted_mails(messages: list[Message]) -> list[Message]:
    return sorted(messages, key=lambda message: (str(message.received), message.queue_ids))


def pieces(rows: pl.DataFrame, cuts: list[int]) -> list[pl.DataFrame]:
    edges = [0, *sorted({cut % (rows.height + 1) for cut in cuts}), rows.height]
    return [rows[begin:end] for begin, end in pairwise(edges) if begin < end]


def whole(rows: pl.DataFrame) -> list[Message]:
    return sorted_mails(list(told(mail.finish(mail.absorb(mail.empty(), rows)))))


def check(made: Traffic, messages: list[Message]) -> None:
    found = sorted(
        (m.queue_ids, sorted((r.recipient or "", r.status.value, r.deferrals) for r in m.recipients))
        for m in messages
        if m.internal is None
    )
    true = sorted(
        (one.queue_ids, sorted((name, status, count) for name, (status, count) in one.recipients.items()))
        for one in made.truth
    )
    assert found == true


@settings(max_examples=scaled(10), deadline=None)
@given(seed=SEEDS, cuts=st.lists(st.integers(0, 10_000), max_size=6))
def test_any_cut_gives_the_same_mails(seed: int, cuts: list[int]) -> None:
    rows = rows_of([line for _, line in traffic(seed, 12, jitter=2.0).lines])
    parts = [mail.absorb(mail.empty(), piece) for piece in pieces(rows, cuts)]
    left = reduce(mail.merge, parts, mail.empty())
    right = reduce(lambda later, part: mail.merge(part, later), reversed(parts), mail.empty())
    one_by_one = reduce(mail.absorb, pieces(rows, cuts), mail.empty())
    for partial in (left, right, one_by_one):
        assert sorted_mails(list(told(mail.finish(partial)))) == whole(rows)


@settings(max_examples=scaled(10), deadline=None)
@given(seed=SEEDS, cuts=st.lists(st.integers(0, 10_000), max_size=6))
def test_letting_finished_mail_go_changes_none(seed: int, cuts: list[int]) -> None:
    rows = rows_of([line for _, line in traffic(seed, 20).lines])
    partial, messages = mail.empty(), list[Message]()
    for piece in pieces(rows, cuts):
        done, partial = mail.release(mail.absorb(partial, piece))
        messages += told(done)
    messages += told(mail.finish(partial))
    assert sorted_mails(messages) == whole(rows)


@settings(max_examples=scaled(15), deadline=None)
@given(seed=SEEDS, jitter=st.sampled_from([0.0, 0.05, 0.4]))
def test_made_up_traffic_is_told_as_it_was(seed: int, jitter: float) -> None:
    made = traffic(seed, 25, jitter)
    check(made, whole(rows_of([line for _, line in made.lines])))


def test_memory_follows_the_mail_in_flight() -> None:
    partial, held, told_of = mail.empty(), 0, 0
    made = traffic(1, 400)
    rows = rows_of([line for _, line in made.lines])
    waiting = sum(status == "deferred" for one in made.truth for status, _ in one.recipients.values())
    for begin in range(0, rows.height, 100):
        done, partial = mail.release(mail.absorb(partial, rows[begin : begin + 100]))
        told_of += len(list(told(done)))
        held = max(held, partial.height)
    assert told_of > 300
    assert held < 400 + 8 * waiting  # lines of the last quarter of an hour, and of mail that waits
    assert len(list(told(mail.finish(partial)))) + told_of == len(whole(rows))


def test_mail_cut_by_the_ends_of_the_log_is_one_mail_each() -> None:
    lines = [line for _, line in traffic(7, 1).lines]
    for begin in range(len(lines)):
        for end in range(begin + 1, len(lines) + 1):
            rows = rows_of(lines[begin:end])
            messages = list(told(mail.finish(mail.absorb(mail.empty(), rows)), bare=True))
            ids = [queue_id for message in messages for queue_id in message.queue_ids]
            assert sorted(ids) == sorted(set(rows["queue_id"].drop_nulls()))
            names = [(m.queue_ids, r.recipient) for m in messages for r in m.recipients]
            assert len(names) == len(set(names))
