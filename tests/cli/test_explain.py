"""`explain`: a whole line, a bare reply, a bare code, a bare message; text and JSON Lines."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.cli.conftest import Cli, Program

#: CONTRACT: explain --format json.
KEYS = [
    "text",
    "rule",
    "cause",
    "direction",
    "nature",
    "fault",
    "provider",
    "severity",
    "smtp_code",
    "dsn",
    "title",
    "meaning",
    "likely_causes",
    "remedy",
    "verify",
    "references",
    "captures",
]

PTR = "450 4.7.1 Client host rejected: cannot find your hostname, [192.0.2.25]"
SAID_TO_US = (
    "Nov 24 03:27:39 mx1 postfix/smtp[20577]: 685B655257C: to=<b1@b.example>, relay=mx.b.example[198.51.100.33]:25, "
    f"delay=0.09, delays=0.09/0/0/0, dsn=4.7.1, status=deferred (host mx.b.example[198.51.100.33] said: {PTR} (in reply "
    "to RCPT TO command))"
)
SAID_BY_US = (
    "Nov 24 03:27:39 mx1 postfix/smtpd[20577]: NOQUEUE: reject: RCPT from unknown[192.0.2.25]: 450 4.7.1 Client host "
    "rejected: cannot find your hostname, [192.0.2.25]; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<x.example>"
)


def explained(
    cli: Cli, *texts: str, stdin: bytes = b"", options: tuple[str, ...] = ()
) -> list[dict[str, Any]]:
    ran = cli("explain", "--format", "json", *options, *texts, stdin=stdin)
    assert ran.code == 0, ran.err
    return [json.loads(line) for line in ran.out.splitlines()]


def test_a_whole_line_and_its_mirror_are_two_things(cli: Cli) -> None:
    to_us, by_us = explained(cli, SAID_TO_US, SAID_BY_US)
    assert (to_us["rule"], to_us["direction"], to_us["cause"]) == (
        "postfix.smtp.no-reverse-dns",
        "outbound",
        "ptr-missing",
    )
    assert (to_us["smtp_code"], to_us["dsn"], to_us["nature"], to_us["fault"]) == (450, "4.7.1", "soft", "us")
    assert to_us["captures"]["ip"] == "192.0.2.25"
    assert any("192.0.2.25" in step for step in to_us["remedy"] + to_us["verify"])
    assert by_us["direction"] == "inbound"
    assert by_us["rule"] not in (None, to_us["rule"])
    assert by_us["fault"] == "client"


def test_a_bare_reply_is_read_as_a_remote_s_answer_without_direction(cli: Cli) -> None:
    (reply,) = explained(cli, PTR)
    assert (reply["rule"], reply["direction"], reply["smtp_code"]) == (
        "postfix.smtp.no-reverse-dns",
        None,
        450,
    )
    text = cli("explain", PTR).out
    assert "In our own log after `NOQUEUE: reject`" in " ".join(text.split())


@pytest.mark.parametrize("code", ["5.7.26", "4.4.2", "5.1.1", "2.1.5", "5.99.99", "4.7.0"])
def test_a_bare_code_is_explained_from_the_registry(cli: Cli, code: str) -> None:
    (found,) = explained(cli, code)
    assert found["rule"] == f"registry.{code}"
    assert found["dsn"] == code
    assert found["title"]
    assert found["meaning"]
    assert found["direction"] is None
    assert found["nature"] == {"4": "soft", "5": "hard", "2": None}[code[0]]


def test_a_reply_that_no_card_knows_is_explained_by_its_code(cli: Cli) -> None:
    (found,) = explained(cli, "550 5.1.3 zyzzyva of the umpteenth water")
    assert found["rule"] == "registry.5.1.3"
    assert found["dsn"] == "5.1.3"
    assert found["smtp_code"] == 550


def test_a_reply_of_several_lines(cli: Cli) -> None:
    lines = (
        "550-5.7.26 This mail has been blocked because the sender is unauthenticated.\n"
        "550-5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM.\n550 5.7.26 x - gsmtp"
    )
    (found,) = explained(cli, lines)
    assert found["rule"] == "replies.google.unauthenticated"
    assert found["provider"] == "google"


def test_every_key_of_the_contract_in_its_order(cli: Cli) -> None:
    texts = (SAID_TO_US, SAID_BY_US, PTR, "5.7.26", "550 5.1.1 zyzzyva")
    for text, found in zip(texts, explained(cli, *texts), strict=True):
        assert list(found) == KEYS
        assert found["text"] == text
        for key in ("likely_causes", "remedy", "verify", "references"):
            assert isinstance(found[key], list)
        assert isinstance(found["captures"], dict)


def test_what_is_not_understood_is_null_and_keeps_its_place(cli: Cli) -> None:
    first, second, third = explained(cli, "5.7.26", "the quality of mercy is not strained", PTR)
    assert first["rule"] == "registry.5.7.26"
    assert second["text"] == "the quality of mercy is not strained"
    assert {
        key: second[key] for key in ("rule", "cause", "title", "meaning", "direction", "smtp_code")
    } == dict.fromkeys(("rule", "cause", "title", "meaning", "direction", "smtp_code"))
    assert third["rule"] == "postfix.smtp.no-reverse-dns"


def test_one_per_line_from_standard_input_in_the_same_order(cli: Cli) -> None:
    texts = [PTR, SAID_BY_US, "5.7.26", "no such thing", SAID_TO_US, "5.7.26"]
    data = "".join(f"{text}\r\n" for text in texts).encode()
    assert [found["text"] for found in explained(cli, "-", stdin=data)] == texts
    assert [found["text"] for found in explained(cli, stdin=data)] == texts
    assert [found["text"] for found in explained(cli, "4.4.2", "-", stdin=data)] == ["4.4.2", *texts]


def test_bytes_that_are_no_text_are_no_crash(cli: Cli) -> None:
    (found,) = explained(cli, "-", stdin=b"550 5.1.1 <m\xfcller@b.example>: User unknown\n")
    assert found["rule"] == "postfix.smtp.user-unknown"


def test_a_message_without_its_header(cli: Cli) -> None:
    (found,) = explained(cli, "warning: SASL: Connect to private/auth failed: No such file or directory")
    assert found["rule"] is not None
    assert found["title"]


def test_a_web_server_s_line(cli: Cli) -> None:
    line = (
        "[Thu Jun 24 09:14:54 2010] [error] [client 192.168.3.34] FastCGI: incomplete headers (0 bytes) received from "
        'server "/usr/bin/dispatch.fcgi"'
    )
    (found,) = explained(cli, line)
    assert found["rule"] == "fastcgi.mod-fastcgi.worker-closed"


def test_chinese(cli: Cli) -> None:
    (found,) = explained(cli, PTR, options=("--lang", "zh"))
    assert re.search("[\u4e00-\u9fff]{4}", found["title"] + found["meaning"])
    assert "PTR" in found["meaning"]


def test_text_has_what_why_and_what_to_do(cli: Cli) -> None:
    out = cli("explain", PTR, "5.7.26").out
    for label in ("what", "why", "do", "verify"):
        assert re.search(rf"^  {label}\b", out, re.MULTILINE)
    assert out.index(PTR) < out.index("\n\n5.7.26")


def test_as_a_program_in_a_pipe(program: Program) -> None:
    ran = program("explain", "--format", "json", stdin=f"{PTR}\n5.7.26\n".encode())
    assert ran.code == 0
    assert [json.loads(line)["rule"] for line in ran.out.splitlines()] == [
        "postfix.smtp.no-reverse-dns",
        "registry.5.7.26",
    ]


def test_a_line_of_a_program_that_nobody_knows_is_no_crash(cli: Cli) -> None:
    (told,) = explained(cli, "Nov 24 03:27:35 mx1 CRON[1]: x")
    assert told["rule"] is None
