"""What a healthy Postfix writes all day, as one regular expression over `program[pid]: text`.

In: nothing. Out: `EVERYDAY`, `OPENS`. Never: a line that `kinds` would not call everyday: what may hold
a stranger's words before the word that decides (a recipient in quotes) is left to `kinds`.

Each daemon's lines are told by their beginning, so most of a line is never looked at.
"""

from __future__ import annotations

from typing import Final

from logscan.parsers.families.postfix.grammar import ID, TAG
from logscan.parsers.family import Opens

_PID: Final = r"\[[0-9]{1,10}\]: "
_ADDRESS: Final = '<[^<>" ]*>'
_CONNECT: Final = f"smtpd{_PID}connect from "
_SESSION: Final = f"smtpd{_PID}(?:connect from |disconnect from |{TAG}: client=)"
_MESSAGE_ID: Final = f"cleanup{_PID}{TAG}: message-id="
_QUEUE: Final = rf"qmgr{_PID}{ID}: (?:removed$|from={_ADDRESS}, size=[0-9]+, nrcpt=[0-9]+ \(queue active\)$)"
_SENT: Final = (
    rf"{ID}: to={_ADDRESS}, (?:orig_to={_ADDRESS}, )?relay=[^ ,]+, (?:conn_use=[0-9]+, )?delay=[0-9.]+, "
    r"delays=[0-9./]+, dsn=2[0-9.]+, status=sent \("
)
_ENCRYPTED: Final = "(?:Anonymous|Untrusted|Trusted|Verified) TLS connection established (?:from|to) "
_TRANSPORT: Final = f"(?:smtp|lmtp|local|virtual|pipe|relay){_PID}(?:{_SENT}|{_ENCRYPTED})"
_ACCEPTED: Final = f"smtpd{_PID}{_ENCRYPTED}"
_NOTICE: Final = f"bounce{_PID}{ID}: (?:sender (?:non-delivery|delivery status|delay)|postmaster non-delivery) notification: "

#: postfix/smtp, postfix/submission/smtpd, postfix-out/smtp, postfix-192.0.2.3/smtp
_PROGRAM: Final = r"postfix(?:-[0-9A-Za-z._-]+)?/(?:[0-9A-Za-z_-]+/)?"

EVERYDAY: Final = f"{_PROGRAM}(?:{_SESSION}|{_MESSAGE_ID}|{_QUEUE}|{_TRANSPORT}|{_ACCEPTED}|{_NOTICE})"
OPENS: Final = Opens(pattern=f"{_PROGRAM}{_CONNECT}", literal="]: connect from ")
