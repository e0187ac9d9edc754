"""A scan names an account in other hands exactly where `bounces` does, and asks who handed mail in only where failures call for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from logscan.model.bounces import Statement
from logscan.model.findings import Finding, Report
from logscan.model.settings import Settings
from logscan.pipeline import scan
from logscan.pipeline.verdicts import senders
from tests.unit.pipeline.made_mail import BEGIN, REFUSED, SETTINGS, Log
from tests.unit.pipeline.test_accounts import GONE, LISTED, flood, good

LOGIN, FORM = "postfix.abuse.compromised-account", "postfix.abuse.form-mailer"
DERIVED = {LOGIN, FORM}
OK = "250 2.0.0 Ok"


def scanned(log: Log, folder: Path, settings: Settings = SETTINGS) -> Report:
    place = folder / "mail.log"
    place.write_text("\n".join(log.lines) + "\n", encoding="utf-8")
    return scan.report([str(place)], settings)


def findings(report: Report) -> dict[str, Finding]:
    return {one.rule: one for one in report.findings}


def same(log: Log, folder: Path) -> dict[str, Finding]:
    """Hold what a scan says of accounts against `bounces`; return the scan's findings."""
    report = scanned(log, folder)
    theirs: list[Statement] = [
        one for one in log.answer(folder).blast_radius if one.kind in {"login", "form"}
    ]
    ours = [one for one in report.blast_radius if one.kind in {"login", "form"}]
    assert [(one.kind, one.since, one.scope) for one in ours] == [
        (one.kind, one.since, one.scope) for one in theirs
    ]
    assert [one.numbers for one in ours] == [
        {name: value for name, value in one.values.items() if isinstance(value, int)} for one in theirs
    ]
    found = findings(report)
    assert {one.rules[0] for one in ours} == DERIVED & found.keys()
    return found


def refusals(log: Log, hours: float, mails: int = 5, said: str = LISTED) -> None:
    for number in range(mails):
        at = BEGIN + timedelta(hours=hours, minutes=number)
        log.mail(f"z{number}@z{number}.example", said, dsn="5.7.1", user="ann", at=at)


def picked(log: Log, only: Callable[[str], bool] = lambda _line: True) -> None:
    """Make mails that came over SMTP into such as sendmail(1) handed in."""
    log.lines = [
        line.replace("smtpd[7]", "pickup[7]").partition("client=")[0] + "uid=33 from=<www-data>"
        if "client=" in line and only(line)
        else line
        for line in log.lines
    ]


# --- named -----------------------------------------------------------------------------------------------


def test_an_account_in_other_hands_is_the_root_of_refusals(tmp_path: Path) -> None:
    log = Log()
    good(log, 20)
    flood(log)
    refusals(log, 2)
    found = same(log, tmp_path)
    account, listed = found[LOGIN], found["postfix.smtp.blocklisted"]
    assert (account.severity, account.cause, account.root, account.fault) == ("critical", "abuse", True, "us")
    assert (account.count, account.messages, account.recipients) == (10, 50, 50)
    assert (account.first, account.last) == (BEGIN, BEGIN + timedelta(minutes=9))
    assert account.affected.clients.top == (("203.0.0.0/24", 17), ("203.0.1.0/24", 17), ("203.0.2.0/24", 16))
    assert account.affected.domains.top[0] == ("d0.example", 2)
    assert listed.caused_by == ((LOGIN, BEGIN, account.explanation.title),)
    assert not listed.root
    assert "eve" in account.explanation.title
    steps = account.explanation.remedy
    assert [
        word in step
        for word, step in zip(
            ("kick eve", '"eve@example.org"', "forwards", "ask the lists"), steps, strict=False
        )
    ] == [True] * 4
    assert sum("sasl_username=eve" in line.text for line in account.evidence) == 2
    assert sum("User unknown" in line.text for line in account.evidence) == 5


def test_a_form_is_told_by_its_sender(tmp_path: Path) -> None:
    log = Log()
    good(log, 20)
    flood(log, user=None)
    picked(log, lambda line: "sasl_username" not in line)
    refusals(log, 2)
    found = same(log, tmp_path)
    assert LOGIN not in found
    assert found["postfix.smtp.blocklisted"].caused_by[0][0] == FORM
    assert any("uid=33" in line.text for line in found[FORM].evidence)
    assert found[FORM].affected.clients.top == ()


