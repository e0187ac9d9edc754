"""Apache httpd's error log, 2.2 and 2.4, with what FastCGI and CGI back ends make it say.

For: outages of a webmail and why. In: lines of error logs, or what httpd said to syslog.
Out: `FAMILY`. Never: one line of a log file split in two because of what a client sent
(see header.GLUED).

A record's `text` is the line without its time stamp: `[level] ...` stays, so that kinds and
fields need nothing else. A worker's own standard error has no stamp and no level; such a line,
given to this family, is understood as well as it can be (see kinds).
"""

from __future__ import annotations

from typing import Final

from logscan.model.vocabulary import Family as Name
from logscan.parsers.families.apache_error.fields import fields
from logscan.parsers.families.apache_error.header import FORMATS
from logscan.parsers.families.apache_error.kinds import kinds
from logscan.parsers.family import Family

FAMILY: Final = Family(
    name=Name.APACHE_ERROR,
    # With `ErrorLog syslog`; and what `apachectl` says when systemd runs it.
    programs=r"^(?:apache2?|httpd2?|httpd-prefork|apachectl)$",
    formats=FORMATS,
    kinds=kinds,
    fields=fields,
    looks_back=True,
)
