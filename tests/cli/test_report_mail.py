"""`logscan report --mail-to`: what is printed, what is not, exit codes, and options that do not go together."""

from __future__ import annotations

import json
import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

LOGS = Path(__file__).parents[2] / "sample-logs"
BAD, GOOD = LOGS / "weeks" / "mail.log", LOGS / "weeks" / "mail.log.1"
TUESDAY = ("--tz", "UTC", "--now", "2026-11-25 06:00")
THURSDAY = ("--tz", "UTC", "--now", "2026-11-20 06:00")
OPS = ("--mail-to", "ops@example.org")


class Post:
    """A sendmail that keeps what it gets, or does not take it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.works(taken=True)

    def works(self, *, taken: bool) -> None:
        script = (
            f'cat > "{self.folder}/$(date +%s%N).mail"'
            if taken
            else "cat > /dev/null; echo full >&2; exit 75"
        )
        program = self.folder / "sendmail"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    @property
    def mails(self) -> list[EmailMessage]:
        return [
            message_from_bytes(path.read_bytes(), EmailMessage, policy=policy.default)
            for path in sorted(self.folder.glob("*.mail"))
        ]


@pytest.fixture
def post(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Post:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "elsewhere"))
    # the second road; port 1 of loopback is nobody's
    monkeypatch.setitem(__import__("logscan.reports.mail", fromlist=["PORTS"]).PORTS, "smtp", 1)
    return Post(folder)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def test_what_is_mailed_is_not_printed(post: Post, state: Path, cli: Cli) -> None:
    ran = cli(
        "report",
        BAD,
        *TUESDAY,
        *OPS,
        "--mail-to",
        "root",
        "--mail-from",
        "scan@example.org",
        "--state",
        state,
    )
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    [mail] = post.mails
    assert (str(mail["To"]), str(mail["From"])) == ("ops@example.org, root", "logscan <scan@example.org>")
    assert str(mail["Subject"]).startswith("RED mail, Tue 2026-11-24: Down, or at risk")
    pictures = [part.get_filename() for part in mail.walk() if part.get_content_type() == "image/png"]
    assert "logscan-traffic.png" in pictures


def test_unless_somebody_asks_for_it(post: Post, state: Path, cli: Cli, tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    ran = cli("report", BAD, *TUESDAY, *OPS, "--state", state, "--format", "json", "-o", target)
    assert (ran.code, ran.out) == (0, "")
    assert json.loads(target.read_text())["light"] == "red"
    assert len(post.mails) == 1
    assert cli("report", BAD, *TUESDAY, *OPS, "--state", state, "--format", "text").out.startswith("RED")


def test_it_speaks_the_readers_language(post: Post, state: Path, cli: Cli) -> None:
    cli("report", BAD, *TUESDAY, *OPS, "--state", state, "--lang", "zh")
    [mail] = post.mails
    assert str(mail["Subject"]).startswith("红 mail\uff0c")
    body = mail.get_body(("plain",))
    assert body is not None
    assert (
        "需要处理" in body.get_content()
        or "危险" in body.get_content()
        or body.get_content().startswith("红")
    )


def test_exit_5_is_for_what_could_not_be_mailed(post: Post, state: Path, cli: Cli) -> None:
    post.works(taken=False)
    ran = cli("report", BAD, *TUESDAY, *OPS, "--state", state, "--fail-on", "warning", "--strict")
    assert (ran.code, ran.out) == (5, "")
    assert "not mailed to ops@example.org: sendmail: ended with 75: full; localhost:1: " in ran.err
    [kept] = (state / "unsent").iterdir()
    assert f"kept in {kept}" in ran.err
    post.works(taken=True)
    ran = cli("report", BAD, *TUESDAY, *OPS, "--state", state, "--fail-on", "warning")
    assert ran.code == 1
    assert not list((state / "unsent").iterdir())


def test_a_plugin_says_that_it_could_not_be_mailed(post: Post, state: Path, cli: Cli) -> None:
    ran = cli("report", BAD, *TUESDAY, *OPS, "--state", state, "--status-line")
    assert (ran.code, len(post.mails)) == (2, 1)
    assert ran.out.startswith("LOGSCAN CRITICAL - ")
    post.works(taken=False)
    ran = cli("report", BAD, *TUESDAY, *OPS, "--state", state, "--status-line")
    assert ran.code == 3
    assert ran.out.startswith("LOGSCAN UNKNOWN - The report could not be mailed. CRITICAL - Down, or at risk")
    assert ran.out.count("|") == 1


@pytest.mark.parametrize("only_if", ["problems", "changes"])
def test_a_quiet_day_sends_a_sign_of_life_and_then_nothing_for_a_week(
    only_if: str, post: Post, state: Path, cli: Cli
) -> None:
    call = (
        "report",
        GOOD,
        "--tz",
        "UTC",
        "--date",
        "2026-11-19",
        *OPS,
        "--state",
        state,
        "--only-if",
        only_if,
    )
    assert cli(*call, "--now", "2026-11-20 06:00").code == 0
    [first] = post.mails
    assert first.get_content_type() == "text/plain"
    assert str(first.get_content()).startswith(f"There is nothing to tell (--only-if {only_if}).")
    ran = cli(*call, "--now", "2026-11-21 06:00")
    assert (ran.code, ran.out, len(post.mails)) == (0, "", 1)
    assert "no report" in ran.err
    cli(*call, "--now", "2026-11-27 06:00")
    assert len(post.mails) == 2
    assert "since the last mail of 2026-11-20 06:00" in " ".join(str(post.mails[1].get_content()).split())


def test_a_bad_day_is_mailed_all_the_same(post: Post, state: Path, cli: Cli) -> None:
    cli("report", BAD, *TUESDAY, *OPS, "--state", state, "--only-if", "problems")
    assert str(post.mails[0]["Subject"]).startswith("RED")


def test_mail_of_its_own_is_not_counted(post: Post, state: Path, cli: Cli, tmp_path: Path) -> None:
    cli("report", GOOD, *THURSDAY, *OPS, "--state", state)
    own = str(post.mails[0]["Message-ID"])
    log = tmp_path / "mail.log"
    log.write_text(
        GOOD.read_text()
        + "".join(
            f"2026-11-20T06:00:01+00:00 mail {program}: 4AB12345678: {text}\n"
            for program, text in (
                ("postfix/pickup[1]", "uid=0 from=<logscan>"),
                ("postfix/cleanup[2]", f"message-id={own}"),
                ("postfix/qmgr[3]", "from=<logscan@mail>, size=9000, nrcpt=1 (queue active)"),
                (
                    "postfix/smtp[4]",
                    "to=<ops@example.org>, relay=none, delay=1, delays=0/0/1/0, dsn=5.4.4, status=bounced (no route)",
                ),
                ("postfix/qmgr[3]", "removed"),
            )
        )
    )
    call = ("report", log, "--tz", "UTC", "--now", "2026-11-21 06:00", "--format", "json")
    ran = cli(*call, "--state", state)
    document = json.loads(ran.out)
    never = json.loads(cli(*call[:1], GOOD, *call[2:], "--state", state, "--no-memory").out)
    assert (document["own_mails"], never["own_mails"]) == (1, 0)
    assert document["flow"]["totals"] == never["flow"]["totals"]
    counted = json.loads(cli(*call, "--state", tmp_path / "none").out)
    assert counted["own_mails"] == 0
    assert counted["flow"]["totals"]["bounced"] == document["flow"]["totals"]["bounced"] + 1
    assert counted["bounces"]["by_cause"] != document["bounces"]["by_cause"] == never["bounces"]["by_cause"]
    assert "1 mail of logscan itself is not counted" in " ".join(
        cli(*call[:-2], "--state", state).out.split()
    )


def test_without_mail_nothing_is_written(cli: Cli, state: Path) -> None:
    assert cli("report", GOOD, *THURSDAY, "--state", state, "--no-memory").code == 0
    assert not state.exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--mail-to", "ops@example.org\nBcc: x@y.example"), "--mail-to"),
        (("--mail-to", "-oQ/tmp"), "--mail-to"),
        ((*OPS, "--mail-from", "a b"), "--mail-from"),
        ((*OPS, "--smtp", "http://x"), "--smtp: give HOST"),
        ((*OPS, "--smtp", "smtps://u:hush@x"), "no password here"),
        (("--smtp", "x"), "--smtp is for --mail-to"),
        (("--mail-from", "a@b"), "--mail-from is for --mail-to"),
    ],
)
def test_what_cannot_be_meant_is_said_before_a_log_is_read(
    arguments: tuple[str, ...], reason: str, cli: Cli
) -> None:
    ran = cli("report", "/no/such/log", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert reason in ran.err
    assert "hush" not in ran.err
    assert not re.search(r"^Bcc", ran.err, re.MULTILINE)
