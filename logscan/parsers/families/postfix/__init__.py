"""Postfix: every daemon, every instance, short and long queue IDs.

In: syslog records whose program is Postfix's. Out: `FAMILY`.
kinds decides what every line is; fields takes apart the lines it is given.
Never: trusts text that a client or a remote server chose.
"""

from __future__ import annotations

from typing import Final

from logscan.model import vocabulary
from logscan.parsers.families.postfix import everyday, fields, kinds
from logscan.parsers.family import Family

#: postfix/smtp, postfix/submission/smtpd, postfix-out/qmgr, postfix-192.0.2.3/smtp, bare postfix;
#: not postfix-policyd-spf and other servants with a program of their own.
FAMILY: Final = Family(
    name=vocabulary.Family.POSTFIX,
    programs=r"^postfix(?:(?:[-.@][^/]*)?/.+)?$",
    kinds=kinds.kinds,
    fields=fields.fields,
    everyday=everyday.EVERYDAY,
    opens=everyday.OPENS,
)
