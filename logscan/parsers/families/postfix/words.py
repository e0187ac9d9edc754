"""The opening words of Postfix's lines, and what they mean.

In: nothing. Out: tables from an opening word, or a daemon, to a verdict.
Never: a pattern; words with several meanings are in classify's closer looks.

A word carries what follows it: `reject: `, `client=`, `connect `.
"""

from __future__ import annotations

from typing import Final

_REFUSALS: Final = {
    "reject: ": "reject",
    "proxy-reject: ": "reject",
    "milter-reject: ": "milter-reject",
    "milter-header-reject: ": "milter-reject",
    "hold: ": "hold",
    "milter-hold: ": "hold",
    "milter-header-hold: ": "hold",
    "quarantine: ": "hold",
    "discard: ": "discard",
    "milter-discard: ": "discard",
    "milter-header-discard: ": "discard",
    "redirect: ": "redirect",
    "milter-redirect: ": "redirect",
    "milter-header-redirect: ": "redirect",
}

#: Actions of access(5) and header_checks(5) that neither refuse nor divert.
_NOTES: Final = (
    "info: ",
    "filter: ",
    "prepend: ",
    "replace: ",
    "strip: ",
    "ignore: ",
    "pass: ",
    "permit: ",
    "trigger: ",
    "delay: ",
    "bcc: ",
    "milter-header-filter: ",
    "milter-header-prepend: ",
    "milter-header-replace: ",
    "milter-header-info: ",
    # What daemons remark by the way.
    "skipped, ",
    "breaking ",
    "enabling ",
    "replacing ",
    "passing ",
    "discarding ",
    "mapping ",
    "reply ",
    "skipping ",
    "ignoring ",
    "CLIENT ",
    "SMTPS ",
    "instead, ",
)
_NOTICES: Final = ("reject_warning: ", "warn: ", "milter-header-warning: ", "improper ", "PREGREET ")
_TLS: Final = (
    "setting ",
    "Verified: ",
    "Unverified: ",
    "Trusted: ",
    "Untrusted: ",
    "fingerprint=",
    "Reusing ",
    "Re-used ",
    "looking ",
    "remove ",
    "save ",
    "Host ",
    "initializing ",
)
_TLS_TROUBLE: Final = (
    "SSL_accept ",
    "SSL_connect ",
    "SSL_set_fd ",
    "SSL3 ",
    "certificate ",
    "Certificate ",
    "Client ",
    "Peer ",
    "abort: ",
)
_LIFECYCLE: Final = (
    "statistics: ",
    "table ",
    "using ",
    "cache ",
    "reload ",
    "daemon ",
    "database ",
    "close ",
    "redirecting ",
)

BY_WORD: Final[dict[str, str]] = {
    **_REFUSALS,
    **dict.fromkeys(_NOTES, "note"),
    **dict.fromkeys(_NOTICES, "notice"),
    **dict.fromkeys(_TLS, "tls"),
    **dict.fromkeys(_TLS_TROUBLE, "tls trouble"),
    **dict.fromkeys(_LIFECYCLE, "lifecycle"),
    "warning: ": "warning",
    "error: ": "error",
    "fatal: ": "fatal",
    "panic: ": "panic",
    "disconnect ": "disconnect",
    "proxy-accept: ": "client",
    "too ": "client dropped",
    "bare ": "client dropped",
    "addr ": "postscreen",
}

#: postscreen(8) speaks in capitals; what is not listed is its own kind.
POSTSCREEN_WORDS: Final[dict[str, str]] = {
    "warning: ": "warning",
    "error: ": "error",
    "fatal: ": "fatal",
    "panic: ": "panic",
    "reject: ": "reject",
    "entering ": "postscreen stress",
    "PENALTY ": "postscreen stress",
    "cache ": "lifecycle",
    "table ": "lifecycle",
    "using ": "lifecycle",
    **dict.fromkeys((*_TLS_TROUBLE, "TLS "), "tls trouble"),
}

#: What a daemon says in words that no table has.
BY_DAEMON: Final[dict[str, str]] = {
    **dict.fromkeys(
        (
            "master",
            "postfix",
            "postfix-script",
            "postfix-tls-script",
            "postfix-non-bdb-script",
            "postfix-wrapper",
            "postfix-files",
            "post-install",
            "postmulti",
            "postmulti-script",
            "anvil",
            "scache",
            "verify",
            "flush",
            "tlsmgr",
            "proxymap",
            "proxywrite",
            "postlog",
            "postlogd",
            "postsuper",
            "postqueue",
            "postmap",
            "postalias",
            "sendmail",
            "postdrop",
            "spawn",
            "showq",
            "trivial-rewrite",
            "nbdb_reindexd",
        ),
        "lifecycle",
    ),
    "tlsproxy": "tls",
    "dnsblog": "postscreen",
}
