"""A report by mail through a real Postfix: that it arrives, that it is not counted, what happens while the server is down."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from logscan.app.mailed import mailed
from logscan.app.outbox import FOLDER
from tests.cli.conftest import Cli, Ran
from tests.cli.postfix.server import Postfix, made, until, why_not

ROOT = Path(__file__).parents[3]
LOG = ROOT / "sample-logs" / "weeks" / "mail.log"
TUESDAY = ("--tz", "UTC", "--now", "2026-11-25 06:00")
OPS, BOSS, NOBODY = "ops@admin.example", "boss@admin.example", "nobody@admin.example"
QUEUE_ID = re.compile(r"\]: ([0-9A-F]{6,}): ")

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.timeless,
    pytest.mark.skipif(why_not() is not None, reason=why_not() or ""),
]


@pytest.fixture(scope="module")
def running() -> Iterator[Postfix]:
    base = Path(tempfile.mkdtemp(prefix="logscan-postfix-", dir="/var/tmp"))
    base.chmod(0o755)  # its daemons are not root
    server = made(base)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(base)


@pytest.fixture
def server(running: Postfix, monkeypatch: pytest.MonkeyPatch) -> Iterator[Postfix]:
    """The server, up and with empty mailboxes; its `sendmail` is the first on the path."""
    if not running.answers():
        running.start()
    for box in (running.base / "boxes").iterdir():
        shutil.rmtree(box)
    monkeypatch.setenv("PATH", f"{running.bin}:/usr/bin:/bin")
    yield running
    if not running.answers():
        running.start()


def parsed(data: bytes) -> EmailMessage:
    mail = message_from_bytes(data, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def counted(cli: Cli, log: Path, state: Path) -> dict[str, Any]:
    """Return what a report of today tells of the server's own log."""
    since = (datetime.now().astimezone() - timedelta(days=1)).isoformat()
    until_ = (datetime.now().astimezone() + timedelta(hours=1)).isoformat()
    ran = cli("report", log, "--format", "json", "--state", state, "--since", since, "--until", until_)
    assert ran.code == 0, ran.err
    document: dict[str, Any] = json.loads(ran.out)
    return document


def test_it_arrives_and_tomorrow_does_not_count_it(server: Postfix, cli: Cli, tmp_path: Path) -> None:
    state = tmp_path / "state"
    before = server.log.stat().st_size
    server.speak("a@x.example", OPS)
    ran = cli("report", LOG, *TUESDAY, "--mail-to", OPS, "--mail-to", BOSS, "--state", state)
    assert ran == Ran(0, "", "")
    [_, data] = server.arrived("ops", 2)
    [same] = server.arrived("boss", 1)
    mail = parsed(data)
    assert mail["Message-ID"] == parsed(same)["Message-ID"]
    assert text(mail).startswith("RED  Down, or at risk")
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "multipart/related"]
    assert "Auto-Submitted: auto-generated" in data.decode("ascii")

    [own] = mailed(state).ids
    assert f"<{own}>" == mail["Message-ID"]
    until(lambda: server.log.read_text()[before:].count(": removed\n") == 2)
    lines = server.log.read_text()[before:].splitlines(keepends=True)
    mine = next(found[1] for line in lines if own in line and (found := QUEUE_ID.search(line)))
    log, rest = tmp_path / "mail.log", tmp_path / "rest" / "mail.log"
    log.write_text("".join(lines))
    rest.parent.mkdir()
    rest.write_text("".join(line for line in lines if f"]: {mine}: " not in line))
    with_it, without = counted(cli, log, state), counted(cli, rest, tmp_path / "none")
    assert (with_it["own_mails"], without["own_mails"]) == (1, 0)
    for part in ("totals", "top", "per_day", "delay_percentiles"):
        assert with_it["flow"][part] == without["flow"][part]
    assert with_it["flow"]["totals"]["received"] == without["flow"]["totals"]["received"] == 1
    assert (
        counted(cli, log, tmp_path / "none")["flow"]["totals"]["received"]
        == with_it["flow"]["totals"]["received"] + 1
    )


