"""Web servers' access logs: common, combined, vhost_combined, what formats add to them, and JSON.

For: which requests a webmail or its server failed, how long they took, and at what time others were
served. In: lines, or records of this family; nginx's are of it too. Out: `FAMILY`. Never: needs
a server's configuration; a small grammar tells the variants from the lines (see tail).

`text` is the whole line: the client stands before the time stamp, and two clients that ask for
the same page in the same second are two events.
"""

from __future__ import annotations

from typing import Final

from logscan.model.vocabulary import Family as Name
from logscan.parsers.families.apache_access.combined import FORMATS, fields, kinds
from logscan.parsers.family import Family

FAMILY: Final = Family(name=Name.APACHE_ACCESS, formats=FORMATS, kinds=kinds, fields=fields)