def test_both_at_once_and_two_logins_share_a_card(tmp_path: Path) -> None:
    log = Log()
    good(log, 60)
    flood(log)
    flood(log, user="mallory", mails=70, gone=20)
    count = len(log.lines)
    flood(log, user=None, mails=55, gone=11)
    log.lines, form = log.lines[:count], Log(lines=log.lines[count:])
    picked(form)
    log.lines += form.lines
    found = same(log, tmp_path)
    assert found[LOGIN].recipients == 120
    assert len(found[LOGIN].reach) == 2
    assert FORM in found


def test_a_filter_gives_mail_back_under_another_queue_id(tmp_path: Path) -> None:
    log = Log()
    good(log, 20)
    start = len(log.lines)
    flood(log)
    log.lines[start:] = filtered(log.lines[start:])
    found = same(log, tmp_path)
    assert (found[LOGIN].messages, found[LOGIN].recipients) == (50, 50)


def filtered(lines: list[str]) -> list[str]:
    """Put a content filter between the way in and the way out of each mail."""
    made = []
    for line in lines:
        head, _, text = line.partition("]: ")
        queue_id, _, said = text.partition(": ")
        stamp = head.partition(" ")[0]
        again = "F" + queue_id[1:]
        if " to=<" in line:
            to = said.partition(",")[0]
            answer = f"250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as {again}"
            tail = "delay=1, delays=0/0/1/0, dsn=2.0.0"
            made += [
                f"{stamp} mx1 postfix/smtpd[8]: {again}: client=localhost[127.0.0.1]",
                f"{stamp} mx1 postfix/cleanup[8]: {again}: message-id=<{int(queue_id[:6], 16)}@example.org>",
                f"{stamp} mx1 postfix/qmgr[7]: {again}: from=<eve@example.org>, size=900, nrcpt=1 (queue active)",
                f"{stamp} mx1 postfix/smtp[9]: {queue_id}: {to}, relay=127.0.0.1[127.0.0.1]:10024, {tail}, status=sent ({answer})",
                line.replace(queue_id, again),
            ]
        elif said == "removed":
            made += [line, line.replace(queue_id, again)]
        else:
            made.append(line)
    return made


def test_refusals_before_it_are_not_its_doing(tmp_path: Path) -> None:
    log = Log()
    refusals(log, -5, mails=6)
    good(log, 20)
    flood(log)
    refusals(log, 2, mails=5)
    found = same(log, tmp_path)
    assert found["postfix.smtp.blocklisted"].caused_by == ()
    assert found["postfix.smtp.blocklisted"].root


def test_what_is_no_question_of_reputation_is_not_its_doing(tmp_path: Path) -> None:
    log = Log()
    good(log, 20)
    flood(log)
    refusals(log, 2, said=REFUSED.replace("{reply}", "552 5.2.2 Mailbox full"))
    found = same(log, tmp_path)
    assert LOGIN in found
    assert found["postfix.smtp.mailbox-full"].caused_by == ()


# --- look-alikes ---------------------------------------------------------------------------------------


def newsletter(log: Log) -> None:
    """One login, one network, many recipients, of whom few are gone; some time later it is throttled."""
    flood(log, mails=400, gone=12, networks=1, user="news")


def old_newsletter(log: Log) -> None:
    """The same with a list that nobody has looked after: a seventh is gone."""
    flood(log, mails=200, gone=30, networks=1, user="news")


def lists(log: Log) -> None:
    """A manager of mailing lists, that hands in by sendmail(1)."""
    flood(log, mails=300, gone=14, user=None)
    picked(log, lambda line: "sasl_username" not in line)


def relay(log: Log) -> None:
    """Another server of ours, that sends through this one without a login."""
    flood(log, mails=120, gone=30, networks=1, user=None)


def traveller(log: Log) -> None:
    """Somebody with a phone and an office, whose address book is old."""
    flood(log, mails=60, gone=10, networks=2)


def roamer(log: Log) -> None:
    """Somebody who is everywhere, whose recipients exist."""
    flood(log, mails=150, gone=9, networks=12)


@pytest.mark.parametrize("story", [newsletter, old_newsletter, lists, relay, traveller, roamer])
def test_a_look_alike_is_not_named(story: Callable[[Log], None], tmp_path: Path) -> None:
    log = Log()
    good(log, 40)
    story(log)
    refusals(log, 30)
    found = same(log, tmp_path)
    assert not DERIVED & found.keys()
    assert found["postfix.smtp.blocklisted"].root
    assert found["postfix.smtp.blocklisted"].undecided is None


