"""`bounces` and `blast` are folds: any grouping of the same cases, in order, gives the same answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import pairwise
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logscan.analyses import accounts, blast, bounces, refusing
from logscan.model.bounces import CASES, ORIGINS, TRIES, TURNED
from tests.examples import scaled

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
CAUSES = ("user-unknown", "mailbox-full", "ip-blocklisted", "connect-timeout", "greylisted")


def made(seed: int, mails: int) -> list[blast.Batch]:
    """Return mails, each a batch of its own, of few domains and causes."""
    random = Random(seed)  # noqa: S311  made-up mail
    batches = []
    for mail in range(mails):
        rows, tries = [], []
        for number in range(random.randint(1, 3)):
            domain, cause = f"d{random.randrange(5)}.example", random.choice(CAUSES)
            first = BEGIN + timedelta(minutes=random.randrange(300))
            last = first + timedelta(minutes=random.randrange(30))
            rows.append(
                {
                    "mail": mail, "queue_id": f"{mail:X}", "sender": "a@b.example", "recipient": f"r{number}@{domain}",
                    "domain": domain, "outcome": random.choice(("failed", "waiting", "recovered", "queued")),
                    "cause": cause, "nature": random.choice(("hard", "soft")), "fault": "us",
                    "provider": random.choice((None, "google", "yahoo")), "group": random.choice((None, "google")),
                    "origin": "login", "origin_name": random.choice(("ann", "eve")), "host": f"mx.{domain}", "ip": "198.51.100.1", "deliveries": random.randint(1, 4), "first": first,
                    "last": last, "received": first, "cut": False, "held": False, "at_source": 0, "at_block": 0,
                    "at_row": mail, "reply": "450 [192.0.2.25] no",
                }
            )  # fmt: skip
            taken = random.random() < 0.6
            tries.append(
                {
                    "relay": f"mx.{domain}[198.51.100.{random.randrange(9)}]:25", "group": None, "domain": domain,
                    "taken": taken, "cause": None if taken else cause, "answered": taken, "count": 1, "first": first,
                    "last": last,
                }
            )  # fmt: skip
        batches.append(
            blast.Batch(
                cases=pl.DataFrame(rows, schema=CASES, orient="row"),
                tries=pl.DataFrame(tries, schema=TRIES, orient="row"),
            )
        )
    return batches


@settings(max_examples=scaled(25), deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40), st.lists(st.integers(0, 40), max_size=6))
def test_any_grouping_gives_the_same(seed: int, mails: int, cuts: list[int]) -> None:
    batches = made(seed, mails)
    places = sorted({0, mails, *(cut for cut in cuts if cut <= mails)})
    stretches = [batches[a:b] for a, b in pairwise(places)]
    groups = [reduce(bounces.absorb, (b.cases for b in part), bounces.empty()) for part in stretches]
    reach = [reduce(blast.absorb, part, blast.empty()) for part in stretches]
    whole = reduce(bounces.absorb, (b.cases for b in batches), bounces.empty())
    assert bounces.finish(reduce(bounces.merge, groups, bounces.empty())) == bounces.finish(whole)
    senders = [
        accounts.Batch(
            origins=pl.DataFrame(
                [
                    ("login", name, f"203.0.{mail % 4}", "e@x.example", 1, 2, BEGIN, BEGIN, 0, mail // 5, mail)
                    for name in ("ann", "eve")
                ],
                schema=ORIGINS, orient="row",
            ),
            cases=batch.cases,
        )
        for mail, batch in enumerate(batches)
    ]  # fmt: skip
    away = [
        refusing.Batch(
            turned=pl.DataFrame(
                [("d1.example", f"198.51.100.{mail % 5}", None, "reject_unknown_client_hostname", "ptr-missing", 1,
                  BEGIN + timedelta(minutes=mail), BEGIN + timedelta(minutes=mail), 0, 0, mail)],
                schema=TURNED, orient="row",
            ),
            tries=batch.tries,
        )
        for mail, batch in enumerate(batches)
    ]  # fmt: skip
    ours = [reduce(refusing.absorb, away[a:b], refusing.empty()) for a, b in pairwise(places)]
    assert refusing.finish(reduce(refusing.merge, ours)) == refusing.finish(
        reduce(refusing.absorb, away, refusing.empty())
    )
    low = accounts.Thresholds(recipients=2, unknown=1, share=0.01, times=1.0, networks=1)
    parts = [reduce(accounts.absorb, senders[a:b], accounts.empty()) for a, b in pairwise(places)]
    once = accounts.finish(reduce(accounts.absorb, senders, accounts.empty()), low)
    assert accounts.finish(reduce(accounts.merge, parts), low) == once
    assert blast.finish(reduce(blast.merge, reach)) == blast.finish(
        reduce(blast.absorb, batches, blast.empty())
    )


@pytest.mark.parametrize("key", ["cause", "provider", "domain"])
def test_groups_add_up_and_their_order_is_total(key: str) -> None:
    cases = pl.concat([batch.cases for batch in made(7, 200)])
    found = bounces.groups(cases, key)
    assert sum(group.recipients for group in found) == cases.height
    assert sum(group.deliveries for group in found) == cases["deliveries"].sum()
    shuffled = bounces.groups(cases.sample(fraction=1, shuffle=True, seed=1), key)
    assert shuffled == found
    assert all(sum(count for _, count in group.causes) == group.recipients for group in found)
    assert len({group.key for group in found}) == len(found)
