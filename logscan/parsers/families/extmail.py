"""What the ExtMail webmail tells syslog: who logged in to it, from where, and who could not.

For: a webmail login that is refused. In: records of the program `extmail`. Out: `FAMILY`.
Never: the faults of its CGI programs, which the web server logs.

    user=<alice@example.org>, client=192.0.2.7, module=login, status=badlogin

A login that succeeded is kind `client`, everyday; a wrong password (badlogin), and an account without webmail
(disabled) or switched off (deactive), kind `auth-failure`, severity notice.
Source: ExtMail 1.0 to 1.2, Ext::App and Ext::Logger::Syslog.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.model.vocabulary import Direction, Kind, Severity
from logscan.model.vocabulary import Family as Name
from logscan.parsers.family import Family
from logscan.parsers.sayings import judged, saying

#: The user's name is what was typed; what follows the last `>, client=` is ExtMail's.
_LINE: Final = r"(?s)^user=<(.*)>, client=([0-9A-Fa-f.:]{2,45})?, (module=[a-z_]+.*)$"
_END: Final = "user=<.*>, client=[^ ,]*, module="

_SAYINGS: Final = (
    saying(Kind.CLIENT, Severity.INFO, f"{_END}login, status=loginok$", everyday=True),
    saying(Kind.AUTH_FAILURE, Severity.NOTICE, f"{_END}login, status=(?:badlogin|disabled|deactive)$"),
    saying(Kind.CLIENT, Severity.INFO, _END, everyday=True),
)


def _kinds(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with `kind`, `severity` and `everyday`."""
    return frame.hstack(judged(frame["text"], _SAYINGS).get_columns())


def _fields(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with direction, client_ip, sasl_user and reason."""
    texts = frame["text"]
    user, reason = texts.str.extract(_LINE, 1), texts.str.extract(_LINE, 3)
    known = pl.lit(reason).is_not_null()
    return frame.with_columns(
        pl.when(known)
        .then(pl.lit(Direction.INBOUND.value))
        .otherwise(pl.lit(Direction.LOCAL.value))
        .alias("direction"),
        texts.str.extract(_LINE, 2).alias("client_ip"),
        pl.when(pl.lit(user) != "").then(pl.lit(user)).alias("sasl_user"),
        pl.coalesce(pl.lit(reason), pl.lit(texts)).alias("reason"),
    )


#: Without `everyday`: the glance at every line of every log would pay for a few lines of some.
FAMILY: Final = Family(name=Name.EXTMAIL, programs=r"^extmail$", kinds=_kinds, fields=_fields)
