"""What `flow` counts without following mails is what tracking finds that follows them."""

from __future__ import annotations

import gzip
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logscan.model.flow import Tracked
from logscan.model.messages import Message, Recipient, Status
from logscan.pipeline.flow import flow
from logscan.tracking import mail
from logscan.tracking.messages import told
from tests.examples import scaled
from tests.laws.mail_traffic import rows_of, traffic
from tests.truth.reading import REAL, SETTINGS

LOOP = r"\[(?:127\.|::1\])"
#: An ID that is used again within seconds is the one thing that parts the two: flow asks whether any such mail came back.
REST = 30.0
WAITS = {Status.DEFERRED, Status.HELD}
TAKEN = {Status.SENT, Status.FORWARDED, Status.FILTERED}


def put_off(message: Message) -> list[Recipient]:
    return [each for each in message.recipients if any(one.status == "deferred" for one in each.attempts)]


def followed(messages: list[Message], mails: mail.Mail) -> Tracked:
    """Return the numbers of mails that were followed."""
    waited = [recipients for message in messages if (recipients := put_off(message))]
    written = sum(message.internal is not None for message in messages)
    forwarded = mails.links.filter(pl.col("what") == "forward").height
    back = here(mails)
    entered = mails.threads.filter(pl.col("client").is_not_null() & pl.col("queued"))
    return Tracked(
        messages_real=entered.join(back, left_on="thread", right_on="child", how="anti").height,
        filtered=handed_over(mails, back),
        internal=written + forwarded,
        recovered=sum(all(each.status in TAKEN for each in recipients) for recipients in waited),
        still_deferred=sum(any(each.status in WAITS for each in recipients) for recipients in waited),
        expired_recipients=sum(
            each.status is Status.EXPIRED for message in messages for each in message.recipients
        ),
    )


def here(mails: mail.Mail) -> pl.DataFrame:
    """Return the links of mails that came back to the host that had given them on."""
    host = mails.threads.select("thread", "host")
    return (
        mails.links.filter(pl.col("what").is_in(["filter", "relay", "requeue"]))
        .join(host.rename({"thread": "child"}), on="child")
        .join(host.rename({"thread": "parent", "host": "of"}), on="parent")
        .filter(pl.col("host") == pl.col("of"))
    )


def handed_over(mails: mail.Mail, back: pl.DataFrame) -> int:
    """Return the recipients of mails that came back who were handed to what gave them back."""
    ids = mails.threads.select(pl.col("thread").alias("child"), pl.col("queue_id").alias("of_child"))
    passed = back.filter(pl.col("what") != "requeue").join(ids, on="child").select("parent", "of_child")
    sent = mails.rows.filter((pl.col("kind") == "delivery") & (pl.col("status") == "sent")).with_row_index(
        "line"
    )
    unnamed = pl.col("relay").str.contains(LOOP) | pl.col("program").str.ends_with("/pipe")
    pairs = sent.join(passed, left_on="thread", right_on="parent").filter(
        (pl.col("next_id") == pl.col("of_child")) | (pl.col("next_id").is_null() & unnamed)
    )
    return int(pairs.unique("line")["repeat"].sum())


def of_rows(rows: pl.DataFrame) -> Tracked:
    mails = mail.finish(mail.absorb(mail.empty(), rows))
    return followed(list(told(mails, bare=True)), mails)


@settings(max_examples=scaled(15), deadline=None)
@given(seed=st.integers(0, 10_000), jitter=st.sampled_from([0.0, 0.05]))
def test_made_up_traffic(seed: int, jitter: float) -> None:
    lines = [line for _, line in traffic(seed, 40, jitter, REST).lines]
    with TemporaryDirectory() as room:
        log = Path(room) / "mail.log"
        log.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        assert flow([str(log)], SETTINGS).tracked == of_rows(rows_of(lines))


def test_made_up_traffic_has_each_of_them() -> None:
    found = asdict(of_rows(rows_of([line for _, line in traffic(3, 200).lines])))
    assert all(count > 3 for count in found.values())


@pytest.mark.parametrize("log", ["mail.log", "mail-iso.log.gz", "remote-maillog"])
def test_logs_of_servers(log: str) -> None:
    path = REAL / "A/logs" / log
    data = gzip.decompress(path.read_bytes()) if log.endswith(".gz") else path.read_bytes()
    lines = data.decode().splitlines()
    assert flow([str(path)], SETTINGS).tracked == of_rows(rows_of(lines))
