"""What Dovecot says: logins to IMAP, POP3, ManageSieve and submission, their checks, its deliveries.

For: a user who cannot log in or read mail, a mail that was handed over by LMTP or LDA, a limit that turns
clients away, a damaged index. In: records of the program `dovecot`, and Dovecot's own log (`log_path`).
Out: `FAMILY`. Never: a client's words (user name, Message-ID, password) taken for Dovecot's.

One login that failed is one event of kind `auth-failure`: the line of the login process, which ends the
session and names user and address. What the password check says before it (`auth: ...: Password mismatch`) is
a remark, kind `warning`, severity info. `daemon` is the process, imap-login.
Source: Dovecot 2.2 to 2.4 and Pigeonhole; lines of a 2.3.19 that was run for them.
"""

from __future__ import annotations

from typing import Final

from logscan.model.vocabulary import Family as Name
from logscan.parsers.families.dovecot.fields import fields
from logscan.parsers.families.dovecot.form import FORMATS
from logscan.parsers.families.dovecot.kinds import kinds
from logscan.parsers.family import Family

#: PAM speaks under the name of the process that asked it.
FAMILY: Final = Family(
    name=Name.DOVECOT,
    programs=r"^(?:dovecot(?:-(?:auth|lda|lmtp))?|auth(?:-worker)?)$",
    formats=FORMATS,
    kinds=kinds,
    fields=fields,
)