# --- what nobody can tell --------------------------------------------------------------------------------


def test_where_no_line_says_who_handed_it_in_it_is_undecided(tmp_path: Path) -> None:
    log = Log()
    good(log, 20)
    flood(log)
    refusals(log, 2)
    log.lines = [line for line in log.lines if "client=" not in line]
    found = same(log, tmp_path)
    assert not DERIVED & found.keys()
    open_ = found["postfix.smtp.blocklisted"].undecided
    assert open_ is not None
    assert set(open_.candidates[0].rules) == DERIVED
    assert "sasl_username=" in open_.look_at[0]


def test_without_refusals_nothing_is_asked_of_anybody(tmp_path: Path) -> None:
    log = Log()
    flood(log)
    log.lines = [line for line in log.lines if "client=" not in line]
    assert all(one.undecided is None for one in scanned(log, tmp_path).findings)


# --- what it costs ---------------------------------------------------------------------------------------


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which of the dearer steps are taken."""
    taken: list[str] = []

    def step(name: str, real: Callable[..., Any], *args: Any, **more: Any) -> Any:
        taken.append(name)
        return real(*args, **more)

    for name in ("suspected", "followed"):
        monkeypatch.setattr(senders, name, partial(step, name, getattr(senders, name)))
    return taken


def test_few_unknown_recipients_cost_nothing(steps: list[str], tmp_path: Path) -> None:
    log = Log()
    flood(log, mails=200, gone=9)
    refusals(log, 5)
    scanned(log, tmp_path)
    assert steps == []


@pytest.mark.parametrize("story", [newsletter, old_newsletter, relay, traveller, roamer])
def test_who_cannot_be_named_is_not_followed(
    story: Callable[[Log], None], steps: list[str], tmp_path: Path
) -> None:
    log = Log()
    good(log, 40)
    story(log)
    scanned(log, tmp_path)
    assert "followed" not in steps


@pytest.fixture
def drip(monkeypatch: pytest.MonkeyPatch) -> Log:
    """A long log with an unknown recipient an hour, day and night."""
    monkeypatch.setattr(senders, "LONG", 0)
    log = Log()
    for number in range(40):
        at = BEGIN + timedelta(hours=number)
        log.mail(f"u{number}@d.example", GONE, dsn="5.1.1", user="eve", client=f"203.0.{number % 5}.7", at=at)
    return log


def test_long_logs_are_looked_through_only_for_a_burst(
    drip: Log, steps: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(senders, "MANY", 1.0)
    scanned(drip, tmp_path)
    assert steps == []
    flood(drip)
    assert LOGIN in findings(scanned(drip, tmp_path))


def test_or_where_such_lines_are_a_part_of_all(drip: Log, steps: list[str], tmp_path: Path) -> None:
    scanned(drip, tmp_path)
    assert steps == ["suspected"]


def test_a_suspicion_takes_two_more_looks(steps: list[str], tmp_path: Path) -> None:
    log = Log()
    good(log, 20)
    flood(log)
    report = scanned(log, tmp_path)
    assert LOGIN in findings(report)
    assert steps == ["suspected", "followed"]


def test_only_the_asked_time_counts(tmp_path: Path) -> None:
    log = Log()
    for number in range(400):
        at = BEGIN - timedelta(days=3) + timedelta(minutes=number)
        log.mail(f"f{number}@good.example", OK, status="sent", user="eve", client="203.0.9.7", at=at)
    good(log, 20)
    flood(log)
    since = Settings(zone="UTC", jobs=1, since=BEGIN - timedelta(hours=1))
    assert LOGIN in findings(scanned(log, tmp_path, since))
    assert LOGIN not in findings(scanned(log, tmp_path))


def test_the_answer_does_not_depend_on_blocks_or_threads(tmp_path: Path) -> None:
    log = Log()
    good(log, 20)
    flood(log)
    refusals(log, 2)
    one = scanned(log, tmp_path)
    other = scanned(log, tmp_path, Settings(zone="UTC", jobs=2, block_bytes=700))
    assert one.findings == other.findings
    assert one.blast_radius == other.blast_radius
