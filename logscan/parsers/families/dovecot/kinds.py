"""What a line of Dovecot is, told by its first words; where they tell nothing, by its level.

In: records. Out: `kinds`. Never: a client's words, which stand behind `user=<` and `msgid=`, in the place of
Dovecot's: what is looked for in a login process's line stands before the first bracket.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.model.vocabulary import Kind, Severity
from logscan.parsers.families.dovecot.prefix import PREFIX, words
from logscan.parsers.sayings import judged, saying

#: Up to a login process's own verdict: no client's word is there.
_OWN: Final = "(?:Disconnect|Abort|Log(?:in|ged)|Internal login|Maximum number)[^<]*"
_TLS: Final = r"SSL_[a-z_]+\(\) (?:syscall )?failed"
#: What became of a mail. deliver_log_format puts what it likes before it, and a Message-ID is the sender's: the last
#: of several verdicts is Dovecot's.
_VERDICT: Final = (
    r"(?s)^(?:sieve: )?(?:[a-z]+=.*)?\bmsgid=.*: (save(?:d mail| failed) |stored mail into |failed to (?:store|forward|redirect)"
    r"|forwarded to |redirected to |reject(?:ed|ing)\b|marked message to be discarded|discarded)"
)
_MAIL: Final = "mail: "
_FULL: Final = "(?i:quota exceeded|over quota|mailbox is full|mailbox for user is full)"

_SAYINGS: Final = (
    # sessions; the order matters: a session that failed to log in is told first
    saying(Kind.AUTH_FAILURE, Severity.NOTICE, rf"{_OWN}\(auth(?:orization)? failed, [0-9]+ attempts"),
    saying(
        Kind.WARNING, Severity.WARNING, rf"(?:{_OWN})?Maximum number of connections from user\+IP exceeded"
    ),
    saying(
        Kind.ERROR,
        Severity.ERROR,
        rf"(?:{_OWN})?(?:Internal login failure|auth service reported temporary failure)",
        rf"{_OWN}(?:auth process communication failure|internal failure, [0-9]+ successful auths)",
        rf"{_OWN}(?:disconnected before auth was ready|Auth process broken|Connection queue full)",
    ),
    saying(
        Kind.WARNING,
        Severity.NOTICE,
        rf"{_OWN}{_TLS}",
        rf"{_OWN}user=<>, [^<]*TLS[^<]*: {_TLS}",
        rf"{_OWN}\(tried to use (?:disallowed plaintext auth|unsupported auth mechanism)\)",
        rf"{_OWN}\(cert required, client didn't (?:start TLS|send a cert)\)",
        rf"{_OWN}(?:Login disabled|login disabled)",
    ),
    saying(
        Kind.CONNECT,
        Severity.INFO,
        r"(?:Login|Logged in): user=<",
        "Connect from ",
        "proxy\\(",
        everyday=True,
    ),
    saying(
        Kind.DISCONNECT,
        Severity.INFO,
        r"(?:Disconnected|Disconnect from|Aborted login|Login aborted|Logged out|Connection closed)\b",
        everyday=True,
    ),
    # deliveries
    saying(Kind.WARNING, Severity.WARNING, rf"{_MAIL}(?:save failed|failed to store|rejected: ).*{_FULL}"),
    saying(Kind.ERROR, Severity.ERROR, rf"{_MAIL}(?:save failed|failed to (?:store|forward|redirect))"),
    saying(
        Kind.DELIVERY,
        Severity.INFO,
        rf"{_MAIL}(?:saved mail to|stored mail into mailbox|forwarded to|redirected to)\b",
        everyday=True,
    ),
    saying(
        Kind.WARNING,
        Severity.NOTICE,
        rf"{_MAIL}(?:rejected|rejecting)\b",
        r"sieve: Execution of script .* failed",
    ),
    saying(Kind.WARNING, Severity.WARNING, r"sieve: Failed to compile script"),
    saying(Kind.DISCARD, Severity.INFO, rf"{_MAIL}(?:marked message to be discarded|discarded)"),
    # what the password check says of a login; the login process tells it again, with the client
    saying(
        Kind.WARNING,
        Severity.INFO,
        r"[a-z0-9-]+\(.*\): (?:Password mismatch|unknown user|user not found)(?: \(|$)",
        r"pam\(.*\): pam_authenticate\(\) failed: Authentication failure",
        r"pam_[a-z0-9]+\(dovecot:[a-z]+\): authentication failure",
        r"policy\(.*\): Authentication failure due to policy server refusal",
    ),
    saying(
        Kind.LOOKUP_FAILED,
        Severity.ERROR,
        r"(?:mysql|pgsql|sqlite|cassandra|sql|dict|ldap|LDAP)\b.*"
        r"(?:failed|Can't connect|Not connected|Lost connection|gone away|timed out)",
    ),
    # the service
    saying(
        Kind.LIFECYCLE,
        Severity.INFO,
        r"Dovecot v[^ ]+ .*starting up",
        "SIGHUP received - reloading",
        r"Killed with signal (?:2|15)\b",
        "(?:Generating|Regenerating) (?:Diffie-Hellman|DH|SSL) parameters",
        "(?:SSL|ssl-params): .*regeneration completed",
    ),
    # mail_log and the like: what clients do all day
    saying(
        Kind.CLIENT,
        Severity.INFO,
        "(?:copy from |(?:un)?delete: |expunge: |autoexpunge: |save: |append: |flag_change: )",
        "Mailbox (?:created|deleted|renamed|subscribed|unsubscribed): ",
        "(?:mailbox_(?:create|delete|rename)|Indexed [0-9]+ messages|sieve: msgid=)",
        r"pam_[a-z0-9]+\(dovecot:[a-z]+\): (?:check pass; user unknown|session (?:opened|closed))",
        everyday=True,
    ),
)

_BY_LEVEL: Final = {
    "Panic": (Kind.PANIC, Severity.CRITICAL),
    "Fatal": (Kind.FATAL, Severity.ERROR),
    "Error": (Kind.ERROR, Severity.ERROR),
    "Warning": (Kind.WARNING, Severity.WARNING),
}


def kinds(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with kind, severity and everyday."""
    texts = frame["text"]
    said = judged(words(texts).str.replace(_VERDICT, _MAIL + "${1}"), _SAYINGS).with_columns(
        texts.str.extract(PREFIX, 3).alias("level")
    )
    debug, bad = pl.col("level") == "Debug", pl.col("level").is_in(list(_BY_LEVEL))
    # what Dovecot calls an error is no everyday line, whatever its first words
    untold = (pl.col("kind") == Kind.OTHER.value) | (pl.col("everyday") & bad)
    levels = {level: (kind.value, severity.value) for level, (kind, severity) in _BY_LEVEL.items()}
    by_level = {
        name: pl.col("level").replace_strict(
            {level: pair[place] for level, pair in levels.items()}, default=None, return_dtype=pl.String
        )
        for place, name in enumerate(("kind", "severity"))
    }
    told = said.select(
        pl.when(debug)
        .then(pl.lit(Kind.OTHER.value))
        .when(untold)
        .then(pl.coalesce(by_level["kind"], "kind"))
        .otherwise("kind")
        .alias("kind"),
        pl.when(debug)
        .then(pl.lit(Severity.INFO.value))
        .when(untold)
        .then(pl.coalesce(by_level["severity"], "severity"))
        .otherwise("severity")
        .alias("severity"),
        ((pl.col("everyday") & ~bad.fill_null(value=False)) | debug.fill_null(value=False)).alias("everyday"),
    )
    return frame.hstack(told.get_columns())