def test_the_notice_about_a_report_that_bounced_does_not_count_either(
    server: Postfix,
    cli: Cli,
    tmp_path: Path,
) -> None:
    state = tmp_path / "state"
    before = server.log.stat().st_size
    ran = cli(
        "report",
        LOG,
        *TUESDAY,
        "--mail-to",
        NOBODY,
        "--mail-from",
        "logscan@sender.example",
        "--state",
        state,
    )
    assert ran.code == 0, ran.err  # sendmail has taken it; what comes of it is Postfix's to say
    until(
        lambda: server.log.read_text()[before:].count(": removed\n") == 2
    )  # the mail, and the notice about it
    assert "sender non-delivery notification" in server.log.read_text()[before:]
    log = tmp_path / "mail.log"
    log.write_text(server.log.read_text()[before:])
    with_it = counted(cli, log, state)
    assert with_it["own_mails"] == 1
    assert {with_it["flow"]["totals"][name] for name in ("received", "bounced", "internal", "delivered")} == {
        0
    }
    assert with_it["bounces"]["by_cause"] == []
    counted_ = counted(cli, log, tmp_path / "none")["flow"]["totals"]
    assert (counted_["received"], counted_["bounced"]) == (1, 2)


def test_by_smtp_whom_the_server_refuses_the_other_road_is_tried_for(
    server: Postfix,
    cli: Cli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = tmp_path / "bin"
    broken.mkdir()
    (broken / "sendmail").write_text("#!/bin/sh\necho 'no queue file' >&2\nexit 75\n")
    (broken / "sendmail").chmod(0o755)
    monkeypatch.setenv("PATH", f"{broken}:/usr/bin:/bin")
    state = tmp_path / "state"
    ran = cli(
        "report",
        LOG,
        *TUESDAY,
        "--mail-to",
        OPS,
        "--mail-to",
        NOBODY,
        "--smtp",
        f"127.0.0.1:{server.port}",
        "--state",
        state,
    )
    assert (ran.code, ran.out) == (5, "")
    assert f"not mailed to {NOBODY}: 127.0.0.1:{server.port}: 550 5.1.1" in ran.err
    assert "sendmail: ended with 75: no queue file" in ran.err
    assert len(server.arrived("ops", 1)) == 1
    [kept] = (state / FOLDER).iterdir()
    assert parsed(kept.read_bytes()).get_all("X-Logscan-Unsent-For") == [NOBODY]


def test_while_the_server_is_down_it_is_kept_and_the_next_one_brings_it(
    server: Postfix,
    cli: Cli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("logscan.reports.mail.USUAL", ())
    monkeypatch.setenv("PATH", str(tmp_path))  # no sendmail either
    state = tmp_path / "state"
    server.stop()
    call = (
        "report",
        LOG,
        "--tz",
        "UTC",
        "--mail-to",
        OPS,
        "--smtp",
        f"127.0.0.1:{server.port}",
        "--state",
        state,
    )
    ran = cli(*call, "--now", "2026-11-24 06:00")
    assert (ran.code, ran.out) == (5, "")
    assert "Connection refused" in ran.err
    assert "there is no sendmail here" in ran.err
    [kept] = (state / FOLDER).iterdir()
    assert str(kept) in ran.err
    assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o600, 0o700)

    server.start()
    ran = cli(*call, "--now", "2026-11-25 06:00")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    [data] = server.arrived("ops", 1)
    mail = parsed(data)
    assert "An earlier report could not be sent, and is attached as text: 2026-11-24 06:00" in " ".join(
        text(mail).split()[:40]
    )
    [old] = mail.iter_attachments()
    assert old.get_filename() == "logscan-2026-11-24.txt"
    assert "Mon 2026-11-23" in str(old.get_content())
    assert list((state / FOLDER).iterdir()) == []


def test_sendmail_queues_while_the_server_is_down(server: Postfix, cli: Cli, tmp_path: Path) -> None:
    """Postfix's sendmail takes mail whether or not the server runs: such a report is late, and not lost."""
    server.stop()
    ran = cli(
        "report",
        LOG,
        *TUESDAY,
        "--mail-to",
        OPS,
        "--smtp",
        f"127.0.0.1:{server.port}",
        "--state",
        tmp_path / "state",
    )
    assert ran.code == 0
    assert "mailed by sendmail; first 127.0.0.1" in ran.err
    server.start()
    [data] = server.arrived("ops", 1)
    assert text(parsed(data)).startswith(
        "This mail took the second road, sendmail; the first one failed: 127.0.0.1"
    )
