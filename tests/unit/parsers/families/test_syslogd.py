"""Loggers: lines that were thrown away are a warning; starts and chatter are everyday."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from logscan.packs.load import load
from logscan.parsers.families.syslogd import FAMILY
from logscan.pipeline.lines.pasted import judged


def event(text: str) -> dict[str, Any]:
    frame = pl.DataFrame({"program": ["rsyslogd"], "text": [text]})
    return FAMILY.fields(FAMILY.kinds(frame)).row(0, named=True)


@pytest.mark.parametrize(
    ("text", "whose"),
    [
        (
            "imuxsock[pid: 51, name: /usr/lib/postfix/sbin/master] from <mx1:postfix/smtpd>: begin to drop messages due to rate-limiting",
            "/usr/lib/postfix/sbin/master",
        ),
        ("imuxsock[pid: 51, name: /usr/sbin/opendkim]: 480 messages lost due to rate-limiting (200 allowed within 5 seconds)", "/usr/sbin/opendkim"),
        ("imjournal from <mx1:opendkim>: begin to drop messages due to rate-limiting", "opendkim"),
        ("mx1 from <mx1:postfix/smtpd>: 66 messages lost due to rate-limiting", "postfix/smtpd"),
        ("imjournal: 84667 messages lost due to rate-limiting", None),
        ("imuxsock begins to drop messages from pid 15817 due to rate-limiting", None),
        ("imuxsock lost 251 messages from pid 15817 due to rate-limiting", None),
        ("Suppressed 917 messages from postfix@-.service", "postfix@-.service"),
        ("Missed 1427 kernel messages", None),
        ("Forwarding to syslog missed 12 messages.", None),
    ],
)  # fmt: skip
def test_lost_lines_are_a_warning(text: str, whose: str | None) -> None:
    made = event(text)
    assert (made["kind"], made["severity"], made["everyday"]) == ("warning", "warning", False)
    assert (made["backend"], made["reason"], made["direction"]) == (whose, text, "local")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('[origin software="rsyslogd" swVersion="8.2302.0" x-pid="1" x-info="https://www.rsyslog.com"] start', "lifecycle"),
        ('[origin software="rsyslogd" swVersion="8.2302.0" x-pid="1" x-info="https://www.rsyslog.com"] rsyslogd was HUPed', "lifecycle"),
        ("Journal started", "lifecycle"),
        ("Runtime Journal (/run/log/journal/3d12) is 8.0M, max 200.0M, 192.0M free.", "lifecycle"),
        ("action 'action-8-builtin:omfile' resumed (module 'builtin:omfile')", "other"),
        # quoted, not said
        ("could not parse: Suppressed 917 messages from postfix", "other"),
        ("user said imjournal: 5 messages lost due to rate-limiting", "other"),
    ],
)  # fmt: skip
def test_everything_else_is_everyday(text: str, kind: str) -> None:
    made = event(text)
    assert (made["kind"], made["severity"], made["everyday"]) == (kind, "info", True)


@pytest.mark.parametrize(
    "program", ["rsyslogd", "rsyslogd-2177", "rsyslogd[8]", "systemd-journald[4]", "systemd-journal[4]", "syslog-ng[2]"]
)  # fmt: skip
def test_old_and_new_names_are_theirs(program: str) -> None:
    (result,) = judged([f"Nov 24 03:31:15 mx1 {program}: Missed 5 kernel messages"], load())
    assert result.events[0].rules == ("syslogd.limits.lines-dropped",)
