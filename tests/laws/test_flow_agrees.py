"""What `flow` counts without following mails is what tracking finds that follows them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logscan.model.flow import Tracked
from logscan.model.messages import Message, Passage, Recipient, Status
from logscan.pipeline.flow import flow
from logscan.pipeline.trace import Trace
from logscan.tracking import mail
from logscan.tracking.messages import told
from tests.examples import scaled
from tests.laws.mail_traffic import rows_of, traffic
from tests.truth.reading import REAL, SETTINGS

WAITS = {Status.DEFERRED, Status.HELD}
TAKEN = {Status.SENT, Status.FORWARDED, Status.FILTERED}


def put_off(message: Message) -> list[Recipient]:
    return [each for each in message.recipients if any(one.status == "deferred" for one in each.attempts)]


def followed(messages: list[Message], internal: int) -> Tracked:
    """Return the numbers of mails that were followed."""
    waited = [recipients for message in messages if (recipients := put_off(message))]
    return Tracked(
        internal=internal,
        recovered=sum(all(each.status in TAKEN for each in recipients) for recipients in waited),
        still_deferred=sum(any(each.status in WAITS for each in recipients) for recipients in waited),
        expired_recipients=sum(
            each.status is Status.EXPIRED for message in messages for each in message.recipients
        ),
    )


def of_rows(rows: pl.DataFrame) -> Tracked:
    mails = mail.finish(mail.absorb(mail.empty(), rows))
    written = mails.links.filter(pl.col("what").is_in(["notice", "forward"]))
    return followed(list(told(mails, bare=True)), written.height)


@settings(max_examples=scaled(15), deadline=None)
@given(seed=st.integers(0, 10_000), jitter=st.sampled_from([0.0, 0.05]))
def test_made_up_traffic(seed: int, jitter: float) -> None:
    lines = [line for _, line in traffic(seed, 40, jitter).lines]
    with TemporaryDirectory() as room:
        log = Path(room) / "mail.log"
        log.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        assert flow([str(log)], SETTINGS).tracked == of_rows(rows_of(lines))


def test_made_up_traffic_has_each_of_them() -> None:
    found = asdict(of_rows(rows_of([line for _, line in traffic(3, 200).lines])))
    assert all(found.pop(name) is None for name in ("messages_real", "filtered"))
    assert all(count > 3 for count in found.values())


@pytest.mark.parametrize("log", ["mail.log", "mail-iso.log.gz", "remote-maillog"])
def test_logs_of_servers(log: str) -> None:
    path = str(REAL / "A/logs" / log)
    messages = list(Trace([path], SETTINGS, None, lifetime_s=432_000, lifetime_source="default").messages())
    written = sum(message.internal is not None for message in messages)
    forwarded = sum(hop.what is Passage.FORWARD for message in messages for hop in message.hops)
    assert flow([path], SETTINGS).tracked == followed(messages, written + forwarded)
