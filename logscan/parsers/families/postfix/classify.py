"""What a Postfix line is, decided exactly: the long way round for any line at all.

In: `program` and `text`. Out: a verdict number per row.
First the word that opens the text (behind the queue ID, if there is one), then the daemon, then,
for the few openings that several kinds share, a closer look.
Never: searches for words beyond the place where strangers begin to speak.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import polars as pl

from logscan.parsers.families.postfix.deliveries import outcome
from logscan.parsers.families.postfix.grammar import ID, IP, TAG
from logscan.parsers.families.postfix.verdicts import CODE
from logscan.parsers.families.postfix.words import BY_DAEMON, BY_WORD, POSTSCREEN_WORDS

_WORD: Final = rf"^(?:{TAG}: )?([A-Za-z][A-Za-z0-9_-]*(?:: |=|, | |$))"
_CLIENT: Final = rf"[^ \[\]]*\[(?:unknown|{IP})\](?::[0-9]+)?"
#: The words of a warning, without a queue ID.
WARNING: Final = rf"(?s)^warning: (?:{ID}: )?(.*)$"

#: Warnings that are another kind of event, or somebody else's fault. The first that fits.
_WARNINGS: Final = (
    ("auth-failure", rf"^{_CLIENT}: SASL [^ ]* authentication (?:failed|aborted)"),
    ("reject", rf"^[A-Za-z ]+ limit exceeded: [0-9]+ from {_CLIENT} for service "),
    ("hostname mismatch", r"^hostname [^ ]+ does not resolve to address "),
    (
        "hostname mismatch",
        r"^[^ ]+: (?:address not listed for hostname [^ ]+|hostname [^ ]+ verification failed)",
    ),
    (
        "notice",
        r"^SASL authentication failure: (?:Password verification failed|no secret in database|user not found)",
    ),
    # What a client did wrong, as against what Postfix cannot do for a client.
    ("notice", rf"^{_CLIENT}: request longer than [0-9]+: "),
    ("notice", rf"^(?:non-SMTP command|Illegal address syntax|TLS SNI) from {_CLIENT}(?: |:|$)"),
    ("warning", r"^dict_nis_init: "),
    ("lookup-failed", r"^[^<\"']{0,300}\b(?:lookup|query|search) (?:error|problem|failure|failed)"),
    ("lookup-failed", r"^[^<\"' ]+ is unavailable\. "),
    (
        "lookup-failed",
        r"^(?:dict_(?:ldap|mysql|pgsql|sqlite|mongodb|memcache)|connect to (?:mysql|pgsql) server )",
    ),
    ("lookup-failed", r"^[^<\"' ]+: Unable to (?:connect|bind) to (?:LDAP )?server "),
    (
        "lookup-failed",
        r"^(?:no MX host for|malformed domain name in resource data|numeric domain name in resource)",
    ),
    ("lookup-failed", r"^(?:dns_lookup|valid_hostname_result): "),
)


def classify(lines: pl.DataFrame) -> pl.Series:
    """Return the verdict number of every row (UInt8)."""
    looks = lines.select(
        "text",
        word=pl.col("text").str.extract(_WORD, 1),
        tagged=pl.col("text").str.contains(rf"^{TAG}: "),
        daemon=pl.col("program").str.extract(r"([^/]*)$", 1),
    )
    codes = looks.select(_first_look().fill_null(0).cast(pl.UInt8)).to_series()
    for word in sorted(looks["word"].filter(looks["word"].is_in(list(_CLOSER))).unique().to_list()):
        rows = looks["word"].eq(word).fill_null(False).arg_true()
        codes = codes.scatter(rows, _CLOSER[word](looks[rows]))
    rows = codes.eq(0).arg_true()
    return codes.scatter(rows, _nameless(looks[rows])) if rows.len() else codes


def _codes(table: dict[str, str]) -> dict[str, int]:
    return {word: CODE[verdict] for word, verdict in table.items()}


def _first_look() -> pl.Expr:
    word, daemon = pl.col("word"), pl.col("daemon")
    by_word = word.replace_strict(_codes(BY_WORD), default=None, return_dtype=pl.UInt8)
    in_postscreen = word.replace_strict(
        _codes(POSTSCREEN_WORDS), default=CODE["postscreen"], return_dtype=pl.UInt8
    ).fill_null(CODE["postscreen"])
    by_daemon = daemon.replace_strict(_codes(BY_DAEMON), default=None, return_dtype=pl.UInt8)
    # smtp(8) tells what went wrong with one server of several, then tries the next.
    next_server = pl.col("tagged") & daemon.is_in(["smtp", "lmtp"])
    return (
        pl.when(daemon == "postscreen")
        .then(in_postscreen)
        .when((daemon == "tlsproxy") & word.is_in(["CONNECT ", "DISCONNECT "]))
        .then(CODE["tls"])
        .when(by_word.is_not_null())
        .then(by_word)
        .when(next_server)
        .then(CODE["connect-failed"])
        .otherwise(by_daemon)
    )


def _choose(lines: pl.DataFrame, *choices: tuple[str, pl.Expr], otherwise: str = "other") -> pl.Series:
    # The first choice that holds, as a verdict number; null does not hold.
    chain = pl.lit(CODE[otherwise])
    for name, holds in reversed(choices):
        chain = pl.when(holds).then(CODE[name]).otherwise(chain)
    return lines.select(chain.cast(pl.UInt8).alias("code")).to_series()


def _matches(pattern: str) -> pl.Expr:
    return pl.col("text").str.contains(pattern)


def _delivery(lines: pl.DataFrame) -> pl.Series:
    lines = lines.with_columns(outcome(lines["text"]).alias("status"))
    status = pl.col("status")
    return _choose(
        lines,
        ("other", status.is_null()),
        ("sent", status == "sent"),
        ("deliverable", status == "deliverable"),
        ("undeliverable", status == "undeliverable"),
        otherwise="failed",
    )


def _sender(lines: pl.DataFrame) -> pl.Series:
    return _choose(
        lines,
        ("queued", _matches(rf"(?s)^{TAG}: from=<.* \(queue [a-z]+\)$")),
        ("expired", _matches(rf"(?s)^{TAG}: from=<.*>, status=[a-z-]+, returned to sender$")),
    )


def _warning(lines: pl.DataFrame) -> pl.Series:
    reasons = lines.select(
        "tagged",
        pl.col("text").str.extract(WARNING, 1).fill_null("").alias("text"),
    )
    # `QID: warning: header ...` is the WARN action of a map, not trouble of Postfix's own.
    choices = [("notice", pl.col("tagged")), *((name, _matches(pattern)) for name, pattern in _WARNINGS)]
    return _choose(reasons, *choices, otherwise="warning")


def _connect(lines: pl.DataFrame) -> pl.Series:
    return _choose(
        lines,
        ("connect", _matches(r"^connect from ")),
        ("connect-failed", _matches(rf"^(?:{ID}: )?connect to [^ \[]*\[")),
    )


def _lost(lines: pl.DataFrame) -> pl.Series:
    return _choose(
        lines,
        ("relay lost", _matches(rf"^(?:{ID}: )?(?:lost connection|conversation) with ")),
        ("client lost", _matches(rf"^(?:{TAG}: )?(?:lost connection|timeout|hangup) after [A-Z]")),
        ("lifecycle", pl.col("daemon") == "tlsmgr"),
    )


def _removed(lines: pl.DataFrame) -> pl.Series:
    return _choose(
        lines,
        ("deleted", pl.col("tagged") & (pl.col("daemon") == "postsuper")),
        ("removed", pl.col("tagged")),
    )


def _trust(lines: pl.DataFrame) -> pl.Series:
    return _choose(
        lines,
        ("connect-failed", pl.col("tagged")),
        ("tls", _matches(r"^(?:[A-Za-z]+ )?TLS connection (?:established|reused) (?:from|to) ")),
        ("tls trouble", _matches(r"^TLS (?:SNI|handshake failed|library problem)")),
        otherwise="tls",
    )


def _report(lines: pl.DataFrame) -> pl.Series:
    return _choose(lines, ("tls trouble", _matches(r"^TLSRPT: status=failure")), otherwise="tls")


def _disabled(lines: pl.DataFrame) -> pl.Series:
    # Said without `warning: `, and yet: there will be no TLS.
    return _choose(
        lines, ("warning", _matches(r"^cannot (?:load|set) .*certificat|^cannot load .*Authority"))
    )


def _nameless(lines: pl.DataFrame) -> pl.Series:
    # Sessions that were ended for a reason of some newer release's; tables that cannot be asked;
    # certificates; actions of access(5) and header_checks(5) that no table of ours has.
    ended = rf"^(?:{TAG}: )?[a-z][a-zA-Z ]+ after [A-Z-]+(?: \([0-9]+ bytes\))? from {_CLIENT}$"
    qmqp_ended = rf"^{TAG}: {_CLIENT}: [a-z ]+ while "
    lookup = rf"^{ID}: [^<\"]* lookup (?:error|problem)"
    certificate = rf"^{_CLIENT}:? (?:Matched|subject_CN=|subjectAltName|re-using|certificate|depth=)"
    remark = rf"^{_CLIENT}: replacing (?:command|server reply) "
    action = rf"^{TAG}: [a-z_-]+: (?:[A-Z][A-Z-]*|[a-z-]+ .*) from "
    return _choose(
        lines,
        ("client lost", _matches(ended) | _matches(qmqp_ended)),
        ("lookup-failed", _matches(lookup)),
        ("tls", _matches(certificate)),
        ("note", _matches(remark) | _matches(action)),
        ("lifecycle", pl.col("daemon") == "tlsmgr"),
    )


def _only_tagged(verdict: str, otherwise: str = "other") -> Callable[[pl.DataFrame], pl.Series]:
    return lambda lines: _choose(lines, (verdict, pl.col("tagged")), otherwise=otherwise)


def _notification(lines: pl.DataFrame) -> pl.Series:
    return _choose(lines, ("bounce-notice", _matches(rf"^{ID}: [a-z /-]+ notification")))


_CLOSER: Final[dict[str, Callable[[pl.DataFrame], pl.Series]]] = {
    "to=": _delivery,
    "status=": _delivery,
    "from=": _sender,
    "warning: ": _warning,
    "connect ": _connect,
    "lost ": _lost,
    "conversation ": _lost,
    "timeout ": _lost,
    "removed": _removed,
    "removed ": _removed,
    "Anonymous ": _trust,
    "Untrusted ": _trust,
    "Trusted ": _trust,
    "Verified ": _trust,
    "TLS ": _trust,
    "TLSRPT: ": _report,
    "sender ": _notification,
    "postmaster ": _notification,
    "not ": _notification,
    "host ": _only_tagged("connect-failed", "note"),
    "Server ": _only_tagged("connect-failed", "tls trouble"),
    "cannot ": _disabled,
    "client=": _only_tagged("client"),
    "message-id=": _only_tagged("message-id"),
    "resent-message-id=": _only_tagged("message-id"),
    "uid=": _only_tagged("client"),
    "placed ": _only_tagged("hold"),
    "released ": _only_tagged("released"),
    "requeued": _only_tagged("requeued"),
    "expired": _only_tagged("expiring"),
}
