"""What the Courier programs tell syslog: logins to IMAP and POP3, authdaemond's checks, maildrop's deliveries.

For: a user who cannot read mail, a password daemon that does not reach its data base, a full mailbox. In: records
of Courier's programs. Out: `FAMILY`. Never: a user's name taken for Courier's words.

courierlogger takes the level (`ERR: `, `ALERT: `) off most lines and gives it to syslog, which drops it: a line is
told by its words. One login that failed is one event of kind `auth-failure`, imapd's or pop3d's; what authdaemond
says of it with DEBUG_LOGIN is a remark, kind `warning`, severity info.
Source: courier-authlib 0.5x to 0.72, courier-imap 3 to 5, maildrop 2 and 3; lines of an 0.71 that was run for them.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.model.vocabulary import Direction, Kind, Severity
from logscan.model.vocabulary import Family as Name
from logscan.parsers.family import Family
from logscan.parsers.sayings import judged, saying

_LEVEL: Final = r"^(?:ALERT|CRIT|ERR|WARN|INFO|DEBUG): "
#: How sessions end their line: what was counted follows the address, which is the last one.
_SESSION: Final = r"(?s)^([A-Z][A-Za-z ]*)(?:, (?:user=(.*)|method=([A-Z0-9-]+)))?, ip=\[([0-9A-Fa-f.:]{2,45})\](?:, port=\[([0-9]{1,5})\])?"
_LIMITED: Final = r"^Maximum connection limit reached for ([0-9A-Fa-f.:]{2,45})$"
_HANDSHAKE: Final = r"^ip=\[([0-9A-Fa-f.:]{2,45})\], "

_SAYINGS: Final = (
    saying(Kind.AUTH_FAILURE, Severity.NOTICE, "LOGIN FAILED\\b"),
    saying(Kind.CONNECT, Severity.INFO, "Connection, ", "LOGIN\\b", "LOGIN: ", everyday=True),
    saying(
        Kind.DISCONNECT,
        Severity.INFO,
        "LOGOUT\\b",
        "DISCONNECTED\\b",
        "Disconnected\\b",
        "TIMEOUT\\b",
        everyday=True,
    ),
    saying(Kind.WARNING, Severity.WARNING, "Maximum connection limit reached for "),
    saying(Kind.WARNING, Severity.NOTICE, r"(?:ip=\[[^\]]*\], )?(?:Unexpected SSL|couriertls: )"),
    # authdaemond
    saying(
        Kind.LOOKUP_FAILED,
        Severity.ERROR,
        "failed to connect to (?:mysql|pgsql|postgres|sqlite|database) ?server",
        "(?:authmysql|authmysqllib|authpgsql|authpgsqllib): (?:mysql_|PQ|SQL|.*connection lost)",
        "mysql_(?:query|select_db|ping)\\b.* ?(?:failed|error|lost)",
        "PGSQL_CONNECTION could not be established",
        "PQsendQuery failed",
        "sqllite3_open\\(",
        "cannot connect to LDAP server",
        "(?:ldap_[a-z_]+(?:\\(\\))?|search) (?:failed|timed out)",
        "setpass SQL failed",
    ),
    saying(
        Kind.ERROR,
        Severity.ERROR,
        "auth(?:mysql|pgsql|sqlite)(?:lib)?: .*(?:not set|cannot parse)",
        "(?:SQLITE|MYSQL|PGSQL)_[A-Z_]+ and .* not set",
        r".* not found in /",
        "marker line not found",
        "Bad line in ",
        "Configuration error - ",
        "Cannot open ",
        "Can't locate init function",
        "lt_dl(?:init|open|setsearchpath)",
        "emailmap: [0-9]+ entries returned",
        "Multiple rows returned",
        "Query came back with fewer than",
        "authldap(?:lib)?: (?:INVALID|unexpected|LDAP_|TLS not available)",
        "(?:Returned multiple entries|incomplete row|invalid value for [gu]id|required value )",
        "userdb(?:shadow)?: (?:required value|unable to)",
        "(?:-(?:name|pid|start) |Bad fd, |Group not found: |Unknown (?:facility name|option) )",
        ".*MYSQL_SERVER nor MYSQL_SOCKET set",
        "pam_start failed|pipe: failed",
        ".* error while loading shared libraries",
        r"(?:No UID/GID|No homedir|No address|.*: (?:No UID/GID|No homedir))!!",
        r".*: chdir\(.*\) failed!!",
        "authldaplib: refuse to authenticate",
        r"authdaemon: s_connect\(\) failed: ",
        r"\[Hint: perhaps authdaemond is not running\?\]",
        "authentication error",
        "(?:maildrop: )?Temporary authentication failure",
    ),
    saying(
        Kind.WARNING,
        Severity.INFO,
        "FAIL, all modules rejected",
        "auth[a-z]+: (?:REJECT|TEMPFAIL) - ",
        "zero rows returned",
        "password (?:does not match|matches)",
        "supplied password ",
        "no password available to compare",
        "authpam: ",
        "pam_(?:authenticate|acct_mgmt) failed",
        "Password (?:didn't match|not found)|Not found$|userdb(?:shadow)?: entry not found|incomplete ",
        "auth(?:shadow): .*expired",
        "cram validation failed",
        r"pam_[a-z0-9]+\([^()]*\): authentication failure",
    ),
    saying(
        Kind.LIFECYCLE,
        Severity.INFO,
        "modules=",
        "(?:Installing|Uninstalling) ",
        "Installation complete: ",
        "(?:restarting|stopping) authdaemond children",
        "auth[a-z]+: (?:reloaded|disabled)",
    ),
    saying(
        Kind.CLIENT,
        Severity.INFO,
        "received (?:auth|userid lookup) request",
        "auth[a-z]+: trying this module",
        "Authenticated: ",
        "SQL query: ",
        r"(?:sysusername|clearpasswd|username|password|pam_service)=",
        "cram(?::| validation succeeded)",
        "(?:Query: |Modify: |Returned DN: |Password for |binding to LDAP |ldap_search: |emailmap: |using emailmap )",
        "(?:Using character set: |dopam successful|selected ldap protocol|timeout set to |setpass SQL: )",
        "auth(?:mysql|pgsql|sqlite|ldap|userdb|pipe)(?:lib)?: ",
        "(?:found |userdb: (?:looking up|opened|home=)|executing |pipe: will |(?:new|reusing|closing) pipe|forking new)",
        everyday=True,
    ),
    # maildrop, imapd, pop3d
    saying(
        Kind.WARNING, Severity.WARNING, "(?:maildrop: )?[Mm]aildir over quota", ".*Timeout quota exceeded"
    ),
    saying(
        Kind.WARNING,
        Severity.NOTICE,
        "Invalid user specified",
        "(?:Check|Failed to create cache file).*maildirwatch",
        "Filesystem notification initialization error",
    ),
    saying(
        Kind.ERROR,
        Severity.ERROR,
        "(?i:unable to |cannot |can't |could not |failed |error )",
        "(?:rename|link|flock|fork|dup|chdir|stat|select|read|write|exec|execv)\\(?\\)? ?(?:failed|error|:)",
        "Invalid (?:home directory permissions|permissions on|user ownership of)",
        "Insufficient permissions",
        "Maximum (?:number|shared)",
        "Check for proper operation",
        "[a-zA-Z/.0-9_-]+\\([0-9]+\\): (?i:syntax error|unable|error)",
        "[A-Z][a-z]+: No such file or directory",
        "exec: ",
        ".*: (?:Permission denied|No such file or directory|No space left on device|Too many open files|Disk quota exceeded|Input/output error)$",
    ),
)


def _said(frame: pl.DataFrame) -> pl.Series:
    """The words without the level."""
    return frame["text"].str.replace(_LEVEL, "")


def _kinds(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with `kind`, `severity` and `everyday`."""
    return frame.hstack(judged(_said(frame), _SAYINGS).get_columns())


