"""Without logscan's own mails, a log tells what the same log would tell that never had their lines."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from logscan.model.settings import Settings
from logscan.pipeline.bounces import bounces
from logscan.pipeline.flow import flow
from logscan.pipeline.logs.survey import survey
from logscan.pipeline.mails.own import own_mail
from logscan.pipeline.scan import report
from tests.examples import scaled
from tests.laws.mail_traffic import BEGIN, Traffic

SETTINGS = Settings(zone="UTC", now=datetime(2026, 3, 20, tzinfo=UTC), jobs=1)
MESSAGE_ID = re.compile(r"message-id=<([^>]+)>")
#: An ID that is used again within seconds parts no two mails.
REST = 30.0


def mails(seed: int, count: int) -> list[list[tuple[float, str]]]:
    """Return the lines of each of some mails, their notices with them."""
    made = Traffic(random=Random(seed), rest=REST)  # noqa: S311  traffic, not secrets
    groups = []
    for _ in range(count):
        before = len(made.lines)
        made.mail()
        made.at += made.random.choice([0.3, 1.7, 20.0, 700.0])
        groups.append(made.lines[before:])
    return groups


def told(log: Path, own: Settings) -> dict[str, Any]:
    """Return what the verbs say of a log."""
    counted, failed, found = flow([str(log)], own), bounces([str(log)], own), report([str(log)], own)
    return {
        "sums": counted.sums,
        "tracked": counted.tracked,
        "per_hour": counted.per_hour,
        "top": counted.top,
        "delays": counted.delays,
        "causes": failed.by_cause,
        "queued": [(one.queue_id, one.recipient) for one in failed.still_queued],
        "findings": [(one.rule, one.count, one.messages, one.recipients) for one in found.findings],
        "events": (found.totals.events, found.totals.unparsed, found.totals.other),
    }


def written(path: Path, groups: list[list[tuple[float, str]]]) -> Path:
    lines = sorted(
        (at, number, line) for number, (at, line) in enumerate(one for group in groups for one in group)
    )
    path.write_text("".join(f"{line}\n" for _, _, line in lines), encoding="utf-8")
    return path


# Each example reads two logs four times: to make a failing one smaller would take minutes.
@settings(
    max_examples=scaled(16),
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
)
@given(st.integers(0, 2**32), st.integers(2, 25), st.data())
def test_their_lines_do_not_count(seed: int, count: int, data: st.DataObject) -> None:
    groups = mails(seed, count)
    ours = data.draw(st.sets(st.integers(0, count - 1), max_size=4))
    others = [group for number, group in enumerate(groups) if number not in ours]
    if not others:
        return
    ids = frozenset(
        next(found[1] for _, line in groups[number] if (found := MESSAGE_ID.search(line))) for number in ours
    )
    with TemporaryDirectory() as folder:
        whole = written(Path(folder) / "whole.log", groups)
        rest = written(Path(folder) / "rest.log", others)
        known = replace(SETTINGS, sent=ids, block_bytes=data.draw(st.sampled_from([1500, 6_000_000])))
        known = replace(known, own=own_mail(survey([str(whole)], known), known))
        assert {one.message_id for one in known.own} == ids
        assert told(whole, known) == told(rest, SETTINGS)


def test_nothing_is_looked_for_where_nothing_was_sent(tmp_path: Path) -> None:
    log = written(tmp_path / "mail.log", mails(1, 3))
    assert own_mail(survey([str(log)], SETTINGS), SETTINGS) == ()


def test_an_id_that_no_log_holds_changes_nothing(tmp_path: Path) -> None:
    log = written(tmp_path / "mail.log", mails(1, 3))
    known = replace(SETTINGS, sent=frozenset({"never@example.org"}))
    assert own_mail(survey([str(log)], known), known) == ()


def line(second: int, text: str, program: str = "postfix/cleanup") -> str:
    stamp = BEGIN.replace(hour=second // 3600, minute=second // 60 % 60, second=second % 60).isoformat()
    return f"{stamp} mx1 {program}[7]: {text}\n"


def mail_of(second: int, queue_id: str, message_id: str) -> str:
    return (
        line(second, f"{queue_id}: client=mx.example.net[192.0.2.7]", "postfix/smtpd")
        + line(second, f"{queue_id}: message-id=<{message_id}>")
        + line(second, f"{queue_id}: from=<s@example.net>, size=900, nrcpt=1 (queue active)", "postfix/qmgr")
        + line(second, f"{queue_id}: to=<a@example.org>, relay=local, delay=0.1, delays=0/0/0/0.1, dsn=2.0.0, status=sent (delivered to mailbox)", "postfix/local")
        + line(second, f"{queue_id}: removed", "postfix/qmgr")
    )  # fmt: skip


def received(log: Path, sent: str) -> int:
    known = replace(SETTINGS, sent=frozenset({sent}))
    known = replace(known, own=own_mail(survey([str(log)], known), known))
    return flow([str(log)], known).sums.received


def test_a_short_queue_id_that_is_used_again_is_another_mail(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    log.write_text(mail_of(60, "AB12CD34", "ours@h") + mail_of(120, "AB12CD34", "theirs@h"), encoding="utf-8")
    assert received(log, "ours@h") == 1
    assert received(log, "nobodys@h") == 2


def test_who_repeats_our_id_hours_later_is_counted(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    log.write_text(mail_of(60, "AB12CD34", "ours@h") + mail_of(9000, "EF12CD34", "ours@h"), encoding="utf-8")
    assert received(log, "ours@h") == 1


def test_an_id_that_only_looks_like_ours_hides_nothing(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    text = (
        mail_of(60, "AB12CD34", "ours@h")
        + mail_of(90, "EF12CD34", "xours@h")
        + mail_of(95, "0F12CD34", "ours@h.example")
    )
    log.write_text(text, encoding="utf-8")
    assert received(log, "ours@h") == 2
