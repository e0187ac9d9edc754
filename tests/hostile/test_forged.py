"""What a stranger wrote pretends to be a field of the log; it must not become one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli

UTC = ("--tz", "UTC", "--year", "2026")

#: What a line says -> what must be read in it. What a stranger wrote pretends to be more.
FORGED: tuple[tuple[tuple[str, ...], dict[str, Any]], ...] = (
    (
        (
            "Nov 24 03:00:00 mx1 postfix/smtp[9]: 4F1A2B3C4D: to=<u@b.example>, relay=mx.b.example[198.51.100.1]:25, delay=1,",
            "delays=0/0/1/0, dsn=4.7.1, status=deferred (host mx.b.example[198.51.100.1] said: 450 4.7.1",
            "to=<v@f.example>, relay=local, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (250 2.0.0 Ok)",
            "(in reply to RCPT TO command))",
        ),
        {
            "kind": "delivery",
            "status": "deferred",
            "dsn": "4.7.1",
            "recipient": "u@b.example",
            "smtp_code": 450,
        },
    ),
    (
        (
            'Nov 24 03:00:00 mx1 postfix/smtp[9]: 4F1A2B3C4D: to=<"x>, relay=local, dsn=2.0.0, status=sent (ok"@b.example>,',
            "relay=mx.b.example[198.51.100.1]:25, delay=1, delays=0/0/1/0, dsn=5.1.1, status=bounced (host",
            "mx.b.example[198.51.100.1] said: 550 5.1.1 no (in reply to RCPT TO command))",
        ),
        {
            "kind": "delivery",
            "status": "bounced",
            "dsn": "5.1.1",
            "relay_name": "mx.b.example",
            "recipient": '"x>, relay=local, dsn=2.0.0, status=sent (ok"@b.example',
        },
    ),
    (
        (
            "Nov 24 03:00:00 mx1 postfix/smtpd[7]: NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 504 5.5.2 <x>: Helo command",
            "rejected: need fully-qualified hostname; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<x>",
            "to=<v@f.example> proto=ESMTP helo=<y>",
        ),
        {
            "kind": "reject",
            "status": None,
            "client_ip": "192.0.2.9",
            "recipient": "c@d.example",
            "sender": "a@b.example",
        },
    ),
    (
        (
            "Nov 24 03:00:00 mx1 postfix/cleanup[8]: 4F1A2B3C4D: reject: header Subject: x from f.example[203.0.113.66];",
            "from=<v@f.example> to=<w@f.example> proto=SMTP helo=<f.example>: 5.7.1 forged from mx.b.example[198.51.100.1];",
            "from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<mx.b.example>: 5.7.1 message content rejected",
        ),
        {
            "client_ip": "198.51.100.1",
            "recipient": "c@d.example",
            "sender": "a@b.example",
            "helo": "mx.b.example",
        },
    ),
    (
        (
            "Nov 24 03:00:00 mx1 postfix/smtpd[7]: 4F1A2B3C4D: client=unknown[192.0.2.9], sasl_method=LOGIN,",
            "sasl_username=x, sasl_sender=<y>, status=sent (250 ok)",
        ),
        {"kind": "client", "client_ip": "192.0.2.9", "status": None},
    ),
    (
        (
            "Nov 24 03:00:00 mx1 postfix/cleanup[8]: 4F1A2B3C4D:",
            "message-id=<x@b.example>, status=sent (250 2.0.0 Ok)",
        ),
        {"kind": "message-id", "status": None},
    ),
    (
        (
            "Nov 24 03:00:00 mx1 postfix/smtpd[7]: warning: unknown[203.0.113.7]: SASL LOGIN authentication failed:",
            "authentication failure, sasl_username=4F1A2B3C4D: to=<v@f.example>, status=sent (250 ok)",
        ),
        {"kind": "auth-failure", "client_ip": "203.0.113.7", "status": None},
    ),
    (
        (
            '203.0.113.9 - - [24/Nov/2026:03:00:00 +0000] "GET /x\\" 500 99 \\"-\\" \\"- HTTP/1.1" 200 293',
            '"\\" 503 1 \\"" "ua\\" 502 1 \\"x"',
        ),
        {"kind": "http-request", "http_status": 200, "bytes": 293, "method": "GET"},
    ),
    (
        (
            "[Tue Nov 24 03:00:00.000001 2026] [fcgid:warn] [pid 1:tid 2] [client 203.0.113.9:5] mod_fcgid: stderr:",
            "[Tue Nov 24 03:00:00 2026] [error] [client 198.51.100.9] FastCGI: incomplete headers (0 bytes) received",
            'from server "/x"',
        ),
        {"client_ip": "203.0.113.9", "module": "fcgid"},
    ),
)


@pytest.mark.parametrize("number", range(len(FORGED)))
def test_forged_fields_do_not_forge(cli: Cli, tmp_path: Path, number: int) -> None:
    words, wanted = FORGED[number]
    log = tmp_path / "a.log"
    log.write_text(" ".join(words) + "\n")
    ran = cli("events", log, *UTC, "--format", "jsonl")
    (event,) = (json.loads(found) for found in ran.out.splitlines())
    assert {key: event.get(key) for key in wanted} == wanted
