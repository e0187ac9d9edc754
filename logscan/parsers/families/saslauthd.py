"""What saslauthd tells syslog: a password that it refused, a mechanism that does not work, start and stop.

For: users who cannot log in to send where Postfix asks Cyrus SASL. In: records of the program `saslauthd`.
Out: `FAMILY`. Never: the refusal of the session, which Postfix logs with the client's address.

`auth failure: [user=...] [service=smtp] ...` is kind `auth-failure`, severity notice; its user and realm make
sasl_user. PAM's own lines about the same attempt are a remark, kind `warning`, severity info.
The function's name that stands before the words (`do_auth         : `) is not part of the reason.
Source: Cyrus SASL 2.1.2x, saslauthd/; lines of a 2.1.28 that was run for them.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.model.vocabulary import Direction, Kind, Severity
from logscan.model.vocabulary import Family as Name
from logscan.parsers.family import Family
from logscan.parsers.sayings import judged, saying

#: A function's name, or the blanks in its place; older ones write `DEBUG: auth_pam: ` instead.
_FUNCTION: Final = r"^(?:[a-z_]{0,32} {1,32}: |DEBUG: )"
_REFUSED: Final = "auth failure: "

_SAYINGS: Final = (
    saying(Kind.AUTH_FAILURE, Severity.NOTICE, _REFUSED),
    saying(
        Kind.CLIENT,
        Severity.INFO,
        r"auth success(?: \(cached\))?: ",
        r"pam_[a-z0-9]+\([^()]*\): (?:check pass; user unknown|session (?:opened|closed))",
        everyday=True,
    ),
    saying(
        Kind.WARNING,
        Severity.INFO,
        r"pam_[a-z0-9]+\([^()]*\): authentication failure",
        r"auth_pam: pam_(?:authenticate|acct_mgmt) failed: ",
        r"auth_(?:shadow|getpwent): .*(?:invalid (?:user ?name|password|shadow username)|pw mismatch|expired)",
        r"Authentication failed for ",
        r"Entry not found ",
        r"auth_(?:rimap|httpform): \[",
    ),
    saying(
        Kind.LOOKUP_FAILED,
        Severity.ERROR,
        r"(?:user |group )?ldap_[a-z_]+(?:\(\))? failed",
        "start tls failed",
        r"auth_(?:rimap|httpform)(?:_init)?: (?:couldn't connect|connect |getaddrinfo |no IP address|read |writev )",
        r"auth_(?:rimap|httpform): unexpected response",
        r"auth_krb5(?:_init)?[: ]",
    ),
    saying(
        Kind.LIFECYCLE,
        Severity.INFO,
        "master (?:pid is|exited): ",
        "starting ",
        "listening on socket: ",
        "using ",
        "(?:num_procs|mech_option|run_path|auth_mech) *:",
        "(?:forked child|child exited|pid file|socket removed|accept lock file|cache|server_exit)",
        "(?:acquired|released) accept lock",
        "(?:attempting to? ?[a-z ]*|[0-9]+ rwlocks|bucket size|stats size|timeout +: |flock file|mmaped |lookup committed)",
        "(?:response: |auth_(?:rimap|httpform): sending |auth_(?:shadow|getpwent): OK)",
        "Retrying authentication",
        everyday=True,
    ),
    saying(
        Kind.FATAL,
        Severity.ERROR,
        "Another instance of saslauthd is currently running",
        "Cannot start saslauthd",
        "unknown authentication mechanism: ",
        "no authentication mechanism specified",
        "failed to initialize mechanism ",
        "could not (?:lock pid|bind to socket|chdir to|open pid|listen on socket)",
        "(?:Could not open|Error in) saslauthd config file",
    ),
    saying(
        Kind.WARNING,
        Severity.WARNING,
        "(?:Unable to set LDAP|Unknown ldap_group)",
        "(?:Domain/Realm|Service|User DN|Username) not available",
        "(?:Authentication method not setup|Duplicate entries found|Incomplete lookup substitution)",
        "(?:auth_(?:pam|shadow|getpwent|rimap|httpform)|saslauthd_pam_conv): ",
        "unexpected (?:signal|response)",
    ),
    saying(
        Kind.ERROR,
        Severity.ERROR,
        "internal mechanism failure: ",
        "mechanism returned unknown response: ",
        "(?:could not|can ?not|can't|failed|unable|invalid) ",
        r"(?:fcntl|mmap|open|bind|listen|chmod|chdir|accept|socket|fork|sigaction): ",
        "(?:fork failed|saslauthd master fork failed|filter pattern not setup|lak_init did not run|rimap_init: )",
        "(?:Your OpenLDAP API|Failed to set |-m requires |auth_httpform_init )",
        "socket accept failure",
        "(?:login|password|service|realm|client address) exceeded MAX_REQ_LEN",
        "NULL (?:login|password) received",
    ),
)

#: Whoever logs in chooses the user's name, which may hold every mark; what follows it is saslauthd's.
_USER: Final = (
    r"(?s)^auth (?:failure|success(?: \(cached\))?): \[user=(.*)\] \[service=([^\]]*)\] \[realm=([^\]]*)\]"
)
_REMOTE: Final = r"\] \[remote=([0-9A-Fa-f.:]{2,45})\]"
_WHY: Final = r"\[mech=([^\]]*)\](?: \[reason=([^\]]*)\])?$"
_PAM: Final = r"\brhost=([0-9A-Fa-f.:]{2,45}) +user=([^ ]+)$"


def _said(frame: pl.DataFrame) -> pl.Series:
    """The words without the function's name."""
    return frame["text"].str.replace(_FUNCTION, "")


def _kinds(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with `kind`, `severity` and `everyday`."""
    return frame.hstack(judged(_said(frame), _SAYINGS).get_columns())


def _fields(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with direction, module (the mechanism), client_ip, sasl_user and reason."""
    said = _said(frame)
    found = pl.DataFrame(
        [
            said.alias("said"),
            said.str.extract(_USER, 1).alias("user"),
            said.str.extract(_USER, 2).alias("service"),
            said.str.extract(_USER, 3).alias("realm"),
            said.str.extract(_REMOTE, 1).alias("remote"),
            said.str.extract(_WHY, 1).alias("mechanism"),
            said.str.extract(_WHY, 2).alias("why"),
            said.str.extract(_PAM, 1).alias("rhost"),
            said.str.extract(_PAM, 2).alias("pam"),
        ]
    )
    user = pl.when(pl.col("realm") != "").then(pl.concat_str("user", pl.lit("@"), "realm")).otherwise("user")
    refused = pl.col("said").str.starts_with(_REFUSED) & pl.col("user").is_not_null()
    words = pl.concat_str(
        pl.lit("auth failure: [service="),
        "service",
        pl.lit("] [mech="),
        pl.col("mechanism").fill_null(""),
        pl.lit("] [reason="),
        pl.col("why").fill_null(""),
        pl.lit("]"),
    )
    return frame.with_columns(
        pl.lit(Direction.LOCAL.value).alias("direction"),
        *found.select(
            pl.when(pl.col("user").is_not_null()).then("mechanism").alias("module"),
            pl.coalesce("remote", "rhost").alias("client_ip"),
            pl.coalesce(pl.when(user != "").then(user), "pam").alias("sasl_user"),
            pl.when(refused).then(words).otherwise("said").alias("reason"),
        ).get_columns(),
    )


#: Without `everyday`: the glance at every line of every log would pay for a few lines of some.
FAMILY: Final = Family(name=Name.SASLAUTHD, programs=r"^saslauthd$", kinds=_kinds, fields=_fields)