def _fields(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with daemon, direction, client_ip and port, sasl_user, sasl_method and reason.

    An IPv4 address that Courier writes as IPv6 (`::ffff:192.0.2.7`) is given as IPv4. A method that is none of
    the session's own words is null.
    """
    said = _said(frame)
    found = pl.DataFrame(
        [
            said.alias("said"),
            said.str.extract(_SESSION, 1).alias("verdict"),
            said.str.extract(_SESSION, 2).alias("user"),
            said.str.extract(_SESSION, 3).alias("method"),
            said.str.extract(_SESSION, 4).alias("ip"),
            said.str.extract(_SESSION, 5).alias("port"),
            said.str.extract(_LIMITED, 1).alias("limited"),
            said.str.extract(_HANDSHAKE, 1).alias("handshake"),
        ]
    )
    address = pl.coalesce("ip", "limited", "handshake")
    return frame.with_columns(
        pl.col("program").str.extract("([^/]+)$", 1).alias("daemon"),
        *found.select(
            pl.when(address.is_not_null())
            .then(pl.lit(Direction.INBOUND.value))
            .otherwise(pl.lit(Direction.LOCAL.value))
            .alias("direction"),
            address.str.replace("^(?i:::ffff:)", "").alias("client_ip"),
            pl.col("port").cast(pl.Int64).alias("client_port"),
            pl.when(pl.col("user") != "").then("user").alias("sasl_user"),
            pl.col("method").alias("sasl_method"),
            pl.coalesce(
                "verdict",
                pl.when(pl.col("handshake").is_not_null()).then(pl.col("said").str.replace(_HANDSHAKE, "")),
                pl.when(pl.col("limited").is_not_null()).then(pl.lit("Maximum connection limit reached")),
                "said",
            ).alias("reason"),
        ).get_columns(),
    )


#: Without `everyday`: the glance at every line of every log would pay for a few lines of some.
FAMILY: Final = Family(
    name=Name.COURIER,
    programs=(
        r"^(?:authdaemond(?:\.[a-z]+)?|(?:courier-)?(?:imapd|pop3d)(?:-ssl)?|imaplogin|pop3login|courierpop3(?:d|login)"
        r"|couriertcpd|couriertls|courierlogger|courier(?:d|local|smtp|esmtp|esmtpd|uucp|dsn|filter)"
        r"|courier-authdaemon|maildrop|authtest)$"
    ),
    kinds=_kinds,
    fields=_fields,
)
